"""One adaptation by the gates in Amaranth's simulator, on a simulated chip, as a host has them make it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.arithmetic import ControllerArithmetic, feature_codes
from ohmshot.controller.array import ControllerArray
from ohmshot.controller.crossbar_cells import CrossbarCells, CrossbarLines
from ohmshot.controller.host_port import EXAMPLES, WEIGHTS, Command, Register
from ohmshot.controller.mapping import LevelMapping
from ohmshot.controller.pulse_sequencer import PulseTiming
from ohmshot.controller.road import by_controller
from ohmshot.controller.rtl.controller import Controller
from ohmshot.controller.rtl.memories import ControllerWithMemories, SinglePort
from ohmshot.controller.rtl.recording import PortRecorder
from ohmshot.controller.rtl.simulation import Bench, BusHost, cells_behind, lines_behind, simulate
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build, build_for
from ohmshot.controller.write_plan import WritePath, write_path
from ohmshot.foundation.errors import ChipError, OhmshotError
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.strategies.strategy import ProgrammingStrategy

SETTLE_SECONDS = 6.0
"""Between the writes of an update and the next reading of the array, as the host waits (`ohmshot.host`)."""
BUDGET = 1_000_000
POLL_CYCLES = 1000
"""A host asks every 50 us whether an update has ended; to ask in every cycle would take energy of its own."""


@dataclass
class Episode:
    """A task that a controller is to learn.

    Attributes:
        learner: has written its initialisation onto its chip and begun the task; the model of what the gates do.
        build: what the gates are built for.
        path: strategy of the writes, as tables.
        drive: drive codes of the support set, int64 [examples, inputs].
        loaded: codes that the host hands over, int64 [examples, inputs]: drive codes, or feature codes that the gates
            bring to their standard.
        labels: int64 [examples].
    """

    learner: Learner
    build: Build
    path: WritePath
    drive: Tensor
    loaded: Tensor
    labels: Tensor


def episode_of(
    bundle: Bundle, chip: SimulatedCrossbar, strategy: ProgrammingStrategy, examples: Tensor, labels: Tensor
) -> Episode:
    """Write the initialisation onto a chip, and bring a support set into codes.

    Args:
        bundle: with a head of one layer.
        chip: one chip.
        strategy: of the writes.
        examples: support set, as the bundle's feature extractor takes them.
        labels: int64 [examples].

    Raises:
        SettingsError: a bundle or a strategy that the gates have no engine for.
    """
    learner = Learner(chip, bundle, by_controller(LearnerSettings(strategy=strategy)))
    learner.initialise()
    features = bundle.features(examples)
    learner.begin_task(features, labels)
    array = learner.array
    assert isinstance(array, ControllerArray)
    constant = torch.full((len(labels), 1), array.controller.constants[0])
    arithmetic = ControllerArithmetic()
    standard = arithmetic.standard(array, bundle, features[None], labels)
    drive = array.drive_codes(0, arithmetic.standardised(array, standard, features[None])[0])
    given = feature_codes(array.controller, features) if array.controller.standardises else drive
    loaded = torch.cat([given, constant], 1)
    path, build = write_path(strategy, chip.datasheet), build_for(array.controller, labels)
    return Episode(learner, build, path, torch.cat([drive, constant], 1), loaded, labels)


def words_of(build: Build, drive: Sequence[int], label: int) -> list[int]:
    """Words of one example in the memory of examples."""
    codes = [*drive, *[0] * (build.words * CODES_A_WORD - len(drive) - 1), label]
    return [
        sum((code & 255) << 8 * k for k, code in enumerate(codes[at : at + CODES_A_WORD]))
        for at in range(0, len(codes), CODES_A_WORD)
    ]


class Gates:
    """The controller with its memories on a chip; what a host does with it is a list of asynchronous steps.

    Args:
        task: to learn.
        chip: that the gates drive: one with the same cells as the learner's.
        timing: lengths of pulses and reads.
        poll: cycles between two questions of the host whether an update has ended.
    """

    def __init__(self, task: Episode, chip: SimulatedCrossbar, timing: PulseTiming, poll: int = 1) -> None:
        path = task.path
        self.task, self.chip, self._poll = task, chip, poll
        self._start = weight_codes(task.learner)
        self.lines = CrossbarLines(chip, task.build.configuration)
        self.cells = CrossbarCells(chip, path.dac, path.adc)
        self.top = ControllerWithMemories(Controller(task.build, path.plan, timing))

    def run(self, script: Callable[[BusHost], Awaitable[None]], *watching: Bench) -> None:
        """Run a host's script; benches that watch end with it."""

        async def bench(context: Any) -> None:
            await script(BusHost(context, self.top.bus))

        background = [cells_behind(self.top.cells, self.cells), lines_behind(self.top.lines, self.lines), *watching]
        simulate(self.top, bench, background=background)

    async def load_task(self, host: BusHost, budget: int = BUDGET) -> None:
        """Load the budget, the support set, and the weights of the initialisation; standardise where that is needed."""
        build = self.task.build
        await _written(host, Register.BUDGET, budget)
        for n, (drive, label) in enumerate(zip(self.task.loaded.tolist(), self.task.labels.tolist(), strict=True)):
            for k, word in enumerate(words_of(build, drive, label)):
                await _written(host, EXAMPLES + 4 * (n * build.words + k), word)
        for k, code in enumerate(self._start):
            await _written(host, WEIGHTS + 4 * k, code & (1 << build.weight_bits) - 1)
        if build.standard is not None:
            await _written(host, Register.COMMAND, Command.STANDARDISE)
            await host.until_ready()

    async def update(self, host: BusHost) -> int:
        """Make one update; returns its cycles."""
        self.lines.announce(self.task.drive)
        await _written(host, Register.COMMAND, Command.UPDATE)
        cycles = await host.until_ready(self._poll)
        self.chip.wait(SETTLE_SECONDS)
        return cycles

    async def weights(self, host: BusHost) -> list[int]:
        """Read the codes of all exact weights."""
        width = self.task.build.widths["outer_0.weight"]
        words = [await host.read(WEIGHTS + 4 * k) for k in range(self.task.build.weights)]
        return [word - (word >> (width - 1) << width) for word in words]


