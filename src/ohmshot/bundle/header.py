"""The JSON header of a bundle, validated on the way in and out."""

from itertools import pairwise
from math import prod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ohmshot.bundle.head import Loss
from ohmshot.bundle.standard import Standard
from ohmshot.foundation.records import Record

FORMAT = "ohmshot-bundle"
FORMAT_VERSION = 3


def _both(value: object) -> object:
    """Take one number for height and width alike."""
    return (value, value) if isinstance(value, int) else value


Positive = Annotated[int, Field(ge=1)]
Above = Annotated[float, Field(gt=0)]
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


class GraphShape(Record):
    """An ONNX graph as the fixed part: what it takes and gives (`ohmshot.bundle.graph`)."""

    input: str
    """Name of its only input."""
    shape: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=3)]
    """Shape of one example at this input, without the batch."""
    dtype: Literal["float32", "uint8"]
    """uint8 takes drawings as they are stored, float32 the network's input."""
    batch: Positive | None = None
    """Examples of one run; None where it takes any number."""


class NetworkShape(Record):
    """A fixed part, convolutional layers, an ONNX graph or nothing, then trainable fully-connected layers."""

    input: tuple[Positive, Positive, Positive]
    """Channels, height and width of one example: (1, 28, 28) for a drawing, (channels, 1, length) for a signal,
    (numbers, 1, 1) where preprocessing gives but a few numbers."""
    convolutions: tuple[ConvolutionShape, ...]
    """Empty where a graph makes the features, or they are the input itself."""
    graph: GraphShape | None = None
    """An ONNX graph in place of convolutions; its bytes lie in `ohmshot.bundle.bundle.Bundle.graph`."""
    features: Annotated[int, Field(ge=1)]
    unit_length: bool = False
    """Whether features are divided by their length and multiplied by the square root of their number."""
    hidden: tuple[Positive, ...]
    """Widths of the fully-connected layers before the last one; none where the head is one layer."""
    ways: Positive
    """Outputs of the last layer: classes, at least 2, or numbers of a target (`BundleHeader.targets`)."""

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """Inputs, the bias input among them, and outputs of each fully-connected layer."""
        widths = (self.features, *self.hidden, self.ways)
        return tuple((inputs + 1, outputs) for inputs, outputs in pairwise(widths))

    @model_validator(mode="after")
    def _features_are_made(self) -> Self:
        if self.graph is not None:
            if self.convolutions:
                raise ValueError("a graph or convolutions, not both")
            if prod(self.graph.shape) != prod(self.input):
                raise ValueError("a graph takes as many numbers as the input has")
        elif not self.convolutions and self.features != prod(self.input):
            raise ValueError("without convolutions as many features as the input has numbers")
        return self

    @model_serializer(mode="wrap")
    def _without_absent_graph(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out a graph that is not there: files and digests stay those of versions that knew none."""
        fields: dict[str, Any] = written(self)
        return fields if self.graph else {name: value for name, value in fields.items() if name != "graph"}


class DrawingPreprocessing(Record):
    """Preprocessing of a drawing, uint8 [side, side], to the network's input [1, side, side]."""

    examples: ClassVar[str] = "drawings"
    kind: Literal["drawing"] = "drawing"
    ink: Literal["0 paper, 255 ink"] = "0 paper, 255 ink"
    scale: float = 1.0 / 255.0
    """Pixel values are multiplied by this."""


class SignalPreprocessing(Record):
    """Preprocessing of a signal, float32 [channels, length], to the network's input [channels, 1, length].

    From every value the mean of its channel is subtracted, then it is multiplied by the scale of its channel.
    """

    examples: ClassVar[str] = "signals"
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


class AmplitudePreprocessing(Record):
    """Preprocessing of a window of a signal, float32 [channels, length], to the network's input [2 * channels, 1, 1].

    For each channel the natural logarithm of its mean absolute value and, after those of all channels, of its waveform
    length; then from each number its mean is subtracted and it is multiplied by its scale. See `log_amplitudes`.
    """

    channels: Positive
    length: Annotated[int, Field(ge=2)]
    """Samples of one window."""
    floor: Annotated[float, Field(gt=0)]
    """Smallest value that a logarithm is taken of."""
    mean: tuple[float, ...]
    """Mean of each of the 2 * channels logarithms over the training examples."""
    scale: tuple[float, ...]
    """One over the standard deviation of each."""

    @model_validator(mode="after")
    def _two_each(self) -> Self:
        if not len(self.mean) == len(self.scale) == 2 * self.channels:
            raise ValueError("two means and two scales for each channel")
        return self

    @property
    def input(self) -> tuple[int, int, int]:
        """Shape of the network's input."""
        return 2 * self.channels, 1, 1


class EmgPreprocessing(AmplitudePreprocessing):
    """Preprocessing of an electromyogram in counts of the converter."""

    examples: ClassVar[str] = "electromyograms"
    kind: Literal["emg"] = "emg"
    floor: Annotated[float, Field(gt=0)] = 0.5
    """Half a step of the converter."""


class MotionPreprocessing(AmplitudePreprocessing):
    """Preprocessing of what inertial sensors measure, in g and rad/s."""

    examples: ClassVar[str] = "recordings of motion"
    kind: Literal["motion"] = "motion"
    floor: Annotated[float, Field(gt=0)] = 0.01
    """Some noise of such a sensor: 0.01 g, 0.01 rad/s."""


class SpeechPreprocessing(Record):
    """Preprocessing of a recording of speech, float32 [1, length], to the network's input [bands, 1, frames].

    Logarithms of mel-band energies, the voiced part stretched over the frames, the mean of each band subtracted; see
    `ohmshot.bundle.speech.log_mel`. Sizes are numbers of samples.
    """

    examples: ClassVar[str] = "recordings of speech"
    channels: ClassVar[int] = 1
    kind: Literal["speech"] = "speech"
    rate_hz: Positive = 8000
    length: Positive = 8000
    frame: Positive = 200
    """25 ms."""
    step: Positive = 100
    """From one frame to the next, 12.5 ms."""
    transform: Positive = 256
    """Length of the Fourier transform; a frame is filled up with zeros."""
    bands: Positive = 20
    lowest_hz: Annotated[float, Field(ge=0)] = 100.0
    highest_hz: Annotated[float, Field(gt=0)] = 4000.0
    frames: Positive = 12
    """Pieces of time that the network sees, each a mean over a few of the frames above."""
    voiced: Annotated[float, Field(gt=0, lt=1)] = 1e-3
    """A frame is loud enough for the voiced part with this share of the energy of the loudest one: -30 dB."""
    floor: Annotated[float, Field(gt=0, lt=1)] = 1e-4
    """Smallest energy that a logarithm is taken of, as a share of the largest in the recording: -40 dB. So the result
    does not depend on how loud one speaks."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.frame <= min(self.transform, self.length):
            raise ValueError("a frame fits into the transform and into a recording")
        if not self.lowest_hz < self.highest_hz <= self.rate_hz / 2:
            raise ValueError("frequencies rise and end at half the sampling rate")
        return self

    @property
    def input(self) -> tuple[int, int, int]:
        """Shape of the network's input."""
        return self.bands, 1, self.frames


class FeaturePreprocessing(Record):
    """Preprocessing of features that a person computed, float32 [features, 1], to the input [features, 1, 1].

    From each number its mean is subtracted, then it is multiplied by its scale; one mean or scale stands for all.
    """

    examples: ClassVar[str] = "features"
    kind: Literal["features"] = "features"
    features: Positive
    mean: float | tuple[float, ...] = 0.0
    """Mean of each feature over the training examples."""
    scale: float | tuple[float, ...] = 1.0

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if any(isinstance(given, tuple) and len(given) != self.features for given in (self.mean, self.scale)):
            raise ValueError(f"one mean and scale for all, or one for each of the {self.features} features")
        return self

    @property
    def input(self) -> tuple[int, int, int]:
        """Shape of the network's input."""
        return self.features, 1, 1


class ImagePreprocessing(Record):
    """Images, float32 [channels, height, width], as they are: whoever made the network prepares them for it."""

    examples: ClassVar[str] = "images"
    kind: Literal["image"] = "image"


Preprocessing = Annotated[
    DrawingPreprocessing
    | SignalPreprocessing
    | EmgPreprocessing
    | MotionPreprocessing
    | SpeechPreprocessing
    | FeaturePreprocessing
    | ImagePreprocessing,
    Field(discriminator="kind"),
]


class ConductanceMapping(Record):
    """Scales from numbers to voltages and conductances, layer by layer."""

    weight_full_scale: Annotated[tuple[Above, ...], Field(min_length=1)]
    """The weight that the widest conductance difference of all its pairs stands for."""
    input_full_scale: Annotated[tuple[Above, ...], Field(min_length=1)]
    """The input value that the full read voltage stands for; larger inputs are clipped."""
    copies: Annotated[tuple[Positive, ...], Field(min_length=1)]
    """Pairs of cells that carry a weight together, each the same share of it."""


class RealTargets(Record):
    """Targets that are real vectors: the head gives ``(target - mean) / scale``, number by number.

    The scale brings targets into what inputs and weights of the chip can carry.
    """

    mean: tuple[float, ...]
    """In the unit of the targets, one number an output."""
    scale: tuple[Above, ...]


class Provenance(Record):
    """Origin of the bundle, so that it can be made again."""

    ohmshot_version: str
    torch_version: str
    created: str
    """ISO 8601, UTC; empty for a bundle without learning, which the same settings make again to the bit."""
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
    format_version: Literal[3] = 3
    name: str
    network: NetworkShape
    preprocessing: Preprocessing = DrawingPreprocessing()
    rates: Annotated[tuple[tuple[float, ...], ...], Field(min_length=1)]
    """Learning rates: one row an update, one number a layer."""
    standard: Standard = "none"
    """Whether the host brings the features of a task to a common origin and size, see `ohmshot.bundle.standard`."""
    mapping: ConductanceMapping
    targets: RealTargets | None = None
    """What the head learns: real vectors by the squared error; None for classes by the cross-entropy."""
    provenance: Provenance

    @property
    def loss(self) -> Loss:
        """The loss whose gradient an update follows (`ohmshot.bundle.head.gradients`)."""
        return "cross-entropy" if self.targets is None else "squared-error"

    @model_serializer(mode="wrap")
    def _without_absent_targets(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out targets that are not there: files and digests stay those of versions that knew none."""
        fields: dict[str, Any] = written(self)
        return fields if self.targets else {name: value for name, value in fields.items() if name != "targets"}

    @model_validator(mode="after")
    def _outputs_of_the_loss(self) -> Self:
        outputs, targets = self.network.ways, self.targets
        if targets is None and outputs < 2:
            raise ValueError("at least 2 classes")
        if targets is not None and not len(targets.mean) == len(targets.scale) == outputs:
            raise ValueError(f"a mean and a scale for each of the {outputs} outputs")
        return self

    @model_validator(mode="after")
    def _one_for_each_layer(self) -> Self:
        layers = len(self.network.layers)
        rows = (*self.rates, self.mapping.weight_full_scale, self.mapping.input_full_scale, self.mapping.copies)
        if any(len(row) != layers for row in rows):
            raise ValueError(f"rates, full scales and copies for each of the {layers} fully-connected layers")
        return self

    @model_validator(mode="after")
    def _preprocessing_gives_the_input(self) -> Self:
        made = self.preprocessing
        known = AmplitudePreprocessing | SpeechPreprocessing | FeaturePreprocessing
        if isinstance(made, known) and made.input != self.network.input:
            raise ValueError(f"the network's input is {self.network.input}, preprocessing gives {made.input}")
        return self
