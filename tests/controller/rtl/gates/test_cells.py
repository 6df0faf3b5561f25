"""Liberty files, functions of cells and the table of the package: against values by hand."""

import pytest

from ohmshot.controller.rtl.gates.boolean import truth_table
from ohmshot.controller.rtl.gates.cells import library_of
from ohmshot.controller.rtl.gates.liberty import read_liberty
from ohmshot.foundation.errors import DataError

SMALL = """
library (small) {
  /* a comment */ nom_voltage : 1.2; leakage_power_unit : "1pW";
  lu_table_template (t) { variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("0.0, 0.1"); index_2 ("0.0, 0.016"); }
  lu_table_template (d) { variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("0.0, 0.1"); index_2 ("0.0, 0.032"); }
  cell (inv) {
    area : 5.5; cell_leakage_power : 2000;
    pin (A) { direction : input; capacitance : 0.002; }
    pin (Y) { direction : output; function : "!A";
      internal_power () { related_pin : "A";
        rise_power (t) { values ("0.0, 2.0", "2.0, 4.0"); } fall_power (t) { values ("0.0, 0.0", "0.0, 0.0"); } }
      timing () { related_pin : "A"; cell_rise (d) { values ("0.1, 0.42", "0.1, 0.42"); } }
    }
  }
}
"""


def test_a_liberty_file_is_read_at_one_point_of_its_tables():
    library = read_liberty(SMALL)
    cell = library.cells["inv"]
    assert (library.name, library.volts) == ("small", 1.2)
    assert (cell["area"], cell["leakage_nw"]) == (5.5, 2.0)
    output = cell["pins"]["Y"]
    # At 0.05 ns and 8 fF, the middle of both axes: rise (0 + 2 + 2 + 4) / 4 = 2, fall 0.
    assert output["energy_pj"] == pytest.approx(1.0)
    assert output["delay_ns"] == pytest.approx(0.1)
    assert output["ns_per_pf"] == pytest.approx(10.0)  # 0.32 ns for 0.032 pF


@pytest.mark.parametrize(
    "text", ["library (a) { cell (b) {", "module nothing;", "", "library (a) { cell (b) { area : x; } }"]
)
def test_what_is_no_liberty_file_is_refused(text):
    with pytest.raises(DataError):
        read_liberty(text)


@pytest.mark.parametrize(
    ("function", "table"),
    [("!(A*B)", 0b0111), ("(!A) | (!B)", 0b0111), ("A ^ B", 0b0110), ("A' B", 0b0100), ("A+!B", 0b1011), ("1", 0b1111)],
)
def test_functions_become_truth_tables(function, table):
    assert truth_table(function, ["A", "B"]) == table


@pytest.mark.parametrize("function", ["A &", "(A", "A C", "A $ B"])
def test_functions_that_cannot_be_read_are_refused(function):
    with pytest.raises(DataError):
        truth_table(function, ["A", "B"])


def test_the_table_of_the_package_has_logic_flops_and_a_clock_gate():
    library = library_of(None)
    assert library.cells["nand2_1"].area_um2 == 3.7536  # SKY130: sky130_fd_sc_hd__nand2_1
    assert library.cells["dfrtp_1"].kind == "flop"
    assert library.clock_gate() == ("dlclkp_1", "GATE", "CLK", "GCLK")
    assert set(read_liberty(library.liberty).cells) == set(library.cells) - {"dlclkp_1"}
