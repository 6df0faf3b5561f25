"""Energy of one pulse in joules: voltage x current x width, plus charging the lines.

Estimates on assumed currents (rows ``compliance_per_conductance`` and ``reset_current_factor``); nothing published was
found for Leti cells. ``p`` are the numbers of the technology (`ohmshot.cell.technology.technology`).
"""

from ohmshot.cell.switching import set_median
from ohmshot.foundation.compiled import F32, Real, Record, law


@law
def form_energy(p: Record) -> Real:
    """Energy of one FORM, J: ``V I t + C V^2``, the compliance current I flowing for the whole width t."""
    return p.joule_form


@law
def set_energy(gate: Real, p: Record) -> Real:
    """Energy of one SET, J: ``V_BL I(V_G) t + C V_G^2 + C V_BL^2``, at a gate voltage V_G.

    The compliance current I of the gate voltage flows for the whole width t, which is an upper bound.
    """
    pulse = max(set_median(gate, p), F32(0)) * p.joule_set_per_us
    return pulse + p.line_capacitance * gate * gate + p.joule_set_line


@law
def reset_energy(source: Real, before: Real, after: Real, p: Record) -> Real:
    """Energy of one RESET, J: ``V_SL I t + C V_SL^2 + C V_G^2``, at a source voltage V_SL.

    The current I falls with the conductance; it is taken at the mean of the conductances before and after, in uS.
    """
    pulse = (before + after) * source * p.joule_reset_per_us_volt
    return pulse + p.line_capacitance * source * source + p.joule_reset_line


@law
def read_energy(conductance: Real, p: Record) -> Real:
    """Energy of one read of a conductance G in uS, J: ``G V^2 t + C V^2``; the chip adds its converter."""
    return conductance * p.joule_read_per_us + p.joule_read_line
