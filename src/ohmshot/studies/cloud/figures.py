"""Figures of the cloud study."""

import numpy as np
import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, MARKERS, look, note, panels, single_column
from ohmshot.studies.cloud.acts import PARTS
from ohmshot.studies.cloud.tables import PART_COLUMNS
from ohmshot.study.study_result import StudyResult

COLOUR_OF_PART = dict(zip(PARTS, (COLOURS[0], COLOURS[5], COLOURS[1], COLOURS[4], COLOURS[7]), strict=True))


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Energy of one act, energy of a day of use, and the break-even."""
    tables = result.tables
    return [_acts(tables["acts"]), _uses(tables["uses"]), _processor(tables["processor"], tables["acts"])]


def _acts(table: pl.DataFrame) -> CaptionedFigure:
    """Dots on a logarithmic axis: stacked bars would show sums that the eye cannot read there."""
    ways, acts = (table[name].unique(maintain_order=True).to_list() for name in ("way", "act"))
    figure, axes = panels(2.3, 1, len(acts), sharey=True)
    for axis, act in zip(axes, acts, strict=True):
        rows = table.filter(act=act)
        for marker, part in zip(MARKERS, PARTS, strict=False):
            millijoules = rows[PART_COLUMNS[part]].to_numpy()
            shown = millijoules > 0
            axis.plot(
                millijoules[shown],
                np.arange(len(ways))[shown],
                marker,
                color=COLOUR_OF_PART[part],
                label=part,
                markersize=5,
            )
        axis.plot(rows["device_mj"], range(len(ways)), "|", color="black", markersize=13, label="sum on the device")
        axis.set(xscale="log", xlabel="energy (mJ)", title=act)
    axes[0].set_yticks(range(len(ways)), ways)
    axes[0].set_ylim(len(ways) - 0.5, -0.5)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(PARTS) + 1)
    caption = (
        "Energy of (a) one classification and (b) learning one 5-shot task, by part: chip and processor on the device, "
        "or radio, network and data centre. Parts that take nothing are not drawn; gateways and base stations "
        "are not counted."
    )
    return CaptionedFigure("cloud-acts", figure, caption)


def _uses(table: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.5, 1, 2)
    for number, ((way,), rows) in enumerate(table.group_by("way", maintain_order=True)):
        shown = look(number) | {"markevery": 4, "markersize": 4}
        axes[0].plot(rows["pictures_a_day"], rows["device_mj_a_day"], label=way, **shown)
        axes[1].plot(rows["pictures_a_day"], rows["battery_days"] / 365.25, label=way, **shown)
    for axis in axes:
        axis.set(xscale="log", yscale="log", xlabel="pictures a day")
    axes[0].set(ylabel="energy of the device (mJ a day)")
    axes[1].set(ylabel="life of a coin cell (years)")
    axes[0].legend()
    caption = (
        "A day of use with the stated adaptations: (a) what the device takes, (b) how long a coin cell lasts, at most "
        "its shelf life. The sleeping processor is counted, sensor and sleeping radio are not."
    )
    return CaptionedFigure("cloud-uses", figure, caption)


def _processor(table: pl.DataFrame, acts: pl.DataFrame) -> CaptionedFigure:
    figure = single_column(2.5)
    axis = figure.subplots()
    axis.plot(table["processor_pj_per_mac"], table["device_mj"], color=COLOURS[0], label="on the device")
    first = acts["act"][0]
    for number, row in enumerate(acts.filter(act=first).slice(1).iter_rows(named=True), 1):
        axis.axhline(row["device_mj"], color=COLOURS[number], linestyle=("--", "-.", ":")[(number - 1) % 3])
        note(axis, row["way"], (0.1, row["device_mj"]), (0, 2))
    local = acts.row(0, named=True)
    macs = table["device_mj"][-1] / table["processor_pj_per_mac"][-1]
    axis.plot(local["device_mj"] / macs, local["device_mj"], "o", color=COLOURS[0])
    note(axis, "stated processor", (local["device_mj"] / macs, local["device_mj"]), (4, -10))
    axis.set(xscale="log", yscale="log", xlabel="processor (pJ a MAC)", ylabel="one classification (mJ)")
    caption = (
        "Energy that the device takes for one classification against the price of a multiply-accumulate (MAC) of its "
        "processor: computed there (line), or sent away (dashed). Where they cross, it does not matter to the battery."
    )
    return CaptionedFigure("cloud-processor", figure, caption)
