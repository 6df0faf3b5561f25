import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch

from every_operation import use
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.conversation import Conversation
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.faulty_link import FaultyLink
from ohmshot.wire.client.links import Link
from ohmshot.wire.client.numbered import NumberedConversation, RetryPolicy
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.faulty_line import FaultyLine
from ohmshot.wire.server.chip_file import opened_station
from ohmshot.wire.server.server import Server
from ohmshot.wire.server.simulated_station import SimulatedStation

AT_ONCE = RetryPolicy(first_pause_s=0.0, total_s=1.0)


def over(station: SimulatedStation, line: FaultyLine | None = None, retries: RetryPolicy = AT_ONCE) -> RemoteCrossbar:
    def link() -> Link:
        here = LoopbackLink(station)
        return here if line is None else FaultyLink(here, line)

    return RemoteCrossbar(link(), reconnect=link, retries=retries)


def conversation(client: RemoteCrossbar) -> NumberedConversation:
    assert isinstance(client.conversation, NumberedConversation)
    return client.conversation


def expected(station: SimulatedStation) -> list[torch.Tensor]:
    return use(SimulatedCrossbar(station.parameters.values, Circuit(), 5, [0]))


@pytest.mark.parametrize(
    "faults",
    [
        Injection(lost_connection=0.3),
        Injection(late_answer=0.3),
        Injection(bit_flip=0.3),
        Injection(lost_connection=0.1, late_answer=0.1, bit_flip=0.1),
    ],
)
def test_over_a_bad_line_every_pulse_is_given_exactly_once(station: SimulatedStation, faults: Injection) -> None:
    line = FaultyLine(faults, 7)
    client = over(station, line)
    seen = use(client)
    for _ in range(10):
        client.wait(0.0)
        client.meter()
    assert all(torch.equal(a, b) for a, b in zip(seen, expected(station), strict=True))
    assert sum(line.met.values()) > 3
    assert conversation(client).interruptions.reconnections > 3


def test_a_server_killed_at_any_frame_goes_on_without_a_pulse_lost_or_repeated(
    tmp_path: Path, parameters: ParameterSet
) -> None:
    """What a kill leaves is what the files hold; the new server starts from a copy taken under the running one."""
    opened: list[AbstractContextManager[SimulatedStation]] = []
    line = FaultyLine(Injection(lost_connection=0.5), 3)

    def link() -> Link:
        path = tmp_path / f"chip-{len(opened)}"
        if opened:
            before = tmp_path / f"chip-{len(opened) - 1}"
            shutil.copy(before, path)
            shutil.copy(before.with_name(before.name + ".log"), path.with_name(path.name + ".log"))
        opened.append(opened_station(parameters, 5, path))
        return FaultyLink(LoopbackLink(opened[-1].__enter__()), line)

    seen = use(RemoteCrossbar(link(), reconnect=link, retries=AT_ONCE))
    assert len(opened) > 10
    alone = use(SimulatedCrossbar(parameters.values, Circuit(), 5, [0]))
    assert all(torch.equal(a, b) for a, b in zip(seen, alone, strict=True))


def test_a_snapshot_keeps_the_session_and_its_replies(tmp_path: Path, parameters: ParameterSet) -> None:
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        client = over(station)
        talk = conversation(client)
        client.form(torch.arange(9))
        read = client.read(torch.arange(9))
        last, key = talk._number, talk._key
    with opened_station(parameters, 5, tmp_path / "chip") as station:
        kept = station.kept
        assert kept is not None
        assert kept.is_of(key)
        assert kept.last == last
        assert read.numpy().tobytes() in kept.replies[last].answer
        assert station.writer is None


