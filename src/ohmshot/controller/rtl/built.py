"""What a controller in gates is made of, for a bundle: the same constants as the integer model has on the same chip."""

import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.datasheet import simulated_datasheet
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.pulse_sequencer import PulseTiming, pulse_timing
from ohmshot.controller.rtl.sizes import Build, build_for
from ohmshot.controller.write_plan import WritePlan, write_path
from ohmshot.host.strategies.strategy import ProgrammingStrategy


def parts_for(
    bundle: Bundle,
    parameters: CellParameters,
    strategy: ProgrammingStrategy,
    shots: int,
    circuit: Circuit | None = None,
) -> tuple[Build, WritePlan, PulseTiming]:
    """Return what the gates are made of.

    Args:
        bundle: the learned initialisation, with a head of one layer.
        parameters: of the cells: levels, amplitudes and widths of pulses.
        strategy: whose plan the write-verify engine has.
        shots: examples of each class.
        circuit: around the array; None for the default.

    Raises:
        SettingsError: a bundle or a strategy that the gates have no engine for.
    """
    circuit = circuit or Circuit()
    sheet = simulated_datasheet(parameters, circuit)
    array = ControllerArithmetic().array(sheet, 1, bundle, "datasheet", "one-sided")
    labels = torch.arange(bundle.header.network.ways).repeat_interleave(shots)
    read = parameters.read_width + circuit.conversion_s
    timing = pulse_timing(parameters.reset_width, parameters.set_width, read)
    return build_for(array.controller, labels), write_path(strategy, sheet).plan, timing
