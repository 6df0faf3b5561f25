"""How long a chip remembers: level spread against bake time and temperature."""

from dataclasses import dataclass

import polars as pl
import torch

from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.strategies import strategy_named
from ohmshot.host.strategies.write_verify import StrategySettings
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings

SETTLE_SECONDS = 6.0
"""Between programming and the first look (Bonnet et al. 2023: statistics after 6 s)."""


@dataclass(frozen=True)
class Grid:
    """Bake times in s and temperatures in degrees C."""

    seconds: tuple[float, ...]
    celsius: tuple[float, ...]


GRIDS = {
    "default": Grid((60, 600, 3600, 6 * 3600, 12 * 3600, 36 * 3600, 360_000), (25, 75, 105, 125, 150, 175, 200)),
    "small": Grid((60, 12 * 3600, 360_000), (25, 150)),
}


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Program chips with all levels, bake them, and look at every level."""
    grid = GRIDS[settings.size]
    levels = _level_spread(settings, grid, progress)
    worst = levels.filter(pl.col("target_us") > settings.parameters.values.reset_conductance).sort("sigma_us").tail(1)
    row = worst.row(0, named=True)
    finding = (
        f"The level that spreads most is {row['target_us']:.1f} uS after {row['bake_s'] / 3600:.3g} h at "
        f"{row['celsius']:g} °C: {row['sigma_us']:.2f} uS, mean moved by {row['shift_us']:+.2f} uS."
    )
    return Measurement({"levels": levels}, (finding,))


def _level_spread(settings: StudySettings, grid: Grid, progress: Progress) -> pl.DataFrame:
    """Mean and standard deviation of every level after each bake."""
    crossbar = SimulatedCrossbar(settings.parameters.values, Circuit(), settings.seed, list(range(settings.chips)))
    sheet = crossbar.datasheet
    targets = torch.tensor((sheet.reset_conductance, *sheet.level_conductances))
    level = torch.arange(settings.chips * sheet.cells) % len(targets)
    everything = torch.arange(settings.chips * sheet.cells)
    crossbar.form(everything)
    strategy_named(settings.strategy)(crossbar, everything, targets[level], StrategySettings())
    crossbar.wait(SETTLE_SECONDS)
    fresh, start = crossbar.state, crossbar.true_conductances().flatten()
    rows = []
    for number, celsius in enumerate(grid.celsius):
        crossbar.state, waited = fresh, 0.0
        for seconds in grid.seconds:
            crossbar.wait(seconds - waited, celsius)
            waited = seconds
            now = crossbar.true_conductances().flatten()
            for i, target in enumerate(targets.tolist()):
                here = now[level == i]
                rows.append(
                    {
                        "celsius": float(celsius),
                        "bake_s": float(seconds),
                        "target_us": target,
                        "mean_us": float(here.mean()),
                        "shift_us": float(here.mean() - start[level == i].mean()),
                        "sigma_us": float(here.std()),
                        "cells": here.numel(),
                    }
                )
        progress(number + 1, len(grid.celsius))
    return pl.DataFrame(rows)


STUDY = Study(
    name="retention",
    title="Retention: what a bake leaves",
    question="How far do the levels of a cell move and spread with bake time and temperature?",
    measure=measure,
    counts={"default": Counts(20, 500), "small": Counts(2, 10)},
    assumptions={
        "retention_activation_energy": "not swept yet",
        "retention_loss": "not swept yet",
        "retention_spread": "not swept yet",
        "relaxation_saturation": "not swept",
    },
)
