"""A simulation of a netlist with its delays, cycle by cycle, for the toggles of every net.

Each cell's output follows its inputs after its delay, and a pulse shorter than that is swallowed (inertial delay), so
glitches are counted as far as a linear model of delays has them. The clock reaches all flops at once: its tree is not
built yet. Two states: what is never reset begins at 0, as in the simulation of the blocks.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmshot.controller.rtl.gates.circuit import CLOCK, RESET, Clocks, Functions, Ints, bits_of, circuit_of
from ohmshot.controller.rtl.gates.netlist import HIGH, Netlist
from ohmshot.foundation.compiled import I64, kernel
from ohmshot.foundation.errors import OhmshotError

Bits = NDArray[np.uint8]
INPUT_PS = 300
"""When ports change after an edge of the clock, about as the output of a flop does."""
_PLACES = 24  # bits of a key that name a function or a net; those above are the time
_RESET_CYCLES = 2


@dataclass(frozen=True)
class Ports:
    """What was at the ports, cycle by cycle, just before the edge that ends each.

    Attributes:
        inputs: bits of the input ports but clock and reset, in the order of the netlist, [cycles, bits].
        outputs: bits of the output ports, [cycles, bits].
        phases: number of the phase that each cycle belongs to, from 0, [cycles].
    """

    inputs: Bits
    outputs: Bits
    phases: Ints


@dataclass(frozen=True)
class Activity:
    """How often each net toggled.

    Attributes:
        toggles: by phase and net, [phases, nets].
        settled: those that last until the end of a cycle; the rest are glitches, [phases, nets].
        cycles: of each phase, [phases].
        latest_ps: latest toggle after an edge of the clock in any cycle.
    """

    toggles: Ints
    settled: Ints
    cycles: Ints
    latest_ps: int


def simulated(netlist: Netlist, ports: Ports, wire_pf: float = 0.0) -> Activity:
    """Run a netlist on recorded inputs after a reset, and hold its outputs against the recorded ones in every cycle.

    Args:
        netlist: of cells.
        ports: recorded of the same block.
        wire_pf: of wire a pin, for the delays.

    Raises:
        OhmshotError: an output differs from what was recorded.
        SettingsError: the netlist is none that can be simulated.
    """
    circuit = circuit_of(netlist, wire_pf)
    inputs, outputs = bits_of(netlist.inputs, (CLOCK, RESET)), bits_of(netlist.outputs)
    reset = bits_of({RESET: netlist.inputs.get(RESET, ())})
    phases = int(ports.phases.max()) + 1
    toggles, settled = (np.zeros((phases + 1, circuit.nets), np.int64) for _ in range(2))
    passed = np.zeros((phases + 1, len(circuit.clocks.nets)), np.int64)
    values = np.zeros(circuit.nets, np.uint8)
    values[HIGH] = 1
    found = np.array([-1, 0, 0], np.int64)  # cycle and place of the first output that differs; latest toggle
    driven = np.concatenate([reset, inputs])
    warm = np.zeros((_RESET_CYCLES, len(driven)), np.uint8)
    warm[:, : len(reset)] = 1
    rows = np.zeros((len(ports.inputs), len(driven)), np.uint8)
    rows[:, len(reset) :] = ports.inputs
    expected = np.concatenate([np.zeros((_RESET_CYCLES, len(outputs)), np.uint8), ports.outputs])
    of_cycle = np.concatenate([np.full(_RESET_CYCLES, phases), ports.phases])
    of_cycle[_RESET_CYCLES] = phases  # the step out of the reset is none of the recorded ones
    _run(
        values, *_arrays(circuit.logic), circuit.reached, circuit.reach_starts, *_arrays(circuit.flops)[:-1],
        circuit.domains, *_clock_arrays(circuit.clocks), driven, np.concatenate([warm, rows]), outputs, expected,
        _RESET_CYCLES, of_cycle, toggles, settled, passed, found,
    )  # fmt: skip
    if found[0] >= 0:
        raise OhmshotError(
            f"The netlist differs from the block it was made of: output bit {found[1]} in cycle "
            f"{found[0] - _RESET_CYCLES}."
        )
    for counts in (toggles, settled):
        counts[:, circuit.clocks.nets] = 2 * passed
    cycles = np.bincount(of_cycle, minlength=phases)[:phases]
    nets = netlist.nets
    return Activity(toggles[:phases, :nets], settled[:phases, :nets], cycles, int(found[2]))


def _arrays(functions: Functions) -> tuple[Ints, ...]:
    return functions.tables, functions.counts, functions.inputs, functions.outputs, functions.delays_ps


def _clock_arrays(clocks: Clocks) -> tuple[Ints, ...]:
    return clocks.parents, clocks.enables


def _run_cycles(
    values: Bits, tables: Ints, counts: Ints, inputs: Ints, outputs: Ints, delays: Ints, reached: Ints, starts: Ints,
    next_tables: Ints, next_counts: Ints, next_inputs: Ints, states: Ints, domains: Ints, parents: Ints, enables: Ints,
    driven: Ints, rows: Bits, watched: Ints, expected: Bits, first: int, phases: Ints, toggles: Ints, settled: Ints,
    passed: Ints, found: Ints,
) -> None:  # fmt: skip
    """Run all cycles; see `simulated`. An event's key is its time and what happens: a function's output, or a net."""
    functions, nets, flops = len(tables), len(values), len(states)
    pending = np.full(functions, -1, np.int64)  # time at which a function's output will move; -1 for never
    coming = np.zeros(nets, np.uint8)  # of nets that something else than a function moves
    stamps = np.full(nets, -1, np.int64)
    before = np.zeros(nets, np.uint8)
    touched = np.zeros(nets, np.int64)
    active = np.zeros(len(parents), np.uint8)
    heap = [np.int64(0)]
    heap.pop()
    for f in range(functions):  # everything settles once from zeros
        place = I64(0)
        for i in range(counts[f]):
            place |= I64(values[inputs[f, i]]) << i
        if (tables[f] >> place) & 1 != values[outputs[f]]:
            pending[f] = delays[f]
            heapq.heappush(heap, (delays[f] << _PLACES) | f)
    for cycle in range(len(rows)):
        phase, several = phases[cycle], 0
        if cycle > 0:
            active[0] = 1
            for d in range(1, len(active)):
                active[d] = active[parents[d]] & values[enables[d]]
            for d in range(len(active)):
                passed[phase, d] += active[d]
            for n in range(flops):
                if active[domains[n]]:
                    place = I64(0)
                    for i in range(next_counts[n]):
                        place |= I64(values[next_inputs[n, i]]) << i
                    new = (next_tables[n] >> place) & 1
                    if new != values[states[n]]:
                        coming[states[n]] = new
                        heapq.heappush(heap, np.int64(functions + states[n]))
        for i in range(len(driven)):
            net = driven[i]
            if rows[cycle, i] != values[net]:
                coming[net] = rows[cycle, i]
                heapq.heappush(heap, np.int64((INPUT_PS << _PLACES) | (functions + net)))
        while len(heap) > 0:
            key = heapq.heappop(heap)
            time, what = key >> _PLACES, key & ((1 << _PLACES) - 1)
            if what < functions:
                if pending[what] != time:
                    continue  # swallowed
                pending[what] = -1
                net = outputs[what]
                new_value = 1 - values[net]
            else:
                net = what - functions
                new_value = coming[net]
            if stamps[net] != cycle:
                stamps[net], before[net] = cycle, values[net]
                touched[several] = net
                several += 1
            values[net] = new_value
            toggles[phase, net] += 1
            if time > found[2]:
                found[2] = time
            for k in range(starts[net], starts[net + 1]):
                f = reached[k]
                place = I64(0)
                for i in range(counts[f]):
                    place |= I64(values[inputs[f, i]]) << i
                if (tables[f] >> place) & 1 == values[outputs[f]]:
                    pending[f] = -1
                elif pending[f] < 0:
                    pending[f] = time + delays[f]
                    heapq.heappush(heap, (pending[f] << _PLACES) | f)
        for k in range(several):
            net = touched[k]
            settled[phase, net] += values[net] != before[net]
        if cycle >= first:
            for i in range(len(watched)):
                if values[watched[i]] != expected[cycle, i]:
                    found[0], found[1] = cycle, i
                    return


_run: Callable[..., None] = kernel(_run_cycles, _run_cycles)
