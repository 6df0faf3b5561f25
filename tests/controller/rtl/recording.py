"""Help for tests: what stood at the ports of a block that a test makes later."""

from collections.abc import Sequence
from typing import Any

from amaranth.lib.wiring import Flow

from ohmshot.controller.rtl.recording import PortRecorder
from ohmshot.controller.rtl.simulation import Bench


class Recording:
    """What stood at the ports of a block in every cycle, as numbers: all inputs side by side, all outputs."""

    def __init__(self) -> None:
        self._recorder: PortRecorder | None = None

    def of(self, block: Any) -> Bench:
        """A bench that records a block."""
        self._recorder = PortRecorder(block)
        return self._recorder.bench()

    @property
    def inputs(self) -> list[tuple[str, int]]:
        """Name and bits of the input ports."""
        return self._known.widths(Flow.In)

    @property
    def outputs(self) -> list[tuple[str, int]]:
        """Name and bits of the output ports."""
        return self._known.widths(Flow.Out)

    @property
    def cycles(self) -> Sequence[tuple[int, int]]:
        """All inputs and all outputs of each cycle."""
        return self._known.cycles

    @property
    def _known(self) -> PortRecorder:
        assert self._recorder is not None, "no block has been recorded"
        return self._recorder
