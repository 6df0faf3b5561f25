"""`ohmshot parameters`: the numbers of the cell and where they come from."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import Commands, app
from ohmshot.cli.console import console
from ohmshot.cli.output import require_outputs, say_written, write_output

parameters_app = Commands(no_args_is_help=True, help="Parameter sets of the cell: values, sources, checks.")
app.add_typer(parameters_app, name="parameters")

FORM = typer.Option(help="How the file becomes our table: a TOML file, or a form of ours (ohmshot parameters forms).")
COLUMN = typer.Option(
    help="Which column is which: OURS=THEIRS, for example conductance_microsiemens='G (S)'; may be repeated."
)
CONSTANT = typer.Option(help="What is the same in every row: OURS=VALUE, for example experiment=ramp; may be repeated.")


@parameters_app.command("list")
def list_command() -> None:
    """List the sets that come with ohmshot, and how many of their rows are measured."""
    from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names
    from ohmshot.report.parameter_page import sets_table

    console.print(sets_table([load_parameter_set(name) for name in parameter_set_names()]))


@parameters_app.command("show")
def show_command(name: Annotated[str, typer.Argument(help="Name of a set, or a TOML file.")]) -> None:
    """Show every row of a set with status, sweep and source."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.report.parameter_page import rows_table

    loaded = load_parameter_set(name)
    console.print(rows_table(loaded))
    if loaded.information.notes:
        for line in loaded.information.notes.splitlines():
            console.print(line)


