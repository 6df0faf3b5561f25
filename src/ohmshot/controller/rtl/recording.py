"""What passes the ports of a block in Amaranth's simulator, cycle by cycle."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from amaranth.hdl import Cat, Value
from amaranth.lib.wiring import Component, Flow
from numpy.typing import NDArray

from ohmshot.controller.rtl.simulation import Bench


class PortRecorder:
    """Records the ports of a block in every cycle, just before the edge that ends it.

    Args:
        block: within the design that is simulated, or the design itself.

    Attributes:
        phase: that the cycles from now on belong to; whoever drives the block sets it.
    """

    def __init__(self, block: Component) -> None:
        flat = [("__".join(map(str, path)), member, value) for path, member, value in block.signature.flatten(block)]
        self._ports = {
            flow: {name: Value.cast(value) for name, member, value in flat if member.flow is flow}
            for flow in (Flow.In, Flow.Out)
        }
        self._rows: list[tuple[int, int]] = []
        self._phases: list[int] = []
        self.phase = 0

    def bench(self) -> Bench:
        """Return the bench that records; it never ends."""
        inputs, outputs = (Cat(*self._ports[flow].values()) for flow in (Flow.In, Flow.Out))

        async def record(context: Any) -> None:
            async for _, _, before, after in context.tick().sample(inputs, outputs):
                self._rows.append((before, after))
                self._phases.append(self.phase)

        return record

    def widths(self, flow: Flow) -> list[tuple[str, int]]:
        """Name and bits of the input or output ports, in the order in which they stand side by side."""
        return [(name, len(value)) for name, value in self._ports[flow].items()]

    @property
    def cycles(self) -> Sequence[tuple[int, int]]:
        """All inputs and all outputs of each cycle, each as one number, the first port lowest."""
        return self._rows

    @property
    def phases(self) -> NDArray[np.int64]:
        """Phase of each cycle, [cycles]."""
        return np.array(self._phases, np.int64)

    def inputs(self, names: Iterable[str]) -> NDArray[np.uint8]:
        """Bits of some input ports, one port after another, lowest bit first, [cycles, bits]."""
        return self._bits(Flow.In, 0, names)

    def outputs(self, names: Iterable[str]) -> NDArray[np.uint8]:
        """Bits of some output ports, [cycles, bits]."""
        return self._bits(Flow.Out, 1, names)

    def _bits(self, flow: Flow, side: int, names: Iterable[str]) -> NDArray[np.uint8]:
        ports = self._ports[flow]
        ends = np.cumsum([len(value) for value in ports.values()])
        places = {name: np.arange(end - len(ports[name]), end) for name, end in zip(ports, ends, strict=True)}
        size = -(-int(ends[-1]) // 8)
        text = b"".join(row[side].to_bytes(size, "little") for row in self._rows)
        bits = np.unpackbits(np.frombuffer(text, np.uint8).reshape(-1, size), axis=1, bitorder="little")
        return bits[:, np.concatenate([places[name] for name in names])]
