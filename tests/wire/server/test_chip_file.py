import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import pytest
import torch

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.chip_file import ChipFile, opened_station
from ohmshot.wire.server.simulated_station import SimulatedStation

CELLS = torch.arange(0, 2048, 5)


def use(client: RemoteCrossbar) -> torch.Tensor:
    client.form(CELLS)
    client.set(CELLS, torch.full(CELLS.shape, 1.8))
    client.keep_health(CELLS[:2], torch.tensor([1, 2]))
    return client.read(CELLS)


def look(client: RemoteCrossbar) -> list[torch.Tensor]:
    meter = client.meter()
    return [client.read(CELLS), client.health(), client.wear(), meter.counts, meter.energy_joules]


def same(first: list[torch.Tensor], second: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.fixture
def undisturbed(parameters: ParameterSet) -> list[torch.Tensor]:
    client = RemoteCrossbar(LoopbackLink(SimulatedStation(parameters, 5)))
    client.fresh([0, 0], [0, 1])
    use(client)
    return look(client)


@pytest.mark.parametrize("end", ["clean", "killed", "power cycle"])
def test_a_chip_outlives_its_server(
    tmp_path: Path, parameters: ParameterSet, undisturbed: list[torch.Tensor], end: str
) -> None:
    path = tmp_path / "chip"
    opened = opened_station(parameters, 5, path)
    client = RemoteCrossbar(LoopbackLink(opened.__enter__()))
    client.fresh([0, 0], [0, 1])
    use(client)
    if end == "power cycle":
        client.power_cycle()
        assert same(look(client), undisturbed)
        return
    if end == "clean":
        opened.__exit__(None, None, None)
        assert (tmp_path / "chip.log").stat().st_size < 100
    else:  # what a kill leaves is what the files hold now; they are copied from under the running server
        for name in ("chip", "chip.log"):
            (tmp_path / f"left-{name}").write_bytes((tmp_path / name).read_bytes())
        path = tmp_path / "left-chip"
    with opened_station(parameters, 5, path) as station:
        assert same(look(RemoteCrossbar(LoopbackLink(station))), undisturbed)


@pytest.mark.parametrize("lost", [1, 5, 10, 40])
def test_a_record_cut_short_by_a_kill_has_had_no_effect(tmp_path: Path, parameters: ParameterSet, lost: int) -> None:
    """The log's head counts a record only once it is whole, so a kill within a record leaves the head before it."""
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        client = RemoteCrossbar(LoopbackLink(station))
        before = (tmp_path / "chip.log").read_bytes()
        client.form(CELLS)
        client.meter()
        after = (tmp_path / "chip.log").read_bytes()
        (tmp_path / "cut-chip").write_bytes((tmp_path / "chip").read_bytes())
    head = 56  # magic 8, history 32, end 8, chain 4, checksum 4
    (tmp_path / "cut-chip.log").write_bytes(before[:head] + after[head : len(after) - lost])
    with opened_station(parameters, 5, tmp_path / "cut-chip") as station:
        client = RemoteCrossbar(LoopbackLink(station))
        assert int(client.meter().pulses) == 0
        use(client)
    with opened_station(parameters, 5, tmp_path / "cut-chip") as station:
        assert int(RemoteCrossbar(LoopbackLink(station)).meter().pulses) == 2 * len(CELLS)


def test_a_log_of_an_earlier_snapshot_is_not_carried_out_twice(tmp_path: Path, parameters: ParameterSet) -> None:
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        RemoteCrossbar(LoopbackLink(station)).form(CELLS)
        old_log = (tmp_path / "chip.log").read_bytes()
    (tmp_path / "chip.log").write_bytes(old_log)
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        assert int(RemoteCrossbar(LoopbackLink(station)).meter().pulses) == len(CELLS)


def test_a_chip_of_an_earlier_version_is_refused_and_its_file_stays(tmp_path: Path, parameters: ParameterSet) -> None:
    path = tmp_path / "chip"
    with opened_station(parameters, 5, path) as station:
        RemoteCrossbar(LoopbackLink(station)).form(CELLS)
    tensors, metadata = read_tensors(path)
    for version in (1, 2):
        header = json.loads(metadata["ohmshot"]) | {"format_version": version}
        write_tensors(path, tensors, {"ohmshot": json.dumps(header)})
        before = path.read_bytes()
        with pytest.raises(ChipError, match="another version of ohmshot"), opened_station(parameters, 5, path):
            pass
        assert path.read_bytes() == before


def test_the_log_turns_into_a_snapshot_before_it_grows_long(
    tmp_path: Path, parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmshot.wire.server.chip_file.LONGEST_LOG", 5000)
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        client = RemoteCrossbar(LoopbackLink(station))
        for _ in range(8):
            client.form(CELLS)
        client.meter()
        assert (tmp_path / "chip.log").stat().st_size < 8000
        for name in ("chip", "chip.log"):
            (tmp_path / f"left-{name}").write_bytes((tmp_path / name).read_bytes())
    with opened_station(parameters, 5, tmp_path / "left-chip") as station:
        assert int(RemoteCrossbar(LoopbackLink(station)).meter().pulses) == 8 * len(CELLS)


def test_what_cannot_be_the_same_chip_is_refused(tmp_path: Path, parameters: ParameterSet) -> None:
    path = tmp_path / "chip"
    with (
        opened_station(parameters, 5, path),
        pytest.raises(ChipError, match="Another server"),
        opened_station(parameters, 5, path),
    ):
        pass
    with pytest.raises(ChipError, match="seed 5"), opened_station(parameters, 6, path):
        pass
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ChipError, match="damaged"), opened_station(parameters, 5, path):
        pass


def test_a_kept_chip_knows_how_many_arrays_its_columns_make(tmp_path: Path, parameters: ParameterSet) -> None:
    path = tmp_path / "chip"
    with opened_station(parameters, 5, path, Circuit().arrays(2)) as station:
        assert station.crossbar.datasheet.arrays == 2
    with opened_station(parameters, 5, path, Circuit().arrays(2)) as station:
        assert station.crossbar.datasheet.arrays == 2
    with pytest.raises(ChipError, match="seed 5"), opened_station(parameters, 5, path, Circuit(columns=128)):
        pass


class FullDisk:
    """A file on a disk that holds no further byte."""

    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, data: bytes) -> int:
        raise OSError(28, "No space left on device")


