"""What the gates are built for: one bundle on one kind of chip, and one shape of task."""

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from ohmshot.controller.configuration import Configuration, TaskConstants, for_task
from ohmshot.controller.formats import Dimensions, WordLengths, widths
from ohmshot.controller.learning import LevelConstants, RateConstants
from ohmshot.controller.standardiser import StandardConstants
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.placement import Block

CODES_A_WORD = 4
"""Drive codes in one word of the memory of examples, and rows of weights that learn in one pass over them."""


@dataclass(frozen=True)
class Build:
    """Numbers that the gates are made of. Rates, thresholds and the softmax's scale become constants in the gates.

    Attributes:
        configuration: of a head of one layer.
        task: constants of a shape of task.
        examples: of the support set.
        settle: cycles of one multiply of a block: lines settle, converters convert.
    """

    configuration: Configuration
    task: TaskConstants
    examples: int
    settle: int = 4

    @property
    def size(self) -> Dimensions:
        """Dimensions of the task."""
        return self.configuration.size(self.examples)

    @property
    def inputs(self) -> int:
        """Inputs of the layer, the constant one among them."""
        return self.configuration.inputs[0]

    @property
    def ways(self) -> int:
        """Classes."""
        return self.configuration.outputs[0]

    @property
    def copies(self) -> int:
        """Pairs of cells that carry a weight together."""
        return self.levels.copies

    @property
    def levels(self) -> LevelConstants:
        """Weights and levels of the layer."""
        return self.configuration.levels[0]

    @property
    def rates(self) -> RateConstants:
        """Rates of the layer."""
        rates = self.task.rates[0]
        assert rates is not None
        return rates

    @cached_property
    def standard(self) -> "Standardised | None":
        """What its standardiser is made of; None for features that need no standard."""
        return Standardised(self.configuration, self.task, self.examples) if self.task.standard is not None else None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Where the layer lies on the array."""
        return self.configuration.blocks[0]

    @cached_property
    def widths(self) -> dict[str, int]:
        """Bits of every register of the data path (`ohmshot.controller.formats.widths`)."""
        return widths(self.configuration.lengths, self.size)

    @property
    def words(self) -> int:
        """Words of one example: its drive codes, and behind them, in the last place, its label."""
        return -(-(self.inputs + 1) // CODES_A_WORD)

    @property
    def example_words(self) -> int:
        """Words of all examples and of one to be answered."""
        return (self.examples + 1) * self.words

    @property
    def weights(self) -> int:
        """Exact weights, one a word."""
        return self.inputs * self.ways

    @property
    def weight_bits(self) -> int:
        """Bits of a word of the memory of weights."""
        return max(self.widths["outer_0.weight"], self.widths["error_0.error"])

    @property
    def errors_a_word(self) -> int:
        """Errors in one word of the memory of weights, which keeps them behind the weights."""
        return self.weight_bits // self.widths["error_0.error"]

    @property
    def error_words(self) -> int:
        """Words that the errors of one example take."""
        return -(-self.ways // self.errors_a_word)

    @property
    def weight_words(self) -> int:
        """Words of the memory of weights: all weights, and behind them the errors of all examples."""
        return self.weights + self.examples * self.error_words


@dataclass(frozen=True)
class Standardised:
    """Numbers that a standardiser is made of.

    Attributes:
        configuration: of a controller that standardises.
        task: constants of a shape of task.
        examples: of the support set.
    """

    configuration: Configuration
    task: TaskConstants
    examples: int

    @property
    def lengths(self) -> WordLengths:
        """Word lengths; features and drive codes share a memory, so they have the same."""
        return self.configuration.lengths

    @property
    def constants(self) -> StandardConstants:
        """Constants of the standard."""
        assert self.task.standard is not None
        return self.task.standard

    @property
    def features(self) -> int:
        """Features of an example."""
        return self.configuration.inputs[0] - 1

    @property
    def ways(self) -> int:
        """Classes."""
        return self.configuration.outputs[-1]

    @cached_property
    def widths(self) -> dict[str, int]:
        """Bits of every register of the data path."""
        return widths(self.lengths, self.configuration.size(self.examples))

    @property
    def feature_words(self) -> int:
        """Words with features in them, of one example."""
        return -(-self.features // CODES_A_WORD)

    @property
    def words(self) -> int:
        """Words of one example: its features, the constant input, and in the last place its label."""
        return -(-(self.features + 2) // CODES_A_WORD)

    @property
    def example_words(self) -> int:
        """Words of all examples and of one to be answered."""
        return (self.examples + 1) * self.words


@dataclass(frozen=True)
class Carried:
    """Numbers that the engine of a first layer that learns is made of.

    Attributes:
        configuration: of a head of two layers.
        examples: of the support set.
    """

    configuration: Configuration
    examples: int

    @property
    def hidden(self) -> int:
        """Hidden units."""
        return self.configuration.outputs[0]

    @property
    def ways(self) -> int:
        """Classes."""
        return self.configuration.outputs[1]

    @property
    def copies(self) -> int:
        """Pairs of cells that carry a weight of the second layer together."""
        return self.levels.copies

    @property
    def levels(self) -> LevelConstants:
        """Weights and levels of the second layer."""
        return self.configuration.levels[1]

    @cached_property
    def widths(self) -> dict[str, int]:
        """Bits of every register of the data path."""
        return widths(self.configuration.lengths, self.configuration.size(self.examples))


def build_for(configuration: Configuration, labels: Tensor, settle: int = 4) -> Build:
    """Return what gates are to be built for.

    Args:
        configuration: of the controller.
        labels: of a support set of the task's shape, int64 [examples].
        settle: cycles of one multiply of a block.

    Raises:
        SettingsError: a head that these gates cannot learn.
    """
    if configuration.layers != 1:
        raise SettingsError(
            "The gates learn heads of one layer, as that of 'characters'. For heads of two there are the integer "
            "model and its C."
        )
    return Build(configuration, for_task(configuration, labels), len(labels), settle)
