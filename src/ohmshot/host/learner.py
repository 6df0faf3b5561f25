"""The computer in the loop: forward on the chip, gradients here, write only what changes its level."""

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.class_balance import mean_over_classes
from ohmshot.bundle.head import Activations, Head
from ohmshot.bundle.standard import NO_STANDARD, TaskStandard
from ohmshot.chip.crossbar import Crossbar, ReadableCrossbar, cell_addresses, every_cell
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.summary import Summarised, Summary
from ohmshot.host.arithmetic import FLOATING_POINT, Arithmetic
from ohmshot.host.array import HeadOnArray
from ohmshot.host.budget import Account
from ohmshot.host.care.faults import Faults
from ohmshot.host.limits import Limits
from ohmshot.host.mapping import Levels
from ohmshot.host.moves import moves
from ohmshot.host.strategies import hybrid
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.writer import NO_CELLS, Writer

CLASS_WEIGHT_SHARE = 0.45
"""Root mean square of the weights of a class that is learned by itself, as a share of the layer's full scale. Chosen
on simulated chips with Omniglot's background characters, 250 classes by 10 drawings: of 0.2 to 0.8 the best, and 0.35
to 0.5 hardly worse. Smaller weights fall between the reset state and the lowest level, larger ones are clipped."""
UNFORMED_SHARE = 0.75
"""A cell that misses its target and reads below this share of the reset state may be unformed (our choice)."""


@dataclass(frozen=True)
class LearnerSettings:
    """Settings of a learner.

    Attributes:
        strategy: the programming strategy, with its settings.
        levels: what a cell may be written to (`ohmshot.host.mapping.Levels`).
        pair_policy: how the two cells of a pair share a weight: "one-sided", "one-fixed" or "balanced".
        write_threshold: uS, a cell is written only when its target has moved further than this from what was last
            written; 0 writes every change of level.
        forward: "multiply" measures activations by the analog multiply; "read-back" reads the cells and computes.
        shadow: "floating" keeps the exact weights on the host between updates; "read-back" starts each update
            from what the cells read.
        limits: budgets of writing and of wear (`ohmshot.host.limits`); None for none.
        settle_seconds: wait after each programming, at room temperature (Bonnet et al. 2023: statistics after 6 s).
        arithmetic: who computes an update: the computer in the loop, or a controller (`ohmshot.controller.road`).

    Raises:
        SettingsError: a threshold or a wait below 0.

    Examples:
        >>> import ohmshot as oh
        >>> settings = oh.LearnerSettings(strategy=oh.strategy("closed-loop"), limits=oh.Limits(session_cells=3000))
        >>> settings.strategy.name, settings.shadow
        ('closed-loop', 'floating')
    """

    strategy: ProgrammingStrategy = hybrid.STRATEGY
    levels: Levels = "datasheet"
    pair_policy: str = "one-sided"
    write_threshold: float = 0.0
    forward: Literal["multiply", "read-back"] = "multiply"
    shadow: Literal["floating", "read-back"] = "floating"
    settle_seconds: float = 6.0
    limits: Limits | None = None
    arithmetic: Arithmetic = FLOATING_POINT

    def __post_init__(self) -> None:
        if not (self.write_threshold >= 0 and self.settle_seconds >= 0):
            raise SettingsError("A learner's write threshold and its wait must not be negative.")


@dataclass(frozen=True)
class Write:
    """A write of the learner: what holds once it is allowed, and which cells get pulses.

    Attributes:
        head: exact weights after it, [chips, inputs, outputs] a layer.
        targets: uS that every cell is meant to hold after it, [chips, cells].
        cells: addresses to write, rising; stuck ones among them get no pulse.
        changed: cells whose target it moves, int64 [chips].
        forming: addresses of cells to form before.
        settle_seconds: wait after it.
        laid_out_by: whose targets of that head these are; None where they are of another.
    """

    head: Head
    targets: Tensor
    cells: Tensor
    changed: Tensor
    forming: Tensor = NO_CELLS
    settle_seconds: float = 0.0
    laid_out_by: HeadOnArray | None = None


