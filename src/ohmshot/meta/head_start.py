"""Start of the head without any meta-training: rates and scale chosen on held-out classes."""

from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn

from ohmshot.bundle.hand_made import identity_head
from ohmshot.foundation.errors import SettingsError
from ohmshot.meta.algorithms.algorithm import Initialisation
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.settings import MetaTrainingSettings


@dataclass(frozen=True)
class HeadStart:
    """Rates and scale that were chosen.

    Attributes:
        rates: [updates, 2], learning rates of the two layers.
        model: the hardware with the chosen scale.
    """

    rates: Tensor
    model: WriteErrorModel

    def initialisation(self, features: int, hidden: int, ways: int, device: torch.device) -> Initialisation:
        """Return the initialisation on kept features that these rates belong to."""
        first, second = identity_head(features, hidden, ways, 1.0)
        head = first.to(device), second.to(device)
        return Initialisation(nn.Identity(), head, self.rates.log().to(device), torch.zeros((), device=device))


def decaying_rates(rate: float, decay: float, updates: int, first_layer_share: float = 0.0) -> Tensor:
    """Learning rates of the layers by update, [updates, 2]: the first update moves the second layer alone.

    Args:
        rate: rate of the second layer in the first update.
        decay: factor of the later updates.
        updates: number of updates.
        first_layer_share: rate of the first layer over that of the second, in the later updates.
    """
    later = rate * decay
    return torch.tensor([[0.0, rate], *([[first_layer_share * later, later]] * (updates - 1))])


def candidates(settings: MetaTrainingSettings) -> list[HeadStart]:
    """Return all combinations of a full scale of the second layer, a rate and its decay after the first update.

    Raises:
        SettingsError: there is none.
    """
    offered = [
        HeadStart(
            decaying_rates(rate, decay, settings.updates, settings.first_layer_rate),
            WriteErrorModel((1.0, full_scale), settings.levels, settings.write_spread),
        )
        for full_scale, rate, decay in product(settings.full_scales, settings.second_layer_rates, settings.rate_decays)
    ]
    if not offered:
        raise SettingsError("Give at least one candidate for rates, decays and full scales.")
    return offered
