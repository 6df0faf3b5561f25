"""One phase of a training run: iterations with checkpoints, early stopping, metrics, in one process or several."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.foundation.errors import OhmshotError
from ohmshot.meta.checkpoint import Checkpoint, load_checkpoint, optimiser_tensors, restore_optimiser, save_checkpoint
from ohmshot.meta.metrics import Log, Metric
from ohmshot.meta.processes import Processes

Progress = Callable[[str, int, int, float | None, float | None], None]
"""Called with phase, iterations done, iterations in all, loss, and held-out accuracy in per cent, where known."""


@dataclass(frozen=True)
class TrainingRun:
    """Folder, settings, processes and logs that the phases of a run share.

    Attributes:
        folder: folder of the checkpoints.
        settings: settings of the whole run as JSON; a checkpoint of other settings is refused.
        processes: processes that work together.
        logs: destinations of metrics.
        progress: function to report to, see `Progress`.
        checkpoint_every: iterations between two checkpoints.
    """

    folder: Path
    settings: str
    processes: Processes
    logs: Sequence[Log]
    progress: Progress
    checkpoint_every: int


@dataclass(frozen=True)
class Phase:
    """One phase of learning: parameters, loss, optimiser and judge.

    Attributes:
        name: name of the phase and of its checkpoint file.
        iterations: most iterations.
        state: tensors that change, by name: learned ones and running statistics.
        optimiser: optimiser of the learned tensors.
        rates: learning rate of each parameter group in an iteration.
        losses: addends of the loss of an iteration; their graphs are freed one by one, and their sum over all processes
            is the loss.
        judge: function that returns the accuracy of the present state on held-out classes in per cent; None to keep the
            last state.
        check_every: iterations between two judgements.
        patience: judgements without a gain after which the phase ends; None to go on.
    """

    name: str
    iterations: int
    state: Mapping[str, Tensor]
    optimiser: torch.optim.Optimizer
    rates: Callable[[int], Sequence[float]]
    losses: Callable[[int], Iterable[Tensor]]
    judge: Callable[[], float] | None = None
    check_every: int = 25
    patience: int | None = None


@dataclass(frozen=True)
class PhaseResult:
    """End of a phase; its tensors hold the best state that was judged, or the last one.

    Attributes:
        iterations: iterations that led to this state; 0 where nothing was better than the start.
        held_out: accuracy of this state on held-out classes in per cent; None where it was not judged.
    """

    iterations: int
    held_out: float | None


def run_phase(phase: Phase, run: TrainingRun) -> PhaseResult:
    """Run a phase to its end, from its last checkpoint where there is one.

    Every random number depends on the iteration alone, so a run that was killed at any moment ends, bit by bit on the
    CPU, in the state of one that was not.

    Raises:
        OhmshotError: a loss or gradient is not finite, the disk is full, or the checkpoint is foreign. The last good
            checkpoint stays.
    """
    at = _resumed(phase, run)
    while at.iteration < phase.iterations and not _settled(phase, at):
        loss = _step(phase, run, at.iteration)
        at = replace(at, iteration=at.iteration + 1)
        ends = at.iteration == phase.iterations
        held_out = None
        if phase.judge is not None and (ends or at.iteration % phase.check_every == 0):
            held_out = _judged(phase.judge, run)
            if held_out > at.best_accuracy:
                at = replace(at, best=_copy(phase.state), best_accuracy=held_out, best_iteration=at.iteration)
        saves = ends or at.iteration % run.checkpoint_every == 0 or _settled(phase, at)
        if run.processes.first and (saves or held_out is not None):
            for log in run.logs:
                log.add(Metric(phase.name, at.iteration, loss, held_out))
        if saves:
            _save(phase, run, at)
        run.progress(phase.name, at.iteration, phase.iterations, loss, held_out)
    if phase.judge is None:
        return PhaseResult(at.iteration, None)
    _put(phase.state, at.best)
    return PhaseResult(at.best_iteration, at.best_accuracy)


def _resumed(phase: Phase, run: TrainingRun) -> Checkpoint:
    """Return where the phase stands, with its tensors and optimiser in that state."""
    path = _path(phase, run)
    found = run.processes.from_first(load_checkpoint(path, run.settings, phase.state) if run.processes.first else None)
    if found is None:
        judged = -math.inf if phase.judge is None else _judged(phase.judge, run)
        at = Checkpoint(0, {}, {}, {} if phase.judge is None else _copy(phase.state), judged, 0)
    else:
        at = found
        _put(phase.state, at.state)
        restore_optimiser(phase.optimiser, at.optimiser)
    if run.processes.first:
        for log in run.logs:
            log.rewind(phase.name, -1 if found is None else at.iteration)
        if found is None and phase.judge is not None:
            for log in run.logs:
                log.add(Metric(phase.name, 0, None, at.best_accuracy))
    run.progress(phase.name, at.iteration, phase.iterations, None, None if phase.judge is None else at.best_accuracy)
    return at


def _step(phase: Phase, run: TrainingRun, iteration: int) -> float:
    """Take one step of the optimiser and return the loss before it."""
    learned = [tensor for group in phase.optimiser.param_groups for tensor in group["params"]]
    for group, rate in zip(phase.optimiser.param_groups, phase.rates(iteration), strict=True):
        group["lr"] = rate
    phase.optimiser.zero_grad()
    value = torch.zeros((), device=learned[0].device)
    for loss in phase.losses(iteration):
        loss.backward()  # type: ignore[no-untyped-call]
        value += loss.detach()
    gradients = [tensor.grad for tensor in learned if tensor.grad is not None]
    run.processes.sum_in_place([*gradients, value])
    # Checked before the step, so that no checkpoint ever holds what is not finite.
    if not bool(torch.isfinite(value)) or not bool(torch.isfinite(torch.nn.utils.get_total_norm(gradients))):
        raise OhmshotError(
            f"The loss of the phase {phase.name} is not finite at iteration {iteration + 1}. Lower its learning rate; "
            f"the last good checkpoint in {run.folder} is kept."
        )
    phase.optimiser.step()
    return value.item()


@torch.no_grad()
def _judged(judge: Callable[[], float], run: TrainingRun) -> float:
    """Return the accuracy that process 0 finds, so that all take the same turn."""
    return run.processes.from_first(judge())


def _settled(phase: Phase, at: Checkpoint) -> bool:
    """True if the last judgements brought no gain, so that the phase ends early."""
    if phase.judge is None or phase.patience is None:
        return False
    return at.iteration // phase.check_every - at.best_iteration // phase.check_every >= phase.patience


def _save(phase: Phase, run: TrainingRun, at: Checkpoint) -> None:
    if run.processes.first:
        done = replace(at, state=phase.state, optimiser=optimiser_tensors(phase.optimiser))
        save_checkpoint(_path(phase, run), done, run.settings)


def _path(phase: Phase, run: TrainingRun) -> Path:
    return run.folder / f"{phase.name}.safetensors"


def _copy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in state.items()}


@torch.no_grad()
def _put(state: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
    for name, tensor in state.items():
        tensor.copy_(values[name])
