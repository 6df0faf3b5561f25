"""Default port and baud rate of a chip."""

DEFAULT_PORT = 5025
"""The port of SCPI over a raw socket (registered with IANA as scpi-raw)."""
DEFAULT_BAUD = 115200
"""Bits per second of a serial line (our choice)."""
