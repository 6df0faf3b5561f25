"""Help for tests of the part that gives pulses: plans, toy cells, and a run of model and gates on equal cells."""

import random
from typing import Any

from controller.rtl.recording import Recording
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.datasheet import Datasheet, simulated_datasheet
from ohmshot.controller.pulse_sequencer import PulseTiming
from ohmshot.controller.rtl.simulation import cells_behind, simulate
from ohmshot.controller.rtl.writer import Writer
from ohmshot.controller.write_plan import WritePath, write_path
from ohmshot.host.strategies.registry import strategy_named

TIMING = PulseTiming(reset=2, set=20, read=4)  # 0.1, 1 and 0.2 us at 20 MHz
BOTH = ("hybrid", "closed-loop")


def sheet(parameters: str = "leti_hfo2_130nm") -> Datasheet:
    return simulated_datasheet(load_parameter_set(parameters).values, Circuit())


def path_of(name: str, parameters: str = "leti_hfo2_130nm") -> WritePath:
    return write_path(strategy_named(name), sheet(parameters))


class ToyCells:
    """Cells that end more or less where a pulse should bring them; every sixteenth is stuck."""

    def __init__(self, seed: int, top: int = 255) -> None:
        self._top = top
        self._random = random.Random(seed)
        self._offsets: dict[int, float] = {}
        self._conductance: dict[int, int] = {}
        self.log: list[tuple[str, int, int]] = []
        self.error = False

    def reset(self, cell: int, code: int) -> None:
        self.log.append(("reset", cell, code))
        ends = 2 ** ((424 - code + self._random.gauss(0, 6) + self._offset(cell)) / 56)
        self._put(cell, min(self._now(cell), round(ends)))

    def set(self, cell: int, code: int) -> None:
        self.log.append(("set", cell, code))
        ends = (code - 64) * 0.9 + 72 + self._random.gauss(0, 9) + self._offset(cell)
        self._put(cell, round(ends))

    def read(self, cell: int) -> int:
        code = max(0, min(self._top, self._now(cell) + self._random.randrange(-1, 2)))
        self.log.append(("read", cell, code))
        return code

    def _put(self, cell: int, code: int) -> None:
        if cell % 16:
            self._conductance[cell] = max(0, min(self._top, code))

    def _now(self, cell: int) -> int:
        return self._conductance.setdefault(cell, self._random.randrange(self._top + 1))

    def _offset(self, cell: int) -> float:
        return self._offsets.setdefault(cell, self._random.gauss(0, 25))


def written_by_gates(
    path: WritePath, cells: Any, orders: list[tuple[int, int]], budget: int, record: Recording | None = None
) -> list[tuple[int, int]]:
    """(outcome, cycles) of each order, (cell, level), as the gates write it."""
    writer = Writer(path.plan, TIMING)
    found = []

    async def orders_in(context: Any) -> None:
        context.set(writer.new_budget, budget)
        context.set(writer.load, 1)
        await context.tick()
        context.set(writer.load, 0)
        for cell, level in orders:
            context.set(writer.cell, cell)
            context.set(writer.level, level)
            context.set(writer.valid, 1)
            assert context.get(writer.ready)
            await context.tick()
            context.set(writer.valid, 0)
            cycles = 1
            while not context.get(writer.done):
                assert cycles < 4000, "an order does not end"  # proved: within 3132 cycles
                await context.tick()
                cycles += 1
            found.append((context.get(writer.outcome), cycles))
            await context.tick()

    recorders = [record.of(writer)] if record is not None else []
    simulate(writer, orders_in, background=[cells_behind(writer.array, cells), *recorders])
    return found
