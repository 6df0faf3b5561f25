"""An ohmshot chip as a QCoDeS instrument: parameters that a QCoDeS measurement can sweep and log.

pip install qcodes pyvisa-py
ohmshot serve --port 5025 --no-token &
python examples/qcodes_driver.py TCPIP::127.0.0.1::5025::SOCKET

A sweep of QCoDeS, logged in its database:  do1d(chip.set_pulse, 1.4, 2.2, 9, 0, chip.conductance, chip.energy)
"""

import os
import sys
from typing import Any

import numpy as np
from qcodes.instrument import VisaInstrument
from qcodes.validators import Ints, Numbers


class ResistiveMemory(VisaInstrument):
    """A ReRAM chip that speaks docs/protocol.md; the parameters are those of one cell, chosen by `cell`."""

    def __init__(self, name: str, address: str, **arguments: Any) -> None:
        super().__init__(name, address, terminator="\n", **arguments)
        if token := os.environ.get("OHMSHOT_TOKEN"):  # for a server that asks for one
            self.write(f'SYST:TOK "{token}"')
        _, rows, columns = (int(value) for value in self.ask("CHIP:SHAP?").split(","))
        self.cell = self.add_parameter(
            "cell", get_cmd=None, set_cmd=None, initial_value=0, vals=Ints(0, rows * columns - 1)
        )
        self.conductance = self.add_parameter(
            "conductance", unit="uS", get_cmd=lambda: float(self.ask(f"CELL:READ? (@{self.cell()})"))
        )
        self.set_pulse = self.add_parameter(
            "set_pulse", unit="V", vals=Numbers(0, 10), set_cmd=lambda volts: self._tell("CELL:SET", volts)
        )
        self.reset_pulse = self.add_parameter(
            "reset_pulse", unit="V", vals=Numbers(0, 10), set_cmd=lambda volts: self._tell("CELL:RES", volts)
        )
        self.energy = self.add_parameter(
            "energy", unit="J", get_cmd=lambda: float(np.sum([float(x) for x in self.ask("MET:ENER?").split(",")]))
        )

    def form(self) -> None:
        """Form the chosen cell."""
        self._check(f"CELL:FORM (@{self.cell()})")

    def _tell(self, command: str, volts: float) -> None:
        # A sweep hands over NumPy's floats, whose repr is no number in SCPI.
        self._check(f"{command} (@{self.cell()}),{float(volts)!r}")

    def _check(self, command: str) -> None:
        self.write(command)
        error = self.ask("SYST:ERR?")
        if not error.startswith("0,"):
            raise RuntimeError(error)


def main(resource: str) -> None:
    chip = ResistiveMemory("chip", resource, visalib="@py")
    print(chip.get_idn())
    chip.form()
    chip.reset_pulse(2.6)
    print("after RESET", chip.conductance(), "uS")
    chip.set_pulse(1.8)
    print("after SET  ", chip.conductance(), "uS; energy", chip.energy(), "J")
    for volts in np.linspace(1.4, 2.2, 5):
        chip.set_pulse(volts)
        print(f"after {volts:.1f} V", chip.conductance(), "uS")
    chip.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "TCPIP::127.0.0.1::5025::SOCKET")
