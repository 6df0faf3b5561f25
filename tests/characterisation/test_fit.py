"""Fits of simulated wafers whose parameters are known."""

from dataclasses import replace

import polars as pl
import pytest

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.coverage import interval_coverage
from ohmshot.characterisation.fit import WaferFit, fit_wafer
from ohmshot.characterisation.measurements import EXPERIMENTS, Measurements, validated
from ohmshot.characterisation.wafer import WaferTest, simulated_wafer
from ohmshot.foundation.errors import MeasurementError

LETI = load_parameter_set("leti_hfo2_130nm")


def measured(test: WaferTest, seed: int = 11) -> Measurements:
    return validated(simulated_wafer(LETI.values, seed, test), "wafer")


@pytest.fixture(scope="module")
def whole() -> WaferFit:
    return fit_wafer(measured(WaferTest(devices=32)), LETI)


def test_every_experiment_recovers_what_the_wafer_was_made_with(whole: WaferFit) -> None:
    assert whole.missing == ()
    for name in ("set_conductances", "set_spread", "reset_source_voltages", "reset_log_spread"):
        row, true = whole.rows[name], getattr(LETI.values, name)
        assert row.interval is not None
        for value, (low, high), wanted in zip(row.value, row.interval, true, strict=True):  # type: ignore[arg-type]
            assert abs(value - wanted) <= 2.5 * (high - low) / 2
    for name, reach in {
        "set_device_share": 0.2,
        "reset_conductance": 1.0,
        "reset_device_share": 0.2,
        "read_noise": 0.001,
        "retention_activation_energy": 0.15,
        "retention_loss": 0.03,
        "retention_spread": 1.5,
    }.items():
        assert whole.value(name) == pytest.approx(getattr(LETI.values, name), abs=reach)


@pytest.mark.parametrize("experiment", [name for name in EXPERIMENTS if name != "ramp"])
def test_residuals_are_standard_normal(whole: WaferFit, experiment: str) -> None:
    points = whole.experiments[experiment].points
    if experiment == "reset":
        points = points.filter(pl.col("moved").mean().over("amplitude") > 0.98)
    residuals = points["residual"]
    assert abs(float(residuals.mean() or 0)) < 0.25  # type: ignore[arg-type]
    assert float(residuals.std() or 0) == pytest.approx(1, abs=0.1)  # type: ignore[arg-type]


def test_what_was_not_measured_stays_the_bases_and_is_named() -> None:
    fit = fit_wafer(measured(WaferTest(experiments=("read",), devices=8)), LETI)
    assert fit.missing == ("set", "reset", "relaxation", "retention")
    assert set(fit.rows) == {"read_noise"}
    assert fit.value("set_spread") == LETI.values.set_spread


def test_a_wafer_of_another_technology_is_found_from_the_same_base() -> None:
    other = replace(LETI.values, set_conductances=(30.0, 160.0), set_spread=(6.0, 9.0), maximum_conductance=220.0)
    test = WaferTest(experiments=("set",), devices=40, cycles=3)
    fit = fit_wafer(validated(simulated_wafer(other, 3, test), "other"), LETI)
    assert fit.value("set_conductances") == pytest.approx((30.0, 160.0), abs=4)
    assert fit.value("set_spread") == pytest.approx((6.0, 9.0), rel=0.2)
    levels, top = fit.value("level_conductances"), fit.value("maximum_conductance")
    assert isinstance(levels, tuple)
    assert isinstance(top, float)
    assert top > levels[-1] > 150


def test_reset_ramps_give_the_curve_and_the_shares_of_device_and_pulse() -> None:
    noisy = replace(LETI.values, reset_log_spread=(0.5, 0.6), reset_pulse_share=0.1, reset_device_share=0.4)
    test = WaferTest(experiments=("ramp",), devices=48, amplitudes=5)
    fit = fit_wafer(validated(simulated_wafer(noisy, 3, test), "ramps"), LETI)
    assert fit.missing == ("set", "read", "relaxation", "retention")
    assert fit.value("reset_log_spread") == pytest.approx((0.5, 0.6), rel=0.2)
    assert fit.value("reset_conductance") == pytest.approx(5.0, rel=0.25)
    assert fit.value("reset_source_voltages") == pytest.approx((1.0, 2.6), abs=0.1)
    assert fit.value("reset_device_share") == pytest.approx(0.4, abs=0.15)
    # A RESET never raises: of a new draw at every pulse a ramp shows the lower half only (docs/fitting.md).
    assert 0.05 < fit.value("reset_pulse_share") < 0.11  # type: ignore[operator]