def test_a_lost_writer_gets_its_place_back_at_once(station: SimulatedStation) -> None:
    links: list[LoopbackLink] = []

    def link() -> Link:
        links.append(LoopbackLink(station, f"connection {len(links)}"))
        return links[-1]

    client = RemoteCrossbar(link(), reconnect=link, retries=AT_ONCE)
    links[0].write = lambda data: None  # type: ignore[method-assign]
    client.form(torch.arange(9))  # into the void; the server still believes in this connection
    assert int(client.meter().pulses) == 9
    assert len(links) == 2


def test_a_reply_that_is_lost_alone_does_not_cost_the_answer_after_it(station: SimulatedStation) -> None:
    lossy: list[LoopbackLink] = []

    def link() -> Link:
        lossy.append(LoopbackLink(station))
        return lossy[-1]

    client = RemoteCrossbar(link(), reconnect=link, retries=AT_ONCE)
    client.meter()
    client.form(torch.arange(9))
    lossy[0]._answers.clear()  # the reply to FORM
    assert int(client.meter().pulses) == 9
    assert len(lossy) == 2


def test_after_another_has_driven_the_chip_the_client_stops(station: SimulatedStation) -> None:
    client = over(station)
    client.form(torch.arange(9))
    client.meter()
    conversation(client).link.close()
    Conversation(LoopbackLink(station, "rival")).send(b"CELL:FORM (@100)")
    with pytest.raises(ChipError, match=r"102,.*another has driven the chip"):
        client.meter()


def test_a_chip_that_has_lost_its_state_is_not_gone_on_with(parameters: ParameterSet) -> None:
    stations = iter([SimulatedStation(parameters, 5) for _ in range(20)])
    client = RemoteCrossbar(
        LoopbackLink(next(stations)), reconnect=lambda: LoopbackLink(next(stations)), retries=AT_ONCE
    )
    client.form(torch.arange(9))
    client.meter()
    conversation(client).link.close()
    with pytest.raises(ChipError, match="Session lost"):
        client.meter()


def test_a_chip_that_never_comes_back_is_given_up_with_what_is_unconfirmed(station: SimulatedStation) -> None:
    line = FaultyLine(Injection(), 0)
    client = over(station, line, RetryPolicy(first_pause_s=0.01, total_s=0.05))
    line.faults = Injection(lost_connection=1.0)
    with pytest.raises(ChipError, match="1 messages are without a reply"):
        client.meter()


def test_errors_surface_at_the_next_question_as_without_numbers(station: SimulatedStation) -> None:
    client = over(station)
    client.set(torch.tensor([0]), torch.tensor([11.0]))
    with pytest.raises(ChipError, match=r"-222.*CELL:SET"):
        client.meter()
    assert int(client.meter().pulses) == 0
    client.power_cycle()
    client.fresh([3], [0])
    assert int(client.meter().pulses) == 0


def test_a_chip_without_frames_is_driven_as_before(station: SimulatedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    from ohmshot.wire.server import commands

    old = {key: value for key, value in commands._BY_NAME.items() if "SESS" not in key[0] and "SESSION" not in key[0]}
    monkeypatch.setattr(commands, "_BY_NAME", old)
    client = over(station)
    assert isinstance(client.conversation, Conversation)
    assert int(client.meter().pulses) == 0


def test_over_tcp_a_broken_connection_is_made_anew(
    serve: Callable[..., AbstractContextManager[Server]], parameters: ParameterSet
) -> None:
    line = FaultyLine(Injection(lost_connection=0.2, late_answer=0.1), 1)

    def links(address: str) -> Iterator[Link]:
        while True:
            yield FaultyLink(connect(address), line)

    with serve(parameters) as server:
        again = links(f"tcp://127.0.0.1:{server.port}?seconds=20")
        client = RemoteCrossbar(next(again), reconnect=lambda: next(again))
        seen = use(client)
        assert all(
            torch.equal(a, b)
            for a, b in zip(seen, use(SimulatedCrossbar(parameters.values, Circuit(), 5, [0])), strict=True)
        )
        assert sum(line.met.values()) > 2
        line.faults = Injection()
        client.close()
