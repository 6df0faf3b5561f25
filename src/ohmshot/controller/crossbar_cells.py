"""The cells of one chip, pulsed one by one in codes: between a sequencer, as a model or in gates, and a `Crossbar`."""

import numpy as np
import torch

from ohmshot.chip.crossbar import Crossbar
from ohmshot.controller.array import RoundedConverters
from ohmshot.controller.configuration import Configuration
from ohmshot.controller.pulse_converters import PulseDac, VerifyAdc
from ohmshot.foundation.errors import ChipError


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


class CrossbarLines:
    """Rows and columns of one chip, in codes: between a multiply engine and a `Crossbar`, for a layer of one block.

    A simulated chip draws the noise of all examples of one call together. The engine asks for one example after
    another, so the drive codes of a pass are announced, the chip is asked for all of them at once, as the host does,
    and every example is then answered only if its rows are driven as announced.

    Args:
        crossbar: one chip.
        configuration: of the controller.

    Raises:
        ChipError: the layer has several blocks.
    """

    def __init__(self, crossbar: Crossbar, configuration: Configuration) -> None:
        if len(configuration.blocks[0]) != 1:
            raise ChipError("Drives can be announced for a layer of one block only.")
        (self._block,) = configuration.blocks[0]
        self._crossbar, self._configuration = crossbar, configuration
        self._announced: list[tuple[list[int], list[int]]] = []

    def announce(self, drive: torch.Tensor) -> None:
        """Say what will be driven: drive codes of all inputs, int64 [examples, inputs]."""
        sheet = self._crossbar.datasheet
        convert = RoundedConverters(self._crossbar, self._configuration, sheet.read_voltage)
        self._announced = list(zip(drive.tolist(), convert(drive[None], self._block)[0].tolist(), strict=True))

    def multiply(self, rows: list[int]) -> list[int]:
        """Codes of all columns for the next example; drive codes of its rows. Columns beside the block read 0.

        Raises:
            ChipError: the rows are driven otherwise than was announced.
        """
        if not self._announced:
            raise ChipError("A multiply was not announced.")
        (wanted, codes), block = self._announced.pop(0), self._block
        driven = rows[block.row : block.row + block.inputs[1]]
        if driven != wanted:
            raise ChipError(f"Rows are driven by {driven}, not by {wanted}.")
        columns = [0] * self._crossbar.datasheet.columns
        columns[2 * block.pair : 2 * block.pair + len(codes)] = codes
        return columns
