"""Number formats of the controller: the word lengths that one may choose, and the width of every register they imply.

A register's width follows from the largest number that can ever reach it, worked out here from the word lengths and
from the size of the task; `tests/controller/test_formats.py` holds each block to it. The study `controller` tries the
word lengths.
"""

from dataclasses import dataclass

from ohmshot.controller.fixed_point import bits_of
from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class WordLengths:
    """Bits of what passes between blocks; everything else follows.

    Attributes:
        feature: of a feature as the fixed part gives it, signed.
        origin: fraction bits that the mean of the support set keeps.
        gain: of what standardised features are multiplied by, unsigned.
        drive: of a row driver, signed; hidden activations have the same scale.
        converter: of a column converter, signed.
        exponent: fraction bits of a logit to base two.
        table: address bits of the table of 2^-x; at most those of the exponent.
        entry: of an entry of that table, unsigned.
        guard: more bits that an exponential keeps when it is shifted right.
        probability: fraction bits of a probability.
        rate: of a learning rate, unsigned.
        error: of an error times its rate, signed.
        weight: of an exact weight, signed.
        backward: of a written weight that carries the error back, signed.
        scale: of a constant that numbers are multiplied by between layers, unsigned.
    """

    feature: int = 8
    origin: int = 3
    gain: int = 8
    drive: int = 8
    converter: int = 10
    exponent: int = 3
    table: int = 3
    entry: int = 6
    guard: int = 4
    probability: int = 6
    rate: int = 8
    error: int = 7
    weight: int = 15
    backward: int = 8
    scale: int = 8

    def __post_init__(self) -> None:
        least = dict.fromkeys(("feature", "gain", "drive", "converter", "entry", "probability", "rate", "scale"), 2)
        for name, bits in {**least, "error": 3, "weight": 6, "backward": 3}.items():
            if not bits <= getattr(self, name) <= 20:
                raise SettingsError(f"The word length '{name}' is {bits} to 20 bits, not {getattr(self, name)}.")
        if not 0 <= self.table <= self.exponent <= 8 or not 0 <= self.origin <= 8 or not 0 <= self.guard <= 8:
            raise SettingsError("Fraction bits are 0 to 8, and the table has at most as many address bits.")

    @property
    def drive_full(self) -> int:
        """Code of the read voltage on a row, and of a full hidden activation."""
        return most_of(self.drive)

    @property
    def converter_full(self) -> int:
        """Code of the end of a converter's range."""
        return most_of(self.converter)


def most_of(bits: int) -> int:
    """Largest number of a signed register in which both signs reach equally far."""
    return (1 << (bits - 1)) - 1


CLASS_WEIGHT_BITS = 10
"""Of the weight of an example in the mean over classes, unsigned."""
MEAN_SQUARE_FRACTION = 4
"""Fraction bits of the weighted mean square of an example."""
ROOT_BITS = 12
"""Of the root of the mean square after it was shifted to its place: its highest bit is always set."""
LEVELS = 9
"""States of a cell: reset and eight levels; a pair shows -8 to 8."""
LEVEL_BITS = 5
"""Of a pair's level, signed."""


