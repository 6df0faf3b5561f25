"""Settings of a training run, as TOML presets or files."""

import importlib.resources
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from ohmshot.bundle.standard import Standard
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.foreign_files import text_of, toml_of
from ohmshot.foundation.records import TypedRecord
from ohmshot.meta.presets import preset_names

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(ge=0)]
Widths = Annotated[
    tuple[Annotated[int, Field(ge=2)], ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, int) else value),
]
"""Widths of layers; one number stands for one layer."""


class MetaTrainingSettings(TypedRecord):
    """Settings of a training run. A phase with no iterations is left out."""

    name: str
    seed: int = 0
    algorithm: str = "maml"
    """Name of the meta-learning algorithm, see `ohmshot.meta.algorithms`."""

    ways: Annotated[int, Field(ge=2)] = 5
    shots: Positive = 5
    queries: Positive = 15
    updates: Positive = 5

    scope: Literal["any", "one group"] = "any"
    """Where the classes of a task come from, see `ohmshot.data.episodes.EpisodeShape`."""

    network: Literal["convolutions", "components", "none"] = "convolutions"
    """What makes the features: convolutions that are trained, principal components of the training examples, or
    nothing, where the features are the network's input (`ohmshot.meta.fixed_network`)."""
    filters: tuple[int, int, int] = (64, 64, 128)
    """Filters of the three convolutional layers of stride 2."""
    blocks: tuple[Count, Count, Count] = (0, 0, 0)
    """Residual blocks of two layers after each of them."""
    first_kernel: Literal[3, 5, 7] = 5
    """Side of the first layer's kernel."""
    features: Positive = 19
    hidden: Widths = (38,)
    """Widths of the hidden layers of the head, none for a head of one layer; 19-38-5 takes 955 of the 1,024 pairs of a
    2-kbit array."""
    copies: tuple[Positive, ...] = ()
    """Pairs of cells that carry a weight together, one number a layer; none for 1 everywhere."""
    centring: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the mean over all training examples that is taken off the features before they are brought to one
    length. What all examples have in common tells no classes apart, but write errors are multiplied by it."""
    standard: Standard = "support"
    """Whether the features of a task are brought to a common origin and size, see `ohmshot.bundle.standard`."""

    held_out_alphabets: Positive = 5
    """Training alphabets kept for choosing settings and for stopping."""
    held_out_episodes: Annotated[int, Field(ge=10)] = 600
    retrain_on_all: bool = False
    """Train again on all alphabets, with the choices and the number of iterations that the held-out ones gave."""
    checkpoint_every: Positive = 250

    warm_up_iterations: Count = 3500
    warm_up_ways: Annotated[int, Field(ge=2)] = 120
    warm_up_drawings: Annotated[int, Field(ge=2)] = 6
    """Drawings of each class in an episode of the warm-up."""
    warm_up_rate: Rate = 5e-3
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision of the network in the warm-up; "auto" is bfloat16 where the device computes in it natively."""

    head_iterations: Count = 150
    """Iterations of the phase that learns the head on kept features, the network frozen."""
    head_tasks: Positive = 32
    head_rate: Rate = 1e-3
    joint_iterations: Count = 0
    """Iterations of the phase that learns network and head together."""
    joint_tasks: Positive = 8
    joint_network_rate: Rate = 1e-4
    joint_head_rate: Rate = 1e-4
    inner_network_rate: Annotated[float, Field(gt=0)] = 1e-2
    """First learning rate of the network, where the inner loop moves it."""
    check_every: Positive = 25
    """Iterations between two looks at the held-out alphabets."""
    patience: Positive = 8
    """Looks without a gain after which a phase ends."""

    levels: tuple[float, ...] = (0.0, 0.355, 0.433, 0.5, 0.597, 0.689, 0.779, 0.875, 1.0)
    """Sizes of a weight that the chip can write, as shares of full scale: (level - reset) / (top - reset)."""
    write_spread: Rate = 0.03
    """Spread of a written weight as a share of full scale: 2 cells of about 2.4 uS over 111.6 uS."""
    first_full_scale: Annotated[float, Field(gt=0)] = 1.0
    """Weight of the layers before the last at the widest conductance difference."""
    first_layer_rate: Rate = 0.0
    """Rate of the layers before the last as a share of the last layer's."""
    second_layer_rates: tuple[float, ...] = (0.5, 1.0, 2.0)
    """Candidates for the first update's rate of the last layer."""
    rate_decays: tuple[float, ...] = (1.0, 0.7, 0.5)
    """Candidates for the later rates as a share of the first."""
    full_scales: tuple[float, ...] = (0.2, 0.3, 0.4)
    """Candidates for the last layer's weight at the widest conductance difference."""

    @property
    def copies_of_layers(self) -> tuple[int, ...]:
        """Pairs of cells that carry a weight together, one number a layer."""
        return self.copies or (1,) * (len(self.hidden) + 1)

    @model_validator(mode="after")
    def _copies_for_each_layer(self) -> Self:
        if len(self.copies_of_layers) != len(self.hidden) + 1:
            raise ValueError(f"copies for each of the {len(self.hidden) + 1} layers of the head")
        return self


def preset(name: str) -> MetaTrainingSettings:
    """Return the settings of a preset that comes with the package, or of a TOML file.

    Raises:
        SettingsError: there is none of this name, or a setting is out of range.
    """
    folder, names = importlib.resources.files("ohmshot.meta.presets"), preset_names()
    if name not in names and not name.endswith(".toml"):
        raise SettingsError(f"There is no preset '{name}'. Choose one of {', '.join(names)}, or give a .toml file.")
    try:
        text = (folder / f"{name}.toml").read_text("utf-8") if name in names else text_of(Path(name))
        return MetaTrainingSettings.model_validate(toml_of(text))
    except OSError as error:
        raise SettingsError(f"The settings {name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings {name} are no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"The settings {name} are wrong: {where}: {first['msg']}.") from error
