"""What a fit does with readings that its law does not describe, that are too few, or that are not to be believed."""

import math

import numpy as np
import polars as pl
import pytest

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.fit import WaferFit, fit_wafer
from ohmshot.characterisation.judgement import misfit
from ohmshot.characterisation.measurements import validated
from ohmshot.characterisation.wafer import WaferTest, simulated_wafer
from ohmshot.foundation.errors import MeasurementError

LETI = load_parameter_set("leti_hfo2_130nm")


def fitted(*tables: pl.DataFrame) -> WaferFit:
    return fit_wafer(validated(pl.concat(tables, how="diagonal_relaxed"), "lot.csv"), LETI)


def reads(devices: int = 8, looks: int = 6, noise: float = 0.02) -> pl.DataFrame:
    random = np.random.default_rng(3)
    return pl.DataFrame(
        [
            {
                "experiment": "read",
                "device": f"d{d}",
                "time_s": float(t),
                "conductance_microsiemens": 60 + noise * 60 * float(z),
            }
            for d in range(devices)
            for t, z in enumerate(random.normal(size=looks))
        ]
    )


def bakes(
    change: float, celsius: tuple[float, ...] = (150, 200), devices: int = 16, spread: float = 1.0
) -> pl.DataFrame:
    """Cells of 80 uS that a bake of 10 h changes by a share of their conductance in the mean."""
    random = np.random.default_rng(4)
    rows = []
    for each in celsius:
        for d in range(devices):
            moved = 80 * (1 + change) + spread * float(random.normal())
            for time, value in ((0.0, 80 + 0.3 * float(random.normal())), (36000.0, moved)):
                named = {"experiment": "retention", "device": f"{each}-{d}", "cycle": 0, "temperature_celsius": each}
                rows.append(named | {"time_s": time, "conductance_microsiemens": value})
    return pl.DataFrame(rows, schema_overrides={"temperature_celsius": pl.Float64})


@pytest.fixture(scope="module")
def wafer() -> pl.DataFrame:
    times = (1.0, 10.0, 100.0, 1000.0)
    return simulated_wafer(
        LETI.values, 6, WaferTest(devices=16, cycles=2, amplitudes=4, reads=6, relaxation_times=times)
    )


def only(wafer: pl.DataFrame, experiment: str) -> pl.DataFrame:
    return wafer.filter(pl.col("experiment") == experiment)


def test_the_misfit_is_the_distance_of_the_residuals_in_standard_deviations() -> None:
    normal = pl.Series("residual", np.random.default_rng(1).normal(size=4000))
    points = pl.DataFrame({"amplitude": np.repeat([1.0, 2.0], 2000), "residual": normal})
    assert misfit("set", points)[0] < 0.03
    # Both groups a standard deviation away, one up and one down, are on the law in the mean and a deviation from it.
    shifted = points.with_columns(pl.col("residual") + pl.when(pl.col("amplitude") == 1).then(1).otherwise(-1))
    assert misfit("set", shifted)[0] == pytest.approx(1, abs=0.03)
    # Twice as wide as a normal law lies E|z| = sqrt(2 / pi) from it.
    distance, worst = misfit("set", points.with_columns(pl.col("residual") * 2))
    assert distance == pytest.approx(math.sqrt(2 / math.pi), abs=0.03)
    assert worst["spread"] == pytest.approx(2, abs=0.06)


def test_a_law_that_holds_has_no_misfit_and_no_warning(wafer: pl.DataFrame) -> None:
    fit = fitted(only(wafer, "set"), only(wafer, "read"))
    assert all(each.misfit < 0.25 for each in fit.experiments.values())
    assert fit.warnings == ()
    assert fit.failed == {}


def test_a_bad_fit_is_refused_with_its_misfit_and_the_good_rows_stay(wafer: pl.DataFrame) -> None:
    # Cells that switch between two values are no SET curve: half the readings 100 uS up, in turn.
    two = only(wafer, "set").with_row_index().with_columns(pl.lit(60.0) + 60 * (pl.col("gate_voltage_v") > 1.7))
    jump = two.with_columns(
        (pl.lit(60.0) + 80 * (pl.col("cycle") % 4 == 1) + pl.col("index") * 1e-4).alias("conductance_microsiemens")
    ).select(*wafer.columns)
    fit = fitted(only(wafer, "read"), jump)
    assert set(fit.failed) == {"set"}
    assert "misfit is" in fit.failed["set"]
    assert f"lot.csv, lines {16 * 6 + 1} to {16 * 6 + jump.height}" in fit.failed["set"]
    assert set(fit.rows) == {"read_noise"}


