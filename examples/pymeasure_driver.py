"""An ohmshot chip as a PyMeasure instrument, to stand beside a lab's other instruments.

    pip install pymeasure pyvisa-py
    ohmshot serve --port 5025 --no-token &
    python examples/pymeasure_driver.py TCPIP::127.0.0.1::5025::SOCKET

PyMeasure reads text, so arrays travel as numbers: convenient for a few cells. For whole arrays use
`ohmshot.wire.client.crossbar.RemoteCrossbar`, which sends blocks.
"""

import os
import sys
from collections.abc import Sequence

from pymeasure.instruments import Instrument, SCPIMixin


def channel_list(cells: Sequence[int]) -> str:
    """Write cell addresses, rising, as SCPI does."""
    return "(@" + ",".join(str(cell) for cell in cells) + ")"


class ResistiveMemory(SCPIMixin, Instrument):
    """A ReRAM chip that speaks docs/protocol.md."""

    def __init__(self, adapter: object, name: str = "ReRAM chip", **arguments: object) -> None:
        super().__init__(adapter, name, tcpip={"read_termination": "\n", "write_termination": "\n"}, **arguments)
        if token := os.environ.get("OHMSHOT_TOKEN"):  # for a server that asks for one
            self.write(f'SYST:TOK "{token}"')

    shape = Instrument.measurement("CHIP:SHAP?", "Chips, rows and columns.", cast=int)
    pulses = Instrument.measurement("MET:COUN?", "FORM, SET, RESET pulses, reads, multiplies so far.", cast=int)
    energy = Instrument.measurement("MET:ENER?", "Joules of FORM, SET, RESET, reads, multiplies so far.")

    def form(self, cells: Sequence[int]) -> None:
        """Form cells."""
        self.write(f"CELL:FORM {channel_list(cells)}")
        self.check_errors()

    def set(self, cells: Sequence[int], gate_voltage: float) -> None:
        """Apply one SET pulse at a gate voltage in V."""
        self.write(f"CELL:SET {channel_list(cells)},{float(gate_voltage)!r}")
        self.check_errors()

    def reset_cells(self, cells: Sequence[int], source_voltage: float) -> None:
        """Apply one RESET pulse at a source voltage in V (`reset` is the instrument's *RST)."""
        self.write(f"CELL:RES {channel_list(cells)},{float(source_voltage)!r}")
        self.check_errors()

    def conductance(self, cells: Sequence[int]) -> list[float]:
        """Read cells in uS."""
        return [float(value) for value in self.values(f"CELL:READ? {channel_list(cells)}")]


def main(resource: str) -> None:
    chip = ResistiveMemory(resource)
    print(chip.id)
    cells = range(4)
    chip.form(cells)
    chip.reset_cells(cells, 2.6)
    print("after RESET", chip.conductance(cells), "uS")
    chip.set(cells, 1.8)
    print("after SET  ", chip.conductance(cells), "uS")
    print("pulses", chip.pulses, "energy", chip.energy, "J")
    chip.shutdown()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "TCPIP::127.0.0.1::5025::SOCKET")
