"""One outer iteration of meta-training: ohmshot against learn2learn, or against a plain loop over tasks.

    python benchmarks/meta_iteration.py [--tasks 16] [--rounds 3] [--threads 1]

The same network (four convolutions of 64 filters without stride, batch norm in evaluation mode, max pooling, a head
64-14-5), the same tasks (5-way, 5 shots, 15 queries), five updates, second order. Each kind of work is run by both
sides in turn; a ratio counts only if their meta-gradients agree, which is checked in double precision. Times are
processor time, so that other programs do not count. Peak memory is that of a process of its own, less what it holds
before the iteration (Linux). learn2learn is used where it is installed; else a loop over tasks with torch.autograd, as
anyone would write it.
"""

import argparse
import importlib.util
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from torch import Tensor, nn

from ohmshot.meta.algorithms.algorithm import Algorithm, EpisodeBatch, Initialisation, network_layers
from ohmshot.meta.algorithms.maml import MAML
from ohmshot.meta.algorithms.whole_network_maml import WHOLE_NETWORK_MAML

WAYS, SHOTS, QUERIES, UPDATES, RATE = 5, 5, 15, 5, 0.01
FEATURES, HIDDEN = 64, 14
PEER = "learn2learn" if importlib.util.find_spec("learn2learn") else "plain loop"


