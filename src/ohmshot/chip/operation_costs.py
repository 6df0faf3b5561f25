"""What operations of a simulated chip cost that does not depend on the cell: time, and the energy of a conversion."""

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit


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