@pytest.mark.parametrize(
    ("experiment", "rows"),
    [("set", ("set_spread",)), ("relaxation", ("relaxation_spread_at_60_s",))],
)
def test_one_stuck_cell_of_sixteen_is_named_and_does_not_make_the_spread(
    wafer: pl.DataFrame, experiment: str, rows: tuple[str, ...]
) -> None:
    clean = only(wafer, experiment)
    name = clean["device"][0]
    stuck = pl.when((pl.col("device") == name) & ((pl.col("time_s") > 0) | pl.lit(experiment == "set"))).then(2.5)
    fit, wanted = (
        fitted(clean.with_columns(stuck.otherwise("conductance_microsiemens").alias("conductance_microsiemens"))),
        fitted(clean),
    )
    for row in rows:
        for value, true in zip(fit.rows[row].numbers, wanted.rows[row].numbers, strict=True):
            assert value == pytest.approx(true, rel=0.35, abs=0.01)
    assert any("left out as outliers" in each and f"{name} (line " in each for each in fit.warnings)


def test_a_cell_that_a_bake_loses_is_named_and_does_not_make_the_spread() -> None:
    clean = pl.concat([bakes(-0.01, (150,)), bakes(-0.15, (200,))])
    fallen = (
        pl.when((pl.col("device") == "150-2") & (pl.col("time_s") > 0)).then(4.0).otherwise("conductance_microsiemens")
    )
    fit, wanted = fitted(clean.with_columns(fallen.alias("conductance_microsiemens"))), fitted(clean)
    assert fit.value("retention_spread") == pytest.approx(wanted.value("retention_spread"), rel=0.2)
    assert any("150-2 (line 6)" in each for each in fit.warnings)


def test_a_noisy_cell_does_not_make_the_read_noise() -> None:
    table = reads(devices=16, looks=20)
    wild = (
        pl.when(pl.col("device") == "d3")
        .then(60 + (pl.col("conductance_microsiemens") - 60) * 12)
        .otherwise("conductance_microsiemens")
    )
    fit = fitted(table.with_columns(wild.alias("conductance_microsiemens")))
    assert fit.value("read_noise") == pytest.approx(0.02, rel=0.25)
    assert "d3 (line 61)" in fit.warnings[0]


def test_identical_readings_tell_no_spread(wafer: pl.DataFrame) -> None:
    same = reads().with_columns(pl.lit(60.0).alias("conductance_microsiemens"))
    with pytest.raises(MeasurementError, match="all 48 readings are 60 uS"):
        fitted(same)
    levels = reads().with_columns(
        (60.0 + pl.col("device").str.slice(1).cast(pl.Float64)).alias("conductance_microsiemens")
    )
    with pytest.raises(MeasurementError, match="read_noise is not told by the readings: its interval has"):
        fitted(levels)
    flat = only(wafer, "set").with_columns((20 + 40 * pl.col("gate_voltage_v")).alias("conductance_microsiemens"))
    with pytest.raises(MeasurementError, match=r"Experiment 'set': the law does not describe|set_spread is not told"):
        fitted(flat)


def test_sets_that_reach_less_at_more_are_refused_by_the_lines_of_their_table(wafer: pl.DataFrame) -> None:
    volts = pl.col("gate_voltage_v")
    swapped = only(wafer, "set").with_columns((volts.min() + volts.max() - volts).alias("gate_voltage_v"))
    with pytest.raises(
        MeasurementError, match=r"lot\.csv, lines 1 to \d+: .*'set': the median falls from .* uS at the"
    ):
        fitted(swapped)


def test_reads_before_the_law_begins_are_left_out_and_counted(wafer: pl.DataFrame) -> None:
    # L0008 was never programmed to its target: an outlier.
    late = only(wafer, "relaxation").filter((pl.col("time_s") > 0) & (pl.col("device") != "L0008"))
    early = late.filter(pl.col("time_s") == 1).with_columns(
        pl.lit(0.01).alias("time_s"), (pl.col("conductance_microsiemens") * 1.3).alias("conductance_microsiemens")
    )
    fit, wanted = fitted(late, early), fitted(late)
    assert fit.value("relaxation_spread_at_60_s") == wanted.value("relaxation_spread_at_60_s")
    assert f"relaxation: {early.height} reads before 1 s left out: the law of relaxation begins there" in fit.warnings
    with pytest.raises(MeasurementError, match=r"lot.csv, lines 1 to 127: No cell was read twice"):
        fitted(early)


