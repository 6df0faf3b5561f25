"""The figure of a fleet: how its chips are spread."""

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, panels, paper_style, share_curve


def fleet_figures(chips: pl.DataFrame, required_accuracy: float) -> dict[str, CaptionedFigure]:
    """Draw the distributions of accuracy and energy over chips, by name.

    Args:
        chips: one row a chip (`ohmshot.adapt.fleet.work.FleetWork.rows`).
        required_accuracy: what a good chip reaches, a share of 1.
    """
    with paper_style():
        figure, (accuracy, energy) = panels(2.6, 1, 2)
        for name, style in (("adapted", "-"), ("baked", ":")):
            share_curve(accuracy, chips[f"accuracy_{name}_percent"], style, COLOURS[0], name, "above")
        share_curve(energy, 1e9 * chips["energy_adaptation_j"], "-", COLOURS[0], "updates", "below")
        accuracy.axvline(100 * required_accuracy, color="0.6", linewidth=0.8)
        accuracy.set(xlabel="accuracy (%)", ylabel="chips that reach it (%)")
        accuracy.legend(loc="lower left")
        energy.set(xlabel="energy of five updates (nJ)", ylabel="chips that take at most that (%)")
    caption = "Share of the chips (a) that reach an accuracy, the line being the required one; (b) by energy."
    return {"distribution": CaptionedFigure("fleet-distribution", figure, caption)}
