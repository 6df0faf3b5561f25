"""A programming strategy: a scheme of writing with its own settings, a name and the works it rests on."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class Bound:
    """The most that one write of a cell takes.

    Attributes:
        resets: RESET pulses.
        sets: SET pulses.
        cycles: SET/RESET cycles.
        reads: reads that verify.
    """

    resets: int
    sets: int
    cycles: int
    reads: int

    @property
    def pulses(self) -> int:
        """SET and RESET pulses together."""
        return self.resets + self.sets

    def in_rounds(self, rounds: int) -> "Bound":
        """Return the bound of a write followed by rounds of one read and such a write each."""
        writes = 1 + rounds
        return Bound(writes * self.resets, writes * self.sets, writes * self.cycles, writes * self.reads + rounds)


class Scheme(Protocol):
    """How cells are brought to conductances: a frozen dataclass whose fields are its settings and its parts."""

    needs_partners: ClassVar[bool]
    """Whether the partner of a cell to be written must be among the cells too."""

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes."""

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells; see `ProgrammingStrategy.__call__`."""


@dataclass(frozen=True)
class ProgrammingStrategy:
    """A way to bring cells to conductances.

    Attributes:
        name: as the command line says it.
        citations: keys of the works that it comes from, or that one of our own stands on.
        scheme: does it, with its settings.
    """

    name: str
    citations: tuple[str, ...]
    scheme: Scheme

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes."""
        return self.scheme.bound

    @property
    def needs_partners(self) -> bool:
        """Whether the partner of a cell to be written must be among the cells too."""
        return self.scheme.needs_partners

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells.

        Args:
            crossbar: the chips.
            cells: addresses int64 [n], rising.
            targets: uS, float [n].

        Returns:
            Addresses of the cells that are known to have missed their target, rising.
        """
        return self.scheme(crossbar, cells, targets)


def parts(strategy: ProgrammingStrategy) -> Iterator[Any]:
    """Yield the records whose fields are the settings of a strategy: its scheme, and what that is made of."""
    waiting: list[Any] = [strategy.scheme]
    for part in waiting:
        yield part
        values = (getattr(part, field.name) for field in dataclasses.fields(part))
        waiting += [value for value in values if dataclasses.is_dataclass(value)]


def settings_of(strategy: ProgrammingStrategy) -> dict[str, Any]:
    """Return the settings of a strategy by name."""
    return {
        field.name: getattr(part, field.name)
        for part in parts(strategy)
        for field in dataclasses.fields(part)
        if not dataclasses.is_dataclass(getattr(part, field.name))
    }


def setting_named(strategy: ProgrammingStrategy, name: str) -> Any:
    """Return one setting of a strategy.

    Raises:
        SettingsError: it has no such setting; the message names those that it has.
    """
    known = settings_of(strategy)
    if name not in known:
        has = f"Its settings are {', '.join(known)}." if known else "It has no settings."
        raise SettingsError(f"The programming strategy {strategy.name} has no setting '{name}'. {has}")
    return known[name]


def with_settings(strategy: ProgrammingStrategy, settings: Mapping[str, Any]) -> ProgrammingStrategy:
    """Return a strategy with some of its settings changed, by name.

    Raises:
        SettingsError: it has no such setting, or the value is out of range.
    """
    for name in settings:
        setting_named(strategy, name)
    return dataclasses.replace(strategy, scheme=_changed(strategy.scheme, settings))


Part = TypeVar("Part")


def _changed(part: Part, settings: Mapping[str, Any]) -> Part:
    """Take settings into a record and into those that it is made of."""
    new = {}
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if dataclasses.is_dataclass(value):
            new[field.name] = _changed(value, settings)
        elif field.name in settings:
            new[field.name] = settings[field.name]
    return dataclasses.replace(part, **new)  # type: ignore[type-var]
