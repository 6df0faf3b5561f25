"""`ohmshot adapt` and `classify` as a person types them."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from ohmshot import cli
from ohmshot.bundle.file import save_bundle, shipped_bundle
from ohmshot.task.result import OwnTaskResult
from own_pictures import write_pictures


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", *(str(argument) for argument in arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def own_pictures(tmp_path: Path) -> Path:
    return write_pictures(tmp_path)


def test_a_chip_learns_a_persons_own_pictures_and_answers_later(
    own_pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chip, told, page = (own_pictures / "out" / name for name in ("chip.safetensors", "told.json", "chip.html"))
    sets = ("--support", own_pictures / "support", "--query", own_pictures / "query")
    assert run(monkeypatch, "adapt", *sets, "--output", chip, "--json", told) == 0

    result = json.loads(told.read_text())
    jsonschema.validate(result, OwnTaskResult.model_json_schema())
    assert result["class_names"] == [f"sign {i}" for i in range(5)]
    assert result["query"]["accuracy"][-1] >= 0.8
    low, high = result["query"]["accuracy_interval95"][-1]
    assert low < result["query"]["accuracy"][-1] <= high
    assert result["support"]["examples"] == [5] * 5
    assert result["energy_joules"]["adaptation"]["total"] == pytest.approx(sum(result["energy_joules_by_update"]))
    assert len(result["cells_written"]) == 5
    wrong = any(answer["true"] != answer["answered"] for answer in result["query"]["answers"])
    assert page.read_text().count("<svg") == 5 + wrong  # wrong answers are shown beside what was learned
    assert "src=" not in page.read_text()

    files = sorted((own_pictures / "query").rglob("*.*"))
    capsys.readouterr()
    assert run(monkeypatch, "classify", "--chip", chip, *files) == 0
    lines = capsys.readouterr().out.replace("\n", " ")
    right = sum(answer["true"] == answer["answered"] for answer in result["query"]["answers"])
    assert sum(f": sign {i} (" in lines for i in range(5)) >= right - 1  # read noise may turn one

    (own_pictures / "notes.png").write_text("no picture")
    asked = (own_pictures / "notes.png", files[0], own_pictures / "not-there.png", own_pictures / "query")
    assert run(monkeypatch, "classify", "--chip", chip, *asked) == 2  # what can be read is answered all the same
    told = capsys.readouterr()
    assert told.out.count(": sign ") == 1
    refused = told.err.splitlines()
    assert [line.split(": ", 1)[0] for line in refused] == ["ohmshot"] * 3
    assert "notes.png is not a picture that can be read" in refused[0]
    assert f"There is no file {own_pictures / 'not-there.png'}." in refused[1]
    assert "query is a folder. Give files." in refused[2]


class Refusals:
    """Runs commands that must end with exit code 2, one line, and nothing written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, message: str, *arguments: object) -> None:
        self.capsys.readouterr()
        assert run(self.monkeypatch, *arguments) == 2
        told = self.capsys.readouterr().err
        assert message in told
        assert told.count("\n") == 1


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refusals:
    return Refusals(monkeypatch, capsys)


def test_bad_input_is_one_line_and_exit_code_2(own_pictures: Path, refused: Refusals) -> None:
    support = own_pictures / "support"
    empty = own_pictures / "empty"
    empty.mkdir()
    (empty / "one").mkdir()
    output = ("--output", own_pictures / "never.safetensors")
    refused("There is no folder", "adapt", "--support", own_pictures / "nowhere", *output)
    refused("has 0 pictures", "adapt", "--support", empty, *output)
    refused("has 5 pictures (PNG or JPEG); it needs 6", "adapt", "--support", support, "--shots", "6", *output)
    refused("no bundle", "demo", "--bundle", own_pictures / "none")
    refused("hybrid", "demo", "--strategy", "guess")
    refused("can be spread over", "demo", "--source", "invented", "--episodes", "2", "--chips", "3")
    refused("does not hold Omniglot", "demo", "--source", "omniglot", "--data", empty)
    refused("no adapted chip", "classify", "--chip", empty / "x", "a.png")
    (support / "sign 5").mkdir()
    Image.new("L", (30, 30)).save(support / "sign 5" / "a.png")
    refused("is empty: no drawing", "adapt", "--support", support, *output)
    for more in range(5, 20):
        (support / f"sign {more}").mkdir(exist_ok=True)
        Image.open(support / "sign 0" / "1.png").save(support / f"sign {more}" / "a.png")
    too_few = "The head for 20 classes takes 2 arrays, not 1. Give --arrays 2"
    refused(too_few, "adapt", "--support", support, *output, "--bundle", "four-convolutions", "--arrays", "1")
    refused(
        "are for chips in this process", "adapt", "--support", support, *output, "--chip", "tcp://x", "--chips", "2"
    )
    refused("--support FOLDER, or --features FILE", "adapt", *output)
    refused("cannot be read", "adapt", "--features", own_pictures / "none.npz", *output)
    refused("Give files to answer, or features", "classify")
    next(support.rglob("*.png")).write_bytes(b"no picture")
    refused("is not a picture", "adapt", "--support", support, *output)
    assert not (own_pictures / "never.safetensors").exists()


