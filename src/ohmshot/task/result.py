"""The result of a person's own task: validated, and written as JSON."""

from typing import Annotated, Literal

from pydantic import Field

from ohmshot.adapt.loss import LossToExactWeights
from ohmshot.adapt.result import EnergyJoules, PulseCounts
from ohmshot.foundation.records import Record
from ohmshot.foundation.statistics import Share, ShareDifference
from ohmshot.foundation.summary import Summarised, Summary, percent, with_unit


class Answer(Record):
    """One example after the last update."""

    file: str
    true: str
    answered: str
    share: Share
    """Probability that the chip gives its answer."""


class Judgement(Record):
    """Accuracy of the chip on one set of examples; index 0 is before adaptation, then after each update."""

    examples: tuple[int, ...]
    """Number of examples of each class."""
    accuracy: tuple[Share, ...]
    accuracy_interval95: tuple[tuple[Share, Share], ...]
    """Wilson's 95 % intervals over the examples: one chip, one task."""
    accuracy_software: tuple[Share, ...]
    """Accuracy with exact weights and arithmetic."""
    confusion: tuple[tuple[int, ...], ...]
    """Counts after the last update: true class by answered class."""
    answers: tuple[Answer, ...]


class AfterBake(Record):
    """What a bake leaves, on a copy of the chip: the chip itself is not baked."""

    hours: Annotated[float, Field(ge=0)]
    celsius: float
    accuracy: Share
    accuracy_interval95: tuple[Share, Share]
    """Wilson's, over the examples."""


class OnManyChips(Record):
    """The same task on different simulated chips; accuracies are means over chips, of the set that is judged by."""

    chips: Annotated[int, Field(ge=1)]
    accuracy: Share
    accuracy_ci95: ShareDifference | None
    """Half width of the 95 % interval over chips (Student's t): for these examples. None for one chip."""
    accuracy_by_chip: tuple[Share, ...]
    accuracy_after_bake: Share | None
    accuracy_after_bake_ci95: ShareDifference | None
    energy_joules: Annotated[float, Field(ge=0)]
    """Of the updates of one chip."""
    loss_to_exact_weights: LossToExactWeights


class OwnTaskResult(Summarised, Record):
    """One chip that learned a person's classes."""

    format: Literal["ohmshot-own-task"] = "ohmshot-own-task"
    format_version: Literal[1] = 1
    class_names: tuple[str, ...]
    chip: str
    """Identity of the chip."""
    seed: int | None
    """Seed of a simulated chip."""
    strategy: str
    parameters: str
    """Name of the cell's parameter set; of a real chip its identity."""
    bundle: str
    """SHA-256 of the bundle."""
    support: Judgement
    """Judgement on the examples it learned from."""
    query: Judgement | None
    """Judgement on other examples, where there were any."""
    loss_to_exact_weights: LossToExactWeights | None = None
    """Of the set that it is judged by (`judged`). None in results of before."""
    arrays: Annotated[int, Field(ge=1)] = 1
    """Arrays of the chip, side by side."""
    after_bake: AfterBake | None = None
    """Where a bake was asked for."""
    on_many_chips: OnManyChips | None = None
    """Where more than one chip was asked for."""
    cells_written: tuple[int, ...]
    """Number of cells whose target moved, one entry an update."""
    cells_missed_at_initialisation: Annotated[int, Field(ge=0)]
    """Cells that verification gave up on."""
    pulses: PulseCounts
    energy_joules: EnergyJoules
    energy_joules_by_update: tuple[float, ...]
    busy_seconds_by_update: tuple[float, ...]
    citations: tuple[str, ...]
    """Keys of the works that the run rests on; `ohmshot cite` prints them."""
    wall_seconds: float
    """The only entry that differs between two equal runs."""

    def _summary(self) -> Summary:
        name, judged = self.judged
        rows = [
            ("classes", ", ".join(self.class_names)),
            (f"accuracy on the {name} set", percent(judged.accuracy[-1])),
            ("with exact weights", percent(judged.accuracy_software[-1])),
            ("cells written", f"{sum(self.cells_written):,}"),
            ("energy of the updates", with_unit(self.energy_joules.adaptation.total, "J")),
            ("chip", self.chip),
        ]
        text = f"{len(self.class_names)} classes, {name} {percent(judged.accuracy[-1])}"
        return Summary(text, rows)

    @property
    def judged(self) -> tuple[str, Judgement]:
        """Name and judgement of the query set, or of the support set where there is no other."""
        return ("query", self.query) if self.query else ("support", self.support)
