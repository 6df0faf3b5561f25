"""Errors that a person can mend."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a command line that ends in an error need not load PyTorch
    from torch import Tensor


class OhmshotError(Exception):
    """Something that the person using ohmshot can put right.

    The message is one line that says what was wrong and what would be right. The command line prints it
    without a traceback and ends with exit code 2. Its subclasses tell what it is about: `DataError`, `BundleError`,
    `ParameterError`, `SettingsError`, `ChipError`.

    Examples:
        >>> import ohmshot as oh
        >>> try:
        ...     oh.load_bundle("caracters")
        ... except oh.OhmshotError as error:
        ...     print(type(error).__name__)
        BundleError
    """

    def __str__(self) -> str:
        # One line, whatever piece of somebody's file or name it quotes.
        return super().__str__().replace("\r", "\\r").replace("\n", "\\n")


class DataError(OhmshotError):
    """Pictures or a data set are missing, damaged or too few."""


class BundleError(OhmshotError):
    """A bundle is damaged, foreign or newer than this version of ohmshot."""


class ParameterError(OhmshotError):
    """A parameter set of the cell does not hold what it must."""


class SettingsError(OhmshotError):
    """A setting is out of range or does not fit the others."""


class ChipError(OhmshotError):
    """A chip cannot do what it was asked for."""


class BrownOutError(ChipError):
    """The supply broke down in the middle of a pulse train.

    Attributes:
        unpulsed: addresses of the cells of that train that got no pulse, rising; the others got theirs.
    """

    def __init__(self, unpulsed: "Tensor") -> None:
        super().__init__(f"The supply broke down in a pulse train: {len(unpulsed)} cells got no pulse.")
        self.unpulsed = unpulsed


class OverTemperatureError(ChipError):
    """The chip is too hot and refuses pulses; none of that train was given."""


class CitationError(OhmshotError):
    """A citation names no work that ohmshot knows, or a file carries no citations."""


class MeasurementError(OhmshotError):
    """A table of measurements is missing, damaged, or cannot be fitted."""
