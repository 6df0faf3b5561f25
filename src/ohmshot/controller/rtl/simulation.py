"""Blocks in Amaranth's simulator, with cells behind their port."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from amaranth.sim import Simulator

from ohmshot.controller.host_port import Register
from ohmshot.controller.pulse_sequencer import CLOCK_HZ, PulsedArray
from ohmshot.foundation.errors import ChipError

Bench = Callable[[Any], Any]
"""An asynchronous function of the simulator's context."""


class Lines(Protocol):
    """Rows and columns of an array."""

    def multiply(self, rows: list[int]) -> list[int]:
        """Codes of all columns for drive codes of the rows."""


def simulate(design: Any, *benches: Bench, background: Sequence[Bench] = ()) -> None:
    """Run benches on a design until the last of them ends.

    Args:
        design: an Amaranth component.
        benches: each drives and watches some of its ports.
        background: those that never end.
    """
    simulator = Simulator(design)
    simulator.add_clock(1 / CLOCK_HZ)
    for bench in benches:
        simulator.add_testbench(bench)
    for bench in background:
        simulator.add_testbench(bench, background=True)
    simulator.run()


def cells_behind(port: Any, cells: PulsedArray) -> Bench:
    """Return a bench that lets cells answer a port (`ohmshot.controller.rtl.ports.array_port`).

    A pulse takes place in the first cycle of its strobe, a read too; its code stands until the next.
    """

    async def answer(context: Any) -> None:
        last = ""
        while True:
            strobes = [name for name in ("reset", "set", "read") if context.get(getattr(port, name))]
            if len(strobes) > 1:
                raise AssertionError(f"strobes together: {strobes}")
            now = strobes[0] if strobes else ""
            if now and now != last:
                cell, amplitude = context.get(port.cell), context.get(port.amplitude)
                if now == "read":
                    context.set(port.code, cells.read(cell))
                else:
                    getattr(cells, now)(cell, amplitude)
            last = now
            context.set(port.error, cells.error)
            await context.tick()

    return answer


def lines_behind(port: Any, lines: Lines) -> Bench:
    """Return a bench that lets rows and columns answer a port (`ohmshot.controller.rtl.ports.multiply_port`)."""

    async def answer(context: Any) -> None:
        rows, codes, was_converting = [0] * 32, [0] * 64, False
        while True:
            if context.get(port.set_row):
                rows[context.get(port.row)] = context.get(port.drive)
            converts = bool(context.get(port.convert))
            if converts and not was_converting:
                codes = lines.multiply(rows)
            was_converting = converts
            context.set(port.code, codes[context.get(port.column)])
            await context.tick()

    return answer


class BusHost:
    """A host on the controller's bus.

    Args:
        context: of the simulator.
        bus: port of the controller.
    """

    def __init__(self, context: Any, bus: Any) -> None:
        self._context, self._bus = context, bus
        self.cycles = 0

    async def write(self, address: int, data: int) -> bool:
        """Write a word; returns whether it was refused."""
        _, refused = await self.access(address, 1, data)
        return refused

    async def read(self, address: int) -> int:
        """Read a word.

        Raises:
            ChipError: it was refused.
        """
        data, refused = await self.access(address, 0, 0)
        if refused:
            raise ChipError(f"The controller refuses to read {address:#x}.")
        return data

    async def until_ready(self, poll: int = 1) -> int:
        """Wait until the controller is not busy; returns the cycles that it took.

        Args:
            poll: cycles between two questions.
        """
        began = self.cycles
        while await self.read(Register.STATUS) & 1:
            for _ in range(poll):
                await self._tick()
        return self.cycles - began

    def value(self, signal: Any) -> int:
        """Value of a signal of the design that is on no bus."""
        value: int = self._context.get(signal)
        return value

    async def access(
        self, address: int, write: int, data: int, watch: Callable[[Any], None] = lambda context: None
    ) -> tuple[int, bool]:
        """Make one access; returns what was read and whether it was refused.

        Args:
            address: in bytes.
            write: 1, or 0 for a read.
            data: to write.
            watch: called in every cycle of the access with the simulator's context.
        """
        bus, context = self._bus, self._context
        for name, value in (("sel", 1), ("enable", 0), ("write", write), ("address", address), ("wdata", data)):
            context.set(getattr(bus, name), value)
        await self._tick()
        context.set(bus.enable, 1)
        watch(context)
        while not context.get(bus.ready):
            await self._tick()
        answer = context.get(bus.rdata), bool(context.get(bus.slverr))
        await self._tick()
        context.set(bus.sel, 0)
        context.set(bus.enable, 0)
        return answer

    async def _tick(self) -> None:
        self.cycles += 1
        await self._context.tick()
