"""Blocks alone against their models, on random numbers at their ports."""

import pytest

pytest.importorskip("amaranth")

from controller.rtl.blockwise import CHECKS, MAKERS, carried, check_first_layer, check_standardiser, split, standardised
from controller.rtl.test_host_port import build
from ohmshot.controller.rtl.first_layer import FirstLayer
from ohmshot.controller.rtl.standardiser import Standardiser


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("placed", ["in one block", "in three blocks"])
def test_a_block_computes_what_its_model_does(name: str, placed: str) -> None:
    made = build()
    CHECKS[name](MAKERS[name], made if placed == "in one block" else split(made))


@pytest.mark.parametrize("name", ["four-convolutions", "first-layer"])
def test_the_error_is_carried_back_as_by_the_model(name: str) -> None:
    check_first_layer(FirstLayer, carried(name))


@pytest.mark.parametrize("shots", [1, 5])
def test_features_are_brought_to_the_standard_of_the_model(shots: int) -> None:
    check_standardiser(Standardiser, standardised("four-convolutions", shots), sets=6 if shots == 1 else 2)
