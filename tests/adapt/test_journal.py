"""A host that is killed and starts again: the chip lives on, as a non-volatile memory does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ohmshot.adapt.adaptation import adaptation
from ohmshot.adapt.journal import JOURNAL, JournalError, open_journal
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.host.care.care import STUCK, TEST_FIRST
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.limits import LimitError, Limits
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.host.strategies.strategy import with_settings


def adapt(learner: Learner, features: torch.Tensor, labels: torch.Tensor, folder: Path) -> list[int]:
    """Adapt with a journal; returns the numbers of the steps that were made."""
    journal = open_journal(folder, learner, features, labels)
    return [step.number for step in adaptation(learner, features, labels, journal=journal)]


class HostKilled(BaseException):
    """Nobody catches it."""


class Mortal:
    """A crossbar whose host dies before its n-th operation; a bulk of pulses may be cut in its middle."""

    def __init__(self, chip: SimulatedCrossbar, operations: int) -> None:
        self._chip, self.left = chip, operations
        self.pulsed = torch.zeros(chip.chips * chip.datasheet.cells, dtype=torch.bool)

    def takes(self, plan: object) -> bool:
        return False  # so that the host can die between two pulses

    def __getattr__(self, name: str) -> object:
        found = getattr(self._chip, name)
        if name not in ("form", "set", "reset", "read", "multiply", "wait"):
            return found
        return lambda *arguments: self._counted(name, found, arguments)

    def health(self) -> torch.Tensor:
        return self._chip.health()

    def keep_health(self, cells: torch.Tensor, codes: torch.Tensor) -> None:
        self._chip.keep_health(cells, codes)

    def _counted(self, name: str, operation: Callable[..., object], arguments: tuple[object, ...]) -> object:
        self.left -= 1
        if self.left < 0:
            if name in ("form", "set", "reset"):
                operation(*(part[: len(part) // 2] for part in arguments))  # type: ignore[index, arg-type]
            raise HostKilled
        if name in ("set", "reset"):
            self.pulsed[arguments[0]] = True  # type: ignore[index]
        return operation(*arguments)


def chip() -> SimulatedCrossbar:
    return SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 3, [0])


def task() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    images = invented_alphabets(4, 1, 5, 11).values
    bundle = shipped_bundle("four-convolutions")
    return bundle.features(images[:, 0])[None], torch.arange(5), bundle.features(images[:, 1:])[None].flatten(1, 2)


def outcome(learner: Learner, queries: torch.Tensor, crossbar: SimulatedCrossbar) -> tuple[float, torch.Tensor]:
    """Share of right answers, and by how much the cells miss the journal's targets, uS."""
    answers = learner.forward(queries).logits[0].argmax(-1)
    right = float((answers == torch.arange(5).repeat_interleave(10)).double().mean())
    return right, (crossbar.true_conductances().flatten() - learner.targets.flatten()).abs()


def killed_until_done(folder: Path, crossbar: SimulatedCrossbar, seed: int) -> tuple[Learner, int]:
    """Kill hosts at random operations until one comes to the end; returns it and the number of kills."""
    features, labels, _ = task()
    random, kills = generator(seed, "kills"), 0
    while True:
        mortal = Mortal(crossbar, int(torch.randint(3, 250, (), generator=random)))
        learner = Learner(mortal, shipped_bundle("four-convolutions"), LearnerSettings())  # type: ignore[arg-type]
        try:
            adapt(learner, features, labels, folder)
        except HostKilled:
            kills += 1
            assert kills < 200
        else:
            mortal.left = 10**9
            return learner, kills


def undisturbed(folder: Path) -> tuple[float, torch.Tensor]:
    features, labels, queries = task()
    crossbar = chip()
    learner = Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings())
    assert adapt(learner, features, labels, folder) == [0, 1, 2, 3, 4, 5]
    return outcome(learner, queries, crossbar)


def assert_nothing_lost(calm: tuple[float, torch.Tensor], disturbed: tuple[float, torch.Tensor]) -> None:
    """The disturbed chip answers as well but for read noise, and its cells sit as well on their targets."""
    (accuracy, misses), (again, missed) = calm, disturbed
    assert again >= accuracy - 0.15
    assert float(missed.median()) <= 2 * float(misses.median()) + 1
    assert float((missed > 15).double().mean()) <= float((misses > 15).double().mean()) + 0.02


