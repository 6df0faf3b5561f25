"""A plan over the wire: the chip runs it by itself, with the pulses of a host that drives, bit by bit."""

import json

import pytest
import torch

from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.programming.policies import POLICIES, plan_description, plan_from, plan_named
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.simulated_station import SimulatedStation

CELLS = torch.arange(0, 2048, 5)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_over_the_wire_is_the_strategy_in_process_and_the_driven_one(
    name: str, station: SimulatedStation, client: RemoteCrossbar
) -> None:
    here, driven = (SimulatedCrossbar(station.parameters.values, Circuit(), 5, [0], [0]) for _ in range(2))
    levels = torch.tensor((here.datasheet.reset_conductance, *here.datasheet.level_conductances))
    targets = levels[CELLS % len(levels)]
    missed = []
    for chip in (here, CrossbarWrapper(driven), client):
        chip.form(CELLS)
        missed.append(strategy_named(name)(chip, CELLS, targets))  # type: ignore[arg-type]
    assert torch.equal(missed[0], missed[1])
    assert torch.equal(missed[0], missed[2])
    for other in (driven, client):
        assert torch.equal(here.true_conductances(), other.true_conductances())
        assert torch.equal(here.meter().counts, other.meter().counts)
        assert torch.equal(here.meter().energy_joules, other.meter().energy_joules)


def test_a_chip_without_plans_says_so_and_is_driven(client: RemoteCrossbar) -> None:
    assert client.capabilities.policies == tuple(POLICIES)
    faulty = SimulatedStation(client_parameters(client), 5, injection=Injection(brown_out=0.01))
    remote = RemoteCrossbar(LoopbackLink(faulty))
    assert remote.capabilities.policies == ()
    assert not remote.takes(plan_named("hybrid"))
    with pytest.raises(ChipError, match="takes no plans"):
        remote.execute(plan_named("hybrid"))


def client_parameters(client: RemoteCrossbar):  # type: ignore[no-untyped-def]
    from ohmshot.cell.parameter_set import load_parameter_set

    assert client.capabilities.simulator is not None
    return load_parameter_set(client.capabilities.simulator.parameters)


@pytest.mark.parametrize("name", POLICIES)
def test_a_plan_is_what_its_description_says(name: str) -> None:
    plan = plan_named(name)
    description = plan_description(plan)
    assert description is not None
    again = plan_from(description, plan.cells, plan.targets)
    assert again.policy == plan.policy
    assert again.verification == plan.verification


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"policy": "guess"}, "no policy 'guess'"),
        ({"settings": {"crossover": -1.0}}, "crossover"),
        ({"settings": {"speed": 1.0}}, "no setting 'speed'"),
        ({"settings": {"crossover": "high"}}, "crossover of the policy hybrid is a number"),
        ({"settings": {"low": 3.0}}, "low of the policy hybrid is a policy"),
        ({"verification": {}}, "docs/protocol.md"),
        ({"verification": {"most_attempts": 10**9}}, "1 to 10000"),
        ({"verification": {"tolerance": float("nan")}}, "not negative"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(change: dict[str, dict[str, object]], message: str) -> None:
    plan = plan_named("hybrid")
    described = json.loads(plan_description(plan) or "")
    for key, value in change.items():
        described[key] = {**described[key], **value} if value and isinstance(value, dict) else value
    with pytest.raises(SettingsError, match=message):
        plan_from(json.dumps(described), plan.cells, plan.targets)


def test_what_is_no_plan_is_refused_by_the_chip(client: RemoteCrossbar) -> None:
    for text in ("no json", "[]", "{}", '{"policy": ["hybrid"]}'):
        client.conversation.send(f"CELL:PLAN? '{text}',(@0),50".encode())
        with pytest.raises(ChipError, match="-224"):
            client.meter()
