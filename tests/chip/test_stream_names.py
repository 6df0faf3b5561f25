"""Stored results stand and fall with the names of the random streams, so the names are part of what a chip is."""

import dataclasses

import numpy as np
import pytest
import torch

from ohmshot.cell.noise import telegraph_drop
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.technology import technology
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wafer import dies_of_a_wafer, shared_offsets
from ohmshot.foundation.compiled import F32, U32, U64
from ohmshot.foundation.errors import BrownOutError, OverTemperatureError
from ohmshot.foundation.philox import inverse_normal, normal, philox, uniform
from ohmshot.foundation.randomness import derived_seed, generator

LETI = load_parameter_set("leti_hfo2_130nm").values
SMALL = Circuit(rows=4, columns=6)
SEED, NUMBER, LIFE = 9, 5, 2


def bits(key: int, place: int, number: int, stream: int) -> tuple[U32, ...]:
    """Four numbers of a cell's stream."""
    return tuple(U32(each) for each in philox(U64(key), U32(place), U32(number), U32(stream), U32(0)))


def test_devices_are_drawn_from_seed_and_number() -> None:
    chip = SimulatedCrossbar(LETI, SMALL, SEED, [NUMBER], [LIFE])
    key = derived_seed(SEED, "chip", NUMBER, "devices")
    drawn = [bits(key, place, 0, 16) for place in range(24)]
    assert chip.state.set_device_offset.tolist() == [inverse_normal(each[0]) for each in drawn]
    assert chip.state.reset_device_offset.tolist() == [inverse_normal(each[1]) for each in drawn]


def test_pulses_and_reads_are_drawn_from_seed_number_life_and_how_many_the_cell_has_had() -> None:
    chip = SimulatedCrossbar(LETI, SMALL, SEED, [NUMBER], [LIFE])
    key = derived_seed(SEED, "chip", NUMBER, "life", LIFE)
    before = chip.true_conductances().flatten()
    for _ in range(5):
        chip.read(torch.arange(0, 24, 2))
    seen = chip.read(torch.arange(24))
    for place in range(24):
        number = 5 if place % 2 == 0 else 0
        word = bits(key, place, number // 4, 0)[number % 4]
        drawn = normal(word, U64(key), U32(place), U32(number), U32(1))
        assert float(seen[place]) == pytest.approx(float(before[place]) * (1 + LETI.read_noise * drawn), rel=1e-6)
    assert chip.state.events.tolist() == [6, 1] * 12


def test_a_wait_is_drawn_from_a_stream_of_its_own() -> None:
    chip = SimulatedCrossbar(LETI, SMALL, SEED, [NUMBER], [LIFE])
    chip.form(torch.arange(24))
    key, number = derived_seed(SEED, "chip", NUMBER, "life", LIFE), 3
    chip.wait(60.0)
    for place in (0, 7, 23):
        drawn = inverse_normal(bits(key, place, number, 80)[0])
        variance = float(chip.state.relaxation_variance[place])
        assert float(chip.state.relaxation_walk[place]) == pytest.approx(drawn * variance**0.5, rel=1e-5)
    assert chip.state.events.tolist() == [4] * 24


def test_chips_share_offsets_by_lot_wafer_and_die() -> None:
    number = 30 * dies_of_a_wafer() + 7  # wafer 30, lot 1
    for row, name, member in (("lot_spread", "lot", 1), ("wafer_spread", "wafer", 30), ("die_spread", "die", number)):
        levels = dataclasses.replace(LETI, **{row: 0.5})
        drawn = 0.5 * torch.randn(2, generator=generator(SEED, name, member, "devices"))
        torch.testing.assert_close(shared_offsets(levels, SEED, [number])[:, 0], drawn)


def test_traps_are_of_the_device_and_their_state_of_the_life() -> None:
    trapped = dataclasses.replace(LETI, telegraph_share=0.5, read_noise=0.0)
    chip = SimulatedCrossbar(trapped, SMALL, SEED, [NUMBER], [LIFE])
    chip.form(torch.arange(24))
    device, life = derived_seed(SEED, "chip", NUMBER, "devices"), derived_seed(SEED, "chip", NUMBER, "life", LIFE)
    p = technology(trapped)
    lost = (chip.true_conductances().flatten() - chip.read(torch.arange(24))).tolist()
    full = 0
    for place in range(24):
        a, b, c, d = bits(device, place, 0, 32)
        amplitude = 1.5 * np.exp(0.7 * inverse_normal(a)) if uniform(d) < 0.5 else 0.0
        # At first a trap is filled with the probability of its share of the time.
        share = 1 / (1 + np.exp(2.1 * (inverse_normal(b) - inverse_normal(c))))
        filled = uniform(bits(life, place, 0, 64)[0]) < share
        trap = np.zeros(1, [("amplitude", F32), ("filled", np.bool_)]).view(np.recarray)[0]
        trap.amplitude, trap.filled = amplitude, filled
        expected = telegraph_drop(F32(chip.true_conductances().flatten()[place]), trap, p)
        full += expected > 0
        lost[place] -= float(expected)
    assert full > 2
    assert sum(abs(each) > 1e-3 for each in lost) <= 2  # 24 us pass before the read, a few traps may have turned


def test_injected_faults_have_streams_of_their_own() -> None:
    broken = simulated_chips(LETI, SMALL, SEED, [NUMBER], [LIFE], Injection(stuck=0.3))
    uniforms = torch.rand(2, 24, generator=generator(SEED, "injected", "chip", NUMBER, "devices"))
    assert isinstance(broken, SimulatedCrossbar)
    assert torch.equal(broken.state.health != 1, uniforms[0] < 0.3)  # 1 is unformed, as sound cells are
    key = derived_seed(SEED, "injected", "chip", NUMBER, "life", LIFE)
    browned = simulated_chips(LETI, SMALL, SEED, [NUMBER], [LIFE], Injection(brown_out=1.0))
    with pytest.raises(BrownOutError) as broke:
        browned.form(torch.arange(24))
    stopped = int(uniform(bits(key, 0, 0, 0)[1]) * 24)
    assert broke.value.unpulsed.tolist() == list(range(stopped, 24))
    heat = [uniform(bits(key, call, 0, 1)[0]) for call in range(50)]
    first_hot = next(call for call, drawn in enumerate(heat) if drawn < 0.2)
    hot = simulated_chips(LETI, SMALL, SEED, [NUMBER], [LIFE], Injection(over_temperature=0.2))
    for _ in range(first_hot):
        hot.form(torch.arange(1))
    assert hot.celsius == 25.0  # type: ignore[union-attr]
    with pytest.raises(OverTemperatureError, match="110 degrees"):
        hot.form(torch.arange(1))
    assert hot.celsius == 110.0  # type: ignore[union-attr]
