"""Figures of the faults study."""

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import look, single_column
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Draw the accuracy under each fault, by care."""
    table = result.tables["faults"]
    faults = table["fault"].unique(maintain_order=True).to_list()
    place = {name: -i for i, name in enumerate(faults)}
    figure = single_column(0.24 * len(faults) + 1.3)
    axis = figure.subplots()
    kinds = {
        "nothing": "nothing is done",
        "tests where it misses": "tested where it misses",
        "tests before": "tested before",
    }
    for number, (host, label) in enumerate([*kinds.items(), ("other", "as in the table")]):
        part = table.filter(pl.col("host") == host if host in kinds else ~pl.col("host").is_in(list(kinds)))
        if not part.height:
            continue
        rows = [place[name] + 0.18 * (1 - number) * (host in kinds) for name in part["fault"]]
        mean, half = part["accuracy_percent"], part["ci95_percent"]
        axis.errorbar(mean, rows, xerr=half, linestyle="none", capsize=2, label=label, **look(number))
    axis.set_yticks(list(place.values()), list(place))
    axis.set_xlabel("accuracy after five updates (%)")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    text = "Accuracy with injected faults, by what the host does about them. Whiskers are 95 % intervals over episodes."
    return [CaptionedFigure("faults", figure, text)]
