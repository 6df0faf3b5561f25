"""MAML over the fully-connected layers, with a learned rate for each layer and update; second order is the default."""

from typing import Literal

from torch import Tensor

from ohmshot.meta.algorithms.algorithm import (
    Algorithm,
    EpisodeBatch,
    Initialisation,
    logits_of_adapted_head,
    outer_cross_entropy,
)
from ohmshot.meta.hardware import WriteErrors


def maml_of_order(name: str, order: Literal["first", "second"]) -> Algorithm:
    """Return MAML whose outer gradient goes through the updates ("second") or takes theirs as constants ("first")."""

    def logits(start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None) -> Tensor:
        return logits_of_adapted_head(start, tasks, errors, order)

    return Algorithm(
        name=name,
        learns=frozenset({"network", "head", "rates", "temperature"}),
        moves=frozenset({"head"}),
        loss=outer_cross_entropy(logits),
        logits=logits,
    )


MAML = maml_of_order("maml", "second")
"""Loss of the queries after the updates, differentiated through all of them.

Finn, Abbeel, Levine, "Model-Agnostic Meta-Learning", ICML 2017. Only the head moves in the inner loop, as on the
device (Raghu et al., "Rapid Learning or Feature Reuse?", ICLR 2020, find that little else needs to); a network before
it learns in the outer loop. Rates a layer and an update: Antoniou, Edwards, Storkey, "How to train your MAML",
ICLR 2019.
"""
