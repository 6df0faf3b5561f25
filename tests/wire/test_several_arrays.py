from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch

from ohmshot.adapt.address import source_at
from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injection import Injection
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.care import STUCK, TEST_FIRST
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.blocks import array_from_bytes
from ohmshot.wire.server.server import Server
from ohmshot.wire.server.simulated_station import SimulatedStation

TWO = Circuit().arrays(2)


def over(station: SimulatedStation) -> RemoteCrossbar:
    return RemoteCrossbar(LoopbackLink(station), reconnect=lambda: LoopbackLink(station))


def cells_of(client: RemoteCrossbar, array: int) -> torch.Tensor:
    (content,) = client.conversation.query_blocks(f"ARR:CELL? {array}".encode())
    return array_from_bytes(content, torch.int64, "SWAPPED")


def test_a_head_of_20_classes_lies_on_two_arrays_here_and_over_the_wire(
    parameters: ParameterSet, drawings: Examples
) -> None:
    settings = AdaptationSettings(episodes=1, seed=5, shape=EpisodeShape(20, 1, 2), circuit=TWO)
    line = Injection(lost_connection=0.01)
    results = []
    for injection in (Injection(), line):
        result, _ = run_adaptation(
            source_at("sim", parameters, TWO, 5, injection), shipped_bundle("four-convolutions"), drawings, settings
        )
        results.append(result.model_dump(exclude={"wall_seconds"}))
    assert results[0] == results[1]
    assert results[0]["accuracy"][-1] > 0.4


def test_each_array_is_addressed_by_itself_and_all_as_one(parameters: ParameterSet) -> None:
    client = over(SimulatedStation(parameters, 5, TWO))
    assert client.conversation.query(b"ARR:COUN?") == "2"
    assert client.datasheet.arrays == 2
    first, second = cells_of(client, 0), cells_of(client, 1)
    assert torch.equal(torch.cat([first, second]).sort().values, torch.arange(4096))
    client.form(second)
    wear = client.wear()[0]
    assert wear[:, :64].unique().tolist() == [0]
    assert wear[:, 64:].unique().tolist() == [1]


def test_the_health_of_each_array_is_kept_with_the_chip(parameters: ParameterSet) -> None:
    client = over(SimulatedStation(parameters, 5, TWO, Injection(dead_column=1)))
    TEST_FIRST.before(Learner(client, shipped_bundle("four-convolutions").for_ways(20), LearnerSettings()))
    client.power_cycle()
    health = client.health().flatten()
    stuck = [int((health[cells_of(client, array)] == STUCK).sum()) for array in (0, 1)]
    assert sorted(stuck)[1] >= 32
    assert sum(stuck) < 40


def test_a_served_chip_of_as_many_cells_in_other_arrays_is_refused(
    parameters: ParameterSet, serve: Callable[..., AbstractContextManager[Server]]
) -> None:
    with serve(parameters) as server, pytest.raises(SettingsError, match="32 x 64 cells, not 32 x 64 cells in 2 arr"):
        source_at(f"tcp://127.0.0.1:{server.port}", parameters, Circuit(columns=64, side_by_side=2), 5)
