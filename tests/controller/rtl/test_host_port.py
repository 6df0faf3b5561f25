"""The host port: gates against the model, on random accesses and random states of the controller."""

import random

import pytest

pytest.importorskip("amaranth")

import ohmshot as oh
from controller.rtl.writing import sheet
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.host_port import EXAMPLES, WEIGHTS, Command, Register, Status, access
from ohmshot.controller.rtl.host_port import HostPort, sizes_of
from ohmshot.controller.rtl.simulation import BusHost, simulate
from ohmshot.controller.rtl.sizes import build_for

STROBES = {
    "do_update": "update",
    "do_answer": "answer",
    "do_standard": "standardise",
    "clear": "clear",
    "load": "load",
    "do_order": "order",
}


def build():
    import torch

    array = ControllerArithmetic().array(sheet(), 1, oh.load_bundle(), "datasheet", "one-sided")
    return build_for(array.controller, torch.arange(5).repeat_interleave(5))


def of_one_layer_with_a_standard():
    import torch

    bundle = oh.bundle_for(6, 5, hidden=())
    array = ControllerArithmetic().array(sheet(), 1, bundle, "datasheet", "one-sided")
    return build_for(array.controller, torch.arange(5).repeat_interleave(5))


def random_access(rnd):
    address = rnd.choice([*Register, *Register, EXAMPLES + 4 * rnd.randrange(256), WEIGHTS + 4 * rnd.randrange(256)])
    address = rnd.choice([address] * 8 + [rnd.randrange(4096)])
    data = rnd.choice(
        [*Command, rnd.randrange(8), rnd.randrange(2048) | rnd.randrange(12) << 16, rnd.randrange(1 << 32)]
    )
    if address == Register.COMMAND:
        data = rnd.randrange(5)
    return int(address), rnd.randrange(2), int(data)


def accesses_are_answered(accesses, record=None, made=None):
    """Compare gates and model on random accesses; returns what these set off."""
    made = made or build()
    port, sizes, rnd = HostPort(made), sizes_of(made), random.Random(7)
    effects, seen = set(), {}

    async def bench(context):
        host = BusHost(context, port.bus)
        for _ in range(accesses):
            status = Status(*(bool(rnd.randrange(2)) for _ in range(3)), rnd.randrange(1 << 20), rnd.randrange(6),
                            rnd.randrange(1024), rnd.randrange(1024), rnd.randrange(5))  # fmt: skip
            for name, value in vars(status).items():
                context.set(getattr(port, name), value)
            memory = rnd.randrange(1 << 15)
            context.set(port.examples.data, memory)
            context.set(port.weights.data, memory)
            address, write, data = random_access(rnd)
            wanted = access(sizes, status, address, bool(write), data)
            seen.clear()
            found, refused = await host.access(address, write, data, watch=lambda c: seen.update(asked(c)))
            assert refused == wanted.error
            effect = wanted.effect
            effects.add(effect.what if effect else None)
            if effect is None:
                assert not seen
                assert write or refused or found == wanted.data
            elif effect.what in ("example", "weight"):
                assert seen == {effect.what: (effect.address, effect.write, effect.value if effect.write else None)}
                assert write or found == memory
            else:
                assert seen == {effect.what: effect.value} or (seen.keys() == {effect.what} and not effect.value)

    def asked(context):
        found = {}
        for strobe, what in {**STROBES, "set_update": "set_update"}.items():
            if context.get(getattr(port, strobe)):
                found[what] = context.get(port.value)
        for what, memory in (("example", port.examples), ("weight", port.weights)):
            if context.get(memory.enable):
                is_write = bool(context.get(memory.write))
                found[what] = context.get(memory.address), is_write, context.get(memory.new) if is_write else None
        return found

    simulate(port, bench, background=[record.of(port)] if record is not None else [])
    return effects


def test_gates_answer_every_access_as_the_model_does():
    effects = accesses_are_answered(1500)
    assert effects == {None, *STROBES.values(), "set_update", "example", "weight"} - {"standardise"}


def test_a_port_with_a_standardiser_behind_it_starts_it():
    assert "standardise" in accesses_are_answered(700, made=of_one_layer_with_a_standard())
