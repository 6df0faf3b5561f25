"""The controller with its memories, for simulation: in silicon they are macros of the process."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from ohmshot.controller.rtl.controller import Controller
from ohmshot.controller.rtl.host_port import apb_port
from ohmshot.controller.rtl.ports import array_port, memory_port, multiply_port


class SinglePort(Component):
    """A memory of one port: what is read stands from the next cycle until another read.

    Members:
        port: as `ohmshot.controller.rtl.ports.memory_port`.
        reads, writes: how often it was accessed, for the energy that it takes.
    """

    def __init__(self, depth: int, width: int) -> None:
        self._depth, self._width = depth, width
        super().__init__({"port": In(memory_port(depth, width)), "reads": Out(32), "writes": Out(32)})

    def elaborate(self, platform: object) -> Module:
        """Build the memory."""
        m = Module()
        m.submodules.words = words = Memory(shape=unsigned(self._width), depth=self._depth, init=[])
        write, read = words.write_port(), words.read_port()
        port = self.port
        is_read = Signal()
        m.d.comb += [
            is_read.eq(port.enable & ~port.write),
            write.addr.eq(port.address),
            write.data.eq(port.new),
            write.en.eq(port.enable & port.write),
            read.addr.eq(port.address),
            read.en.eq(is_read),
            port.data.eq(read.data),
        ]
        m.d.sync += [self.reads.eq(self.reads + is_read), self.writes.eq(self.writes + write.en)]
        return m


class ControllerWithMemories(Component):
    """A controller and its two memories; members as those of the controller."""

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        super().__init__(
            {
                "bus": In(apb_port()),
                "cells": Out(array_port(controller.verify_bits)),
                "lines": Out(multiply_port(controller.build)),
            }
        )
        self.examples, self.weights = (
            SinglePort(depth, width) for depth, width in (controller.example_memory, controller.weight_memory)
        )

    def elaborate(self, platform: object) -> Module:
        """Build it."""
        m = Module()
        m.submodules.controller = controller = self.controller
        m.submodules.examples, m.submodules.weights = self.examples, self.weights
        connect(m, controller.examples, self.examples.port)
        connect(m, controller.weights, self.weights.port)
        connect(m, flipped(self.bus), controller.bus)
        connect(m, controller.cells, flipped(self.cells))
        connect(m, controller.lines, flipped(self.lines))
        return m
