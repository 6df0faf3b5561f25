"""Loading and validating the parameter sets of a cell.

A set is one TOML file with one table a row (docs/parameters.md). A set that does not measure everything names
a ``base`` and takes the rows that it lacks from there; they stay marked as borrowed.
"""

import dataclasses
import importlib.resources
import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator

from ohmshot.cell.cell_parameters import CellParameters, RowRule, disagreement
from ohmshot.cell.parameter_lines import place
from ohmshot.foundation.errors import ParameterError
from ohmshot.foundation.foreign_files import text_of, toml_of
from ohmshot.foundation.plugins import names_of_plugins, plugin, refused
from ohmshot.foundation.records import Record, TypedRecord
from ohmshot.foundation.summary import Summarised, Summary

Model = TypeVar("Model", bound=Record)
Values = float | tuple[float, ...]


class Quantity(TypedRecord):
    """One row of a parameter set: a number, or a list of them, and where it comes from."""

    value: Values
    unit: str
    status: Literal["fitted", "measured", "derived", "transferred", "assumed", "defined"]
    """Measured here, fitted to raw data with an interval; read in the source; computed from measured rows; derived from
    another technology; assumed for want of a source; or set by definition, which claims nothing of a device (the ideal
    cell)."""
    source: str = Field(min_length=5)
    doi: str | None = None
    conditions: str | None = None
    """Under which the number was measured, where it matters."""
    spread: Values | None = None
    """Standard deviation of the number itself (between devices, wafers or publications), in its unit."""
    interval: tuple[float, float] | tuple[tuple[float, float], ...] | None = None
    """95 % confidence interval of a fitted number, or one a number of a list."""
    sweep: tuple[Values, Values] | None = None
    """Range of an assumed number, or of a list number by number, that studies go through, in its unit."""
    sweep_factors: tuple[float, float] | None = None
    """Range of a list, as factors of its value."""

    @model_validator(mode="after")
    def _possible(self) -> "Quantity":
        if not as_tuple(self.value) or not all(math.isfinite(value) for value in as_tuple(self.value)):
            raise ValueError("value must be a finite number or a list of them")
        if self.spread is not None and not all(value >= 0 for value in as_tuple(self.spread)):
            raise ValueError("spread must not be negative")
        ends = tuple(map(as_tuple, self.sweep or (self.value, self.value)))
        if any(len(end) != len(as_tuple(self.value)) for end in ends):
            raise ValueError("sweep must be [low, high], each of as many numbers as the value")
        for low, high in (*zip(*ends, strict=True), self.sweep_factors or (0, 0)):
            if not low <= high:
                raise ValueError("sweep and sweep_factors must be [low, high]")
        if self.status == "fitted" and self.interval is None:
            raise ValueError("a fitted row needs its interval")
        if self.status == "assumed" and self.sweep is None and self.sweep_factors is None:
            raise ValueError("an assumed row needs the range to sweep: sweep = [low, high] or sweep_factors")
        return self

    @property
    def swept_values(self) -> tuple[Values, Values] | None:
        """The row at both ends of its sweep or, where it is fitted, of its interval; None where it has neither."""
        if self.sweep is not None:
            return self.sweep
        if self.sweep_factors is None:
            return None if self.interval is None else _ends(self.interval)
        low, high = (tuple(factor * value for value in as_tuple(self.value)) for factor in self.sweep_factors)
        return (low, high) if isinstance(self.value, tuple) else (low[0], high[0])


def _ends(interval: tuple[float, float] | tuple[tuple[float, float], ...]) -> tuple[Values, Values]:
    """Both ends of an interval; of one a number, lists of the lower and of the upper ends."""
    if isinstance(interval[0], tuple):
        low, high = zip(*interval, strict=True)
        return low, high
    return float(interval[0]), float(interval[1])


class SetInformation(TypedRecord):
    """Name of a parameter set, the works it rests on, and where it takes the rows that it does not give."""

    name: str
    title: str
    citations: tuple[str, ...]
    """DOIs."""
    base: str | None = None
    """A set by name, or a file beside this one; rows that are missing here come from there."""
    notes: str | None = None
    """How to read the set, where its paper and the model of the cell do not meet exactly."""

    @field_validator("name")
    @classmethod
    def _name_of_a_file(cls, name: str) -> str:
        if not re.fullmatch(r"[a-z0-9_]+", name):
            raise ValueError(f"'{name}' must be of small letters, digits and underscores, such as lot_7")
        return name


