"""Figures of the incremental study."""

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import curve, look, panels
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Accuracy about all classes so far and about the first ones, and what learning took."""
    table, published = result.tables["stages"], result.tables["published"]
    figure, axes = panels(3.2, 1, 3, sharex=True)
    shown = {"accuracy_percent": "ci95_percent", "first_classes_percent": "first_classes_ci95_percent"}
    for number, ((rule,), rows) in enumerate(table.group_by("rule", maintain_order=True)):
        for axis, (name, half) in zip(axes, shown.items(), strict=False):
            curve(axis, rows["classes"], rows[name], rows[half], number, str(rule))
        axes[2].plot(rows["classes"], rows["learning_uj"], **look(number))
    first = table.filter(rule=table["rule"][0])
    mean = first["nearest_mean_percent"]
    axes[0].plot(first["classes"], mean, label="nearest mean in software", linestyle="--", **look(3))
    axes[0].plot(
        published["classes"], published["published_percent"], "x", color="0.4", label="published, other protocol"
    )
    axes[0].set(ylabel="accuracy about all classes so far (%)")
    axes[1].set(ylabel="accuracy about the first classes (%)")
    axes[2].set(ylabel="energy of learning (µJ)", yscale="log")
    for axis in axes:
        axis.set(xlabel="classes so far")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    text = (
        "Classes one after another: accuracy, among all classes so far, (a) about all of them and (b) about the first "
        f"{first['classes'][0]}; (c) energy of learning so far. No drawing is kept; only chips that learn all "
        "classes at once see old drawings again. The rule of one column a class was chosen on background characters. "
        "Bands are 95 % intervals over episodes."
    )
    return [CaptionedFigure("incremental", figure, text)]
