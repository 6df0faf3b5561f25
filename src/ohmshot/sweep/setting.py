"""One setting of a sweep: what the run has, with the values of a point in their places."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from ohmshot.adapt.bake import Bake
from ohmshot.cell.cell_parameters import CellParameters, disagreement
from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.host.strategies.strategy import setting_named, with_settings
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.bundle_changes import BundleChanges
from ohmshot.sweep.design import Point
from ohmshot.sweep.parameters import Parameter, Value


@dataclass(frozen=True)
class Setting:
    """All that a sweep can change of a run, room by room (`ohmshot.sweep.parameters.ROOMS`).

    Attributes:
        cell: numbers of the technology.
        circuit: around the array.
        learner: how the host learns, its programming strategy among it.
        bundle: changes of the learned initialisation.
        bake: storage after the updates.
    """

    cell: CellParameters
    circuit: Circuit
    learner: LearnerSettings
    bundle: BundleChanges
    bake: Bake


def stated(cell: CellParameters, strategy: str, bake: Bake) -> Setting:
    """Return a run without any change.

    Raises:
        SettingsError: no such strategy.
    """
    return Setting(cell, Circuit(), LearnerSettings(strategy=strategy_named(strategy)), BundleChanges(), bake)


def stated_point(setting: Setting, axes: Sequence[Axis]) -> Point:
    """Return the values that a setting has on the axes."""
    return tuple(1.0 if axis.factor else value_in(setting, axis.parameter) for axis in axes)


def changed(setting: Setting, axes: Sequence[Axis], point: Point) -> Setting:
    """Return a setting with the values of a point.

    Where the strategy is swept, its settings begin from its own.

    Raises:
        SettingsError: values that do not go together, or that are out of range.
    """
    values = [
        (axis, value) for axis, value in zip(axes, point, strict=True) if axis.parameter.key != "learner.strategy"
    ]
    named = [str(value) for axis, value in zip(axes, point, strict=True) if axis.parameter.key == "learner.strategy"]
    if named:
        learner = dataclasses.replace(setting.learner, strategy=strategy_named(named[0]))
        setting = dataclasses.replace(setting, learner=learner)
    for room in {axis.parameter.room: None for axis, _ in values}:
        new = {
            axis.parameter.name: _multiplied(setting, axis, value) if axis.factor else value
            for axis, value in values
            if axis.parameter.room == room
        }
        if room == "strategy":
            learner = dataclasses.replace(setting.learner, strategy=with_settings(setting.learner.strategy, new))
            setting = dataclasses.replace(setting, learner=learner)
        else:
            setting = dataclasses.replace(setting, **{room: dataclasses.replace(getattr(setting, room), **new)})
    if (wrong := disagreement(setting.cell)) is not None:
        raise SettingsError(f"cell.{wrong[0]} {wrong[1]}.")
    return setting


def text(axes: Sequence[Axis], point: Point) -> str:
    """Write a point for people."""
    return ", ".join(f"{axis.column} {value_text(value)}" for axis, value in zip(axes, point, strict=True))


def value_text(value: Value, digits: int = 6) -> str:
    """Write a value as a file gives it, numbers with so many digits."""
    if isinstance(value, tuple):
        return f"[{', '.join(value_text(each, digits) for each in value)}]"
    return "none" if value is None else f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def value_in(setting: Setting, parameter: Parameter) -> Value:
    """Return what a setting has of a parameter.

    Raises:
        SettingsError: its strategy has no such setting.
    """
    strategy = setting.learner.strategy
    if parameter.room == "strategy":
        found: Value = setting_named(strategy, parameter.name)
    elif parameter.key == "learner.strategy":
        found = strategy.name
    else:
        found = getattr(getattr(setting, parameter.room), parameter.name)
    return found


def _multiplied(setting: Setting, axis: Axis, factor: Value) -> Value:
    value = value_in(setting, axis.parameter)
    if isinstance(value, tuple):
        product: Value = tuple(float(factor) * each for each in value)  # type: ignore[arg-type]
    elif isinstance(value, int | float):
        product = float(factor) * value  # type: ignore[arg-type]
    else:
        raise SettingsError(f"{axis.parameter.key} is {value_text(value)}, which has no factors. Give it values.")
    return axis.parameter.checked(product)
