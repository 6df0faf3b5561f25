"""A sweep on a terminal, and what can be swept."""

from collections.abc import Sequence

from rich.table import Table

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.host.strategies.strategy import settings_of
from ohmshot.report.sweep_words import NANO, nanojoules, percent, signed, sweep_words
from ohmshot.report.table import Shown, terminal_table
from ohmshot.sweep.configuration import default_configuration, value_text
from ohmshot.sweep.parameters import GROUPS, parameters
from ohmshot.sweep.result import SettingResult, SweepResult

ROWS_SHOWN = 40
Columns = dict[str, list[str]]
"""Cells of a table by heading."""


def sweep_tables(result: SweepResult) -> list[Shown]:
    """One row a setting, with what settings are compared by, and findings; of many settings the front alone.

    The values of more than two parameters have a table of their own, so that both fit a terminal.
    """
    shown, more = result.settings, ""
    if len(shown) > ROWS_SHOWN:
        shown, more = result.front, f" (the front of {len(result.settings)}; all are in --json and --report)"
    run, findings = result.file.run, [f"- {words}" for words in sweep_words(result)]
    title = f"{result.file.title or result.file.method}: {result.data}, {run.strategy}, {run.parameters}{more}"
    values, measured = setting_columns(result, shown, (result.accuracy_column,))
    if len(result.axes) > 2:
        number = dict(list(values.items())[:1])
        return [_table(title, values), _table("", number | measured), *findings]
    measured.pop("difference nJ")
    return [_table(title, values | measured), *findings]


def _table(title: str, columns: Columns) -> Table:
    headings = [heading.replace(" ", "\n").replace("_", "\n") for heading in columns]
    return terminal_table(title, headings, zip(*columns.values(), strict=True), text=0)


def setting_columns(
    result: SweepResult, settings: Sequence[SettingResult], accuracies: Sequence[str]
) -> tuple[Columns, Columns]:
    """Return number and values of settings, and their measurements; accuracies by their columns.

    Differences are from the first setting of the sweep; they and the yield are of what settings are compared by.
    """
    accuracy, energy = result.accuracy_column, result.energy_column
    values: Columns = {"no.": [str(each.setting) for each in settings]}
    for axis in result.axes:
        values[axis.column.replace(".", " ")] = [value_text(each.values[axis.column], 4) for each in settings]
    measured: Columns = {
        f"{name.removeprefix('accuracy_').removesuffix('_percent')} %": [
            percent(each.measured[name]) for each in settings
        ]
        for name in accuracies
    }
    measured |= {
        "difference %": [signed(each.differences[accuracy], 1, 2) for each in settings],
        f"yield {100 * result.file.run.required_accuracy:g} %": [
            f"{100 * each.yields[accuracy].share:.0f}" for each in settings
        ],
        "energy nJ": [nanojoules(each.measured[energy]) for each in settings],
        "difference nJ": [signed(each.differences[energy], NANO, 0) for each in settings],
    }
    return values, measured


def parameter_table() -> Table:
    """Everything that can be swept, with what it takes and its baseline value, where the strategy has one."""
    baseline = default_configuration(load_parameter_set("leti_hfo2_130nm").values, "hybrid", STANDARD_BAKE)
    rows = []
    for each in sorted(parameters().values(), key=lambda one: GROUPS.index(one.group)):
        unit = each.rule.unit if each.rule and each.rule.unit != "1" else ""
        has_one = each.group != "strategy" or each.name in settings_of(baseline.learner.strategy)
        value = value_text(baseline.value(each.group, each.name)) if has_one else ""
        rows.append((each.key, each.wanted, unit, value))
    title = "What can be swept, and its value with leti_hfo2_130nm and hybrid"
    return terminal_table(title, ("parameter", "takes", "unit", "value"), rows, text=4)
