"""Hosts and chip servers ended by SIGKILL at random moments while a chip learns.

Every adaptation runs twice: undisturbed in this process, and as a host and a chip server of which one is killed again
and again and started anew. The moments are uniform in time over a whole adaptation, from a seed.
"""

import multiprocessing
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Literal

import torch
from kill_processes import GAVE_UP, Place, run_host, run_nothing, run_server, undisturbed
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import shipped_bundle
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.source import evaluation_examples
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.conversation import introduced

Victim = Literal["host", "server", "both"]
MOST_KILLS_EACH = 4
"""Of one adaptation, after which it is left alone."""
KILLED_WHILE_STARTING = 0.1
"""Share of the kills whose clock runs from the start of the process, and not only once the host has the chip."""
UPDATES = 5
"""Of the bundle that comes with ohmshot."""
MOST_SECONDS = 300.0
"""After which an adaptation that is left alone counts as lost."""


@dataclass(frozen=True)
class Group:
    """Some of the kills.

    Attributes:
        victim: which process is killed; "both" for one after the other.
        cells: parameter set of the chips (`kill_processes.cells_named`).
        kills: at least so many.
    """

    victim: Victim
    cells: str
    kills: int


@dataclass(frozen=True)
class Killed:
    """One adaptation, disturbed and not.

    Attributes:
        phases: in which each kill came, with the victim's name before it.
        outcome: of the disturbed one, see `kill_processes.adapted_and_baked`.
        reference: the same of the undisturbed one.
    """

    phases: tuple[str, ...]
    outcome: dict[str, Tensor]
    reference: dict[str, Tensor]

    @property
    def is_bit_equal(self) -> bool:
        """Whether nothing at all shows that there were kills."""
        return all(torch.equal(self.outcome[name], values) for name, values in self.reference.items())


def kill_group(
    group: Group, folder: Path, seed: int, tell: Callable[[str], None] = lambda text: None
) -> tuple[Killed, ...]:
    """Adapt one chip after another, killing, until there were enough kills.

    Args:
        group: what to kill, and how often.
        folder: for the files of all processes.
        seed: of chips, tasks and moments.
        tell: told of each adaptation.
    """
    done: list[Killed] = []
    random = generator(seed, "kills", group.victim, group.cells)
    examples, bundle, whole = evaluation_examples("invented"), shipped_bundle("four-convolutions"), 0.0
    while sum(len(each.phases) for each in done) < group.kills:
        number = len(done)
        place = Place(folder / f"{number}", group.cells, 1000 * seed + number, _free_port(), folder / f"{number}.task")
        write_tensors(place.task, _task(examples, bundle, generator(seed, "kills", "episode", number)), {})
        if number == 0:
            whole = _seconds_of_a_whole(place)
        reference = undisturbed(_beside(place, "reference"))
        phases = _disturbed(place, group.victim, whole, random)
        done.append(Killed(phases, read_tensors(place.outcome)[0], reference))
        tell(f"{group.cells}, {group.victim}: chip {number}, {len(phases)} kills: {', '.join(phases)}")
    return tuple(done)


def _disturbed(place: Place, victim: Victim, whole: float, random: torch.Generator) -> tuple[str, ...]:
    """Adapt one chip, killing; returns the phases of the kills."""
    processes = {"server": _started(run_server, place)}
    _wait_for_server(place)
    processes["host"] = _started_host(place)
    lines = 0
    phases: list[str] = []
    try:
        while len(phases) < MOST_KILLS_EACH:
            share, moment = torch.rand(2, generator=random).tolist()
            if share > KILLED_WHILE_STARTING:
                _wait_for_host(processes, place)
            if _has_ended(processes, place, whole * moment):
                break
            chosen = victim if victim != "both" else ("host", "server")[len(phases) % 2]
            _kill(processes[chosen])
            if chosen == "server":
                processes["server"] = _started(run_server, place)
                _wait_for_server(place)
            phases.append(f"{chosen}: {_phase(place, lines)}")
            if chosen == "host":
                lines = len(place.journal_lines())
                processes["host"] = _started_host(place)
        if not _has_ended(processes, place, MOST_SECONDS):
            raise ChipError(f"The adaptation in {place.folder} does not come to its end; its files are there.")
    finally:
        for process in processes.values():
            _kill(process)
    return tuple(phases)


