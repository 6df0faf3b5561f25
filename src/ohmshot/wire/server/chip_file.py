"""A simulated chip that outlives its server, as a non-volatile memory must.

Two files: a snapshot of everything (cells, noise streams, meter, health map, kept session), written whole or not at
all, and a log of the messages that have driven the chip since; of a kept session (`ohmshot.wire.server.kept_session`)
every frame. A message is in the log before it acts, so a server killed at any instruction goes on, once it is started
again, from what its clients know; a message cut short by the kill is dropped and has had no effect. The log is
in the hands of the operating system when a message acts, not necessarily on the disk: a power failure of the computer
itself can lose the last messages, never part of one.
"""

import contextlib
import hashlib
import json
import secrets
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import safetensors
from torch import Tensor

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.foundation.errors import ChipError, OhmshotError
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.wire.protocol.frames import unpack_frame
from ohmshot.wire.server.kept_session import KeptState, restored
from ohmshot.wire.server.session import Session, begun_session
from ohmshot.wire.server.simulated_station import SimulatedStation
from ohmshot.wire.server.station import RecordKind

FORMAT = "ohmshot-chip"
LONGEST_LOG = 64 * 2**20
"""Bytes after which a new snapshot is written: bounds the time of a restart."""
FORMAT_VERSION = 3
"""1 and 2 keep chips with other random numbers; they are refused."""
_MAGIC = b"ohmlog2\n"
_RECORD = struct.Struct("<cII")  # kind, length, CRC-32 of the content
_KINDS: dict[bytes, RecordKind] = {b"N": "NORMAL", b"S": "SWAPPED", b"F": "FRAME", b"B": "BEGIN"}


@contextlib.contextmanager
def opened_station(
    parameters: ParameterSet,
    seed: int,
    path: Path | None,
    circuit: Circuit | None = None,
    injection: Injection = NOTHING,
    longest_log: int | None = None,
) -> Iterator[SimulatedStation]:
    """Give a simulated station, kept in a file if a path is given; a clean end leaves a fresh snapshot.

    A log longer than ``longest_log`` bytes becomes a snapshot; default: `LONGEST_LOG`.

    Raises:
        ChipError: the file keeps another chip, is damaged, or another server has it open.
    """
    station = SimulatedStation(parameters, seed, circuit, injection)
    if path is None:
        yield station
        return
    log = path.with_name(path.name + ".log")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(log) as file:
        memory = ChipFile(path, file, station, longest_log or LONGEST_LOG)
        memory.recall()
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
    """

    def __init__(self, path: Path, log: IO[bytes], station: SimulatedStation, longest_log: int) -> None:
        self._path = path
        self._longest_log = longest_log
        self._log = log
        self._station = station

    def append(self, kind: RecordKind, content: bytes) -> None:
        """Keep a message, before it acts.

        Raises:
            ChipError: it cannot be kept; then it must not act.
        """
        if self._log.tell() > self._longest_log:
            self.save()
        record = _RECORD.pack(kind[:1].encode(), len(content), zlib.crc32(content)) + content
        end = self._log.tell()
        try:
            whole = self._log.write(record) == len(record)
        except OSError:
            whole = False
        if not whole:  # what follows must not stand behind half a record
            self._log.seek(end)
            self._log.truncate()
            raise ChipError(f"The disk of {self._path} is full or failing; the chip was not touched.")

    def save(self) -> None:
        """Write a snapshot and begin an empty log."""
        station, history = self._station, secrets.token_hex(16)
        header = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "seed": station.seed,
            "parameters": station.parameters.information.name,
            "cells": station.crossbar.datasheet.cells,
            "digest": _digest(station),
            "chips_and_lives": station.chips_and_lives,
            "history": history,
            "session": station.kept.state().model_dump(mode="json") if station.kept else None,
        }
        write_tensors(self._path, station.snapshot(), {"ohmshot": json.dumps(header)})
        self._begin_log(history)

    def recall(self) -> None:
        """Put the station into the state that the files keep; where there is no file, write the first one.

        Raises:
            ChipError: the file keeps another chip, or is damaged.
        """
        if not self._path.exists():
            self.save()
            return
        try:
            tensors, metadata = read_tensors(self._path)
            header = json.loads(metadata.get("ohmshot", "{}"))
        except (safetensors.SafetensorError, OSError, ValueError) as error:
            raise ChipError(f"{self._path} is damaged or keeps no chip.") from error
        self._check(header)
        memory, self._station.memory = self._station.memory, None  # what is carried out again is in the log already
        try:
            self._restore(header, tensors)
            self._replay(header["history"])
        finally:
            self._station.memory, self._station.writer = memory, None

    def _restore(self, header: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        pairs = tuple((int(number), int(life)) for number, life in header["chips_and_lives"])
        try:
            self._station.fresh(pairs)
            self._station.restore(tensors)
        except (ValueError, KeyError, RuntimeError) as error:
            raise ChipError(f"{self._path} is damaged: {error}.") from error
        self._station.writer = self._station.kept = None
        if header.get("session"):
            state = KeptState.model_validate(header["session"])
            self._station.kept = restored(state, begun_session(self._station, state.key).executor)

    def _check(self, header: dict[str, object]) -> None:
        if header.get("format") != FORMAT:
            raise ChipError(f"{self._path} keeps no chip that this ohmshot reads.")
        if header.get("format_version") != FORMAT_VERSION:
            raise ChipError(
                f"{self._path} keeps a chip of another version of ohmshot, whose chips draw other random numbers: "
                "go on with that version, or start a new chip with another file."
            )
        station = self._station
        if header["seed"] != station.seed or header["digest"] != _digest(station):
            raise ChipError(
                f"{self._path} keeps a chip of seed {header['seed']}, parameter set {header['parameters']}, "
                f"{header['cells']} cells, with its own injected faults: start with the same, or with another file."
            )

    def _replay(self, history: str) -> None:
        """Carry out again what the log holds; a log of an earlier snapshot, or a torn record, is dropped."""
        self._log.seek(0)
        if self._log.read(len(_MAGIC) + 32) != _MAGIC + history.encode():
            self._begin_log(history)
            return
        good = self._log.tell()
        while (record := self._record()) is not None:
            self._act(*record)
            good = self._log.tell()
        self._log.seek(good)
        self._log.truncate()

    def _record(self) -> tuple[RecordKind, bytes] | None:
        head = self._log.read(_RECORD.size)
        if len(head) < _RECORD.size:
            return None
        mark, length, checksum = _RECORD.unpack(head)
        content = self._log.read(length)
        if len(content) < length or zlib.crc32(content) != checksum or mark not in _KINDS:
            return None
        return _KINDS[mark], content

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
        self._log.seek(0)
        self._log.truncate()
        self._log.write(_MAGIC + history.encode())


def _digest(station: SimulatedStation) -> str:
    """Name what the chip is made of; one array is not mentioned, as in the files of before."""
    made_of: list[object] = [station.parameters.values, station.circuit]
    if station.injection.of_chip:
        made_of.append(station.injection)
    if station.circuit.side_by_side > 1:
        made_of.append(station.circuit.side_by_side)
    return hashlib.sha256(repr(tuple(made_of)).encode()).hexdigest()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Open a log that no other server may open."""
    try:
        file = path.open("r+b" if path.exists() else "x+b", buffering=0)
    except OSError as error:
        raise OhmshotError(f"{path} cannot be written: {error.strerror or error}.") from error
    with file:
        try:
            import fcntl
        except ImportError:  # Windows refuses to replace an open file, which protects it as well
            yield file
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ChipError(f"Another server keeps its chip in {path.name.removesuffix('.log')}.") from error
        yield file