@parameters_app.command("compare")
def compare_command(
    first: Annotated[str, typer.Argument(help="Name of a set, or a TOML file.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
) -> None:
    """Show the rows in which two sets differ, with units, intervals and sources."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.report.parameter_comparison import comparison_table, differing_rows

    one, other = load_parameter_set(first), load_parameter_set(second)
    rows = differing_rows(one, other)
    if rows:
        console.print(comparison_table(one, other, rows))
    console.print(f"{len(rows)} of {len(one.quantities)} rows differ.")


@parameters_app.command("check")
def check_command(file: Annotated[Path, typer.Argument(help="TOML file of one's own.")]) -> None:
    """Check a file; what is wrong is named by file, line and field, with exit code 2."""
    from ohmshot.cell.parameter_set import load_parameter_set

    loaded = load_parameter_set(str(file))
    counts = ", ".join(f"{count} {status}" for status, count in sorted(loaded.status_counts.items()))
    console.print(f"{file} holds the set '{loaded.information.name}': {counts}.")


@parameters_app.command("document")
def document_command(output: Annotated[Path, typer.Option(help="File to write.")] = Path("docs/parameters.md")) -> None:
    """Write the page of all sets."""
    from ohmshot.cell.parameter_set import load_parameter_set, shipped_parameter_sets
    from ohmshot.report.parameter_page import parameters_page

    require_outputs(output=output)
    write_output(output, parameters_page([load_parameter_set(name) for name in shipped_parameter_sets()]))


@parameters_app.command("measure", works=True)
def measure_command(
    parameters: Annotated[str, typer.Option(help="Parameter set of the simulated wafer: a name or a TOML file.")],
    output: Annotated[Path, typer.Option(help="Table to write: .csv or .parquet.")] = Path("measurements.csv"),
    devices: Annotated[int, typer.Option(min=2, help="Devices of each experiment.")] = 64,
    seed: Annotated[int, typer.Option(help="Seed of the simulated wafer.")] = 0,
) -> None:
    """Test a simulated wafer by pulses, reads and bakes, and write what a tester would (docs/fitting.md)."""
    from ohmshot.api.own_cells import measure_wafer

    require_outputs(output=output)
    table = measure_wafer(output, parameters, devices=devices, seed=seed)
    console.print(f"wrote {output}: {table.height} readings")


@parameters_app.command("fit", works=True)
def fit_command(
    measurements: Annotated[
        Path, typer.Argument(help="Measurements: our table, or a tester's file (docs/fitting.md).")
    ],
    base: Annotated[str, typer.Option(help="Set that gives what was not measured.")] = "leti_hfo2_130nm",
    name: Annotated[str, typer.Option(help="Name of the new set; small letters, digits and underscores.")] = "my_wafer",
    title: Annotated[str, typer.Option(help="Title of the new set, for people.")] = "Fitted to measurements of our own",
    output: Annotated[Path | None, typer.Option(help="TOML file to write; default: NAME.toml.")] = None,
    report: Annotated[Path | None, typer.Option(help="Page of fit plots; default: NAME.html.")] = None,
    form: Annotated[str | None, FORM] = None,
    column: Annotated[list[str] | None, COLUMN] = None,
    constant: Annotated[list[str] | None, CONSTANT] = None,
) -> None:
    """Fit a parameter set with 95 % intervals to measurements of a wafer."""
    from ohmshot.characterisation.form import form_of
    from ohmshot.characterisation.parameter_file import fit_to_file, measured_source
    from ohmshot.foundation.errors import MeasurementError
    from ohmshot.report.fit_page import fit_page, fit_table, misfits_line

    output, report = output or Path(f"{name}.toml"), report or Path(f"{name}.html")
    require_outputs(output=output, report=report)
    said = form_of(form, column or (), constant or ())
    fit = fit_to_file(measurements, output, base=base, name=name, title=title, form=said)
    console.print(fit_table(fit))
    console.print(misfits_line(fit))
    for warning in fit.warnings:
        console.print(f"Note: {warning}.")
    if fit.missing:
        console.print(f"Not measured: {', '.join(fit.missing)}; these rows stay as in {fit.base.information.name}.")
    say_written(output)
    write_output(report, fit_page(fit, name, measured_source(measurements)))
    if fit.failed:
        raise MeasurementError(f"Not fitted (the other rows are written): {' '.join(fit.failed.values())}")


@parameters_app.command("refit", works=True)
def refit_command(
    name: Annotated[
        str, typer.Argument(help="A set that is fitted to open raw data: skywater_130nm, neurram_40us ...")
    ],
    raw: Annotated[Path, typer.Option(help="Folder of the raw archives (docs/fitting.md).")],
    output: Annotated[Path | None, typer.Option(help="TOML file to write; default: NAME.toml.")] = None,
    report: Annotated[Path | None, typer.Option(help="Page of measured beside simulated; default: NAME.html.")] = None,
) -> None:
    """Fit a set that comes with ohmshot again, from the raw files as they were published."""
    from ohmshot.characterisation.open_data.raw_set import raw_toml
    from ohmshot.characterisation.open_data.registry import refitted
    from ohmshot.characterisation.parameter_file import write_parameter_file
    from ohmshot.report.raw_set_page import raw_set_page, residuals_table

    output, report = output or Path(f"{name}.toml"), report or Path(f"{name}.html")
    require_outputs(output=output, report=report)
    found = refitted(name, raw)
    write_parameter_file(raw_toml(found, f"ohmshot parameters refit {name} --raw FOLDER"), output)
    say_written(output)
    if found.relaxation is not None:
        console.print(residuals_table(found))
        write_output(report, raw_set_page(found))


@parameters_app.command("forms")
def forms_command() -> None:
    """List the forms that come with ohmshot, and the files that they are for."""
    from ohmshot.characterisation.form import load_form, shipped_forms

    for name in shipped_forms():
        console.print(f"{name}: {load_form(name).title}")


@parameters_app.command("import", works=True)
def import_command(
    measurements: Annotated[Path, typer.Argument(help="A tester's file or another group's table (docs/fitting.md).")],
    output: Annotated[Path, typer.Option(help="Our table to write: .csv or .parquet.")] = Path("measurements.csv"),
    form: Annotated[str | None, FORM] = None,
    column: Annotated[list[str] | None, COLUMN] = None,
    constant: Annotated[list[str] | None, CONSTANT] = None,
) -> None:
    """Read measurements and write them as our table, to look at them or to put several together."""
    from ohmshot.characterisation.form import form_of
    from ohmshot.characterisation.measurements import load_measurements, write_measurements

    require_outputs(output=output)
    found = load_measurements(measurements, form_of(form, column or (), constant or ()))
    for note in found.notes:
        console.print(f"Note: {note}.")
    write_measurements(found.table, output)
    console.print(f"wrote {output}: {found.table.height} readings")
