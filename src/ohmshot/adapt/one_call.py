"""A whole adaptation in one call: chips learn a task from a few examples, and everything is measured."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations, LearnedTasks, adapted
from ohmshot.adapt.bake import Bake
from ohmshot.adapt.loss import LossToExactWeights, loss_to_exact_weights
from ohmshot.adapt.software import batch_nearest_mean_right, batch_right
from ohmshot.adapt.source import guarded
from ohmshot.adapt.tasks import TaskBatch
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.simulated_chips import SimulatedChips
from ohmshot.foundation.errors import BundleError, DataError
from ohmshot.foundation.frames import pandas_frame
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.statistics import percent_of_mean
from ohmshot.foundation.summary import Summarised, Summary, percent, with_unit
from ohmshot.host.arithmetic import FLOATING_POINT, Arithmetic
from ohmshot.host.array import arrays_for
from ohmshot.host.care.care import Care, care_of
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.limits import Limits
from ohmshot.host.strategies.registry import strategy_of
from ohmshot.host.strategies.strategy import ProgrammingStrategy

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Adapted(Summarised):
    """Chips that have learned a task, and what was measured on them; `adapt` makes it.

    Attributes:
        chips: the chips, after the bake where there is one.
        learner: the host: `learner.forward(features)` answers with the chips.
        measured: everything that was measured on the chips, step by step.
        accuracy_software_by_update: share of right answers with exact weights before the first update and after each,
            float64 [chips, updates + 1].
        accuracy_nearest_mean: share of right answers of the nearest class mean of the features, which takes no chip and
            no update, float64 [chips].
        bake: after the updates; None for none.

    Examples:
        >>> import ohmshot as oh
        >>> task = oh.draw_tasks(oh.load_examples("invented"), tasks=1)
        >>> query = task.query, task.query_labels
        >>> result = oh.adapt(oh.load_bundle(), task.support, task.support_labels, query=query, chips=2)
        >>> result.accuracy.shape, result.energy.shape, result.cells_written.shape
        (torch.Size([2]), torch.Size([2]), torch.Size([2, 5]))
        >>> result.to_polars().columns[:4]
        ['chip', 'accuracy_before_percent', 'accuracy_adapted_percent', 'cells_written']
    """

    chips: ObservedCrossbar
    learner: Learner
    measured: LearnedTasks
    accuracy_software_by_update: Tensor
    accuracy_nearest_mean: Tensor
    bake: Bake | None = None

    @property
    def accuracy(self) -> Tensor:
        """Share of right answers of each chip after the last update, float64 [chips]."""
        return self.measured.learned

    @property
    def accuracy_by_update(self) -> Tensor:
        """Share of right answers before the first update and after each, float64 [chips, updates + 1]."""
        return self.measured.accuracy

    @property
    def accuracy_software(self) -> Tensor:
        """Share of right answers after the same updates with exact weights and arithmetic, float64 [chips]."""
        return self.accuracy_software_by_update[:, -1]

    @property
    def loss_to_exact_weights(self) -> LossToExactWeights:
        """How far the chips end below their exact weights; where that is far, why, and what would help."""
        learned = self.measured
        return loss_to_exact_weights(learned.learned, self.accuracy_software, learned.answers.shape[1], learned.signs)

    @property
    def accuracy_after_bake(self) -> Tensor | None:
        """Share of right answers after the bake, float64 [chips]; None without one."""
        return self.measured.accuracy_after_bake if isinstance(self.measured, Adaptations) else None

    @property
    def retention(self) -> Tensor | None:
        """Accuracy after the bake as a share of that before, float64 [chips]; None without a bake."""
        baked = self.accuracy_after_bake
        return None if baked is None else baked / self.accuracy

    @property
    def answers(self) -> Tensor:
        """The way that each chip answers to each query after the last update, int64 [chips, queries]."""
        return self.measured.answers

    @property
    def cost(self) -> MeterReading:
        """Pulses, reads, multiplies, energy and busy time of all updates."""
        return self.measured.spent

    @property
    def energy(self) -> Tensor:
        """Energy of all updates in J, float64 [chips]: that of the array with its drivers and converters."""
        return self.cost.joules

    @property
    def cells_written(self) -> Tensor:
        """Cells whose target an update moved, int64 [chips, updates]."""
        return self.measured.cells_written

    def to_polars(self) -> pl.DataFrame:
        """One row a chip; a column's name ends in its unit, so accuracies are in per cent here."""
        columns = {
            **self.measured.columns(),
            "accuracy_software_percent": 100 * self.accuracy_software,
            "accuracy_nearest_mean_percent": 100 * self.accuracy_nearest_mean,
        }
        rows = {name: values.cpu().numpy() for name, values in columns.items()}
        return pl.DataFrame({"chip": range(len(self.accuracy)), **rows})

    def to_pandas(self) -> "pd.DataFrame":
        """The same table as `to_polars`, as a frame of pandas.

        Raises:
            SettingsError: pandas is not installed.
        """
        return pandas_frame(self.to_polars())

    def _summary(self) -> Summary:
        learned, software = self.accuracy, float(self.accuracy_software.mean())
        accuracy = percent_of_mean(learned)
        written, joules = float(self.cells_written.sum(1).double().mean()), float(self.energy.mean())
        rows = [
            ("accuracy on the chips", accuracy),
            ("with exact weights", percent(software)),
            ("nearest mean", percent(float(self.accuracy_nearest_mean.mean()))),
            ("cells written", f"{written:,.0f}"),
            ("energy of the updates", with_unit(joules, "J")),
            ("strategy", self.learner.settings.strategy.name),
        ]
        text = (
            f"{counted(len(learned), 'chip')}: {accuracy}, exact weights {percent(software)}, {with_unit(joules, 'J')}"
        )
        baked = self.accuracy_after_bake
        if self.bake is not None and baked is not None:
            words = percent_of_mean(baked)
            rows.insert(1, (f"after {self.bake.hours:g} h at {self.bake.celsius:g} °C", words))
            text += f", baked {words}"
        loss = self.loss_to_exact_weights
        if loss.large:
            rows.append(("below exact weights", loss.words))
            text += f"; {loss.points:.1f} points below exact weights"
        return Summary(text, rows)


