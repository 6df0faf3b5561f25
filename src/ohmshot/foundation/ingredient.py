"""Laws as Numba compiles them: ingredients, optimised and made into machine code with the kernel that takes them in.

Numba makes every function that it meets a program of its own: a way in from Python and one from C, two rounds of
optimisation, machine code, all of it done again in whatever takes the function in. A law needs none of that.
"""

import functools
from collections.abc import Callable
from typing import Any

import numba
from numba.core import codegen, compiler, registry
from numba.core.types.misc import unliteral


class Ingredient(registry.CPUDispatcher):  # type: ignore[misc]
    """A function that kernels take in; one that is called from Python is compiled a second time, for that."""

    def __init__(self, function: Callable[..., Any], in_place: bool) -> None:
        """Keep the function until a kernel asks for it.

        Args:
            function: takes numbers, records and arrays.
            in_place: whether its code stands wherever it is called, or once a kernel.
        """
        options = {"nopython": True, "error_model": "numpy", "forceinline": in_place}
        no_way_in = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        super().__init__(function, targetoptions=options | no_way_in, pipeline_class=_Compiler)

    def __call__(self, *arguments: Any) -> Any:
        """Call the function from Python."""
        return self._from_python(*arguments)

    def get_call_template(self, arguments: Any, named: Any) -> Any:
        """What stands for the function where it is called: the same code for a constant as for a number of its type."""
        return super().get_call_template(tuple(unliteral(each) for each in arguments), named)

    @functools.cached_property
    def _from_python(self) -> Callable[..., Any]:
        compiled: Callable[..., Any] = numba.njit(error_model="numpy")(self.py_func)
        return compiled


class _Compiler(compiler.Compiler):  # type: ignore[misc]
    """Numba's compiler, whose code goes into a `_Library`."""

    def __init__(self, typing_context: Any, target_context: Any, _: None, *others: Any) -> None:
        library = _Library(target_context.codegen(), "ingredient")
        library.enable_object_caching()
        super().__init__(typing_context, target_context, library, *others)


class _Library(codegen.JITCodeLibrary):  # type: ignore[misc]
    """Code that is linked into that of kernels, and is never run from where it stands."""

    @property
    def codegen(self) -> "_NowhereToRun":
        """Asked for only where machine code is told where Python's objects are."""
        return _NowhereToRun()

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _NowhereToRun:
    def set_env(self, name: str, environment: Any) -> None:
        """Leave out what only code that runs needs."""
