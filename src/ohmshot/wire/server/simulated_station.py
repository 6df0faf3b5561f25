"""A simulated chip in its tester."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import safetensors.torch
import torch
from torch import Tensor

import ohmshot
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.wire.protocol.descriptions import Simulator
from ohmshot.wire.server.cost import most_chips
from ohmshot.wire.server.kept_session import KeptSession
from ohmshot.wire.server.station import RecordKind, Writer


class Memory(Protocol):
    """Keeps a chip beyond this process; `ohmshot.wire.server.chip_file.ChipFile`."""

    def append(self, kind: RecordKind, content: bytes) -> None:
        """Keep a message, before it acts."""

    def recall(self) -> None:
        """Put the station into the state that is kept."""


class SimulatedStation:
    """A simulated chip in its tester.

    Args:
        parameters: the cell technology.
        seed: seed of everything random.
        circuit: size, lines and converters.
        injection: faults that the chips are given on purpose.

    Attributes:
        crossbar: the batch.
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
        self.writer: Writer | None = None
        self.kept: KeptSession | None = None
        self.memory: Memory | None = None
        self.chips_and_lives: tuple[tuple[int, int], ...] = ((0, 0),)
        self.fresh(self.chips_and_lives)

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Manufacturer, model, serial number, firmware."""
        return "ohmshot", self.parameters.information.name, f"seed {self.seed}", ohmshot.__version__

    @property
    def simulator(self) -> Simulator:
        """The seed, the cells and the chips of this batch."""
        numbers, lives = _apart(self.chips_and_lives)
        return Simulator(
            seed=self.seed,
            parameters=self.parameters.information.name,
            chips=numbers,
            lives=lives,
            most_chips=most_chips(self.circuit.rows * self.circuit.columns),
        )

    def remember(self, kind: RecordKind, content: bytes) -> None:
        """Keep a message in the memory, before it acts."""
        if self.memory:
            self.memory.append(kind, content)

    def fresh(self, chips_and_lives: tuple[tuple[int, int], ...]) -> None:
        """Put fresh chips into the tester, with an empty health map."""
        numbers, lives = _apart(chips_and_lives)
        self.crossbar = simulated_chips(self.parameters.values, self.circuit, self.seed, numbers, lives, self.injection)
        self.chips_and_lives = chips_and_lives
        self.unpulsed = self.unpulsed[:0]

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
        """Everything that the chip needs to go on as it would: the crossbar, and the cells without a pulse."""
        return {**self.crossbar.snapshot(), "station.unpulsed": self.unpulsed}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from a snapshot of as many chips.

        Raises:
            ValueError: it is of other chips.
            KeyError: it says nothing of the last train of pulses.
        """
        chips = dict(snapshot)
        unpulsed = chips.pop("station.unpulsed")
        self.crossbar.restore(chips)
        self.unpulsed = unpulsed


def _apart(pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(number for number, _ in pairs), tuple(life for _, life in pairs)
