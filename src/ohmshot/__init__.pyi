# The public names: read by type checkers, and by __init__.py, which loads each when it is first used.
from . import nn as nn
from .bundle.for_features import bundle_for as bundle_for
from .chip.simulated_chips import SimulatedChips as SimulatedChips

__version__: str
