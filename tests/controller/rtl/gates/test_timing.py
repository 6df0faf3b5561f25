"""The longest path of small netlists, by hand."""

import pytest

pytest.importorskip("amaranth")

from controller.rtl.gates.test_energy import netlist_of
from ohmshot.controller.rtl.gates.timing import longest_path
from ohmshot.foundation.errors import OhmshotError

CHAIN = {
    "first": ("dfxtp_1", {"CLK": [2], "D": [3], "Q": [4]}),
    "one": ("inv_1", {"A": [4], "Y": [5]}),
    "two": ("inv_1", {"A": [5], "Y": [6]}),
    "last": ("dfxtp_1", {"CLK": [2], "D": [6], "Q": [7]}),
}


def test_a_path_from_flop_to_flop_is_the_sum_of_its_delays():
    netlist = netlist_of({"clk": ("input", [2]), "d": ("input", [3]), "q": ("output", [7])}, CHAIN)
    path = longest_path(netlist, {})
    inverter, flop = 0.002302, 0.001678  # pF of their inputs
    by_hand = 0.288 + 6.588 * inverter + 0.0398 + 5.727 * inverter + 0.0398 + 5.727 * flop
    assert path.nanoseconds == pytest.approx(by_hand, abs=0.002)  # delays are whole picoseconds
    assert [cell for _, cell in path.cells] == ["dfxtp_1", "inv_1", "inv_1"]
    assert path.megahertz == pytest.approx(1e3 / by_hand, rel=0.01)


def test_a_late_port_makes_the_longest_path():
    cells = {**CHAIN, "late": ("inv_1", {"A": [3], "Y": [8]})}
    ports = {"clk": ("input", [2]), "d": ("input", [3]), "q": ("output", [7]), "y": ("output", [8])}
    path = longest_path(netlist_of(ports, cells), {"d": 3.0})
    assert path.nanoseconds == pytest.approx(3.0398, abs=0.001)


def test_a_ring_has_no_longest_path():
    cells = {"one": ("inv_1", {"A": [3], "Y": [4]}), "two": ("inv_1", {"A": [4], "Y": [3]})}
    with pytest.raises(OhmshotError, match="ring"):
        longest_path(netlist_of({"y": ("output", [4])}, cells), {})
