"""A netlist as arrays that a simulator runs through: functions with truth tables and delays, flops, clocks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmshot.controller.rtl.gates.boolean import truth_table
from ohmshot.controller.rtl.gates.cells import Cell
from ohmshot.controller.rtl.gates.netlist import HIGH, LOW, Instance, Netlist
from ohmshot.foundation.errors import SettingsError

Ints = NDArray[np.int64]
MOST_INPUTS = 6
"""Of one function: its truth table has 64 bits."""
CLOCK, RESET = "clk", "rst"
"""Input ports: every flop hangs on the first, by itself or through clock gates; the second resets at a clock's edge."""


@dataclass(frozen=True)
class Functions:
    """Functions of nets.

    Attributes:
        tables: truth tables, [functions]; bit k is the value where input i has bit i of k.
        counts: how many inputs each has, [functions].
        inputs: their nets, [functions, MOST_INPUTS].
        outputs: nets, [functions].
        delays_ps: from a change of an input to that of the output, [functions].
    """

    tables: Ints
    counts: Ints
    inputs: Ints
    outputs: Ints
    delays_ps: Ints


@dataclass(frozen=True)
class Clocks:
    """The clock and what passes clock gates: domain 0 is the clock itself, and a gate's parent comes before it.

    Attributes:
        parents: domain that each domain's gate hangs on, [domains].
        enables: net that lets the clock through, `HIGH` for domain 0, [domains].
        nets: net of each domain's clock, [domains].
    """

    parents: Ints
    enables: Ints
    nets: Ints


@dataclass(frozen=True)
class Circuit:
    """Arrays of a netlist.

    Attributes:
        nets: how many: those of the netlist, and behind them one for the state of each flop.
        logic: outputs of cells as functions of nets.
        owners: which instance of the netlist each function of ``logic`` belongs to.
        reached: functions of ``logic`` that a net goes into, one net after another.
        reach_starts: where those of each net begin, [nets + 1].
        flops: next states; their ``outputs`` are the nets of the states.
        domains: clock domain of each flop, [flops].
        clocks: the clock domains.
    """

    nets: int
    logic: Functions
    owners: Ints
    reached: Ints
    reach_starts: Ints
    flops: Functions
    domains: Ints
    clocks: Clocks


def loads_pf(netlist: Netlist, wire_pf: float = 0.0) -> NDArray[np.float64]:
    """Capacitance on each net: that of the input pins, and of a piece of wire for every pin, [nets].

    Args:
        netlist: of cells.
        wire_pf: of wire a pin; 0 for a netlist that is not placed.
    """
    loads = np.zeros(netlist.nets)
    for instance in netlist.instances:
        pins = netlist.cell(instance).pins
        for name, net in instance.nets.items():
            loads[net] += wire_pf + pins[name].capacitance_pf * (not pins[name].is_output)
    return loads


def circuit_of(netlist: Netlist, wire_pf: float = 0.0) -> Circuit:
    """Return the arrays of a netlist.

    Args:
        netlist: of cells, with one clock, `CLOCK`.
        wire_pf: of wire a pin, for the delays.

    Raises:
        SettingsError: it has latches, asynchronous resets, another clock, or cells of more inputs than a table has.
    """
    domains, clocks = _clocks(netlist)
    loads = loads_pf(netlist, wire_pf)
    logic, flops = _Listed(), _Listed()
    of_flop: list[int] = []
    owners: list[int] = []
    nets = netlist.nets
    for number, instance in enumerate(netlist.instances):
        cell = netlist.cell(instance)
        values = {name: instance.nets.get(name, LOW) for name, pin in cell.pins.items() if not pin.is_output}
        if cell.kind == "latch":
            raise SettingsError("A netlist with latches cannot be simulated cycle by cycle. Build it of flops.")
        if cell.kind == "flop":
            state, nets = nets, nets + 1
            of_flop.append(_domain_of(instance, cell, domains))
            flops.add(_next_state(cell, values), values, state, 0.0)
            values = dict.fromkeys(cell.state, state)
        if cell.kind != "clock gate":
            for name, pin in cell.pins.items():
                if pin.is_output and pin.function is not None and name in instance.nets:
                    net = instance.nets[name]
                    inverse = cell.state[1] if cell.kind == "flop" else None
                    owners.append(number)
                    logic.add(pin.function, values, net, pin.delay_ns + pin.ns_per_pf * loads[net], inverse)
    functions = logic.functions()
    reached, starts = _reach(functions, nets)
    of_logic, of_flops = np.array(owners, np.int64), np.array(of_flop, np.int64)
    return Circuit(nets, functions, of_logic, reached, starts, flops.functions(), of_flops, clocks)


