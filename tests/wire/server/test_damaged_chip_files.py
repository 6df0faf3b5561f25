"""Files of kept chips that are not what was written: refused, left as they are, and what can be had back is."""

import itertools
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import ChipError, OhmshotError
from ohmshot.foundation.tensor_files import header_end, read_tensors, write_tensors
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.frames import Reply
from ohmshot.wire.server.chip_file import opened_station
from ohmshot.wire.server.chip_log import ChipLog, DamagedLogError
from ohmshot.wire.server.chip_snapshot import DamagedSnapshotError, checked_snapshot, snapshot_bytes

CELLS = torch.arange(0, 60, 3)
Kept = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, parameters: ParameterSet) -> Kept:
    """Snapshot and log of a chip as a killed server leaves them: three messages in the log, of a session in frames."""
    path = tmp_path_factory.mktemp("kept") / "chip"
    with opened_station(parameters, 5, path) as station:
        client = RemoteCrossbar(LoopbackLink(station), reconnect=lambda: LoopbackLink(station))
        client.form(CELLS)
        client.set(CELLS, torch.full(CELLS.shape, 1.8))
        client.read(CELLS)
        return path.read_bytes(), path.with_name("chip.log").read_bytes()


def put(folder: Path, kept: Kept) -> Path:
    (folder / "chip").write_bytes(kept[0])
    (folder / "chip.log").write_bytes(kept[1])
    return folder / "chip"


def flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def pulses(path: Path, parameters: ParameterSet, recover: bool = False) -> int:
    with opened_station(parameters, 5, path, recover=recover) as station:
        return int(station.crossbar.meter().pulses)


def snapshot_places(content: bytes, step: int) -> Iterator[int]:
    """Every byte of the header, and each so many of the tensors behind it."""
    yield from range(header_end(content))
    yield from range(header_end(content), len(content), step)


def log_is_sound(path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    with path.open("r+b", buffering=0) as file:
        log = ChipLog(file)
        try:
            log.history()
            list(log.records())
        except DamagedLogError:
            return False
    return True


def test_a_flipped_bit_anywhere_is_found(tmp_path: Path, kept: Kept) -> None:
    snapshot, log = kept
    assert checked_snapshot(snapshot)[0]["seed"] == 5
    for place in snapshot_places(snapshot, 997):
        with pytest.raises(DamagedSnapshotError):
            checked_snapshot(flipped(snapshot, place, place % 8))
    assert log_is_sound(tmp_path / "log", log)
    for place in range(len(log)):
        assert not log_is_sound(tmp_path / "log", flipped(log, place, place % 8)), place


@pytest.mark.slow
def test_a_flipped_bit_in_any_byte_of_the_snapshot_is_found(tmp_path: Path, kept: Kept) -> None:
    found = 0
    for place in range(len(kept[0])):
        with pytest.raises(DamagedSnapshotError):
            checked_snapshot(flipped(kept[0], place, place % 8))
        found += 1
    for place, bit in itertools.product(range(len(kept[1])), range(8)):
        assert not log_is_sound(tmp_path / "log", flipped(kept[1], place, bit)), (place, bit)
        found += 1
    print(f"{found} flipped bits found, of {len(kept[0])} bytes of the snapshot and {8 * len(kept[1])} bits of the log")


@pytest.mark.parametrize("of", ["snapshot", "log"])
def test_a_server_refuses_a_flipped_bit_and_leaves_the_files(
    tmp_path: Path, parameters: ParameterSet, kept: Kept, of: str
) -> None:
    for part in range(1, 8):
        damaged = list(kept)
        which = ("snapshot", "log").index(of)
        damaged[which] = flipped(kept[which], len(kept[which]) * part // 8, part)
        path = put(tmp_path, (damaged[0], damaged[1]))
        with pytest.raises(ChipError, match="damaged") as raised:
            pulses(path, parameters)
        assert "ut back a copy" in str(raised.value)
        assert [path.read_bytes(), path.with_name("chip.log").read_bytes()] == damaged


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (lambda log: log[:-1], "cut short"),
        (lambda log: log[:60], "cut short"),
        (lambda log: log[:20], "missing"),
        (lambda log: b"", "missing"),
        (lambda log: None, "missing"),
        (lambda log: b"another file", "missing"),
        (lambda log: log[:56] + log[100:] + bytes(44), "damaged in message 1"),
    ],
)
def test_a_log_that_is_cut_missing_or_foreign_is_refused(
    tmp_path: Path, parameters: ParameterSet, kept: Kept, log: object, said: str
) -> None:
    path = put(tmp_path, kept)
    content = log(kept[1])  # type: ignore[operator]
    if content is None:
        path.with_name("chip.log").unlink()
    else:
        path.with_name("chip.log").write_bytes(content)
    for _ in range(2):  # the second time too
        with pytest.raises(ChipError, match=said) as raised:
            pulses(path, parameters)
        assert "--recover" in str(raised.value)
        assert path.read_bytes() == kept[0]


