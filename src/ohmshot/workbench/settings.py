"""What a person may set on the page: the cells, the strategy, the circuit, the faults; and the chip made from it."""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set, shipped_parameter_sets
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.simulated_chips import DEFAULT_TECHNOLOGY
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record
from ohmshot.host.array import circuit_for
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.pairs import PAIR_POLICIES
from ohmshot.host.strategies.registry import strategy_named, strategy_names
from ohmshot.host.strategies.strategy import ProgrammingStrategy, settings_of, with_settings

MOST_ARRAYS = 8
"""Arrays of a chip of the page: what a head for 20 classes takes twice over."""

Bits = Annotated[int, Field(ge=2, le=16)] | None


class BenchSettings(Record):
    """Settings of a chip and of the host that teaches it; each default is that of `ohmshot adapt`."""

    technology: str = DEFAULT_TECHNOLOGY
    """Name of a parameter set, never a path: a page must not choose files."""
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    strategy: str = "hybrid"
    tolerance: float | None = Field(default=None, ge=0.5, le=20)
    """uS, half the window in which a cell is accepted; None for that of the strategy."""
    levels: Literal["datasheet", "continuous"] | Annotated[int, Field(ge=2, le=64)] = "datasheet"
    pair_policy: Literal["one-sided", "one-fixed", "balanced"] = "one-sided"
    input_bits: Bits = Circuit.input_bits
    output_bits: Bits = Circuit.output_bits
    line_resistance_ohm: float = Field(default=Circuit.line_resistance_ohm, ge=0, le=50)
    read_noise: float | None = Field(default=None, ge=0, le=0.5)
    """Share of the conductance; None for that of the cells."""
    stuck: float = Field(default=0.0, ge=0, le=0.4)
    dead_rows: int = Field(default=0, ge=0, le=16)
    dead_columns: int = Field(default=0, ge=0, le=32)

    @property
    def injection(self) -> Injection:
        """Faults that the chip is given."""
        return Injection(stuck=self.stuck, dead_row=self.dead_rows, dead_column=self.dead_columns)

    @property
    def plain(self) -> bool:
        """Whether the chip is one that `ohmshot adapt` makes from names alone, so that its file can be read back."""
        same = ("input_bits", "output_bits", "line_resistance_ohm", "read_noise")
        return all(getattr(self, name) == type(self).model_fields[name].default for name in same)

    def programming(self) -> ProgrammingStrategy:
        """The programming strategy.

        Raises:
            SettingsError: there is none of this name, or it has no tolerance.
        """
        strategy = strategy_named(self.strategy)
        return strategy if self.tolerance is None else with_settings(strategy, {"tolerance": self.tolerance})

    def learner(self) -> LearnerSettings:
        """Settings of the host."""
        return LearnerSettings(strategy=self.programming(), levels=self.levels, pair_policy=self.pair_policy)

    def circuit(self, bundle: Bundle) -> Circuit:
        """Converters, lines, and as many arrays as the head takes.

        Raises:
            SettingsError: it takes more than a page shows.
        """
        needed = circuit_for(bundle)
        if needed.side_by_side > MOST_ARRAYS:
            raise SettingsError(
                f"The head takes {needed.side_by_side} arrays; the workbench shows up to {MOST_ARRAYS}. Take fewer "
                "classes, or run `ohmshot adapt`."
            )
        return dataclasses.replace(
            needed,
            line_resistance_ohm=self.line_resistance_ohm,
            input_bits=self.input_bits,
            output_bits=self.output_bits,
        )


@dataclasses.dataclass(frozen=True)
class Technologies:
    """The parameter sets that a page may name.

    Attributes:
        files: TOML files of one's own by the name that the page shows.
    """

    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    _read: dict[str, ParameterSet] = dataclasses.field(default_factory=dict, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return (*self.files, *shipped_parameter_sets())

    def named(self, name: str) -> ParameterSet:
        """Return a parameter set, as its file was when it was first asked for.

        Raises:
            ParameterError: its file is damaged.
            SettingsError: there is none of this name.
        """
        if name not in self.names:
            raise SettingsError(f"There is no parameter set '{name}' here. Choose one of {', '.join(self.names)}.")
        if name not in self._read:
            self._read[name] = load_parameter_set(self.files.get(name, name))
        return self._read[name]


def fresh_chip(settings: BenchSettings, parameters: ParameterSet, bundle: Bundle) -> SimulatedCrossbar:
    """Make the chip that these settings name: chip 0 of the seed, as `ohmshot adapt` makes it, with its faults."""
    made = simulated_chips(cells_of(settings, parameters), settings.circuit(bundle), settings.seed, [0], [0],
                           settings.injection)  # fmt: skip
    assert isinstance(made, SimulatedCrossbar)  # its supply has no faults
    return made


def cells_of(settings: BenchSettings, parameters: ParameterSet) -> CellParameters:
    """The cells of a parameter set with the noise that is set."""
    values = parameters.values
    return values if settings.read_noise is None else dataclasses.replace(values, read_noise=settings.read_noise)


def simulated_part(chip: ObservedCrossbar) -> SimulatedCrossbar | None:
    """The chip where it is simulated in this process, and so can be copied and aged at once; None for any other."""
    return chip if isinstance(chip, SimulatedCrossbar) else None


def choices(technologies: Technologies) -> dict[str, Any]:
    """What the page offers for each setting, with the numbers of each technology that sliders begin from."""
    cells = {}
    for name in technologies.names:
        found = technologies.named(name)
        cells[name] = {
            "title": found.information.title,
            "read_noise": found.values.read_noise,
            "levels": list(found.values.level_conductances),
        }
    tolerances = {name: settings_of(strategy_named(name)).get("tolerance") for name in strategy_names()}
    return {
        "technologies": cells,
        "strategies": tolerances,
        "pair_policies": list(PAIR_POLICIES),
        "defaults": BenchSettings().model_dump(),
    }


Checked = TypeVar("Checked", bound=BaseModel)


def checked(model: type[Checked], given: object, what: str) -> Checked:
    """Check what a page sent.

    Raises:
        SettingsError: one line that names the first entry that is wrong.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(str(part) for part in first["loc"] if not str(part).startswith(("literal", "function")))
        raise SettingsError(f"{what}: {place or 'the message'} cannot be used: {first['msg']}.") from error