def test_a_host_killed_between_and_within_operations_goes_on(tmp_path: Path) -> None:
    crossbar = chip()
    learner, kills = killed_until_done(tmp_path / "killed", crossbar, 1)
    assert kills >= 3
    assert_nothing_lost(undisturbed(tmp_path / "calm"), outcome(learner, task()[2], crossbar))


def test_a_host_that_goes_on_remembers_by_the_chip_which_cells_are_stuck(tmp_path: Path) -> None:
    cell = load_parameter_set("leti_hfo2_130nm").values
    crossbar = simulated_chips(cell, Circuit(), 3, [0], [0], Injection(stuck=0.05))
    assert isinstance(crossbar, SimulatedCrossbar)
    TEST_FIRST.before(Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings()))
    stuck = crossbar.health().flatten() == STUCK
    learner, kills = killed_until_done(tmp_path / "killed", crossbar, 1)
    assert kills >= 3
    assert learner.faults is not None
    assert torch.equal(learner.faults.stuck.flatten(), stuck)
    assert isinstance(learner.crossbar, Mortal)
    assert not learner.crossbar.pulsed[stuck].any()
    assert learner.crossbar.pulsed[~stuck].any()
    right, missed = outcome(learner, task()[2], crossbar)
    calm = undisturbed(tmp_path / "calm")
    assert_nothing_lost(calm, (right, missed[~stuck]))


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    calm, total, seed = undisturbed(tmp_path / "calm"), 0, 100
    while total < 200:
        crossbar, seed = chip(), seed + 1
        learner, kills = killed_until_done(tmp_path / str(seed), crossbar, seed)
        right, missed = outcome(learner, task()[2], crossbar)
        assert_nothing_lost(calm, (right, missed))
        total += kills
        print(
            f"{kills} kills, accuracy {right:.2f} ({calm[0]:.2f}), "
            f"median miss {float(missed.median()):.2f} uS ({float(calm[1].median()):.2f})"
        )


def test_another_task_or_bundle_or_a_damaged_journal_is_refused(tmp_path: Path) -> None:
    features, labels, _ = task()
    learner = Learner(
        chip(), shipped_bundle("four-convolutions"), LearnerSettings(strategy=strategy_named("single-shot-set"))
    )
    adapt(learner, features, labels, tmp_path)
    with pytest.raises(JournalError, match="another task"):
        adapt(learner, features, labels.flip(0), tmp_path)
    other = Learner(chip(), shipped_bundle("four-convolutions"), LearnerSettings())
    with pytest.raises(JournalError, match="another settings"):
        adapt(other, features, labels, tmp_path)
    state = max(tmp_path.glob("step-*.safetensors"))
    state.write_bytes(state.read_bytes()[:-1] + b"x")
    with pytest.raises(JournalError, match="missing or damaged"):
        adapt(learner, features, labels, tmp_path)
    path = tmp_path / JOURNAL
    path.write_bytes(path.read_bytes().replace(b'"begun"', b'"bogun"', 1))
    with pytest.raises(JournalError, match="damaged"):
        adapt(learner, features, labels, tmp_path)


def test_a_journal_names_a_strategy_as_journals_always_have(tmp_path: Path) -> None:
    """So that an adaptation that was begun before strategies were records can be gone on with."""
    features, labels, _ = task()
    settings = LearnerSettings(strategy=strategy_named("single-shot-set"), limits=Limits())
    adapt(Learner(chip(), shipped_bundle("four-convolutions"), settings), features, labels, tmp_path)
    opening = json.loads((tmp_path / JOURNAL).read_text().splitlines()[0])
    assert opening["settings"] == (
        "LearnerSettings(strategy='single-shot-set', strategy_settings=None, levels='datasheet', "
        "pair_policy='one-sided', write_threshold=0.0, forward='multiply', shadow='floating', settle_seconds=6.0, "
        "limits=None)"
    )


def test_a_journal_of_a_strategy_with_other_settings_is_refused(tmp_path: Path) -> None:
    features, labels, _ = task()
    learner = Learner(chip(), shipped_bundle("four-convolutions"), LearnerSettings())
    adapt(learner, features, labels, tmp_path)
    wider = LearnerSettings(strategy=with_settings(strategy_named("hybrid"), {"tolerance": 4.0}))
    with pytest.raises(JournalError, match="another settings"):
        adapt(Learner(chip(), shipped_bundle("four-convolutions"), wider), features, labels, tmp_path)


