"""`ohmshot adapt` and `ohmshot classify`: a person's own classes."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counting, learned_bundle
from ohmshot.cli.limits import LimitOption, limits_of
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    BundleOption,
    ChipOption,
    JsonOption,
    ParametersOption,
    StrategyOption,
    TestCellsOption,
    TrustedKeysOption,
    WhichChipOption,
)
from ohmshot.cli.output import require_outputs, say_written, write_output


@app.command("adapt")
def adapt_command(
    support: Annotated[Path, typer.Option(help="One folder of examples a class, to learn from.")],
    query: Annotated[Path | None, typer.Option(help="The same classes, other examples, to be judged by.")] = None,
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
) -> None:
    """Teach a chip your own classes: five updates on your examples. A killed run continues when started again."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.data.labelled_files import load_labelled_files
    from ohmshot.foundation.keys import load_device_key
    from ohmshot.host.care.care import REPAIR, TEST_FIRST
    from ohmshot.host.learner import LearnerSettings
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.own_task_page import own_task_page
    from ohmshot.report.table import energy_table, own_task_table
    from ohmshot.task.adapted_chip import save_adapted_chip
    from ohmshot.task.one_chip import held_chip
    from ohmshot.task.own_task import OwnTask, file_kind, learn_own_task
    from ohmshot.task.steps import discard_unstarted_journal, forget

    programming = strategy_named(strategy)
    device_key = load_device_key(encrypt_with) if encrypt_with is not None else None
    cell = load_parameter_set(parameters)
    learned = learned_bundle(bundle, trusted_keys)
    kind = file_kind(learned)
    task = OwnTask(
        load_labelled_files(support, kind, shots), load_labelled_files(query, kind, 1) if query is not None else None
    )
    # Page and journal show a person's classes: beside an encrypted chip they are written only when asked for by name.
    page = report if report is not None or device_key is not None else output.with_suffix(".html")
    folder = journal if journal is not None or device_key is not None else output.with_suffix(".journal")
    require_outputs(output, json_file, page)
    settings = LearnerSettings(strategy=programming, limits=limits_of(limit))
    care = TEST_FIRST if test_cells else REPAIR
    with (
        discard_unstarted_journal(folder if journal is None else None),
        held_chip(chip, cell, parameters, seed, folder) as held,
        counting("adapting", 1 + len(learned.header.rates)) as show,
    ):
        result, detail = learn_own_task(learned, task, held, settings, show, folder, console.print, care)
        standard, names = detail.standard, result.class_names
        save_adapted_chip(output, held, detail.targets, learned, standard, names, device_key)
    console.print(own_task_table(result))
    console.print(energy_table(result))
    say_written(output)
    write_output(json_file, result)
    if page is not None:
        write_output(page, own_task_page(result, detail))
    if journal is None and folder is not None:
        forget(folder)


@app.command("classify")
def classify_command(
    examples: Annotated[list[Path], typer.Argument(help="Files of the kind that the chip learned from.")],
    chip: Annotated[Path, typer.Option(help="A chip made by `ohmshot adapt`.")] = Path("adapted-chip.safetensors"),
    at: Annotated[
        str | None, typer.Option(help="Address of a chip that has moved since, as --chip of `ohmshot adapt`.")
    ] = None,
    bundle: Annotated[Path | None, typer.Option(help="The bundle that it was adapted from.")] = None,
    trusted_keys: TrustedKeysOption = None,
    decrypt_with: Annotated[Path | None, typer.Option(help="Key that the chip's file was encrypted with.")] = None,
) -> None:
    """Answer with an adapted chip: one line an example."""
    import contextlib

    import torch

    from ohmshot.chip.crossbar import Crossbar
    from ohmshot.foundation.keys import load_device_key
    from ohmshot.task.adapted_chip import classify, load_adapted_chip
    from ohmshot.task.one_chip import connected
    from ohmshot.task.own_task import file_kind

    learned = learned_bundle(bundle, trusted_keys)
    device_key = load_device_key(decrypt_with) if decrypt_with is not None else None
    kind = file_kind(learned)
    with contextlib.ExitStack() as held:

        def connect(address: str) -> tuple[Crossbar, str]:
            return held.enter_context(connected(at or address))

        adapted = load_adapted_chip(chip, learned, connect, device_key)
        read = [(path, kind.read(path)) for path in examples]
        answers = classify(adapted, torch.cat([values for _, values in read]))
    names = [
        f"{path}, example {number + 1}" if len(values) > 1 else str(path)
        for path, values in read
        for number in range(len(values))
    ]
    for name, shares in zip(names, answers, strict=True):
        best = int(shares.argmax())
        console.print(f"{name}: {adapted.class_names[best]} ({100 * float(shares[best]):.0f} %)")
