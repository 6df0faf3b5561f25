"""The file of trusted keys under attack by the clock: many processes at once lose no key and forget no version."""

import json
import multiprocessing
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from ohmshot.bundle.signature import Signature
from ohmshot.bundle.trust import accept, load_trusted_keys, pin, pin_first
from ohmshot.foundation.errors import BundleError, OhmshotError
from ohmshot.foundation.files import locked

PROCESSES, ROUNDS = 4, 15


def _pin_keys(file: Path, number: int, together: Barrier) -> None:
    for turn in range(ROUNDS):
        together.wait()
        pin(file, f"{turn:032x}{number:032x}")


def _take_versions(file: Path, number: int, together: Barrier) -> None:
    for turn in range(ROUNDS):
        together.wait()
        # Each process has a series of its own in the same file: none may undo what another has written.
        accept(file, Signature(version=turn + 1, public_key=f"{number:064x}", signature="0" * 128), f"{turn:064x}")


def _pin_first(file: Path, number: int, together: Barrier) -> None:
    for turn in range(ROUNDS):
        together.wait()
        pin_first(file.with_name(f"{turn}.json"), f"{number:064x}")


def _race(target: object, file: Path) -> None:
    fork = multiprocessing.get_context("fork")  # what is imported here need not be imported again
    together = fork.Barrier(PROCESSES)
    running = [fork.Process(target=target, args=(file, number, together)) for number in range(PROCESSES)]  # type: ignore[arg-type]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
        assert process.exitcode == 0


def test_no_key_is_lost_where_processes_pin_at_once(tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    _race(_pin_keys, file)
    assert len({key.public_key for key in load_trusted_keys(file).keys}) == PROCESSES * ROUNDS


def test_no_version_is_forgotten_where_processes_accept_at_once(tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    for number in range(PROCESSES):
        pin(file, f"{number:064x}")
    _race(_take_versions, file)
    assert [key.version for key in load_trusted_keys(file).keys] == [ROUNDS] * PROCESSES


def test_of_many_first_uses_one_wins(tmp_path: Path) -> None:
    _race(_pin_first, tmp_path / "trusted.json")
    for turn in range(ROUNDS):
        assert len(load_trusted_keys(tmp_path / f"{turn}.json").keys) == 1


def test_a_file_without_keys_is_no_first_use(tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    file.write_text('{"keys": []}')
    assert not pin_first(file, "0" * 64)
    assert json.loads(file.read_text()) == {"keys": []}
    with pytest.raises(BundleError, match="does not trust"):
        accept(file, Signature(version=1, public_key="0" * 64, signature="0" * 128), "")


def test_the_file_of_keys_stays_as_private_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    pin(file, "0" * 64)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for mode in (0o640, 0o600):
        file.chmod(mode)
        pin(file, f"{mode:064x}")
        assert stat.S_IMODE(file.stat().st_mode) == mode
    assert len(load_trusted_keys(file).keys) == 3


def test_a_link_in_the_place_of_the_keys_or_of_their_lock_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text('{"keys": []}')
    file = tmp_path / "trusted.json"
    file.symlink_to(victim)
    with pytest.raises(OhmshotError, match="is a link"):
        pin(file, "0" * 64)
    (tmp_path / ".other.json.lock").symlink_to(victim)
    with pytest.raises(OhmshotError, match="is a link"):
        pin(tmp_path / "other.json", "0" * 64)
    assert victim.read_text() == '{"keys": []}'


def test_a_lock_that_is_not_let_go_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ohmshot.foundation.files.PATIENCE_S", 0.05)
    with locked(tmp_path / "x"), pytest.raises(OhmshotError, match="Another process holds"), locked(tmp_path / "x"):
        pass
