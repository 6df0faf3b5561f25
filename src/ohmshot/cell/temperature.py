"""Temperature of operation: how warm cells conduct. Rows hold at 25 degrees Celsius.

How they switch is in `ohmshot.cell.technology.switching_at_operation`; storage and bake are ageing
(`ohmshot.cell.ageing`).
"""

from ohmshot.foundation.compiled import F32, Real, Record, law
from ohmshot.foundation.philox import clip


@law
def conductance_factor(conductance: Real, p: Record) -> Real:
    """How many times its conductance at 25 degrees a cell has at the temperature of operation.

    ``1 + c(G) (T - 25)``; c goes linearly from the reset state (a tunnel gap that conducts better when warm) to the
    highest SET (a filament close to a metal). Vinuesa et al., Mater. Lett. 357 (2024): both states of TiN/Ti/HfO2/W
    cells are more resistive when cold. Sizes are assumed.

    Args:
        conductance: G at 25 degrees, uS.
        p: the technology.
    """
    coefficient = p.warm_at_rest + clip(conductance - p.rest, F32(0), p.warm_span) * p.warm_slope
    return max(F32(1) + coefficient * p.warmer, F32(0))
