"""Blocks in Amaranth's simulator, with cells behind their port."""

from collections.abc import Callable
from typing import Any

from amaranth.sim import Simulator

from ohmshot.controller.pulse_sequencer import CLOCK_HZ, PulsedArray

Bench = Callable[[Any], Any]
"""An asynchronous function of the simulator's context."""


def simulate(design: Any, *benches: Bench, background: Bench | None = None) -> None:
    """Run benches on a design until the last of them ends.

    Args:
        design: an Amaranth component.
        benches: each drives and watches some of its ports.
        background: one that never ends.
    """
    simulator = Simulator(design)
    simulator.add_clock(1 / CLOCK_HZ)
    for bench in benches:
        simulator.add_testbench(bench)
    if background is not None:
        simulator.add_testbench(background, background=True)
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
