"""Started inside each Lambda child, as a plain script, before the function's own code.

A function on AWS sees the standard library, boto3 and what its zip holds, and nothing else. This
interpreter's environment holds far more: what AWS would not have is hidden, so that a forgotten
file in the zip or a stray import fails here as it would there. Then AWS's own runtime client runs.

Arguments: the function's handler, then the folder of the environment's packages. The interpreter is
started with -S, so that nothing of that folder is importable yet.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

# boto3 and the runtime client with what they need: present in AWS's Python runtimes.
PROVIDED = frozenset(
    {
        "awslambdaric",
        "boto3",
        "botocore",
        "dateutil",
        "jmespath",
        "runtime_client",
        "s3transfer",
        "simplejson",
        "six",
        "snapshot_restore_py",
        "urllib3",
    }
)


class ProvidedPackages(MetaPathFinder):
    """Finds the provided packages in one folder and nothing else there."""

    def __init__(self, folder: str) -> None:
        self._folders = [folder]

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The specification of a provided top-level package; its submodules are found as usual."""
        if path is None and fullname in PROVIDED:
            return PathFinder.find_spec(fullname, self._folders, target)
        return None


if __name__ == "__main__":
    import os
    import runpy

    _, handler, packages = sys.argv
    sys.argv[1:] = [handler]
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]  # instead of this script's folder
    sys.meta_path.append(ProvidedPackages(packages))
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
