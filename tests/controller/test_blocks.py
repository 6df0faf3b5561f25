"""What each block computes, against numbers worked out by hand or in floating point."""

import math

import torch

from controlled import array_for
from ohmshot.controller import first_layer, learning, multiply, softmax, standardiser
from ohmshot.controller.configuration import for_task
from ohmshot.controller.formats import WordLengths, most_of
from ohmshot.controller.learning import LevelConstants, RateConstants
from ohmshot.controller.multiply import HiddenConstants
from ohmshot.controller.softmax import SoftmaxConstants

LENGTHS = WordLengths()
LEVELS = LevelConstants(100, (0, 10, 20, 30, 40, 50, 60, 70, 80), (5, 15, 25, 35, 45, 55, 65, 75), 1, tuple(range(9)))


def test_the_table_of_powers_of_two() -> None:
    assert softmax.table(WordLengths(exponent=2, table=2, entry=5)) == (31, 26, 22, 18)  # 31 x 2^(0, -1/4, -1/2, -3/4)


def test_probabilities_of_logits_to_base_two() -> None:
    lengths = WordLengths(probability=6)
    shares = softmax.probabilities(lengths, SoftmaxConstants(8, 0), torch.tensor([[0, -1, -2, -2], [5, 5, 5, 5]]))
    assert shares.tolist() == [[32, 16, 8, 8], [16, 16, 16, 16]]  # 1/2, 1/4, 1/8, 1/8; and a quarter each


def test_a_far_lower_logit_has_no_share() -> None:
    assert softmax.probabilities(LENGTHS, SoftmaxConstants(8, 0), torch.tensor([[100, 0]])).tolist() == [[64, 0]]


def test_errors_are_differences_times_the_rate_of_the_label_and_saturate() -> None:
    constants = RateConstants(((4, 8),), 2, 0)
    difference = torch.tensor([[10, -10], [10, -40]])
    found = learning.errors(WordLengths(error=7), constants, 0, difference, torch.tensor([0, 1]))
    assert found.tolist() == [[10, -10], [20, -63]]  # x 4/4, x 8/4; -80 ends at -63


def test_weights_move_against_the_gradient_and_end_at_the_full_scale() -> None:
    inputs, errors = torch.tensor([[2, -3], [1, 0]]), torch.tensor([[5], [7]])
    assert learning.gradient(inputs, errors).tolist() == [[17], [-15]]
    moved = learning.moved(RateConstants(((1,),), 0, 1), 100, torch.tensor([[50], [95]]), torch.tensor([[17], [-15]]))
    assert moved.tolist() == [[41], [100]]  # 50 - round(8.5), 95 + round(7.5) held at 100
    twice = learning.moved(RateConstants(((1,),), 0, -1), 100, torch.tensor([[50]]), torch.tensor([[17]]))
    assert twice.tolist() == [[16]]


def test_the_nearest_level_of_a_pair() -> None:
    weights = torch.tensor([0, 4, 5, -5, -26, 80, 100])
    assert learning.levels(LEVELS, weights[:, None]).flatten().tolist() == [0, 0, 1, -1, -3, 8, 8]


def test_a_second_copy_undoes_the_rounding_of_the_first() -> None:
    two = LevelConstants(160, LEVELS.values, LEVELS.thresholds, 2, LEVELS.backward)
    # 52: half is 26, level 3 (30); 22 is left, level 2 (20). -8: half is 4, level 0; 8 is left, level 1.
    assert learning.levels(two, torch.tensor([[52], [-8]])).tolist() == [[3, 2], [0, -1]]


def test_hidden_activations_are_rectified_and_saturate() -> None:
    found = multiply.hidden(LENGTHS, HiddenConstants(3, 2), torch.tensor([-50, 2, 10, 1000]))
    assert found.tolist() == [0, 2, 8, 127]  # 1.5 and 7.5 round up


def test_plus_less_minus() -> None:
    assert multiply.differences(torch.tensor([[5, 3, -1, 4]])).tolist() == [[2, -5]]


def test_the_error_is_carried_back_through_written_levels_of_units_that_are_on() -> None:
    backward = first_layer.backward_weights(LEVELS, torch.tensor([[2, -1], [3, 0]]))
    assert backward.tolist() == [[2, -1], [3, 0]]
    found = first_layer.carried(torch.tensor([[10, 4]]), backward, torch.tensor([[9, 0]]))
    assert found.tolist() == [[16, 0]]  # 2 x 10 - 4; the other unit is off


def test_the_standard_is_that_of_floating_point_within_the_steps_of_its_codes() -> None:
    configuration = array_for("four-convolutions").controller
    labels = torch.tensor([0, 0, 0, 1, 2, 2, 3, 4, 4, 4])
    generator = torch.Generator().manual_seed(0)
    codes = (30 * torch.randn(10, 19, generator=generator) + 10).round().long().clamp(-127, 127)
    constants = for_task(configuration, labels).standard
    assert constants is not None
    standard = standardiser.measured(LENGTHS, constants, codes, labels)
    by_class = torch.stack([codes[labels == way].double().mean(0) for way in range(5)])
    assert torch.allclose(standard.origin[0].double() / 8, by_class.mean(0), atol=0.07 + 0.13)
    left = codes - by_class.mean(0)
    size = math.sqrt(torch.stack([left[labels == way].square().mean() for way in range(5)]).mean())
    drive = standardiser.drive(LENGTHS, standard, codes)
    wanted = (left / size * 127 / 3.2).clamp(-127, 127)
    assert (drive - wanted).abs().max() < 2.0  # the gain has 7 to 8 bits


def test_examples_that_are_all_alike_drive_nothing() -> None:
    configuration = array_for("four-convolutions").controller
    labels = torch.arange(5)
    constants = for_task(configuration, labels).standard
    assert constants is not None
    codes = torch.full((5, 19), 64)
    drive = standardiser.drive(LENGTHS, standardiser.measured(LENGTHS, constants, codes, labels), codes)
    assert drive.abs().max() <= 127  # whatever the rounding of the mean leaves


def test_level_constants_are_shares_of_the_window() -> None:
    array = array_for("characters")
    level, sheet = array.controller.levels[0], array.sheet
    window = sheet.level_conductances[-1] - sheet.reset_conductance
    assert level.most == most_of(LENGTHS.weight)
    assert level.values[0] == 0
    assert level.values[8] == round(level.most / 2)
    assert level.values[1] == round((sheet.level_conductances[0] - sheet.reset_conductance) / window * level.most / 2)
