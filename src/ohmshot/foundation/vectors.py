"""Sixteen float32 side by side: a law of one number works on sixteen, in the vector registers of a processor.

A loop whose sums shall stay in registers over an outer loop is more than a compiler makes vectors of by itself. In
compiled code a `Vector` is one of LLVM's: one, two or four registers. In plain Python it is an array of 16.
Sums, differences and products round every number by itself: the bits are those of a loop over numbers, on every
processor.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

from ohmshot.foundation.compiled import F32

LANES = 16
"""Numbers of a vector."""

Vector = Any
"""Sixteen float32, in the annotations of laws."""


def filled_up(count: int) -> int:
    """As many numbers as whole vectors take that hold so many."""
    return (count + LANES - 1) // LANES * LANES


def spread(number: Any) -> Vector:
    """Sixteen times one float32."""
    return np.full(LANES, number, F32)


def loaded(rows: np.ndarray, row: int, first: int) -> Vector:
    """Return 16 numbers of a row of float32 [rows, n], in order in memory, from ``first`` on; not checked."""
    return rows[row, first : first + LANES].copy()


def stored(numbers: Vector, rows: np.ndarray, row: int, first: int) -> None:
    """Put 16 numbers into a row of float32 [rows, n], in order in memory, from ``first`` on; not checked."""
    rows[row, first : first + LANES] = numbers


class _VectorType(types.Type):  # type: ignore[misc]
    """Type of a vector in compiled code."""


_VECTOR, _LLVM = _VectorType("Vector"), ir.VectorType(ir.FloatType(), LANES)


@register_model(_VectorType)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    """A vector of LLVM."""

    def __init__(self, manager: Any, of: Any) -> None:
        super().__init__(manager, of, _LLVM)


def _filled(builder: Any, number: Any) -> Any:
    """Code for a vector of one number."""
    undefined = ir.Constant(_LLVM, ir.Undefined)
    one = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _at(context: Any, builder: Any, rows_type: Any, rows: Any, row: Any, first: Any) -> Any:
    """Code for the address of 16 numbers of a row."""
    array = context.make_array(rows_type)(context, builder, rows)
    length = builder.extract_value(array.shape, 1)
    place = builder.add(builder.mul(row, length), first)
    return builder.bitcast(builder.gep(array.data, [place]), _LLVM.as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def _spread(typing: Any, number: Any) -> Any:
    return _VECTOR(types.float32), lambda context, builder, of, given: _filled(builder, given[0])


@intrinsic  # type: ignore[untyped-decorator]
def _loaded(typing: Any, rows: Any, row: Any, first: Any) -> Any:
    def code(context: Any, builder: Any, of: Any, given: Any) -> Any:
        return builder.load(_at(context, builder, of.args[0], *given), align=4)

    return _VECTOR(rows, types.intp, types.intp), code


@intrinsic  # type: ignore[untyped-decorator]
def _stored(typing: Any, numbers: Any, rows: Any, row: Any, first: Any) -> Any:
    def code(context: Any, builder: Any, of: Any, given: Any) -> Any:
        builder.store(given[0], _at(context, builder, of.args[1], *given[1:]), align=4)
        return context.get_dummy_value()

    return types.void(_VECTOR, rows, types.intp, types.intp), code


overload(filled_up, strict=False)(lambda count: filled_up)
overload(spread)(lambda number: lambda number: _spread(number))
overload(loaded)(lambda rows, row, first: lambda rows, row, first: _loaded(rows, row, first))
overload(stored)(lambda numbers, rows, row, first: lambda numbers, rows, row, first: _stored(numbers, rows, row, first))


def _work_on_vectors(function: Callable[[Any, Any], Any], instruction: str) -> None:
    """Let an operation of two numbers work on vectors, and on a vector and a number."""

    @intrinsic  # type: ignore[untyped-decorator]
    def both(typing: Any, left: Any, right: Any) -> Any:
        def code(context: Any, builder: Any, of: Any, given: Any) -> Any:
            pairs = zip(of.args, given, strict=True)
            return getattr(builder, instruction)(*(x if t == _VECTOR else _filled(builder, x) for t, x in pairs))

        return _VECTOR(left, right), code

    @overload(function, strict=False)  # type: ignore[untyped-decorator]
    def of_two(left: Any, right: Any) -> Any:
        if _VECTOR in (left, right) and {left, right} <= {_VECTOR, types.float32}:
            return lambda left, right: both(left, right)
        return None  # numbers


for _function, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _work_on_vectors(_function, _instruction)
    _work_on_vectors(getattr(operator, f"i{_function.__name__}"), _instruction)
