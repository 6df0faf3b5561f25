"""Disturb: what pulses on other cells of the same row or column do to a cell.

In a 1T1R array a half-selected cell shares the word line (its transistor conducts, but its bit and source lines rest)
or the bit and source lines (its transistor is off), so that little reaches it. Nothing measured was found; the form is
the simplest that never leaves the window, knows no order and composes: each pulse closes the same small share d of the
gap to where such pulses lead.
"""

from ohmshot.cell.state import OK
from ohmshot.foundation.compiled import F32, Real, Record, law
from ohmshot.foundation.philox import exp


@law
def closed(pulses: Real, log_kept: Real) -> Real:
    """Share of a gap that n pulses close, ``1 - (1 - d)^n``, from ``ln(1 - d)``; exact for tiny shares too."""
    x = pulses * log_kept
    return -x * (F32(1) + F32(0.5) * x) if x > F32(-1e-3) else F32(1) - exp(x)


@law
def set_disturbed(conductance: Real, pulses: Real, p: Record) -> Real:
    """Conductance after n SET pulses elsewhere, uS: it creeps up, towards the lowest SET level at most.

    ``G + (G_low - G) (1 - (1 - d)^n)`` where G is below G_low.
    """
    return conductance + max(p.set_low - conductance, F32(0)) * closed(pulses, p.set_disturb_log)


@law
def reset_disturbed(conductance: Real, pulses: Real, p: Record) -> Real:
    """Conductance after n RESET pulses elsewhere, uS: it creeps down, towards the reset state at most.

    ``G - (G - G_reset) (1 - (1 - d)^n)`` where G is above G_reset.
    """
    return conductance - max(conductance - p.rest, F32(0)) * closed(pulses, p.reset_disturb_log)


@law
def moved(cell: Record, conductance: Real) -> None:
    """Move a sound cell to a conductance in uS by something other than a pulse; it goes on ageing from there.

    The move joins the thermal walk, so that a later bake lets it decay with all the rest.
    """
    if cell.health == OK:
        cell.retention_walk += conductance - cell.conductance
        cell.conductance = conductance
