"""A fleet on a terminal."""

from ohmshot.adapt.fleet.result import FleetResult
from ohmshot.foundation.sentences import counted
from ohmshot.report.adaptation_words import ENERGY_COUNTED, task_words
from ohmshot.report.table import Shown, terminal_table

SHOWN = (
    ("accuracy_before_percent", "accuracy before", 1, "%"),
    ("accuracy_adapted_percent", "accuracy adapted", 1, "%"),
    ("accuracy_baked_percent", "accuracy baked", 1, "%"),
    ("accuracy_exact_percent", "accuracy exact", 1, "%"),
    ("cells_written", "cells written", 1, ""),
    ("pulses_adaptation", "pulses of the updates", 1, ""),
    ("energy_initialisation_j", "energy of the initialisation", 1e9, "nJ"),
    ("energy_adaptation_j", "energy of the updates", 1e9, "nJ"),
    ("cells_missed", "cells missed", 1, ""),
)
"""Column, words, factor, unit."""


def fleet_tables(result: FleetResult) -> list[Shown]:
    """One row a measurement, and the yields below."""
    run = result.run
    shares = ", ".join(
        f"{name.split('_')[1]} {100 * each.share:.2f} % ({100 * each.low:.2f} to {100 * each.high:.2f})"
        for name, each in result.yields.items()
    )
    title = f"{run.data}: {task_words(run.ways, run.shots, run.scope)} on {counted(run.chips, 'chip')}, {run.strategy}"
    rows = []
    for name, words, factor, unit in SHOWN:
        column = result.columns[name]
        values = (column.mean, column.mean_ci95, *(column.percentiles[each] for each in (1, 50, 99)))
        rows.append((f"{words} {unit}".strip(), *(f"{factor * value:.2f}" for value in values)))
    lines = [f"yield over {100 * result.required_accuracy:g} %: {shares}"]
    if (half := result.accuracy_adapted_ci95_groups_percent) is not None:
        lines.append(f"accuracy adapted over new groups (alphabets, people): +- {half:.2f} %")
    lines.append(ENERGY_COUNTED)
    if result.loss_to_exact_weights is not None and result.loss_to_exact_weights.large:
        lines.append(result.loss_to_exact_weights.words)
    return [terminal_table(title, ("", "mean", "95 % +-", "1 %", "median", "99 %"), rows), *lines]