def adapt(
    bundle: Bundle,
    support: ArrayLike | Tensor,
    labels: ArrayLike | Tensor,
    *,
    query: tuple[ArrayLike | Tensor, ArrayLike | Tensor] | None = None,
    chips: ObservedCrossbar | int = 1,
    strategy: str | ProgrammingStrategy = "hybrid",
    bake: Bake | None = None,
    limits: Limits | None = None,
    care: str | Care = "repair",
    arithmetic: Arithmetic = FLOATING_POINT,
    seed: int = 0,
) -> Adapted:
    """Let chips learn a task: write the learned initialisation, make every update, and measure after each.

    Examples are what the bundle is for (drawings uint8 [..., side, side], signals float32 [..., channels, length]), or
    features that were computed before, [..., features]. They are [examples, ...] for one task on every chip, or
    [chips, examples, ...] for a task of its own on each.

    Args:
        bundle: the learned initialisation.
        support: examples to learn from.
        labels: the way of each example, from 0, int64 [examples]; each way has at least one.
        query: other examples and their labels, to measure accuracy on; None measures it on the support.
        chips: chips to learn on (`SimulatedChips`, `connect`), as they are: fresh or used; or how many different
            simulated ones to make, each with as many arrays as the head takes.
        strategy: how cells are written: a name (`ohmshot study strategies` compares them), or `strategy(...)`.
        bake: after the updates; None for none.
        limits: budgets of writing, wear and energy; None for none.
        care: what the host does about cells that do not follow: "none", "repair" or "test-first".
        arithmetic: who computes the updates (`ohmshot.controller.road` gives it together with its strategy).
        seed: seed of chips that are made here.

    Returns:
        Accuracy on the chips and with exact weights, energy, cells written, and what a bake leaves.

    Raises:
        DataError: labels that do not fit the examples.
        BundleError: examples of another shape than the bundle is for.
        SettingsError: the head does not fit on the chips, or no such strategy.
        LimitError: a write could exceed a limit.
        ChipError: the chips have too many faults to be of use, or fail.

    Examples:
        >>> import ohmshot as oh
        >>> drawings = oh.load_examples("invented").values[:5, :5].flatten(0, 1)  # 5 of each of 5 characters
        >>> labels = [way for way in range(5) for _ in range(5)]
        >>> result = oh.adapt(oh.load_bundle(), drawings, labels, chips=2, bake=oh.Bake(12, 150))
        >>> bool((result.accuracy > 0.9).all()), bool((result.energy < 1e-6).all())
        (True, True)
    """
    support_labels = _labels(labels)
    ways = int(support_labels.max()) + 1
    asked, query_labels = (support, support_labels) if query is None else (query[0], _labels(query[1]))
    _require_classes(support_labels, query_labels, ways)
    bundle = bundle.for_ways(ways)
    crossbar = _made(bundle, chips, seed) if isinstance(chips, int) else chips
    task = TaskBatch(
        _features(bundle, support, support_labels, crossbar.chips),
        support_labels,
        _features(bundle, asked, query_labels, crossbar.chips),
        query_labels,
    )
    settings = LearnerSettings(strategy=strategy_of(strategy), limits=limits, arithmetic=arithmetic)
    learner = Learner(guarded(crossbar), bundle, settings)
    done = adapted(learner, crossbar, task, care_of(care))
    software = batch_right(bundle, task).double().mean(-1)
    nearest = batch_nearest_mean_right(bundle, task, ways).double().mean(-1)
    return Adapted(crossbar, learner, done if bake is None else done.baked(bake), software, nearest, bake)


