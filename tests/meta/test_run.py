"""Whole training runs on invented alphabets, small."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import load_bundle, save_bundle
from ohmshot.bundle.hand_made import is_hand_made
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import BundleError, OhmshotError, SettingsError
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.head_start import HeadStart
from ohmshot.meta.run import meta_train
from ohmshot.meta.settings import MetaTrainingSettings, preset
from ohmshot.meta.trained_bundle import head_origin
from ohmshot.meta.training_pass import TrainingPlan

DRAWINGS = invented_alphabets(0, 3, 8, 20)


def small(**changes: object) -> MetaTrainingSettings:
    few = {
        "filters": (4, 4, 4),
        "held_out_episodes": 10,
        "warm_up_iterations": 12,
        "precision": "float32",
        "head_iterations": 4,
        "joint_iterations": 4,
        "head_tasks": 4,
        "joint_tasks": 2,
        "check_every": 2,
        "checkpoint_every": 5,
        "rate_decays": (0.5,),
        "full_scales": (0.2,),
    }
    return preset("quick").model_copy(update=few | changes)


def ignore(*told: object) -> None:
    pass


def same(one: Bundle, other: Bundle) -> bool:
    tensors = [[*(t for layer in b.convolutions for t in layer), *b.head] for b in (one, other)]
    rates = one.header.rates == other.header.rates
    return rates and all(torch.equal(a, b) for a, b in zip(*tensors, strict=True))


SCRIPT = """
import sys
from pathlib import Path
import torch
from ohmshot.bundle.file import save_bundle
from ohmshot.data.invented import invented_alphabets
from ohmshot.meta.processes import joined
from ohmshot.meta.run import meta_train
from ohmshot.meta.settings import MetaTrainingSettings

torch.set_num_threads(1)
settings, folder = MetaTrainingSettings.model_validate_json(sys.argv[1]), Path(sys.argv[2])
with joined() as processes:
    bundle = meta_train(settings, invented_alphabets(0, 3, 8, 20), folder, lambda *told: None, processes)
    if processes.first:
        save_bundle(bundle, folder / "bundle.safetensors")
