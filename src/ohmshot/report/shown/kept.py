"""Files that keep something for later: bundles, chips, journals, checkpoints, unfinished runs."""

from collections.abc import Iterable
from typing import Any

import safetensors

from ohmshot.adapt.fleet.parts import finished_rows
from ohmshot.adapt.journal import Begun, Done, Opening, Replaced
from ohmshot.bundle.file import ReadBundle, read_bundle
from ohmshot.bundle.header import NetworkShape
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import bytes_of, json_of, reading
from ohmshot.foundation.sentences import counted, listed
from ohmshot.foundation.tensor_files import tensors_of
from ohmshot.report.shown.content import Content
from ohmshot.report.table import Shown, terminal_table
from ohmshot.task.adapted_chip import adapted_chip_content
from ohmshot.wire.server.chip_log import ChipLog
from ohmshot.wire.server.chip_snapshot import read_snapshot

_LONGEST = 300
"""Characters of a setting that are shown: some hold all values of a parameter set."""


def lines_of(rows: Iterable[tuple[str, object]]) -> list[Shown]:
    """One line a thing that a file says."""
    return [f"{name}: {_short(str(value))}" for name, value in rows]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(text):,} characters)"


def show_bundle(content: Content, width: int) -> list[Shown]:
    """What a bundle says about itself."""
    return bundle_lines(read_bundle(content.path))


def bundle_lines(read: ReadBundle) -> list[Shown]:
    """What a bundle says about itself; whoever signed it is not checked against pinned keys."""
    header, signature = read.bundle.header, read.signature
    signed = "unsigned"
    if signature is not None:
        signed = f"version {signature.version}, unchanged since signed with {signature.public_key}"
    return [
        f"name: {header.name}",
        f"signature: {signed}",
        f"weights: {read.bundle.digest}",
        f"made: {header.provenance.created} by ohmshot {header.provenance.ohmshot_version}".strip(),
        f"data: {header.provenance.training_data}",
        f"head: {header.provenance.head}",
        f"network: {_network_text(header.network)}",
    ]


def _network_text(network: NetworkShape) -> str:
    """Say what the fixed part is, and the widths of the head, from the features to the ways."""
    fixed = "an ONNX graph" if network.graph else counted(len(network.convolutions), "convolution")
    hidden = "".join(f"{width} hidden, " for width in network.hidden)
    fixed = fixed if network.graph or network.convolutions else "no fixed part"
    return f"{fixed}, {network.features} features, {hidden}{network.ways} ways"


def show_adapted_chip(content: Content, width: int) -> list[Shown]:
    """Classes of an adapted chip, and where its cells are."""
    header, tensors = adapted_chip_content(content.path, None)
    names = header.get("class_names", ())
    where: tuple[str, object] = ("cells", f"of the simulated chip {header.get('seed')}, in this file")
    if "address" in header:
        where = ("cells", f"of '{header.get('identity')}' at {header['address']}")
    return lines_of(
        [
            ("classes", listed([str(name) for name in names])),
            where,
            ("parameters", header.get("parameters", "those of the chip")),
            ("arrays", header.get("arrays", 1)),
            ("bundle", header.get("bundle")),
            ("tells foreign examples", "yes" if any(name.startswith("familiar") for name in tensors) else "no"),
        ]
    )


def show_sealed(content: Content, width: int) -> list[Shown]:
    """Nothing of what is encrypted."""
    return ["It is encrypted: `ohmshot classify --decrypt-with KEY` reads it."]


def show_chip(content: Content, width: int) -> list[Shown]:
    """Identity and conductances of a chip that a server keeps."""
    header, tensors = read_snapshot(content.path)
    session = "one is open" if header.get("session") else "none"
    rows = [(name, header.get(name)) for name in ("parameters", "seed", "cells")]
    chips = ", ".join(f"{number} (life {life})" for number, life in header.get("chips_and_lives", ()))
    shown = lines_of([*rows, ("chips", chips), ("session", session), ("log", header.get("history"))])
    for name, tensor in tensors.items():
        if name.rpartition(".")[2] == "conductance" and tensor.numel():
            low, middle, high = (float(end) for end in (tensor.min(), tensor.median(), tensor.max()))
            shown.append(f"conductances: {low:.1f} to {high:.1f} uS, median {middle:.1f}")
    return shown


