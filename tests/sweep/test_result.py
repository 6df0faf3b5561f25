import polars as pl
import pytest

from ohmshot.sweep.file import SweepFile
from ohmshot.sweep.result import SweepResult, as_good, axis_results, setting_results, without_effect
from small_sweep import along

AXES = (along("strategy.tolerance", values=[1, 2]), along("strategy.damping", values=[0.5, 0.8]))
POINTS = {0: (1.0, 0.5), 1: (1.0, 0.8), 2: (2.0, 0.5), 3: (2.0, 0.8)}


def rows() -> pl.DataFrame:
    """Four settings of four chips: tolerance takes 10 per cent from every chip, damping does nothing."""
    return pl.DataFrame(
        [
            {
                "alphabets": "held-out",
                "setting": number,
                "strategy.tolerance": tolerance,
                "strategy.damping": damping,
                "chip": chip,
                "seed": 0,
                "strategy": "hybrid",
                "accuracy_adapted_percent": 90 + 2 * chip,
                "accuracy_baked_percent": 90.0 + 2 * chip - (10 if tolerance > 1 else 0.0),
                "energy_initialisation_j": 1e-6,
                "energy_adaptation_j": (3e-7 if tolerance > 1 else 4e-7) + 1e-8 * chip,
            }
            for number, (tolerance, damping) in POINTS.items()
            for chip in (2, 0, 1, 3)
        ]
    )


def result() -> SweepResult:
    return SweepResult(
        file=SweepFile.model_validate({"vary": {"strategy": {"tolerance": {"values": [1, 2]}}}}),
        data="invented",
        bundle="",
        axes=axis_results(AXES),
        settings=setting_results(rows(), AXES, POINTS, 0.95),
        as_good=as_good(rows(), "accuracy_baked_percent", "energy_adaptation_j"),
        without_effect=without_effect(rows(), AXES),
        search=None,
        citations=(),
        wall_seconds=1.0,
    )


def test_differences_are_chip_by_chip_so_that_chips_do_not_blur_them() -> None:
    first, _, third, _ = result().settings
    assert first.measured["accuracy_baked_percent"].ci95 > 2
    assert first.differences["accuracy_baked_percent"].mean == 0
    assert third.differences["accuracy_baked_percent"].mean == pytest.approx(-10)
    assert third.differences["accuracy_baked_percent"].ci95 == pytest.approx(0, abs=1e-12)
    assert third.differences["energy_all_j"].mean == pytest.approx(-1e-7)
    assert third.values == {"strategy.tolerance": 2.0, "strategy.damping": 0.5}
    assert third.yields["accuracy_adapted_percent"].share == 0.25
    assert third.yields["accuracy_baked_percent"].share == 0


def test_a_parameter_that_nothing_uses_is_named() -> None:
    assert result().without_effect == ("strategy.damping",)


def test_the_front_holds_what_nothing_beats_in_both() -> None:
    assert [each.setting for each in result().front] == [2, 0]


def test_the_cheapest_as_good_is_not_less_accurate_by_more_than_chance() -> None:
    found = as_good(rows(), "accuracy_baked_percent", "energy_adaptation_j")
    assert (found.best, found.cheapest) == (0, 0)  # tolerance 2 costs less but loses on every chip
    baked = pl.col("accuracy_baked_percent")
    blurred = rows().with_columns(
        pl.when(pl.col("setting") == 2)
        .then(99.0 - 5 * (pl.col("chip") % 2))
        .otherwise(baked)
        .alias("accuracy_baked_percent")
    )
    again = as_good(
        blurred.with_columns(
            pl.when(pl.col("setting") == 1).then(97.0).otherwise(baked).alias("accuracy_baked_percent")
        ),
        "accuracy_baked_percent",
        "energy_adaptation_j",
    )
    assert (again.best, again.cheapest) == (1, 2)
    assert again.difference.mean == pytest.approx(-0.5)


def test_a_result_is_read_back_as_it_was_written() -> None:
    assert SweepResult.model_validate_json(result().model_dump_json()) == result()
