"""What a page can ask for: one function an operation, each of a session and a message, all in one table."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import Field

from ohmshot.bundle.bundle import Bundle
from ohmshot.data.source import PERSONAL, SIGNAL_SOURCES, SOURCES
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record
from ohmshot.host.learner import LearnerSettings
from ohmshot.study.registry import STUDIES, study_named
from ohmshot.workbench import ageing, commands, picture
from ohmshot.workbench.ageing import GivenBake
from ohmshot.workbench.answers import answer
from ohmshot.workbench.bench import Learned, Taught, state, teach
from ohmshot.workbench.examples import (
    decoded,
    drawn_task,
    encoded,
    require_more_than_a_dot,
    source_examples,
)
from ohmshot.workbench.jobs import GivenStudy
from ohmshot.workbench.sessions import Session
from ohmshot.workbench.settings import BenchSettings, cells_of, checked, choices, fresh_chip
from ohmshot.workbench.shared import DRAWINGS, Workbench
from ohmshot.workbench.task import BenchTask, GivenTask, bench_task


class _Source(Record):
    name: str
    ways: int = Field(default=5, ge=2, le=20)
    shots: int = Field(default=5, ge=1, le=5)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)


class _Ask(Record):
    example: str = Field(max_length=400_000)


class _Learn(Record):
    settings: BenchSettings = BenchSettings()
    task: GivenTask
    record: bool = True


class _Cell(Record):
    settings: BenchSettings = BenchSettings()
    task: GivenTask
    cell: int = Field(ge=0)


class _Number(Record):
    value: float


class _Commands(Record):
    settings: BenchSettings = BenchSettings()
    queries: bool = False
    bake: GivenBake = GivenBake(hours=12, celsius=150)
    study: GivenStudy | None = None


Operation = Callable[[Workbench, Session, Mapping[str, Any]], dict[str, Any]]


def hello(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """What the page needs to begin: choices, sources, studies, and the chip of this session if it has one."""
    return {
        "session": session.name,
        "chip": bench.chip,
        "choices": choices(bench.technologies),
        "sources": _sources(),
        "studies": [{"name": name, "question": study_named(name).question} for name in STUDIES],
        "state": None if session.taught is None else state(session.taught),
        "study": None if session.job is None else session.job.state,
    }


def _sources() -> list[dict[str, Any]]:
    drawings = [name for name in SOURCES if name not in ("omniglot-rotations", "omniglot-pairs")]
    signals = [name for name in ("emg", "invented-emg") if name in SIGNAL_SOURCES]
    return [{"name": name, "bundle": DRAWINGS} for name in drawings] + [
        {"name": name, "bundle": name} for name in signals
    ]


def source(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Examples of a task from a source."""
    given = checked(_Source, message, "The source")
    known = {each["name"]: each["bundle"] for each in _sources()}
    if given.name not in known:
        raise SettingsError(f"There is no source '{given.name}' here. Choose one of {', '.join(known)}.")
    examples = source_examples(given.name, bench.data)
    bundle = bench.bundle(known[given.name])
    people = given.name in PERSONAL
    ways = bundle.header.network.ways if people else given.ways
    classes = drawn_task(given.name, examples, ways, given.shots, given.seed, people)
    return {"bundle": known[given.name], "classes": classes, "shape": list(bundle.example_shape)}


