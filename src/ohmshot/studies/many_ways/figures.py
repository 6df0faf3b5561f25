"""Figures of the many-ways study."""

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import curve, look, panels
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Accuracy against the number of classes, beside the nearest mean and what was published."""
    table, published = result.tables["tasks"], result.tables["published"]
    most = max(table["shots"].to_list())
    figure, axes = panels(3.2, 1, 2)
    for number, ((shots,), rows) in enumerate(table.sort("shots").group_by("shots", maintain_order=True)):
        by_ways = rows.sort("ways")
        label = f"{shots} drawing{'s' * (shots != 1)} a class"
        curve(axes[0], by_ways["ways"], by_ways["accuracy_percent"], by_ways["ci95_percent"], number, label)
    stated = "published, other splits and protocols"
    axes[0].plot(published["ways"], published["published_percent"], "x", color="0.4", label=stated)
    rows = table.filter(shots=most).sort("ways")
    curve(axes[1], rows["ways"], rows["accuracy_percent"], rows["ci95_percent"], table["shots"].n_unique() - 1)
    beside = {"software": "five updates in software", "nearest_mean": "nearest mean in software", "baked": "baked"}
    for number, (name, label) in enumerate(beside.items(), 3):
        axes[1].plot(rows["ways"], rows[f"{name}_percent"], label=label, linestyle="--", **look(number))
    ways = table["ways"].unique().sort().to_list()
    for axis in axes:
        axis.set(xscale="log", xlabel="classes", ylabel="accuracy (%)")
        axis.set_xticks(ways, [str(each) for each in ways])
        axis.minorticks_off()
    shown = [axis.get_legend_handles_labels() for axis in axes]
    handles, labels = ([each for part in parts for each in part] for parts in zip(*shown, strict=True))
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    text = (
        "Accuracy after five updates on the chip against the number of classes: (a) by the number of drawings learned "
        f"from, with published accuracies of chips, whose splits and protocols differ; (b) with {most} drawings, "
        "beside software. Bands are 95 % intervals over episodes."
    )
    return [CaptionedFigure("many-ways", figure, text)]
