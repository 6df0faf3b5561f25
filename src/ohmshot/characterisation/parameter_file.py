"""A fitted parameter set as a TOML file: the rows that were measured, and a base for the rest."""

import hashlib
import json
import math
import os
import re
from pathlib import Path

from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names, parse_parameter_set, row_rules
from ohmshot.characterisation.fit import WaferFit, fit_wafer
from ohmshot.characterisation.form import Form
from ohmshot.characterisation.measurements import load_measurements
from ohmshot.characterisation.rows import FittedRow
from ohmshot.foundation.errors import ParameterError
from ohmshot.foundation.files import write_text

Nested = float | tuple["Nested", ...]
_DIGITS = 6
"""Significant digits; fits are never better."""


def parameter_toml(fit: WaferFit, name: str, title: str, base: str, source: str) -> str:
    """Return the TOML text of a fitted set.

    Args:
        fit: fit of the wafer.
        name: name of the new set.
        title: title of the new set.
        base: name of the base set, or its path from the file.
        source: source of every fitted row, for example the measurements' file with its checksum.
    """
    lines = [
        f"# Fitted by `ohmshot parameters fit`. Rows that are not here come from {base}:",
        f"# not measured: {', '.join(fit.missing) or 'none of the experiments is missing'}.",
        *(f"# not fitted: {name}: {_comment(why)}" for name, why in fit.failed.items()),
        *(f"# {_comment(each)}" for each in fit.warnings),
        "",
        "[set_information]",
        f"name = {quoted(name)}",
        f"title = {quoted(title)}",
        f"citations = [{', '.join(quoted(doi) for doi in fit.base.information.citations)}]",
        f"base = {quoted(base)}",
    ]
    conditions = {row: each for each in fit.experiments.values() for row in each.rows}
    for row_name, rule in row_rules().items():
        if row_name in fit.rows:
            row, experiment = fit.rows[row_name], conditions.get(row_name)
            lines += ["", f"[{row_name}]", *_row(row, rule.unit, source)]
            if experiment is not None:
                about = f"{experiment.conditions}; {experiment.devices} devices, {experiment.readings} readings"
                if not math.isnan(experiment.misfit):
                    about += f"; misfit {experiment.misfit:.2f} standard deviations"
                lines.append(f"conditions = {quoted(about)}")
    return "\n".join(lines) + "\n"


def write_parameter_file(text: str, path: Path) -> None:
    """Write the set, after reading it as any program would.

    Raises:
        ParameterError: the fitted numbers make no possible set; the message names the row.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    parse_parameter_set(text, f"what was fitted (nothing is written to {path})", path.parent, numbered=False)
    write_text(path, text)


def fit_to_file(
    measurements: Path, output: Path, *, base: str, name: str, title: str, form: Form | None = None
) -> WaferFit:
    """Fit a table of measurements and write the parameter set.

    Args:
        measurements: the table (`ohmshot.characterisation.measurements.load_measurements`).
        output: TOML file to write, whole or not at all.
        base: set that gives what was not measured: its name or a TOML file.
        name: of the new set.
        title: of the new set, for people.
        form: how the table becomes ours, where it is another group's or a tester's.

    Raises:
        MeasurementError: something in the table is wrong or too little.
        ParameterError: no such base, or the fitted numbers make no possible set.
    """
    _require_name(name)
    fit = fit_wafer(load_measurements(measurements, form), load_parameter_set(base))
    source = measured_source(measurements)
    write_parameter_file(parameter_toml(fit, name, title, base_beside(base, output), source), output)
    return fit


def _require_name(name: str) -> None:
    """Refuse an impossible name before the work of a fit.

    Raises:
        ParameterError: it is none.
    """
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise ParameterError(f"'{name}' cannot name a set: small letters, digits and underscores only.")


def base_beside(base: str, output: Path) -> str:
    """Name a base in a file: a set of the package by its name, a file by its path from the folder of ``output``."""
    if base in parameter_set_names():
        return base
    return os.path.relpath(Path(base).resolve(), output.resolve().parent)


def measured_source(path: Path) -> str:
    """Name a file of measurements so that it can be found again: its name and the start of its SHA-256."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{path.name} (SHA-256 {digest[:16]})"


def _row(row: FittedRow, unit: str, source: str) -> list[str]:
    lines = [f"value = {numbers_text(row.value)}", f'unit = "{unit}"', f'status = "{row.status}"']
    lines.append(f"source = {quoted(f'{row.note}; fitted to {source}')}")
    if row.interval is not None:
        lines.append(f"interval = {numbers_text(interval_of(row))}")
    return lines


def interval_of(row: FittedRow) -> Nested:
    """The interval of a row that has one, as the file has it: [low, high] of one number, a list of such of several."""
    assert row.interval is not None
    return row.interval[0] if isinstance(row.value, float) else row.interval


def numbers_text(value: Nested, digits: int = _DIGITS) -> str:
    """A number, or lists of numbers, as TOML, with so many significant digits."""
    if isinstance(value, tuple):
        return f"[{', '.join(numbers_text(each, digits) for each in value)}]"
    text = f"{value:.{digits}g}"
    return text if any(mark in text for mark in ".e") else f"{text}.0"


def _comment(text: str) -> str:
    """Other people's words in one line of a comment."""
    return "".join(each if each.isprintable() else " " for each in text)


def quoted(text: str) -> str:
    """A text as TOML, whose basic strings escape as JSON does."""
    return json.dumps(text, ensure_ascii=False)
