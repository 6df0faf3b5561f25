"""FORM, SET and RESET: what one pulse does to a cell whose random numbers are known.

The forms follow the text of Bonnet et al., Nat. Commun. 14 (2023) 7530 and are otherwise our choice; sizes come from
the parameter set, row by row. Laws take one cell (a record of `ohmshot.cell.state.CELL`) and change it; ``p`` are the
numbers of the technology (`ohmshot.cell.technology.technology`); conductances are in uS, voltages in V.
"""

import numpy as np

from ohmshot.cell.state import OK, STUCK_HIGH, UNFORMED
from ohmshot.foundation.compiled import F32, I32, Bits, Real, Record, law
from ohmshot.foundation.philox import clip, exp, log


@law
def set_median(gate: Real, p: Record) -> Real:
    """Median conductance after a SET, uS: linear in the gate voltage, which fixes the compliance current.

    Where a technology has a saturation voltage s, concave, as its transistor gives it:
    ``low + rise (1 - exp((V_low - V) / s))``, rise such that the highest SET is at its own gate voltage.
    """
    if p.set_per_volt > 0:
        return p.set_low + p.set_rise * (F32(1) - exp((p.gate_low - gate) * p.set_per_volt))
    return p.set_low + (gate - p.gate_low) * p.set_slope


@law
def set_spread(median: Real, p: Record) -> Real:
    """Standard deviation of one SET, uS: it falls as the conductance rises (Bonnet et al. 2023, Fig. 3)."""
    spread = p.set_spread_low + (median - p.set_low) * p.set_spread_slope
    return clip(spread, p.set_spread_least, p.set_spread_most)


@law
def set_draw(cell: Record, median: Real, n3: Real, p: Record) -> Real:
    """Draw of one SET, standard normal: the shares of the device, of this cycle and of this pulse.

    Where a technology has shares by level, the device's goes linearly from the lowest to the highest SET.
    """
    of_device, of_cycle = p.set_of_device, p.set_of_cycle
    if p.set_shares_by_level > 0:
        share = p.set_share_low + clip(median - p.set_low, F32(0), p.set_high - p.set_low) * p.set_share_slope
        of_device, of_cycle = np.sqrt(share), np.sqrt(max(F32(1) - share - p.set_pulse_variance, F32(0)))
    return of_device * cell.set_device_offset + of_cycle * cell.set_cycle_draw + p.set_of_pulse * n3


@law
def set_skewed(draw: Real, median: Real, p: Record) -> Real:
    """A standard normal draw as one of the same median and variance, skewed as the level is.

    ``(e^(k n) - 1) / sqrt(w (w - 1))`` with ``w = e^(k^2)``, a shifted lognormal number; k goes linearly from the
    lowest to the highest SET (`ohmshot.cell.technology.log_slope`). Skewed up at low levels, down at high ones, where
    SETs fail.
    """
    k = p.set_skew_low + clip(median - p.set_low, F32(0), p.set_high - p.set_low) * p.set_skew_slope
    if abs(k) < F32(0.02):
        return draw
    w = exp(k * k)
    size = (exp(k * draw) - F32(1)) / np.sqrt(w * (w - F32(1)))
    return size if k > 0 else -size


@law
def reset_log_median(source: Real, p: Record) -> Real:
    """ln of the conductance in uS down to which a RESET of this amplitude dissolves the filament, in the median.

    Geometric between the highest SET level at the onset voltage and the reset state at the full voltage, so that equal
    steps of amplitude lower the conductance by equal factors; outside, as at the nearer end.
    """
    return p.reset_log_top + (clip(source, p.onset, p.full) - p.onset) * p.reset_log_slope


@law
def reset_log_spread(source: Real, p: Record) -> Real:
    """Standard deviation of ln(conductance) after a RESET: linear in the amplitude between onset and full voltage.

    The reset state has a spread of its own where a technology has a row for it: that of one pulse at the full voltage.
    """
    if p.reset_state_spread > 0 and source >= p.full:
        return p.reset_state_spread
    return p.reset_spread_onset + (clip(source, p.onset, p.full) - p.onset) * p.reset_spread_slope


@law
def lowest_reset(cycles: Bits, p: Record) -> Real:
    """Lowest conductance that a RESET can reach, uS: it rises as the cell wears (window closure; assumed form).

    From ``endurance_closure_start`` on it climbs, in log cycles, to the lowest SET level at ``endurance_cycles``.
    """
    if F32(cycles) <= p.closure_start:
        return p.least
    worn = clip(log(F32(cycles) / p.closure_start) * p.closure_slope, F32(0), F32(1))
    return p.least + (p.set_low - p.least) * worn


@law
def form_pulse(cell: Record, n1: Real, n2: Real, n3: Real, p: Record) -> None:
    """Form a cell: the first filament, at the compliance of the forming gate voltage; once a life.

    ``n1``, ``n2`` and ``n3`` are standard normal, as of `set_pulse`.
    """
    if cell.health == UNFORMED:
        cell.health = OK
        _switched_on(cell, p.form_median, n1, n2, n3, p)


