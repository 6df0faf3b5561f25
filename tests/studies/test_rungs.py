"""Whole networks trained on a chip, and the table of what was learned before."""

import pytest
import torch

from ohmshot.adapt.tasks import TaskBatch
from ohmshot.bundle.bundle import run_convolutions
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.foundation.randomness import generator
from ohmshot.host.strategies import hybrid
from ohmshot.studies.endurance.from_nothing import Network, Rule, _shifted, train
from ohmshot.studies.endurance.rungs import NOTHING, Climb, rung_table

BUNDLE = shipped_bundle("four-convolutions")
RULE = Rule("SGD", "SGD", 0.02, one_example=False, steps=3)


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(BUNDLE, load_parameter_set("ideal").values, hybrid.STRATEGY, 0, 0)


def test_all_weights_lie_on_cells(network: Network) -> None:
    # Kernels with their biases, then the two layers with theirs; two cells a weight.
    weights = 64 * 26 + 64 * 577 + 128 * 577 + 19 * 2049 + 20 * 38 + 39 * 5
    assert network.cells == 2 * weights
    assert network.chip.datasheet.cells >= network.cells


def test_the_network_is_that_of_the_bundle(network: Network) -> None:
    kernels = [torch.cat([w.flatten(1).T, b[None]]) for w, b in BUNDLE.convolutions]
    drawings = torch.randint(0, 256, (3, 28, 28), generator=generator(1, "drawings"), dtype=torch.uint8)
    features = run_convolutions(
        BUNDLE.convolutions, BUNDLE.header.network.convolutions, BUNDLE.header.preprocessing, drawings
    )
    first, second = BUNDLE.head
    expected = torch.relu(features @ first[:-1] + first[-1]) @ second[:-1] + second[-1]
    found = network.logits([*kernels, first, second], drawings[:, None].float() / 255)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_only_cells_whose_level_moves_are_written(network: Network) -> None:
    assert network.write() == (0, 0)
    network.exact[-1][0, 0] = network.full_scales[len(network.exact) - 1]
    changed, pulses = network.write()
    assert changed in (1, 2)
    assert pulses >= changed
    assert float(network.on_cells()[-1][0, 0].detach()) == pytest.approx(float(network.exact[-1][0, 0]), rel=1e-3)


def test_training_counts_its_writes_and_learns_two_plain_pictures() -> None:
    fresh = Network(BUNDLE, load_parameter_set("ideal").values, hybrid.STRATEGY, 0, 1)
    drawings = torch.zeros(1, 10, 28, 28, dtype=torch.uint8)
    labels = torch.arange(5).repeat_interleave(2)
    for number, label in enumerate(labels.tolist()):
        drawings[0, number, 4 + 4 * label : 7 + 4 * label, 4:24] = 255
    task = TaskBatch(drawings, labels, drawings, labels)
    found = train(fresh, BUNDLE, task, Rule("Adam", "Adam", 0.003, False, 12), 4, generator(0, "train"))
    assert found.steps.tolist() == [3, 6, 9, 12]
    assert bool((found.cell_writes.diff() >= 0).all())
    assert int(found.cell_writes[-1]) > 1000
    assert float(found.right[-1]) > 0.5


def test_shifts_move_ink_by_at_most_two_pixels_and_lose_none() -> None:
    dot = torch.zeros(50, 1, 9, 9)
    dot[:, 0, 4, 4] = 1.0
    moved = _shifted(dot, generator(0, "shifts"))
    assert moved.sum().item() == 50
    places = moved[:, 0].flatten(1).argmax(1)
    rows, columns = (places // 9 - 4).abs(), (places % 9 - 4).abs()
    assert int(rows.max()) == 2
    assert int(columns.max()) == 2


def test_writes_are_counted_up_to_the_first_look_at_which_the_mean_reaches_the_goal() -> None:
    right = torch.tensor([[0.2, 0.4], [0.9, 0.92], [0.94, 0.98]]).double()
    writes = torch.tensor([[10.0, 30.0], [100.0, 200.0], [300.0, 500.0]]).double()
    row = rung_table([Climb(NOTHING, "SGD", 5, torch.tensor([4.0, 8.0, 12.0]), right, writes, 1000)]).row(0, named=True)
    assert row["cell_writes_to_90_percent_right"] == 150
    assert row["cell_writes_to_95_percent_right"] == 400
    assert row["cell_writes_to_97_percent_right"] is None
    assert row["every_weight_to_90_percent_right"] == 8000
    assert row["accuracy_percent"] == pytest.approx(96)
    assert row["cell_writes"] == 400
    assert row["tasks"] == 2
