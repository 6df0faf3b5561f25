"""What a bundle computes, by hand."""

import dataclasses
import math

import pytest
import torch

from ohmshot.bundle.bundle import Bundle, of_unit_length, run_convolutions
from ohmshot.bundle.file import shipped_bundle
from ohmshot.bundle.header import ConvolutionShape, DrawingPreprocessing, EmgPreprocessing, SignalPreprocessing
from ohmshot.bundle.preprocess import network_input
from ohmshot.bundle.standard import TaskStandard


def test_ink_is_one_and_paper_zero() -> None:
    drawing = torch.tensor([[0, 51], [102, 255]], dtype=torch.uint8)
    seen = network_input(drawing, DrawingPreprocessing())
    assert seen.shape == (1, 2, 2)
    assert seen.flatten().tolist() == pytest.approx([0.0, 0.2, 0.4, 1.0])


def test_a_signal_loses_the_mean_of_its_channel_and_is_scaled() -> None:
    signal = torch.tensor([[1.0, 3.0], [10.0, 20.0]])
    seen = network_input(signal, SignalPreprocessing(mean=(1.0, 15.0), scale=(2.0, 0.1)))
    assert seen.shape == (2, 1, 2)
    assert seen.flatten().tolist() == pytest.approx([0.0, 4.0, -0.5, 0.5])


def test_an_electromyogram_becomes_standardised_logarithms_of_its_amplitude_and_path() -> None:
    preprocessing = EmgPreprocessing(channels=2, length=4, mean=(1.0, 0.0, 0.0, 0.0), scale=(1.0, 2.0, 1.0, 1.0))
    counts = torch.tensor([[1.0, -3.0, 5.0, -7.0], [0.0, 0.0, 0.0, 1.0]])
    seen = network_input(counts, preprocessing)
    assert seen.shape == (4, 1, 1)
    # Mean absolute values 4 and 0.25, which is below half a count; paths of 4 + 8 + 12 and 1 in three steps.
    expected = [math.log(4) - 1, 2 * math.log(0.5), math.log(8), math.log(0.5)]
    assert seen.flatten().tolist() == pytest.approx(expected)


def layer(padding: int, stride: int, rectified: bool) -> ConvolutionShape:
    return ConvolutionShape(inputs=1, outputs=1, kernel=2, stride=stride, padding=padding, rectified=rectified)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        # Pixels 1 2 3 / 4 5 6 / 7 8 9, the kernel 1 0 / 0 -1: a pixel less the one below to the right, plus 1.
        (layer(0, 1, False), [-3.0, -3.0, -3.0, -3.0]),
        (layer(0, 1, True), [0.0, 0.0, 0.0, 0.0]),
        (layer(1, 2, False), [0.0, -2.0, -6.0, -3.0]),
        (layer(1, 1, True), [0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7, 1, 8, 9, 10]),
    ],
)
def test_a_layer_slides_its_kernel_pads_strides_and_rectifies(shape: ConvolutionShape, expected: list[float]) -> None:
    pixels = torch.arange(1, 10, dtype=torch.uint8).view(1, 3, 3)
    weights = (torch.tensor([[[[1.0, 0.0], [0.0, -1.0]]]]), torch.tensor([1.0]))
    preprocessing = DrawingPreprocessing(scale=1.0)
    assert run_convolutions((weights,), (shape,), preprocessing, pixels)[0].tolist() == expected


def test_features_do_not_depend_on_how_many_examples_go_at_once() -> None:
    bundle = shipped_bundle("four-convolutions")
    drawings = torch.randint(0, 256, (2, 3, 28, 28), dtype=torch.uint8)
    some, all_ = bundle.features(drawings, batch=2), bundle.features(drawings)
    assert some.shape == (2, 3, bundle.header.network.features)
    torch.testing.assert_close(some, all_)


def test_a_vector_of_two_features_gets_the_length_root_two() -> None:
    assert of_unit_length(torch.tensor([3.0, 4.0])).tolist() == pytest.approx([0.6 * 2**0.5, 0.8 * 2**0.5])


def test_a_task_is_standardised_by_mean_and_root_mean_square() -> None:
    # Features 1 and 3, 5 and 5: means 2 and 5; squares of what is left 1, 1, 0, 0, so 0.5 in the mean.
    support = torch.tensor([[1.0, 5.0], [3.0, 5.0]])
    standard = TaskStandard.of(support)
    assert standard.origin.tolist() == [[2.0, 5.0]]
    assert float(standard.size) == pytest.approx(0.5**0.5)
    assert standard(torch.tensor([[4.0, 6.0]]))[0].tolist() == pytest.approx([2 * 2**0.5, 2**0.5])


def with_standard(kind: str) -> Bundle:
    bundle = shipped_bundle("four-convolutions")
    return dataclasses.replace(bundle, header=bundle.header.model_copy(update={"standard": kind}))


def test_a_bundle_without_a_standard_leaves_features_alone() -> None:
    features = torch.randn(25, 19)
    assert torch.equal(with_standard("none").standard(features)(features), features)
    assert not torch.equal(with_standard("support").standard(features)(features), features)


def test_features_are_brought_to_unit_length_only_where_the_bundle_says_so() -> None:
    bundle = shipped_bundle("four-convolutions")
    drawings = torch.randint(0, 256, (3, 28, 28), dtype=torch.uint8)
    plain, scaled = (
        dataclasses.replace(
            bundle,
            header=bundle.header.model_copy(
                update={"network": bundle.header.network.model_copy(update={"unit_length": unit_length})}
            ),
        ).features(drawings)
        for unit_length in (False, True)
    )
    torch.testing.assert_close(scaled.square().mean(1), torch.ones(3))
    assert not torch.equal(plain, scaled)
    torch.testing.assert_close(of_unit_length(plain), scaled)


def test_a_bundle_for_other_ways_says_so_and_keeps_its_first_layer() -> None:
    bundle = shipped_bundle("four-convolutions")
    wide = bundle.for_ways(12)
    assert wide.header.network == bundle.header.network.model_copy(update={"ways": 12})
    assert torch.equal(wide.head[0], bundle.head[0])
    assert wide.head[1].shape == (bundle.header.network.hidden[-1] + 1, 12)


def test_rates_grow_with_the_number_of_classes_in_both_layers() -> None:
    bundle = shipped_bundle("four-convolutions")
    header = bundle.header.model_copy(update={"rates": ((0.1, 0.5), (0.2, 0.25))})
    assert dataclasses.replace(bundle, header=header).for_ways(10).header.rates == ((0.2, 1.0), (0.4, 0.5))


def test_the_digest_names_header_and_every_weight() -> None:
    bundle = shipped_bundle("four-convolutions")
    renamed = dataclasses.replace(bundle, header=bundle.header.model_copy(update={"name": "other"}))
    first, second = bundle.head
    moved = dataclasses.replace(bundle, head=(first, second + 1))
    weight, bias = bundle.convolutions[-1]
    shifted = dataclasses.replace(bundle, convolutions=(*bundle.convolutions[:-1], (weight, bias + 1)))
    assert len({each.digest for each in (bundle, renamed, moved, shifted, shipped_bundle("four-convolutions"))}) == 4
