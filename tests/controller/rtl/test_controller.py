"""The whole controller in gates against the integer model: five updates on a chip, to the last bit."""

import pytest
import torch

pytest.importorskip("amaranth")

from controller.rtl import whole
from controller.rtl.whole import chip, episode, standardised_episode
from ohmshot.controller.host_port import Register
from ohmshot.controller.rtl.adaptation import weight_codes


def updates_are_equal(strategy, shots, updates, record=None, made=episode):
    """Run updates by the model and by gates on equal chips; compare after each. Returns the cycles of each."""
    task = made(strategy, shots)
    learner = task.learner
    twin = chip()
    twin.restore(learner.crossbar.snapshot())
    gates = whole.gates(task, twin)
    cycles = []

    async def script(host):
        await gates.load_task(host)
        for step in range(updates):
            cycles.append(await gates.update(host))
            learner.update(step)
            assert await host.read(Register.CHANGED) == int(learner.changed)
            assert await host.read(Register.MISSED) == len(learner.missed)
            assert await gates.weights(host) == weight_codes(learner)
            assert torch.equal(twin.true_conductances(), learner.crossbar.true_conductances())
            assert torch.equal(twin.meter().pulses, learner.crossbar.meter().pulses)
            assert torch.equal(twin.meter().joules, learner.crossbar.meter().joules)

    gates.run(script, *([record.of(gates.top.controller)] if record else []))
    assert torch.equal(twin.wear(), learner.crossbar.wear())
    return cycles


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["hybrid", "closed-loop"])
def test_five_updates_by_gates_are_those_of_the_model_to_the_last_bit(strategy):
    cycles = updates_are_equal(strategy, shots=5, updates=5)
    assert all(2_500 < each < 40_000 for each in cycles)


def test_an_update_of_one_example_a_class_is_that_of_the_model_to_the_last_bit():
    updates_are_equal("closed-loop", shots=1, updates=1)


@pytest.mark.parametrize("updates", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_features_that_need_a_standard_are_learned_as_by_the_model_to_the_last_bit(updates):
    updates_are_equal("closed-loop", shots=2, updates=updates, made=standardised_episode)
