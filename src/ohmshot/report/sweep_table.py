"""A sweep on a terminal, and what can be swept."""

from rich.table import Table

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.host.strategies.strategy import settings_of
from ohmshot.report.sweep_words import NANO, nanojoules, percent, signed
from ohmshot.report.table import terminal_table
from ohmshot.sweep.configuration import default_configuration, value_text
from ohmshot.sweep.parameters import GROUPS, parameters
from ohmshot.sweep.result import SettingResult, SweepResult

ROWS_SHOWN = 40
Columns = dict[str, list[str]]
"""Cells of a table by heading."""


def sweep_tables(result: SweepResult) -> list[Table]:
    """One row a setting, with what settings are compared by; of many settings the front alone: the files hold all.

    The values of more than two parameters have a table of their own, so that both fit a terminal.
    """
    shown, more = result.settings, ""
    if len(shown) > ROWS_SHOWN:
        shown, more = result.front, f" (the front of {len(result.settings)}; all are in --json and --report)"
    run = result.file.run
    title = f"{result.file.title or result.file.method}: {result.data}, {run.strategy}, {run.parameters}{more}"
    accuracy, energy = result.accuracy_column, result.energy_column
    values: Columns = {
        axis.column.replace(".", "\n").replace("_", "\n"): [value_text(each.values[axis.column], 4) for each in shown]
        for axis in result.axes
    }
    measured: Columns = {
        f"{accuracy[9:]}\n%": [percent(each.measured[accuracy]) for each in shown],
        "difference\n%": [signed(each.differences[accuracy], 100, 2) for each in shown],
        f"yield\n{100 * run.required_accuracy:g} %": [f"{100 * each.yields[accuracy].share:.0f}" for each in shown],
        "energy\nnJ": [nanojoules(each.measured[energy]) for each in shown],
    }
    number: Columns = {"": [str(each.setting) for each in shown]}
    if len(values) > 2:
        measured["difference\nnJ"] = [signed(each.differences[energy], NANO, 0) for each in shown]
        return [_table(title, number | values), _table("", number | measured)]
    return [_table(title, number | values | measured)]


def _table(title: str, columns: Columns) -> Table:
    return terminal_table(title, list(columns), zip(*columns.values(), strict=True), text=0)


def setting_headings(result: SweepResult) -> list[str]:
    """Headings of a table of settings."""
    required = 100 * result.file.run.required_accuracy
    return [
        "setting",
        *(axis.column.replace(".", " ") for axis in result.axes),
        "adapted %",
        "baked %",
        "difference %",
        f"yield over {required:g} %",
        "updates nJ",
        "difference nJ",
    ]


def setting_cells(result: SweepResult, each: SettingResult) -> list[str]:
    """One row of it."""
    return [
        str(each.setting),
        *(value_text(each.values[axis.column], 4) for axis in result.axes),
        percent(each.measured["accuracy_adapted"]),
        percent(each.measured["accuracy_baked"]),
        signed(each.differences["accuracy_baked"], 100, 2),
        f"{100 * each.yields['accuracy_baked'].share:.0f}",
        nanojoules(each.measured["energy_adaptation_j"]),
        signed(each.differences["energy_adaptation_j"], NANO, 0),
    ]


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
