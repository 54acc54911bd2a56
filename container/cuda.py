"""The GPU flavour of MXNet on a machine without an NVIDIA driver.

That build of MXNet is linked against the driver's library, so importing it fails where there is no
driver. The image carries a stub of the few functions that it binds; the stub is loaded only when the
real library is absent, so that it can never stand in its way.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

DRIVER = "libcuda.so.1"
STUB = Path("/opt/cuda-stub") / DRIVER


def make_importable(stub: Path = STUB) -> bool:
    """Make `import mxnet` possible, whichever build it is; returns whether the stub had to be loaded.

    With the stub MXNet counts no GPU, so a job that asked for one still fails. Where there is neither
    a driver nor a stub nothing is done: that is the CPU build, which needs none.
    """
    try:
        ctypes.CDLL(DRIVER)
    except OSError:
        if not stub.exists():
            return False
        ctypes.CDLL(str(stub), ctypes.RTLD_GLOBAL)  # the linker then knows a library of this name
        return True
    return False
