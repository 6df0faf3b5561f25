"""One swept parameter: a list of choices, or a range, absolute or as factors of the baseline value."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import TypedRecord
from ohmshot.sweep.configuration import Value
from ohmshot.sweep.parameters import Parameter

Given = bool | float | int | str | tuple[bool | float | int, ...]
KINDS = ("values", "factors", "low and high", "low_factor and high_factor")


class AxisTable(TypedRecord):
    """An axis as a file gives it."""

    values: Annotated[tuple[Given, ...], Field(min_length=1)] | None = None
    factors: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    """Factors of the baseline value; of a list, each number is multiplied."""
    low: float | int | None = None
    high: float | int | None = None
    low_factor: float | None = None
    high_factor: float | None = None
    log: bool = False
    """Whether steps are equal in the logarithm."""
    steps: Annotated[int, Field(ge=2)] | None = None
    """Number of values from one end of the range to the other; without it every value between is possible."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = (
            self.values is not None,
            self.factors is not None,
            self.low is not None or self.high is not None,
            self.low_factor is not None or self.high_factor is not None,
        )
        if sum(given) != 1:
            raise ValueError(f"give one of {', '.join(KINDS)}")
        if not (given[2] or given[3]):
            if self.log or self.steps is not None:
                raise ValueError("log and steps belong to a range, low and high; values and factors are taken as given")
            return self
        low, high = self.ends
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)) or low >= high:
            raise ValueError(f"give {KINDS[2] if given[2] else KINDS[3]}, finite, the first below the second")
        if self.log and low <= 0:
            raise ValueError("a range with log = true must begin above 0")
        return self

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Ends of the range, absolute or as factors."""
        if self.low_factor is not None or self.high_factor is not None:
            return self.low_factor, self.high_factor
        return self.low, self.high


@dataclass(frozen=True)
class Axis:
    """A parameter and the values that it takes.

    Attributes:
        parameter: the swept parameter.
        factor: whether values are factors of the baseline value.
        choices: the only values; None for any between ``low`` and ``high``.
        low: end of the range.
        high: end of the range, included.
        log: whether equal shares of the range are equal in the logarithm.
    """

    parameter: Parameter
    factor: bool
    choices: tuple[Value, ...] | None
    low: float = 0.0
    high: float = 0.0
    log: bool = False

    @property
    def column(self) -> str:
        """Column of the table of results."""
        return f"{self.parameter.key}.factor" if self.factor else self.parameter.key

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return self.parameter.whole and not self.factor

    @property
    def ordered(self) -> bool:
        """Whether its values are numbers, which can be drawn on a scale."""
        return self.choices is None or all(isinstance(each, int | float) for each in self.choices)

    def at(self, share: float) -> Value:
        """Return the value at a share of the way through the axis, from 0 to below 1; equal shares for all choices."""
        if self.choices is not None:
            return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]
        if not self.whole:
            return _between(self.low, self.high, share, self.log)
        # Every whole number has a bin of its own, from half below it to half above.
        return min(round(_between(self.low - 0.5, self.high + 0.5, share, self.log)), int(self.high))


def axis(parameter: Parameter, table: AxisTable) -> Axis:
    """Check a table against what its parameter can be.

    Raises:
        SettingsError: a value that the parameter cannot have; the message names the parameter.
    """
    factor = table.factors is not None or table.low_factor is not None
    check = _factor(parameter) if factor else parameter.checked
    if table.values is not None or table.factors is not None:
        choices = tuple(check(each) for each in table.values or table.factors or ())
        return Axis(parameter, factor, _distinct(parameter, choices))
    low, high = (check(end) for end in table.ends)
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        raise SettingsError(f"{parameter.key} must be {parameter.wanted}: it has no range. Give it values or factors.")
    if table.steps is None:
        return Axis(parameter, factor, None, low, high, table.log)
    shares = [number / (table.steps - 1) for number in range(table.steps)]
    steps = [_between(low, high, share, table.log) for share in shares]
    whole = parameter.whole and not factor
    choices = _distinct(parameter, tuple(round(each) if whole else each for each in steps))
    return Axis(parameter, factor, choices, log=table.log)


def _factor(parameter: Parameter) -> Callable[[object], Value]:
    """Return the check of a factor; the product is checked when the baseline value is known."""
    if float not in parameter.kinds and tuple[float, ...] not in parameter.kinds:
        raise SettingsError(f"{parameter.key} must be {parameter.wanted}: it cannot be multiplied. Give it values.")

    def checked(given: object) -> float:
        if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
            raise SettingsError(f"A factor of {parameter.key} must be a number of at least 0, not {given!r}.")
        return float(given)

    return checked


def _distinct(parameter: Parameter, values: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(set(values)) < len(values):
        raise SettingsError(f"{parameter.key} has the same value twice. Give each once, or fewer steps.")
    return values


def _between(low: float, high: float, share: float, log: bool) -> float:
    if share in (0.0, 1.0):
        return high if share else low
    if log:
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return low + share * (high - low)