@contextlib.contextmanager
def full_disk(station: SimulatedStation) -> Iterator[None]:
    """While it lasts nothing can be kept of a station."""
    memory = station.memory
    assert isinstance(memory, ChipFile)
    memory._log._file, whole = cast(IO[bytes], FullDisk(memory._log._file)), memory._log._file
    try:
        yield
    finally:
        memory._log._file = whole


def test_a_full_disk_refuses_the_command_and_touches_nothing(tmp_path: Path, parameters: ParameterSet) -> None:
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        client = RemoteCrossbar(LoopbackLink(station))
        with full_disk(station):
            client.form(CELLS)
            with pytest.raises(ChipError, match="full"):
                client.meter()
        assert int(client.meter().pulses) == 0


def test_a_replay_leaves_out_what_a_full_disk_had_refused(tmp_path: Path, parameters: ParameterSet) -> None:
    """Numbers of frames that were refused are missing in the log; those after them are carried out all the same."""
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        client = RemoteCrossbar(LoopbackLink(station), reconnect=lambda: LoopbackLink(station))
        client.form(CELLS[:100])
        client.meter()
        with full_disk(station):
            client.form(CELLS[100:200])
            with pytest.raises(ChipError, match="full"):
                client.meter()
        client.form(CELLS[200:])
        client.set(CELLS[200:], torch.full((len(CELLS) - 200,), 1.8))
        alive = station.crossbar.true_conductances()
        assert int(client.meter().pulses) == 100 + 2 * (len(CELLS) - 200)
        for name in ("chip", "chip.log"):  # as a kill leaves them
            (tmp_path / f"left-{name}").write_bytes((tmp_path / name).read_bytes())
    with opened_station(parameters, 5, tmp_path / "left-chip") as station:
        assert torch.equal(station.crossbar.true_conductances(), alive)
