"""The longest path of a netlist between two edges of the clock: static, so no input is needed.

Delays are those of the simulation: linear in the load, the worst of a cell's inputs, mean of rise and fall, at one
input slew. There are no wires, no clock tree and no set-up times in it: a clock wants some margin above it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ohmshot.controller.rtl.gates.circuit import Circuit, bits_of, circuit_of
from ohmshot.controller.rtl.gates.macros import macro_for
from ohmshot.controller.rtl.gates.netlist import Netlist
from ohmshot.foundation.errors import OhmshotError


@dataclass(frozen=True)
class Path:
    """The longest path.

    Attributes:
        nanoseconds: from an edge of the clock, or from when a port changes, until its last net stands.
        cells: (block, cell) of each cell on it, in turn.
    """

    nanoseconds: float
    cells: tuple[tuple[str, str], ...]

    @property
    def megahertz(self) -> float:
        """Clock with a period as long as the path."""
        return 1e3 / self.nanoseconds


def longest_path(netlist: Netlist, arrivals_ns: Mapping[str, float], wire_pf: float = 0.0) -> Path:
    """Return the longest path.

    Args:
        netlist: of cells.
        arrivals_ns: when input ports change after the clock's edge; at the edge where none is given.
        wire_pf: of wire a pin.

    Raises:
        OhmshotError: logic goes round in a ring.
    """
    circuit = circuit_of(netlist, wire_pf)
    arrival = np.zeros(circuit.nets)
    for name, nanoseconds in arrivals_ns.items():
        arrival[bits_of({name: netlist.inputs[name]})] = nanoseconds
    order = _in_order(circuit)
    comes_from = np.full(circuit.nets, -1)
    by = np.full(circuit.nets, -1)
    logic = circuit.logic
    for f in order:
        inputs = logic.inputs[f, : logic.counts[f]]
        late = int(inputs[np.argmax(arrival[inputs])]) if len(inputs) else -1
        net = int(logic.outputs[f])
        if late >= 0:
            arrival[net] = arrival[late] + 1e-3 * logic.delays_ps[f]
        comes_from[net], by[net] = late, f
    net = int(np.argmax(arrival))
    longest = float(arrival[net])
    cells: list[tuple[str, str]] = []
    while net >= 0 and by[net] >= 0:
        instance = netlist.instances[int(circuit.owners[by[net]])]
        cells.append((instance.block or "control", instance.cell))
        net = int(comes_from[net])
    return Path(longest, tuple(reversed(cells)))


def memory_arrivals(example_memory: tuple[int, int], weight_memory: tuple[int, int]) -> dict[str, float]:
    """When the data of the controller's memories come after the clock's edge, ns, by port.

    Args:
        example_memory: words and bits of the memory of examples.
        weight_memory: of that of weights.
    """
    sizes = {"examples__data": example_memory, "weights__data": weight_memory}
    return {port: macro_for(*size).access_ns for port, size in sizes.items()}


def _in_order(circuit: Circuit) -> list[int]:
    """Functions, each behind all that its inputs come from."""
    logic = circuit.logic
    is_driven = np.zeros(circuit.nets, bool)
    is_driven[logic.outputs] = True
    waits_for = [int(is_driven[logic.inputs[f, : logic.counts[f]]].sum()) for f in range(len(logic.tables))]
    order = [f for f, waits in enumerate(waits_for) if waits == 0]
    for f in order:  # grows while it is gone through
        net = int(logic.outputs[f])
        for reached in circuit.reached[circuit.reach_starts[net] : circuit.reach_starts[net + 1]]:
            waits_for[reached] -= 1
            if waits_for[reached] == 0:
                order.append(int(reached))
    if len(order) < len(waits_for):
        raise OhmshotError("The netlist has logic that goes round in a ring; it has no longest path.")
    return order
