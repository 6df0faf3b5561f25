"""Relaxation, drift and retention against published figures."""

import math
from collections.abc import Iterator

from ohmshot.adapt.bake import STANDARD_BAKE, stored_until
from ohmshot.cell import ageing
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.noise import flicker_spread
from ohmshot.cell.technology import retention_time_constant, technology
from ohmshot.foundation.compiled import F32
from ohmshot.foundation.units import DAY_S, ROOM_CELSIUS, YEAR_S
from ohmshot.studies.validation.cells import at_level, exactly_programmed, mean_and_sigma, now, reset_to, robust_sigma
from ohmshot.studies.validation.comparison import Comparison, Kind
from ohmshot.studies.validation.published import (
    ESMANHOTTO,
    ESMANHOTTO_LEVELS,
    ESMANHOTTO_MEANS,
    ESMANHOTTO_SPREADS,
    FALCONE,
    RADAR,
    RADAR_BAKE,
    VLSI_SUMMARY,
    WAN,
    WAN_POLYNOMIALS,
    WEEBIT,
    polynomial,
)

TEN_YEARS_S = 10 * YEAR_S


def relaxation_after_set(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Mean and spread of eight levels from a minute to an hour; the spread of programming itself is added in squares.

    What their programming had spread is the published line of each level extrapolated to 1 s, as in the set.
    """
    exact = exactly_programmed(parameters)
    for level, conductance in enumerate(ESMANHOTTO_LEVELS):
        chip = at_level(exact, conductance, seed)
        programming = max(
            parameters.relaxation_spread_at_60_s[level]
            - parameters.relaxation_spread_per_decade[level] * math.log10(60.0),
            0.0,
        )
        for seconds in stored_until(chip, sorted({*ESMANHOTTO_MEANS, *ESMANHOTTO_SPREADS}), ROOM_CELSIUS):
            mean, sigma = mean_and_sigma(now(chip))
            at = f"{conductance:g} uS, {seconds:g} s after"
            if seconds in ESMANHOTTO_MEANS:
                published = ESMANHOTTO_MEANS[seconds][level]
                yield Comparison(f"mean of level {at}", "fitted", ESMANHOTTO, published, mean, "uS", 0.02)
            else:
                published = ESMANHOTTO_SPREADS[seconds][level]
                ours = math.hypot(sigma / conductance, programming)
                yield Comparison(f"sigma / mean of level {at}", "fitted", ESMANHOTTO, published, ours, "1")


def relaxation_after_reset(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Spread of cells reached by RESET after a second, a day and two days."""
    for conductance in (10.0, 20.0, 30.0, 38.0):
        chip = reset_to(exactly_programmed(parameters), conductance, seed)
        for seconds in stored_until(chip, WAN_POLYNOMIALS, ROOM_CELSIUS):
            published, ours = polynomial(conductance / 40, WAN_POLYNOMIALS[seconds]), mean_and_sigma(now(chip))[1]
            subject = f"sigma at {conductance:g} uS, {seconds:g} s after incremental programming"
            kind: Kind = "fitted" if seconds < 100_000 else "predicted"
            yield Comparison(subject, kind, WAN, published, ours, "uS")


def drift_of_cmo(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Drift of the mean, spread and read noise of CMO/HfOx from a day to ten years."""
    for conductance in (20.0, 50.0, 90.0):
        chip = at_level(exactly_programmed(parameters), conductance, seed)
        for seconds in stored_until(chip, (DAY_S, TEN_YEARS_S), ROOM_CELSIUS):
            mean, sigma = mean_and_sigma(now(chip))
            at = f"{conductance:g} uS, {seconds:.3g} s"
            drifted = -0.0890 * math.log(seconds)
            spread = 0.042 * math.log(seconds) + 0.412
            yield Comparison(f"drift of the mean, {at}", "fitted", FALCONE, drifted, mean - conductance, "uS")
            ours = math.hypot(sigma, 0.412)
            yield Comparison(f"sigma by relaxation, {at}", "fitted", FALCONE, spread, ours, "uS")
            published = 0.0277 * math.log10(conductance) * math.sqrt(math.log((seconds + 1e-6) / 2e-6))
            noise = float(flicker_spread(F32(conductance), F32(seconds), technology(parameters)))
            yield Comparison(f"read noise, {at}", "fitted", FALCONE, published, noise, "uS", 0.01)


def arrhenius(parameters: CellParameters) -> Iterator[Comparison]:
    """Years that the standard bake stands for, and conductance left after the retention of a qualified module."""
    years = STANDARD_BAKE.seconds * ageing.acceleration(STANDARD_BAKE.celsius, parameters) / YEAR_S
    yield Comparison("12 h at 150 °C stand for, at 75 °C", "fitted", VLSI_SUMMARY, 10.0, years, "years", 0.05)
    equivalent = TEN_YEARS_S * ageing.acceleration(125, parameters)
    kept = math.exp(-equivalent / retention_time_constant(parameters))
    loss_that_halves = 1 - 0.5 ** (parameters.retention_reference_time / equivalent)
    # A binary module still reads right when half of the conductance above the reset state is left.
    yield Comparison(
        "share of the conductance kept after 10 years at 125 °C (binary module, half would do)",
        "predicted",
        WEEBIT,
        0.5,
        kept,
        "1",
        bound="at least",
        remark="retention_loss is tuned to the multi-level claim at 150 °C and pessimistic for ten years at 125 °C: "
        f"{100 * loss_that_halves:.2g} % in ten years at 75 °C would do",
    )


def radar_bake(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Half an hour at 80 °C on cells of another make."""
    for conductance, shift, sigma in RADAR_BAKE:
        reached = at_level if conductance >= parameters.set_conductances[0] else reset_to
        chip = reached(exactly_programmed(parameters), conductance, seed)
        # They look a while after programming; a minute is assumed.
        chip.wait(60.0, ROOM_CELSIUS)
        before = now(chip)
        chip.wait(1800.0, 80.0)
        change = now(chip) - before
        at = f"by 30 min at 80 °C from {conductance:g} uS"
        ours = float(now(chip).median() - before.median())
        yield Comparison(f"shift of the median {at}", "other technology", RADAR, shift, ours, "uS")
        spread = robust_sigma(change)
        yield Comparison(f"sigma of the change {at}", "other technology", RADAR, sigma, spread, "uS")
