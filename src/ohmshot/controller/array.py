"""The head on the array as the controller drives it: integer codes to the rows, integer codes from the columns.

Volts and microamperes exist on the way to the crossbar interface alone: ``volts = code x read voltage / drive_full``
and ``code = round(uA / converter step)``. A chip whose converters have the controller's bits gives every code back
exactly, in this process or behind a wire.
"""

from dataclasses import dataclass, fields

from torch import Tensor

from ohmshot.chip.crossbar import ReadableCrossbar
from ohmshot.controller import multiply
from ohmshot.controller.configuration import Configuration
from ohmshot.controller.mapping import LevelMapping
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.array import HeadOnArray
from ohmshot.host.placement import Block


@dataclass(frozen=True)
class ControllerArray(HeadOnArray):
    """Fully-connected layers on the arrays of a batch of chips, driven and read by the controller.

    Attributes:
        configuration: of the controller; none for a head that is not configured.
    """

    configuration: Configuration | None = None

    @classmethod
    def of(cls, array: HeadOnArray, configuration: Configuration) -> "ControllerArray":
        """Put the controller into the place of the host's reading and of its choice of levels."""
        mappings = tuple(map(LevelMapping.of, array.mappings, configuration.levels))
        kept = {field.name: getattr(array, field.name) for field in fields(array)}
        return cls(**{**kept, "mappings": mappings}, configuration=configuration)

    @property
    def controller(self) -> Configuration:
        """The configuration of the controller."""
        assert self.configuration is not None
        return self.configuration

    def drive_codes(self, layer: int, inputs: Tensor) -> Tensor:
        """Drive codes of a layer's inputs, int64; exact where they were made of drive codes. Any shape."""
        most = self.controller.lengths.drive_full
        return (inputs.double() / self.controller.input_units[layer]).round().clamp(-most, most).long()

    def inputs(self, crossbar: ReadableCrossbar, features: Tensor) -> tuple[Tensor, ...]:
        """Run all layers but the last; see `HeadOnArray.inputs`."""
        configuration = self.controller
        if configuration.hidden is None:
            return (features,)
        total = self._sums(crossbar, 0, self.drive_codes(0, features))
        codes = multiply.hidden(configuration.lengths, configuration.hidden, total)
        if self.used_units is not None:
            codes = codes * self.used_units.long()
        return features, (codes.double() * configuration.input_units[1]).float()

    def output(self, crossbar: ReadableCrossbar, inputs: Tensor) -> Tensor:
        """Run the last layer alone; its inputs [chips, examples, inputs] to logits, each a whole sum of codes."""
        last = self.controller.layers - 1
        total = self._sums(crossbar, last, self.drive_codes(last, inputs))
        return (total.double() * self.controller.sum_units[last]).float()

    def sums_of(self, logits: Tensor) -> Tensor:
        """Sums of converter codes that logits of `output` were made of, int64."""
        return (logits.double() / self.controller.sum_units[-1]).round().long()

    def _sums(self, crossbar: ReadableCrossbar, layer: int, drive: Tensor) -> Tensor:
        configuration = self.controller
        if bool((self.gain != 1).any()):
            raise SettingsError("The controller has no gain for chips that have aged: leave the gain at 1.")
        return multiply.sums(
            RoundedConverters(crossbar, configuration, self.sheet.read_voltage),
            configuration.blocks[layer],
            configuration.outputs[layer],
            configuration.levels[layer].copies,
            multiply.with_constant(drive, configuration.constants[layer]),
        )


@dataclass(frozen=True)
class RoundedConverters:
    """Chips behind their drivers and converters, as `ohmshot.controller.multiply.Converters`."""

    crossbar: ReadableCrossbar
    configuration: Configuration
    read_voltage: float

    def __call__(self, drive: Tensor, block: Block) -> Tensor:
        """Drive the rows of a block; see `ohmshot.controller.multiply.Converters`."""
        lengths, (_, height), (_, width) = self.configuration.lengths, block.inputs, block.outputs
        columns, rows = slice(2 * block.pair, 2 * (block.pair + width)), slice(block.row, block.row + height)
        volts = (drive.double() * (self.read_voltage / lengths.drive_full)).float()
        return converter_codes(self.configuration, self.crossbar.multiply(volts, columns, rows))


def converter_codes(configuration: Configuration, currents: Tensor) -> Tensor:
    """Codes of column currents in uA, int64; any shape."""
    most = configuration.lengths.converter_full
    return (currents.double() / configuration.converter_step).round().long().clamp(-most, most)
