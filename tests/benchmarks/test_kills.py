"""Hosts and chip servers killed at random moments: nothing is lost."""

from pathlib import Path
from typing import Any

import pytest
import torch
from kill_moments import Group, Killed, kill_group
from kill_processes import QUIET
from kills import cells_off, killed, phase_table, show, summary
from kills_while_saving import killed_hosts, killed_servers


def outcome(**changed: object) -> dict[str, torch.Tensor]:
    whole: dict[str, Any] = {
        "targets": torch.tensor([5.0, 44.6, 116.6]),
        "missed": torch.zeros(0, dtype=torch.int64),
        "adapted": torch.tensor([7.0, 46.0, 115.0]),
        "accuracy": torch.tensor(0.9),
        "baked_accuracy": torch.tensor(0.9),
        "pulses": torch.tensor(10),
        "joules": torch.tensor(1e-6),
        "busy_seconds": torch.tensor(1.0),
    }
    return whole | changed


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({}, 0),
        ({"adapted": torch.tensor([7.0, 5.0, 115.0])}, 1),  # never written
        ({"adapted": torch.tensor([7.0, 53.3, 115.0])}, 1),  # still at another level
        ({"adapted": torch.tensor([44.6, 46.0, 115.0])}, 1),  # not reset
        ({"adapted": torch.tensor([7.0, 5.0, 115.0]), "missed": torch.tensor([1])}, 0),  # and that was said
    ],
)
def test_a_lost_cell_is_one_that_does_not_hold_what_the_journal_says(changed: dict[str, object], lost: int) -> None:
    assert len(cells_off(outcome(**changed))) == lost


def test_the_table_tells_what_kills_cost_and_when_they_came() -> None:
    paid = outcome(pulses=torch.tensor(30), accuracy=torch.tensor(0.8))
    done = (Killed(("host: forming", "host: update 3"), paid, outcome()), Killed((), outcome(), outcome()))
    row = summary(Group("host", QUIET, 2), done)
    assert (row["kills"], row["adaptations"], row["bit-equal"], row["pulses a kill"]) == (2, 2, 1, 10.0)
    assert row["difference"] == pytest.approx(-5)
    assert phase_table([(Group("host", QUIET, 2), done)]).rows() == [("forming", 1, 0), ("update 3", 1, 0)]


@pytest.mark.slow
def test_a_host_and_a_server_killed_in_turn_leave_every_cell_on_its_target(tmp_path: Path) -> None:
    group = Group("both", QUIET, 3)
    done = kill_group(group, tmp_path, 3)
    assert sum(len(each.phases) for each in done) >= 3
    assert summary(group, done)["cells off their band"] == 0
    assert all(float(each.outcome["accuracy"]) >= float(each.reference["accuracy"]) - 0.1 for each in done)


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = killed(1.0, 2, tmp_path)
    with capsys.disabled():
        show(done)
    rows = [summary(*each) for each in done]
    assert sum(int(row["kills"]) for row in rows) >= 200
    for (group, each), row in zip(done, rows, strict=True):
        if group.cells == QUIET:
            assert row["cells off their band"] == row["the same, undisturbed"] == 0
        if group.victim == "server":
            assert row["bit-equal"] == len(each)
        assert abs(row["difference"]) <= max(1.0, 2 * row["+-"])
        assert abs(row["baked difference"]) <= max(1.5, 2 * row["baked +-"])


@pytest.mark.slow
def test_three_hundred_kills_while_saving_lose_nothing(tmp_path: Path) -> None:
    for number, kill in enumerate((killed_servers, killed_hosts)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        done = kill(150, 3, folder)
        print(f"{kill.__name__}: {done}")
        assert done.kills == 150
        assert done.whole