def show_chip_log(content: Content, width: int) -> list[Shown]:
    """How many messages a log holds, and of which snapshot."""
    with content.path.open("rb", buffering=0) as file:
        log = ChipLog(file)
        history = log.history()
        kinds = [kind for kind, _ in log.records()]
    told = [counted(kinds.count(kind), kind.lower()) for kind in dict.fromkeys(kinds)]
    return lines_of([("goes on from snapshot", history), ("messages", f"{len(kinds):,}"), ("kinds", listed(told))])


def show_journal(content: Content, width: int) -> list[Shown]:
    """What was written so far, a row a write; a line that a kill cut short is left out."""
    lines = content.text[: content.text.rfind("\n") + 1].splitlines()
    with reading(lambda reason: DataError(f"{content.path} is damaged: {reason}.")):
        opening = Opening.model_validate_json(lines[0])
        rows = [_event(line) for line in lines[1:]]
    shown = lines_of([("chip", opening.chip or "tells no name"), ("bundle", opening.bundle), ("task", opening.task)])
    headings = ("step", "what", "cells", "pulses of the meter")
    return [*shown, terminal_table("", headings, rows, text=2), "settings: " + _short(opening.settings)]


def _event(line: str) -> tuple[str, str, str, str]:
    found = json_of(line)
    if found.get("event") == "begun":
        begun = Begun.model_validate(found)
        return _named(begun.step), "begun", _numbers(begun.changed), _numbers(begun.pulses)
    if found.get("event") == "replaced":
        return "", f"another chip: {Replaced.model_validate(found).chip}", "", ""
    done = Done.model_validate(found)
    return _named(done.step), "verified", f"{len(done.missed)} missed", _numbers(done.pulses)


def _named(step: int) -> str:
    return f"update {step}" if step else "initialisation"


def _numbers(values: tuple[int, ...]) -> str:
    return ", ".join(f"{value:,}" for value in values)


def show_step(content: Content, width: int) -> list[Shown]:
    """Tensors of one write of a journal, or of what was seen after it."""
    return ["It belongs to the journal in its folder: show journal.jsonl.", *show_tensors(content, width)]


def show_checkpoint(content: Content, width: int) -> list[Shown]:
    """How far a phase of meta-training is."""
    said = content.fields
    with reading(lambda reason: DataError(f"{content.path} is damaged: {reason}.")):
        best, settings = float.fromhex(said["best_accuracy"]), json_of(said["settings"])
        rows: list[tuple[str, object]] = [("iterations done", said["iteration"])]
        if best > float("-inf"):
            rows.append(("best held-out accuracy", f"{best:.2f} % after {said['best_iteration']} iterations"))
        rows += [(name, value) for name, value in settings.items()]
    return [*lines_of(rows), *show_tensors(content, width)]


def show_tensors(content: Content, width: int) -> list[Shown]:
    """Names and shapes of the tensors of a file."""
    with reading(lambda reason: DataError(f"{content.path} is damaged: {reason}.")):
        try:
            tensors, _ = tensors_of(bytes_of(content.path))
        except safetensors.SafetensorError as error:
            raise ValueError(str(error)) from error
    rows = [
        (name, str(list(tensor.shape)), str(tensor.dtype).removeprefix("torch.")) for name, tensor in tensors.items()
    ]
    return [terminal_table("", ("tensor", "shape", "type"), rows, text=3)]


def show_unfinished(content: Content, width: int) -> list[Shown]:
    """Settings of an unfinished run, and which of its rows are there."""
    done = sum(len(rows) for rows in finished_rows(content.path.parent))
    settings: dict[str, Any] = dict(content.fields)
    settings |= settings.pop("fleet", {})
    return [f"{counted(done, 'finished row')}; the command that began it goes on with it.", *lines_of(settings.items())]


def show_metrics(content: Content, width: int) -> list[Shown]:
    """The last line of every phase of meta-training."""
    last: dict[str, dict[str, Any]] = {}
    with reading(lambda reason: DataError(f"{content.path} is damaged: {reason}.")):
        for line in content.text[: content.text.rfind("\n") + 1].splitlines():
            metric = json_of(line)
            last[str(metric["phase"])] = last.get(str(metric["phase"]), {}) | metric
        rows = [
            (phase, str(each["iteration"]), _digits(each.get("loss"), 3), _digits(each.get("held_out"), 2))
            for phase, each in last.items()
        ]
    return [terminal_table("", ("phase", "iterations", "last loss", "held out %"), rows)]


def _digits(value: object, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else ""
