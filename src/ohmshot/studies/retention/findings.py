"""Findings of the retention study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.foundation.sentences import counted, listed, number_text, points, span
from ohmshot.studies.retention.tables import ACTIVATION_ENERGIES, STATED_EV

HOURS = "hours_to_90_percent_right_at_150_celsius"


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on the bake, the levels, the years of use, the assumptions and the repairs."""
    yield f"12 h at 150 °C and 10 years at 75 °C are the same ageing for an activation energy of {STATED_EV:.3f} eV."
    yield from _technologies(tables["technologies"])
    at_bake = {"bake_celsius": STANDARD_BAKE.celsius, "bake_h": STANDARD_BAKE.hours}
    for row in tables["accuracy"].filter(**at_bake).iter_rows(named=True):
        yield (
            f"After that bake {row['accuracy_percent']:.2f} ± {row['ci95_percent']:.2f} % are right, "
            f"{points(-row['lost_percent'], 'more than', 'less than', 'as many as')} before it."
        )
    for row in tables["levels"].filter(**at_bake).sort("sigma_microsiemens").tail(1).iter_rows(named=True):
        yield (
            f"The level at {row['target_microsiemens']:.1f} µS then spreads most: {row['sigma_microsiemens']:.1f} µS, "
            f"with its mean at {row['mean_microsiemens']:.1f} µS."
        )
    years = tables["lifetime"].filter(use_celsius=85.0)["years_to_90_percent_right"].drop_nulls().to_list()
    if years:
        fewest, most = (number_text(end(years), 2) for end in (min, max))
        yield (
            f"At 85 °C accuracy falls to 90 % after {span(fewest, most)} {'year' if most == '1' else 'years'}, "
            f"as the activation energy goes from {min(ACTIVATION_ENERGIES):g} to {max(ACTIVATION_ENERGIES):g} eV."
        )
    yield from _sensitivity(tables["sensitivity"])
    yield _repair(tables["repair"])


def _technologies(table: pl.DataFrame) -> Iterator[str]:
    """What is kept on each technology, and what the bake equals there."""
    kept = listed(
        [
            f"{row['parameters']} {row['baked_accuracy_percent']:.2f} ± {row['baked_accuracy_ci95_percent']:.2f} % "
            f"(before {row['accuracy_percent']:.2f}, after 10 years at 75 °C {row['stored_accuracy_percent']:.2f}; "
            f"{row['energy_uj']:.2f} µJ)"
            for row in table.iter_rows(named=True)
        ]
    )
    yield f"After 12 h at 150 °C are right on {kept}."
    for row in table.drop_nulls(["by_loss_low_years", "by_relaxation_years"]).iter_rows(named=True):
        yield (
            f"On {row['parameters']} that bake is as much loss as {counted(row['by_loss_years'], 'year', digits=2)} at "
            f"75 °C ({number_text(row['by_loss_low_years'], 2)} to {number_text(row['by_loss_high_years'], 2)}), "
            f"and as much relaxation as {counted(row['by_relaxation_years'], 'year', digits=2)}: one bake does not "
            "stand for both."
        )


def _sensitivity(table: pl.DataFrame) -> Iterator[str]:
    """The assumed row that moves the time to the line most."""
    middle = table[HOURS][0]
    moved = table.slice(1).with_columns((pl.col(HOURS) / middle).log().abs().alias("moved")).drop_nulls("moved")
    if middle and len(moved):
        row = moved.sort("moved").row(-1, named=True)
        yield (
            f"At 150 °C the 90 % line is reached after {number_text(middle)} h; of the assumed rows {row['row']} moves "
            f"this most: {number_text(row[HOURS])} h at {row['value']}."
        )


def _repair(table: pl.DataFrame) -> str:
    """Gain of every repair after the bake that costs most accuracy."""
    hurt = table.filter(repair="none").sort("accuracy_percent").row(0, named=True)
    there = table.filter(pl.col("repair") != "none", bake_h_at_150_celsius=hurt["bake_h_at_150_celsius"])
    repaired = ", ".join(
        f"{row['repair']} {row['accuracy_percent']:.1f} % ({number_text(row['energy_uj'], 2)} µJ)"
        for row in there.iter_rows(named=True)
    )
    return (
        f"After {hurt['bake_h_at_150_celsius']:g} h at 150 °C, {hurt['accuracy_percent']:.1f} % unrepaired: {repaired}."
    )
