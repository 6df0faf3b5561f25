"""Errors that a person can mend."""


class OhmshotError(Exception):
    """Something that the person using ohmshot can put right.

    The message is one line that says what was wrong and what would be right. The command line prints it
    without a traceback and ends with exit code 2.
    """


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


class CitationError(OhmshotError):
    """A citation names no work that ohmshot knows, or a file carries no citations."""


class MeasurementError(OhmshotError):
    """A table of measurements is missing, damaged, or cannot be fitted."""
