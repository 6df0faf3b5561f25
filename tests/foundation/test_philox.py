"""The generator against its published vectors, its normal numbers against their law, to the tails."""

import math

import numpy as np
import pytest
from scipy import special, stats

from ohmshot.foundation import philox
from ohmshot.foundation.compiled import F32, U32, U64, kernel


@pytest.mark.parametrize(
    ("counter", "key", "drawn"),
    [
        # Random123, kat_vectors, philox4x32 with 7 rounds.
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "5f6fb709 0d893f64 4f121f81 4f730a48"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "5207ddc2 45165e59 4d8ee751 8c52f662"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "4dfccaba 190a87f0 c47362ba b6b5242a"),
    ],
)
def test_the_generator_is_the_published_one(counter: str, key: str, drawn: str) -> None:
    low, high = (int(word, 16) for word in key.split())
    found = philox.philox(U64(high << 32 | low), *(U32(int(word, 16)) for word in counter.split()))
    assert " ".join(f"{int(word):08x}" for word in found) == drawn


def test_logarithm_and_exponential_are_those_of_the_library_to_two_units_in_the_last_place() -> None:
    x = np.exp(np.linspace(-80, 80, 2001)).astype(F32)
    ours = np.array([philox.log(each) for each in x], F32)
    assert np.abs(ours - np.log(x.astype(np.float64))).max() <= 2 * np.spacing(np.abs(ours).max())
    y = np.linspace(-80, 80, 2001).astype(F32)
    ours = np.array([philox.exp(each) for each in y], F32)
    assert np.abs(ours / np.exp(y.astype(np.float64)) - 1).max() < 2.5e-7


def test_the_inverse_of_the_normal_distribution_is_right_from_end_to_end() -> None:
    ends = [0, 1, 2, 100, 10_000, 2**31 - 1, 2**31, 2**31 + 5, 2**32 - 1]
    bits = np.concatenate([ends, np.linspace(0, 2**32 - 1, 501).astype(np.int64)]).astype(U32)
    ours = np.array([philox.inverse_normal(each) for each in bits], np.float64)
    tail = ((bits & U32(0x7FFFFFFF)).astype(np.float64) + 0.5) * 2.0**-32
    exact = np.where(bits >> 31, 1, -1) * -special.ndtri(tail)
    error = np.abs(ours - exact)
    assert error[np.abs(exact) < 5.5].max() < 5e-6
    assert error.max() < 3e-3  # beyond, where one number in 25 million lies
    assert np.abs(ours).max() == pytest.approx(6.338, abs=0.003)  # half of 2^-32 on either side


def test_uniform_numbers_are_never_0_and_never_1() -> None:
    # The largest would be 1 with one bit more: one cell in 17 million would never have formed.
    assert philox.uniform(U32(0)) == 2.0**-24
    assert philox.uniform(U32(0xFFFFFFFF)) == 1 - 2.0**-24
    assert philox.uniform(U32(0x80000000)) == 0.5 + 2.0**-24


def _draw(key: U64, first: int, edges: np.ndarray, counts: np.ndarray, moments: np.ndarray) -> None:
    """Count normal numbers by the ziggurat (row 0) and the inverse (row 1) between edges that rise."""
    for i in range(first, first + 1_000_000):
        a, b, _, _ = philox.philox(key, U32(i), U32(0), U32(0), U32(0))
        for row in range(2):
            x = philox.normal(a, key, U32(i), U32(0), U32(1)) if row == 0 else philox.inverse_normal(b)
            counts[row, np.searchsorted(edges, x)] += 1
            moments[row, 0] += x
            moments[row, 1] += np.float64(x) * x


_counted = kernel(_draw, _draw)


def _tested(millions: int, reach: float) -> None:
    """Both kinds against their law: a chi-square test over bins to plus and minus ``reach`` standard deviations."""
    edges = np.linspace(-reach, reach, round(8 * reach) + 1).astype(F32)
    counts, moments = np.zeros((2, len(edges) + 1), np.int64), np.zeros((2, 2))
    for first in range(millions):
        _counted(U64(7), first * 1_000_000, edges, counts, moments)
    total = millions * 1_000_000
    expected = total * np.diff(special.ndtr(edges.astype(np.float64)), prepend=0, append=1)
    for row in range(2):
        assert stats.chisquare(counts[row], expected * counts[row].sum() / expected.sum()).pvalue > 1e-4
        assert abs(moments[row, 0]) < 5 * math.sqrt(total)
        assert moments[row, 1] / total == pytest.approx(1, abs=5 * math.sqrt(2 / total))


def test_both_kinds_of_normal_numbers_are_normal() -> None:
    _tested(2, 4.0)


@pytest.mark.slow
def test_both_kinds_of_normal_numbers_are_normal_to_five_standard_deviations_in_a_hundred_million() -> None:
    _tested(100, 5.0)


def test_the_edges_of_the_ziggurat_hold_layers_of_equal_area() -> None:
    edges, heights = philox._EDGES.astype(np.float64), philox._HEIGHTS.astype(np.float64)
    layers = edges[1:256] * np.diff(np.append(heights[1:256], 1.0))
    tail = edges[1] * heights[1] + math.sqrt(math.pi / 2) * special.erfc(edges[1] / math.sqrt(2))
    assert layers[:-1] == pytest.approx(tail, rel=1e-4)
    assert layers[-1] == pytest.approx(tail, rel=0.01)
