"""Random technologies and cells for the tests: every law must hold for all of them, not for one set alone."""

import dataclasses

import torch
from hypothesis import strategies as st

from ohmshot.cell.cell_parameters import CellParameters, disagreement
from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names, row_rules

OPTIONAL = [name for name, rule in row_rules().items() if rule.optional]
"""Rows of laws that only some technologies have."""
SETS = {name: load_parameter_set(name).values for name in parameter_set_names()}

PLAIN_SETS = {name: each for name, each in SETS.items() if all(getattr(each, row) is None for row in OPTIONAL)}
"""Sets without them: cells of the laws that every technology has."""


def _scaled(values: tuple[float, ...], factor: float) -> tuple[float, ...]:
    return tuple(factor * value for value in values)


@st.composite
def technologies(draw: st.DrawFn) -> CellParameters:
    """Draw a parameter set around one of those shipped, with every effect on or off at random."""
    base = PLAIN_SETS[draw(st.sampled_from(sorted(PLAIN_SETS)))]
    device, reset_device = draw(st.floats(0, 1)), draw(st.floats(0, 1))
    top, bottom = base.set_conductances[1], max(base.minimum_conductance, 1e-3)
    values = dataclasses.replace(
        base,
        reset_conductance=bottom + draw(st.floats(0, 0.9)) * (base.level_conductances[0] - bottom),
        set_spread=(draw(st.floats(0, 0.3)) * top, draw(st.floats(0, 0.3)) * top),
        set_device_share=device,
        set_pulse_share=draw(st.floats(0, 1)) * (1 - device),
        set_disturb=draw(st.sampled_from([0.0, 1e-5, 1e-2, 1.0])),
        reset_log_spread=(draw(st.floats(0, 1)), draw(st.floats(0, 2))),
        reset_device_share=reset_device,
        reset_pulse_share=draw(st.floats(0, 1)) * (1 - reset_device),
        reset_disturb=draw(st.sampled_from([0.0, 1e-5, 1e-2, 1.0])),
        read_noise=draw(st.sampled_from([0.0, 0.01, 0.3])),
        flicker_noise_share=draw(st.sampled_from([0.0, 0.003])),
        telegraph_share=draw(st.sampled_from([0.0, 0.2])),
        operating_temperature=draw(st.sampled_from([25.0, -40.0, 125.0])),
        relaxation_shift_per_decade=_scaled(base.relaxation_shift_per_decade, draw(st.floats(0, 3))),
        relaxation_spread_at_60_s=_scaled(base.relaxation_spread_at_60_s, draw(st.floats(0, 3))),
        relaxation_spread_per_decade=_scaled(base.relaxation_spread_per_decade, draw(st.floats(0, 3))),
        retention_activation_energy=draw(st.floats(0.5, 2)),
        retention_loss=draw(st.floats(0, 0.5)),
        retention_spread=draw(st.floats(0, 10)),
        endurance_cycles=draw(st.sampled_from([3.0, 1e4, 1e7])),
        endurance_closure_start=draw(st.sampled_from([1.0, 1e6])),
        lot_spread=draw(st.sampled_from([0.0, 0.5])),
        wafer_edge_shift=draw(st.sampled_from([0.0, 1.0])),
        stuck_low_share=draw(st.sampled_from([0.0, 0.05])),
        stuck_high_share=draw(st.sampled_from([0.0, 0.05])),
    )
    assert disagreement(values) is None
    return values


def conductances(parameters: CellParameters, count: int) -> torch.Tensor:
    """Return conductances over the whole window, uS [count]."""
    return torch.linspace(parameters.minimum_conductance, parameters.maximum_conductance, count)
