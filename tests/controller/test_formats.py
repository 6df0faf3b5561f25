"""Every register holds whatever can reach it: the worst cases, and anything drawn at random."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from controlled import array_for
from ohmshot.controller import first_layer, learning, multiply, softmax, standardiser
from ohmshot.controller.configuration import for_task
from ohmshot.controller.formats import CLASS_WEIGHT_BITS, ROOT_BITS, WordLengths, most_of, registers, widths
from ohmshot.foundation.errors import SettingsError

LENGTHS = (WordLengths(), WordLengths(feature=5, origin=1, gain=4, drive=6, probability=4, error=5, weight=9, rate=3))
COUNTS = st.lists(st.integers(1, 9), min_size=5, max_size=5)
SEEDS = st.integers(0, 2**31)


def _labels(counts: list[int]) -> Tensor:
    return torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))


def _drawn(most: int, shape: tuple[int, ...], seed: int) -> Tensor:
    """Codes of any size; one in three sits at an end."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(-most, most + 1, shape, generator=generator)
    ends = most * (2 * torch.randint(0, 2, shape, generator=generator) - 1)
    return torch.where(torch.rand(shape, generator=generator) < 1 / 3, ends, codes)


def _holds(held: dict[str, int], name: str, signed: bool, values: Tensor) -> None:
    bits = held[name]
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    assert low <= int(values.min()), name
    assert int(values.max()) <= high, name


@settings(max_examples=40, deadline=None)
@given(COUNTS, SEEDS, st.sampled_from(LENGTHS))
def test_the_standardiser_overflows_nowhere(counts: list[int], seed: int, lengths: WordLengths) -> None:
    configuration = array_for("four-convolutions", lengths).controller
    labels = _labels(counts)
    constants = for_task(configuration, labels).standard
    assert constants is not None
    held = widths(lengths, configuration.size(len(labels)))
    codes = _drawn(most_of(lengths.feature), (len(labels), 19), seed)
    if seed % 3 == 0:  # examples that are nearly alike, or all at one end
        codes = codes[:1].expand_as(codes)
    weights = torch.tensor(constants.class_weights)[labels]
    _holds(held, "standardiser.class_weight", False, weights)
    _holds(held, "standardiser.sum", True, (codes * weights[:, None]).cumsum(0))
    origin = standardiser.mean(lengths, constants, codes, weights)
    _holds(held, "standardiser.origin", True, origin)
    centred = standardiser.centred(lengths, codes, origin)
    _holds(held, "standardiser.centred", True, centred)
    _holds(held, "standardiser.square", False, centred.square().sum(-1))
    square = standardiser.mean_square(constants, centred, weights)
    _holds(held, "standardiser.mean_square", False, square)
    gain, shift = standardiser.gain_of(lengths, constants, square)
    _holds(held, "standardiser.gain", False, gain)
    assert 0 <= int(shift) < 32
    _holds(held, "standardiser.scaled", True, centred * gain)
    drive = standardiser.drive(lengths, standardiser.Standard(origin, gain, shift), codes)
    _holds(held, "standardiser.drive", True, drive)


@settings(max_examples=40, deadline=None)
@given(COUNTS, SEEDS, st.sampled_from(LENGTHS), st.sampled_from(["characters", "first-layer"]))
def test_learning_overflows_nowhere(counts: list[int], seed: int, lengths: WordLengths, name: str) -> None:
    configuration = array_for(name, lengths).controller
    labels, last = _labels(counts), configuration.layers - 1
    held, size = widths(lengths, configuration.size(len(labels))), configuration.size(len(labels))
    largest = {f"{each.block}.{each.name}": each.largest for each in registers(lengths, size)}
    sums = _drawn(largest[f"multiply.sum_{last}"], (len(labels), 5), seed)
    _holds(held, "softmax.below", False, sums.amax(-1, keepdim=True) - sums)
    exponential = softmax.exponential(lengths, softmax.exponent(lengths, configuration.softmax, sums))
    _holds(held, "softmax.exponential", False, exponential)
    _holds(held, "softmax.total", False, exponential.sum(-1))
    assert int(exponential.sum(-1).min()) > 0  # the largest logit is worth a full entry: no division by nothing
    shares = softmax.probability(lengths, exponential)
    _holds(held, "softmax.probability", False, shares)
    difference = learning.differences(lengths, shares, labels)
    _holds(held, "error.difference", True, difference)
    towards = [difference]
    hidden = _drawn(lengths.drive_full, (len(labels), size.outputs[0]), seed + 1).abs()
    if configuration.layers == 2:
        levels = _drawn(8, (size.outputs[0], size.copies[1] * 5), seed + 2)
        backward = first_layer.backward_weights(configuration.levels[1], levels)
        _holds(held, "first_layer.backward", True, backward)
        towards.insert(0, first_layer.carried(difference, backward, hidden))
        _holds(held, "first_layer.carried", True, towards[0])
    for layer, constants in enumerate(for_task(configuration, labels).rates):
        assert constants is not None
        rates = torch.tensor(constants.rates[seed % 5])[labels]
        _holds(held, "error.rate", True, rates)
        _holds(held, "error.product" if layer == last else "first_layer.product", True, towards[layer] * rates[:, None])
        errors = learning.errors(lengths, constants, seed % 5, towards[layer], labels)
        _holds(held, f"error_{layer}.error", True, errors)
        inputs = _drawn(lengths.drive_full, (len(labels), size.inputs[layer]), seed + 3)
        _holds(held, f"outer_{layer}.gradient", True, (inputs[:, :, None] * errors[:, None, :]).cumsum(0))
        level = configuration.levels[layer]
        weights = _drawn(level.most, (size.inputs[layer], size.outputs[layer]), seed + 4)
        moved = learning.moved(constants, level.most, weights, learning.gradient(inputs, errors))
        _holds(held, f"outer_{layer}.weight", True, moved)
        _holds(held, f"level_{layer}.level", True, learning.levels(level, moved))


def test_the_worst_sum_of_converter_codes_is_reached_and_held() -> None:
    configuration = array_for("four-convolutions").controller
    size = configuration.size(25)

    def ends(drive: Tensor, block: object) -> Tensor:  # plus at one end of its range, minus at the other
        width = block.outputs[1]  # type: ignore[attr-defined]
        return torch.tensor([511, -511]).repeat(width).expand(*drive.shape[:-1], 2 * width)

    drive = torch.zeros(1, 1, 39, dtype=torch.int64)
    total = multiply.sums(ends, configuration.blocks[1], 5, 1, drive)
    stacked = size.stacked[1]
    assert int(total.max()) == 2 * 511 * stacked
    _holds(widths(WordLengths(), size), "multiply.sum_1", True, total)


def test_word_lengths_out_of_reach_are_refused() -> None:
    with pytest.raises(SettingsError, match="'weight' is 6 to 20 bits, not 5"):
        WordLengths(weight=5)
    with pytest.raises(SettingsError, match="Fraction bits"):
        WordLengths(exponent=2, table=3)


def test_constants_have_the_bits_that_their_registers_have() -> None:
    configuration = array_for("four-convolutions").controller
    constants = for_task(configuration, _labels([5] * 5)).standard
    assert constants is not None
    assert constants.gain.bit_length() == ROOT_BITS
    assert max(constants.class_weights).bit_length() == CLASS_WEIGHT_BITS
