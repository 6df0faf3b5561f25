"""The computer in the loop: forward on the chip, gradients here, write only what changes its level."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Activations, Head
from ohmshot.bundle.standard import NO_STANDARD, TaskStandard
from ohmshot.chip.crossbar import Crossbar, cell_addresses
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.faults import Faults, compensated
from ohmshot.host.limits import Account, Budget, Limits
from ohmshot.host.mapping import Levels, mapping_for
from ohmshot.host.placement import Placement, partner, place
from ohmshot.host.strategies import strategy_named
from ohmshot.host.strategies.settings import StrategySettings

UNFORMED = 0.75
"""A cell that misses its target and reads below this share of the reset state may be unformed (our choice)."""


@dataclass(frozen=True)
class LearnerSettings:
    """How the host learns.

    Attributes:
        strategy: name of the programming strategy.
        strategy_settings: its settings; None for those it comes with.
        levels: what a cell may be written to (`ohmshot.host.mapping.Levels`).
        pair_policy: how the two cells of a pair share a weight: "one-sided", "one-fixed" or "balanced".
        write_threshold: uS, a cell is written only when its target has moved further than this from what was last
            written; 0 writes every change of level.
        forward: "multiply" measures activations by the analog multiply; "read-back" reads the cells and computes.
        shadow: "floating" keeps the exact weights on the host between updates; "read-back" starts each update
            from what the cells read.
        limits: budgets of writing and of wear (`ohmshot.host.limits`); None for none.
        settle_seconds: wait after each programming, at room temperature (Bonnet et al. 2023: statistics after 6 s).

    Raises:
        SettingsError: a threshold or a wait below 0.
    """

    strategy: str = "hybrid"
    strategy_settings: StrategySettings | None = None
    levels: Levels = "datasheet"
    pair_policy: str = "one-sided"
    write_threshold: float = 0.0
    forward: Literal["multiply", "read-back"] = "multiply"
    shadow: Literal["floating", "read-back"] = "floating"
    settle_seconds: float = 6.0
    limits: Limits | None = None

    def __post_init__(self) -> None:
        if not min(self.write_threshold, self.settle_seconds) >= 0:
            raise SettingsError("A learner's write threshold and its wait must not be negative.")


class Learner:
    """A batch of chips that learns the head of a bundle.

    Args:
        crossbar: chips, as they leave the fab or used before.
        bundle: the learned initialisation.
        settings: how to learn.

    Raises:
        SettingsError: the head does not fit on the array.
    """

    def __init__(self, crossbar: Crossbar, bundle: Bundle, settings: LearnerSettings) -> None:
        self.crossbar = crossbar
        self.bundle = bundle
        self.settings = settings
        self._program = strategy_named(settings.strategy)
        self._budget = (
            Budget(crossbar, settings.limits, self._program, settings.strategy_settings)
            if settings.limits is not None
            else None
        )
        sheet = crossbar.datasheet
        shapes = tuple((weights.shape[0], weights.shape[1]) for weights in bundle.head)
        self.placement = place(shapes, sheet.rows, sheet.columns)
        self._target_of_cell = _target_of_cell(self.placement)
        header = bundle.header.mapping
        self._mappings = tuple(
            mapping_for(sheet, scale, settings.levels, settings.pair_policy) for scale in header.weight_full_scale
        )
        self._input_scales = header.input_full_scale
        self.shadow: Head = tuple(  # type: ignore[assignment]
            mapping.clipped(weights.expand(crossbar.chips, *weights.shape).clone())
            for mapping, weights in zip(self._mappings, bundle.head, strict=True)
        )
        self.gain: Tensor = torch.ones(crossbar.chips)
        """Factor on every weight that a chip has, [chips]; 1 unless a repair sets it (`ohmshot.host.care.repair`)."""
        self.standard: TaskStandard = NO_STANDARD
        self.faults: Faults | None = None
        """Stuck cells that the host knows of: their partners make up for them, and they get no pulses."""
        self.missed: Tensor = torch.zeros(0, dtype=torch.int64)
        """Addresses of the cells that missed their target in the last write."""
        self.before_pulses: Callable[[], None] | None = None
        """Told when shadow and targets are those of the next write and no pulse of it has been given."""
        self.changed: Tensor = torch.zeros(crossbar.chips, dtype=torch.int64)
        """Cells whose target the last write moves, [chips]: all of them where it writes the whole array."""
        self._used_units: Tensor | None = None
        self._initial: Head = self.shadow
        self._written: Tensor | None = None
        self._kept: tuple[Tensor, Tensor] | None = None
        """A support set and its hidden activations, where the first layer does not learn."""

    @property
    def targets(self) -> Tensor:
        """Conductance in uS that every cell was last written to, [chips, cells].

        Raises:
            SettingsError: nothing has been written yet.
        """
        if self._written is None:
            raise SettingsError("Write the initialisation first.")
        return self._written

    @property
    def account(self) -> Account | None:
        """Where the session stands against its limits; None without limits."""
        return None if self._budget is None else self._budget.account

    def spare_cells(self) -> Tensor:
        """Cells of a chip that carry no weight, int64 [n]."""
        used = torch.zeros(self.crossbar.datasheet.cells, dtype=torch.bool)
        for cells in (*self.placement.plus, *self.placement.minus):
            used[cells] = True
        return torch.nonzero(~used).squeeze(1)

    def place_units(self, head: Head, used: Tensor) -> None:
        """Take a head whose hidden units have changed places (`ohmshot.host.care.remap`), before it is written.

        Args:
            head: for every chip, [chips, inputs, outputs] of both layers.
            used: 1 for the hidden units in use and 0 for spare ones, [chips, hidden].
        """
        self.shadow, self._used_units = head, used[:, None, :]
        self._initial, self._kept = head, None

    def initialise(self) -> Tensor:
        """Form all cells and write the learned initialisation; returns the cells that missed their target.

        Raises:
            LimitError: it could exceed a limit; no pulse was given.
        """
        sheet = self.crossbar.datasheet
        everything = torch.arange(self.crossbar.chips * sheet.cells)
        cells = everything if self.faults is None else cell_addresses(~self.faults.stuck)
        if self._budget is not None:
            self._budget.take(cells, forming=everything)
        self._initial = self.shadow
        self._written = self._targets(self.shadow)
        self._write_whole(cells, everything)
        return self.missed

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
            head: exact weights after that write, [chips, inputs, outputs] of both layers.
            targets: uS, [chips, cells].
            standard: of the task.
            account: of the session that goes on; None begins another.
            forming: cells to form first; None for all. Where a cell that was left out turns out as if never formed (it
                misses its target and conducts less than a reset cell), all are formed and written after all.

        Returns:
            The cells that missed their target.

        Raises:
            LimitError: it could exceed a limit; no pulse was given.
        """
        everything = torch.arange(self.crossbar.chips * self.crossbar.datasheet.cells)
        cells = everything if self.faults is None else cell_addresses(~self.faults.stuck)
        first = everything if forming is None else forming
        if self._budget is not None:
            self._budget.account = account or self._budget.account
            self._budget.take(cells, forming=first)
        self.shadow, self._written, self.standard, self._kept = head, targets, standard, None
        self._write_whole(cells, first)
        if forming is not None and self._looks_unformed(self.missed):
            if self._budget is not None:
                self._budget.take(cells, forming=everything)
            self._write_whole(cells, everything)
        return self.missed

    def _looks_unformed(self, missed: Tensor) -> bool:
        """Whether any of some cells conducts less than a reset cell does."""
        least = UNFORMED * self.crossbar.datasheet.reset_conductance
        return bool(missed.numel()) and bool((self.crossbar.read(missed) < least).any())

    def _write_whole(self, cells: Tensor, forming: Tensor) -> None:
        """Form cells (a formed one stays as it is) and write those that can be written."""
        self.changed = torch.full_like(self.changed, self.crossbar.datasheet.cells)
        if self.before_pulses is not None:
            self.before_pulses()
        if forming.numel():
            self.crossbar.form(forming)
        self.missed = self._program(
            self.crossbar, cells, self.targets.reshape(-1)[cells], self.settings.strategy_settings
        )
        self.crossbar.wait(self.settings.settle_seconds)

    def allow(self, cells: Tensor) -> None:
        """Let a write or a test of cells count against the limits, before its first pulse.

        Raises:
            LimitError: it could exceed a limit.
        """
        if self._budget is not None:
            self._budget.take(cells)

    def rewrite(self, cells: Tensor) -> Tensor:
        """Write cells anew, and all whose target has moved with the faults that are known or with the units' places.

        Without a wait afterwards, so that chips of one batch that need nothing do not feel it.

        Args:
            cells: addresses [n].

        Returns:
            The cells that missed their target.

        Raises:
            LimitError: it could exceed a limit; no pulse was given.
        """
        targets = self._targets(self.shadow)
        chosen = targets != self.targets
        chosen.view(-1)[cells] = True
        if self.faults is not None:
            chosen &= ~self.faults.stuck
        written = cell_addresses(chosen)
        self.allow(written)
        self._written = targets
        if self.before_pulses is not None:
            self.before_pulses()
        self.missed = self._program(
            self.crossbar, written, targets.reshape(-1)[written], self.settings.strategy_settings
        )
        return self.missed

    def restart(self) -> Tensor:
        """Write the learned initialisation back where a task has changed it; returns cells written, [chips]."""
        return self._write_changed(self._initial)

    def update(self, features: Tensor, labels: Tensor, step: int) -> Tensor:
        """Make one of the updates: forward, gradients, new targets, write the cells whose level changes.

        Args:
            features: [chips, examples, features] of the support set; update 0 takes the task's standard from it.
            labels: int64 [examples].
            step: number of the update, from 0; chooses the learned rates.

        Returns:
            Number of cells written, int64 [chips].

        Raises:
            LimitError: the write could exceed a limit; no pulse was given and the learner is as before.
        """
        if self._written is None:
            raise SettingsError("Write the initialisation before the first update.")
        rates = self.bundle.rates
        if not 0 <= step < len(rates):
            raise SettingsError(f"The bundle has rates for {len(rates)} updates; there is no update {step + 1}.")
        if step == 0:
            self.standard, self._kept = self.bundle.standard(features), None
        head = self.shadow if self.settings.shadow == "floating" else self.read_back()
        gradient = heads.gradients(self._support_activations(features), labels, head[1])
        first, second = heads.updated(head, gradient, rates[step])
        return self._write_changed((self._mappings[0].clipped(first), self._mappings[1].clipped(second)))

    def _support_activations(self, features: Tensor) -> Activations:
        """Run the head on the support set; a first layer that does not learn is multiplied in the first update only."""
        if self._kept is not None and self._kept[0] is features:
            hidden = self._kept[1]
            return Activations(self.standard(features), hidden, self._multiply(1, heads.with_bias_input(hidden)))
        activations = self.forward(features)
        if self.settings.forward == "multiply" and not bool(self.bundle.rates[:, 0].any()):
            self._kept = features, activations.hidden
        return activations

    def _write_changed(self, head: Head) -> Tensor:
        """Write the cells whose target moves with a new head; returns their number, int64 [chips]."""
        targets = self._targets(head)
        changed = (targets - self.targets).abs() > self.settings.write_threshold
        chosen = changed
        if self._program.writes == "pairs":
            chosen = changed | changed[:, partner(torch.arange(changed.shape[1]))]
        cells = cell_addresses(chosen if self.faults is None else chosen & ~self.faults.stuck)
        if self._budget is not None:
            self._budget.take(cells)
        self.shadow, self._written = head, torch.where(changed, targets, self.targets)
        self.changed = changed.sum(1)
        if self.before_pulses is not None:
            self.before_pulses()
        # Even where no cell changes: a strategy may wait, and chips of one batch must not feel each other.
        self.missed = self._program(
            self.crossbar, cells, self._written.reshape(-1).index_select(0, cells), self.settings.strategy_settings
        )
        self.crossbar.wait(self.settings.settle_seconds)
        return self.changed

    def forward(self, features: Tensor) -> Activations:
        """Run the head as the settings say: [chips, examples, features] to activations of the same batch."""
        inputs = self.standard(features)
        if self.settings.forward == "read-back":
            return heads.forward(self.read_back(), inputs)
        hidden = self._multiply(0, heads.with_bias_input(inputs)).relu_()
        if self._used_units is not None:
            hidden = hidden * self._used_units
        return Activations(inputs, hidden, self._multiply(1, heads.with_bias_input(hidden)))

    def read_back(self) -> Head:
        """Read every weight from its pair of cells: [chips, inputs, outputs] of both layers."""
        sheet = self.crossbar.datasheet
        read = self.crossbar.read(torch.arange(self.crossbar.chips * sheet.cells)).view(self.crossbar.chips, -1)
        first, second = (
            mapping.weights(read[:, plus], read[:, minus]) * self.gain[:, None, None]
            for mapping, plus, minus in zip(self._mappings, self.placement.plus, self.placement.minus, strict=True)
        )
        return first, second

    def _multiply(self, layer: int, inputs: Tensor) -> Tensor:
        """Multiply by one layer on the chip: block by block, plus less minus, currents back to numbers."""
        sheet, scale = self.crossbar.datasheet, self._input_scales[layer]
        voltages = (inputs / scale).clamp_(-1, 1).mul_(sheet.read_voltage)
        outputs = self.placement.plus[layer].shape[1]
        total = inputs.new_zeros(*inputs.shape[:2], outputs)
        for block in self.placement.blocks:
            if block.layer != layer:
                continue
            (first, height), (output, width) = block.inputs, block.outputs
            driven, rows = voltages[..., first : first + height], slice(block.row, block.row + height)
            currents = self.crossbar.multiply(driven, slice(2 * block.pair, 2 * (block.pair + width)), rows)
            total[..., output : output + width] += currents[..., 0::2] - currents[..., 1::2]
        mapping = self._mappings[layer]
        unit = scale / sheet.read_voltage * mapping.full_scale / mapping.window
        return total.mul_(unit * self.gain[:, None, None])

    def _targets(self, head: Head) -> Tensor:
        """Conductance in uS that every cell should have for a head, [chips, cells]; spare cells stay reset."""
        parts = [head[0].new_full((self.crossbar.chips, 1), self.crossbar.datasheet.reset_conductance)]
        for mapping, weights in zip(self._mappings, head, strict=True):
            parts += [side.flatten(1) for side in mapping.targets(weights)]
        targets = torch.cat(parts, 1).index_select(1, self._target_of_cell)
        return targets if self.faults is None else self._around_faults(targets, self.faults)

    def _around_faults(self, targets: Tensor, faults: Faults) -> Tensor:
        """Targets in which partners make up for stuck cells; a stuck cell keeps one target, so it is never written."""
        sheet = self.crossbar.datasheet
        plus, minus = (
            torch.cat([cells.flatten() for cells in layers]) for layers in (self.placement.plus, self.placement.minus)
        )
        rest, top = sheet.reset_conductance, sheet.level_conductances[-1]
        return compensated(targets, faults, plus, minus, rest, top).masked_fill(faults.stuck, rest)


def _target_of_cell(placement: Placement) -> Tensor:
    """For every cell the column of (reset state, plus and minus of each layer) that it holds, int64 [cells]."""
    held = [cells.flatten() for pair in zip(placement.plus, placement.minus, strict=True) for cells in pair]
    column = torch.zeros(placement.rows * placement.columns, dtype=torch.int64)
    column[torch.cat(held)] = torch.arange(1, 1 + sum(len(cells) for cells in held))
    return column
