"""The compiled kernel as a library: which variant this CPU can run, and the C functions with their types."""

from __future__ import annotations

import ctypes
import hashlib
import weakref
from collections.abc import Callable
from contextlib import suppress
from ctypes import POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_uint64, c_void_p
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from contract.errors import PlatformError

FOLDER = Path(__file__).resolve().parent
CPU_FLAGS = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Variant:
    """One way to compile the sources."""

    name: str
    flags: list[str] = field(default_factory=list)  # of the compiler
    needs: frozenset[str] = frozenset()  # of the CPU, as Linux names its features


_V3 = frozenset({"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"})

# The best first. x86-64-v3 and v4 are the levels that compilers name.
VARIANTS = (
    Variant("avx512", ["-march=x86-64-v4"], _V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
    Variant("avx2", ["-march=x86-64-v3"], _V3),
    Variant("generic"),
)


class CProgram(Structure):
    """`program` of kernel.h."""

    _fields_ = (("code", c_void_p), ("sets", c_void_p), ("tail", c_int32))


class CKeys(Structure):
    """`keys` of kernel.h; the kernel fills it."""

    _fields_ = (("bytes", c_void_p), ("ends", c_void_p), ("slots", c_void_p), ("mask", c_uint64), ("longest", c_int64))


class CRules(Structure):
    """`rules` of kernel.h."""

    _fields_ = (
        ("prefix", CProgram),
        ("suffix", CProgram),
        ("infix", CProgram),
        ("token_match", CProgram),
        ("url_match", CProgram),
        ("exceptions", CKeys),
        ("first_word", c_void_p),
        ("word_sizes", c_void_p),
        ("phrase_tokens", c_void_p),
        ("leaves_letters_whole", c_int32),
    )


class CDirection(Structure):
    """`direction` of deep.c."""

    _fields_ = (
        ("table", c_void_p),
        ("hidden", c_void_p),
        ("words", c_int32),
        ("units", c_int32),
        ("blocks", c_int32),
        ("is_backward", c_int32),
    )


class CRows(Structure):
    """`rows` of kernel.h."""

    _fields_ = (("squares", c_void_p), ("weights", c_void_p))


class CTexts(Structure):
    """`texts` of deep.c."""

    _fields_ = (("ids", c_void_p), ("starts", c_void_p), ("lengths", c_void_p), ("most", c_int64))


# name -> result, arguments; arrays travel as addresses, whose owners check shapes and types
_FUNCTIONS = {
    "kernel_lanes": (c_int32, ()),
    "kernel_encoder_new": (c_void_p, (c_char_p, c_void_p, c_int64, POINTER(CRules), c_char_p, c_void_p, c_int64)),
    "kernel_encoder_free": (None, (c_void_p,)),
    "kernel_encoder_clear": (None, (c_void_p,)),
    "kernel_encoder_is_full": (c_int, (c_void_p,)),
    "kernel_encoder_add": (c_int, (c_void_p, c_char_p, c_int64, c_void_p, c_int64)),
    "kernel_encode": (c_int64, (c_void_p, c_void_p, c_void_p, c_int64, c_void_p, c_void_p, c_void_p, c_int64, c_void_p, c_void_p)),
    "kernel_word_id": (c_int32, (c_void_p, c_char_p, c_int64)),
    "kernel_newcomers": (c_int64, (c_void_p, POINTER(c_void_p), POINTER(c_void_p))),
    "kernel_newcomers_clear": (None, (c_void_p,)),
    "kernel_terms_new": (c_void_p, (c_void_p, c_int64)),
    "kernel_terms_free": (None, (c_void_p,)),
    "kernel_wide": (
        c_int,
        (c_void_p, POINTER(CRows), POINTER(CRows), c_int32, c_int64, c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_void_p),
    ),
    "kernel_subword_rows": (None, (c_void_p, c_void_p, c_int64, c_int64, POINTER(CRows), c_int32, c_int64, c_void_p, c_void_p)),
    "kernel_deep": (c_int, (POINTER(CDirection), POINTER(CTexts), c_void_p, c_int64, c_void_p, c_void_p, c_int64)),
}


class Handle:
    """What the kernel has made, by its address; it is freed when nothing refers to this any more.

    Raises PlatformError when nothing was made.
    """

    def __init__(self, address: int | None, free: Callable[[int], None]) -> None:
        if not address:
            raise no_memory()
        self._as_parameter_ = address  # what ctypes passes
        weakref.finalize(self, free, address)


def no_memory() -> PlatformError:
    """What to say when the kernel could not allocate."""
    return PlatformError("There is no memory left to classify with. Use an instance type with more.")


class Library:
    """One variant, loaded; the C functions are its attributes `c.kernel_*`."""

    def __init__(self, path: Path, variant: str) -> None:
        self.variant = variant
        self.c = ctypes.CDLL(str(path))
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(self.c, name)
            function.restype, function.argtypes = result, arguments
        self.lanes: int = self.c.kernel_lanes()

    @staticmethod
    def is_current(path: Path) -> bool:
        """Whether a library is there and was compiled from these very sources; nothing is executed to tell."""
        return path.is_file() and source_hash().encode() in path.read_bytes()


def library_file(folder: Path, variant: str) -> Path:
    """Where a variant lies."""
    return folder / f"kernel-{variant}.so"


@cache
def source_hash() -> str:
    """A hash of the C sources and of how they are compiled."""
    total = hashlib.sha256()
    for path in sorted([*FOLDER.glob("*.c"), *FOLDER.glob("*.h"), FOLDER / "build.py", FOLDER / "binding.py"]):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def built(folder: Path = FOLDER) -> list[str]:
    """The variants that this CPU can run and that are there, the best first."""
    return [name for name in runnable() if Library.is_current(library_file(folder, name))]


def runnable() -> list[str]:
    """The variants that this CPU can run, the best first."""
    lines = CPU_FLAGS.read_text(encoding="utf-8", errors="replace").splitlines() if CPU_FLAGS.is_file() else []
    features = next((set(line.partition(":")[2].split()) for line in lines if line.startswith("flags")), set())
    return [variant.name for variant in VARIANTS if variant.needs <= features]


def load(folder: Path = FOLDER, wanted: str = "") -> Library | None:
    """The best variant that is built from these sources and that this CPU can run, or the wanted one; None when there is none."""
    for variant in [name for name in built(folder) if wanted in ("", name)]:
        with suppress(OSError, AttributeError):  # built for another system
            return Library(library_file(folder, variant), variant)
    return None
