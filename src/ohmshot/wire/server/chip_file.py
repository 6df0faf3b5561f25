"""A simulated chip that outlives its server, as a non-volatile memory must.

Two files: a snapshot of everything (cells, noise streams, meter, health map, kept session), written whole or not at
all (`ohmshot.wire.server.chip_snapshot`), and a log of the messages that have driven the chip since; of a kept session
(`ohmshot.wire.server.kept_session`) every frame (`ohmshot.wire.server.chip_log`). A message is in the log before it
acts, so a server killed at any instruction goes on, once it is started again, from what its clients know; a message cut
short by the kill is dropped and has had no effect. The log is in the hands of the operating system when a message acts,
not necessarily on the disk: a power failure of the computer itself can lose the last messages, and then the log is
refused as cut short.

Both files carry checksums of every byte that counts. What does not fit them, a log that is missing and one of another
chip are refused, and left as they are.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import pydantic
from torch import Tensor

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.foundation.errors import ChipError, OhmshotError
from ohmshot.foundation.files import make_folder, remove_litter, write_bytes
from ohmshot.wire.protocol.frames import unpack_frame
from ohmshot.wire.server.chip_log import ChipLog, DamagedLogError
from ohmshot.wire.server.chip_snapshot import FORMAT, OLD_FORMAT_VERSION, read_snapshot, write_snapshot
from ohmshot.wire.server.kept_session import KeptState, restored, without_answers
from ohmshot.wire.server.session import Session, begun_session
from ohmshot.wire.server.simulated_station import SimulatedStation
from ohmshot.wire.server.station import RecordKind

LONGEST_LOG = 64 * 2**20
"""Bytes after which a new snapshot is written: bounds the time of a restart."""
RECOVER = (
    "Nothing was changed. Put back a copy of both files together; or start with --recover: it goes on from the last "
    "message that is whole, keeps the damaged log beside, and ends the session, so verify every cell then."
)


@contextlib.contextmanager
def opened_station(
    parameters: ParameterSet,
    seed: int,
    path: Path | None,
    circuit: Circuit | None = None,
    injection: Injection = NOTHING,
    longest_log: int | None = None,
    recover: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[SimulatedStation]:
    """Give a simulated station, kept in a file if a path is given; a clean end leaves a fresh snapshot.

    A log longer than ``longest_log`` bytes becomes a snapshot; default: `LONGEST_LOG`. With ``recover`` a log that is
    damaged, missing or of another time is carried out as far as it is sound, and kept aside. A path through links is
    the file at their end. ``tell`` is given lines for people about what the file holds.

    Raises:
        ChipError: the file keeps another chip, is damaged, or another server has it open.
    """
    station = SimulatedStation(parameters, seed, circuit, injection)
    if path is None:
        yield station
        return
    path = _resolved(path)
    make_folder(path.parent)
    with _locked(path.with_name(path.name + ".log")) as file:
        remove_litter(path, FORMAT.encode())
        memory = ChipFile(path, ChipLog(file), station, longest_log or LONGEST_LOG, tell)
        memory.recall(recover)
        station.memory = memory
        yield station
        memory.save()


class ChipFile:
    """Snapshot and log of one station.

    Args:
        path: file of the snapshot.
        log: the open log.
        station: whose chip is kept.
        longest_log: bytes after which a snapshot is written.
        tell: given lines for people.
    """

    def __init__(
        self, path: Path, log: ChipLog, station: SimulatedStation, longest_log: int, tell: Callable[[str], None]
    ) -> None:
        self._path = path
        self._longest_log = longest_log
        self._log = log
        self._station = station
        self._tell = tell
        self._history: str | None = None

    def append(self, kind: RecordKind, content: bytes) -> None:
        """Keep a message, before it acts.

        Raises:
            ChipError: it cannot be kept; then it must not act.
        """
        if self._log.end > self._longest_log:
            self.save()
        if self._history is not None and self._log.name != self._history:
            self._begin_log(self._history)  # a full disk has kept the last snapshot from it
        try:
            self._log.append(kind, content)
        except OSError as error:
            raise ChipError(f"The disk of {self._path} is full or failing; the chip was not touched.") from error

    def save(self) -> None:
        """Write a snapshot and begin an empty log.

        A kill in between leaves a log of the snapshot before, which the new one names; so nothing of it is carried out
        twice, and no other log passes for it.

        Raises:
            OhmshotError: the disk is full or failing; snapshot and log still belong together.
        """
        station, history = self._station, secrets.token_hex(16)
        kept = station.kept
        header = {
            "seed": station.seed,
            "parameters": station.parameters.information.name,
            "cells": station.crossbar.datasheet.cells,
            "digest": _digest(station),
            "chips_and_lives": station.chips_and_lives,
            "history": history,
            "previous": self._history,
            "session": kept.state().model_dump(mode="json") if kept else None,
        }
        if self._history is None:  # the first: a snapshot must never be without a log
            self._begin_log(history)
        write_snapshot(self._path, header, {**station.snapshot(), **(kept.answers() if kept else {})})
        first, self._history = self._history is None, history
        if not first:
            self._begin_log(history)

    def recall(self, recover: bool = False) -> None:
        """Put the station into the state that the files keep; where there is no file, write the first one.

        Raises:
            ChipError: the file keeps another chip, or is damaged.
        """
        if not self._path.exists():
            self._require_fresh()
            self.save()
            return
        header, tensors = read_snapshot(self._path)
        with contextlib.suppress(OSError):
            self._path.chmod(0o600)  # earlier versions let others read it
        self._check(header)
        self._history = header["history"]
        memory, self._station.memory = self._station.memory, None  # what is carried out again is in the log already
        try:
            self._restore(header, tensors)
            if header["format_version"] == OLD_FORMAT_VERSION:
                try:
                    self._carry_out(self._log.old_records(header["history"]))
                except DamagedLogError as error:
                    raise ChipError(f"The log of {self._path} {error}. Nothing was changed.") from error
                self.save()
                self._tell(f"{self._path} was of an earlier format without checksums; it is kept with checksums now.")
            else:
                self._replay(header, recover)
        finally:
            self._station.memory, self._station.writer = memory, None

    def _require_fresh(self) -> None:
        """Refuse to begin a new chip where the log says that there has been one."""
        with contextlib.suppress(DamagedLogError):
            self._log.history()
            if next(self._log.records(), None) is None:
                return  # a server was killed before its first snapshot
        if self._log.size:
            raise ChipError(
                f"{self._path} is missing, but {self._path.name}.log holds what was done to its chip. Put it back, or "
                "start a new chip with another file."
            )

    def _restore(self, header: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        try:
            self._station.fresh(tuple((int(number), int(life)) for number, life in header["chips_and_lives"]))
            self._station.restore(without_answers(tensors))
            self._station.writer = self._station.kept = None
            if header.get("session"):
                state = KeptState.model_validate(header["session"])
                executor = begun_session(self._station, state.key).executor
                self._station.kept = restored(state, executor, tensors)
        except (ValueError, KeyError, TypeError, RuntimeError, pydantic.ValidationError) as error:
            raise ChipError(f"{self._path} is damaged: {error}.") from error

    def _check(self, header: dict[str, Any]) -> None:
        station = self._station
        try:
            same = header["seed"] == station.seed and header["digest"] == _digest(station)
            words = f"seed {header['seed']}, parameter set {header['parameters']}, {header['cells']} cells"
            sound = isinstance(header["history"], str) and len(header["history"]) == 32
        except KeyError as error:
            raise ChipError(f"{self._path} is damaged: its header lacks {error}.") from error
        if not sound:
            raise ChipError(f"{self._path} is damaged: its header names no log.")
        if not same:
            raise ChipError(
                f"{self._path} keeps a chip of {words}, "
                "with its own injected faults: start with the same, or with another file."
            )

    def _replay(self, header: dict[str, Any], recover: bool) -> None:
        """Carry out again what the log holds.

        Raises:
            ChipError: it is not the log of this snapshot, or damaged.
        """
        done = 0
        try:
            history = self._log.history()
            if history == header["history"]:
                for record in self._log.records():
                    self._carry_out([record])
                    done += 1
                return
            if history == header["previous"]:  # killed between snapshot and log: all of it is in the snapshot
                self._begin_log(header["history"])
                return
            raise DamagedLogError("is of another chip, or of another time than the snapshot")
        except DamagedLogError as error:
            log = self._path.with_name(self._path.name + ".log")
            if not recover:
                raise ChipError(f"The log {log} {error}. {RECOVER}") from error
            aside = next(name for name in _beside(log) if not name.exists())
            write_bytes(aside, self._log.content(), mode=0o600)
            self._station.kept = None
            self._begin_log(header["history"])
            self.save()
            self._tell(
                f"The log {log} {error}. It is kept as {aside.name}; the chip goes on from its last snapshot and the "
                f"{done} messages after it that are whole. Verify every cell."
            )

    def _carry_out(self, records: Iterable[tuple[RecordKind, bytes]]) -> None:
        for kind, content in records:
            try:
                self._act(kind, content)
            except (OhmshotError, AssertionError, ValueError) as error:
                raise DamagedLogError(f"holds a message that cannot be carried out ({error})") from error

    def _act(self, kind: RecordKind, content: bytes) -> None:
        station = self._station
        if kind == "BEGIN":
            station.writer, station.kept = None, begun_session(station, content.decode())
        elif kind == "FRAME":
            assert station.kept is not None
            frame = unpack_frame(content)
            station.kept.last = frame.number - 1  # a full disk may have left numbers out
            station.kept.take(frame, lambda frame: b"")
        else:
            station.writer = station.kept = None
            session = Session(station, "the log")
            session.answers.use_order(kind)
            session.carry_out_alone(content)  # what the chip refuses now it has refused before

    def _begin_log(self, history: str) -> None:
        try:
            self._log.begin(history)
        except OSError as error:
            raise ChipError(f"The disk of {self._path} is full or failing: its log cannot be begun.") from error


def _digest(station: SimulatedStation) -> str:
    """Name what the chip is made of; one array is not mentioned, as in the files of before."""
    made_of: list[object] = [station.parameters.values, station.circuit]
    if station.injection.of_chip:
        made_of.append(station.injection)
    if station.circuit.side_by_side > 1:
        made_of.append(station.circuit.side_by_side)
    if station.circuit.options:
        made_of.append(station.circuit.options)
    return hashlib.sha256(repr(tuple(made_of)).encode()).hexdigest()


def _beside(log: Path) -> Iterator[Path]:
    """Names for a damaged log, one after another."""
    number = 0
    while True:
        number += 1
        yield log.with_name(f"{log.name}.damaged-{number}")


def _resolved(path: Path) -> Path:
    """The file at the end of all links: two names of one chip must meet at one lock.

    Raises:
        ChipError: the links go round in a circle.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise ChipError(f"{path} leads nowhere: {error}.") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open a log that no other server may open, for its owner alone; one that was not there and stays empty goes."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        file = os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)
    except OSError as error:
        reason = "it is a link" if path.is_symlink() else error.strerror or error
        raise OhmshotError(f"{path} cannot be written: {reason}.") from error
    with file:
        _lock(file, path)
        with contextlib.suppress(OSError, AttributeError):
            os.fchmod(file.fileno(), 0o600)
        try:
            yield file
        finally:
            if os.fstat(file.fileno()).st_size == 0:
                with contextlib.suppress(OSError):
                    path.unlink()


def _lock(file: IO[bytes], path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows refuses to replace an open file, which protects it as well
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            raise BlockingIOError("the file was taken away between opening and locking")
    except OSError as error:
        raise ChipError(f"Another server keeps its chip in {path.name.removesuffix('.log')}.") from error
