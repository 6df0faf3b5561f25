"""Sweepable parameters: every row of a parameter set and every field of the settings, found by their types."""

import dataclasses
import difflib
import functools
import math
import types
import typing
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from ohmshot.cell.cell_parameters import RowRule
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.host.strategies.strategy import ProgrammingStrategy, parts
from ohmshot.sweep.configuration import Configuration, Value

GROUPS = ("cell", "circuit", "strategy", "learner", "bundle", "bake")
"""The first word of a parameter's name: the fields of a `Configuration`, and the settings of programming strategies."""

NOTHING = "none"
"""None in a file, for which TOML has no word."""
WORDS: dict[object, str] = {float: "a number", int: "a whole number", str: "a text", types.NoneType: f'"{NOTHING}"'}
"""Plain types in words."""


@dataclass(frozen=True)
class Parameter:
    """A sweepable parameter.

    Attributes:
        group: one of `GROUPS`.
        name: name of the field.
        kinds: types that it may have.
        rule: limits of a row of the parameter set; None for others.
    """

    group: str
    name: str
    kinds: tuple[object, ...]
    rule: RowRule | None = None

    @property
    def key(self) -> str:
        """Name in a sweep file."""
        return f"{self.group}.{self.name}"

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole numbers."""
        return int in self.kinds and float not in self.kinds

    @property
    def wanted(self) -> str:
        """The values it takes, in words."""
        return " or ".join(_words(kind) for kind in self.kinds)

    def checked(self, given: object) -> Value:
        """Return a value from a file as the parameter has it.

        Raises:
            SettingsError: it is none.
        """
        value = None if given == NOTHING else tuple(given) if isinstance(given, list | tuple) else given
        numbers = value if isinstance(value, tuple) else (value,)
        if any(isinstance(each, bool) for each in numbers) and bool not in self.kinds:
            raise SettingsError(f"{self.key} must be {self.wanted}, not {given!r}.")
        if any(isinstance(each, float) and not math.isfinite(each) for each in numbers):
            raise SettingsError(f"{self.key} must be finite, not {given}.")
        try:
            found: Value = _adapter(self.kinds).validate_python(value, strict=True)
        except ValidationError as error:
            raise SettingsError(f"{self.key} must be {self.wanted}, not {given!r}.") from error
        if self.rule is not None:
            wrong = self.rule.violation(found)  # type: ignore[arg-type]
            if wrong is not None:
                raise SettingsError(f"{self.key} {wrong}.")
        return found


@functools.cache
def parameters() -> dict[str, Parameter]:
    """Everything that can be swept, by its key."""
    hints = typing.get_type_hints(Configuration)
    strategies = tuple({type(part): None for name in STRATEGIES for part in parts(strategy_named(name))})
    records = {group: strategies if group == "strategy" else (hints[group],) for group in GROUPS}
    found = [each for group in GROUPS for record in records[group] for each in _of(group, record)]
    return {each.key: each for each in found}


def parameter_named(key: str) -> Parameter:
    """Return a parameter by its key.

    Raises:
        SettingsError: there is none; the message names the nearest.
    """
    known = parameters()
    if key not in known:
        raise SettingsError(f"There is no parameter '{key}'. {_nearest(key)}")
    return known[key]


def _of(group: str, record: type) -> list[Parameter]:
    """Fields that a file can give: numbers, texts and lists, and a strategy by its name."""
    hints = typing.get_type_hints(record)
    found = []
    for field in dataclasses.fields(record):
        kinds = (str,) if hints[field.name] is ProgrammingStrategy else _kinds(hints[field.name])
        if all(kind in WORDS or typing.get_origin(kind) in (tuple, typing.Literal) for kind in kinds):
            found.append(Parameter(group, field.name, kinds, field.metadata.get("rule")))
    return found


@functools.cache
def _adapter(kinds: tuple[object, ...]) -> TypeAdapter[Value]:
    return TypeAdapter(typing.Union[kinds])  # type: ignore[arg-type]  # noqa: UP007


def _kinds(hint: object) -> tuple[object, ...]:
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return typing.get_args(hint) if union else (hint,)


def _words(kind: object) -> str:
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(f'"{word}"' for word in typing.get_args(kind))
    if typing.get_origin(kind) is tuple:
        return "a list of numbers"
    return WORDS[kind]


def _nearest(key: str) -> str:
    known = parameters()
    names = {each.name: each.key for each in reversed(known.values())}
    near = [names[name] for name in difflib.get_close_matches(key.rsplit(".", 1)[-1], names, n=3, cutoff=0.7)]
    near += difflib.get_close_matches(key, known, n=3, cutoff=0.7)
    if near:
        return f"Did you mean {' or '.join(list(dict.fromkeys(near))[:3])}?"
    return f"`ohmshot sweep list` names them; they begin with {', '.join(f'{group}.' for group in GROUPS)}"
