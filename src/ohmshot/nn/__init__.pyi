# The public names of ohmshot.nn; see ohmshot/__init__.pyi.
from .calibration import Calibration as Calibration
from .calibration import CrossbarWarning as CrossbarWarning
from .calibration import LayerCalibration as LayerCalibration
from .crossbar_linear import CrossbarLinear as CrossbarLinear
from .on_chip import OnChip as OnChip
from .on_chip import on_chip as on_chip
from .placed_layers import Programming as Programming
from .placed_layers import Utilisation as Utilisation
from .settings import CrossbarSettings as CrossbarSettings
