"""All that a sweep can change of a run: cell, circuit, learner with its programming strategy, bundle and bake."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from ohmshot.adapt.bake import Bake
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters, disagreement
from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.host.strategies.strategy import setting_named, with_settings

Value = float | int | str | tuple[float, ...] | None
"""A value of a parameter; a list of numbers is one value."""


@dataclass(frozen=True)
class BundleChanges:
    """Changes of a learned initialisation, none by default.

    Attributes:
        path: another bundle file.
        rate_factor: factor of all learning rates.
        updates: how many; beyond those that the bundle has rates for, its last rates are used.
        first_full_scale: weight of the layers before the last at the widest conductance difference.
        second_full_scale: weight of the last layer at that difference.

    Raises:
        SettingsError: no update, a rate below 0, or a full scale that is not above 0.
    """

    path: str | None = None
    rate_factor: float = 1.0
    updates: int | None = None
    first_full_scale: float | None = None
    second_full_scale: float | None = None

    def __post_init__(self) -> None:
        scales = [scale for scale in (self.first_full_scale, self.second_full_scale) if scale is not None]
        if not self.rate_factor >= 0 or not min([*scales, 1.0]) > 0:
            raise SettingsError("A bundle's rate factor must not be negative, and its full scales must be above 0.")
        if self.updates is not None and self.updates < 1:
            raise SettingsError("A task is learned in at least 1 update.")

    def apply_to(self, bundle: Bundle) -> Bundle:
        """Return a bundle (that of ``path`` where one is given) with the other changes."""
        header = bundle.header
        rates = header.rates[: self.updates]
        rates += rates[-1:] * ((self.updates or 0) - len(rates))
        *others, last = header.mapping.weight_full_scale
        scales = (*(self.first_full_scale or each for each in others), self.second_full_scale or last)
        mapping = header.mapping.model_copy(update={"weight_full_scale": scales})
        scaled = tuple(tuple(self.rate_factor * rate for rate in row) for row in rates)
        changed = header.model_copy(update={"rates": scaled, "mapping": mapping})
        return dataclasses.replace(bundle, header=changed)


def as_changes(bundle: Bundle) -> BundleChanges:
    """Return the changes that leave a bundle as it is, with its own numbers in place of None."""
    scales = bundle.header.mapping.weight_full_scale
    first = scales[0] if len(scales) > 1 else None
    return BundleChanges(updates=len(bundle.header.rates), first_full_scale=first, second_full_scale=scales[-1])


@dataclass(frozen=True)
class Configuration:
    """All that a sweep can change of a run; the fields are the groups of parameters (`ohmshot.sweep.parameters`).

    Attributes:
        cell: numbers of the technology.
        circuit: converters and lines of the array.
        learner: how the host learns; the settings of its programming strategy are a group of their own, "strategy".
        bundle: changes of the learned initialisation.
        bake: storage after the updates.
    """

    cell: CellParameters
    circuit: Circuit
    learner: LearnerSettings
    bundle: BundleChanges
    bake: Bake

    def value(self, group: str, name: str) -> Value:
        """Return the value of a parameter.

        Raises:
            SettingsError: the programming strategy has no such setting.
        """
        if group == "strategy":
            found: Value = setting_named(self.learner.strategy, name)
        elif (group, name) == ("learner", "strategy"):
            found = self.learner.strategy.name
        else:
            found = getattr(getattr(self, group), name)
        return found

    def changed(self, group: str, values: Mapping[str, Value]) -> "Configuration":
        """Return it with other values of parameters of one group, by name; a new strategy has its own settings.

        Raises:
            SettingsError: values that do not go together, or that are out of range.
        """
        if group == "strategy":
            strategy = with_settings(self.learner.strategy, values)
            return dataclasses.replace(self, learner=dataclasses.replace(self.learner, strategy=strategy))
        new = {
            name: strategy_named(str(value)) if (group, name) == ("learner", "strategy") else value
            for name, value in values.items()
        }
        found = dataclasses.replace(self, **{group: dataclasses.replace(getattr(self, group), **new)})
        if (wrong := disagreement(found.cell)) is not None:
            raise SettingsError(f"cell.{wrong[0]} {wrong[1]}.")
        return found


def default_configuration(cell: CellParameters, strategy: str, bake: Bake) -> Configuration:
    """Return a run in which nothing else is changed.

    Raises:
        SettingsError: there is no such strategy.
    """
    return Configuration(cell, Circuit(), LearnerSettings(strategy=strategy_named(strategy)), BundleChanges(), bake)


def value_text(value: Value, digits: int = 6) -> str:
    """Write a value as a file gives it, numbers with so many digits."""
    if isinstance(value, tuple):
        return f"[{', '.join(value_text(each, digits) for each in value)}]"
    return "none" if value is None else f"{value:.{digits}g}" if isinstance(value, float) else str(value)