def test_cells_read_once_are_left_out_and_counted() -> None:
    both = pl.concat([bakes(-0.01, (150,)), bakes(-0.15, (200,))])
    lone = both.filter((pl.col("device") != "150-3") | (pl.col("time_s") == 0))
    fit = fitted(lone)
    assert any(each.startswith("retention: 1 readings left out") for each in fit.warnings)
    assert fit.experiments["retention"].readings == 16 * 4 - 2


def test_no_loss_seen_is_an_upper_limit() -> None:
    fit = fitted(bakes(0.0))
    row = fit.rows["retention_loss"]
    assert row.status == "derived"
    assert row.note.startswith("upper limit")
    assert row.interval == ((0.0, row.value),)
    assert "retention_activation_energy" not in fit.rows
    # 16 cells of 80 uS, spread 1 uS, mean above its start: at most 1.645 x 1.04 / 4 / 75 = 0.6 % in 10 h at 200 C,
    # which 1.506 eV makes 0.6 % in 10 h x exp(1.506 / k (1 / 348.15 - 1 / 473.15)) = 3,300 years.
    years = 10 / 8766 * math.exp(1.506 / 8.617333e-5 * (1 / 348.15 - 1 / 473.15))
    assert fit.value("retention_loss") == pytest.approx(0.0057 * 10 / years, rel=0.4)


def test_an_impossible_activation_energy_alone_is_refused() -> None:
    # Colder bakes lose more: an activation energy below 0.
    table = pl.concat([bakes(-0.02, (150,), 200, 6.0), bakes(-0.01, (200,), 200, 6.0)])
    fit = fitted(table)
    assert "retention_activation_energy" not in fit.rows
    assert 0 < fit.rows["retention_loss"].numbers[0] < 1
    assert any("retention_activation_energy would be -" in each for each in fit.warnings)


def test_a_loss_that_is_carried_to_nearly_all_takes_what_goes_with_it_along() -> None:
    # 10 % at 150 C and 20 % at 200 C in 10 h: 0.26 eV, by which ten years at 75 C would leave nothing.
    with pytest.raises(MeasurementError, match=r"retention_loss would be|the law does not describe"):
        fitted(pl.concat([bakes(-0.10, (150,), 64, 4.0), bakes(-0.20, (200,), 64, 4.0)]))


def test_two_devices_are_said_to_be_few() -> None:
    fit = fitted(reads(devices=2, looks=12))
    low, high = fit.rows["read_noise"].interval[0]  # type: ignore[index]
    assert low < 0.02 < high
    assert any("only 2 devices" in each for each in fit.warnings)


def outcome(part: pl.DataFrame) -> tuple[list[float], str]:
    """All fitted numbers, or the refusal."""
    try:
        return [each for row in fitted(part).rows.values() for each in row.numbers], ""
    except MeasurementError as error:
        return [], str(error)


@pytest.mark.parametrize("experiment", ["set", "reset", "read", "relaxation", "retention"])
def test_whatever_is_left_of_a_table_is_fitted_or_refused_in_a_line(wafer: pl.DataFrame, experiment: str) -> None:
    table, random = only(wafer, experiment), np.random.default_rng(7)
    devices = table["device"].unique(maintain_order=True).to_list()
    parts = [
        table.head(1),
        table.head(3),
        table.filter(pl.col("device") == devices[0]),
        table.filter(pl.col("device").is_in(devices[:2])),
        table.unique("device", keep="first", maintain_order=True),
        table.unique(["device"], keep="last", maintain_order=True),
        table.filter(pl.Series(random.random(table.height) < 0.1)),
        table.with_columns((pl.col("conductance_microsiemens") * 0 + 30).alias("conductance_microsiemens")),
        table.with_columns(pl.lit(1.0).alias("time_s")).unique(["device", "cycle"], maintain_order=True),
    ]
    for part in parts:
        numbers, refused = outcome(part)
        assert all(map(math.isfinite, numbers))
        assert bool(numbers) != bool(refused)
        assert not refused or ("lot.csv, line" in refused and "\n" not in refused)
