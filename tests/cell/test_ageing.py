"""Ageing by the numbers of the parameter set, worked out by hand; random walks stand still (normal numbers of 0)."""

import math

import pytest
import torch

import cells_by_law
from ohmshot.cell import ageing
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import CellState, Health

LETI = load_parameter_set("leti_hfo2_130nm").values
LEVELS = (44.6, 60.8, 116.6)


def programmed(conductances: tuple[float, ...], by_reset: bool) -> CellState:
    count = len(conductances)
    fresh = cells_by_law.fresh_cells(torch.zeros(2, count).double(), torch.full((2, count), 0.5).double(), LETI)
    return fresh.changed(
        conductance=torch.tensor(conductances, dtype=torch.float64),
        reached_by_reset=torch.full((count,), by_reset),
        health=torch.full((count,), int(Health.OK), dtype=torch.int8),
    )


def moves(cells: CellState, seconds: float, celsius: float = 25.0, walk: tuple[float, float] = (0, 0)) -> list[float]:
    """How far a wait moves cells, uS, where the normal number of each of the two walks is known."""
    normals = torch.tensor(walk, dtype=torch.float64)[:, None].expand(2, *cells.conductance.shape)
    return (cells_by_law.wait(cells, seconds, celsius, normals, LETI).conductance - cells.conductance).tolist()


def test_the_mean_after_a_set_shifts_by_the_table_for_every_decade_after_a_minute() -> None:
    # -4.04, -0.76 and -0.32 uS a decade at these levels (Esmanhotto et al. 2022, refitted).
    cells = programmed(LEVELS, by_reset=False)
    assert moves(cells, 60.0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-3)
    assert moves(cells, 600.0) == pytest.approx([-4.04, -0.76, -0.32], abs=1e-3)


def test_the_shift_ends_where_relaxation_saturates() -> None:
    decades = math.log10(3700 / 60)
    expected = [-4.04 * decades, -0.76 * decades, -0.32 * decades]
    assert moves(programmed(LEVELS, by_reset=False), 36_000.0) == pytest.approx(expected, abs=1e-3)


def test_cells_reached_by_reset_keep_their_mean() -> None:
    # Wan et al. (Nature 608, 2022) report spread only.
    assert moves(programmed((5.0, *LEVELS), by_reset=True), 3000.0) == pytest.approx([0.0] * 4, abs=1e-3)


def test_the_walk_after_a_set_has_the_spread_of_the_table_less_that_of_the_first_second() -> None:
    # At 44.6 uS: 17.37 % after 60 s and 9.94 points a decade. At 600 s 27.31 %; at 1 s below 0, so 0.
    # At 116.6 uS: 4.35 % and 0.14; at 600 s 4.49 %; at 1 s 4.35 - 0.14 log10(60).
    cells = programmed((44.6, 116.6), by_reset=False)
    walked = [a - b for a, b in zip(moves(cells, 600.0, walk=(1, 0)), moves(cells, 600.0), strict=True)]
    at_1_s = 0.0435 - 0.0014 * math.log10(60)
    assert walked == pytest.approx([0.2731 * 44.6, 116.6 * math.sqrt(0.0449**2 - at_1_s**2)], rel=1e-4)


@pytest.mark.parametrize(
    ("seconds", "constants"),
    [
        (1.0, (0.348, 16.03, -43.85, 45.39, -16.82)),
        (86_400.0, (0.701, 22.09, -50.77, 47.10, -16.46)),
    ],
)
def test_the_walk_after_a_reset_is_the_published_polynomial(seconds: float, constants: tuple[float, ...]) -> None:
    # Wan et al., at 20 of 40 uS: x = 1/2.
    spread = sum(constant / 2**power for power, constant in enumerate(constants))
    (moved,) = moves(programmed((20.0,), by_reset=True), seconds, walk=(1, 0))
    assert moved == pytest.approx(spread, rel=1e-3)


def test_ten_years_at_75_degrees_lose_three_hundredths_of_what_stands_above_the_reset_state() -> None:
    # Row retention_loss: 3 % of the distance to 5 uS. Cells reached by RESET, so that relaxation shifts nothing.
    cells = programmed((5.0, 55.0, 105.0), by_reset=True)
    assert moves(cells, 315_576_000.0, 75.0) == pytest.approx([0.0, -1.5, -3.0], abs=1e-6)


def test_ten_years_at_75_degrees_spread_cells_by_the_row_of_the_parameter_set() -> None:
    # Rows retention_spread, 4 uS, and retention_spread_limit, 0.3 of the conductance: 10 uS can move by 3 uS.
    cells = programmed((10.0, 55.0, 105.0), by_reset=True)
    still, walked = (moves(cells, 315_576_000.0, 75.0, (0, walk)) for walk in (0, 1))
    assert [b - a for a, b in zip(still, walked, strict=True)] == pytest.approx([3.0, 4.0, 4.0], rel=1e-6)


def test_the_acceleration_is_that_of_arrhenius() -> None:
    # exp(1.506 eV / k (1 / 348.15 K - 1 / 423.15 K)), k = 8.617333e-5 eV / K.
    expected = math.exp(1.506 / 8.617333e-5 * (1 / 348.15 - 1 / 423.15))
    assert ageing.acceleration(150.0, LETI) == pytest.approx(expected, rel=1e-6)
    assert ageing.acceleration(75.0, LETI) == pytest.approx(1.0)
