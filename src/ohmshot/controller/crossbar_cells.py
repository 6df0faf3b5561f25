"""The cells of one chip, pulsed one by one in codes: between a sequencer, as a model or in gates, and a `Crossbar`."""

import numpy as np
import torch

from ohmshot.chip.crossbar import Crossbar
from ohmshot.controller.pulse_converters import PulseDac, VerifyAdc


class CrossbarCells:
    """A `ohmshot.controller.pulse_sequencer.PulsedArray` that is a chip.

    Args:
        crossbar: one chip.
        dac: of the pulses.
        adc: of the reads.

    Attributes:
        log: pulses and reads so far: "reset", "set" or "read", the cell, and the code that went out or came in.
        error: what the array reports; for tests to set.
    """

    def __init__(self, crossbar: Crossbar, dac: PulseDac, adc: VerifyAdc) -> None:
        self._crossbar, self._dac, self._adc = crossbar, dac, adc
        self.log: list[tuple[str, int, int]] = []
        self.error = False

    def reset(self, cell: int, code: int) -> None:
        """Give one RESET."""
        self.log.append(("reset", cell, code))
        self._crossbar.reset(torch.tensor([cell]), self._volts(code))

    def set(self, cell: int, code: int) -> None:
        """Give one SET."""
        self.log.append(("set", cell, code))
        self._crossbar.set(torch.tensor([cell]), self._volts(code))

    def read(self, cell: int) -> int:
        """Read a cell, as a code."""
        code = int(self._adc.codes(self._crossbar.read(torch.tensor([cell])).cpu().numpy())[0])
        self.log.append(("read", cell, code))
        return code

    def _volts(self, code: int) -> torch.Tensor:
        return torch.from_numpy(self._dac.volts(np.array([code])))
