"""Help for tests of the whole controller: an episode by the integer model, and the same by gates on an equal chip."""

from dataclasses import dataclass
from typing import Any

import torch

import ohmshot as oh
from controller.rtl.recording import Recording
from controller.rtl.writing import TIMING, path_of
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.array import ControllerArray
from ohmshot.controller.crossbar_cells import CrossbarCells, CrossbarLines
from ohmshot.controller.host_port import EXAMPLES, WEIGHTS, Command, Register
from ohmshot.controller.mapping import LevelMapping
from ohmshot.controller.road import by_controller
from ohmshot.controller.rtl.controller import Controller
from ohmshot.controller.rtl.memories import ControllerWithMemories
from ohmshot.controller.rtl.simulation import BusHost, cells_behind, lines_behind, simulate
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build, build_for
from ohmshot.host.learner import Learner, LearnerSettings

SETTLE_SECONDS = 6.0


def chip() -> SimulatedCrossbar:
    return SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 5, [0])


@dataclass
class Episode:
    """A task: a learner that has written its initialisation, and the drive codes and labels of the support set."""

    learner: Learner
    build: Build
    drive: torch.Tensor
    labels: torch.Tensor


def episode(strategy: str, shots: int = 5) -> Episode:
    bundle = oh.load_bundle()
    learner = Learner(chip(), bundle, by_controller(LearnerSettings(strategy=oh.strategy(strategy))))
    learner.initialise()
    pictures, labels = support_set(shots)
    features = bundle.features(pictures)
    learner.begin_task(features, labels)
    array = learner.array
    assert isinstance(array, ControllerArray)
    configuration = array.controller
    constant = torch.full((len(labels), 1), configuration.constants[0])
    drive = torch.cat([array.drive_codes(0, features), constant], 1)
    return Episode(learner, build_for(configuration, labels), drive, labels)


def packed(build: Build, drive: list[int], label: int) -> list[int]:
    """Words of one example."""
    codes = [*drive, *[0] * (build.words * CODES_A_WORD - len(drive) - 1), label]
    return [
        sum((code & 255) << 8 * k for k, code in enumerate(codes[at : at + CODES_A_WORD]))
        for at in range(0, len(codes), CODES_A_WORD)
    ]


class Gates:
    """The controller in Amaranth's simulator on a chip; what a host does with it is a list of asynchronous steps."""

    def __init__(self, task: Episode, crossbar: SimulatedCrossbar, strategy: str) -> None:
        path = path_of(strategy)
        self.task, self.crossbar = task, crossbar
        self.lines = CrossbarLines(crossbar, task.build.configuration)
        self.cells = CrossbarCells(crossbar, path.dac, path.adc)
        self.top = ControllerWithMemories(Controller(task.build, path.plan, TIMING))

    def run(self, script: Any, record: Recording | None = None) -> None:
        async def bench(context: Any) -> None:
            await script(BusHost(context, self.top.bus))

        background = [cells_behind(self.top.cells, self.cells), lines_behind(self.top.lines, self.lines)]
        recorders = [record.of(self.top.controller)] if record is not None else []
        simulate(self.top, bench, background=[*background, *recorders])

    async def load_task(self, host: BusHost, budget: int = 1_000_000) -> None:
        build = self.task.build
        assert not await host.write(Register.BUDGET, budget)
        for n, (drive, label) in enumerate(zip(self.task.drive.tolist(), self.task.labels.tolist(), strict=True)):
            for k, word in enumerate(packed(build, drive, label)):
                assert not await host.write(EXAMPLES + 4 * (n * build.words + k), word)
        for k in range(build.weights):
            assert not await host.write(WEIGHTS + 4 * k, 0)

    async def update(self, host: BusHost) -> int:
        """Make one update; returns its cycles."""
        self.lines.announce(self.task.drive)
        assert not await host.write(Register.COMMAND, Command.UPDATE)
        cycles = await host.until_ready()
        self.crossbar.wait(SETTLE_SECONDS)
        return cycles

    async def weights(self, host: BusHost) -> list[int]:
        width = self.task.build.widths["outer_0.weight"]
        words = [await host.read(WEIGHTS + 4 * k) for k in range(self.task.build.weights)]
        return [word - (word >> (width - 1) << width) for word in words]


def weight_codes(learner: Learner) -> list[int]:
    mapping = learner.array.mappings[0]
    assert isinstance(mapping, LevelMapping)
    codes: list[int] = mapping.codes(learner.shadow[0])[0].flatten().tolist()
    return codes


def support_set(shots: int) -> tuple[torch.Tensor, torch.Tensor]:
    drawings = oh.load_examples("invented").values[:5, :shots]
    return drawings.flatten(0, 1), torch.arange(5).repeat_interleave(shots)
