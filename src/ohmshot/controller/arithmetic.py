"""The controller in the place of the computer in the loop: the four things that a learner asks of its arithmetic.

Between the steps a learner keeps numbers in the units of the bundle. Each of them here is a whole code times its unit,
so codes come back from them exactly: nothing is held twice, and a journal says all that there is to say.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Activations, Head
from ohmshot.bundle.standard import NO_STANDARD, TaskStandard
from ohmshot.chip.datasheet import Datasheet
from ohmshot.controller import first_layer, learning, softmax, standardiser
from ohmshot.controller.array import ControllerArray
from ohmshot.controller.chosen_words import word_lengths_for
from ohmshot.controller.configuration import Configuration, configured, for_task
from ohmshot.controller.fixed_point import mantissa
from ohmshot.controller.formats import WordLengths, most_of
from ohmshot.controller.mapping import LevelMapping
from ohmshot.controller.multiply import with_constant
from ohmshot.controller.standardiser import Standard
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.array import HeadOnArray, head_on_array
from ohmshot.host.mapping import Levels


@dataclass(frozen=True)
class ControllerArithmetic:
    """Integers of fixed width; see `ohmshot.host.arithmetic.Arithmetic`.

    Attributes:
        lengths: word lengths; None for those of the bundle (`ohmshot.controller.chosen_words`).
    """

    lengths: WordLengths | None = None

    def array(self, sheet: Datasheet, chips: int, bundle: Bundle, levels: Levels, pair_policy: str) -> ControllerArray:
        """Lay a head out on the array.

        Raises:
            SettingsError: it does not fit, or the controller cannot serve the bundle, the chip or the settings.
        """
        if levels != "datasheet" or pair_policy != "one-sided":
            raise SettingsError(
                "The controller writes the datasheet's levels, one cell of each pair. Leave levels and pair policy as "
                "they are, or leave --controller out."
            )
        array = head_on_array(sheet, chips, bundle, levels, pair_policy)
        return ControllerArray.of(array, configured(bundle, array, self.lengths or word_lengths_for(bundle)))

    def standard(self, array: HeadOnArray, bundle: Bundle, support: Tensor, labels: Tensor) -> TaskStandard:
        """Measure the standard of a support set; see `ohmshot.host.arithmetic.Arithmetic.standard`."""
        configuration = _configuration(array)
        constants = for_task(configuration, labels).standard
        if constants is None:
            return NO_STANDARD
        codes = feature_codes(configuration, support)
        return _in_units(configuration, standardiser.measured(configuration.lengths, constants, codes, labels))

    def standardised(self, array: HeadOnArray, standard: TaskStandard, features: Tensor) -> Tensor:
        """Bring features to a standard: drive codes times what one stands for."""
        configuration = _configuration(array)
        if standard.origin.numel() == 1:  # no standard yet, or none at all
            most, unit = configuration.lengths.drive_full, configuration.input_units[0]
            codes = (features.double() / unit).round().clamp(-most, most)
        else:
            measured = _in_codes(configuration, standard)
            codes = standardiser.drive(configuration.lengths, measured, feature_codes(configuration, features))
        return (codes.double() * configuration.input_units[0]).float()

    def updated(
        self, array: HeadOnArray, bundle: Bundle, head: Head, activations: Activations, labels: Tensor, step: int
    ) -> Head:
        """Make one update; see `ohmshot.host.arithmetic.Arithmetic.updated`."""
        assert isinstance(array, ControllerArray)
        configuration, lengths = array.controller, array.controller.lengths
        rates = for_task(configuration, labels).rates
        inputs = [array.drive_codes(layer, values) for layer, values in enumerate(activations.inputs)]
        mappings = [mapping for mapping in array.mappings if isinstance(mapping, LevelMapping)]
        shares = softmax.probabilities(lengths, configuration.softmax, array.sums_of(activations.logits))
        towards = [learning.differences(lengths, shares, labels)]
        if rates[0] is not None and configuration.layers == 2:
            held = mappings[1].pair_levels(head[1])[..., :-1, :]
            backward = first_layer.backward_weights(configuration.levels[1], held)
            towards.insert(0, first_layer.carried(towards[0], backward, inputs[1]))
        new = list(head)
        for layer, constants in enumerate(rates):
            if constants is not None:
                difference = towards[layer - configuration.layers]
                errors = learning.errors(lengths, constants, step, difference, labels)
                driven = with_constant(inputs[layer], configuration.constants[layer])
                gradient = learning.gradient(driven, errors)
                weights = mappings[layer].codes(head[layer])
                moved = learning.moved(constants, configuration.levels[layer].most, weights, gradient)
                new[layer] = mappings[layer].of_codes(moved)
        return tuple(new)


def feature_codes(configuration: Configuration, features: Tensor) -> Tensor:
    """Codes in which the fixed part hands features to the controller, int64; any shape."""
    most = most_of(configuration.lengths.feature)
    return (features.double() / configuration.feature_unit).round().clamp(-most, most).long()


def _configuration(array: HeadOnArray) -> Configuration:
    assert isinstance(array, ControllerArray)
    return array.controller


def _in_units(configuration: Configuration, standard: Standard) -> TaskStandard:
    """A standard in the units of features: origin and size."""
    unit = configuration.feature_unit * 2.0**-configuration.lengths.origin
    gain = standard.gain.double() * 2.0 ** -standard.shift.double()
    size = unit / (gain * configuration.input_units[0])
    return TaskStandard((standard.origin.double() * unit).float(), size.float())


def _in_codes(configuration: Configuration, standard: TaskStandard) -> Standard:
    """The standard that was told in units: its gain, up to a common factor of two of gain and shift."""
    unit = configuration.feature_unit * 2.0**-configuration.lengths.origin
    origin = (standard.origin.double() / unit).round().long()
    gain = unit / (standard.size.double() * configuration.input_units[0])
    found = [mantissa(value, configuration.lengths.gain) for value in gain.flatten().tolist()]
    mantissas, shifts = (torch.tensor(numbers).view(gain.shape) for numbers in zip(*found, strict=True))
    return Standard(origin, mantissas, shifts.clamp(min=0))
