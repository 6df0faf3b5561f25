"""Firmware learns by itself: C on a simulated chip, through a driver, against the integer model on an equal chip."""

import ctypes
from pathlib import Path

import numpy as np
import pytest
import torch

import ohmshot as oh
from controlled import bundle_named
from controller.compiled import COMPILER, ChipDriver, Compiled, CReport, at, compiled, in_c, state_of
from ohmshot.chip.crossbar import every_cell
from ohmshot.controller.arithmetic import feature_codes
from ohmshot.controller.array import ControllerArray
from ohmshot.controller.mapping import LevelMapping
from ohmshot.controller.road import by_controller
from ohmshot.host.array import circuit_for
from ohmshot.host.learner import Learner, LearnerSettings

SETTLE_SECONDS = 6.0
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


def _chip(name: str):
    return oh.SimulatedChips(arrays=circuit_for(bundle_named(name)).side_by_side, seed=5)


def _learner(name: str, strategy: str) -> Learner:
    return Learner(_chip(name), bundle_named(name), by_controller(LearnerSettings(strategy=oh.strategy(strategy))))


def _support(name: str) -> torch.Tensor:
    bundle = bundle_named(name)
    if name == "first-layer":
        generator = torch.Generator().manual_seed(0)
        means = 2 * torch.randn(5, 1, 6, generator=generator)
        return bundle.features((means + torch.randn(5, 5, 6, generator=generator))[..., None]).flatten(0, 1)
    return bundle.features(oh.load_examples("invented").values[:5, :5]).flatten(0, 1)


def _codes(array: ControllerArray, features: torch.Tensor) -> np.ndarray:
    """What the C takes: feature codes where it standardises, else drive codes."""
    configuration = array.controller
    codes = feature_codes(configuration, features) if configuration.standardises else array.drive_codes(0, features)
    return in_c(codes, np.int16)


def _updates_are_equal(name: str, strategy: str, made: Compiled) -> int:
    """Five updates by both; compares weights, pulses, joules, wear and conductances after each. Returns the pulses."""
    learner = _learner(name, strategy)
    learner.initialise()
    twin = _chip(name)
    twin.restore(learner.crossbar.snapshot())
    driver, state = ChipDriver(made, twin), state_of(made)
    features = _support(name)
    labels = in_c(made.labels, np.uint8)
    library = made.library
    library.ohm_update.restype = CReport
    library.ohm_start(at(state))
    learner.begin_task(features, made.labels)
    codes = _codes(learner.array, features)
    library.ohm_begin(at(state), ctypes.byref(driver.as_c), at(codes), at(labels))
    before = int(twin.meter().pulses)
    for step in range(5):
        report = library.ohm_update(at(state), ctypes.byref(driver.as_c), step)
        twin.wait(SETTLE_SECONDS)
        learner.update(step)
        crossbar = learner.crossbar
        assert not report.halted
        assert report.changed == int(learner.changed)
        assert report.missed == len(learner.missed)
        wanted = [
            code
            for layer, mapping in enumerate(learner.array.mappings)
            if made.firmware.learning.learns[layer] and isinstance(mapping, LevelMapping)
            for code in mapping.codes(learner.shadow[layer]).flatten().tolist()
        ]
        assert state[: 4 * len(wanted)].view(np.int32).tolist() == wanted
        assert torch.equal(twin.true_conductances(), crossbar.true_conductances())
        assert torch.equal(twin.meter().pulses, crossbar.meter().pulses)
        assert torch.equal(twin.meter().joules, crossbar.meter().joules)
    assert torch.equal(twin.wear(), learner.crossbar.wear())
    return int(twin.meter().pulses) - before


@pytest.mark.parametrize(
    ("name", "strategy"), [("characters", "hybrid"), ("four-convolutions", "closed-loop"), ("first-layer", "hybrid")]
)
def test_five_updates_in_c_are_those_of_the_model_to_the_last_bit(name: str, strategy: str, tmp_path: Path) -> None:
    assert _updates_are_equal(name, strategy, compiled(name, tmp_path, strategy)) > 200


def test_c_classifies_as_the_model_does(tmp_path: Path) -> None:
    made = compiled("four-convolutions", tmp_path)
    learner = _learner("four-convolutions", "hybrid")
    learner.initialise()
    features = _support("four-convolutions")
    learner.begin_task(features, made.labels)
    learner.update(0)
    state, codes, labels = state_of(made), _codes(learner.array, features), in_c(made.labels, np.uint8)
    twin = _chip("four-convolutions")
    driver = ChipDriver(made, twin)
    made.library.ohm_start(at(state))
    twin.restore(learner.crossbar.snapshot())
    made.library.ohm_begin(at(state), ctypes.byref(driver.as_c), at(codes), at(labels))  # its standard
    for example in range(5):
        twin.restore(learner.crossbar.snapshot())
        wanted = learner.forward(features[example][None])
        sums, driven = np.zeros(5, np.int32), np.ascontiguousarray(codes[example])
        found = made.library.ohm_classify(at(state), ctypes.byref(driver.as_c), at(driven), at(sums))
        assert sums.tolist() == learner.array.sums_of(wanted.logits)[0, 0].tolist()
        assert found == int(wanted.logits.argmax())


@pytest.mark.slow
def test_the_initialisation_in_c_is_that_of_the_model_to_the_last_bit(tmp_path: Path) -> None:
    made = compiled("characters", tmp_path)
    learner, twin = _learner("characters", "hybrid"), _chip("characters")
    learner.initialise()
    twin.form(every_cell(twin))
    made.library.ohm_initialise.restype = CReport
    report = made.library.ohm_initialise(ctypes.byref(ChipDriver(made, twin).as_c))
    twin.wait(SETTLE_SECONDS)
    assert (report.changed, report.missed) == (2048, len(learner.missed))
    assert torch.equal(twin.true_conductances(), learner.crossbar.true_conductances())


def test_nothing_is_pulsed_once_the_driver_says_no(tmp_path: Path) -> None:
    made = compiled("characters", tmp_path)
    learner = _learner("characters", "hybrid")
    learner.initialise()
    features = _support("characters")
    driver, state = ChipDriver(made, learner.crossbar, budget=40), state_of(made)
    codes, labels = _codes(learner.array, features), in_c(made.labels, np.uint8)
    made.library.ohm_start(at(state))
    made.library.ohm_begin(at(state), ctypes.byref(driver.as_c), at(codes), at(labels))
    made.library.ohm_update.restype = CReport
    report = made.library.ohm_update(at(state), ctypes.byref(driver.as_c), 0)
    pulses = sum(kind != "read" for kind, *_ in driver.cells.log)
    assert report.halted
    assert pulses + driver.budget == 40
    assert driver.budget <= 1  # a train is at most two pulses
    assert driver.cells.log[-1][0] == "read"  # every pulse is verified
