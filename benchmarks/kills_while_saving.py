"""Servers and hosts ended by SIGKILL while they save: every file is whole then, and nothing is lost or done twice.

    python benchmarks/kills_while_saving.py [--kills 150] [--seed 1]

So many kills of a chip server that writes a snapshot before every message, while a client drives it, and as many of a
host that writes one file again and again. The chip must end bit-equal to one that was left alone; the file must hold a
whole content that is no older than the last that its host has told of. `benchmarks/kills.py` kills whole adaptations.
"""

import argparse
import asyncio
import functools
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.numbered import NumberedConversation, RetryPolicy
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.chip_file import opened_station
from ohmshot.wire.server.server import Server, ServerSettings
from ohmshot.wire.server.serving import serve_until_interrupted
from ohmshot.wire.server.simulated_station import SimulatedStation

CELLS = "leti_hfo2_130nm"
LONGEST_PAUSE_S = 0.12
"""From when a victim works to its end; a message with its snapshot takes about 5 ms."""
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """What kills of one victim have left.

    Attributes:
        kills: number of them.
        work: messages carried out, or files written, meanwhile.
        litter: temporary files found at the next start, which the kills had left in the middle of saving.
        whole: nothing was lost or done twice, and every file was whole.
    """

    kills: int
    work: int
    litter: int
    whole: bool


def killed_servers(kills: int, seed: int, folder: Path) -> Outcome:
    """Kill a chip server that saves before every message, while a client drives the chip."""
    chip, port = folder / "chip", _free_port()
    random = generator(seed, "kills while saving", "server")
    victim = _Victim(_serve, chip, port)
    ended, done, litter = threading.Event(), 0, 0

    def kill() -> None:
        nonlocal done, litter
        while done < kills:
            _wait_for(lambda: _listens(port))
            time.sleep(LONGEST_PAUSE_S * float(torch.rand(1, generator=random)))
            victim.kill()
            done += 1
            litter += len(list(folder.glob(".chip.*")))
            victim.start()
        ended.set()

    _wait_for(lambda: _listens(port))
    address = f"tcp://127.0.0.1:{port}?seconds=20"
    client = RemoteCrossbar(connect(address), None, lambda: connect(address), RetryPolicy(0.005, 0.02, PATIENCE_S))
    killer = threading.Thread(target=kill)
    killer.start()
    rounds = 0
    while not ended.is_set():
        _drive(client, rounds)
        rounds += 1
    killer.join()
    found = [client.read(torch.arange(2048)), client.meter().counts, client.meter().energy_joules, client.wear()]
    assert isinstance(client.conversation, NumberedConversation)
    client.close()
    victim.end()
    return Outcome(done, 4 * rounds, litter, _same(found, rounds))


def _drive(client: RemoteCrossbar, number: int) -> None:
    """Four messages about some cells, a few of them pipelined."""
    cells = torch.arange(number % 32, 2048, 32)
    client.form(cells)
    client.set(cells, torch.full(cells.shape, 1.5 + 0.01 * (number % 50)))
    client.reset(cells[::2], torch.full(cells[::2].shape, 1.2))
    client.read(cells)


def _same(found: list[torch.Tensor], rounds: int) -> bool:
    alone = RemoteCrossbar(LoopbackLink(SimulatedStation(load_parameter_set(CELLS), 7)))
    for number in range(rounds):
        _drive(alone, number)
    expected = [alone.read(torch.arange(2048)), alone.meter().counts, alone.meter().energy_joules, alone.wear()]
    return all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def killed_hosts(kills: int, seed: int, folder: Path) -> Outcome:
    """Kill a host that writes one file again and again, and says after each how far it is."""
    random = generator(seed, "kills while saving", "host")
    path, told, litter, whole, last = folder / "file", folder / "told", 0, True, -1
    victim = _Victim(_save, path, told)
    for number_of_kill in range(kills):
        if number_of_kill:
            victim.start()
        _wait_for(functools.partial(_has_told_more, told, last))
        time.sleep(LONGEST_PAUSE_S * float(torch.rand(1, generator=random)))
        victim.kill()
        last = _told(told)
        tensors, metadata = read_tensors(path)
        number = int(metadata["number"])
        whole &= number in (last, last + 1) and bool((tensors["values"] == number).all())
        litter += len(list(folder.glob(".file.*")))
        for each in folder.glob(".file.*"):
            each.unlink()
    victim.end()
    return Outcome(kills, last + 1, litter, whole)


def _save(path: Path, told: Path) -> None:
    number = _told(told) + 1
    with told.open("ab", buffering=0) as file:
        while True:
            write_tensors(path, {"values": torch.full((50_000,), float(number))}, {"number": str(number)})
            file.write(number.to_bytes(8, "little"))
            number += 1


def _has_told_more(told: Path, than: int) -> bool:
    return _told(told) > than


def _told(told: Path) -> int:
    """The last number that a host has told; -1 for none."""
    content = told.read_bytes() if told.exists() else b""
    whole = len(content) // 8 * 8
    return int.from_bytes(content[whole - 8 : whole], "little") if whole else -1


def _serve(chip: Path, port: int) -> None:
    with opened_station(load_parameter_set(CELLS), 7, chip, longest_log=1) as station:
        server = Server(station, ServerSettings(port=port))
        asyncio.run(serve_until_interrupted(server, station, None, lambda: None))


class _Victim:
    """A process that is killed and started again: a child of one that has loaded everything, so a start is cheap."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._asked, theirs = context.Pipe()
        self._nursery = context.Process(target=_nursery, args=(theirs, work, arguments))
        self._nursery.start()
        self.start()

    def start(self) -> None:
        """Start it."""
        self._ask("start")

    def kill(self) -> None:
        """End it at whatever instruction it is; returns when it is gone."""
        self._ask("kill")

    def end(self) -> None:
        """End it for good."""
        self._ask("end")
        self._nursery.join()

    def _ask(self, what: str) -> None:
        self._asked.send(what)
        self._asked.recv()


def _nursery(asked: Connection, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)  # what is forked later has no threads of torch to wait for
    _drive(RemoteCrossbar(LoopbackLink(SimulatedStation(load_parameter_set(CELLS), 7))), 0)
    context, child = multiprocessing.get_context("fork"), None
    while True:
        what = asked.recv()
        if what == "start":
            child = context.Process(target=work, args=arguments)
            child.start()
        elif child is not None:
            child.kill()
            child.join()
            child = None
        asked.send(what)
        if what == "end":
            return


def _wait_for(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > ends:
            raise TimeoutError("what was started does not work")
        time.sleep(0.002)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| killed | kills | written meanwhile | in the middle of a file | nothing lost |\n|---|---|---|---|---|")
    for name, run in (("server", killed_servers), ("host", killed_hosts)):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["OHMSHOT_STATE"] = folder
            work = Path(folder) / "work"
            work.mkdir()
            done = run(options.kills, options.seed, work)
        print(f"| {name} | {done.kills} | {done.work} | {done.litter} | {done.whole} |", flush=True)


if __name__ == "__main__":
    main()
