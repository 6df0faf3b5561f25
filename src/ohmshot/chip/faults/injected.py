"""Faults that come in the middle of work: a supply that breaks down, a chip that is too hot."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.broken import break_chips
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.snapshot import joined, part_of
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.foundation.compiled import U32, Bits, kernel
from ohmshot.foundation.errors import BrownOutError, OverTemperatureError
from ohmshot.foundation.philox import philox, uniform
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.units import ROOM_CELSIUS

HIGHEST_CELSIUS = 85.0
"""Above this the chip refuses pulses: the upper end of the industrial range of temperature."""
HOT_CELSIUS = 110.0
"""Temperature that an injected over-temperature heats the chip to (assumed)."""
COOLING_SECONDS = 5.0
"""Time constant of its cooling (assumed)."""
_SUPPLY, _HEAT = U32(0), U32(1)
"""Streams of one chip's life (third counter of the generator)."""


def simulated_chips(
    parameters: CellParameters,
    circuit: Circuit,
    seed: int,
    numbers: Sequence[int],
    lives: Sequence[int],
    injection: Injection = NOTHING,
) -> "SimulatedCrossbar | InjectedCrossbar":
    """Return simulated chips (`ohmshot.chip.simulated.SimulatedCrossbar`) with injected faults, if any are."""
    crossbar = SimulatedCrossbar(parameters, circuit, seed, numbers, lives)
    if injection.of_chip:
        break_chips(crossbar, injection, seed, list(numbers))
    return InjectedCrossbar(crossbar, injection, seed, numbers, lives) if injection.of_supply else crossbar


class InjectedCrossbar(CrossbarWrapper):
    """Chips whose pulse trains break off or are refused; a `Crossbar` around one.

    Each chip's supply breaks down by its own stream of (seed, chip, life), whatever batch it sits in. The chips of a
    batch share one temperature: take batches of one where results must not depend on the batch.

    Args:
        inner: the chips.
        injection: how often.
        seed: seed of the run.
        numbers: chip numbers.
        lives: one number a chip that tells lives of the same chip apart.
    """

    def __init__(
        self,
        inner: SimulatedCrossbar,
        injection: Injection,
        seed: int,
        numbers: Sequence[int],
        lives: Sequence[int],
    ) -> None:
        super().__init__(inner)
        self._simulated = inner
        self._injection = injection
        names = [("injected", "chip", number, "life", life) for number, life in zip(numbers, lives, strict=True)]
        self._keys = np.array([derived_seed(seed, *name) for name in names], np.uint64)
        self._trains = np.zeros(len(names), np.int64)  # that each chip has been given: its place in its stream
        self._calls = 0  # trains of the whole batch: the heat's place in its stream
        self._excess = 0.0  # degrees above the ambient temperature

    @property
    def supervised(self) -> bool:
        """True: brown-outs and over-temperatures are reported."""
        return True

    @property
    def celsius(self) -> float:
        """Temperature now."""
        return ROOM_CELSIUS + self._excess

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n], as far as the supply lasts."""
        self._train(cells, lambda given: self.inner.form(cells[given]))

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses to cells, int64 [n], at gate voltages in V, [n], as far as the supply lasts."""
        self._train(cells, lambda given: self.inner.set(cells[given], gate_voltage[given]))

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses to cells, int64 [n], at source voltages in V, [n], as far as the supply lasts."""
        self._train(cells, lambda given: self.inner.reset(cells[given], source_voltage[given]))

    def confirm(self) -> None:
        """Nothing to wait for: errors come with the train itself."""

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time pass; a hot chip cools, and ages at its mean temperature meanwhile."""
        kept = math.exp(-seconds / COOLING_SECONDS)
        mean = self._excess * (1 - kept) * COOLING_SECONDS / seconds if seconds else 0.0
        self.inner.wait(seconds, celsius + mean)
        self._excess *= kept

    def snapshot(self) -> dict[str, Tensor]:
        """Chips, supplies and heat as tensors by name: with them these chips go on exactly as they would."""
        excess = torch.tensor(self._excess, dtype=torch.float64)
        supply = {"trains": torch.from_numpy(self._trains.copy()), "calls": torch.tensor(self._calls), "excess": excess}
        return {**self._simulated.snapshot(), **joined({"injected": supply})}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from a `snapshot` of as many chips.

        Raises:
            ValueError: it is of other chips; these are as they were.
        """
        if set(self.snapshot()) ^ set(snapshot):
            raise ValueError("the snapshot is of other chips")
        supply = part_of(snapshot, "injected")
        self._simulated.restore({name: values for name, values in snapshot.items() if not name.startswith("injected.")})
        self._trains, self._calls = supply["trains"].clone().numpy(), int(supply["calls"])
        self._excess = float(supply["excess"])

    def _train(self, cells: Tensor, pulse: Callable[[Tensor], None]) -> None:
        """Give one train of pulses, as far as the chips let it come; ``pulse`` takes a mask over the cells.

        Raises:
            OverTemperatureError: the chip is too hot; no pulse was given.
            BrownOutError: the train broke off; the cells before were pulsed.
        """
        heat = np.empty((1, 2), np.float64)
        _uniforms(self._keys[:1], np.array([self._calls]), _HEAT, heat)
        self._calls += 1
        if heat[0, 0] < self._injection.over_temperature:
            self._excess = max(self._excess, HOT_CELSIUS - ROOM_CELSIUS)
        if self.celsius > HIGHEST_CELSIUS:
            raise OverTemperatureError(
                f"The chip is at {self.celsius:.0f} degrees C and takes no pulse above {HIGHEST_CELSIUS:g}."
            )
        given = self._reached(cells)
        pulse(given)
        if not bool(given.all()):
            raise BrownOutError(cells[~given])

    def _reached(self, cells: Tensor) -> Tensor:
        """Which cells a train reaches before the supply of their chip breaks down, bool [n]."""
        chip = torch.div(cells, self.datasheet.cells, rounding_mode="floor")
        count = torch.bincount(chip, minlength=self.chips)
        drawn = np.empty((self.chips, 2), np.float64)
        _uniforms(self._keys, self._trains, _SUPPLY, drawn)
        self._trains += count.numpy() > 0
        breaks, where = torch.from_numpy(drawn).T
        stops = torch.where(breaks < self._injection.brown_out, (where * count).floor(), count.double())
        place = torch.arange(len(cells)) - (count.cumsum(0) - count)[chip]
        return place < stops[chip]


def _fill_uniforms(keys: np.ndarray, numbers: np.ndarray, stream: Bits, out: np.ndarray) -> None:
    """Two uniform numbers in (0, 1) of each key's stream at a place of it, [chips, 2]."""
    for i in range(out.shape[0]):
        a, b, _, _ = philox(keys[i], U32(numbers[i]), U32(0), stream, U32(0))
        out[i, 0], out[i, 1] = uniform(a), uniform(b)


_uniforms = kernel(_fill_uniforms)
