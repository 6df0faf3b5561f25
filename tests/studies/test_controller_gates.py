"""Area and energy of the blocks, as they were measured in gates."""

import polars as pl
import pytest

from ohmshot.studies.controller.gates import COLUMNS, INSTANCES, LIBRARIES, gate_columns


def test_every_instance_of_the_netlist_belongs_to_one_block() -> None:
    table = gate_columns(pl.DataFrame({"block": [*INSTANCES, "memory of errors", "all"]}))
    assert table.columns == ["block", *COLUMNS]
    parts, whole = table.head(len(INSTANCES)), table.row(-1, named=True)
    for column in COLUMNS:
        assert parts[column].sum() == pytest.approx(whole[column])
    assert table.filter(block="memory of errors").row(0)[1:] == (None,) * 4


def test_the_whole_is_that_of_the_page_to_silicon() -> None:
    whole = gate_columns(pl.DataFrame({"block": ["all"]})).row(0, named=True)
    assert len(LIBRARIES) == 2
    # Gates 117,865 um2 and two macros of 49,488 and 28,127 um2; 361.3 + 52.4 + 74.2 nJ.
    assert whole["area_sg13g2_mm2"] == pytest.approx(0.1955, abs=5e-4)
    assert whole["energy_sg13g2_nj"] == pytest.approx(487.9, abs=0.2)
    assert whole["energy_sky130_nj"] == pytest.approx(686.7, abs=0.2)
