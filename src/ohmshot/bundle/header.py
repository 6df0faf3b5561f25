"""What a bundle says about itself: the JSON header, validated on the way in and out."""

from typing import Annotated, Literal

from pydantic import Field

from ohmshot.foundation.records import Record

FORMAT = "ohmshot-bundle"
FORMAT_VERSION = 1


class ConvolutionShape(Record):
    """One fixed convolutional layer, batch norm already folded into weight and bias."""

    inputs: Annotated[int, Field(ge=1)]
    outputs: Annotated[int, Field(ge=1)]
    kernel: Annotated[int, Field(ge=1)]
    stride: Annotated[int, Field(ge=1)]
    padding: Annotated[int, Field(ge=0)]
    rectified: bool
    """Whether a rectifier (ReLU) follows."""


class NetworkShape(Record):
    """Four fixed convolutional layers, then two trainable fully-connected layers."""

    image_side: Annotated[int, Field(ge=1)]
    """Side of the input picture in pixels."""
    convolutions: Annotated[tuple[ConvolutionShape, ...], Field(min_length=1)]
    features: Annotated[int, Field(ge=1)]
    hidden: Annotated[int, Field(ge=1)]
    ways: Annotated[int, Field(ge=2)]


class Preprocessing(Record):
    """How a picture becomes the network's input."""

    ink: Literal["0 paper, 255 ink"] = "0 paper, 255 ink"
    scale: float = 1.0 / 255.0
    """Pixel values are multiplied by this."""


class ConductanceMapping(Record):
    """How numbers become voltages and conductances, layer by layer (first, second)."""

    weight_full_scale: Annotated[tuple[float, float], Field()]
    """The weight that the widest conductance difference of a pair stands for."""
    input_full_scale: Annotated[tuple[float, float], Field()]
    """The input value that the full read voltage stands for; larger inputs are clipped."""


class Provenance(Record):
    """Where the bundle comes from, so that it can be made again."""

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


class BundleHeader(Record):
    """The validated header of a bundle file."""

    format: Literal["ohmshot-bundle"] = "ohmshot-bundle"
    format_version: Literal[1] = 1
    name: str
    network: NetworkShape
    preprocessing: Preprocessing = Preprocessing()
    rates: Annotated[tuple[tuple[float, float], ...], Field(min_length=1)]
    """Learning rates: one row an update, (first layer, second layer)."""
    mapping: ConductanceMapping
    provenance: Provenance
