"""The road: whoever learns, the rest is the same."""

import dataclasses

import pytest
import torch

import ohmshot as oh
from controlled import bundle_named
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.crossbar import every_cell
from ohmshot.controller.arithmetic import ControllerArithmetic, feature_codes
from ohmshot.controller.array import ControllerArray
from ohmshot.controller.formats import WordLengths
from ohmshot.controller.road import by_controller
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner, LearnerSettings

BY_CONTROLLER = by_controller(LearnerSettings())


def _task(bundle: Bundle, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features to learn from and to be judged by, with their labels."""
    if bundle.header.preprocessing.kind == "features":
        generator = torch.Generator().manual_seed(seed)
        means = 2 * torch.randn(5, 1, 6, generator=generator)
        drawn = means + torch.randn(5, 20, 6, generator=generator)
        features = bundle.features(drawn[..., None])
        support, query = features[:, :5], features[:, 5:]
    else:
        drawn_task = oh.draw_tasks(oh.load_examples("invented"), seed=seed)
        support, query = (bundle.features(part[0]) for part in (drawn_task.support, drawn_task.query))
    labels = torch.arange(5)
    flat = [part.reshape(-1, part.shape[-1]) for part in (support, query)]
    return flat[0], labels.repeat_interleave(len(flat[0]) // 5), flat[1], labels.repeat_interleave(len(flat[1]) // 5)


@pytest.mark.parametrize("name", ["characters", "four-convolutions", "first-layer"])
def test_the_controller_learns_as_well_as_the_computer(name: str) -> None:
    bundle = bundle_named(name)
    support, labels, query, wanted = _task(bundle)
    right = {}
    for host, settings in (("computer", LearnerSettings()), ("controller", BY_CONTROLLER)):
        learner = Learner(oh.SimulatedChips(chips=4), bundle, settings)
        for _ in oh.adaptation(learner, support, labels, NO_CARE):
            pass
        right[host] = (learner.forward(query).logits.argmax(-1) == wanted).double().mean()
    assert right["computer"] > 0.8
    assert right["controller"] > right["computer"] - 0.03


def test_an_update_follows_the_gradient_of_floating_point() -> None:
    bundle = bundle_named("first-layer")
    support, labels, *_ = _task(bundle)
    fine = WordLengths(
        feature=16, origin=8, gain=16, exponent=8, table=8, entry=16, probability=16, rate=16, error=16, weight=20,
        backward=16, scale=16,
    )  # fmt: skip
    settings = LearnerSettings()
    computer = Learner(oh.SimulatedChips(), bundle, settings)
    controller = Learner(
        oh.SimulatedChips(), bundle, dataclasses.replace(settings, arithmetic=ControllerArithmetic(fine))
    )
    for learner in (computer, controller):
        learner.begin_task(support, labels)
        learner.initialise()
        learner.update(0)  # of the last layer alone: what carries the error back is still 0
        learner.update(1)
    for one, other, start in zip(controller.shadow, computer.shadow, bundle.head, strict=True):
        moved, wanted = (one - start).flatten(), (other - start).flatten()
        assert (
            torch.cosine_similarity(moved, wanted, 0) > 0.85
        )  # each learns on a chip; the error comes back through levels
        assert moved.norm() / wanted.norm() == pytest.approx(1, abs=0.15)


def test_what_a_learner_keeps_between_steps_is_codes() -> None:
    bundle = bundle_named("four-convolutions")
    support, labels, query, _ = _task(bundle)
    learner = Learner(oh.SimulatedChips(), bundle, BY_CONTROLLER)
    for _ in oh.adaptation(learner, support, labels, NO_CARE):
        pass
    array = learner.array
    assert isinstance(array, ControllerArray)
    mapping = array.mappings[1]
    codes = mapping.codes(learner.shadow[1])  # type: ignore[attr-defined]
    assert torch.equal(mapping.of_codes(codes), learner.shadow[1])  # type: ignore[attr-defined]
    driven = BY_CONTROLLER.arithmetic.standardised(array, learner.standard, query[None])
    assert torch.equal(array.drive_codes(0, driven).double() * array.controller.input_units[0], driven.double()) or (
        (array.drive_codes(0, driven).double() * array.controller.input_units[0] - driven.double()).abs().max() < 1e-6
    )
    assert feature_codes(array.controller, query).abs().max() <= 127


def test_every_cell_is_written_to_a_level() -> None:
    bundle = bundle_named("characters")
    support, labels, *_ = _task(bundle)
    chip = oh.SimulatedChips()
    learner = Learner(chip, bundle, BY_CONTROLLER)
    for _ in oh.adaptation(learner, support, labels, NO_CARE):
        pass
    sheet = chip.datasheet
    levels = torch.tensor((sheet.reset_conductance, *sheet.level_conductances))
    assert torch.isin(learner.targets, levels).all()
    missed = (chip.read(every_cell(chip)) - learner.targets[0]).abs() > 20
    assert missed.sum() < 0.01 * sheet.cells


def test_the_same_updates_over_the_wire() -> None:
    from ohmshot.wire.client.crossbar import RemoteCrossbar
    from ohmshot.wire.loopback import LoopbackLink
    from ohmshot.wire.server.simulated_station import SimulatedStation

    bundle = bundle_named("characters")
    support, labels, *_ = _task(bundle)
    remote = RemoteCrossbar(LoopbackLink(SimulatedStation(oh.load_parameters(), 0)))
    kept = []
    for crossbar in (oh.SimulatedChips(), remote):
        learner = Learner(crossbar, bundle, BY_CONTROLLER)
        for _ in oh.adaptation(learner, support, labels, NO_CARE):
            pass
        kept.append((learner.shadow, learner.targets, crossbar.true_conductances()))
    (here, targets, cells), (there, targets_there, cells_there) = kept
    assert all(torch.equal(one, other) for one, other in zip(here, there, strict=True))
    assert torch.equal(targets, targets_there)
    assert torch.allclose(cells, cells_there)


def test_what_the_controller_cannot_do_is_refused() -> None:
    with pytest.raises(SettingsError, match="hybrid and closed-loop, not by iterative-set"):
        by_controller(LearnerSettings(strategy=oh.strategy("iterative-set")))
    with pytest.raises(SettingsError, match="keeps exact weights"):
        by_controller(LearnerSettings(shadow="read-back"))
    deep = oh.bundle_for(4, 5, hidden=(8, 8))
    with pytest.raises(SettingsError, match="one layer or two; the head of own features has 3"):
        Learner(oh.SimulatedChips(), deep, BY_CONTROLLER)
    unlimited = oh.SimulatedChips(circuit=oh.Circuit(output_range_ua=float("inf")))
    with pytest.raises(SettingsError, match="must know their range"):
        Learner(unlimited, bundle_named("characters"), BY_CONTROLLER)
    with pytest.raises(SettingsError, match="writes the datasheet's levels"):
        Learner(oh.SimulatedChips(), bundle_named("characters"), dataclasses.replace(BY_CONTROLLER, levels=4))
