"""Help for tests: what stood at the ports of a block."""

from dataclasses import dataclass, field
from typing import Any

from amaranth.hdl import Cat, Value
from amaranth.lib.wiring import In


@dataclass
class Recording:
    """What stood at the ports of a block in every cycle, as numbers: all inputs side by side, all outputs."""

    inputs: list[tuple[str, int]] = field(default_factory=list)
    outputs: list[tuple[str, int]] = field(default_factory=list)
    cycles: list[tuple[int, int]] = field(default_factory=list)

    def of(self, block: Any) -> Any:
        """A bench that records a block."""
        ports = [
            ("__".join(map(str, path)), member.flow, Value.cast(s))
            for path, member, s in block.signature.flatten(block)
        ]
        self.inputs, self.outputs = (
            [(name, len(value)) for name, flow, value in ports if (flow is In) == is_in] for is_in in (True, False)
        )
        ins, outs = (Cat(*(value for _, flow, value in ports if (flow is In) == is_in)) for is_in in (True, False))

        async def record(context: Any) -> None:
            async for *_, given, found in context.tick().sample(ins, outs):
                self.cycles.append((given, found))

        return record