@law
def set_pulse(cell: Record, gate: Real, n1: Real, n2: Real, n3: Real, p: Record) -> None:
    """Apply one SET; it never lowers a conductance, unless the technology has rows for that.

    With ``set_lowering`` a SET that repeats another falls, where the pulse's own draw is downward, by that share of it
    at most: 20 to 34 % of repeated SETs below 100 uS lower a SkyWater cell by more than 3 % (RADAR raw data,
    10.1109/TED.2021.3097975).

    The first SET after a RESET draws a new filament; one that repeats a SET at the same gate voltage hardly moves the
    cell, since its draw for this cycle stands; a higher gate voltage raises it further.

    Args:
        cell: the cell.
        gate: V.
        n1: standard normal, this cycle's share of the SET spread; looked at only where a cycle begins.
        n2: standard normal, this cycle's share of the RESET spread; looked at only where a cycle begins.
        n3: standard normal, this pulse's share of the SET spread.
        p: the technology.
    """
    if cell.health == OK:
        _switched_on(cell, set_median(gate, p), n1, n2, n3, p)


@law
def reset_pulse(cell: Record, source: Real, n1: Real, hold: Real, fault: Real, p: Record) -> None:
    """Apply one RESET: gradual in the amplitude, no effect below the onset.

    It never raises a conductance, unless the technology has rows for that (`_raised`). Where it has rows for an abrupt
    onset, a filament that no RESET has opened in this cycle stays whole until a pulse would lower ln(conductance) by
    ``reset_break`` times an exponential number at least; where it has rows for failures, a share of the filaments
    withstands every RESET of the cycle.

    Args:
        cell: the cell.
        source: V.
        n1: standard normal, this pulse's share of the RESET spread.
        hold: exponential of mean 1, how well the filament of this cycle holds.
        fault: uniform in (0, 1), whether the filament of this cycle withstands.
        p: the technology.
    """
    if cell.health != OK or source <= p.onset or fault < p.reset_failure:
        return
    draw = p.reset_of_device * cell.reset_device_offset + p.reset_of_cycle * cell.reset_cycle_draw
    draw += p.reset_of_pulse * n1
    reached = exp(reset_log_median(source, p) + reset_log_spread(source, p) * draw)
    reached = max(reached, lowest_reset(cell.cycles, p))
    if reached >= cell.conductance:
        reached = _raised(cell, reached, source, n1, p)
    elif p.reset_break > 0 and not cell.reset_since_set and reached > cell.conductance * exp(-p.reset_break * hold):
        return
    if reached != cell.conductance:
        cell.conductance, cell.relaxation_time = reached, F32(0)
        cell.reached_by_reset, cell.reset_since_set = True, True


@law
def _raised(cell: Record, reached: Real, source: Real, n1: Real, p: Record) -> Real:
    """Conductance after a RESET that would end above the cell, uS.

    A filament that is open already is rearranged by each pulse: where the pulse's own draw is upward, it lifts
    ln(conductance) by ``reset_raise`` times that draw at most.
    """
    if p.reset_raise <= 0 or not cell.reset_since_set or n1 <= 0:
        return cell.conductance
    lift = p.reset_raise * reset_log_spread(source, p) * p.reset_of_pulse * n1
    return min(reached, cell.conductance * exp(lift))


@law
def worn(cell: Record, cycles: Bits, p: Record) -> None:
    """Let a cell go through more SET/RESET cycles at once; the last one leaves it as it is.

    A cell whose life ends on the way stays in the low resistance state: cycles given pulse by pulse lead to the same.
    """
    if cell.health == OK:
        cell.cycles += I32(cycles)
        _failed_if_worn_out(cell, p)


@law
def _switched_on(cell: Record, median: Real, n1: Real, n2: Real, n3: Real, p: Record) -> None:
    """A SET of a sound cell towards a median in uS."""
    begins_cycle = cell.reset_since_set
    if begins_cycle:
        cell.set_cycle_draw, cell.reset_cycle_draw = n1, n2
        cell.cycles += I32(1)
        cell.reset_since_set = False
    draw = set_draw(cell, median, n3, p)
    if p.set_skewed > 0:
        draw = set_skewed(draw, median, p)
    reached = clip(median + set_spread(median, p) * draw, p.least, p.most)
    if not begins_cycle and p.set_lowering > 0 and reached < cell.conductance and n3 < 0:
        fall = p.set_lowering * set_spread(median, p) * p.set_of_pulse * n3
        cell.conductance = max(reached, cell.conductance + fall)
        cell.relaxation_time, cell.reached_by_reset = F32(0), False
    elif reached > cell.conductance:
        cell.conductance, cell.relaxation_time, cell.reached_by_reset = reached, F32(0), False
    if begins_cycle:
        _failed_if_worn_out(cell, p)


@law
def _failed_if_worn_out(cell: Record, p: Record) -> None:
    """A worn cell no longer resets (the usual end of an HfO2 cell): it stays in the low resistance state."""
    if F32(cell.cycles) >= cell.cycles_to_failure:
        cell.conductance, cell.health = max(cell.conductance, p.set_high), STUCK_HIGH