def test_set_ramps_give_the_set_curve() -> None:
    rows = simulated_wafer(LETI.values, 5, WaferTest(experiments=("set",), devices=30, cycles=2))
    # Each SET after its own RESET, put in the order of a ramp: the law's curve, without the memory of a real ramp.
    cycle = (pl.col("cycle") / 9).floor()
    ramps = rows.with_columns(
        pl.lit("ramp").alias("experiment"), cycle.alias("cycle"), pl.lit(5.0).alias("conductance_before_microsiemens")
    )
    fit = fit_wafer(validated(ramps, "ramps"), LETI)
    assert fit.value("set_conductances") == pytest.approx((45.0, 117.0), abs=5)
    assert fit.missing == ("reset", "read", "relaxation", "retention")


def test_compliance_current_will_do_in_place_of_the_gate_voltage() -> None:
    rows = simulated_wafer(LETI.values, 5, WaferTest(experiments=("set",), devices=30, cycles=2))
    microamperes = (45 + (pl.col("gate_voltage_v") - 1.4) * 90) * 1.2
    by_current = rows.with_columns(microamperes.alias("compliance_ua")).drop("gate_voltage_v")
    fit = fit_wafer(validated(by_current, "current"), LETI)
    assert "set_gate_voltages" not in fit.rows
    assert fit.value("compliance_per_conductance") == pytest.approx(1.2, rel=0.05)
    assert fit.value("set_conductances") == pytest.approx((45.0, 117.0), abs=5)


def test_one_bake_temperature_gives_the_loss_and_leaves_the_activation_energy() -> None:
    test = WaferTest(experiments=("retention",), devices=40, bake_celsius=(175,))
    fit = fit_wafer(measured(test), LETI)
    assert "retention_activation_energy" not in fit.rows
    assert fit.value("retention_loss") == pytest.approx(LETI.values.retention_loss, abs=0.02)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (WaferTest(experiments=("set",), devices=5, amplitudes=1), "two different gate_voltage_v"),
        (WaferTest(experiments=("reset",), devices=5, amplitudes=2), "three source voltages"),
        (WaferTest(experiments=("relaxation",), devices=2), "five cells of each target"),
        (WaferTest(experiments=("read",), devices=4, reads=2), "three reads of each"),
    ],
)
def test_too_little_is_refused_with_what_would_do(test: WaferTest, message: str) -> None:
    with pytest.raises(MeasurementError, match=message):
        fit_wafer(measured(test), LETI)


def test_intervals_of_the_set_curve_and_read_noise_hold() -> None:
    test = WaferTest(experiments=("set", "read"), devices=30, cycles=2, amplitudes=4, reads=10)
    coverage = interval_coverage(LETI, range(30), test)
    assert 0.88 <= float(coverage["covered"].mean() or 0) <= 1  # type: ignore[arg-type]
    assert float(coverage["covered"].min() or 0) >= 0.75  # type: ignore[arg-type]


@pytest.mark.slow
def test_intervals_of_all_rows_hold() -> None:
    coverage = interval_coverage(LETI, range(30), WaferTest(devices=48))
    # 30 wafers tell a share of 95 % to 8 points; of all numbers of a row together, to 3.
    relaxation = coverage.filter(pl.col("row").str.starts_with("relaxation_"))
    for _, row in relaxation.group_by("row"):
        assert 0.90 <= float(row["covered"].mean() or 0) <= 0.99  # type: ignore[arg-type]
    assert 0.90 <= float(coverage["covered"].mean() or 0) <= 0.99  # type: ignore[arg-type]
    assert float(coverage["covered"].min() or 0) >= 0.8  # type: ignore[arg-type]
