"""Columns of the strategies study that stand in its tables once for every moment (`ohmshot.study.moments`)."""

from ohmshot.study.moments import MOMENTS


def _columns(pattern: str) -> dict[str, str]:
    return {moment: pattern.format(moment.replace(" ", "_")) for moment in MOMENTS}


LEVEL_ERROR = _columns("level_error_{}_microsiemens")
"""Columns by moment: root mean square of the error of the cells that carry a level."""
WEIGHT_ERROR = _columns("weight_error_{}_microsiemens")
"""Columns by moment: root mean square of the error of the differences of pairs."""
MISREAD = _columns("misread_{}_share")
"""Columns by moment: share of the cells that are read as another state."""
USABLE_BITS = _columns("usable_bits_{}")
"""Columns by moment: mutual information of the state written and the state read, in bits a cell."""
WEIGHT_ERROR_HALF = _columns("weight_error_{}_ci95_microsiemens")
"""Columns by moment: half width of its 95 % interval over chips."""
LESS_HYBRID = _columns("weight_error_{}_less_hybrid_microsiemens")
"""Columns by moment: weight error less that of the hybrid on the same chips."""