@dataclass(frozen=True, repr=False)
class ParameterSet(Summarised):
    """A parameter set with its sources.

    Attributes:
        information: name, title, citations and base.
        quantities: every row with unit, status and source, by name; rows of laws that the set has no data for are not
            there, and None in ``values``.
        values: the numbers alone, as the physics uses them.
        borrowed: name of the set a row was taken from, for the rows that this one does not give itself.

    Examples:
        >>> import ohmshot as oh
        >>> cells = oh.load_parameters("leti_hfo2_130nm")
        >>> cells.information.name, len(cells.values.level_conductances)
        ('leti_hfo2_130nm', 8)
        >>> row = cells.quantities["read_noise"]
        >>> row.value, row.unit, row.status
        (0.01, '1', 'assumed')
    """

    information: SetInformation
    quantities: dict[str, Quantity]
    values: CellParameters
    borrowed: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def status_counts(self) -> Counter[str]:
        """Number of rows by status; borrowed ones count as borrowed only."""
        return Counter("borrowed" if name in self.borrowed else row.status for name, row in self.quantities.items())

    def _summary(self) -> Summary:
        counts = ", ".join(f"{count} {status}" for status, count in sorted(self.status_counts.items()))
        rows = [(name, _number_words(row.value), row.unit, row.status) for name, row in self.quantities.items()]
        text = f"{self.information.name!r}: {self.information.title}; rows: {counts}"
        return Summary(text, rows, ("row", "value", "unit", "status"))

    @property
    def citations(self) -> tuple[str, ...]:
        """DOIs of the set and of all its rows, borrowed ones included, each once."""
        dois = [*self.information.citations, *(row.doi for row in self.quantities.values() if row.doi)]
        return tuple(dict.fromkeys(dois))


def row_rules() -> dict[str, RowRule]:
    """The rows that a set has, in order, with what each must hold."""
    return {each.name: each.metadata["rule"] for each in dataclasses.fields(CellParameters)}


def parameter_set_names() -> tuple[str, ...]:
    """Names of all parameter sets, those of other packages last; nothing of these is loaded."""
    return (*shipped_parameter_sets(), *names_of_plugins("ohmshot.parameters"))


def shipped_parameter_sets() -> tuple[str, ...]:
    """Names of the parameter sets that come with the package."""
    folder = importlib.resources.files("ohmshot.cell.parameters")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_parameter_set(name_or_path: str) -> ParameterSet:
    """Load a parameter set by its name or from a TOML file of one's own.

    Raises:
        ParameterError: no such set, or a row is missing, unknown, has the wrong unit or an impossible value;
            the message names file, line and row.
    """
    return _load(name_or_path, Path(), ())


def parse_parameter_set(text: str, origin: str, folder: Path | None = None, *, numbered: bool = True) -> ParameterSet:
    """Read a parameter set from TOML text.

    Args:
        text: content of the file.
        origin: names the file in messages.
        folder: where a base given as a file is looked for (default: the working folder).
        numbered: whether messages name lines; not of a text that nobody can open.

    Raises:
        ParameterError: see `load_parameter_set`.
    """
    return _parse(text, origin, folder or Path(), (), text if numbered else "")


def _load(name_or_path: str, folder: Path, above: tuple[str, ...]) -> ParameterSet:
    if name_or_path in above:
        raise ParameterError(f"{above[-1]}: the bases {' -> '.join([*above, name_or_path])} go in a circle.")
    above = (*above, name_or_path)
    if (added := plugin("ohmshot.parameters", name_or_path, shipped_parameter_sets())) is not None:
        return _of_another_package(name_or_path, added, above)
    if name_or_path in shipped_parameter_sets():
        text = (importlib.resources.files("ohmshot.cell.parameters") / f"{name_or_path}.toml").read_text("utf-8")
        return _parse(text, f"{name_or_path}.toml", folder, above, text)
    path = folder / name_or_path
    if not path.is_file():
        raise ParameterError(
            f"There is no parameter set '{name_or_path}'. Give one of {', '.join(parameter_set_names())} "
            "or the path of a TOML file."
        )
    try:
        text = text_of(path)
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path} is not a text file in UTF-8.") from error
    except OSError as error:
        raise ParameterError(f"{path} cannot be read: {error.strerror}.") from error
    return _parse(text, str(path), path.parent, above, text)


