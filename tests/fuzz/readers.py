"""Every reader of a file that a person can hand to the command line, with whole files to mutate: one table."""

import gzip
import io
import json
import struct
import wave
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from ohmshot.adapt.citations import citations_in
from ohmshot.adapt.fleet.parts import finished_rows, merge_parts, open_parts
from ohmshot.adapt.journal import FIRST_WRITE, JOURNAL, Begun, Done, Journal, Opening
from ohmshot.bundle import seen
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import read_bundle, save_bundle
from ohmshot.bundle.for_features import bundle_behind, bundle_for
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape
from ohmshot.bundle.onnx_export import onnx_bytes
from ohmshot.bundle.signature import sign_file
from ohmshot.bundle.standard import TaskStandard
from ohmshot.bundle.trust import load_trusted_keys, public_key_of
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.form import form_of, load_form
from ohmshot.characterisation.measurements import load_measurements
from ohmshot.characterisation.open_data.archive import table as raw_table
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.rtl.gates.cells import library_of
from ohmshot.data.archive import DataSet, members
from ohmshot.data.decoded import _read as read_decoded
from ohmshot.data.feature_files import load_feature_examples, load_features, load_labelled_features
from ohmshot.data.omniglot import _picture as omniglot_picture
from ohmshot.data.pictures import load_picture
from ohmshot.data.signal_files import channels_of, load_signal, load_windows
from ohmshot.data.speech import load_recording
from ohmshot.foundation.keys import load_device_key, load_signing_key, make_device_key, make_signing_key
from ohmshot.foundation.records import Record
from ohmshot.foundation.tensor_files import tensor_bytes, write_tensors
from ohmshot.meta.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ohmshot.meta.metrics import JsonLines
from ohmshot.meta.settings import preset
from ohmshot.report.shown.kinds import shown_file
from ohmshot.study.study_result import read_study_result
from ohmshot.sweep.plan import read_sweep
from ohmshot.task.adapted_chip import load_adapted_chip, save_adapted_chip
from ohmshot.task.own_task import OneChip
from ohmshot.task.steps import _read as read_steps
from untrained import UNTRAINED
from workbooks import workbook

ROOT = Path(__file__).parents[2]


def liberty(folder: Path) -> bytes:
    """A library of three cells, written from the table of the package."""
    text = library_of(None).liberty
    cells = text.split("cell (")
    return ("cell (".join(cells[:4]).rstrip() + "\n}\n").encode()


