"""`ohmshot adapt` killed and started again: the chip in this process is kept with the journal."""

import json
from pathlib import Path

import pytest

from ohmshot import cli
from ohmshot.host.learner import Learner
from own_pictures import write_pictures


class HostKilled(BaseException):
    """Nobody catches it."""


@pytest.fixture(autouse=True)
def _without_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing it takes longer than everything else, and it has tests of its own."""
    monkeypatch.setattr("ohmshot.report.own_task_page.own_task_page", lambda result, detail: "a page")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", *(str(argument) for argument in arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def killed_after(monkeypatch: pytest.MonkeyPatch, step: int, *arguments: object) -> None:
    """Run a command whose host dies when the update ``step`` has been written and not yet verified."""
    with monkeypatch.context() as patch:
        write = Learner.update

        def dying(learner: Learner, *of: object) -> object:
            answer = write(learner, *of)  # type: ignore[arg-type]
            if of[-1] == step - 1:
                raise HostKilled
            return answer

        patch.setattr(Learner, "update", dying)
        patch.setattr("sys.argv", ["ohmshot", *(str(argument) for argument in arguments)])
        with pytest.raises(HostKilled):
            cli.main()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pictures(tmp_path)


def test_a_killed_adaptation_goes_on_by_the_same_command(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = ("--support", pictures / "support", "--query", pictures / "query")
    whole, told = pictures / "whole" / "chip.safetensors", pictures / "told.json"
    assert run(monkeypatch, "adapt", *sets, "--output", whole, "--json", told) == 0
    undisturbed = json.loads(told.read_text())
    assert sorted(path.name for path in whole.parent.iterdir()) == ["chip.html", "chip.safetensors"]

    again = ("adapt", *sets, "--output", pictures / "chip.safetensors", "--json", told)
    killed_after(monkeypatch, 2, *again)
    killed_after(monkeypatch, 4, *again)
    capsys.readouterr()
    assert run(monkeypatch, *again) == 0
    assert "Going on from update 4: every cell is verified" in capsys.readouterr().out.replace("\n", " ")
    assert not (pictures / "chip.journal").exists()
    result = json.loads(told.read_text())
    assert [len(result["support"][name]) for name in ("accuracy", "accuracy_software")] == [6, 6]
    assert result["support"]["accuracy"][:2] == undisturbed["support"]["accuracy"][:2]
    assert result["cells_written"][:2] == undisturbed["cells_written"][:2]
    assert result["query"]["accuracy"][-1] >= undisturbed["query"]["accuracy"][-1] - 0.2
    # What the killed hosts spent is charged to the update in which they died.
    reads, before = (each["energy_joules"]["adaptation"]["read"] for each in (result, undisturbed))
    assert reads > before + 2 * 2048 * 1e-11


def test_an_adaptation_with_another_task_or_chip_or_set_of_queries_is_not_gone_on_with(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ("--output", pictures / "chip.safetensors")
    killed_after(monkeypatch, 1, "adapt", "--support", pictures / "support", *output)
    for options, message in (
        (("--support", pictures / "query"), "is of another task. Go on with what it was begun with"),
        (("--support", pictures / "support", "--seed", "3"), "An unfinished adaptation keeps it"),
        (("--support", pictures / "support", "--strategy", "closed-loop"), "is of another settings"),
        (("--support", pictures / "support", "--query", pictures / "query"), "other examples to be judged by"),
    ):
        capsys.readouterr()
        assert run(monkeypatch, "adapt", *options, *output) == 2
        assert message in capsys.readouterr().err
    limit = ("--limit", "session-pulses=1000000")  # limits may change, and count what was spent before
    assert run(monkeypatch, "adapt", "--support", pictures / "support", *output, *limit) == 0


def test_a_refusal_before_the_first_pulse_leaves_no_journal(
    pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--support", pictures / "support", "--output", pictures / "chip.safetensors")
    assert run(monkeypatch, "adapt", *options, "--limit", "session-cells=5") == 2
    assert "Nothing of it was written" in capsys.readouterr().err
    assert {path.name for path in pictures.iterdir()} == {"support", "query"}


def test_a_journal_that_is_asked_for_by_name_stays(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pictures / "journal"
    options = ("--support", pictures / "support", "--output", pictures / "chip.safetensors", "--journal", folder)
    assert run(monkeypatch, "adapt", *options) == 0
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    assert lines[0]["chip"] == "ohmshot, leti_hfo2_130nm, seed 0, chip 0, life 0"
    assert [line["step"] for line in lines if line.get("event") == "done"] == [0, 1, 2, 3, 4, 5]
