"""Policies: from what the host knows of a cell to its next pulses; and plans, which a chip may run by itself."""

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from torch import Tensor

from ohmshot.foundation.compiled import F32, I32, Real, Record, kernel, law
from ohmshot.foundation.errors import SettingsError
from ohmshot.programming.attempt import (
    History,
    Sheet,
    Verification,
    after,
    begun,
    to_reset_state,
    verdict,
)

Decide = Callable[[History, Sheet, Record], tuple[Real, Real]]
"""A law: (source, gate) in V of the next RESET and SET of a cell that shall have a level, 0 V for none. Its last
argument are the settings of the policy, as its fields name them."""


class Policy(Protocol):
    """The core of a programming strategy: a frozen dataclass whose fields are its settings, and a law that decides."""

    decide: ClassVar[Decide]

    def __hash__(self) -> int:
        """By the settings, as a frozen dataclass has it."""

    @property
    def learning(self) -> float:
        """Weight of the last cycle's outcome in what is known of a cell; 0 for a policy that does not use it."""


@dataclass(frozen=True)
class Plan:
    """Cells to be written: by whom ever decides, the host or the chip itself.

    Attributes:
        policy: decides the pulses of cells that shall have a level.
        verification: when a cell is accepted or given up.
        cells: addresses, int64 [n], rising.
        targets: uS [n].
    """

    policy: Policy
    verification: Verification
    cells: Tensor
    targets: Tensor


@functools.lru_cache
def settings_record(policy: Any) -> np.ndarray:
    """Return the settings of a policy as laws read them: one record, float32 and int32, in an array of one.

    Policies are frozen: equal ones share the record, which nobody writes to.
    """
    record = np.zeros(1, _settings_type(policy))
    record[0] = _values(policy)
    return record


def _settings_type(policy: Any) -> np.dtype[Any]:
    """Type of the record; policies that a policy is made of are records within it."""
    fields: list[tuple[str, Any]] = [("_", F32)]  # a policy without settings needs a field too
    for field in dataclasses.fields(policy):
        value = getattr(policy, field.name)
        is_part = dataclasses.is_dataclass(value)
        fields.append((field.name, _settings_type(value) if is_part else I32 if field.type in (int, "int") else F32))
    return np.dtype(fields)


def _values(policy: Any) -> tuple[Any, ...]:
    values = (getattr(policy, field.name) for field in dataclasses.fields(policy))
    return 0.0, *(_values(value) if dataclasses.is_dataclass(value) else value for value in values)


@functools.cache
def next_pulses_by(decide: Decide) -> Callable[[History, Sheet, Verification, Record], tuple[Real, Real]]:
    """Return the law of all pulses: full RESETs towards the reset state, else those of a policy."""

    @law
    def next_pulses(history: History, sheet: Sheet, v: Verification, own: Record) -> tuple[Real, Real]:
        if history.target <= sheet.rest:
            return to_reset_state(history, sheet, v)
        return decide(history, sheet, own)

    return next_pulses


@functools.cache
def attempt_by(decide: Decide) -> Callable[..., None]:
    """Return the kernel of a host that drives: takes what cells answered and decides their next pulses.

    Its arguments: histories [n] (`ohmshot.programming.attempt.HISTORY`), reads in uS [n], whether this is the first
    read, the datasheet's numbers, verification, settings (`settings_record`), verdicts int8 [n] to be written.
    """
    next_pulses = next_pulses_by(decide)

    def attempt(
        histories: np.ndarray,
        measured: np.ndarray,
        first: bool,
        sheet: Sheet,
        v: Verification,
        settings: np.ndarray,
        verdicts: np.ndarray,
    ) -> None:
        own = settings[0]
        for i in range(histories.shape[0]):
            h = histories[i]
            known = History(h.target, h.measured, h.gate, h.source, h.resets, h.cycles, h.gate_shift, h.source_shift)
            if first:
                known = begun(h.target, measured[i])
            else:
                known = after(known, h.next_source, h.next_gate, measured[i], sheet, v)
            h.next_source, h.next_gate = next_pulses(known, sheet, v, own)
            verdicts[i] = verdict(known, h.next_source, h.next_gate, sheet, v)
            h.measured, h.gate, h.source, h.resets = known.measured, known.gate, known.source, known.resets
            h.cycles, h.gate_shift, h.source_shift = known.cycles, known.gate_shift, known.source_shift

    return kernel(attempt, decide)


def require_not_negative(part: object) -> None:
    """Refuse settings below 0.

    Raises:
        SettingsError: there is one; the message names it.
    """
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if isinstance(value, int | float) and not value >= 0:
            raise SettingsError(f"{field.name} of a programming strategy is {value}; it must not be negative.")
