"""ohmshot: few-shot learning on the chip, in resistive memory (ReRAM)."""

from importlib.metadata import version

__version__ = version("ohmshot")
