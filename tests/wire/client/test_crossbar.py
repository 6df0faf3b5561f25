import pytest
import torch

from every_operation import use
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.simulated_station import SimulatedStation


@pytest.mark.parametrize(("numbers", "lives"), [([0], [0]), ([0, 0, 2], [0, 1, 0])])
def test_a_chip_behind_the_wire_is_the_chip_in_process_bit_by_bit(
    station: SimulatedStation, client: RemoteCrossbar, numbers: list[int], lives: list[int]
) -> None:
    here = SimulatedCrossbar(station.parameters.values, Circuit(), 5, numbers, lives)
    client.fresh(numbers, lives)
    for near, far in zip(use(here), use(client), strict=True):
        assert near.dtype == far.dtype
        assert torch.equal(near, far)
    assert torch.equal(here.true_conductances(), client.true_conductances())
    assert here.datasheet == client.datasheet


def test_an_error_of_a_command_surfaces_at_the_next_question(client: RemoteCrossbar) -> None:
    client.set(torch.tensor([0]), torch.tensor([11.0]))
    with pytest.raises(ChipError, match=r"-222.*CELL:SET"):
        client.meter()
    assert int(client.meter().pulses) == 0


def test_what_the_client_can_see_is_refused_at_once(client: RemoteCrossbar) -> None:
    with pytest.raises(ChipError, match="addresses run from 0 to 2047"):
        client.read(torch.tensor([2048]))
    with pytest.raises(ChipError, match="amplitudes"):
        client.set(torch.tensor([1, 2]), torch.tensor([1.5]))
    with pytest.raises(ChipError, match="rows"):
        client.multiply(torch.zeros(1, 1, 5), slice(0, 1))
    with pytest.raises(ChipError, match="finite"):
        client.reset(torch.tensor([1]), torch.tensor([torch.inf]))


def test_a_second_client_is_refused_by_name(client: RemoteCrossbar, station: SimulatedStation) -> None:
    with pytest.raises(ChipError, match='driven by "sim"'):
        RemoteCrossbar(LoopbackLink(station, "other"))


def test_the_health_map_is_kept_with_the_chip(client: RemoteCrossbar) -> None:
    client.keep_health(torch.tensor([3, 70]), torch.tensor([1, 2]))
    client.power_cycle()
    health = client.health()
    assert health.shape == (1, 32, 64)
    assert (health[0, 0, 3], health[0, 1, 6], int(health.sum())) == (1, 2, 3)


def test_a_whole_read_is_one_transfer(client: RemoteCrossbar) -> None:
    link = client.conversation.link
    received = link.received
    client.read(torch.arange(2048))
    assert link.received - received == len(b"#48192") + 4 * 2048 + len(b'\n0,"No error"\n')
