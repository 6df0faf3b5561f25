"""What a sweep can change of the learned initialisation."""

from dataclasses import dataclass

from ohmshot.bundle.bundle import Bundle
from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class BundleChanges:
    """Changes of a bundle, none by default.

    Attributes:
        path: another bundle file.
        rate_factor: on all learning rates.
        updates: how many; beyond those that the bundle has rates for, the last rates go on.
        first_full_scale: weight of the first layer at the widest conductance difference of a pair.
        second_full_scale: the same of the second layer.

    Raises:
        SettingsError: no update, a rate below 0, or a full scale that is not above 0.
    """

    path: str | None = None
    rate_factor: float = 1.0
    updates: int | None = None
    first_full_scale: float | None = None
    second_full_scale: float | None = None

    def __post_init__(self) -> None:
        scales = [scale for scale in (self.first_full_scale, self.second_full_scale) if scale is not None]
        if not self.rate_factor >= 0 or not min([*scales, 1.0]) > 0:
            raise SettingsError("A bundle's rate factor must not be negative, and its full scales must be above 0.")
        if self.updates is not None and self.updates < 1:
            raise SettingsError("A task is learned in at least 1 update.")

    def of(self, bundle: Bundle) -> Bundle:
        """Return a bundle (that of ``path`` where one is given) with the other changes."""
        header = bundle.header
        rates = header.rates[: self.updates]
        rates += rates[-1:] * ((self.updates or 0) - len(rates))
        first, second = header.mapping.weight_full_scale
        mapping = header.mapping.model_copy(
            update={"weight_full_scale": (self.first_full_scale or first, self.second_full_scale or second)}
        )
        scaled = tuple((self.rate_factor * one, self.rate_factor * other) for one, other in rates)
        changed = header.model_copy(update={"rates": scaled, "mapping": mapping})
        return Bundle(changed, bundle.convolutions, bundle.head)


def what_it_has(bundle: Bundle) -> BundleChanges:
    """Return the changes that leave a bundle as it is, with its own numbers in place of None."""
    first, second = bundle.header.mapping.weight_full_scale
    return BundleChanges(updates=len(bundle.header.rates), first_full_scale=first, second_full_scale=second)
