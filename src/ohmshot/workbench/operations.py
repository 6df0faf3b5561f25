"""What a page can ask for: one function an operation, each of a session and a message, all in one table."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import Field

from ohmshot.data.source import PERSONAL, SOURCES
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record as Fields
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.strategy import settings_of
from ohmshot.workbench import ageing, commands, picture
from ohmshot.workbench.ageing import GivenBake
from ohmshot.workbench.answers import answer
from ohmshot.workbench.bench import Learned, Record, Taught, state, teach, teach_next
from ohmshot.workbench.examples import (
    decoded,
    drawn_task,
    encoded,
    source_examples,
)
from ohmshot.workbench.jobs import GivenStudy
from ohmshot.workbench.offered import sources
from ohmshot.workbench.sessions import Session
from ohmshot.workbench.settings import BenchSettings, cells_of, checked, fresh_chip
from ohmshot.workbench.shared import PreparingError, Workbench
from ohmshot.workbench.task import BenchTask, GivenTask, bench_task


class _Source(Fields):
    name: str
    ways: int = Field(default=5, ge=2, le=20)
    shots: int = Field(default=5, ge=1, le=5)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)


class _Ask(Fields):
    example: str = Field(max_length=400_000)


class _Learn(Fields):
    settings: BenchSettings = BenchSettings()
    task: GivenTask
    record: bool = True


class _Cell(Fields):
    settings: BenchSettings = BenchSettings()
    task: GivenTask
    cell: int = Field(ge=0)


class _Number(Fields):
    value: float


class _Commands(Fields):
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
        **bench.offered,
        "state": None if session.taught is None else _state(session),
        "study": None if session.job is None else session.job.state,
    }


def _state(session: Session) -> dict[str, Any]:
    return state(session.chip()) | {"undoable": len(session.earlier)}


def source(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Examples of a task from a source."""
    given = checked(_Source, message, "The source")
    known = sources()
    if given.name not in known:
        raise SettingsError(f"There is no source '{given.name}' here. Choose one of {', '.join(known)}.")
    examples = source_examples(given.name, bench.data)
    bundle = bench.bundle(known[given.name])
    people = given.name in PERSONAL
    ways = bundle.header.network.ways if people else given.ways
    classes = drawn_task(given.name, examples, ways, given.shots, given.seed, people)
    return {"bundle": known[given.name], "classes": classes, "shape": list(bundle.example_shape)}


