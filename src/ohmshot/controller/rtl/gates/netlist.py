"""A netlist of library cells, flat, as arrays that a simulator can run through."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ohmshot.controller.rtl.gates.cells import Cell, Library
from ohmshot.foundation.errors import DataError

LOW, HIGH = 0, 1
"""Nets that never move."""


@dataclass(frozen=True)
class Instance:
    """One cell of a netlist.

    Attributes:
        block: that it belongs to, its path of instances with dots between; "" for the outermost.
        cell: name in the library.
        nets: of its pins, by name.
    """

    block: str
    cell: str
    nets: Mapping[str, int]


@dataclass(frozen=True)
class Netlist:
    """Cells and the nets between them; nets are numbered, `LOW` and `HIGH` are constant.

    Attributes:
        library: of the cells.
        instances: all of them.
        inputs: nets of each input port, lowest bit first.
        outputs: nets of each output port.
        nets: how many there are.
    """

    library: Library
    instances: tuple[Instance, ...]
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    nets: int

    def cell(self, instance: Instance) -> Cell:
        """The library's cell of an instance."""
        return self.library.cells[instance.cell]

    def grouped(self) -> list[tuple[str, list[Instance]]]:
        """Blocks by name ("control" for what joins them) with their cells, and in the end all of them as "sum"."""
        by_block: dict[str, list[Instance]] = {}
        for instance in self.instances:
            by_block.setdefault(instance.block or "control", []).append(instance)
        return [*by_block.items(), ("sum", list(self.instances))]


def netlist_from(described: Mapping[str, Any], top: str, library: Library) -> Netlist:
    """Flatten what yosys writes as JSON.

    Args:
        described: modules with their cells, as `write_json` has them.
        top: the outermost module.
        library: of the cells.

    Raises:
        DataError: a cell is not of the library.
    """
    flat = _Flat(described["modules"], library)
    module = flat.modules[top]
    ports: dict[str, dict[str, tuple[int, ...]]] = {"input": {}, "output": {}}
    outer: dict[Any, int] = {}
    for name, port in module["ports"].items():
        ports[port["direction"]][name] = tuple(flat.net(bit, outer) for bit in port["bits"])
    flat.add(top, "", outer)
    instances = tuple(
        Instance(each.block, each.cell, {pin: flat.joined(net) for pin, net in each.nets.items()})
        for each in flat.instances
    )
    inputs, outputs = (
        {name: tuple(map(flat.joined, nets)) for name, nets in ports[direction].items()}
        for direction in ("input", "output")
    )
    return Netlist(library, instances, inputs, outputs, flat.nets)


class _Flat:
    """Instances and nets of a hierarchy as it is gone through."""

    def __init__(self, modules: Mapping[str, Any], library: Library) -> None:
        self.modules, self._library = modules, library
        self.instances: list[Instance] = []
        self.nets = 2
        self._same_as: dict[int, int] = {}

    def joined(self, net: int) -> int:
        """The one number of nets that a module joins: by a port that goes straight to another, or by a constant."""
        while net in self._same_as:
            net = self._same_as[net]
        return net

    def _join(self, one: int, other: int) -> None:
        low, high = sorted((self.joined(one), self.joined(other)))
        if low != high:
            self._same_as[high] = low

    def net(self, bit: int | str, known: dict[Any, int]) -> int:
        """Number of a module's bit; constants are nets of their own, an unknown one is low."""
        if isinstance(bit, str):
            return HIGH if bit == "1" else LOW
        if bit not in known:
            known[bit] = self.nets
            self.nets += 1
        return known[bit]

    def add(self, name: str, block: str, known: dict[Any, int]) -> None:
        """Add the cells of a module and of those within it."""
        for instance, cell in self.modules[name]["cells"].items():
            kind = cell["type"]
            if kind in self.modules:
                ports = self.modules[kind]["ports"]
                inner: dict[Any, int] = {}
                for port, bits in cell["connections"].items():
                    for inside, outside in zip(ports[port]["bits"], bits, strict=True):
                        net = self.net(outside, known)
                        is_constant = isinstance(inside, str)
                        self._join(net, self.net(inside, {}) if is_constant else inner.setdefault(inside, net))
                self.add(kind, f"{block}.{instance}" if block else instance, inner)
            elif kind in self._library.cells:
                pins = self._library.cells[kind].pins
                nets = {pin: self.net(bits[0], known) for pin, bits in cell["connections"].items() if pin in pins}
                self.instances.append(Instance(block, kind, nets))
            elif not kind.startswith("$scopeinfo"):
                raise DataError(f"Synthesis left a cell {kind} that the library {self._library.name} does not have.")
