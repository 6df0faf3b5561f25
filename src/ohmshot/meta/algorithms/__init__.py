"""Meta-learning algorithms by name."""

from ohmshot.foundation.errors import SettingsError
from ohmshot.meta.algorithms.algorithm import Algorithm
from ohmshot.meta.algorithms.first_order_maml import FIRST_ORDER_MAML
from ohmshot.meta.algorithms.maml import MAML
from ohmshot.meta.algorithms.prototypical import PROTOTYPICAL
from ohmshot.meta.algorithms.reptile import REPTILE
from ohmshot.meta.algorithms.whole_network_maml import WHOLE_NETWORK_MAML

ALGORITHMS = {
    algorithm.name: algorithm for algorithm in (MAML, FIRST_ORDER_MAML, REPTILE, WHOLE_NETWORK_MAML, PROTOTYPICAL)
}
"""Adding one is one file with its `Algorithm` and its name here."""


def algorithm_named(name: str) -> Algorithm:
    """Return the algorithm of this name.

    Raises:
        SettingsError: there is none.
    """
    if name not in ALGORITHMS:
        raise SettingsError(f"There is no algorithm '{name}'. Choose one of {', '.join(ALGORITHMS)}.")
    return ALGORITHMS[name]
