"""A phase on a small problem: least squares."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ohmshot.foundation import files
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.tensor_files import write_tensors
from ohmshot.meta.metrics import JsonLines, TensorBoard
from ohmshot.meta.phase import Phase, Progress, TrainingRun, run_phase
from ohmshot.meta.processes import Processes


class KilledError(Exception):
    pass


def ignore(*told: object) -> None:
    pass


def a_run(folder: Path, progress: Progress = ignore, settings: str = "{}") -> TrainingRun:
    folder.mkdir(exist_ok=True)
    return TrainingRun(
        folder, settings, Processes(), (JsonLines(folder / "metrics.jsonl"),), progress, checkpoint_every=4
    )


def a_phase(judge: Callable[[Tensor], float] | None = None, **changes: object) -> tuple[Phase, Tensor]:
    weights = torch.zeros(3, requires_grad=True)

    def loss(iteration: int) -> Tensor:
        return (weights - torch.randn(3, generator=generator(0, "test", iteration))).square().sum()

    phase = Phase(
        name="line",
        iterations=30,
        state={"weights": weights},
        optimiser=torch.optim.Adam([weights], lr=0.1),
        rates=lambda iteration: [0.1],
        losses=lambda iteration: [loss(iteration)],
        judge=None if judge is None else lambda: judge(weights),
        check_every=3,
    )
    return replace(phase, **changes), weights  # type: ignore[arg-type]


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("moment", [1, 4, 5, 9, 29])
def test_a_phase_killed_at_any_iteration_ends_in_the_same_bits(tmp_path: Path, moment: int) -> None:
    def judge(weights: Tensor) -> float:
        return -float((weights - 0.05).abs().sum())

    undisturbed, wanted = a_phase(judge)
    outcome = run_phase(undisturbed, a_run(tmp_path / "a"))

    def kill(name: str, done: int, *told: object) -> None:
        if done == moment:
            raise KilledError

    killed, _ = a_phase(judge)
    with pytest.raises(KilledError):
        run_phase(killed, a_run(tmp_path / "b", kill))
    resumed, found = a_phase(judge)
    assert run_phase(resumed, a_run(tmp_path / "b")) == outcome
    assert torch.equal(found, wanted)
    assert lines(tmp_path / "a") == lines(tmp_path / "b")
    again, found = a_phase(judge)
    assert run_phase(again, a_run(tmp_path / "b")) == outcome
    assert torch.equal(found, wanted)


def test_a_phase_stops_early_and_gives_the_best_state_back(tmp_path: Path) -> None:
    seen: list[float] = []

    def judge(weights: Tensor) -> float:
        seen.append(float(weights.detach().sum()))
        return 50.0 if len(seen) == 3 else 40.0

    phase, weights = a_phase(judge, patience=2)
    outcome = run_phase(phase, a_run(tmp_path))
    assert outcome.iterations == 6
    assert outcome.held_out == 50.0
    assert len(seen) == 5
    assert float(weights.detach().sum()) == seen[2]


def test_a_phase_without_gain_gives_the_start_back(tmp_path: Path) -> None:
    phase, weights = a_phase(lambda weights: -float(weights.abs().sum()))
    assert run_phase(phase, a_run(tmp_path)).iterations == 0
    assert weights.tolist() == [0, 0, 0]


def test_a_loss_or_gradient_that_is_not_finite_ends_the_run_and_keeps_the_last_good_checkpoint(
    tmp_path: Path,
) -> None:
    good, _ = a_phase()
    for spoiled in ("loss", "gradient"):
        folder = tmp_path / spoiled

        def loss(iteration: int, spoiled: str = spoiled) -> Tensor:
            (value,) = good.losses(iteration)
            if iteration < 6:
                return value
            weights = good.state["weights"]
            return value * float("nan") if spoiled == "loss" else value + (weights - weights.detach()).sum().sqrt()

        with pytest.raises(OhmshotError, match=r"not finite at iteration 7\. Lower its learning rate; the last good"):
            run_phase(replace(good, losses=lambda iteration: [loss(iteration)]), a_run(folder))
        repaired, weights = a_phase(iterations=4)
        assert run_phase(repaired, a_run(folder)).iterations == 4
        assert bool(torch.isfinite(weights).all())


def test_a_full_disk_is_one_line_and_the_last_checkpoint_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    def fill(name: str, done: int, *told: object) -> None:
        if done == 4:
            monkeypatch.setattr(files.os, "fsync", full)

    phase, _ = a_phase()
    with pytest.raises(OhmshotError, match="The disk is full"):
        run_phase(phase, a_run(tmp_path, fill))
    monkeypatch.undo()
    stopped, weights = a_phase(iterations=4)
    run_phase(stopped, a_run(tmp_path))
    undisturbed, wanted = a_phase(iterations=4)
    run_phase(undisturbed, a_run(tmp_path / "elsewhere"))
    assert torch.equal(weights, wanted)


def test_foreign_files_in_the_place_of_a_checkpoint_are_refused_in_one_line(tmp_path: Path) -> None:
    phase, _ = a_phase()
    run_phase(phase, a_run(tmp_path))
    file = tmp_path / "line.safetensors"
    own = file.read_bytes()
    with pytest.raises(OhmshotError, match="other settings"):
        run_phase(phase, a_run(tmp_path, settings="other"))
    narrow = torch.zeros(2, requires_grad=True)
    with pytest.raises(OhmshotError, match="does not fit"):
        run_phase(replace(phase, state={"weights": narrow}), a_run(tmp_path))
    for content, message in (
        (b"", "damaged"),
        (own[:-5], "damaged"),
        (b"not tensors at all", "damaged"),
        (own.replace(b'"iteration":"30"', b'"iteration":"xx"'), "damaged"),
        (own.replace(b"best_iteration", b"last_iteration"), "damaged"),
    ):
        file.write_bytes(content)
        with pytest.raises(OhmshotError, match=message) as told:
            run_phase(phase, a_run(tmp_path))
        assert "\n" not in str(told.value)
    write_tensors(file, {"weights": torch.zeros(3)}, {})
    with pytest.raises(OhmshotError, match="no checkpoint of this ohmshot"):
        run_phase(phase, a_run(tmp_path))


def test_a_line_of_metrics_cut_short_by_a_kill_is_dropped(tmp_path: Path) -> None:
    log = JsonLines(tmp_path / "metrics.jsonl")
    whole = '{"phase": "line", "iteration": 4, "loss": 1.0}\n'
    log.path.write_text(whole + '{"phase": "line", "itera')
    log.rewind("line", 4)
    assert log.path.read_text() == whole


def test_tensorboard_files_hold_the_same_metrics_a_killed_run_once(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")

    def kill(name: str, done: int, *told: object) -> None:
        if done == 9:
            raise KilledError

    for progress in (kill, ignore):
        run = replace(a_run(tmp_path, progress), logs=(JsonLines(tmp_path / "metrics.jsonl"), TensorBoard(tmp_path)))
        phase, _ = a_phase(lambda weights: 50.0)
        with contextlib.suppress(KilledError):
            run_phase(phase, run)
    events = accumulator.EventAccumulator(str(tmp_path / "line"))
    events.Reload()
    told = [(line["iteration"], line["loss"]) for line in lines(tmp_path) if "loss" in line]
    assert [event.step for event in events.Scalars("loss")] == [iteration for iteration, _ in told]
    assert [event.value for event in events.Scalars("loss")] == pytest.approx([loss for _, loss in told])