def learn(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Teach a fresh chip, or the one behind the wire, and show what it did."""
    given = checked(_Learn, message, "What shall be learned")
    done = _learned(bench, session, given, "updates" if given.record else "nothing")
    session.taught, session.earlier = done.taught, []
    return done.result | {"meter": picture.costs(done.taught.chip.meter())}


def _learned(bench: Workbench, session: Session, given: "_Learn | _Cell", record: str) -> Learned:
    bundle, task = _task(bench, given.task)
    session.cancelled.clear()

    def done(step: int) -> None:
        if session.cancelled.is_set():
            raise SettingsError("Stopped. The chip is as it was before.")

    if bench.chip == "sim":
        chip = fresh_chip(given.settings, bench.technologies.named(given.settings.technology), bundle)
        return teach(chip, given.settings, bundle, task, record, done)
    return teach(bench.remote(session), given.settings, bundle, task, record, done)


def _task(bench: Workbench, given: GivenTask) -> tuple[Bundle, BenchTask]:
    general = bench.bundle(given.bundle)
    task = bench_task(given, general)
    return general.for_ways(len(task.names)), task


def ask(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Answer to one example with the chip."""
    taught = session.chip()
    values = decoded(checked(_Ask, message, "The example").example, taught.bundle)
    if values.ndim == 2 and not values.is_floating_point():
        require_more_than_a_dot(values, "The drawing")
    features = taught.bundle.features(values[None])
    shares = taught.shares(features)[0]
    return answer(shares, features[0], taught.task.support_features, _known(taught, shares)) | {
        "example": encoded(values)
    }


def _known(taught: Taught, shares: Any) -> bool | None:
    """Whether the chip knows what it is asked: the place of a threshold that is chosen on held-out classes."""
    return None


def compare(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Teach a fresh simulated chip by other settings, beside the session's own; nothing is recorded."""
    given = checked(_Learn, message, "The settings")
    bundle, task = _task(bench, given.task)
    chip = fresh_chip(given.settings, bench.technologies.named(given.settings.technology), bundle)
    done = teach(chip, given.settings, bundle, task, "nothing")
    *_, last = done.result["steps"]
    light = [{key: value for key, value in step.items() if key != "cells"} for step in done.result["steps"]]
    return {**done.result, "steps": light, "cells": last["cells"], "meter": picture.costs(chip.meter())}


def cell(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """The pulse train of one cell, from its first pulse to the last update."""
    given = checked(_Cell, message, "The cell")
    key = hashlib.sha256(
        json.dumps([given.settings.model_dump(), given.task.model_dump()], sort_keys=True).encode()
    ).hexdigest()
    if session.rounds is None or session.rounds[0] != key:
        bundle, task = _task(bench, given.task)
        chip = fresh_chip(given.settings, bench.technologies.named(given.settings.technology), bundle)
        done = teach(chip, given.settings, bundle, task, "all")
        session.rounds = (key, done.rounds, {"steps": done.result["steps"], "cells": chip.datasheet.cells})
    _, rounds, shown = session.rounds
    if given.cell >= shown["cells"]:
        raise SettingsError(f"The chip has cells 0 to {shown['cells'] - 1}; there is no cell {given.cell}.")
    trains = [picture.train_of_cell(each, given.cell) for each in rounds]
    strategy = given.settings.programming()
    return {
        "cell": given.cell,
        "trains": trains,
        "targets": [step["cells"]["target"] for step in shown["steps"]],
        "tolerance": getattr(strategy.scheme, "tolerance", None),
        "ceiling": getattr(strategy.scheme, "reset_ceiling", None),
    }


def look(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Look at the chip again; the answers are measured anew."""
    return state(session.chip())


def preview(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """What a bake would leave."""
    return ageing.preview(session.chip(), checked(GivenBake, message, "The bake"))


def bake(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Bake the chip."""
    given = checked(GivenBake, message, "The bake")
    return state(session.change(lambda taught: ageing.baked(taught, given)))


def equivalent(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Hours at 75 degrees Celsius that age as much as a bake, for the cells of the session's settings."""
    given = checked(GivenBake, message, "The bake")
    settings = BenchSettings() if session.taught is None else session.taught.settings
    cells = cells_of(settings, bench.technologies.named(settings.technology))
    return {"equivalent_hours": ageing.equivalent_hours(given, cells)}


def repair(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Write anew the cells that lie farthest from their targets."""
    share = checked(_Number, message, "The repair").value
    return state(session.change(lambda taught: ageing.repaired(taught, share)))


def retest(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Test every cell and learn around what is stuck."""
    return state(session.change(ageing.found_faults))


def wear(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Wear every cell."""
    cycles = int(checked(_Number, message, "The wear").value)
    return state(session.change(lambda taught: ageing.worn(taught, cycles)))


def break_row(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Break a word line."""
    row = int(checked(_Number, message, "The row").value)
    return state(session.change(lambda taught: ageing.with_open_row(taught, row)))


def next_task(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Learn another task on the same chip."""
    bundle, task = _task(bench, checked(_Learn, message, "What shall be learned").task)
    return state(session.change(lambda taught: ageing.with_next_task(taught, bundle, task)))


def undo(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Take back the last thing that was done to the chip."""
    return state(session.undo())


def command(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """The command lines of all views."""
    given = checked(_Commands, message, "The settings")
    technologies = bench.technologies
    lines = {
        "teach": commands.teach_command(given.settings, technologies, bench.chip, given.queries),
        "time": commands.time_command(given.settings, technologies, bench.chip, given.queries, given.bake),
        "engineer": commands.engineer_command(given.settings, technologies),
    }
    if given.study is not None:
        lines["study"] = commands.study_command(given.study.checked(), technologies)
    return {"lines": lines}


def study(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Start a study; one that this page had before is stopped."""
    given = checked(GivenStudy, message, "The study").checked()
    bench.technologies.named(given.technology)
    if given.source not in SOURCES:
        raise SettingsError(f"There is no source '{given.source}' for studies. Choose one of {', '.join(SOURCES)}.")
    LearnerSettings(strategy=BenchSettings(strategy=given.strategy).programming())
    if session.job is not None:
        session.job.stop()
    session.job = bench.start(given)
    return session.job.state


def study_state(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """How far the study is."""
    return {"state": "none"} if session.job is None else session.job.state


def study_stop(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Stop the study."""
    if session.job is None:
        raise SettingsError("No study runs.")
    session.job.stop()
    return session.job.state


OPERATIONS: dict[str, Operation] = {
    "hello": hello,
    "source": source,
    "learn": learn,
    "ask": ask,
    "compare": compare,
    "cell": cell,
    "look": look,
    "preview": preview,
    "equivalent": equivalent,
    "bake": bake,
    "repair": repair,
    "retest": retest,
    "wear": wear,
    "break-row": break_row,
    "next-task": next_task,
    "undo": undo,
    "command": command,
    "study": study,
    "study-state": study_state,
    "study-stop": study_stop,
}
AT_ANY_TIME = frozenset({"study-state", "study-stop", "command"})
"""Operations that need not wait for one that is under way."""


def done(bench: Workbench, session: Session, name: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Do an operation for a session; those of one session one after another.

    Raises:
        OhmshotError: something that the person can put right.
    """
    if name not in OPERATIONS:
        raise SettingsError(f"The workbench does no '{name}'.")
    with _turn(session, name):
        return OPERATIONS[name](bench, session, message)


@contextlib.contextmanager
def _turn(session: Session, name: str) -> Iterator[None]:
    if name in AT_ANY_TIME:
        yield
        return
    with session.lock:
        yield
