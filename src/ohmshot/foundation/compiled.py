"""Functions compiled to machine code: laws of one cell, and the kernels that run them over many.

A law is a scalar function, a kernel a loop that calls laws. Both are plain Python where the compiler is off
(``NUMBA_DISABLE_JIT=1``): they can be stepped through there, and give the same bits. Three rules see to that: numbers
in a law are float32 (`F32`, also literals), logarithms and exponentials are those of `ohmshot.foundation.philox`, and
nothing is compiled with liberties in arithmetic ("fast math").
"""

import contextlib
import functools
import gc
import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import caching, config, registry
from numba.core.compiler_lock import global_compiler_lock

from ohmshot.foundation.files import cache_folder
from ohmshot.foundation.ingredient import Ingredient

F32, I32, I64, U32, U64 = np.float32, np.int32, np.int64, np.uint32, np.uint64

SOURCES = (
    "ohmshot.foundation.compiled",
    "ohmshot.foundation.ingredient",
    "ohmshot.foundation.philox",
    "ohmshot.foundation.scratch",
    "ohmshot.foundation.vectors",
    "ohmshot.cell",
    "ohmshot.programming",
    "ohmshot.chip",
)
"""Modules and packages that compiled code is made from: a change in any of them compiles all kernels anew."""

Real = Any
"""A float32, in the annotations of laws."""
Bits = Any
"""An unsigned integer, in the annotations of laws."""
Record = Any
"""One element of a structured array, in the annotations of laws: a cell, or the numbers of a technology."""

Function = TypeVar("Function", bound=Callable[..., Any])


def law(function: Function) -> Function:
    """Make a scalar function one that kernels take in whole (a call costs nothing, and one law serves all kernels)."""
    return function if config.DISABLE_JIT else cast(Function, Ingredient(function, in_place=True))


def outlined(function: Function) -> Function:
    """Make a scalar function one that is called, not taken in: for what happens rarely."""
    return function if config.DISABLE_JIT else cast(Function, Ingredient(function, in_place=False))


def kernel(function: Function, *made_of: Callable[..., Any]) -> Function:
    """Compile a loop that calls laws, when it is first called; the machine code is kept on disk (`kernel_folder`).

    Threads run kernels side by side: they hold no lock of Python.

    Args:
        function: takes numbers and arrays.
        made_of: laws that the function holds as variables of its surroundings, from modules outside `SOURCES` too.
    """
    if config.DISABLE_JIT:
        return _on_records(function)
    options = {"nopython": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
    compiled = _Kernel(function, targetoptions=options)
    name = "-".join([function.__qualname__.replace("<locals>.", ""), *(_digest_of(part) for part in made_of)])
    with contextlib.suppress(OSError):  # nowhere to write: each process compiles its own
        compiled._cache = _KernelCache(function, name)
    return cast(Function, compiled)


@functools.cache
def kernel_folder() -> Path:
    """Folder of this version's machine code: in the cache folder, under a digest of the sources and of the compiler."""
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for name in SOURCES:
        for path in _files_of(name):
            digest.update(path.name.encode() + path.read_bytes())
    return cache_folder() / "kernels" / digest.hexdigest()[:16]


def _files_of(name: str) -> list[Path]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return []
    origin = Path(spec.origin)
    return sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]


def _digest_of(part: Callable[..., Any]) -> str:
    """Name of a law and a digest of the file that it stands in, or of its code where it stands in none."""
    function = getattr(part, "py_func", part)
    path, code = Path(function.__code__.co_filename), function.__code__
    content = path.read_bytes() if path.is_file() else repr((code.co_code, code.co_consts, code.co_names)).encode()
    return f"{function.__name__}-{hashlib.sha256(content).hexdigest()[:12]}"


def _on_records(function: Function) -> Function:
    """Let the elements of structured arrays have attributes in plain Python, as they have in compiled code."""

    @functools.wraps(function)
    def stepped(*arguments: Any) -> Any:
        return function(*(_with_attributes(argument) for argument in arguments))

    return cast(Function, stepped)


def _with_attributes(argument: Any) -> Any:
    is_structured = isinstance(argument, np.ndarray) and argument.dtype.names is not None
    return argument.view(np.recarray) if is_structured else argument


class _Kernel(registry.CPUDispatcher):  # type: ignore[misc]
    """A kernel. While it is compiled or loaded Python looks for no garbage, of which there is as good as none."""

    def compile(self, signature: Any) -> Any:
        """Compile for these types of arguments, or load what was compiled for them."""
        with global_compiler_lock:  # no other thread compiles, so none turns the collector on or off
            was_on = gc.isenabled()
            gc.disable()
            try:
                return super().compile(signature)
            finally:
                if was_on:
                    gc.enable()


class _Locator(caching._CacheLocator):  # type: ignore[misc]
    """Says where the machine code of a kernel is kept, and by what it is known."""

    def __init__(self, name: str) -> None:
        self._name = name

    def get_cache_path(self) -> str:
        return str(kernel_folder())

    def get_source_stamp(self) -> str:
        return ""  # the folder's name and the kernel's say it all

    def get_disambiguator(self) -> str:
        return self._name


class _KernelCache(caching.FunctionCache):  # type: ignore[misc]
    """Machine code on disk. Two processes may write at once."""

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        locator = _Locator(name)
        locator.ensure_cache_path()

        class Implementation(caching.CompileResultCacheImpl):  # type: ignore[misc]
            def __init__(self, py_func: Callable[..., Any]) -> None:
                self._locator = locator
                self._lineno = py_func.__code__.co_firstlineno
                self._filename_base = self.get_filename_base(Path(py_func.__code__.co_filename).stem, "")

        self._impl_class = Implementation
        super().__init__(function)

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        # Without the closure: what it holds is in the kernel's name, and laws do not pickle alike in two processes.
        return sig, codegen.magic_tuple()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            found = super().load_overload(sig, target_context)
        except Exception:  # whatever a damaged file makes the unpickler do: it is written anew
            found = None
            with contextlib.suppress(OSError):
                self.flush()
        if found is None:
            announce("this machine, once", 15)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(OSError), _alone(Path(self.cache_path)):
            super().save_overload(sig, data)


@functools.cache
def announce(machine: str, seconds: int) -> None:
    """Say once a process why nothing seems to happen; on the error stream, so that results can be piped."""
    print(f"Compiling the laws of the cell for {machine} (about {seconds} s) ...", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
