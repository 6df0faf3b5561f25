"""Settings of a training run, as TOML presets."""

import importlib.resources
import tomllib
from typing import Annotated

from pydantic import Field, ValidationError

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record


class MetaTrainingSettings(Record):
    """Everything that a training run can be told."""

    name: str
    seed: int = 0
    filters: tuple[int, int, int] = (64, 64, 128)
    """Of the first three convolutional layers."""
    features: Annotated[int, Field(ge=1)] = 15
    hidden: Annotated[int, Field(ge=2)] = 47
    """15-47-5 takes 992 of the 1,024 pairs of a 2-kbit array."""
    held_out_alphabets: Annotated[int, Field(ge=1)] = 5
    """Training alphabets kept for choosing settings and for stopping."""
    held_out_episodes: Annotated[int, Field(ge=10)] = 600
    warm_up_iterations: Annotated[int, Field(ge=1)] = 3000
    warm_up_ways: Annotated[int, Field(ge=2)] = 60
    maml_iterations: Annotated[int, Field(ge=0)] = 150
    checkpoint_every: Annotated[int, Field(ge=1)] = 250
    levels: tuple[float, ...] = (0.0, 0.355, 0.433, 0.5, 0.597, 0.689, 0.779, 0.875, 1.0)
    """Sizes of a weight that the chip can write, as shares of full scale: (level - reset) / (top - reset)."""
    write_spread: Annotated[float, Field(ge=0)] = 0.03
    """Spread of a written weight as a share of full scale: 2 cells of about 2.4 uS over 111.6 uS."""
    first_layer_rate: Annotated[float, Field(ge=0)] = 0.02
    """Rate of the first layer as a share of the second layer's."""
    second_layer_rates: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)
    """Candidates for the first update's rate of the second layer."""
    rate_decays: tuple[float, ...] = (1.0, 0.5)
    """Candidates for the later rates as a share of the first."""
    full_scales: tuple[float, ...] = (0.1, 0.2, 0.4)
    """Candidates for the second layer's weight at the widest conductance difference."""


def preset(name: str) -> MetaTrainingSettings:
    """Return the settings of a preset that comes with the package.

    Raises:
        SettingsError: there is none of this name.
    """
    folder = importlib.resources.files("ohmshot.meta.presets")
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    if name not in names:
        raise SettingsError(f"There is no preset '{name}'. Choose one of {', '.join(names)}.")
    try:
        return MetaTrainingSettings.model_validate(tomllib.loads((folder / f"{name}.toml").read_text("utf-8")))
    except ValidationError as error:
        raise SettingsError(f"The preset {name} is damaged: {error.errors()[0]['msg']}.") from error
