"""What one adaptation takes of the controller in gates: by the blocks, then by a netlist on the same ports."""

import json
from dataclasses import dataclass

import numpy as np

from ohmshot.controller.pulse_sequencer import CLOCK_HZ, PulseTiming
from ohmshot.controller.rtl.adaptation import Episode, RecordedAdaptation, recorded
from ohmshot.controller.rtl.gates.area import BlockArea, areas
from ohmshot.controller.rtl.gates.cells import Library
from ohmshot.controller.rtl.gates.circuit import CLOCK, RESET
from ohmshot.controller.rtl.gates.energy import BlockEnergy, energies
from ohmshot.controller.rtl.gates.macros import Macro, macro_for
from ohmshot.controller.rtl.gates.netlist import Netlist
from ohmshot.controller.rtl.gates.simulation import Ports, simulated
from ohmshot.controller.rtl.gates.synthesis import synthesised


@dataclass(frozen=True)
class MemoryEnergy:
    """One memory.

    Attributes:
        name: "examples", or "weights", which holds the errors too.
        macro: that it is.
        reads: during the updates.
        writes: during the updates.
        leakage: during the updates, in J.
    """

    name: str
    macro: Macro
    reads: int
    writes: int
    leakage: float

    @property
    def accesses(self) -> float:
        """Energy of reads and writes, in J."""
        return self.macro.joules(self.reads, self.writes)


@dataclass(frozen=True)
class GateEnergy:
    """Energy of the updates of one adaptation.

    Attributes:
        blocks: of the netlist, and their sum.
        areas: of the same blocks.
        memories: both.
        cycles: of each update.
        array: what the chip took, in J.
        compared: cycles in which all outputs of the netlist were those of the blocks.
        latest_ps: latest toggle after a clock's edge.
    """

    blocks: list[BlockEnergy]
    areas: list[BlockArea]
    memories: list[MemoryEnergy]
    cycles: list[int]
    array: float
    compared: int
    latest_ps: int

    @property
    def total(self) -> float:
        """Energy of gates and memories, in J."""
        return self.blocks[-1].total + sum(each.accesses + each.leakage for each in self.memories)

    def as_json(self, library: str) -> str:
        """Areas and energies by block, memories and sums, for the study of the controller and for other tools."""
        blocks = [
            {
                "block": block.block,
                "cells": area.cells,
                "area_um2": round(area.area_um2, 1),
                "energy_nj": round(1e9 * block.total, 3),
                "clock_nj": round(1e9 * block.clock, 3),
            }
            for block, area in zip(self.blocks, self.areas, strict=True)
        ]
        memories = [
            {
                "memory": each.name,
                "reads": each.reads,
                "writes": each.writes,
                "area_um2": round(each.macro.area_um2, 1),
                "energy_nj": round(1e9 * (each.accesses + each.leakage), 3),
            }
            for each in self.memories
        ]
        figures = {
            "library": library,
            "blocks": blocks,
            "memories": memories,
            "total_nj": round(1e9 * self.total, 3),
            "array_nj": round(1e9 * self.array, 3),
            "cycles": self.cycles,
        }
        return json.dumps(figures, indent=1)


def measured(
    task: Episode, timing: PulseTiming, library: Library, updates: int, wire_pf: float = 0.0
) -> tuple[GateEnergy, Netlist]:
    """Make the updates of a task by the gates and count what they take.

    Args:
        task: to learn.
        timing: lengths of pulses and reads.
        library: of cells.
        updates: how many.
        wire_pf: of wire a pin.

    Raises:
        OhmshotError: netlist, blocks and integer model do not all do the same.
    """
    adaptation = recorded(task, timing, updates)
    netlist = synthesised(adaptation.controller, "controller", library)
    activity = simulated(netlist, ports_of(netlist, adaptation), wire_pf)
    counted = slice(1, 1 + updates)
    blocks = energies(netlist, activity, counted, 1 / CLOCK_HZ, wire_pf)
    seconds = float(activity.cycles[counted].sum()) / CLOCK_HZ
    controller = adaptation.controller
    sizes = {"examples": controller.example_memory, "weights": controller.weight_memory}
    memories = [
        MemoryEnergy(name, macro_for(*sizes[name]), *accesses, 1e-9 * seconds * macro_for(*sizes[name]).leakage_nw)
        for name, accesses in adaptation.accesses.items()
    ]
    of_updates = [int(cycles) for cycles in activity.cycles[counted]]
    compared, joules = int(np.sum(activity.cycles)), adaptation.array_joules
    found = GateEnergy(blocks, areas(netlist), memories, of_updates, joules, compared, activity.latest_ps)
    return found, netlist


def ports_of(netlist: Netlist, adaptation: RecordedAdaptation) -> Ports:
    """What was recorded, in the order in which a netlist has its ports."""
    inputs = [name for name in netlist.inputs if name not in (CLOCK, RESET)]
    ports = adaptation.ports
    return Ports(ports.inputs(inputs), ports.outputs(netlist.outputs), ports.phases)
