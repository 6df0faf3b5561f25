import math

import pytest
import torch

from ohmshot.adapt.bake import STANDARD_BAKE, Bake
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError

LETI = load_parameter_set("leti_hfo2_130nm").values


def formed() -> SimulatedCrossbar:
    chip = SimulatedCrossbar(LETI, Circuit(), 4, [0])
    chip.form(torch.arange(2048))
    return chip


@pytest.mark.parametrize(
    ("bake", "seconds", "celsius"), [(Bake(1.0, 85.0), 3600.0, 85.0), (STANDARD_BAKE, 43_200.0, 150.0)]
)
def test_a_bake_ages_chips_as_a_wait_of_so_many_seconds(bake: Bake, seconds: float, celsius: float) -> None:
    baked, waited = formed(), formed()
    bake.apply_to(baked)
    waited.wait(seconds, celsius)
    assert torch.equal(baked.true_conductances(), waited.true_conductances())


@pytest.mark.parametrize(("hours", "celsius"), [(-1.0, 25.0), (float("nan"), 25.0), (1.0, -300.0)])
def test_a_bake_that_nobody_can_make_is_refused(hours: float, celsius: float) -> None:
    with pytest.raises(SettingsError, match="bake"):
        Bake(hours, celsius)


@pytest.mark.parametrize(("hours", "celsius"), [(math.inf, 150), (math.nan, 150), (-1, 150), (1, math.nan), (1, 1e9)])
def test_a_bake_that_no_oven_makes_is_refused(hours: float, celsius: float) -> None:
    with pytest.raises(SettingsError, match="A bake takes 0 to 10,000,000 hours, at -273 to 1000 degrees"):
        Bake(hours, celsius)