def raw_archive(folder: Path) -> bytes:
    """An archive of one table without heads, compressed inside as a published one is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("reads.tsv.gz", gzip.compress(b"1\t2.5\n2\t3.5\n"))
    return content.getvalue()


def read_raw_archive(path: Path) -> object:
    return raw_table(path.parent, path.name, "reads.tsv.gz", ["device", "conductance"])


@dataclass(frozen=True)
class Reader:
    """A reader under attack.

    Attributes:
        name: its name in reports.
        modules: files under src/ohmshot whose reading it covers.
        name_of_file: how the file must be named.
        seed: makes a whole file in a folder, which may hold more that the reader needs; returns the file's content.
        read: reads the file.
        exact: whether a digest covers the whole file, so that every change of a byte must be refused.
        with_others: whether the reader needs the other files that ``seed`` leaves in the folder.
    """

    name: str
    modules: tuple[str, ...]
    name_of_file: str
    seed: Callable[[Path], bytes]
    read: Callable[[Path], object]
    exact: bool = False
    with_others: bool = False


class Run(Record):
    """A run of parts."""

    chips: int = 3
    seed: int = 0


@cache
def tiny_network() -> Bundle:
    layer = ConvolutionShape(inputs=1, outputs=2, kernel=3, stride=1, padding=0, rectified=True)
    header = BundleHeader(
        name="tiny",
        network=NetworkShape(input=(1, 3, 3), convolutions=(layer,), features=2, hidden=(3,), ways=2),
        rates=((0.1, 0.1),),
        mapping=ConductanceMapping(weight_full_scale=(1.0, 1.0), input_full_scale=(1.0, 1.0), copies=(1, 1)),
        provenance=UNTRAINED,
    )
    weights = torch.arange(18.0).view(2, 1, 3, 3)
    return Bundle(header, ((weights, torch.zeros(2)),), (torch.ones(3, 3), torch.zeros(4, 2)))


@cache
def small_bundle() -> Bundle:
    return bundle_for(4, ways=2)


def saved(make: Callable[[Path], object]) -> Callable[[Path], bytes]:
    """Content of a file that a function writes at the path that it is given."""

    def content(folder: Path) -> bytes:
        place = folder / "made"
        make(place)
        return place.read_bytes()

    return content


def signed(folder: Path) -> bytes:
    save_bundle(small_bundle(), folder / "plain")
    sign_file(folder / "plain", folder / "signed", Ed25519PrivateKey.from_private_bytes(bytes(32)), 1)
    return (folder / "signed").read_bytes()


@cache
def chip() -> SimulatedCrossbar:
    return SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 1, [0])


def adapted_chip(key: bytes | None) -> Callable[[Path], bytes]:
    standard = TaskStandard(torch.zeros(4), torch.ones(()))
    place = {"parameters": "leti_hfo2_130nm", "seed": 1, "arrays": 1}
    one = OneChip(chip(), "", "", simulated=chip(), place=place)
    return saved(
        lambda path: save_adapted_chip(path, one, torch.zeros(2048), small_bundle(), standard, ("a", "b"), key)
    )


def no_chip(address: str) -> object:
    from ohmshot.foundation.errors import ChipError

    raise ChipError(f"nothing at {address}")


OPENING = Opening(bundle="b", task="t", settings="s", chip="")


def step_file() -> bytes:
    tensors = {"head.0": torch.ones(1, 5, 2), "targets": torch.ones(1, 2048)}
    standard = {"standard.origin": torch.zeros(1, 1, 4), "standard.size": torch.ones(1, 1, 1)}
    return tensor_bytes(tensors | standard, {"step": "0"})


def journal_lines(folder: Path) -> bytes:
    import hashlib

    content = step_file()
    (folder / FIRST_WRITE).write_bytes(content)
    state = hashlib.sha256(content).hexdigest()
    lines = (OPENING, Begun(step=0, state=state, changed=(600,), pulses=(0,)), Done(step=0, missed=(3,), pulses=(900,)))
    return "".join(line.model_dump_json() + "\n" for line in lines).encode()


def journal_step(folder: Path) -> bytes:
    (folder / JOURNAL).write_bytes(journal_lines(folder))
    return step_file()


def read_journal(path: Path) -> object:
    journal = Journal(path.parent, OPENING)
    return journal.write() if journal.begun is not None else None


def parts(folder: Path) -> bytes:
    (folder / "run.json").write_text(Run().model_dump_json())
    return parquet(folder)


def parquet(folder: Path) -> bytes:
    content = io.BytesIO()
    pl.DataFrame({"chip": [0, 1, 2], "accuracy": [1.0, 0.5, 0.25], "name": ["a", "b", "c"]}).write_parquet(content)
    return content.getvalue()


def read_parts(path: Path) -> object:
    open_parts(path.parent, Run())
    finished_rows(path.parent)
    return merge_parts(path.parent, path.parent.parent / "table.parquet")


STATE = {"w": torch.arange(6.0).view(2, 3)}


def checkpoint(path: Path) -> None:
    save_checkpoint(path, Checkpoint(3, STATE, {"0.step": torch.tensor(3.0)}, {"w": 2 * STATE["w"]}, 97.5, 2), "{}")


MEASURED = (ROOT / "examples" / "wafer.csv").read_bytes()[:6000].rsplit(b"\n", 1)[0] + b"\n"


FORM = """\
names = ["address", "-", "sl (V)", "resistance (Ohm)"]
constants = { experiment = "ramp", temperature_celsius = 25.0 }
keep = { source_voltage_v = [0.3, 2.0] }
ramp = "source_voltage_v"
"""


def measured_parquet(folder: Path) -> bytes:
    content = io.BytesIO()
    pl.read_csv(io.BytesIO(MEASURED), infer_schema=False).write_parquet(content)
    return content.getvalue()


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    return content.getvalue()


def npz(folder: Path) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, features=np.arange(24.0).reshape(6, 4), labels=np.array(["a", "b"] * 3))
    return content.getvalue()


def picture(form: str, side: int = 40) -> Callable[[Path], bytes]:
    def content(folder: Path) -> bytes:
        page = np.full((side, side), 255, dtype=np.uint8)
        page[10:30, 18:22] = 0
        held = io.BytesIO()
        Image.fromarray(page).save(held, form)
        return held.getvalue()

    return content


def recording(folder: Path) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((1000 * np.sin(np.arange(2000))).astype("<i2").tobytes())
    return content.getvalue()


SET_OF_PICTURES = DataSet("set", "a set", "set.zip", "images", "nowhere")


def archive(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(3):
            file.writestr(f"images/Latin/character01/{number}.png", picture("PNG")(folder))
            file.writestr(f"images/someone/training0/classe_{number}.dat", struct.pack("<16h", *range(16)))
    return content.getvalue()


def read_archive(path: Path) -> object:
    read: list[object] = []
    with members(SET_OF_PICTURES, path, ".png", 3) as files:
        read += [omniglot_picture(path, name, get) for name, get in files.items()]
    with members(SET_OF_PICTURES, path, ".dat", 3) as files:
        read += [get() for get in files.values()]
    return read


def decoded(path: Path) -> None:
    write_tensors(
        path, {"values": torch.zeros(2, 3, 4), "group": torch.zeros(2)}, {"examples": json.dumps({"name": "x"})}
    )


def metrics(folder: Path) -> bytes:
    return b'{"phase": "head", "iteration": 1, "loss": 0.5}\n{"phase": "head", "iteration": 2, "loss": 0.4}\n'


def shown(path: Path) -> object:
    return shown_file(path, 80)


def read_seen(path: Path) -> object:
    return seen._read(path)


def text(content: str) -> Callable[[Path], bytes]:
    return lambda folder: content.encode()


def file(*names: str) -> Callable[[Path], bytes]:
    return lambda folder: ROOT.joinpath(*names).read_bytes()


SWEEP = """\
title = "x"
method = "grid"
[run]
source = "invented"
chips = 3
[vary]
strategy.tolerance = { values = [1, 2, 5] }
"""
KEY = bytes(range(32))

READERS = (
    Reader(
        "bundle",
        ("bundle/file.py",),
        "b.safetensors",
        saved(lambda path: save_bundle(small_bundle(), path)),
        read_bundle,
    ),
    Reader("signed bundle", ("bundle/signature.py",), "s.safetensors", signed, read_bundle, exact=True),
    Reader(
        "ONNX graph",
        ("bundle/graph.py",),
        "g.onnx",
        lambda folder: onnx_bytes(tiny_network()),
        lambda path: bundle_behind(path, "drawing", (3, 3), unit_length=False),
    ),
    Reader(
        "trusted keys",
        ("bundle/trust.py",),
        "t.json",
        text(f'{{"format": "ohmshot-trusted-keys", "format_version": 1, "keys": [{{"public_key": "{7:064d}"}}]}}'),
        load_trusted_keys,
    ),
    Reader("public key", ("bundle/trust.py",), "k.pub", text(f"{7:064d}\n"), public_key_of),
    Reader("seen signers", ("bundle/seen.py",), "signers.json", text(f'{{"signers": {{"a": "{7:064d}"}}}}'), read_seen),
    Reader("signing key", ("foundation/keys.py",), "k.pem", saved(make_signing_key), load_signing_key),
    Reader("device key", ("foundation/keys.py",), "d.key", saved(make_device_key), load_device_key),
    Reader(
        "adapted chip",
        ("task/adapted_chip.py",),
        "c.safetensors",
        lambda folder: adapted_chip(None)(folder),
        lambda path: load_adapted_chip(path, small_bundle(), no_chip, None),  # type: ignore[arg-type]
        exact=True,
    ),
    Reader(
        "encrypted chip",
        ("task/adapted_chip.py",),
        "c.sealed",
        lambda folder: adapted_chip(KEY)(folder),
        lambda path: load_adapted_chip(path, small_bundle(), no_chip, KEY),  # type: ignore[arg-type]
        exact=True,
    ),
    Reader("journal", ("adapt/journal.py",), JOURNAL, journal_lines, read_journal, with_others=True),
    Reader(
        "step of a journal",
        ("adapt/journal.py",),
        FIRST_WRITE,
        journal_step,
        read_journal,
        exact=True,
        with_others=True,
    ),
    Reader("steps that are kept", ("task/steps.py",), "steps.safetensors", saved(decoded), read_steps),
    Reader("part", ("adapt/fleet/parts.py",), "rows-000000000-000000003.parquet", parts, read_parts, with_others=True),
    Reader(
        "manifest of parts",
        ("adapt/fleet/parts.py",),
        "run.json",
        text(Run().model_dump_json()),
        lambda path: open_parts(path.parent, Run()),
    ),
    Reader(
        "checkpoint",
        ("meta/checkpoint.py",),
        "k.safetensors",
        saved(checkpoint),
        lambda path: load_checkpoint(path, "{}", STATE),
    ),
    Reader("metrics", ("meta/metrics.py",), "metrics.jsonl", metrics, lambda path: JsonLines(path).rewind("head", 1)),
    Reader("result", ("study/study_result.py",), "r.json", file("docs", "studies", "levels.json"), read_study_result),
    Reader("cited result", ("adapt/citations.py",), "r.json", file("docs", "studies", "levels.json"), citations_in),
    Reader(
        "parameter set",
        ("cell/parameter_set.py",),
        "p.toml",
        file("src", "ohmshot", "cell", "parameters", "leti_hfo2_130nm.toml"),
        lambda path: load_parameter_set(str(path)),
    ),
    Reader("sweep", ("sweep/file.py",), "s.toml", text(SWEEP), read_sweep),
    Reader(
        "preset",
        ("meta/settings.py",),
        "p.toml",
        file("src", "ohmshot", "meta", "presets", "quick.toml"),
        lambda path: preset(str(path)),
    ),
    Reader(
        "measurements, CSV",
        ("characterisation/measurements.py", "foundation/table_files.py"),
        "m.csv",
        lambda folder: MEASURED,
        load_measurements,
    ),
    Reader(
        "measurements, TSV",
        ("foundation/table_files.py",),
        "m.tsv",
        lambda folder: MEASURED.replace(b",", b"\t"),
        load_measurements,
    ),
    Reader(
        "measurements, gzip",
        ("characterisation/testers/sheet.py",),
        "m.csv.gz",
        lambda folder: gzip.compress(MEASURED, mtime=0),
        load_measurements,
    ),
    Reader(
        "measurements, Parquet", ("characterisation/measurements.py",), "m.parquet", measured_parquet, load_measurements
    ),
    Reader(
        "measurements, workbook",
        ("characterisation/testers/keithley.py",),
        "w.xlsx",
        saved(lambda path: workbook(path, {f"Run{run}": [["Time", "AI", "AV"], [0.1, -3e-5, -0.5]] for run in (1, 2)})),
        lambda path: load_measurements(path, form_of(None, (), ("experiment=ramp",))),
    ),
    Reader("form", ("characterisation/form.py",), "f.toml", text(FORM), lambda path: load_form(str(path))),
    Reader(
        "signal, CSV",
        ("foundation/table_files.py",),
        "s.csv",
        text("x,y\n" + "1.5,2\n" * 30),
        lambda path: load_signal(path, 2, 64),
    ),
    Reader(
        "signal, NPY",
        ("data/signal_files.py",),
        "s.npy",
        lambda folder: npy(np.arange(60.0).reshape(30, 2)),
        lambda path: (load_signal(path, 2, 64), channels_of(path)),
    ),
    Reader(
        "raw recording",
        ("data/signal_files.py",),
        "r.dat",
        lambda folder: bytes(range(200)),
        lambda path: load_windows(path, 2, 5),
    ),
    Reader(
        "features, NPY",
        ("data/feature_files.py",),
        "f.npy",
        lambda folder: npy(np.arange(24.0).reshape(6, 4)),
        load_features,
    ),
    Reader(
        "features, NPZ",
        ("data/feature_files.py",),
        "f.npz",
        npz,
        lambda path: (load_labelled_features(path), load_feature_examples(path)),
    ),
    Reader(
        "labels",
        ("data/feature_files.py",),
        "l.txt",
        lambda folder: ((folder / "f.npy").write_bytes(npy(np.ones((6, 4)))), b"a\nb\na\nb\na\nb\n")[1],
        lambda path: load_labelled_features(path.with_name("f.npy"), path),
        with_others=True,
    ),
    Reader("recording", ("data/speech.py",), "r.wav", recording, load_recording),
    *(
        Reader(f"picture, {form}", ("data/pictures.py",), f"p.{form.lower()}", picture(form), load_picture)
        for form in ("PNG", "JPEG", "WEBP", "TIFF", "BMP")
    ),
    Reader("archive", ("data/archive.py", "data/omniglot.py"), "set.zip", archive, read_archive),
    *(
        Reader(f"shown {name}", ("report/shown/content.py", f"report/shown/{module}.py"), "x", seed, shown)
        for name, module, seed in (
            ("journal", "kept", journal_lines),
            ("checkpoint", "kept", saved(checkpoint)),
            ("measurements", "tables", measured_parquet),
            ("result", "content", file("tests", "old_files", "fleet-version-1.json")),
        )
    ),
    Reader("Liberty", ("controller/rtl/gates/cells.py",), "c.lib", liberty, library_of),
    Reader("raw measurements", ("characterisation/open_data/archive.py",), "raw.zip", raw_archive, read_raw_archive),
    Reader("decoded data", ("data/decoded.py",), "d.safetensors", saved(decoded), read_decoded),
)

NOT_FROM_PEOPLE = {
    "controller/firmware/export.py": "files of the package",
    "controller/firmware/self_test.py": "files of the package",
    "controller/rtl/gates/synthesis.py": "what yosys has just written",
    "workbench/widget.py": "a file of the package",
    "api/runs.py": "reads the table that the same run has just written",
    "bundle/onnx_export.py": "writes",
    "characterisation/parameter_file.py": "takes a digest of a table that was read before",
    "data/exercises.py": "opens one file of another package, of a SHA-256 that it names",
    "foundation/compiled.py": "reads the package's own sources",
    "foundation/files.py": "reads the first 128 bytes of what would be overwritten",
    "foundation/references.py": "reads a file of the package",
    "foundation/tensor_files.py": "does it for the readers above",
    "study/periphery.py": "reads a file of the package",
    "studies/controller/gates.py": "reads files of the package",
    "studies/validation/raw_data.py": "reads a file of the package",
    "controller/rtl/formal/prover.py": "what yosys has just written",
    "sweep/search.py": "reads parts, as adapt/fleet/parts.py",
    "report/seen_pictures.py": "opens again what data/pictures.py has read",
    "workbench/downloads.py": "reads what it has just written",
    "wire/server/chip_snapshot.py": "has attacks of its own in tests/wire/server",
    "wire/server/chip_file.py": "has attacks of its own in tests/wire/server",
    "foundation/foreign_files.py": "does it for the readers above",
    "wire/server/server.py": "reads the certificate and key of whoever starts it, by OpenSSL",
    "wire/server/serving.py": "has attacks of its own in tests/wire/server",
}
"""Modules that read files but need no reader in the table, and why."""