@dataclass(frozen=True)
class _SupportSet:
    """The task that is being learned.

    Attributes:
        features: [chips, examples, features].
        labels: int64 [examples], or the targets, [examples, outputs] or [chips, examples, outputs].
        inputs: inputs of every layer, [chips, examples, inputs], where only the last one learns; none until measured.
    """

    features: Tensor
    labels: Tensor
    inputs: tuple[Tensor, ...] = ()


class Learner(Summarised):
    """A batch of chips that learns the head of a bundle.

    Args:
        crossbar: chips, as they leave the fab or used before.
        bundle: the learned initialisation.
        settings: how to learn; None for the defaults.

    Attributes:
        crossbar: the chips, without their pulses: these are the writer's alone.
        array: the head on the array: placement, mapping, known faults.
        writer: gives every pulse.
        shadow: exact weights that the chips stand for, [chips, inputs, outputs] a layer.
        standard: origin and size of the task's features.
        missed: addresses of the cells that missed their target in the last write.
        changed: cells whose target the last write moved, int64 [chips]; all of them where it wrote the whole array.
        class_origin: mean input of the last layer over the first classes that were learned by themselves,
            [chips, 1, inputs]; None before (`learn_classes`).

    Raises:
        SettingsError: the head does not fit on the array.

    Examples:
        >>> import ohmshot as oh
        >>> learner = oh.Learner(oh.SimulatedChips(chips=3), oh.load_bundle(), oh.LearnerSettings(write_threshold=1.0))
        >>> learner
        Learner('characters' on 3 chips, hybrid; nothing written)
        >>> missed = learner.initialise()
        >>> features = learner.bundle.features(oh.load_examples("invented").values[:5, 0])
        >>> learner.forward(features).logits.shape  # chips, examples, ways
        torch.Size([3, 5, 5])
    """

    def __init__(self, crossbar: Crossbar, bundle: Bundle, settings: LearnerSettings | None = None) -> None:
        settings = settings or LearnerSettings()
        self.crossbar: ReadableCrossbar = crossbar
        self.bundle = bundle
        self.settings = settings
        self.writer = Writer(crossbar, settings.strategy, settings.limits)
        chips = crossbar.chips
        self.array: HeadOnArray = settings.arithmetic.array(
            crossbar.datasheet, chips, bundle, settings.levels, settings.pair_policy
        )
        self.shadow: Head = tuple(
            weights.expand(chips, *weights.shape).clone() for weights in self.array.clipped(bundle.head)
        )
        self.standard: TaskStandard = NO_STANDARD
        self.missed: Tensor = NO_CELLS
        self.changed: Tensor = torch.zeros(chips, dtype=torch.int64)
        self.class_origin: Tensor | None = None
        self._initial: Head = self.shadow
        self._targets: Tensor | None = None
        self._laid_out: tuple[HeadOnArray | None, Head] = None, ()
        self._support: _SupportSet | None = None

    def _summary(self) -> Summary:
        chips, sheet, settings = self.crossbar.chips, self.crossbar.datasheet, self.settings
        pairs = sum(weights.shape[-2] * weights.shape[-1] for weights in self.shadow)
        state = (
            "nothing written" if self._targets is None else f"{self.missed.numel():,} cells missed in the last write"
        )
        known = 0 if self.faults is None else int(self.faults.stuck.sum())
        rows = (
            ("chips", counted(chips, "chip")),
            ("bundle", repr(self.bundle)),
            ("head", f"{pairs:,} weights on {sheet.cells:,} cells"),
            ("strategy", settings.strategy.name),
            ("levels", str(settings.levels)),
            ("limits", "none" if settings.limits is None else str(settings.limits)),
            ("state", state),
            ("cells known to be stuck", f"{known:,}"),
        )
        name = self.bundle.header.name
        return Summary(f"{name!r} on {counted(chips, 'chip')}, {settings.strategy.name}; {state}", rows)

    @property
    def targets(self) -> Tensor:
        """Conductance in uS that every cell was last written to, [chips, cells].

        Raises:
            SettingsError: nothing has been written yet.
        """
        if self._targets is None:
            raise SettingsError("Write the initialisation first.")
        return self._targets

    @property
    def faults(self) -> Faults | None:
        """Stuck cells that the host knows of; None for none."""
        return self.array.faults

    @property
    def account(self) -> Account | None:
        """State of the session against its limits; None without limits."""
        return self.writer.account

    def avoid(self, faults: Faults | None) -> None:
        """Take faults as known: stuck cells get no more pulses; from the next write on partners make up for them."""
        self.array = replace(self.array, faults=faults)
        self.writer.stuck = None if faults is None else faults.stuck

    def amplify(self, gain: Tensor) -> None:
        """Take every weight of a chip times a factor when it is multiplied or read back, [chips]."""
        self.array = replace(self.array, gain=gain)

    def place_units(self, head: Head, used: Tensor) -> None:
        """Take a head whose hidden units have changed places (`ohmshot.host.care.remap`), before it is written.

        Args:
            head: for every chip, [chips, inputs, outputs] a layer.
            used: 1 for the hidden units in use and 0 for spare ones, [chips, hidden].
        """
        self.shadow = self._initial = head
        self.array = replace(self.array, used_units=used[:, None, :])
        if self._support is not None:
            self._support = replace(self._support, inputs=())

    def initialise(self) -> Tensor:
        """Form all cells and write the learned initialisation.

        Returns:
            Addresses of the cells that missed their target.

        Raises:
            LimitError: it could exceed a limit; no pulse was given.
        """
        self._initial, self.class_origin = self.shadow, None
        return self._write_whole(self.shadow, self.array.targets(self.shadow), laid_out_by=self.array)

    def resume(
        self,
        head: Head,
        targets: Tensor,
        standard: TaskStandard,
        account: Account | None = None,
        forming: Tensor | None = None,
    ) -> Tensor:
        """Bring every cell to the targets of a write that was begun before, whatever was written of it.

        Args:
            head: exact weights after that write, [chips, inputs, outputs] a layer.
            targets: uS, [chips, cells].
            standard: origin and size of the task's features.
            account: state of the session to go on with; None begins a new one.
            forming: cells to form first; None for all. Where a cell that was left out turns out as if never formed (it
                misses its target and conducts less than a reset cell), all are formed and written after all.

        Returns:
            Addresses of the cells that missed their target.

        Raises:
            LimitError: it could exceed a limit; no pulse was given.
        """
        self.writer.go_on_from(account)
        if self.faults is not None:  # which may have become known after these targets
            around = self.array.targets(head)
            targets = torch.where((around - targets).abs() > self.settings.write_threshold, around, targets)
        self._write_whole(head, targets, forming)
        self.standard = standard
        if forming is not None and self._looks_unformed(self.missed):
            self._write_whole(head, targets)
        return self.missed

    def rewrite(self, cells: Tensor) -> Tensor:
        """Write cells anew, and all whose target has moved with the faults that are known or with the units' places.

        Without a wait afterwards, so that chips of one batch that need nothing do not feel it.

        Args:
            cells: addresses [n].

        Returns:
            Addresses of the cells that missed their target.

        Raises:
            LimitError: it could exceed a limit; no pulse was given.
        """
        targets = self.array.targets(self.shadow)
        chosen = (targets - self.targets).abs() > self.settings.write_threshold
        targets = torch.where(chosen, targets, self.targets)
        chosen.view(-1)[cells] = True
        return self._carry_out(Write(self.shadow, targets, cell_addresses(chosen), self.changed))

    def restart(self) -> Tensor:
        """Write the learned initialisation back where a task has changed it; returns cells written, [chips]."""
        self.class_origin = None
        return self._write_changed(self._initial)

    def begin_task(self, features: Tensor, labels: Tensor) -> None:
        """Take up a support set; the first update takes the task's standard from it, unless `learn_classes` has one.

        Args:
            features: [chips, examples, features], or [examples, features] for one task on every chip.
            labels: int64 [examples]; for a bundle that learns real vectors, what its head shall give
                (`ohmshot.bundle.bundle.Bundle.scaled`), float [examples, outputs] or [chips, examples, outputs].

        Raises:
            SettingsError: labels for a bundle of real vectors, or vectors for one of classes.
        """
        real = self.bundle.header.targets is not None
        if labels.is_floating_point() != real:
            wanted = "real vectors as targets" if real else "labels of classes"
            raise SettingsError(f"The bundle {self.bundle.header.name} learns from {wanted}. Give a task of that kind.")
        self._support = _SupportSet(self._for_every_chip(features), labels)

    def update(self, step: int) -> Tensor:
        """Make one of the updates: forward, gradients, new targets, write the cells whose level changes.

        Args:
            step: number of the update, from 0; chooses the learned rates.

        Returns:
            Number of cells whose target has moved, int64 [chips].

        Raises:
            SettingsError: there is no such update, no task, or nothing has been written yet.
            LimitError: the write could exceed a limit; no pulse was given and the learner is as before.
        """
        if self._targets is None:
            raise SettingsError("Write the initialisation before the first update.")
        if self._support is None:
            raise SettingsError("Begin a task before its first update.")
        rates = self.bundle.header.rates
        if not 0 <= step < len(rates):
            raise SettingsError(f"The bundle has rates for {len(rates)} updates; there is no update {step + 1}.")
        if step == 0 and self.class_origin is None:
            self.standard = self._measured_standard(self._support.features, self._support.labels)
        is_exact = self.settings.shadow == "floating"
        head = self.shadow if is_exact else self.read_back()
        activations, labels = self._support_activations(self._support), self._support.labels
        updated = self.settings.arithmetic.updated(self.array, self.bundle, head, activations, labels, step)
        return self._write_changed(updated if is_exact else self.array.clipped(updated))

    def learn_classes(self, features: Tensor, labels: Tensor) -> Tensor:
        """Learn classes by themselves: write the column of each into the last layer and touch no other cell.

        Needs no example of another class and no gradient, so a chip can learn one class after another and forgets
        none. The column of a class whose mean input of the last layer is m takes the direction of m from an origin o,
        ``w = s (m - o) / rms(m - o)``, and the bias ``-w . o``. A logit ``w . (x - o)`` is then, but for the length of
        x - o, which all classes share, the cosine between x - o and m - o: a nearest mean after centring and
        normalising (Wang et al., "SimpleShot", arXiv 1911.04623). Standard and origin are those of the first call and
        stay, so its classes should be several. The bias is that of the levels that the weights are written to.
        A column that holds no class yet answers too: compare the logits of the classes that have been learned.

        Args:
            features: [chips, examples, features], at least one example of each new class.
            labels: the columns that these classes take, int64 [examples].

        Returns:
            Number of cells whose target has moved, int64 [chips].

        Raises:
            SettingsError: nothing has been written yet, or the bundle learns real vectors.
            LimitError: the write could exceed a limit; no pulse was given.
        """
        if self._targets is None:
            raise SettingsError("Write the initialisation before the first class.")
        if self.bundle.header.targets is not None:
            raise SettingsError(f"The bundle {self.bundle.header.name} learns real vectors; it has no classes to add.")
        if self.class_origin is None:
            self.standard = self._measured_standard(features, labels)
        inputs = self._last_inputs(features)
        origin = mean_over_classes(inputs, labels) if self.class_origin is None else self.class_origin
        classes = torch.nonzero(torch.bincount(labels)).squeeze(1)
        share = (labels[:, None] == classes).to(inputs.dtype)
        means = (share / share.sum(0)).mT @ inputs
        mapping, last = self.array.mappings[-1], self.shadow[-1].clone()
        away = means - origin
        size = away.square().mean(-1, keepdim=True).sqrt().clamp(min=1e-6)
        columns = (CLASS_WEIGHT_SHARE * mapping.full_scale * away / size).mT
        held = mapping.weights(*mapping.targets(columns))
        last[..., classes] = torch.cat([columns, -(origin @ held)], -2)
        changed = self._write_changed(self.array.clipped((*self.shadow[:-1], last)))
        self.class_origin = origin
        return changed

    def forward(self, features: Tensor) -> Activations:
        """Run the head as the settings say: [chips, examples, features] to `Activations` with these dimensions.

        Features [examples, features] are given to every chip.
        """
        inputs = self._standardised(self._for_every_chip(features))
        if self.settings.forward == "read-back":
            return heads.forward(self.read_back(), inputs)
        return self.array.forward(self.crossbar, inputs)

    def read_back(self) -> Head:
        """Read every weight from its pair of cells: [chips, inputs, outputs] a layer."""
        everything = every_cell(self.crossbar)
        return self.array.weights(self.crossbar.read(everything).view(self.crossbar.chips, -1))

    def _for_every_chip(self, features: Tensor) -> Tensor:
        """Features [chips, examples, features]; those of one task are given to every chip."""
        return features.expand(self.crossbar.chips, *features.shape) if features.ndim == 2 else features

    def _measured_standard(self, support: Tensor, labels: Tensor) -> TaskStandard:
        return self.settings.arithmetic.standard(self.array, self.bundle, support, labels)

    def _standardised(self, features: Tensor) -> Tensor:
        return self.settings.arithmetic.standardised(self.array, self.standard, features)

    def _last_inputs(self, features: Tensor) -> Tensor:
        """Inputs of the last layer, [chips, examples, inputs], measured as the settings say."""
        inputs = self._standardised(features)
        if self.settings.forward == "read-back":
            return heads.forward(self.read_back(), inputs).inputs[-1]
        return self.array.inputs(self.crossbar, inputs)[-1]

    def _support_activations(self, support: _SupportSet) -> Activations:
        """Run the head on the support set; layers before the last that do not learn only in the first update."""
        if support.inputs:
            return Activations(support.inputs, self.array.output(self.crossbar, support.inputs[-1]))
        activations = self.forward(support.features)
        if self.settings.forward == "multiply" and heads.fixed_layers(self.bundle.header.rates) >= len(self.shadow) - 1:
            self._support = replace(support, inputs=activations.inputs)
        return activations

    def _write_whole(
        self, head: Head, targets: Tensor, forming: Tensor | None = None, laid_out_by: HeadOnArray | None = None
    ) -> Tensor:
        """Form some cells, by default all (a formed one stays as it is), and write all; see `Write`."""
        sheet = self.crossbar.datasheet
        everything = every_cell(self.crossbar)
        forming = everything if forming is None else forming
        changed = torch.full_like(self.changed, sheet.cells)
        pause = self.settings.settle_seconds
        return self._carry_out(Write(head, targets, everything, changed, forming, pause, laid_out_by))

    def _write_changed(self, head: Head) -> Tensor:
        """Write the cells whose target moves with a new head; returns their number, int64 [chips]."""
        settings, last = self.settings, self._last_laid_out()
        found = moves(self.targets, self.array.targets(head, last), settings.write_threshold, settings.strategy)
        pause = settings.settle_seconds
        self._carry_out(
            Write(head, found.targets, found.cells, found.changed, settle_seconds=pause, laid_out_by=self.array)
        )
        return self.changed

    def _last_laid_out(self) -> tuple[Head, Tensor] | None:
        """Head and targets of the last write, where the array as it is now has laid that head out."""
        array, head = self._laid_out
        return (head, self.targets) if array is self.array else None

    def _carry_out(self, write: Write) -> Tensor:
        """Give a write to the writer; returns the addresses of the cells that missed their target."""

        def begin() -> None:
            self.shadow, self._targets, self.changed = write.head, write.targets, write.changed
            self._laid_out = write.laid_out_by, write.head

        self.missed = self.writer.write(
            write.cells, write.targets.view(-1).index_select(0, write.cells), write.forming, begin
        )
        if write.settle_seconds:
            self.crossbar.wait(write.settle_seconds)
        return self.missed

    def _looks_unformed(self, missed: Tensor) -> bool:
        """Whether any of some cells conducts less than a reset cell does."""
        least = UNFORMED_SHARE * self.crossbar.datasheet.reset_conductance
        return bool(missed.numel()) and bool((self.crossbar.read(missed) < least).any())