def test_the_log_of_another_chip_is_refused(tmp_path: Path, parameters: ParameterSet, kept: Kept) -> None:
    with opened_station(parameters, 5, tmp_path / "other") as station:
        RemoteCrossbar(LoopbackLink(station)).form(CELLS)
        foreign = (tmp_path / "other.log").read_bytes()
    path = put(tmp_path, (kept[0], foreign))
    with pytest.raises(ChipError, match="of another chip"):
        pulses(path, parameters)
    path.unlink()
    with pytest.raises(ChipError, match="chip is missing"):  # the snapshot, while the log holds messages
        pulses(path, parameters)


def test_what_is_sound_can_be_had_back(tmp_path: Path, parameters: ParameterSet, kept: Kept) -> None:
    """60 cells in every third: 20 FORM and 20 SET pulses; the damage is in the last byte, that of the read."""
    path = put(tmp_path, (kept[0], flipped(kept[1], len(kept[1]) - 1, 0)))
    said: list[str] = []
    with opened_station(parameters, 5, path, recover=True, tell=said.append) as station:
        assert station.crossbar.meter().counts[:, 0].tolist() == [20, 20, 0, 0, 0]
        assert station.kept is None  # its client must hear that something is missing
    assert "Verify every cell" in said[0]
    assert (tmp_path / "chip.log.damaged-1").read_bytes() == flipped(kept[1], len(kept[1]) - 1, 0)
    assert pulses(path, parameters) == 40