"""


def command(tmp_path: Path, settings: MetaTrainingSettings, folder: Path, *launcher: str) -> list[str]:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    return [sys.executable, *launcher, str(script), settings.model_dump_json(), str(folder)]


def test_a_run_killed_by_the_system_at_any_moment_goes_on_to_the_same_bundle(tmp_path: Path) -> None:
    settings = small(warm_up_iterations=20)
    wanted = meta_train(settings, DRAWINGS, tmp_path / "undisturbed", ignore)
    folder = tmp_path / "killed"
    start = command(tmp_path, settings, folder)
    for awaited in ("warm-up.safetensors", "head.safetensors"):
        process = subprocess.Popen(start)
        while not (folder / awaited).exists() and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() in (0, -signal.SIGKILL)
    subprocess.run(start, check=True)
    assert same(load_bundle(folder / "bundle.safetensors"), wanted)
    logs = [(f / "metrics.jsonl").read_text() for f in (folder, tmp_path / "undisturbed")]
    assert logs[0] == logs[1]
    told = [json.loads(line) for line in logs[0].splitlines()]
    assert {line["phase"] for line in told} == {"warm-up", "head", "joint"}


def test_two_processes_give_the_bundle_of_one(tmp_path: Path) -> None:
    settings = small(warm_up_iterations=3, head_iterations=2, joint_iterations=2, patience=100)
    alone = meta_train(settings, DRAWINGS, tmp_path / "alone", ignore)
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0", "--standalone")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(command(tmp_path, settings, tmp_path / "two", *launcher), check=True, env=environment)
    two = load_bundle(tmp_path / "two" / "bundle.safetensors")
    pairs = [*zip(alone.convolutions, two.convolutions, strict=True), (alone.head, two.head)]
    for one, other in pairs:
        # As a whole, not weight by weight: Adam moves a weight with next to no gradient wherever rounding says.
        assert float((one[0] - other[0]).norm()) < 1e-3 * float(one[0].norm())
    torch.testing.assert_close(alone.rates, two.rates, rtol=1e-3, atol=0)


def test_training_again_on_all_alphabets_uses_what_the_held_out_ones_chose(tmp_path: Path) -> None:
    bundle = meta_train(small(retrain_on_all=True), DRAWINGS, tmp_path, ignore)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"warm-up.safetensors", "all-warm-up.safetensors"} <= names
    assert "all of them trained on" in bundle.header.provenance.training_data
    other = meta_train(small(), DRAWINGS, tmp_path / "held out", ignore)
    assert not same(bundle, other)
    assert bundle.header.mapping == other.header.mapping


@pytest.mark.parametrize("algorithm", ["reptile", "prototypical", "whole-network-maml"])
def test_a_run_takes_any_algorithm(tmp_path: Path, algorithm: str) -> None:
    bundle = meta_train(small(algorithm=algorithm, joint_iterations=2), DRAWINGS, tmp_path, ignore)
    assert len(bundle.header.rates) == 5
    assert bundle.header.provenance.metrics["held_out_accuracy_software"] > 20
    assert (bundle.header.provenance.head == "hand-made") == is_hand_made(bundle.head)


@pytest.mark.parametrize(
    ("algorithm", "head", "joint", "made"),
    [
        ("maml", 150, 0, "maml, 150 iterations"),
        ("reptile", 25, 50, "reptile, 75 iterations"),
        ("maml", 0, 0, "hand-made"),
        ("prototypical", 0, 50, "hand-made"),  # learns the network and leaves the head as it is
    ],
)
def test_a_head_is_named_by_the_iterations_that_were_kept(algorithm: str, head: int, joint: int, made: str) -> None:
    start = HeadStart(torch.ones(5, 2), WriteErrorModel((1.0, 1.0), (0.0, 1.0), 0.0))
    assert head_origin(algorithm, TrainingPlan(start, head, joint)) == made


def test_a_run_is_not_tied_to_five_ways(tmp_path: Path) -> None:
    settings = small(ways=3, shots=1, queries=4, updates=2, joint_iterations=0)
    bundle = meta_train(settings, DRAWINGS, tmp_path, ignore)
    assert bundle.head[1].shape[1] == 3
    assert bundle.rates.shape == (2, 2)


def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OhmshotError, match="a file is in its way"):
        meta_train(small(), DRAWINGS, tmp_path / "file" / "run", ignore)
    with pytest.raises(SettingsError, match="Hold out fewer"):
        meta_train(small(held_out_alphabets=3), DRAWINGS, tmp_path, ignore)
    with pytest.raises(SettingsError, match="no algorithm"):
        meta_train(small(algorithm="magic"), DRAWINGS, tmp_path, ignore)
    (tmp_path / "wrong.toml").write_text('name = "x"\nfeatures = 0')
    (tmp_path / "broken.toml").write_text("name = ")
    for name, message in (
        ("none", "no preset"),
        ("none.toml", "cannot be read"),
        ("wrong.toml", "features: Input should be greater"),
        ("broken.toml", "no TOML"),
    ):
        with pytest.raises(SettingsError, match=message):
            preset(str(tmp_path / name) if name.endswith("toml") else name)


def test_bundles_survive_the_disk(tmp_path: Path) -> None:
    bundle = meta_train(small(joint_iterations=0), DRAWINGS, tmp_path, ignore)
    file = tmp_path / "bundle.safetensors"
    save_bundle(bundle, file)
    assert load_bundle(file).digest == bundle.digest
    whole = file.read_bytes()
    for damaged, message in (
        (whole[:-100], "is damaged"),
        (b"", "is damaged"),
        (whole.replace(b'\\"format_version\\":3', b'\\"format_version\\":9'), "newer ohmshot"),
        (whole.replace(b"ohmshot-bundle", b"foreign-bundle"), "header"),
    ):
        assert damaged != whole
        file.write_bytes(damaged)
        with pytest.raises(BundleError, match=message):
            load_bundle(file)
