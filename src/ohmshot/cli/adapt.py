"""`ohmshot adapt` and `ohmshot classify`: a person's own classes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counting, learned_bundle
from ohmshot.cli.limits import LimitOption, limits_of
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    ArraysOption,
    BakeCelsiusOption,
    BundleOption,
    ChipOption,
    ControllerOption,
    FeaturesOption,
    JsonOption,
    ParametersOption,
    StrategyOption,
    TestCellsOption,
    TrustedKeysOption,
    WhichChipOption,
)
from ohmshot.cli.output import beside, require_outputs, say_written, write_output

if TYPE_CHECKING:  # they bring PyTorch along
    from ohmshot.bundle.bundle import Bundle
    from ohmshot.task.own_task import OwnTask


@app.command("adapt", works=True)
def adapt_command(
    support: Annotated[Path | None, typer.Option(help="One folder of examples a class, to learn from.")] = None,
    query: Annotated[Path | None, typer.Option(help="The same classes, other examples, to be judged by.")] = None,
    features: FeaturesOption = None,
    labels: Annotated[Path | None, typer.Option(help="Labels of NPY features: NPY, or text, one a line.")] = None,
    query_features: Annotated[Path | None, typer.Option(help="Features to be judged by.")] = None,
    query_labels: Annotated[Path | None, typer.Option(help="Their labels, where they are NPY.")] = None,
    shots: Annotated[int, typer.Option(min=1, help="Examples that each class must have at least.")] = 1,
    strategy: StrategyOption = "hybrid",
    seed: WhichChipOption = 0,
    bundle: BundleOption = None,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    chip: ChipOption = "sim",
    journal: Annotated[
        Path | None,
        typer.Option(help="Folder of the journal of a killed run; default: beside the output, deleted at the end."),
    ] = None,
    output: Annotated[Path, typer.Option(help="The adapted chip is written here.")] = Path("adapted-chip.safetensors"),
    json_file: JsonOption = None,
    report: Annotated[Path | None, typer.Option(help="The page; default: beside the chip.")] = None,
    trusted_keys: TrustedKeysOption = None,
    encrypt_with: Annotated[
        Path | None, typer.Option(help="Encrypt the chip's file with this key of the device.")
    ] = None,
    limit: LimitOption = None,
    test_cells: TestCellsOption = False,
    controller: ControllerOption = False,
    arrays: ArraysOption = None,
    chips: Annotated[int, typer.Option(min=1, help="Simulated chips to try the same task on.")] = 1,
    bake_hours: Annotated[float, typer.Option(min=0, help="Bake a copy of the chip for so long; 0: no bake.")] = 0.0,
    bake_celsius: BakeCelsiusOption = 150.0,
) -> None:
    """Teach a chip your own classes: five updates on your examples. A killed run continues when started again."""
    from ohmshot.adapt.bake import Bake
    from ohmshot.bundle.familiarity import Familiar
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.controller.road import hosted_by
    from ohmshot.foundation.errors import SettingsError
    from ohmshot.foundation.keys import load_device_key
    from ohmshot.host.array import circuit_for
    from ohmshot.host.care.care import REPAIR, TEST_FIRST
    from ohmshot.host.learner import LearnerSettings
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.own_task_page import own_task_page
    from ohmshot.report.table import own_task_tables
    from ohmshot.task.adapted_chip import save_adapted_chip
    from ohmshot.task.many_chips import on_many_chips
    from ohmshot.task.one_chip import held_chip
    from ohmshot.task.own_task import learn_own_task
    from ohmshot.task.steps import discard_unstarted_journal, forget

    # Page and journal show a person's classes: beside an encrypted chip they are written only when asked for by name.
    secret = encrypt_with is not None
    page = report if report is not None or secret else beside(output, ".html")
    folder = journal if journal is not None or secret else beside(output, ".journal")
    require_outputs(output=output, json_file=json_file, report=page, folders=("journal",))
    programming = strategy_named(strategy)
    device_key = load_device_key(encrypt_with) if encrypt_with is not None else None
    cell = load_parameter_set(parameters)
    if chip != "sim" and (chips > 1 or bake_hours or arrays is not None):
        raise SettingsError("--arrays, --chips and --bake-hours are for chips in this process: leave --chip out.")
    if features is not None:
        learned, task = _of_features(features, labels, query_features, query_labels, shots, bundle, trusted_keys)
        if (support, query) != (None, None):
            raise SettingsError("Give examples as --support and --query, or as --features and --query-features.")
    else:
        if support is None or (labels, query_features, query_labels) != (None, None, None):
            raise SettingsError("Give the examples to learn from: --support FOLDER, or --features FILE.")
        learned, task = _of_files(support, query, shots, bundle, trusted_keys)
    settings = hosted_by(
        "controller" if controller else "computer", LearnerSettings(programming, limits=limits_of(limit))
    )
    care = TEST_FIRST if test_cells else REPAIR
    bake = Bake(bake_hours, bake_celsius) if bake_hours else None
    circuit = circuit_for(learned.for_ways(len(task.support.class_names)), arrays if chip == "sim" else None)
    if chip == "sim" and arrays is None and circuit.side_by_side > 1:
        console.print(f"{len(task.support.class_names)} classes take {circuit.side_by_side} arrays.")
    with (
        discard_unstarted_journal(folder if journal is None else None),
        held_chip(chip, cell, parameters, seed, folder, circuit) as held,
        counting("adapting", 1 + len(learned.header.rates)) as show,
    ):
        result, detail = learn_own_task(learned, task, held, settings, show, folder, console.print, care, bake)
        standard, names = detail.standard, result.class_names
        familiar = Familiar.of(learned.features(task.support.values), task.support.labels)
        save_adapted_chip(output, held, detail.targets, learned, standard, names, device_key, familiar)
    if chips > 1:
        console.print(f"adapting {chips} chips to the same task ...")
        many = on_many_chips(learned, task, cell, circuit, seed, chips, settings, bake, care)
        result = result.model_copy(update={"on_many_chips": many})
    console.show(own_task_tables(result))
    say_written(output)
    write_output(json_file, result)
    if page is not None:
        write_output(page, own_task_page(result, detail))
    if journal is None and folder is not None:
        forget(folder)


def _of_files(
    support: Path, query: Path | None, shots: int, bundle: Path | None, trusted_keys: Path | None
) -> "tuple[Bundle, OwnTask]":
    """A bundle, and a task of files of the kind that it learns from."""
    from ohmshot.data.labelled_files import load_labelled_files
    from ohmshot.task.own_task import OwnTask, file_kind

    learned = learned_bundle(bundle, trusted_keys)
    kind = file_kind(learned)
    judged_by = None if query is None else load_labelled_files(query, kind, 1)
    return learned, OwnTask(load_labelled_files(support, kind, shots), judged_by)


def _of_features(
    features: Path,
    labels: Path | None,
    query_features: Path | None,
    query_labels: Path | None,
    shots: int,
    bundle: Path | None,
    trusted_keys: Path | None,
) -> "tuple[Bundle, OwnTask]":
    """A task of features, and the bundle that is given or, without one, a bundle for so many features."""
    from ohmshot.data.feature_files import load_labelled_features
    from ohmshot.foundation.errors import SettingsError
    from ohmshot.task.own_task import OwnTask

    if query_features is None and query_labels is not None:
        raise SettingsError("--query-labels are those of --query-features: give both.")
    support = load_labelled_features(features, labels, shots)
    query = None if query_features is None else load_labelled_features(query_features, query_labels)
    return learned_bundle(bundle, trusted_keys, support.values.shape[1]), OwnTask(support, query)


@app.command("classify", works=True)
def classify_command(
    examples: Annotated[list[Path] | None, typer.Argument(help="Files of the kind that the chip learned from.")] = None,
    features: FeaturesOption = None,
    chip: Annotated[Path, typer.Option(help="A chip made by `ohmshot adapt`.")] = Path("adapted-chip.safetensors"),
    at: Annotated[
        str | None, typer.Option(help="Address of a chip that has moved since, as --chip of `ohmshot adapt`.")
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="The bundle that it was adapted from.")] = None,
    trusted_keys: TrustedKeysOption = None,
    decrypt_with: Annotated[Path | None, typer.Option(help="Key that the chip's file was encrypted with.")] = None,
    json_file: JsonOption = None,
    always_answer: Annotated[
        bool, typer.Option("--always-answer", help="Name a class for every example, however foreign it is.")
    ] = False,
) -> None:
    """Answer with an adapted chip: one line an example."""
    import contextlib

    import torch

    from ohmshot.chip.crossbar import Crossbar
    from ohmshot.data.feature_files import load_features
    from ohmshot.data.labelled_files import read_files
    from ohmshot.data.unlike_drawings import told_unlike
    from ohmshot.foundation.errors import DataError, SettingsError
    from ohmshot.foundation.keys import load_device_key
    from ohmshot.foundation.text import printable
    from ohmshot.task.adapted_chip import classify, foreign, load_adapted_chip
    from ohmshot.task.answers import answers_of
    from ohmshot.task.one_chip import connected
    from ohmshot.task.own_task import file_kind

    require_outputs(json_file=json_file)
    if (features is None) == (not examples):
        raise SettingsError("Give files to answer, or features of examples by --features FILE.")
    refused: list[DataError] = []
    rows = None if features is None else load_features(features)
    learned = learned_bundle(bundle, trusted_keys, None if rows is None else rows.shape[1])
    device_key = load_device_key(decrypt_with) if decrypt_with is not None else None
    with contextlib.ExitStack() as held:

        def connect(address: str) -> tuple[Crossbar, str]:
            return held.enter_context(connected(at or address))

        adapted = load_adapted_chip(chip, learned, connect, device_key)
        if features is not None and rows is not None:
            read = [(Path(f"{features}:{number}"), row[None]) for number, row in enumerate(rows)]
        else:
            read, refused = read_files(examples or (), file_kind(learned))
        asked = torch.cat([values for _, values in read])
        if asked.dtype == torch.uint8 and (odd := told_unlike([str(path) for path, _ in read], asked, "those given")):
            console.print(odd)
        answers = classify(adapted, asked)
        unknown = None if always_answer else foreign(adapted, asked)
    names = [
        f"{path}, example {number + 1}" if len(values) > 1 else str(path)
        for path, values in read
        for number in range(len(values))
    ]
    given = answers_of(names, adapted.class_names, answers, unknown)
    for each in given.answers:
        console.print(each.words, soft_wrap=True)
    write_output(json_file, given)
    for error in refused:
        typer.echo(f"ohmshot: {printable(str(error))}", err=True)
    if refused:
        raise typer.Exit(2)
