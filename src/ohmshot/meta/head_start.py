"""Start of the head without any meta-training: rates and scale chosen on held-out classes."""

from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn

from ohmshot.bundle.hand_made import decaying_rates, identity_head
from ohmshot.foundation.errors import SettingsError
from ohmshot.meta.algorithms.algorithm import Initialisation
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.settings import MetaTrainingSettings


@dataclass(frozen=True)
class HeadStart:
    """Rates and scale that were chosen.

    Attributes:
        rates: [updates, layers], learning rates.
        model: the hardware with the chosen scale.
    """

    rates: Tensor
    model: WriteErrorModel

    def initialisation(self, settings: MetaTrainingSettings, device: torch.device) -> Initialisation:
        """Return the initialisation on kept features that these rates belong to."""
        head = tuple(weights.to(device) for weights in identity_head(settings.features, settings.hidden, settings.ways))
        temperature = torch.zeros((), device=device)
        return Initialisation(nn.Identity(), head, self.rates.log().to(device), temperature, settings.standard)


def candidates(settings: MetaTrainingSettings) -> list[HeadStart]:
    """Return all combinations of a full scale of the last layer, a rate and its decay after the first update.

    Raises:
        SettingsError: there is none.
    """
    layers = len(settings.hidden) + 1
    scales_before = (settings.first_full_scale,) * (layers - 1)
    offered = [
        HeadStart(
            decaying_rates(rate, decay, settings.updates, layers, settings.first_layer_rate),
            WriteErrorModel(
                (*scales_before, full_scale), settings.levels, settings.write_spread, copies=settings.copies_of_layers
            ),
        )
        for full_scale, rate, decay in product(settings.full_scales, settings.second_layer_rates, settings.rate_decays)
    ]
    if not offered:
        raise SettingsError("Give at least one candidate for rates, decays and full scales.")
    return offered
