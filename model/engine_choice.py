"""Which engine computes: the GPU's where one was asked for, else the fastest that this CPU can run."""

from __future__ import annotations

from contract.errors import UserError
from model.engine import Engine, Learned, NumpyEngine
from model.kernel.binding import Library, built, load
from model.kernel.engine import KernelEngine

NUMPY = "numpy"


def engine_for(learned: Learned, accelerator: str, name: str = "") -> Engine:
    """An engine over what was learned. `name` asks for NumPy or one variant of the kernel on a CPU.

    Raises UserError for an accelerator or name that does not exist, PlatformError where a GPU was asked for and
    there is none.
    """
    if accelerator == "gpu":
        from model.network import GluonEngine  # noqa: PLC0415  # MXNet takes seconds to import

        return GluonEngine(learned, _cpu_engine(learned, name))
    if accelerator != "cpu":
        raise UserError(f"The accelerator '{accelerator}' is unknown; choose 'gpu' or 'cpu'.")
    return _cpu_engine(learned, name)


def library_for(name: str) -> Library | None:
    """A variant of the kernel by its name, the fastest without one; None for NumPy. Raises UserError when it is not there."""
    library = None if name == NUMPY else load(wanted=name)
    if library is None and name not in ("", NUMPY):
        raise UserError(f"There is no engine '{name}' here. There are: {', '.join([NUMPY, *built()])}.")
    return library


def _cpu_engine(learned: Learned, name: str) -> Engine:
    library = library_for(name)
    return KernelEngine(learned, library) if library else NumpyEngine(learned)