def _labels(labels: ArrayLike | Tensor) -> Tensor:
    given = torch.as_tensor(labels)
    if given.ndim != 1 or given.is_floating_point() or not len(given) or int(given.min()) < 0:
        raise DataError("Labels must be one whole number from 0 for each example.")
    return given.long()


def _require_classes(support: Tensor, query: Tensor, ways: int) -> None:
    """Every label up to the highest has an example to learn from, and there is more than one."""
    missing = sorted(set(range(ways)) - set(support.tolist()))
    if missing or ways < 2:
        raise DataError(
            "Labels count the classes from 0, and there are at least two classes; the support has no example of "
            f"{', '.join(map(str, missing)) or 1}."
        )
    if int(query.max()) >= ways:
        raise DataError(f"The query has the label {int(query.max())}; the support has labels up to {ways - 1}.")


def _features(bundle: Bundle, given: ArrayLike | Tensor, labels: Tensor, chips: int) -> Tensor:
    """Features [chips, examples, features] of examples, or of features as they are."""
    values, network = torch.as_tensor(given).detach(), bundle.header.network
    if values.is_floating_point():
        values = values.float()
    if values.ndim in (2, 3) and values.shape[-1] == network.features:
        # To a bundle for features that a person computed they are its examples, one channel of each.
        of_person = bundle.header.preprocessing.kind == "features"
        features = bundle.features(values.float()[..., None]) if of_person else values.float()
    elif values.ndim in (3, 4) and tuple(values.shape[-2:]) == bundle.example_shape:
        features = bundle.features(values)
    else:
        shape = ", ".join(map(str, bundle.example_shape))
        raise BundleError(
            f"The bundle {bundle.header.name} is for examples [n, {shape}] or features [n, {network.features}], with "
            f"the chips before them where each has a task of its own; these are {list(values.shape)}."
        )
    if features.shape[-2] != len(labels):
        raise DataError(f"There are {features.shape[-2]} examples and {len(labels)} labels.")
    if features.ndim == 3 and len(features) not in (1, chips):
        raise DataError(f"There are tasks for {len(features)} chips, and {chips} chips to learn them.")
    return features.expand(chips, *features.shape[-2:])


def _made(bundle: Bundle, chips: int, seed: int) -> SimulatedChips:
    """Different simulated chips with as many arrays as the head takes."""
    return SimulatedChips(chips=chips, seed=seed, arrays=arrays_for(bundle, Circuit()))
