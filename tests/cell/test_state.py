import dataclasses

import pytest
import torch

from ohmshot.cell.state import forming_yield, never_forms
from ohmshot.foundation.randomness import generator
from random_cells import SETS

LETI = SETS["leti_hfo2_130nm"]


def test_yield_is_the_share_of_forming_voltages_below_the_pulse() -> None:
    assert forming_yield(LETI) == pytest.approx(1.0)
    weak = dataclasses.replace(LETI, form_voltage=3.0)
    assert forming_yield(weak) == pytest.approx(0.5)
    assert forming_yield(dataclasses.replace(weak, form_voltage=3.15)) == pytest.approx(0.8413, abs=1e-4)
    assert forming_yield(SETS["ideal"]) == 1


def test_that_share_of_cells_never_forms() -> None:
    weak = dataclasses.replace(LETI, form_voltage=3.15)
    uniforms = torch.rand(10_000, generator=generator(1, "forming"))
    assert float(never_forms(uniforms, weak).double().mean()) == pytest.approx(0.1587, abs=4 * 0.0037)
    assert not bool(never_forms(uniforms, LETI).any())
