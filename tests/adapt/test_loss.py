"""Chips that end below their exact weights: told with what takes the accuracy, and not told of where it is chance."""

from dataclasses import replace

import pytest
import torch

from ohmshot.adapt.loss import Signs, loss_to_exact_weights
from ohmshot.adapt.result import AdaptationResult
from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import simulated_source
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.statistics import difference_of_shares
from ohmshot.report.adaptation_page import adaptation_figures, adaptation_page
from ohmshot.report.adaptation_words import adaptation_words

HEALTHY = Circuit()


def learned(circuit: Circuit) -> AdaptationResult:
    settings = AdaptationSettings(episodes=12, chips=12, seed=3, circuit=circuit)
    cells = load_parameter_set("leti_hfo2_130nm")
    drawings = invented_alphabets(1, 2, 8, 20)
    bundle = shipped_bundle("four-convolutions")
    result, first = run_adaptation(simulated_source(cells, circuit, 3), bundle, drawings, settings)
    told = [words for words in adaptation_words(result) if "below its exact weights" in words]
    page = adaptation_page([(result, adaptation_figures(result, first))])
    for pair in result.confused or ():
        assert f"<td>{pair.true}</td><td>{pair.answered}</td><td>{pair.answers}</td>" in page
    assert result.loss_to_exact_weights is not None
    assert bool(told) == ("below its exact weights" in page) == result.loss_to_exact_weights.large
    return result


def test_a_chip_that_works_is_not_told_of() -> None:
    result = learned(HEALTHY)
    assert result.accuracy[-1] > result.accuracy_software - 0.03
    assert result.loss_to_exact_weights is not None
    assert (result.loss_to_exact_weights.causes, result.loss_to_exact_weights.words) == ((), "")
    assert result.loss_to_exact_weights.clipped_conversions == 0
    assert result.loss_to_exact_weights.signal == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("circuit", "cause", "help_"),
    [
        (replace(HEALTHY, line_resistance_ohm=100.0), "lines", "line_resistance_ohm"),
        (replace(HEALTHY, output_range_ua=0.5), "converters", "output_range_ua"),
    ],
)
def test_lines_that_eat_the_signal_and_converters_out_of_range_are_named(
    circuit: Circuit, cause: str, help_: str
) -> None:
    loss = learned(circuit).loss_to_exact_weights
    assert loss is not None
    assert loss.large
    assert loss.points > 10
    assert loss.causes == (cause,)
    assert "points below its exact weights" in loss.words
    assert help_ in loss.words.partition("What would help")[2]


def signs(cells: float = 0.95, signal: float = 1.0, conversions: float = 0.0, inputs: float = 0.0) -> Signs:
    return Signs(*(torch.tensor([each]) for each in (cells, signal, conversions, inputs)))


def test_many_tasks_are_compared_pair_by_pair() -> None:
    exact = torch.linspace(0.8, 1.0, 16)
    lost = torch.tensor([0.03, 0.05] * 8)  # mean 4 points, standard deviation 1.033, 16 tasks: 1.96 * 1.033 / 4
    loss = loss_to_exact_weights(exact - lost, exact, 100, signs())
    assert loss.points == pytest.approx(4, abs=1e-4)
    assert loss.interval95_points == pytest.approx((4 - 0.506, 4 + 0.506), abs=1e-3)
    assert loss.large
    assert not loss_to_exact_weights(exact - lost / 2, exact, 100, signs()).large  # 2 points, however certain


def test_few_answers_are_compared_as_shares() -> None:
    one, other = torch.tensor([1.0]), torch.tensor([0.8])
    few = loss_to_exact_weights(other, one, 25, signs())  # 20 of 25 against 25 of 25
    # Agresti and Caffo by hand: (26 - 21) / 27 +- 1.96 sqrt((26/27 1/27 + 21/27 6/27) / 27) = 0.185 +- 0.172
    assert few.points == pytest.approx(20)
    assert few.interval95_points == pytest.approx((1.33, 35.70), abs=0.05)
    assert few.large
    assert not loss_to_exact_weights(torch.tensor([0.9]), one, 10, signs()).large  # one answer of ten


def test_a_difference_of_shares_is_as_published() -> None:
    # Agresti and Caffo (2000): for 10 of 10 against 5 of 10, (11 - 6) / 12 +- 1.96 sqrt((11/144 + 36/144) / 12).
    found = difference_of_shares(10, 5, 10)
    assert (found.middle, found.low, found.high) == pytest.approx((0.5, 0.0936, 0.7397), abs=2e-3)


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        (signs(cells=0.5), ("cells",)),
        (signs(cells=0.94), ("noise",)),
        (signs(cells=0.5, signal=0.3), ("lines",)),  # the updates went wrong by what the lines lost
        (signs(signal=0.3, conversions=0.4), ("converters",)),
        (signs(inputs=0.3), ("inputs",)),
        (signs(signal=0.3, inputs=0.3), ("lines", "inputs")),
    ],
)
def test_what_is_seen_decides_what_is_named(found: Signs, cause: tuple[str, ...]) -> None:
    loss = loss_to_exact_weights(torch.tensor([0.4]), torch.tensor([0.95]), 100, found)
    assert loss.causes == cause
    assert len(loss.help) == len(cause)
