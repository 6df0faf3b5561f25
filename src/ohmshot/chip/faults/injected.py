"""Faults that come in the middle of work: a supply that breaks down, a chip that is too hot."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ALL_ROWS
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.faults.broken import break_chips
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.streams import NoiseStreams
from ohmshot.foundation.errors import BrownOutError, OverTemperatureError
from ohmshot.foundation.units import ROOM_CELSIUS

HIGHEST_CELSIUS = 85.0
"""Above this the chip refuses pulses: the upper end of the industrial range of temperature."""
HOT_CELSIUS = 110.0
"""What an injected over-temperature heats the chip to (assumed)."""
COOLING_SECONDS = 5.0
"""Time constant of its cooling (assumed)."""
_IN_STOCK = 1024


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


class InjectedCrossbar:
    """Chips whose pulse trains break off or are refused; a `Crossbar` around one.

    Each chip's supply breaks down by its own stream of (seed, chip, life), whatever batch it sits in. The chips of a
    batch share one temperature: take batches of one where results must not depend on the batch.

    Args:
        inner: the chips.
        injection: how often.
        seed: of the run.
        numbers: of the chips.
        lives: of the chips.
    """

    supervised = True
    """Brown-outs and over-temperatures are reported, so a host should ask after every train."""

    def __init__(
        self,
        inner: SimulatedCrossbar,
        injection: Injection,
        seed: int,
        numbers: Sequence[int],
        lives: Sequence[int],
    ) -> None:
        self._inner = inner
        self._injection = injection
        names = [("injected", "chip", number, "life", life) for number, life in zip(numbers, lives, strict=True)]
        self._supplies = NoiseStreams(seed, names, _IN_STOCK)
        self._heat = NoiseStreams(seed, [(*names[0], "heat")], _IN_STOCK)
        self._excess = 0.0  # degrees above the ambient temperature

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""
        return self._inner.chips

    @property
    def datasheet(self) -> Datasheet:
        """What the maker says of these chips."""
        return self._inner.datasheet

    @property
    def celsius(self) -> float:
        """Temperature now."""
        return ROOM_CELSIUS + self._excess

    def form(self, cells: Tensor) -> None:
        """Form cells; this and what follows as `ohmshot.chip.crossbar.Crossbar`, with its errors of supply."""
        self._train(cells, lambda given: self._inner.form(cells[given]))

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses."""
        self._train(cells, lambda given: self._inner.set(cells[given], gate_voltage[given]))

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses."""
        self._train(cells, lambda given: self._inner.reset(cells[given], source_voltage[given]))

    def confirm(self) -> None:
        """Nothing to wait for: errors come with the train itself."""

    def read(self, cells: Tensor) -> Tensor:
        """Read cells; uS, [n]."""
        return self._inner.read(cells)

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Multiply by analog currents."""
        return self._inner.multiply(row_voltages, columns, rows)

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time pass; a hot chip cools, and ages at its mean temperature meanwhile."""
        kept = math.exp(-seconds / COOLING_SECONDS)
        mean = self._excess * (1 - kept) * COOLING_SECONDS / seconds if seconds else 0.0
        self._inner.wait(seconds, celsius + mean)
        self._excess *= kept

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""
        return self._inner.meter()

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""
        return self._inner.wear()

    def health(self) -> Tensor:
        """The host's codes that are kept with the chips, int8 [chips, rows, columns]."""
        return self._inner.health()

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the host's codes of some cells; int8 [n]."""
        self._inner.keep_health(cells, codes)

    def true_conductances(self) -> Tensor:
        """Conductance without read noise, uS [chips, rows, columns]; for pictures."""
        return self._inner.true_conductances()

    def snapshot(self) -> dict[str, Tensor]:
        """Everything that these chips need to go on exactly as they would."""
        parts = {"supplies": self._supplies.snapshot(), "heat": self._heat.snapshot()}
        own = {f"injected.{part}.{name}": value for part, all_ in parts.items() for name, value in all_.items()}
        return {**self._inner.snapshot(), **own, "injected.excess": torch.tensor(self._excess, dtype=torch.float64)}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: it is of other chips; these are as they were.
        """
        own = {name.removeprefix("injected."): value for name, value in snapshot.items() if name.startswith("injected")}
        if set(self.snapshot()) ^ set(snapshot):
            raise ValueError("the snapshot is of other chips")
        self._inner.restore({name: value for name, value in snapshot.items() if not name.startswith("injected.")})
        self._supplies.restore({n.removeprefix("supplies."): v for n, v in own.items() if n.startswith("supplies.")})
        self._heat.restore({n.removeprefix("heat."): v for n, v in own.items() if n.startswith("heat.")})
        self._excess = float(own["excess"])

    def _train(self, cells: Tensor, pulse: Callable[[Tensor], None]) -> None:
        """Give one train of pulses, as far as the chips let it come; ``pulse`` takes a mask over the cells.

        Raises:
            OverTemperatureError: the chip is too hot; no pulse was given.
            BrownOutError: the train broke off; the cells before were pulsed.
        """
        if _uniform(self._heat.draw(torch.ones(1, dtype=torch.int64), 1)) < self._injection.over_temperature:
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
        taking = (count > 0).long()
        drawn = torch.ones(2, self.chips)
        drawn[:, taking.bool()] = _uniform(self._supplies.draw(taking, 2))
        stops = torch.where(drawn[0] < self._injection.brown_out, (drawn[1] * count).floor(), count.float())
        place = torch.arange(len(cells)) - (count.cumsum(0) - count)[chip]
        return place < stops[chip]


def _uniform(normals: Tensor) -> Tensor:
    """Numbers in (0, 1) from standard normal ones, by their distribution function."""
    uniforms: Tensor = torch.special.ndtr(normals)
    return uniforms