def test_a_chip_that_was_formed_is_not_formed_again_and_one_that_was_not_is(tmp_path: Path) -> None:
    features, labels, queries = task()
    crossbar = chip()
    adapt(Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings()), features, labels, tmp_path)
    formed = int(crossbar.meter().of("form").count)
    adapt(Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings()), features, labels, tmp_path)
    assert int(crossbar.meter().of("form").count) == formed == 2048

    class Unnoticed(Mortal):
        """A fresh chip whose tester has kept the meter of the one before."""

        def meter(self) -> MeterReading:
            return self._chip.meter() + crossbar.meter()

    fresh = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 4, [0])
    learner = Learner(Unnoticed(fresh, 10**9), shipped_bundle("four-convolutions"), LearnerSettings())  # type: ignore[arg-type]
    assert adapt(learner, features, labels, tmp_path) == [5]
    assert len(learner.missed) < 5
    assert outcome(learner, queries, fresh)[0] >= outcome(learner, queries, crossbar)[0] - 0.1


def test_what_was_spent_before_a_restart_counts_for_the_session(tmp_path: Path) -> None:
    features, labels, _ = task()
    crossbar = chip()
    crossbar.form(torch.arange(100))  # before the session

    def again(limit: int) -> list[int]:
        settings = LearnerSettings(strategy=strategy_named("single-shot-set"), limits=Limits(session_pulses=limit))
        return adapt(Learner(crossbar, shipped_bundle("four-convolutions"), settings), features, labels, tmp_path)

    assert again(10**6) == [0, 1, 2, 3, 4, 5]
    spent = int(crossbar.meter().pulses) - 100
    with pytest.raises(LimitError, match=f"could reach {spent + 2 * 2048} pulses in a session"):
        again(spent + 2 * 2048 - 1)
    assert again(spent + 2 * 2048) == [5]


def test_a_line_cut_short_is_dropped(tmp_path: Path) -> None:
    features, labels, _ = task()
    settings = LearnerSettings(strategy=strategy_named("single-shot-set"))
    adapt(Learner(chip(), shipped_bundle("four-convolutions"), settings), features, labels, tmp_path)
    path = tmp_path / JOURNAL
    path.write_bytes(path.read_bytes()[:-9])
    assert adapt(Learner(chip(), shipped_bundle("four-convolutions"), settings), features, labels, tmp_path) == [5]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["step"] for line in lines if line.get("event") == "done"] == [0, 1, 2, 3, 4, 5]


HOST = """
import sys
from pathlib import Path
from test_journal import host
host(Path(sys.argv[1]))
"""


def host(folder: Path) -> None:
    """Run one host: a chip that is kept in a file after each operation, and the journal."""
    crossbar, kept = chip(), folder / "chip.safetensors"
    if kept.exists():
        crossbar.restore(read_tensors(kept)[0])

    class Kept(Mortal):
        def _counted(self, name: str, operation: Callable[..., object], arguments: tuple[object, ...]) -> object:
            answer = operation(*arguments)
            write_tensors(kept, crossbar.snapshot(), {})
            return answer

    features, labels, queries = task()
    learner = Learner(Kept(crossbar, 0), shipped_bundle("four-convolutions"), LearnerSettings())  # type: ignore[arg-type]
    adapt(learner, features, labels, folder / "journal")
    accuracy, misses = outcome(learner, queries, crossbar)
    (folder / "outcome.json").write_text(json.dumps([accuracy, float(misses.median())]))


@pytest.mark.slow
def test_a_host_killed_by_the_system_at_random_moments_goes_on(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parent)])}
    run = [sys.executable, "-c", HOST]
    calm = tmp_path / "calm"
    calm.mkdir()
    started = time.monotonic()
    subprocess.run([*run, str(calm)], check=True, env=environment)
    whole = time.monotonic() - started
    accuracy, misses = json.loads((calm / "outcome.json").read_text())
    random, kills, rounds = generator(2, "kills"), 0, 0
    while kills < 20:
        rounds += 1
        assert rounds < 40
        killed = tmp_path / str(rounds)
        killed.mkdir()
        here = 0
        while not (killed / "outcome.json").exists():
            process = subprocess.Popen([*run, str(killed)], env=environment)
            try:  # after eight kills of one chip its host is left alone
                process.wait(
                    timeout=whole * (0.3 + 0.7 * float(torch.rand((), generator=random))) if here < 8 else None
                )
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                here += 1
            process.wait()
        kills += here
        again, missed = json.loads((killed / "outcome.json").read_text())
        print(f"{here} SIGKILLs, accuracy {again:.2f} ({accuracy:.2f}), median miss {missed:.2f} uS ({misses:.2f})")
        assert again >= accuracy - 0.15
        assert missed <= 2 * misses + 1
