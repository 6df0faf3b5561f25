"""Times in seconds, and reference temperatures."""

HOUR_S = 3600.0
DAY_S = 86_400.0
YEAR_S = 365.25 * DAY_S
"""The Julian year."""
ZERO_CELSIUS_K = 273.15
ROOM_CELSIUS = 25.0
"""Room temperature of measurements on cells and arrays."""
