"""Who computes an update: the computer in the loop in floating point, or something else in its place.

A learner asks here for the four things that take arithmetic, and for nothing else. Whatever answers, the learner writes
the levels that change, by the writer, under its limits and with its journal. Between the steps everything is told in
the units of the bundle, so that what is kept on the disk does not depend on who computed it.
"""

from typing import Protocol

from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Activations, Head
from ohmshot.bundle.standard import TaskStandard
from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.array import HeadOnArray, head_on_array
from ohmshot.host.mapping import Levels


class Arithmetic(Protocol):
    """The arithmetic of a learner: frozen, and the same for every learner that it is given to."""

    def array(self, sheet: Datasheet, chips: int, bundle: Bundle, levels: Levels, pair_policy: str) -> HeadOnArray:
        """Lay a head out on the array; see `ohmshot.host.array.head_on_array`.

        Raises:
            SettingsError: it does not fit, or this arithmetic cannot serve it.
        """

    def standard(self, array: HeadOnArray, bundle: Bundle, support: Tensor, labels: Tensor) -> TaskStandard:
        """Measure the standard of a support set, [chips, examples, features]; labels as the learner's task has them."""

    def standardised(self, array: HeadOnArray, standard: TaskStandard, features: Tensor) -> Tensor:
        """Bring features [chips, examples, features] to a standard that `standard` has measured."""

    def updated(
        self,
        array: HeadOnArray,
        bundle: Bundle,
        head: Head,
        activations: Activations,
        labels: Tensor,
        step: int,
    ) -> Head:
        """Make one step of gradient descent.

        Args:
            array: the head on the array.
            bundle: with the rates.
            head: exact weights before, [chips, inputs, outputs] a layer.
            activations: measured on the chips.
            labels: as the learner's task has them.
            step: number of the update, from 0.

        Returns:
            Exact weights after it: layers that learn inside what pairs of cells can carry, others as they were.
        """


class FloatingPoint:
    """The computer in the loop: float32, gradients by the chain rule."""

    def __repr__(self) -> str:
        return "floating point"

    def array(self, sheet: Datasheet, chips: int, bundle: Bundle, levels: Levels, pair_policy: str) -> HeadOnArray:
        """See `Arithmetic.array`."""
        return head_on_array(sheet, chips, bundle, levels, pair_policy)

    def standard(self, array: HeadOnArray, bundle: Bundle, support: Tensor, labels: Tensor) -> TaskStandard:
        """See `Arithmetic.standard`."""
        return bundle.standard(support, labels)

    def standardised(self, array: HeadOnArray, standard: TaskStandard, features: Tensor) -> Tensor:
        """See `Arithmetic.standardised`."""
        return standard(features)

    def updated(
        self,
        array: HeadOnArray,
        bundle: Bundle,
        head: Head,
        activations: Activations,
        labels: Tensor,
        step: int,
    ) -> Head:
        """See `Arithmetic.updated`."""
        header, most = bundle.header, [mapping.full_scale for mapping in array.mappings]
        fixed = heads.fixed_layers(header.rates)
        return heads.after_update(head, activations, labels, header.rates[step], most, header.loss, fixed)


FLOATING_POINT = FloatingPoint()