@dataclass(frozen=True)
class Dimensions:
    """The size of what a controller learns; its memories have these depths.

    Attributes:
        inputs: of every layer, the constant one among them.
        outputs: of every layer.
        copies: pairs of cells that carry a weight together, of every layer.
        stacked: most blocks of the array whose codes one output adds up, of every layer.
        examples: of the support set.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    copies: tuple[int, ...]
    stacked: tuple[int, ...]
    examples: int

    @property
    def layers(self) -> int:
        """Number of layers, 1 or 2."""
        return len(self.inputs)

    @property
    def features(self) -> int:
        """Features of an example."""
        return self.inputs[0] - 1

    @property
    def ways(self) -> int:
        """Classes."""
        return self.outputs[-1]


@dataclass(frozen=True)
class Register:
    """One register, or one word of a memory.

    Attributes:
        block: which block it is in.
        name: as the block's file calls it.
        largest: the largest magnitude that can reach it.
        signed: whether it has a sign.
        unit: what its lowest bit stands for.
    """

    block: str
    name: str
    largest: int
    signed: bool
    unit: str

    @property
    def bits(self) -> int:
        """Its width."""
        return bits_of(self.largest, self.signed)


def registers(lengths: WordLengths, size: Dimensions) -> tuple[Register, ...]:
    """Return every register of the data path with the largest magnitude that can reach it.

    Args:
        lengths: chosen word lengths.
        size: of the task.
    """
    return (*_standardiser(lengths, size), *_multiply(lengths, size), *_learning(lengths, size))


def widths(lengths: WordLengths, size: Dimensions) -> dict[str, int]:
    """Width of every register by its name, ``block.name``."""
    return {f"{each.block}.{each.name}": each.bits for each in registers(lengths, size)}


def _standardiser(n: WordLengths, size: Dimensions) -> tuple[Register, ...]:
    feature, whole = most_of(n.feature), (1 << CLASS_WEIGHT_BITS) - 1
    # Weights of the examples are rounded each, so their sum is at most 1 + 2^-bits of what it should be.
    origin = ((feature << n.origin) * (whole + 2)) // whole + 1
    centred = (feature << n.origin) + origin
    square = size.features * centred**2
    mean_square = ((square << MEAN_SQUARE_FRACTION) * (whole + 2)) // whole + size.examples
    scaled = centred * ((1 << n.gain) - 1)
    unit = f"2^-{n.origin} feature codes"
    return (
        Register("standardiser", "feature", feature, True, "feature code"),
        Register("standardiser", "class_weight", whole, False, "2^-class_shift"),
        Register("standardiser", "sum", feature * (whole + 2) * size.examples, True, "feature code x 2^-class_shift"),
        Register("standardiser", "origin", origin, True, unit),
        Register("standardiser", "centred", centred, True, unit),
        Register("standardiser", "square", square, False, f"({unit})^2"),
        Register("standardiser", "mean_square", mean_square, False, f"2^-{MEAN_SQUARE_FRACTION} ({unit})^2"),
        Register("standardiser", "root", (1 << ROOT_BITS) - 1, False, "by the shift of the root"),
        Register("standardiser", "gain", (1 << n.gain) - 1, False, "2^-gain_shift"),
        Register("standardiser", "scaled", scaled, True, "2^-gain_shift drive codes"),
        Register("standardiser", "drive", n.drive_full, True, "drive code: read voltage / drive_full"),
    )


def largest_sum(lengths: WordLengths, size: Dimensions, layer: int) -> int:
    """Largest magnitude of an output of a layer, in converter codes: plus less minus of every block and copy."""
    return 2 * lengths.converter_full * size.stacked[layer] * size.copies[layer]


def _multiply(n: WordLengths, size: Dimensions) -> tuple[Register, ...]:
    constants = (
        Register("multiply", "code", n.converter_full, True, "converter code"),
        Register("multiply", "difference", 2 * n.converter_full, True, "converter code"),
    )
    sums = tuple(
        Register("multiply", f"sum_{layer}", largest_sum(n, size, layer), True, "converter code")
        for layer in range(size.layers)
    )
    if size.layers == 1:
        return (*constants, *sums)
    scaled = largest_sum(n, size, 0) * ((1 << n.scale) - 1)
    return (
        *constants,
        *sums,
        Register("multiply", "scaled", scaled, True, "2^-hidden_shift drive codes"),
        Register("multiply", "hidden", n.drive_full, False, "drive code"),
    )


def _learning(n: WordLengths, size: Dimensions) -> tuple[Register, ...]:
    exponential, one = ((1 << n.entry) - 1) << n.guard, 1 << n.probability
    below = 2 * largest_sum(n, size, size.layers - 1)
    error, weight = most_of(n.error), most_of(n.weight)
    last = size.layers - 1
    parts = [
        Register("softmax", "below", below, False, "converter code"),
        Register("softmax", "scaled", below * ((1 << n.scale) - 1), False, "2^-exponent_shift"),
        Register("softmax", "exponential", exponential, False, f"2^-{n.entry + n.guard}"),
        Register("softmax", "total", size.ways * exponential, False, f"2^-{n.entry + n.guard}"),
        Register("softmax", "probability", one, False, f"2^-{n.probability}"),
        Register("error", "difference", one, True, f"2^-{n.probability}"),
        Register("error", "rate", (1 << n.rate) - 1, True, "2^-rate_shift"),
        Register("error", "product", one * ((1 << n.rate) - 1), True, "2^-rate_shift error codes"),
        Register(f"error_{last}", "error", error, True, "error code of the layer"),
    ]
    if size.layers == 2:
        carried = one * most_of(n.backward) * size.ways * size.copies[1]
        parts += [
            Register("first_layer", "backward", most_of(n.backward) * size.copies[1], True, "share of the full scale"),
            Register("first_layer", "carried", carried, True, f"2^-{n.probability} x share"),
            Register("first_layer", "product", carried * ((1 << n.rate) - 1), True, "2^-rate_shift error codes"),
            Register("error_0", "error", error, True, "error code of the layer"),
        ]
    for layer in range(size.layers):
        gradient = n.drive_full * error * size.examples
        parts += [
            Register(f"outer_{layer}", "input", n.drive_full, layer == 0, "drive code"),
            Register(f"outer_{layer}", "gradient", gradient, True, "drive code x error code"),
            Register(f"outer_{layer}", "moved", weight + gradient, True, "weight code"),
            Register(f"outer_{layer}", "weight", weight, True, "weight code"),
            Register(f"level_{layer}", "left", weight, True, "weight code"),
            Register(f"level_{layer}", "level", LEVELS - 1, True, "level of the pair"),
        ]
    return tuple(parts)