def convolutions() -> nn.Sequential:
    torch.manual_seed(0)
    blocks: list[nn.Module] = []
    for inputs in (1, 64, 64, 64):
        blocks += [nn.Conv2d(inputs, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*blocks, nn.Flatten(), nn.LayerNorm(FEATURES, elementwise_affine=False)).eval()


def head_weights() -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return 0.3 * torch.randn(FEATURES + 1, HIDDEN), 0.3 * torch.randn(HIDDEN + 1, WAYS)


def some_tasks(count: int) -> EpisodeBatch:
    torch.manual_seed(2)
    labels = torch.arange(WAYS)
    support, query = torch.rand(count, WAYS * SHOTS, 1, 28, 28), torch.rand(count, WAYS * QUERIES, 1, 28, 28)
    return EpisodeBatch(support, labels.repeat_interleave(SHOTS), query, labels.repeat_interleave(QUERIES), WAYS)


class Standard(nn.Module):
    """The standardisation by the support set, which comes first in a batch, as every task of ohmshot has it."""

    def forward(self, features: Tensor) -> Tensor:
        support = features[: WAYS * SHOTS]
        origin = support.mean(0)
        return (features - origin) / (support - origin).square().mean().sqrt()


def peer_model(network: nn.Module) -> nn.Sequential:
    """Network, standardisation and head as modules with the weights of `head_weights`."""
    layers = [nn.Linear(FEATURES, HIDDEN), nn.Linear(HIDDEN, WAYS)]
    with torch.no_grad():
        for layer, weights in zip(layers, head_weights(), strict=True):
            layer.weight.copy_(weights[:-1].T)
            layer.bias.copy_(weights[-1])
    return nn.Sequential(network, Standard(), layers[0], nn.ReLU(), layers[1])


def peer_adapted(moving: nn.Module, support: Tensor, labels: Tensor) -> Callable[[Tensor], Tensor]:
    """Adapt the parameters of a module to one task, by learn2learn or by hand; returns the adapted module."""
    if PEER == "learn2learn":
        import learn2learn

        clone = learn2learn.algorithms.MAML(moving, lr=RATE, first_order=False).clone()
        for _ in range(UPDATES):
            clone.adapt(nn.functional.cross_entropy(clone(support), labels))
        return clone  # type: ignore[no-any-return]
    names = [name for name, _ in moving.named_parameters()]
    weights = list(moving.parameters())

    def call(inputs: Tensor) -> Tensor:
        return torch.func.functional_call(moving, dict(zip(names, weights, strict=True)), (inputs,))  # type: ignore[no-any-return]

    for _ in range(UPDATES):
        gradients = torch.autograd.grad(nn.functional.cross_entropy(call(support), labels), weights, create_graph=True)
        weights = [w - RATE * g for w, g in zip(weights, gradients, strict=True)]
    return call


def peer(kind: str, tasks: EpisodeBatch) -> Callable[[], Tensor]:
    """One outer iteration task by task; returns the gradient of the head's first layer, [features, hidden]."""
    model = peer_model(nn.Identity() if kind == "kept features" else convolutions())
    network, moving = model[0], model[1:] if kind != "whole network" else model
    if kind == "frozen network":
        network.requires_grad_(False)

    def iteration() -> Tensor:
        model.zero_grad()
        for support, query in zip(tasks.support, tasks.query, strict=True):
            both = torch.cat([support, query])
            inputs = both if kind == "whole network" else network(both)
            answer = peer_adapted(moving, inputs[: len(support)], tasks.support_labels)
            loss = nn.functional.cross_entropy(answer(inputs)[len(support) :], tasks.query_labels)
            (loss / len(tasks)).backward()
        gradient = model[2].weight.grad
        assert gradient is not None
        return gradient.T

    return iteration


def ours(kind: str, tasks: EpisodeBatch) -> Callable[[], Tensor]:
    """The same outer iteration in ohmshot."""
    algorithm: Algorithm = WHOLE_NETWORK_MAML if kind == "whole network" else MAML
    network = convolutions() if kind in ("whole network", "learning network") else nn.Identity()
    if kind != "whole network":
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    columns = 2 + (len(network_layers(network)) if kind == "whole network" else 0)
    first, second = (weights.requires_grad_() for weights in head_weights())
    start = Initialisation(network, (first, second), torch.full((UPDATES, columns), RATE).log(), torch.zeros(()))

    # As the outer loop does: one task at a time where a network learns, all at once on kept features.
    at_once = len(tasks) if kind == "kept features" else 1
    parts = [
        replace(tasks, support=support, query=query)
        for support, query in zip(tasks.support.split(at_once), tasks.query.split(at_once), strict=True)
    ]

    def iteration() -> Tensor:
        first.grad = None
        network.zero_grad()
        for part in parts:
            (algorithm.loss(start, part, None) * (len(part) / len(tasks))).backward()  # type: ignore[no-untyped-call]
        assert first.grad is not None
        return first.grad[:-1]

    return iteration


@torch.no_grad()
def with_features(tasks: EpisodeBatch) -> EpisodeBatch:
    """Compute features once, as for the phase with a frozen network."""
    network = convolutions()
    support, query = (network(part.flatten(0, 1)).view(*part.shape[:2], -1) for part in (tasks.support, tasks.query))
    return EpisodeBatch(support, tasks.support_labels, query, tasks.query_labels, tasks.ways)


KINDS = {
    "learning network": ("learning network", "learning network"),
    "frozen network": ("frozen network", "kept features"),
    "frozen network, features kept by both": ("kept features", "kept features"),
    "whole network": ("whole network", "whole network"),
}
"""Work, and what each side runs for it: (peer, ohmshot)."""


def side(name: str, kind: str, count: int) -> Callable[[], Tensor]:
    tasks = some_tasks(count)
    tasks = with_features(tasks) if kind == "kept features" else tasks
    return (peer if name == PEER else ours)(kind, tasks)


def _peak(name: str, kind: str, count: int, threads: int, answer: Connection) -> None:
    torch.set_num_threads(threads)
    iteration = side(name, kind, count)
    before = highest_resident()
    iteration()
    answer.send(highest_resident() - before)


def highest_resident() -> float:
    """Peak of the resident memory of this process so far, MiB; the kernel's own count for the present program."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def peak_mebibytes(name: str, kind: str, count: int, threads: int) -> float:
    """Growth of the resident memory of a fresh process in one iteration, MiB."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_peak, args=(name, kind, count, threads, there))
    process.start()
    process.join()
    return float(here.recv())


def difference(kinds: tuple[str, str]) -> float:
    """Relative difference of the meta-gradients of both sides on one task in double precision."""
    torch.set_default_dtype(torch.float64)
    theirs, own = (side(name, kind, 1)() for name, kind in zip((PEER, "ohmshot"), kinds, strict=True))
    torch.set_default_dtype(torch.float32)
    return float((theirs - own).norm() / theirs.norm())


def seconds(iteration: Callable[[], Tensor]) -> tuple[float, float]:
    """Wall and processor seconds of one iteration."""
    wall, used = time.perf_counter(), time.process_time()
    iteration()
    return time.perf_counter() - wall, time.process_time() - used


def main() -> None:
    options = argparse.ArgumentParser(description="One outer iteration of meta-training.")
    options.add_argument("--tasks", type=int, default=16)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=1)
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    print(f"{given.tasks} tasks, {UPDATES} updates, {given.threads} thread(s); best of {given.rounds} in turn")
    print(f"{'work':40} {PEER + ' s':>14} {'ohmshot s':>10} {'times faster':>12} {'MiB':>6} {'MiB':>6} {'agree to':>9}")
    for work, kinds in KINDS.items():
        apart = difference(kinds)
        if apart > 1e-9:
            raise SystemExit(f"{work}: the meta-gradients differ by {apart:.1e}; the times mean nothing.")
        both = [side(name, kind, given.tasks) for name, kind in zip((PEER, "ohmshot"), kinds, strict=True)]
        for iteration in both:
            iteration()
        rounds = [[seconds(iteration) for iteration in both] for _ in range(given.rounds)]
        # Processor time: other programs on the machine do not count.
        theirs, own = (min(one[i][1] for one in rounds) for i in range(2))
        memory = [
            peak_mebibytes(name, kind, given.tasks, given.threads)
            for name, kind in zip((PEER, "ohmshot"), kinds, strict=True)
        ]
        print(
            f"{work:40} {theirs:14.3f} {own:10.3f} {theirs / own:12.1f} {memory[0]:6.0f} {memory[1]:6.0f} {apart:9.0e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
