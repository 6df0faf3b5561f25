"""The map of a chip in a notebook: the same module of the page, by anywidget (`pip install "ohmshot[notebook]"`)."""

from importlib import resources
from typing import Any

import anywidget
import traitlets

from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.host.learner import Learner
from ohmshot.workbench import picture


class ChipMap(anywidget.AnyWidget):
    """Map of every cell of one chip, which follows when `update` is called.

    Args:
        learner: the host that has written the chip.
        chip: the chip itself, whose conductances are shown without read noise.

    Attributes:
        lit: cells that are outlined, by their number.
        shade: what the colours are: "conductance", "target", "error" or "wear".
        selected: the cell that was clicked last; -1 for none.

    Examples:
        >>> import ohmshot as oh  # doctest: +SKIP
        >>> from ohmshot.workbench.widget import ChipMap
        >>> chip = oh.SimulatedChips()
        >>> learner = oh.Learner(chip, oh.load_bundle())
        >>> learner.initialise()
        >>> ChipMap(learner, chip)
    """

    _esm = resources.files("ohmshot.workbench").joinpath("static/map.js").read_text("utf-8")
    cells = traitlets.Dict().tag(sync=True)
    chip_layout = traitlets.Dict().tag(sync=True)
    lit = traitlets.List(traitlets.Int()).tag(sync=True)
    shade = traitlets.Enum(("conductance", "target", "error", "wear"), default_value="conductance").tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)

    def __init__(self, learner: Learner, chip: ObservedCrossbar, **traits: Any) -> None:
        shown = {"chip_layout": picture.layout(learner.array), "cells": picture.cells(learner, chip)}
        super().__init__(**shown, **traits)
        self._learner, self._chip = learner, chip

    def update(self) -> None:
        """Show the chip as it is now."""
        self.cells = picture.cells(self._learner, self._chip)
