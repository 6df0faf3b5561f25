import dataclasses
from collections.abc import Callable

import pytest
import torch

from ohmshot.bundle import head as heads
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import Health
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.faults import Faults, compensated, find_stuck, reachable
from ohmshot.host.care.remap import remap, with_spare_units
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.strategies.registry import strategy_named

FEATURES = shipped_bundle("four-convolutions").header.network.features
PARAMETERS = dataclasses.replace(
    load_parameter_set("leti_hfo2_130nm").values, stuck_high_share=0.03, stuck_low_share=0.01
)


@pytest.fixture
def broken() -> SimulatedCrossbar:
    crossbar = SimulatedCrossbar(PARAMETERS, Circuit(), 3, [0, 1])
    crossbar.form(torch.arange(2 * 2048))
    return crossbar


def test_the_test_finds_the_stuck_cells_and_no_others(broken: SimulatedCrossbar) -> None:
    really = broken.state.health.view(2, -1) != int(Health.OK)
    found = find_stuck(broken).stuck
    assert really.sum() > 100
    assert (found != really).sum() <= 2  # a sound cell may resist three RESETs


def test_a_cell_whose_window_has_only_narrowed_is_not_stuck() -> None:
    narrowed = dataclasses.replace(load_parameter_set("leti_hfo2_130nm").values, endurance_closure_start=1e3)
    crossbar = SimulatedCrossbar(narrowed, Circuit(), 3, [0])
    crossbar.form(torch.arange(2048))
    used = torch.full_like(crossbar.state.cycles, int(narrowed.endurance_cycles / 3))
    crossbar.put_cells(crossbar.state.changed(cycles=used))
    assert not bool(find_stuck(crossbar).stuck.any())
    assert float(crossbar.true_conductances().min()) > narrowed.level_conductances[0] / 2


def test_a_partner_carries_the_difference_as_far_as_it_reaches() -> None:
    # Pairs: sound; plus stuck and positive wanted; plus stuck and negative wanted; minus stuck and negative wanted.
    targets = torch.tensor([[45.0, 5.0, 85.0, 5.0, 5.0, 85.0, 5.0, 85.0]])
    stuck = torch.tensor([[False, False, True, False, True, False, False, True]])
    faults = Faults(stuck, torch.full_like(targets, 117.0))
    plus, minus = torch.tensor([0, 2, 4, 6]), torch.tensor([1, 3, 5, 7])
    written = torch.where(stuck, faults.conductance, compensated(targets, faults, plus, minus, 5.0, 117.0))
    assert (written[0, plus] - written[0, minus]).tolist() == pytest.approx([40.0, 80.0, 0.0, -80.0])


def test_what_is_reachable_with_a_stuck_cell_has_one_sign() -> None:
    faults = Faults(torch.tensor([[True, False]]), torch.tensor([[117.0, 0.0]]))
    least, most = reachable(faults, torch.tensor([0]), torch.tensor([1]), 5.0, 117.0)
    assert (float(least), float(most)) == (0.0, 112.0)


def test_spare_units_change_nothing_in_software() -> None:
    bundle = shipped_bundle("four-convolutions")
    features = torch.randn(1, 10, bundle.head[0].shape[0] - 1, generator=torch.Generator().manual_seed(0))
    plain, wide = (heads.forward(each.head, features).logits for each in (bundle, with_spare_units(bundle, 3)))
    assert torch.equal(plain, wide)


def test_moving_units_changes_places_and_not_the_network(broken: SimulatedCrossbar) -> None:
    bundle = with_spare_units(shipped_bundle("four-convolutions"), 1)
    learner = Learner(broken, bundle, LearnerSettings())
    before = tuple(weights.clone() for weights in learner.shadow)
    remap(learner, find_stuck(broken), spares=1)
    assert not torch.equal(before[0], learner.shadow[0])
    features = torch.randn(2, 7, before[0].shape[1] - 1, generator=torch.Generator().manual_seed(1))
    was, now = (heads.forward(head, features).logits for head in (before, learner.shadow))
    assert torch.allclose(was, now, atol=1e-5)


@pytest.mark.parametrize("strategy", ["hybrid", "pair-corrected"])
def test_stuck_cells_get_no_pulses_once_they_are_known(
    broken: SimulatedCrossbar, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    learner = Learner(broken, shipped_bundle("four-convolutions"), LearnerSettings(strategy=strategy_named(strategy)))
    faults = find_stuck(broken)
    learner.avoid(faults)
    pulsed = torch.zeros(faults.stuck.numel(), dtype=torch.int64)

    def counted(pulse: Callable[[torch.Tensor, torch.Tensor], None]) -> Callable[[torch.Tensor, torch.Tensor], None]:
        def give(cells: torch.Tensor, volts: torch.Tensor) -> None:
            pulsed[cells] += 1
            pulse(cells, volts)

        return give

    monkeypatch.setattr(
        SimulatedCrossbar, "takes", lambda chip, plan: False
    )  # so that the host gives every pulse itself
    for name in ("set", "reset"):
        monkeypatch.setattr(broken, name, counted(getattr(broken, name)))
    features = torch.randn(2, 25, FEATURES, generator=torch.Generator().manual_seed(0))
    assert len(learner.initialise()) < 30
    learner.begin_task(features, torch.arange(5).repeat_interleave(5))
    learner.update(0)
    learner.rewrite(torch.arange(len(pulsed)))
    stuck = faults.stuck.flatten()
    assert int(stuck.sum()) > 100
    assert int(pulsed[stuck].sum()) == 0
    assert float((pulsed[~stuck] > 0).double().mean()) > 0.9
