"""What a sweep gives: means with intervals, yields and paired differences, one setting after another."""

from typing import Literal

from ohmshot.foundation.records import Record
from ohmshot.foundation.statistics import Estimate, Yield
from ohmshot.sweep.file import Alphabets, SweepFile
from ohmshot.sweep.parameters import Value


class AxisResult(Record):
    """What was varied."""

    column: str
    """Of the table of rows."""
    unit: str | None
    """Of a row of the parameter set; none for factors, and for settings, which say it themselves."""
    choices: tuple[Value, ...] | None
    """None for any value in a range."""
    ordered: bool
    """Whether its values are numbers."""
    log: bool


class SettingResult(Record):
    """One setting."""

    setting: int
    alphabets: Alphabets
    values: dict[str, Value]
    """By column."""
    chips: int
    measured: dict[str, Estimate]
    """By column of the table."""
    differences: dict[str, Estimate]
    """From the first setting, chip by chip: the same chips learn the same tasks at every setting."""
    yields: dict[str, Yield]
    """Share of chips that reach the required accuracy, by column."""


class AsGood(Record):
    """The cheapest setting that is not shown to be less accurate than the most accurate one."""

    best: int
    """Of the highest accuracy, which is flattered where many are compared."""
    cheapest: int
    """Of the least energy among those whose accuracy differs from the best's by less than the 95 % interval."""
    difference: Estimate
    """Of the cheapest from the best, chip by chip."""


class SearchOutcome(Record):
    """What a search found."""

    trials: int
    within_budget: int
    """Settings whose mean energy stays within the budget, on the alphabets searched on."""
    best: int | None
    """Number of the setting; none where nothing stays within the budget."""
    alphabets: tuple[str, ...]
    """Held out in meta-training, searched on."""
    trained_on: bool
    """Whether the bundle's last training took them in after all."""
    evaluation: tuple[SettingResult, ...]
    """The best setting on evaluation alphabets, measured once, after the run as stated where that is another."""


class SweepResult(Record):
    """Accuracies are shares of 1, energies joules a chip."""

    format: Literal["ohmshot-sweep"] = "ohmshot-sweep"
    format_version: Literal[1] = 1
    file: SweepFile
    data: str
    bundle: str
    """SHA-256."""
    axes: tuple[AxisResult, ...]
    settings: tuple[SettingResult, ...]
    as_good: AsGood
    without_effect: tuple[str, ...]
    """Columns of the axes along which no setting's rows differ: the strategy or the learner does not use them."""
    search: SearchOutcome | None
    citations: tuple[str, ...]
    wall_seconds: float
    """Of this run; one that went on from parts counts what it did itself."""

    @property
    def accuracy_column(self) -> str:
        """Of the accuracy that settings are compared by, see `compared_by`."""
        return compared_by(self.file)[0]

    @property
    def energy_column(self) -> str:
        """Of the energy that they are compared by."""
        return compared_by(self.file)[1]

    @property
    def front(self) -> tuple[SettingResult, ...]:
        """Settings that no other beats in accuracy and energy both (Pareto), by rising energy."""
        ordered = sorted(
            self.settings,
            key=lambda each: (each.measured[self.energy_column].mean, -each.measured[self.accuracy_column].mean),
        )
        best, found = -1.0, []
        for each in ordered:
            if each.measured[self.accuracy_column].mean > best:
                best = each.measured[self.accuracy_column].mean
                found.append(each)
        return tuple(found)


def compared_by(file: SweepFile) -> tuple[str, str]:
    """Columns of accuracy and energy: after the bake and of the updates, unless a search says otherwise."""
    if file.search is None:
        return "accuracy_baked", "energy_adaptation_j"
    return f"accuracy_{file.search.accuracy}", "energy_all_j" if file.search.energy == "all" else "energy_adaptation_j"
