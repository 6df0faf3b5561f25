"""Result of an adaptation study: validated, and written as result.json."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ohmshot.adapt.confusion import ConfusedPair
from ohmshot.adapt.loss import LossToExactWeights
from ohmshot.data.episodes import Scope
from ohmshot.foundation.records import Record
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.statistics import Distribution, Share, ShareDifference
from ohmshot.foundation.summary import Summarised, Summary, percent, with_unit


class EnergySplit(Record):
    """Joules by operation, means of one adaptation."""

    form: Annotated[float, Field(ge=0)]
    set: Annotated[float, Field(ge=0)]
    reset: Annotated[float, Field(ge=0)]
    read: Annotated[float, Field(ge=0)]
    multiply: Annotated[float, Field(ge=0)]
    total: Annotated[float, Field(ge=0)]


class EnergyJoules(Record):
    """Energy of writing the learned initialisation, and of the five updates."""

    initialisation: EnergySplit
    adaptation: EnergySplit


class PulseCounts(Record):
    """FORM, SET and RESET pulses, means of one adaptation."""

    initialisation: Annotated[float, Field(ge=0)]
    adaptation: Annotated[float, Field(ge=0)]
    by_update: tuple[float, ...]


class AdaptationResult(Summarised, Record):
    """Accuracies are shares of 1, means over episodes; index 0 is before adaptation, then after each update."""

    format: Literal["ohmshot-adaptation"] = "ohmshot-adaptation"
    format_version: Literal[1] = 1
    data: str
    ways: int
    shots: int
    queries: int
    scope: Scope = "any"
    """Where the classes of an episode come from: any group of the data (alphabet, person), or all from one."""
    episodes: int
    chips: int
    seed: int
    strategy: str
    parameters: str
    """Name of the cell's parameter set."""
    bundle: str
    """SHA-256 of the bundle."""
    accuracy: tuple[Share, ...]
    accuracy_ci95: tuple[ShareDifference, ...]
    """Half widths of the 95 % intervals over episodes of these very groups."""
    accuracy_ci95_groups: ShareDifference | None = None
    """Half width of the 95 % interval after the last update over groups that might be drawn in place of these: what
    can be said of a new alphabet or person. None where the data have one group."""
    groups: int | None = None
    """Number of groups that the classes of the episodes come from."""
    accuracy_by_group: dict[str, Share] = Field(default_factory=dict)
    """Right answers after the last update to the queries of each group's classes, by its name."""
    accuracy_by_chip: tuple[Share, ...]
    """Mean after the last update, one a chip."""
    accuracy_after_bake: Share
    accuracy_after_bake_ci95: ShareDifference
    accuracy_software: Share
    """Accuracy with exact weights and arithmetic on these episodes, after the last update."""
    accuracy_software_by_update: tuple[Share, ...]
    gain_over_software: ShareDifference | None = None
    """Accuracy on the chip less that with exact weights, after the last update, episode by episode."""
    gain_over_software_ci95: ShareDifference | None = None
    loss_to_exact_weights: LossToExactWeights | None = None
    """The same the other way round, with what takes the accuracy where it is large. None in results of before."""
    accuracy_nearest_mean: Share | None = None
    """Accuracy of the nearest mean of the support's features on these episodes: no head, no update, no chip."""
    accuracy_nearest_mean_ci95: ShareDifference | None = None
    gain_over_nearest_mean: ShareDifference | None = None
    """Accuracy on the chip after the last update less that of the nearest mean, episode by episode."""
    gain_over_nearest_mean_ci95: ShareDifference | None = None
    bake_hours: float
    bake_celsius: float
    cells_written: tuple[float, ...]
    """Means, one an update."""
    pulses: PulseCounts
    energy_joules: EnergyJoules
    busy_seconds_by_update: tuple[float, ...]
    cells_missed_at_initialisation: float
    """Mean of the cells that verification gave up on."""
    cells_stuck: float = 0.0
    """Mean of the cells that a test has found not to follow."""
    most_cycles_of_a_cell: int
    accuracy_over_episodes: Distribution | None = None
    """Shares of right answers of the episodes after the last update. None in results of before."""
    class_names: tuple[str, ...] = ()
    """Classes of ``confusion``; those of the same name of different people are one."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """Queries of all episodes after the last update: true class by answered class. Empty where the data have more than
    `ohmshot.adapt.confusion.MOST_CLASSES` classes."""
    confused: tuple[ConfusedPair, ...] | None = None
    """The most frequent mistakes. None in results of before."""
    citations: tuple[str, ...]
    """Keys of the works that the run used: parameter set, data, methods; `ohmshot cite` prints them."""
    wall_seconds: float
    """The only entry that differs between two equal runs."""

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, content: Any) -> Any:
        """Results of before had a matrix by place in the episode, where another class stands in every episode."""
        if isinstance(content, dict) and content.get("confusion") and not content.get("class_names"):
            return {name: value for name, value in content.items() if name != "confusion"}
        return content

    def _summary(self) -> Summary:
        learned = percent(self.accuracy[-1], self.accuracy_ci95[-1])
        baked = percent(self.accuracy_after_bake, self.accuracy_after_bake_ci95)
        nearest = self.accuracy_nearest_mean
        rows = [
            ("accuracy on the chip", learned),
            (f"after {self.bake_hours:g} h at {self.bake_celsius:g} °C", baked),
            ("with exact weights", percent(self.accuracy_software)),
            ("nearest mean", "" if nearest is None else percent(nearest)),
            ("cells written", f"{sum(self.cells_written):,.0f}"),
            ("energy of the updates", with_unit(self.energy_joules.adaptation.total, "J")),
            ("strategy", self.strategy),
            ("parameters", self.parameters),
        ]
        runs = f"{counted(self.episodes, 'episode')} on {counted(self.chips, 'chip')}"
        text = f"{self.data!r}: {self.ways}-way {self.shots}-shot, {runs}: {learned}, baked {baked}"
        return Summary(text, rows)
