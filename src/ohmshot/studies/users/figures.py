"""Figures of the study of users over the years."""

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, look, panels
from ohmshot.studies.users.tables import PART_COLUMNS, PARTS
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Accuracy, wear and energy over the years, and what a day takes from the battery."""
    return [_years(result.tables["years"]), _battery(result.tables["battery"])]


def _years(table: pl.DataFrame) -> CaptionedFigure:
    lives, cares = (table[name].unique(maintain_order=True).to_list() for name in ("life", "care"))
    figure, axes = panels(4.6, 2, len(cares), sharex=True, sharey="row")
    for column, care in enumerate(cares):
        for number, life in enumerate(lives):
            rows = table.filter(life=life, care=care)
            shown = look(number) | {"markersize": 4}
            # Side by side, or the whiskers of equal accuracies would hide one another.
            beside = rows["year"] * (1 + 0.012 * (number - (len(lives) - 1) / 2))
            half = rows["fresh_loss_ci95_percent"]
            axes[0, column].errorbar(
                beside, rows["fresh_loss_percent"], half, elinewidth=0.6, linewidth=1, label=life, **shown
            )
            axes[0, column].plot(
                beside, rows["drifted_loss_percent"], linestyle="none", markerfacecolor="white", **shown
            )
            axes[1, column].plot(rows["year"], rows["most_cycles"], linewidth=1, **shown)
        axes[0, column].set_title(care)
        axes[1, column].set(yscale="log", xlabel="years of use", xlim=(0, None))
    axes[0, 0].set(ylabel="lost to the hardware (points)")
    axes[1, 0].set(ylabel="cycles of the most worn cell")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    caption = (
        "Users over the years, by what the host does before a new one: it only writes the initialisation back where "
        "the last user changed it (a, c), or it verifies every cell as well (b, d). (a, b) Accuracy lost against exact"
        " weights on the same tasks, right after learning (filled, with 95 % intervals over chips) and half of the "
        "user's stay later (open). (c, d) SET/RESET cycles of the most worn cell, mean over chips."
    )
    return CaptionedFigure("users-years", figure, caption)


def _battery(table: pl.DataFrame) -> CaptionedFigure:
    rows = table.filter(care=table["care"][0])
    lives = rows["life"].to_list()
    figure, axes = panels(1.2 + 0.28 * len(lives), 1, 2, sharey=True, width_ratios=(2.2, 1))
    for number, (part, label) in enumerate(PARTS.items()):
        joules = rows[PART_COLUMNS[part]]
        axes[0].plot(joules, range(len(lives)), linestyle="none", label=label, markersize=5, **look(number))
    axes[0].plot(rows["device_mj_a_day"], range(len(lives)), "|", color="black", markersize=12, label="device in all")
    axes[0].set(xscale="log", xlabel="energy (mJ a day)")
    axes[1].barh(range(len(lives)), rows["battery_days"] / 365.25, color=COLOURS[5], height=0.6)
    axes[1].set(xlabel="life of a coin cell (years)")
    axes[0].set_yticks(range(len(lives)), lives)
    axes[0].set_ylim(len(lives) - 0.5, -0.5)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    caption = (
        "A day of use: (a) energy by part, on the chip and on the processor beside it, which computes the fixed "
        "layers; (b) how long a coin cell lasts, at most its shelf life. Sensor and other peripherals are not "
        "counted."
    )
    return CaptionedFigure("users-battery", figure, caption)