def source_stop(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Stop making the initialisation for the people of a source; whoever asks for it next begins anew."""
    bench.stop_making(checked(_Source, message, "The source").name)
    return {}


def learn(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Teach a fresh chip, or the one behind the wire, and show what it did."""
    given = checked(_Learn, message, "What shall be learned")
    record: Record = "updates" if given.record else "nothing"
    task = _task(bench, session, given.task)
    if bench.chip == "sim":
        done = _on_fresh_chip(bench, given.settings, task, record, _until_stopped(session))
    else:
        done = teach(bench.remote(session), given.settings, task, record, _until_stopped(session))
    session.learn(done.taught)
    return done.result | {"history": (), "undoable": len(session.earlier)}


def _on_fresh_chip(
    bench: Workbench,
    settings: BenchSettings,
    task: BenchTask,
    record: Record,
    done: Callable[[int], None] = lambda step: None,
) -> Learned:
    chip = fresh_chip(settings, bench.technologies.named(settings.technology), task.bundle)
    return teach(chip, settings, task, record, done)


def _until_stopped(session: Session) -> Callable[[int], None]:
    session.cancelled.clear()

    def done(step: int) -> None:
        if session.cancelled.is_set():
            raise SettingsError("Stopped. The chip is as it was before.")

    return done


def _task(bench: Workbench, session: Session, given: GivenTask) -> BenchTask:
    """The task that a page sent, which is mostly the one that it sent before."""
    if session.task is None or session.task.sent != given:
        session.task = bench_task(given, bench.bundle(given.bundle))
    return session.task


def ask(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Answer to one example with the chip."""
    taught = session.chip()
    values = decoded(checked(_Ask, message, "The example").example, taught.bundle)
    features = taught.bundle.features(values[None])
    familiar = taught.task.familiar
    score, threshold = float(familiar.score(features)[0]), familiar.threshold(taught.bundle)
    known = None if threshold is None else score >= threshold
    told = answer(taught.shares(features)[0], features[0], taught.task.support_features, known)
    return told | {"familiarity": score, "familiar_from": threshold, "example": encoded(values)}


def compare(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Teach a fresh simulated chip by other settings, beside the session's own; nothing is recorded."""
    given = checked(_Learn, message, "The settings")
    done = _on_fresh_chip(bench, given.settings, _task(bench, session, given.task), "nothing")
    *_, last = done.result["steps"]
    light = [{key: value for key, value in step.items() if key != "cells"} for step in done.result["steps"]]
    return {**done.result, "steps": light, "cells": last["cells"]}


def cell(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """The pulse train of one cell, from its first pulse to the last update."""
    given = checked(_Cell, message, "The cell")
    if session.rounds is None or session.rounds[:2] != (given.settings, given.task):
        task = _task(bench, session, given.task)
        session.rounds = (given.settings, given.task, _on_fresh_chip(bench, given.settings, task, "all"))
    learned = session.rounds[2]
    cells = learned.taught.chip.datasheet.cells
    if given.cell >= cells:
        raise SettingsError(f"The chip has cells 0 to {cells - 1}; there is no cell {given.cell}.")
    strategy = settings_of(given.settings.programming())
    return {
        "cell": given.cell,
        "trains": [picture.train_of_cell(each, given.cell) for each in learned.rounds],
        "targets": [step["cells"]["target"] for step in learned.result["steps"]],
        "tolerance": strategy.get("tolerance"),
        "ceiling": strategy.get("reset_ceiling"),
    }


def look(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Look at the chip again; the answers are measured anew."""
    return _state(session)


def preview(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """What a bake would leave."""
    return ageing.preview(session.chip(), checked(GivenBake, message, "The bake"))


def bake(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Bake the chip."""
    given = checked(GivenBake, message, "The bake")
    session.change(lambda taught: ageing.baked(taught, given))
    return _state(session)


def equivalent(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Hours at 75 degrees Celsius that age as much as a bake, for the cells of the session's settings."""
    given = checked(GivenBake, message, "The bake")
    settings = BenchSettings() if session.taught is None else session.taught.settings
    cells = cells_of(settings, bench.technologies.named(settings.technology))
    return {"equivalent_hours": ageing.equivalent_hours(given, cells)}


def repair(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Write anew the cells that lie farthest from their targets."""
    share = checked(_Number, message, "The repair").value
    session.change(lambda taught: ageing.repaired(taught, share))
    return _state(session)


def retest(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Test every cell and learn around what is stuck."""
    session.change(ageing.found_faults)
    return _state(session)


def wear(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Wear every cell."""
    cycles = int(checked(_Number, message, "The wear").value)
    session.change(lambda taught: ageing.worn(taught, cycles))
    return _state(session)


def break_row(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Break a word line."""
    row = int(checked(_Number, message, "The row").value)
    session.change(lambda taught: ageing.with_open_row(taught, row))
    return _state(session)


def next_task(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Learn another task on the same chip, and show what it did."""
    task = _task(bench, session, checked(_Learn, message, "What shall be learned").task)
    done: list[Learned] = []

    def learned(taught: Taught) -> Taught:
        done.append(teach_next(taught, task, _until_stopped(session)))
        return done[0].taught

    session.change(learned)
    return _state(session) | done[0].result


def undo(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Take back the last thing that was done to the chip."""
    session.undo()
    return _state(session)


def undo_all(bench: Workbench, session: Session, message: Mapping[str, Any]) -> dict[str, Any]:
    """Take back all that was done to the chip since it learned."""
    session.undo_all()
    return _state(session)


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
    "source-stop": source_stop,
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
    "undo-all": undo_all,
    "command": command,
    "study": study,
    "study-state": study_state,
    "study-stop": study_stop,
}
AT_ANY_TIME = frozenset({"source-stop", "study-state", "study-stop", "command"})
"""Operations that need not wait for one that is under way."""


def done(bench: Workbench, session: Session, name: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Do an operation for a session; those of one session one after another.

    Where it needs something that is still being made, the answer is "preparing" with the state of that work, and the
    page asks again.

    Raises:
        OhmshotError: something that the person can put right.
    """
    if name not in OPERATIONS:
        raise SettingsError(f"The workbench does no '{name}'.")
    with _turn(session, name):
        try:
            return OPERATIONS[name](bench, session, message)
        except PreparingError as error:
            return {"preparing": error.state}


@contextlib.contextmanager
def _turn(session: Session, name: str) -> Iterator[None]:
    if name in AT_ANY_TIME:
        yield
        return
    with session.lock:
        yield