def _of_another_package(name: str, file: object, above: tuple[str, ...]) -> ParameterSet:
    """Read the file that another package adds as a set: a path, or a resource of the package."""
    wanted = f"a TOML file (a path or a resource) of the set '{name}'"
    try:
        path = Path(file) if isinstance(file, str) else file
        text = path.read_text("utf-8")  # type: ignore[attr-defined]  # whatever else it is, it is refused
    except (AttributeError, OSError, UnicodeDecodeError) as error:
        raise refused("ohmshot.parameters", name, wanted) from error
    found = _parse(text, f"{name}.toml", path.parent if isinstance(path, Path) else Path(), above, text)
    if found.information.name != name:
        raise refused("ohmshot.parameters", name, f"{wanted}, but of '{found.information.name}'")
    return found


def _parse(text: str, origin: str, folder: Path, above: tuple[str, ...], seen: str) -> ParameterSet:
    """Read a set; ``seen`` is the text whose lines messages name, "" for none."""
    try:
        tables = toml_of(text)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{origin} is not valid TOML: {error}.") from error
    information = _validated(SetInformation, tables.pop("set_information", {}), seen, origin, "set_information")
    base = None if information.base is None else _load(information.base, folder, above or (origin,))
    rules = row_rules()
    required = {name for name, rule in rules.items() if not rule.optional}
    _require_known_rows(seen, origin, set(tables), set(rules), required if base is None else set())
    own = {name: _validated(Quantity, tables[name], seen, origin, name) for name in rules if name in tables}
    for name, quantity in own.items():
        _check_row(seen, origin, name, quantity, rules[name])
    quantities, borrowed = _with_base(own, base, list(rules))
    values = CellParameters(**{name: quantity.value for name, quantity in quantities.items()})  # type: ignore[arg-type]
    if (found := disagreement(values)) is not None:
        raise ParameterError(f"{place(seen, origin, found[0], 'value')}: {found[0]} {found[1]}.")
    return ParameterSet(information, quantities, values, borrowed)


def _with_base(
    own: dict[str, Quantity], base: ParameterSet | None, names: list[str]
) -> tuple[dict[str, Quantity], dict[str, str]]:
    if base is None:
        return own, {}
    known = {**base.quantities, **own}
    borrowed = {
        name: base.borrowed.get(name, base.information.name) for name in names if name in known and name not in own
    }
    return {name: known[name] for name in names if name in known}, borrowed


def _validated(model: type[Model], table: object, text: str, origin: str, name: str) -> Model:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else None
        where = place(text, origin, name, key)
        if first["type"] == "missing":
            raise ParameterError(f"{where}: {name} has no {key}; give it one.") from error
        message = first["msg"].removeprefix("Value error, ")
        raise ParameterError(f"{where}: {'.'.join(filter(None, [name, key]))}: {message}.") from error


def _require_known_rows(text: str, origin: str, found: set[str], known: set[str], required: set[str]) -> None:
    missing = sorted(required - found)
    unknown = sorted(found - known)
    if unknown:
        where = place(text, origin, unknown[0])
        raise ParameterError(f"{where}: there is no row {unknown[0]}; check its spelling.")
    if missing:
        raise ParameterError(
            f"{origin}: the rows {', '.join(missing)} are missing; give them, or name a base set that has them."
        )


def _check_row(text: str, origin: str, name: str, quantity: Quantity, rule: RowRule) -> None:
    if quantity.unit != rule.unit:
        where = place(text, origin, name, "unit")
        raise ParameterError(f"{where}: {name} is in {quantity.unit}; it must be in {rule.unit}.")
    if (wrong := rule.violation(quantity.value)) is not None:
        raise ParameterError(f"{place(text, origin, name, 'value')}: {name} {wrong}.")


def _number_words(value: Values) -> str:
    """A number, or the ends of a list of them."""
    ends = as_tuple(value)
    return f"{ends[0]:.4g}" if len(ends) == 1 else f"{len(ends)} numbers, {ends[0]:.4g} to {ends[-1]:.4g}"


def as_tuple(values: Values) -> tuple[float, ...]:
    """A number as a tuple of one; a tuple as it is."""
    return values if isinstance(values, tuple) else (values,)
