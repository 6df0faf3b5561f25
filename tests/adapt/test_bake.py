import pytest
import torch

from ohmshot.adapt.bake import STANDARD_BAKE, Bake
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError


def formed() -> SimulatedCrossbar:
    crossbar = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(4, 4), 0, [0])
    crossbar.form(torch.arange(16))
    return crossbar


def test_the_standard_bake_is_twelve_hours_at_150_degrees() -> None:
    assert (STANDARD_BAKE.seconds, STANDARD_BAKE.celsius) == (43_200.0, 150.0)


def test_an_hour_of_baking_ages_as_3600_seconds_of_waiting() -> None:
    baked, waited = formed(), formed()
    Bake(1.0, 150.0).apply_to(baked)
    waited.wait(3600.0, 150.0)
    assert baked.true_conductances().equal(waited.true_conductances())


@pytest.mark.parametrize(("hours", "celsius"), [(-1.0, 150.0), (1.0, -300.0), (float("nan"), 150.0)])
def test_an_impossible_bake_is_refused(hours: float, celsius: float) -> None:
    with pytest.raises(SettingsError, match="at least 0 hours"):
        Bake(hours, celsius)
