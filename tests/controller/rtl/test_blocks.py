"""Blocks alone against their models, on random numbers at their ports."""

import pytest

pytest.importorskip("amaranth")

from controller.rtl.blockwise import CHECKS, MAKERS, split
from controller.rtl.test_host_port import build


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("placed", ["in one block", "in three blocks"])
def test_a_block_computes_what_its_model_does(name: str, placed: str) -> None:
    made = build()
    CHECKS[name](MAKERS[name], made if placed == "in one block" else split(made))
