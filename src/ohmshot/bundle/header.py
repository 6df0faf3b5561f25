"""The JSON header of a bundle, validated on the way in and out."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from ohmshot.foundation.records import Record

FORMAT = "ohmshot-bundle"
FORMAT_VERSION = 2


def _both(value: object) -> object:
    """Take one number for height and width alike."""
    return (value, value) if isinstance(value, int) else value


Positive = Annotated[int, Field(ge=1)]
Size = Annotated[tuple[Positive, Positive], BeforeValidator(_both)]
"""Height and width; one number stands for both."""
Margin = Annotated[tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]], BeforeValidator(_both)]


class ConvolutionShape(Record):
    """One fixed convolutional layer, batch norm already folded into weight and bias."""

    inputs: Positive
    outputs: Positive
    kernel: Size
    stride: Size
    padding: Margin
    rectified: bool
    """Whether a rectifier (ReLU) follows."""
    skip: Annotated[int, Field(ge=0)] = 0
    """Number of layers, this one counted, whose input is added before the rectifier (a residual block); 0 for none."""


class NetworkShape(Record):
    """Four fixed convolutional layers, then two trainable fully-connected layers."""

    input: tuple[Positive, Positive, Positive]
    """Channels, height and width of one example: (1, 28, 28) for a drawing, (channels, 1, length) for a signal."""
    convolutions: Annotated[tuple[ConvolutionShape, ...], Field(min_length=1)]
    features: Annotated[int, Field(ge=1)]
    unit_length: bool = False
    """Whether features are divided by their length and multiplied by the square root of their number."""
    hidden: Annotated[int, Field(ge=1)]
    ways: Annotated[int, Field(ge=2)]


class DrawingPreprocessing(Record):
    """Preprocessing of a drawing, uint8 [side, side], to the network's input [1, side, side]."""

    kind: Literal["drawing"] = "drawing"
    ink: Literal["0 paper, 255 ink"] = "0 paper, 255 ink"
    scale: float = 1.0 / 255.0
    """Pixel values are multiplied by this."""


class SignalPreprocessing(Record):
    """Preprocessing of a signal, float32 [channels, length], to the network's input [channels, 1, length].

    From every value the mean of its channel is subtracted, then it is multiplied by the scale of its channel.
    """

    kind: Literal["signal"] = "signal"
    mean: Annotated[tuple[float, ...], Field(min_length=1)]
    """Mean of each channel over the training examples."""
    scale: Annotated[tuple[float, ...], Field(min_length=1)]
    """One over the standard deviation of each channel."""

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if len(self.mean) != len(self.scale):
            raise ValueError("a mean and a scale for each channel")
        return self


Preprocessing = Annotated[DrawingPreprocessing | SignalPreprocessing, Field(discriminator="kind")]


class ConductanceMapping(Record):
    """Scales from numbers to voltages and conductances, layer by layer (first, second)."""

    weight_full_scale: Annotated[tuple[float, float], Field()]
    """The weight that the widest conductance difference of a pair stands for."""
    input_full_scale: Annotated[tuple[float, float], Field()]
    """The input value that the full read voltage stands for; larger inputs are clipped."""


class Provenance(Record):
    """Origin of the bundle, so that it can be made again."""

    ohmshot_version: str
    torch_version: str
    created: str
    """ISO 8601, UTC."""
    seed: int
    training_data: str
    """Name of the data set, the alphabets trained on and the alphabets held out for validation."""
    settings: dict[str, str | int | float | bool | list[str] | list[int] | list[float]]
    """Every setting of the training run."""
    metrics: dict[str, float]
    """Accuracies on held-out background alphabets, in per cent, with their 95 % intervals."""
    head: str
    """What made the head: "hand-made" (`ohmshot.bundle.hand_made`), or the algorithm with the iterations that were
    kept, such as "maml, 150 iterations"."""


class BundleHeader(Record):
    """The validated header of a bundle file."""

    format: Literal["ohmshot-bundle"] = "ohmshot-bundle"
    format_version: Literal[2] = 2
    name: str
    network: NetworkShape
    preprocessing: Preprocessing = DrawingPreprocessing()
    rates: Annotated[tuple[tuple[float, float], ...], Field(min_length=1)]
    """Learning rates: one row an update, (first layer, second layer)."""
    standard: Literal["none", "support"] = "none"
    """Whether the host brings the features of a task to a common origin and size, see `ohmshot.bundle.standard`."""
    mapping: ConductanceMapping
    provenance: Provenance
