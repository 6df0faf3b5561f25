"""Energy of a netlist from the toggles of its nets, block by block.

    E = sum over pins of toggles x (internal energy of the pin + 1/2 C V^2) + leakage x time

The internal energy of a pin is that of Liberty's ``internal_power``, mean of a rise and a fall and of its conditions; C
is the capacitance of an input pin, and a piece of wire where one is assumed. The energy of a net's pins belongs to the
blocks in which the pins are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmshot.controller.rtl.gates.netlist import Instance, Netlist
from ohmshot.controller.rtl.gates.simulation import Activity

CAUSES = ("clock", "flops", "logic", "nets")
"""Clock pins and clock gates with the nets of clocks; other pins of flops; of logic; charge of all other nets."""


@dataclass(frozen=True)
class BlockEnergy:
    """Energy of one block, in J.

    Attributes:
        block: its path of instances; "control" for what joins them, "sum" for all.
        clock: within clock pins and clock gates, and on nets of the clock.
        flops: within flops, but for their clock pins.
        logic: within other cells.
        nets: charge of nets but the clock's: input pins, and wire where it is assumed.
        glitches: part of flops, logic and nets that goes into toggles that do not last until the clock's edge.
        leakage: of all cells during the cycles.
    """

    block: str
    clock: float
    flops: float
    logic: float
    nets: float
    glitches: float
    leakage: float

    @property
    def total(self) -> float:
        """All but the glitches, which are in the others."""
        return self.clock + self.flops + self.logic + self.nets + self.leakage


def energies(
    netlist: Netlist, activity: Activity, phases: slice, period_s: float, wire_pf: float = 0.0
) -> list[BlockEnergy]:
    """Return what each block takes, and in the end all together ("sum").

    Args:
        netlist: of cells.
        activity: its toggles.
        phases: which to count.
        period_s: of the clock, for leakage.
        wire_pf: of wire a pin.
    """
    toggles = activity.toggles[phases].sum(0)
    glitches = toggles - activity.settled[phases].sum(0)
    seconds = float(activity.cycles[phases].sum()) * period_s
    found = []
    for block, instances in netlist.grouped():
        pins = _pins(netlist, instances, wire_pf)
        clock, flops, logic, nets = (pins.joules(cause, toggles) for cause in CAUSES)
        of_glitches = sum(pins.joules(cause, glitches) for cause in CAUSES[1:])
        leakage = 1e-9 * seconds * sum(netlist.cell(each).leakage_nw for each in instances)
        found.append(BlockEnergy(block, clock, flops, logic, nets, of_glitches, leakage))
    return found


@dataclass(frozen=True)
class _Pins:
    """Pins of cells: net, cause, energy within the cell and charge of the net in J a toggle, each [pins]."""

    nets: NDArray[np.int64]
    causes: NDArray[np.str_]
    inside: NDArray[np.float64]
    charge: NDArray[np.float64]

    def joules(self, cause: str, toggles: NDArray[np.int64]) -> float:
        """Energy of one cause for the toggles of all nets."""
        counts = toggles[self.nets]
        if cause == "nets":
            here = self.causes != "clock"
            return float((counts * self.charge)[here].sum())
        here = self.causes == cause
        charge = self.charge if cause == "clock" else np.zeros_like(self.charge)
        return float((counts * (self.inside + charge))[here].sum())


def _pins(netlist: Netlist, instances: Sequence[Instance], wire_pf: float) -> _Pins:
    rows = []
    for instance in instances:
        cell = netlist.cell(instance)
        for name, net in instance.nets.items():
            pin = cell.pins[name]
            is_clock = pin.is_clock or (cell.kind == "clock gate" and pin.is_output)
            cause = "clock" if is_clock else "flops" if cell.kind == "flop" else "logic"
            load = wire_pf + (0.0 if pin.is_output else pin.capacitance_pf)
            rows.append((net, cause, 1e-12 * pin.energy_pj, 0.5e-12 * load * netlist.library.volts**2))
    nets, causes, inside, charge = zip(*rows, strict=True) if rows else ((), (), (), ())
    return _Pins(np.array(nets, np.int64), np.array(causes, np.str_), np.array(inside), np.array(charge))