def test_a_truncated_bundle_and_a_truncated_chip_are_told(own_pictures: Path, refused: Refusals) -> None:
    half = own_pictures / "half.safetensors"
    save_bundle(shipped_bundle("four-convolutions"), half)
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    refused("is damaged", "adapt", "--bundle", half, "--support", own_pictures / "support")
    refused("is damaged", "demo", "--bundle", half)
    refused("is damaged", "classify", "--chip", half, "a.png")


def test_a_place_that_cannot_be_written_to_is_told_before_any_work(own_pictures: Path, refused: Refusals) -> None:
    blocked = own_pictures / "support" / "sign 0" / "1.png" / "folder"
    adapt = ("adapt", "--support", own_pictures / "support")
    refused("a file is in its way", *adapt, "--output", blocked / "chip.safetensors")
    refused("a file is in its way", *adapt, "--output", own_pictures / "chip", "--json", blocked / "x.json")
    refused("a file is in its way", "demo", "--source", "invented", "--output", blocked)
    refused("is a folder", *adapt, "--output", own_pictures)
    assert not (own_pictures / "chip").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission_is_told(own_pictures: Path, refused: Refusals) -> None:
    closed = own_pictures / "closed"
    closed.mkdir(mode=0o500)
    refused("No permission", "demo", "--source", "invented", "--output", closed)
    refused("No permission", "adapt", "--support", own_pictures / "support", "--output", closed / "chip")


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """No file may grow beyond 10 kB: what a full disk does, without filling one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files_only")
def test_a_full_disk_is_told_and_nothing_is_left_half_written(own_pictures: Path, refused: Refusals) -> None:
    output = own_pictures / "out"
    refused("The disk is full", "adapt", "--support", own_pictures / "support", "--output", output / "chip.safetensors")
    assert list(output.iterdir()) == []


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ohmshot", "adapt", "--support", str(tmp_path / "nowhere")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("ohmshot: There is no folder")
    assert ended.stderr.count("\n") == 1


@pytest.fixture
def own_features(tmp_path: Path) -> Path:
    """The pixels of scikit-learn's digits, 5 of each to learn from and 20 others to be judged by."""
    pixels, digits = load_digits(return_X_y=True)
    rows = [np.flatnonzero(digits == digit) for digit in range(10)]
    support, query = (np.concatenate([each[part] for each in rows]) for part in (slice(5), slice(5, 25)))
    np.save(tmp_path / "train.npy", pixels[support])
    np.savetxt(tmp_path / "labels.txt", digits[support], fmt="%d")
    np.savez(tmp_path / "query.npz", features=pixels[query], labels=digits[query])
    return tmp_path


def test_features_from_files_are_learned_on_as_many_arrays_as_they_take_baked_and_tried_on_other_chips(
    own_features: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own_features)
    sets = ("--features", "train.npy", "--labels", "labels.txt", "--query-features", "query.npz")
    assert run(monkeypatch, "adapt", *sets, "--bake-hours", "12", "--chips", "3", "--json", "told.json") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "10 classes take 2 arrays." in said  # 65 x 10 weights on two pairs each
    result = json.loads(Path("told.json").read_text())
    jsonschema.validate(result, OwnTaskResult.model_json_schema())
    assert (result["class_names"], result["arrays"]) == ([str(digit) for digit in range(10)], 2)
    last, exact = (result["query"][name][-1] for name in ("accuracy", "accuracy_software"))
    assert last > 0.7
    assert last == pytest.approx(exact, abs=0.04)
    assert result["query"]["answers"][3]["file"] == "query.npz:3"
    baked, many = result["after_bake"], result["on_many_chips"]
    assert (baked["hours"], baked["celsius"]) == (12, 150)
    assert baked["accuracy"] == pytest.approx(last, abs=0.06)
    assert baked["accuracy_interval95"][0] < baked["accuracy"] < baked["accuracy_interval95"][1]
    assert "a copy of the chip is right in" in said
    assert many["accuracy"] == pytest.approx(sum(many["accuracy_by_chip"]) / 3)
    assert many["accuracy_ci95"] == pytest.approx(4.303 * np.std(many["accuracy_by_chip"], ddof=1) / 3**0.5, rel=1e-3)
    assert many["accuracy_after_bake"] == pytest.approx(many["accuracy"], abs=0.06)
    assert "On 3 different chips" in said
    page = Path("adapted-chip.html").read_text()
    assert "On 3 different chips" in page

    assert run(monkeypatch, "classify", "--features", "query.npz") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("query.npz:")]
    answered = [line.split(": ")[1].split(" (")[0] for line in lines]
    told = [answer["answered"] for answer in result["query"]["answers"]]
    assert sum(a == b for a, b in zip(answered, told, strict=True)) > 190  # the chip in the file is not baked


def test_tasks_are_drawn_from_features_in_a_file(
    own_features: Path, monkeypatch: pytest.MonkeyPatch, refused: Refusals
) -> None:
    monkeypatch.chdir(own_features)
    source = ("--source", "features", "--data", "query.npz")
    assert run(monkeypatch, "demo", *source, "--ways", "9", "--episodes", "2", "--queries", "5") == 0
    result = json.loads(Path("ohmshot-output/result.json").read_text())
    assert (result["data"], result["ways"]) == ("features of query.npz", 9)
    assert result["accuracy"][-1] > 0.5
    assert run(monkeypatch, "fleet", *source, "--chips", "2", "--queries", "5") == 0
    refused("takes an NPZ file with the arrays features", "demo", "--source", "features")
    refused("is for drawings", "demo", *source, "--bundle", "characters")
