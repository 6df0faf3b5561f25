"""A simulated chip in its tester."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import safetensors.torch
import torch
from torch import Tensor

import ohmshot
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import InjectedCrossbar, simulated_chips
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.wire.protocol.commands import MOST_CHIPS
from ohmshot.wire.protocol.descriptions import Simulator
from ohmshot.wire.server.kept_session import KeptSession
from ohmshot.wire.server.station import Kind


class Memory(Protocol):
    """What keeps a chip beyond this process; `ohmshot.wire.server.chip_file.ChipFile`."""

    def append(self, kind: Kind, content: bytes) -> None:
        """Keep a message, before it acts."""

    def recall(self) -> None:
        """Put the station into the state that is kept."""


class SimulatedStation:
    """A simulated chip in its tester.

    Args:
        parameters: of the cell.
        seed: of everything random.
        circuit: around the array.
        injection: faults that the chips are given on purpose.

    Attributes:
        memory: keeps the chip beyond this process; None for a chip that ends with it.
    """

    def __init__(
        self, parameters: ParameterSet, seed: int, circuit: Circuit | None = None, injection: Injection = NOTHING
    ) -> None:
        self.parameters = parameters
        self.seed = seed
        self.circuit = circuit or Circuit()
        self.injection = injection
        self.unpulsed = torch.zeros(0, dtype=torch.int64)
        self.writer: object | None = None
        self.kept: KeptSession | None = None
        self.memory: Memory | None = None
        self.chips_and_lives: tuple[tuple[int, int], ...] = ((0, 0),)
        self.fresh(self.chips_and_lives)

    @property
    def crossbar(self) -> SimulatedCrossbar | InjectedCrossbar:
        """The batch."""
        return self._crossbar

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Manufacturer, model, serial number, firmware."""
        return "ohmshot", self.parameters.information.name, f"seed {self.seed}", ohmshot.__version__

    @property
    def simulator(self) -> Simulator:
        """What only a simulator can tell."""
        numbers, lives = _apart(self.chips_and_lives)
        return Simulator(
            seed=self.seed,
            parameters=self.parameters.information.name,
            chips=numbers,
            lives=lives,
            most_chips=MOST_CHIPS,
        )

    def remember(self, kind: Kind, content: bytes) -> None:
        """Keep what will act, before it does."""
        if self.memory:
            self.memory.append(kind, content)

    def fresh(self, chips_and_lives: tuple[tuple[int, int], ...]) -> None:
        """Put fresh chips into the tester, with an empty health map."""
        numbers, lives = _apart(chips_and_lives)
        self._crossbar = simulated_chips(
            self.parameters.values, self.circuit, self.seed, numbers, lives, self.injection
        )
        self.chips_and_lives = chips_and_lives
        self.unpulsed = self.unpulsed[:0]

    def health(self) -> Tensor:
        """The host's codes that are kept with the chips, int8 [chips, rows, columns]."""
        return self._crossbar.health()

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the codes of some cells, int8 [n]."""
        self._crossbar.keep_health(cells, codes)

    def power_cycle(self) -> None:
        """Take the power off and put it on again: the chip comes back from what is kept of it."""
        if self.memory:
            writer, kept = self.writer, self.kept
            self.memory.recall()
            self.writer, self.kept = writer, kept  # the server has not lost its power
        else:
            content = safetensors.torch.save(self.snapshot())
            self.fresh(self.chips_and_lives)
            self.restore(safetensors.torch.load(content))

    def snapshot(self) -> dict[str, Tensor]:
        """Everything that the chip needs to go on as it would: `SimulatedCrossbar.snapshot` and what is reported."""
        return {**self._crossbar.snapshot(), "station.unpulsed": self.unpulsed}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from a snapshot of as many chips.

        Raises:
            ValueError: it is of other chips.
            KeyError: it says nothing of the last train of pulses.
        """
        chips = dict(snapshot)
        unpulsed = chips.pop("station.unpulsed")
        self._crossbar.restore(chips)
        self.unpulsed = unpulsed

    def true_conductances(self) -> Tensor:
        """Conductance without read noise in uS, [chips, rows, columns]."""
        return self._crossbar.true_conductances()


def _apart(pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(number for number, _ in pairs), tuple(life for _, life in pairs)