class _Listed:
    """Functions one after another."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, list[int], int, int]] = []

    def add(
        self, function: str, values: Mapping[str, int], output: int, delay_ns: float, inverse: str | None = None
    ) -> None:
        """Add a function.

        Args:
            function: in the terms of Liberty.
            values: nets of the names in it.
            output: its net.
            delay_ns: until its output moves; no less than a picosecond.
            inverse: name in it that stands for the inverse of what its net holds.
        """
        names = set(re.findall(r"[A-Za-z_]\w*", function))
        used = [name for name in values if name in names]
        if len(used) > MOST_INPUTS:
            raise SettingsError(f"A cell with the function {function!r} has more than {MOST_INPUTS} inputs.")
        table = truth_table(function, used)
        if used == [inverse]:
            table = (table & 1) << 1 | table >> 1
        self._rows.append((table, [values[name] for name in used], output, max(1, round(1000 * delay_ns))))

    def functions(self) -> Functions:
        """Return them as arrays."""
        tables = np.array([row[0] for row in self._rows], np.uint64).astype(np.int64)
        inputs = [row[1] + [LOW] * (MOST_INPUTS - len(row[1])) for row in self._rows]
        return Functions(
            tables,
            np.array([len(row[1]) for row in self._rows], np.int64),
            np.array(inputs, np.int64).reshape(-1, MOST_INPUTS),
            np.array([row[2] for row in self._rows], np.int64),
            np.array([row[3] for row in self._rows], np.int64),
        )


def _next_state(cell: Cell, values: Mapping[str, int]) -> str:
    for forced in cell.asynchronous:
        pins = [name for name in values if name in re.findall(r"[A-Za-z_]\w*", forced)]
        nets = [values[name] for name in pins]
        place = sum((net == HIGH) << i for i, net in enumerate(nets))
        if any(net > HIGH for net in nets) or truth_table(forced, pins) >> place & 1:
            raise SettingsError("A netlist with asynchronous resets cannot be simulated cycle by cycle.")
    assert cell.next_state is not None
    return cell.next_state


def _clock_pin(cell: Cell) -> str:
    return next(name for name, pin in cell.pins.items() if pin.is_clock and not pin.is_output)


def _domain_of(instance: Instance, cell: Cell, domains: Mapping[int, int]) -> int:
    net = instance.nets[_clock_pin(cell)]
    if net not in domains:
        raise SettingsError(f"A flop or a clock gate hangs on something other than the clock '{CLOCK}' and its gates.")
    return domains[net]


def _clocks(netlist: Netlist) -> tuple[dict[int, int], Clocks]:
    """Clock domains by the net of their clock, and as arrays."""
    root = netlist.inputs.get(CLOCK, (LOW,))[0]
    domains, rows = {root: 0}, [(0, HIGH, root)]
    waiting = [each for each in netlist.instances if netlist.cell(each).kind == "clock gate"]
    while waiting:
        ready = [each for each in waiting if each.nets[_clock_pin(netlist.cell(each))] in domains]
        if not ready:
            _domain_of(waiting[0], netlist.cell(waiting[0]), domains)
        for instance in ready:
            pins = netlist.cell(instance).pins
            clock = _clock_pin(netlist.cell(instance))
            enable = next(name for name, pin in pins.items() if not pin.is_output and name != clock)
            output = next(name for name, pin in pins.items() if pin.is_output)
            parent = domains[instance.nets[clock]]
            domains[instance.nets[output]] = len(rows)
            rows.append((parent, instance.nets[enable], instance.nets[output]))
        waiting = [each for each in waiting if each not in ready]
    parents, enables, nets = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    return domains, Clocks(parents, enables, nets)


def _reach(functions: Functions, nets: int) -> tuple[Ints, Ints]:
    """Functions that each net goes into."""
    is_used = np.arange(MOST_INPUTS) < functions.counts[:, None]
    rows, places = np.nonzero(is_used)
    sources = functions.inputs[rows, places]
    order = np.argsort(sources, kind="stable")
    return rows[order], np.searchsorted(sources[order], np.arange(nets + 1))


def bits_of(ports: Mapping[str, tuple[int, ...]], without: Sequence[str] = ()) -> Ints:
    """Nets of ports, one port after another, lowest bit first.

    Args:
        ports: nets of each.
        without: names of ports that are left out.
    """
    return np.array([net for name, nets in ports.items() if name not in without for net in nets], np.int64)
