"""What operations of a simulated chip cost that does not depend on the cell: time, and the energy of a conversion."""

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import line_energy
from ohmshot.chip.circuit import UNCONVERTED, Circuit, converter
from ohmshot.chip.multiply import Periphery


def widths(parameters: CellParameters, circuit: Circuit) -> dict[str, float]:
    """How many seconds one operation of each kind takes."""
    converted_read = parameters.read_width + circuit.conversion_s
    return {
        "form": parameters.form_width,
        "set": parameters.set_width,
        "reset": parameters.reset_width,
        "read": converted_read,
        "multiply": converted_read,
    }


def conversions(circuit: Circuit) -> dict[str, float]:
    """Energy in J that each operation of a kind takes beside what is charged with it."""
    return {"read": circuit.conversion_energy_j}


def periphery(parameters: CellParameters, circuit: Circuit, converts: bool) -> Periphery:
    """Circuits around the arrays as a multiply takes them.

    Args:
        parameters: the technology.
        circuit: size, lines and converters.
        converts: whether currents go through the converter within the multiply.
    """
    return Periphery(
        drivers=converter(parameters.read_voltage, circuit.input_bits),
        converters=converter(circuit.output_range_ua, circuit.output_bits) if converts else UNCONVERTED,
        joules_per_uw=1e-6 * parameters.read_width,
        conversion_joules=circuit.conversion_energy_j,
        line_joules=line_energy(parameters.read_voltage, parameters),
        rows=circuit.rows,
        width=circuit.width,
    )
