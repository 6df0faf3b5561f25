"""Simulated chips by what a person knows of them: the technology's name, how many, a seed."""

from pathlib import Path

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.summary import chips_summary
from ohmshot.foundation.summary import Summary

DEFAULT_TECHNOLOGY = "leti_hfo2_130nm"


class SimulatedChips(SimulatedCrossbar):
    """A batch of different simulated chips, as they leave the fab.

    Chip number k has its own cells; the same seed and number are the same chip in any batch. See
    `ohmshot.chip.crossbar.Crossbar` for what can be done to it.

    Args:
        technology: parameter set of the cells: its name (`ohmshot parameters list`), a TOML file, or one that is
            loaded.
        chips: how many.
        seed: seed of everything random about them.
        arrays: how many arrays each chip has side by side, each with row lines of its own.
        circuit: of one array: size, converters, lines; None for the 2-kbit array of 32 x 64 cells.

    Raises:
        ParameterError: no such parameter set.
        SettingsError: fewer than one array.

    Examples:
        >>> import ohmshot as oh
        >>> chips = oh.SimulatedChips("leti_hfo2_130nm", chips=20, seed=0)
        >>> chips.chips, chips.datasheet.rows, chips.datasheet.columns
        (20, 32, 64)
    """

    def __init__(
        self,
        technology: str | Path | ParameterSet | CellParameters = DEFAULT_TECHNOLOGY,
        *,
        chips: int = 1,
        seed: int = 0,
        arrays: int = 1,
        circuit: Circuit | None = None,
    ) -> None:
        loaded = load_parameter_set(str(technology)) if isinstance(technology, str | Path) else technology
        self.technology = loaded.information.name if isinstance(loaded, ParameterSet) else "own parameters"
        values = loaded.values if isinstance(loaded, ParameterSet) else loaded
        super().__init__(values, (circuit or Circuit()).arrays(arrays), seed, range(chips))

    def _summary(self) -> Summary:
        return chips_summary(self.chips, self.datasheet, self.technology)
