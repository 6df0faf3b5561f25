"""The laws of one cell over many whose random numbers are known: what the chip does with numbers that it draws.

Every function returns new cells; the ones that it is given stay as they are.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ohmshot.cell import ageing, disturb, noise, switching
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import CELL, CellState, cycles_to_failure, fabricated
from ohmshot.cell.technology import relaxation, retention_time_constant, technology
from ohmshot.chip.one_cell import ageing_of, put_aged
from ohmshot.foundation.compiled import F32, kernel
from ohmshot.foundation.elementwise import elementwise


def fresh_cells(normals: Tensor, uniforms: Tensor, parameters: CellParameters) -> CellState:
    """Cells as they leave the fab, by normal [2, n] and uniform numbers [2, n]."""
    records = np.zeros(normals.shape[1], CELL)
    lives = -torch.log1p(-uniforms[0].double())
    _fabricate(records, _numbers(normals), _numbers(lives), _numbers(uniforms[1]), technology(parameters))
    return CellState(records)


def form_pulse(cells: CellState, normals: Tensor, parameters: CellParameters) -> CellState:
    return _changed(cells, _form, _numbers(normals), technology(parameters))


def set_pulse(cells: CellState, gate: Tensor, normals: Tensor, parameters: CellParameters) -> CellState:
    return _changed(cells, _set, _numbers(gate), _numbers(normals), technology(parameters))


def reset_pulse(cells: CellState, source: Tensor, normals: Tensor, parameters: CellParameters) -> CellState:
    return _changed(cells, _reset, _numbers(source), _numbers(normals), technology(parameters))


def worn(cells: CellState, cycles: Tensor, parameters: CellParameters) -> CellState:
    return _changed(cells, _wear, cycles.numpy().astype(np.int32), technology(parameters))


def moved(cells: CellState, conductance: Tensor) -> CellState:
    return _changed(cells, _move, _numbers(conductance))


def wait(cells: CellState, seconds: float, celsius: float, normals: Tensor, parameters: CellParameters) -> CellState:
    """Let time pass; normal numbers [2, n]."""
    equivalent = seconds * ageing.acceleration(celsius, parameters)
    share = equivalent / retention_time_constant(parameters)
    kept, gained = math.exp(-share), -math.expm1(-2 * share)
    waited = np.array([seconds, equivalent, kept, gained], F32)
    return _changed(cells, _age, waited, _numbers(normals), relaxation(parameters))


def by_law(law: Callable[..., Any], parameters: CellParameters, results: int = 1) -> Callable[..., Any]:
    """A law of numbers and a technology as a function of tensors."""
    return elementwise(law, technology(parameters), results)


def traps_of(amplitude: float, empty: float, filled: float, count: int = 1, is_filled: bool = False) -> np.ndarray:
    """Equal traps that have just been looked at."""
    traps = np.zeros(count, noise.TRAP)
    traps["amplitude"], traps["empty_time"], traps["filled_time"] = amplitude, empty, filled
    traps["filled"], traps["events"] = is_filled, 1
    return traps


def _changed(cells: CellState, loop: Callable[..., None], *arguments: Any) -> CellState:
    after = cells.clone()
    loop(after.records, *arguments)
    return after


def _numbers(values: Tensor) -> np.ndarray:
    return np.ascontiguousarray(values.detach().numpy().astype(F32))


def _compiled(loop: Callable[..., None]) -> Callable[..., None]:
    return kernel(loop, loop)  # known by this file too


@_compiled
def _fabricate(records: Any, normals: Any, lives: Any, faults: Any, p: Any) -> None:
    for i in range(records.shape[0]):
        life = cycles_to_failure(max(lives[i], F32(1e-37)), p)
        fabricated(records[i], normals[0, i], normals[1, i], life, faults[i], p)


@_compiled
def _form(records: Any, normals: Any, p: Any) -> None:
    for i in range(records.shape[0]):
        switching.form_pulse(records[i], normals[0, i], normals[1, i], normals[2, i], p)


@_compiled
def _set(records: Any, gate: Any, normals: Any, p: Any) -> None:
    for i in range(records.shape[0]):
        switching.set_pulse(records[i], gate[i], normals[0, i], normals[1, i], normals[2, i], p)


@_compiled
def _reset(records: Any, source: Any, normals: Any, p: Any) -> None:
    for i in range(records.shape[0]):
        switching.reset_pulse(records[i], source[i], normals[0, i], F32(1), F32(1), p)


@_compiled
def _wear(records: Any, cycles: Any, p: Any) -> None:
    for i in range(records.shape[0]):
        switching.worn(records[i], cycles[i], p)


@_compiled
def _move(records: Any, conductance: Any) -> None:
    for i in range(records.shape[0]):
        disturb.moved(records[i], conductance[i])


@_compiled
def _age(records: Any, waited: Any, normals: Any, a: Any) -> None:
    for i in range(records.shape[0]):
        c = records[i]
        wait = ageing.Wait(waited[0], waited[1], waited[2], waited[3])
        put_aged(c, ageing.aged(ageing_of(c), wait, normals[0, i], normals[1, i], a))
