"""Kernels compiled for a GPU, and arithmetic that gives the processor's bits there.

A GPU fuses a product and a sum into one rounding wherever it may. Here a product of two numbers always rounds by
itself (``__fmul_rn`` of CUDA's math library, which is never fused); sums, quotients and roots are rounded to nearest by
the language (IEEE 754), and laws use no other function of a library. Three functions of NumPy that laws use, and that
Numba lacks on a GPU, come from the same library.

That holds for all code that Numba compiles for a GPU in this process.
"""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, cuda

_PRODUCTS = {"float32": "__nv_fmul_rn", "float64": "__nv_dmul_rn"}
_FUNCTIONS = {np.sqrt: "__nv_sqrt", np.floor: "__nv_floor", np.rint: "__nv_rint"}


def gpu_kernel(function: Callable[..., None]) -> Any:
    """Compile a function that one thread runs, when it is first launched, in each process anew."""
    if getattr(cuda, "implementation", "") == "NVIDIA" and not config.ENABLE_CUDASIM:
        _round_as_a_processor()
        config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # a few chips are no mistake
    return cuda.jit(function)


@functools.cache
def _round_as_a_processor() -> None:
    """Let Numba's compiler for GPUs round as laws are rounded by a processor."""
    from numba.cuda import types
    from numba.cuda.cudaimpl import lower
    from numba.cuda.ufuncs import ufunc_db

    for name, product in _PRODUCTS.items():
        number = getattr(types, name)
        for multiply in (operator.mul, operator.imul):
            lower(multiply, number, number)(_call_of(product))
    for function, name in _FUNCTIONS.items():
        ufunc_db()[function] = {"f->f": _call_of(f"{name}f"), "d->d": _call_of(name)}


def _call_of(name: str) -> Callable[..., Any]:
    """Code that calls a function of CUDA's math library, whose arguments and result are of one type."""

    def lowered(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(signature.return_type)
        declared = builder.module.globals.get(name)
        function = declared or ir.Function(builder.module, ir.FunctionType(number, [number] * len(arguments)), name)
        return builder.call(function, arguments)

    return lowered
