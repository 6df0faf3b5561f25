"""Every kind of file that a command writes, how it is known, and what is shown of it: one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ohmshot.foundation.errors import DataError, OhmshotError
from ohmshot.report.shown import kept, results, tables
from ohmshot.report.shown.content import Content, content_of
from ohmshot.report.table import Shown, terminal_table

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: for people, with the command that writes it.
        form: how it is written, see `Content`.
        is_it: whether the fields at its head are those of this kind.
        shown: tables and sentences for a terminal of so many characters.
        newest: last version of its format that is read; 0 where it has none.
    """

    name: str
    form: str
    is_it: Callable[[Fields], bool]
    shown: Callable[[Content, int], list[Shown]]
    newest: int = 0


def _marked(mark: str) -> Callable[[Fields], bool]:
    return lambda fields: fields.get("format") == mark


def _with(*names: str) -> Callable[[Fields], bool]:
    return lambda fields: set(names) <= set(fields)


def _any(fields: Fields) -> bool:
    return True


KINDS = (
    Kind("a result of `ohmshot demo`", "JSON", _marked("ohmshot-adaptation"), results.show_adaptation, 1),
    Kind("a result of `ohmshot adapt`", "JSON", _marked("ohmshot-own-task"), results.show_own_task, 1),
    Kind("answers of `ohmshot classify`", "JSON", _marked("ohmshot-answers"), results.show_answers, 1),
    Kind("a result of `ohmshot fleet`", "JSON", _marked("ohmshot-fleet"), results.show_fleet, 2),
    Kind("a result of `ohmshot sweep`", "JSON", _marked("ohmshot-sweep"), results.show_sweep, 2),
    Kind("a result of `ohmshot study`", "JSON", _marked("ohmshot-study"), results.show_study, 2),
    Kind("a report of `ohmshot conformance`", "JSON", _marked("ohmshot-conformance"), results.show_conformance, 1),
    Kind(
        "trusted keys of `ohmshot bundle trust`", "JSON", _marked("ohmshot-trusted-keys"), results.show_trusted_keys, 1
    ),
    Kind("an unfinished run of `ohmshot sweep`", "JSON", _with("fleet", "bundles"), kept.show_unfinished),
    Kind("an unfinished run of `ohmshot fleet`", "JSON", _with("parameter_values", "chips"), kept.show_unfinished),
    Kind("a journal of `ohmshot adapt`", "JSON lines", _marked("ohmshot-journal"), kept.show_journal, 2),
    Kind("metrics of `ohmshot meta-train`", "JSON lines", _with("phase", "iteration"), kept.show_metrics),
    Kind("a bundle", "safetensors", _marked("ohmshot-bundle"), kept.show_bundle, 3),
    Kind(
        "an adapted chip of `ohmshot adapt`", "safetensors", _marked("ohmshot-adapted-chip"), kept.show_adapted_chip, 4
    ),
    Kind("an encrypted chip of `ohmshot adapt`", "sealed", _any, kept.show_sealed),
    Kind("a chip of `ohmshot serve`", "safetensors", _marked("ohmshot-chip"), kept.show_chip, 4),
    Kind("the log of a chip of `ohmshot serve`", "log of a chip", _any, kept.show_chip_log),
    Kind("a checkpoint of `ohmshot meta-train`", "safetensors", _marked("ohmshot-checkpoint"), kept.show_checkpoint, 1),
    Kind("a step of a journal of `ohmshot adapt`", "safetensors", _with("step"), kept.show_step),
    Kind("a step of a journal of `ohmshot adapt`", "safetensors", _with("cost.counts", "changed"), kept.show_step),
    Kind("the start of a journal of `ohmshot adapt`", "safetensors", _with("meter.counts"), kept.show_step),
    Kind("a parameter set", "TOML", _with("set_information"), tables.show_parameters),
    Kind("measurements", "table of text", _with("experiment", "device"), tables.show_measurements),
    Kind("measurements", "Parquet", _with("experiment", "device"), tables.show_measurements),
    Kind("a table of `ohmshot fleet`, `sweep` or `study`", "Parquet", _any, tables.show_frame),
    Kind("a page", "page", _any, tables.show_page),
)

TAKEN = (
    "results and tables of demo, adapt, classify, fleet, sweep, study and conformance, bundles, adapted and kept "
    "chips, journals, checkpoints, parameter sets, measurements, pages, and folders of these"
)


def kind_of(content: Content) -> Kind | None:
    """The kind of a file; None for a foreign one."""
    return next((each for each in KINDS if each.form == content.form and each.is_it(content.fields)), None)


def shown_file(path: Path, width: int) -> list[Shown]:
    """Show a file that a command of ohmshot has written, or say of each file of a folder what it is.

    Args:
        path: the file; its name does not matter.
        width: characters of the terminal.

    Raises:
        DataError: missing, foreign, or written by a newer ohmshot; the message says what was found.
        OhmshotError: damaged.
    """
    if path.is_dir():
        return _folder(path)
    content = content_of(path)
    kind = kind_of(content)
    if kind is None:
        raise DataError(f"{path} holds {_found(content)}. `ohmshot show` takes {TAKEN}.")
    if kind.newest < content.version:
        raise DataError(
            f"{path} is {kind.name} of format version {content.version}; this ohmshot reads up to {kind.newest}. "
            "Install a newer ohmshot."
        )
    return [f"{path}: {kind.name}", *kind.shown(content, width)]


def _folder(path: Path) -> list[Shown]:
    try:
        files = sorted(each for each in path.iterdir() if each.is_file())
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    if not files:
        raise DataError(f"{path} is a folder without files. `ohmshot show` takes {TAKEN}.")
    return [terminal_table(str(path), ("file", "what it is"), [(each.name, _told(each)) for each in files], text=2)]


def _told(path: Path) -> str:
    try:
        content = content_of(path)
    except OhmshotError as error:
        return str(error)
    kind = kind_of(content)
    return kind.name if kind is not None else _found(content)


def _found(content: Content) -> str:
    """What a foreign file seems to be."""
    if content.form == "empty":
        return "nothing: it is empty"
    if content.mark:
        return f"{content.form} of the unknown format '{content.mark[:60]}'"
    if content.form == "PNG":
        return "a picture (PNG)"
    if content.form in ("text", "bytes"):
        return {"text": "text of no form that is known", "bytes": "bytes of no form that is known"}[content.form]
    named = ", ".join(list(map(str, content.fields))[:5])
    return f"{content.form} with {named or 'nothing in it'}"
