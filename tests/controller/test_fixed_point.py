import torch
from hypothesis import given
from hypothesis import strategies as st

from ohmshot.controller.fixed_point import bits_of, mantissa, rounded_shift, square_root


def test_halves_round_upward_and_shifts_to_the_left_are_exact() -> None:
    values = torch.tensor([-6, -5, -3, -2, 0, 2, 3, 5])
    assert rounded_shift(values, 2).tolist() == [-1, -1, -1, 0, 0, 1, 1, 1]  # -1.5, -1.25, -0.75, -0.5, ...
    assert rounded_shift(values, -1).tolist() == [-12, -10, -6, -4, 0, 4, 6, 10]
    assert rounded_shift(values, torch.full((8,), 2)).tolist() == rounded_shift(values, 2).tolist()


@given(st.integers(0, 4**12 - 1))
def test_a_root_is_the_whole_part(value: int) -> None:
    root = int(square_root(torch.tensor(value), 12))
    assert root * root <= value < (root + 1) * (root + 1)


@given(st.floats(1e-6, 1e6), st.integers(2, 12))
def test_a_mantissa_has_exactly_its_bits_and_is_near(value: float, bits: int) -> None:
    found, shift = mantissa(value, bits)
    assert found.bit_length() == bits
    assert abs(found / 2.0**shift / value - 1) <= 2.0**-bits


def test_widths_of_registers() -> None:
    assert [bits_of(0, False), bits_of(127, True), bits_of(128, True), bits_of(1023, False)] == [1, 8, 9, 10]
