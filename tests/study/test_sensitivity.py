import dataclasses

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.study.sensitivity import variants

LETI, SKYWATER = (load_parameter_set(name) for name in ("leti_hfo2_130nm", "skywater_130nm"))


def test_a_list_is_swept_number_by_number_and_a_fitted_row_over_its_interval() -> None:
    low, high = variants(LETI, ["reset_log_spread"])
    assert (low.parameters.reset_log_spread, high.parameters.reset_log_spread) == ((0.05, 0.4), (0.6, 1.25))
    low, high = variants(SKYWATER, ["reset_device_share"])
    assert [low.parameters.reset_device_share, high.parameters.reset_device_share] == [0.28795, 0.62478]
    low, _ = variants(SKYWATER, ["set_conductances"])
    assert low.parameters.set_conductances == (40.262, 159.53)


def test_rows_that_no_law_of_the_technology_looks_at_are_left_out() -> None:
    rows = ["set_device_share", "relaxation_spread_per_decade", "retention_loss", "log_relaxation_variance"]
    assert [each.row for each in variants(LETI, rows)] == ["set_device_share"] * 2 + rows[1:2] * 2 + rows[2:3] * 2
    assert [each.row for each in variants(SKYWATER, rows)] == ["log_relaxation_variance"] * 2


def test_an_end_that_contradicts_another_row_is_left_out() -> None:
    near = dataclasses.replace(LETI, values=dataclasses.replace(LETI.values, set_pulse_share=0.1))
    assert [each.end for each in variants(near, ["set_device_share"])] == ["low"]  # 0.98 + 0.1 is more than 1