def _has_ended(processes: dict[str, BaseProcess], place: Place, seconds: float) -> bool:
    """Wait for the host to end well; one that found no server at its start is started again, as a person would."""
    ends = time.monotonic() + seconds
    while True:
        processes["host"].join(timeout=max(0.0, ends - time.monotonic()))
        if processes["host"].exitcode != GAVE_UP:
            break
        processes["host"] = _started_host(place)
    if processes["host"].exitcode in (None, 0):
        return processes["host"].exitcode == 0
    raise ChipError(f"The host in {place.folder} failed; its files are there.")


def _seconds_of_a_whole(place: Place) -> float:
    """How long an adaptation takes that is left alone, once its host has the chip."""
    calm = _beside(place, "calm")
    server = _started(run_server, calm)
    warm = _started(run_nothing, calm)
    warm.join()
    try:
        _wait_for_server(calm)
        processes = {"host": _started_host(calm)}
        _wait_for_host(processes, calm)
        started = time.perf_counter()
        if not _has_ended(processes, calm, MOST_SECONDS):
            raise ChipError("An adaptation that was left alone did not end.")
        return time.perf_counter() - started
    finally:
        _kill(server)


def _phase(place: Place, lines_before: int) -> str:
    """What the host was doing, by its journal and the chip's meter."""
    lines = place.journal_lines()
    events = [line for line in lines if line.get("event") in ("begun", "done")]
    if not events:
        return "before the first write"
    if len(lines) == lines_before:
        return "verification after a restart"
    last = events[-1]
    if last["event"] == "begun" and last["step"] == 0:
        return "forming" if _pulses(place) == 0 else "initialisation"
    step = int(last["step"]) + (last["event"] == "done")
    return f"update {step}" if step <= UPDATES else "bake and answers"


def _pulses(place: Place) -> int:
    """SET and RESET pulses that the chip has counted."""
    conversation = introduced(connect(f"tcp://127.0.0.1:{place.port}"))
    counts = [int(part) for part in conversation.query(b"MET:COUN?").split(",")]
    conversation.link.close()
    return counts[1] + counts[2]


def _started(run: Callable[[Place], None], place: Place) -> BaseProcess:
    """Start a process: forked from one that has imported everything and done nothing, so that a start is cheap."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([run_host.__module__])
    process = context.Process(target=run, args=(place,), daemon=True)
    process.start()
    return process


def _started_host(place: Place) -> BaseProcess:
    place.connected.unlink(missing_ok=True)
    return _started(run_host, place)


def _wait_for_host(processes: dict[str, BaseProcess], place: Place) -> None:
    """Wait until the host has the chip, or has ended; one that found no server is started again."""
    while not place.connected.exists():
        if processes["host"].exitcode == GAVE_UP:
            processes["host"] = _started_host(place)
        elif processes["host"].exitcode is not None:
            return
        time.sleep(0.01)


def _kill(process: BaseProcess) -> None:
    process.kill()
    process.join()


def _wait_for_server(place: Place) -> None:
    ends = time.monotonic() + MOST_SECONDS
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", place.port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise ChipError(f"The chip server of {place.folder} did not start.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _beside(place: Place, name: str) -> Place:
    return Place(place.folder / name, place.cells, place.seed, place.port, place.task)


def _task(examples: Examples, bundle: Bundle, random: torch.Generator) -> dict[str, Tensor]:
    """Features and labels of one 5-shot episode."""
    episode = sample_episodes(examples, EpisodeShape(bundle.header.network.ways), 1, random)
    return {
        "support": bundle.features(episode.support(examples.values)[0])[None],
        "support_labels": episode.support_labels,
        "query": bundle.features(episode.query(examples.values)[0])[None],
        "query_labels": episode.query_labels,
    }
