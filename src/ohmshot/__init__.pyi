# The public names: read by type checkers, and by __init__.py, which loads each when it is first used.
from . import nn as nn
from . import sklearn as sklearn
from .bundle.for_features import bundle_for as bundle_for
from .bundle.onnx_export import export_onnx as export_onnx
from .chip.simulated_chips import SimulatedChips as SimulatedChips
from .data.own_arrays import examples_from as examples_from
from .study.own_backbone import bundle_from as bundle_from
from .study.own_backbone import meta_train_head as meta_train_head

__version__: str
