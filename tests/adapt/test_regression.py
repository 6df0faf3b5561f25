"""Real vectors as targets: the squared error, five updates on chips and with exact weights, and what is refused."""

import dataclasses
from pathlib import Path

import pytest
import torch

from ohmshot.adapt.bake import Bake
from ohmshot.adapt.regression import adapted_regression, software_predictions
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import load_bundle, save_bundle, shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.regression import ARMS, SINES
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner
from ohmshot.meta.regression import RegressionTraining, _Trainer

TINY = RegressionTraining(family="arm", shots=6, widths=(7, 9), learned="none", copies=4, full_scale=2.0)
TASKS = ARMS.tasks(3, 6, 5, generator(1, "tasks"))


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return _Trainer(ARMS, TINY).bundle("tiny", lambda *_: None)


def test_gradients_of_the_squared_error_are_those_of_autograd() -> None:
    random = generator(0, "squared error")
    shapes = ((4, 5), (6, 3), (4, 2))
    head = tuple(torch.randn(2, *shape, generator=random, dtype=torch.float64).requires_grad_() for shape in shapes)
    features = torch.randn(2, 8, 3, generator=random, dtype=torch.float64)
    targets = torch.randn(2, 8, 2, generator=random, dtype=torch.float64)
    activations = heads.forward(head, features)
    # Twice the mean over both tasks: the tasks are independent, each with a loss of its own.
    wanted = torch.autograd.grad(2 * torch.nn.functional.mse_loss(activations.logits, targets), head)
    for found, one in zip(heads.gradients(activations, targets, head, "squared-error"), wanted, strict=True):
        torch.testing.assert_close(found, one, rtol=0, atol=1e-12)


def test_one_update_of_one_weight_by_hand() -> None:
    # Output 2 * 3 + 1 = 7 for the target 4: error 3, gradients 2 * 3 * 3 = 18 and 6, rate 0.1.
    head = (torch.tensor([[2.0], [1.0]]),)
    activations = heads.forward(head, torch.tensor([[3.0]]))
    gradient = heads.gradients(activations, torch.tensor([[4.0]]), head, "squared-error")
    (moved,) = heads.updated(head, gradient, torch.tensor([0.1]))
    torch.testing.assert_close(moved, torch.tensor([[0.2], [0.4]]))


def test_five_updates_with_exact_weights_are_those_of_pytorch(bundle: Bundle) -> None:
    found = software_predictions(bundle, TASKS)
    for number in range(len(TASKS)):
        layer = torch.nn.Linear(9, 2)
        with torch.no_grad():
            layer.weight.copy_(bundle.head[0][:-1].mT)
            layer.bias.copy_(bundle.head[0][-1])
        support, query = (bundle.features(part[number][..., None]) for part in (TASKS.support, TASKS.query))
        targets = bundle.scaled(TASKS.support_targets[number])
        for step, (rate,) in enumerate(bundle.rates.tolist()):
            torch.testing.assert_close(
                found[number, step], bundle.predicted(layer(query)).detach(), rtol=1e-4, atol=1e-5
            )
            optimiser = torch.optim.SGD(layer.parameters(), lr=rate)
            optimiser.zero_grad()
            torch.nn.functional.mse_loss(layer(support), targets).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        torch.testing.assert_close(found[number, -1], bundle.predicted(layer(query)).detach(), rtol=1e-4, atol=1e-5)


def test_chips_come_near_exact_weights_and_pay_for_it(bundle: Bundle) -> None:
    crossbar = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 3, range(3))
    made = adapted_regression(Learner(crossbar, bundle), crossbar, TASKS, Bake(0.0, 25.0), NO_CARE)
    exact = software_predictions(bundle, TASKS)
    assert made.predictions.shape == exact.shape == (3, 6, 5, 2)
    before, after = ((each - TASKS.query_targets).square().mean() for each in (exact[:, 0], exact[:, -1]))
    assert float(after) < 0.8 * float(before)
    # What the chip adds is far less than what the updates take away.
    assert float((made.predictions[:, -1] - exact[:, -1]).square().mean()) < 0.2 * float(before - after)
    assert bool((made.cells_written > 0).all())
    assert bool((made.spent.joules > 0).all())


def test_a_bundle_of_real_vectors_is_kept_whole(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "arm.safetensors"
    save_bundle(bundle, path)
    assert load_bundle(path).digest == bundle.digest
    assert load_bundle(path).header.loss == "squared-error"


def test_bundles_of_classes_are_as_they_were() -> None:
    shipped = shipped_bundle("characters")
    assert shipped.header.loss == "cross-entropy"
    assert "targets" not in shipped.header.model_dump()


def test_targets_and_predictions_are_inverse(bundle: Bundle) -> None:
    # The middle of both joints' ranges is 0 for the head, their ends are -1 and 1.
    wanted = torch.tensor([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]])
    angles = torch.tensor([[0.0, torch.pi / 6], [torch.pi / 4, torch.pi / 2], [torch.pi / 2, 5 * torch.pi / 6]])
    torch.testing.assert_close(bundle.scaled(angles), wanted, rtol=0, atol=1e-6)
    torch.testing.assert_close(bundle.predicted(wanted), angles, rtol=0, atol=1e-6)


def test_kinds_of_tasks_are_not_mixed_up(bundle: Bundle) -> None:
    crossbar = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 3, range(1))
    with pytest.raises(SettingsError, match="learns from real vectors"):
        Learner(crossbar, bundle).begin_task(torch.zeros(4, 9), torch.arange(4))
    characters = shipped_bundle("characters")
    with pytest.raises(SettingsError, match="learns from labels"):
        Learner(crossbar, characters).begin_task(torch.zeros(4, 29), torch.zeros(4, 5))
    with pytest.raises(SettingsError, match="tells no classes apart"):
        bundle.for_ways(2)
    with pytest.raises(SettingsError, match="predicts no numbers"):
        characters.predicted(torch.zeros(5))
    with pytest.raises(SettingsError, match="gives 2 numbers; the targets given have 1"):
        software_predictions(bundle, SINES_AS_ARMS)


SINES_AS_ARMS = dataclasses.replace(TASKS, support_targets=TASKS.support_targets[..., :1])


def test_a_head_of_one_class_is_refused(bundle: Bundle) -> None:
    fields = bundle.header.model_dump()
    fields["network"]["ways"] = 1
    with pytest.raises(ValueError, match="a mean and a scale for each of the 1 outputs"):
        type(bundle.header).model_validate(fields)
    del fields["targets"]
    with pytest.raises(ValueError, match="at least 2 classes"):
        type(bundle.header).model_validate(fields)


def test_meta_training_makes_five_updates_better() -> None:
    settings = RegressionTraining(family="sine", shots=10, exact_iterations=40, hardware_iterations=5, tasks=8)
    tasks = SINES.tasks(100, 10, 20, generator(2, "judged"))

    def error(made: Bundle) -> float:
        return float((software_predictions(made, tasks)[:, -1] - tasks.query_targets).square().mean())

    trained = _Trainer(SINES, settings).bundle("sine", lambda *_: None)
    untrained = _Trainer(SINES, settings.model_copy(update={"learned": "none"})).bundle("sine", lambda *_: None)
    assert error(trained) < error(untrained)
    assert trained.header.provenance.head == "maml"
