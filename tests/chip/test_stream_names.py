"""Stored results stand and fall with the names of the random streams, so the names are part of what a chip is."""

import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wafer import dies_of_a_wafer, shared_offsets
from ohmshot.foundation.errors import BrownOutError, OverTemperatureError
from ohmshot.foundation.randomness import generator

LETI = load_parameter_set("leti_hfo2_130nm").values
SMALL = Circuit(rows=4, columns=6)
SEED, NUMBER, LIFE = 9, 5, 2


def test_devices_are_drawn_from_seed_and_number() -> None:
    chip = SimulatedCrossbar(LETI, SMALL, SEED, [NUMBER])
    normals = torch.randn(2, 24, generator=generator(SEED, "chip", NUMBER, "devices"))
    assert torch.equal(chip.state.set_device_offset, normals[0])
    assert torch.equal(chip.state.reset_device_offset, normals[1])


def test_pulses_and_reads_are_drawn_from_seed_number_and_life() -> None:
    chip = SimulatedCrossbar(LETI, SMALL, SEED, [NUMBER], [LIFE])
    before = chip.true_conductances().flatten()
    stock = torch.empty(4 * 24).normal_(generator=generator(SEED, "chip", NUMBER, "life", LIFE))
    seen = chip.read(torch.arange(24))
    torch.testing.assert_close(seen, before * (1 + LETI.read_noise * stock[:24]))


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
    random = generator(SEED, "chip", NUMBER, "traps")
    places = torch.nonzero(torch.rand(24, generator=random) < 0.5).flatten()
    amplitude, empty, filled = torch.randn(3, len(places), generator=random)
    uniforms = torch.special.ndtr(
        torch.empty(24).normal_(generator=generator(SEED, "chip", NUMBER, "life", LIFE, "telegraph"))
    )
    # At first a trap is filled with the probability of its share of the time, and after so short a time it still is.
    share = 1 / (1 + torch.exp(2.1 * (empty - filled)))
    full = uniforms[: len(places)] < share
    drop = torch.minimum(1.5 * torch.exp(0.7 * amplitude), 0.5 * chip.true_conductances().flatten()[places]) * full
    lost = chip.true_conductances().flatten() - chip.read(torch.arange(24))
    expected = torch.zeros(24).index_copy(0, places, drop)
    assert int(full.sum()) > 2
    assert int((lost - expected).abs().gt(1e-4).sum()) <= 2  # 24 us pass before the read, a few traps may have turned


def test_injected_faults_have_streams_of_their_own() -> None:
    broken = simulated_chips(LETI, SMALL, SEED, [NUMBER], [LIFE], Injection(stuck=0.3))
    uniforms = torch.rand(2, 24, generator=generator(SEED, "injected", "chip", NUMBER, "devices"))
    assert isinstance(broken, SimulatedCrossbar)
    assert torch.equal(broken.state.health != 1, uniforms[0] < 0.3)  # 1 is unformed, as sound cells are
    browned = simulated_chips(LETI, SMALL, SEED, [NUMBER], [LIFE], Injection(brown_out=1.0))
    supply = torch.empty(1024).normal_(generator=generator(SEED, "injected", "chip", NUMBER, "life", LIFE))
    with pytest.raises(BrownOutError) as broke:
        browned.form(torch.arange(24))
    stopped = int(torch.special.ndtr(supply[1]) * 24)
    assert broke.value.unpulsed.tolist() == list(range(stopped, 24))
    heat = torch.empty(1024).normal_(generator=generator(SEED, "injected", "chip", NUMBER, "life", LIFE, "heat"))
    first_hot = int(torch.nonzero(torch.special.ndtr(heat) < 0.2)[0])
    hot = simulated_chips(LETI, SMALL, SEED, [NUMBER], [LIFE], Injection(over_temperature=0.2))
    for _ in range(first_hot):
        hot.form(torch.arange(1))
    assert hot.celsius == 25.0  # type: ignore[union-attr]
    with pytest.raises(OverTemperatureError, match="110 degrees"):
        hot.form(torch.arange(1))
    assert hot.celsius == 110.0  # type: ignore[union-attr]