async def _written(host: BusHost, address: int, data: int) -> None:
    if await host.write(address, data):
        raise ChipError(f"The controller refuses {data:#x} at {address:#x}.")


@dataclass
class RecordedAdaptation:
    """What an adaptation by the gates was like.

    Attributes:
        controller: the gates.
        ports: of the controller in every cycle; phase 0 is loading, phase k the k-th update.
        cycles: of each update.
        accesses: of each memory, "examples" and "weights": its reads and its writes during the updates.
        array_joules: what the chip took for the updates.
    """

    controller: Controller
    ports: PortRecorder
    cycles: list[int] = field(default_factory=list)
    accesses: dict[str, tuple[int, int]] = field(default_factory=dict)
    array_joules: float = 0.0


def recorded(task: Episode, timing: PulseTiming, updates: int) -> RecordedAdaptation:
    """Run a task's updates by the gates, on a chip equal to the learner's, and by the model beside them.

    Args:
        task: to learn.
        timing: lengths of pulses and reads.
        updates: how many.

    Raises:
        OhmshotError: gates and model end with other weights.
    """
    learner = task.learner
    chip = learner.crossbar
    assert isinstance(chip, SimulatedCrossbar)
    before = chip.snapshot()
    gates = Gates(task, chip, timing, POLL_CYCLES)
    made = RecordedAdaptation(gates.top.controller, PortRecorder(gates.top.controller))
    ended: list[list[int]] = []

    async def script(host: BusHost) -> None:
        await gates.load_task(host)
        loaded, spent = _accesses(host, gates.top), float(chip.meter().joules.sum())
        for step in range(updates):
            made.ports.phase = 1 + step
            made.cycles.append(await gates.update(host))
        made.accesses = {
            name: (reads - loaded[name][0], writes - loaded[name][1])
            for name, (reads, writes) in _accesses(host, gates.top).items()
        }
        made.array_joules = float(chip.meter().joules.sum()) - spent
        made.ports.phase = 1 + updates
        ended.append(await gates.weights(host))

    gates.run(script, made.ports.bench())
    chip.restore(before)
    for step in range(updates):
        learner.update(step)
    if ended[0] != weight_codes(learner):
        raise OhmshotError("The gates and the integer model have not learned the same weights.")
    return made


def weight_codes(learner: Learner) -> list[int]:
    """Codes of the exact weights of a learner's layer."""
    array = learner.array
    assert isinstance(array, ControllerArray)
    mapping = array.mappings[0]
    assert isinstance(mapping, LevelMapping)
    codes: list[int] = mapping.codes(learner.shadow[0])[0].flatten().tolist()
    return codes


def _accesses(host: BusHost, top: ControllerWithMemories) -> dict[str, tuple[int, int]]:
    memories: dict[str, SinglePort] = {"examples": top.examples, "weights": top.weights}
    return {name: (host.value(each.reads), host.value(each.writes)) for name, each in memories.items()}
