import polars as pl
import pytest

from ohmshot.adapt.fleet.result import fleet_result
from ohmshot.adapt.fleet.settings import FleetRun
from ohmshot.report.fleet_table import SHOWN, fleet_tables

RUN = FleetRun(
    data="invented",
    ways=5,
    shots=5,
    queries=15,
    chips=200,
    seed=0,
    strategy="hybrid",
    parameters="p",
    parameter_values="",
    bundle="",
    bake_hours=12,
    bake_celsius=150,
)


def test_worst_chips_yield_and_percentiles_are_those_of_the_rows() -> None:
    percents = [50.0, 70.0] + [90.0] * 98 + [100.0] * 100
    rows = pl.DataFrame(
        {"chip": range(200), "accuracy_adapted_percent": percents, "accuracy_baked_percent": [100.0] * 200}
    ).with_columns(
        accuracy_exact_percent=pl.lit(100.0),
        accuracy_of_cells_percent=pl.lit(100.0),
        signal_share=pl.lit(0.5),
        clipped_conversions_share=pl.lit(0.0),
        clipped_inputs_share=pl.lit(0.0),
        **{name: pl.lit(0.0) for name, *_ in SHOWN if not name.startswith("accuracy") or "before" in name},
    )
    result = fleet_result(rows, RUN, 1.2, 0.95, (), 1.0)
    assert result.worst_one_percent == {"accuracy_adapted_percent": pytest.approx(60), "accuracy_baked_percent": 100}
    adapted = result.yields["accuracy_adapted_percent"]
    assert adapted.share == 0.5
    # Wilson (1927) for 100 of 200.
    assert (adapted.low, adapted.high) == pytest.approx((0.4314, 0.5686), abs=1e-4)
    assert result.yields["accuracy_baked_percent"].low == pytest.approx(0.9812, abs=1e-4)
    assert result.columns["accuracy_adapted_percent"].percentiles[50] == pytest.approx(95)
    assert result.accuracy_adapted_ci95_groups_percent == 1.2
    assert result.columns["accuracy_adapted_percent"].mean == pytest.approx(sum(percents) / 200)
    loss = result.loss_to_exact_weights
    assert loss is not None
    assert loss.points == pytest.approx(100 - sum(percents) / 200)
    assert (loss.large, loss.causes) == (True, ("lines",))
    assert loss.words in fleet_tables(result)