def test_state_and_log_are_their_owners_alone(tmp_path: Path, parameters: ParameterSet, kept: Kept) -> None:
    path = put(tmp_path, kept)
    for each in (path, tmp_path / "chip.log"):
        each.chmod(0o644)
    for _ in range(2):
        with opened_station(parameters, 5, path):
            for each in (path, tmp_path / "chip.log"):
                assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_two_names_of_one_chip_meet_at_one_lock(tmp_path: Path, parameters: ParameterSet, kept: Kept) -> None:
    path = put(tmp_path, kept)
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    with opened_station(parameters, 5, tmp_path / "link"):
        for name in (path, tmp_path / "folder" / "chip", tmp_path / "link"):
            with pytest.raises(ChipError, match="Another server"):
                pulses(name, parameters)
    assert (tmp_path / "link").is_symlink()
    assert pulses(path, parameters) == 40
    (tmp_path / "chip.log").rename(tmp_path / "elsewhere")
    (tmp_path / "chip.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OhmshotError, match="a link"):
        pulses(path, parameters)


def test_what_killed_servers_left_is_cleaned(tmp_path: Path, parameters: ParameterSet, kept: Kept) -> None:
    path = put(tmp_path, kept)
    litter = [tmp_path / ".chip.abcd_123", tmp_path / ".chip.zzzzzzzz"]
    litter[0].write_bytes(kept[0][:5000])
    litter[1].touch()
    others = [tmp_path / ".chip.settings", tmp_path / ".chip.abcd_1234", tmp_path / ".ship.abcd_123"]
    for each in others:
        each.write_bytes(b"somebody's")
    assert pulses(path, parameters) == 40
    assert [each.exists() for each in litter + others] == [False, False, True, True, True]


def test_a_chip_of_the_format_before_is_read_and_said(tmp_path: Path, parameters: ParameterSet) -> None:
    """Format 3: no checksum, a log of records without a chain."""
    path = tmp_path / "chip"
    pulses(path, parameters)
    header, tensors = checked_snapshot(path.read_bytes())
    del header["previous"]
    write_tensors(path, tensors, {"ohmshot": _json(header | {"format_version": 3})})
    (tmp_path / "chip.log").write_bytes(b"ohmlog2\n" + header["history"].encode() + _old_record(b"CELL:FORM (@0:6)"))
    said: list[str] = []
    with opened_station(parameters, 5, path, tell=said.append) as station:
        assert int(station.crossbar.meter().pulses) == 7
    assert "without checksums" in said[0]
    assert "ohmshot.checksum" in read_tensors(path)[1]
    assert pulses(path, parameters) == 7


def _json(header: object) -> str:
    import json

    return json.dumps(header)


def _old_record(message: bytes) -> bytes:
    import struct
    import zlib

    return struct.pack("<cII", b"N", len(message), zlib.crc32(message)) + message


def test_replies_stand_outside_of_the_header_of_a_snapshot(tmp_path: Path, parameters: ParameterSet) -> None:
    """safetensors refuses a header of more than 100 MB."""
    answer = bytes(range(256)) * 10_000
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        client = RemoteCrossbar(LoopbackLink(station), reconnect=lambda: LoopbackLink(station))
        client.form(CELLS)
        assert station.kept is not None
        station.kept.replies = {3: Reply(3, b"", answer), 4: Reply(4, b"-200,e", b"")}
    assert header_end((tmp_path / "chip").read_bytes()) < 20_000
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        assert station.kept is not None
        assert station.kept.replies == {3: Reply(3, b"", answer), 4: Reply(4, b"-200,e", b"")}


def test_a_disk_that_is_full_when_the_log_begins_is_noticed(
    tmp_path: Path, parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(log: ChipLog, history: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ChipLog, "begin", full)
        with pytest.raises(ChipError, match="log cannot be begun"):
            pulses(tmp_path / "new", parameters)
    assert pulses(tmp_path / "new", parameters) == 0
    with opened_station(parameters, 5, tmp_path / "chip", longest_log=1) as station:
        client = RemoteCrossbar(LoopbackLink(station))
        client.form(CELLS)
        client.meter()
        with monkeypatch.context() as patch:  # the snapshot finds room, its log does not
            patch.setattr(ChipLog, "begin", full)
            client.set(CELLS, torch.full(CELLS.shape, 1.8))
            with pytest.raises(ChipError, match="log cannot be begun"):
                client.meter()
        client.set(CELLS, torch.full(CELLS.shape, 1.8))
        client.meter()
        for name in ("chip", "chip.log"):  # as a kill leaves them
            shutil.copy(tmp_path / name, tmp_path / f"left-{name}")
    assert pulses(tmp_path / "left-chip", parameters) == 2 * len(CELLS)


def test_the_sum_is_that_of_the_whole_file(kept: Kept) -> None:
    """By hand: SHA-256 of the file with 64 zeros where its sum stands."""
    import hashlib

    header, tensors = checked_snapshot(kept[0])
    content = snapshot_bytes(header, tensors)
    place = content.index(b'"ohmshot.checksum":"') + 20
    zeroed = content[:place] + b"0" * 64 + content[place + 64 :]
    assert hashlib.sha256(zeroed).hexdigest().encode() == content[place : place + 64]
