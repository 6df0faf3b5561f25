"""FORM, SET and RESET: what one pulse does to a cell whose random numbers are known.

The forms follow the text of Bonnet et al., Nat. Commun. 14 (2023) 7530 and are otherwise our choice; sizes come from
the parameter set, row by row. Laws take one cell (a record of `ohmshot.cell.state.CELL`) and change it; ``p`` are the
numbers of the technology (`ohmshot.cell.technology.technology`); conductances are in uS, voltages in V.
"""

from ohmshot.cell.state import OK, STUCK_HIGH, UNFORMED
from ohmshot.foundation.compiled import F32, I32, Bits, Real, Record, law
from ohmshot.foundation.philox import clip, exp, log


@law
def set_median(gate: Real, p: Record) -> Real:
    """Median conductance after a SET, uS: linear in the gate voltage, which fixes the compliance current."""
    return p.set_low + (gate - p.gate_low) * p.set_slope


@law
def set_spread(median: Real, p: Record) -> Real:
    """Standard deviation of one SET, uS: it falls as the conductance rises (Bonnet et al. 2023, Fig. 3)."""
    spread = p.set_spread_low + (median - p.set_low) * p.set_spread_slope
    return clip(spread, p.set_spread_least, p.set_spread_most)


@law
def reset_log_median(source: Real, p: Record) -> Real:
    """ln of the conductance in uS down to which a RESET of this amplitude dissolves the filament, in the median.

    Geometric between the highest SET level at the onset voltage and the reset state at the full voltage, so that equal
    steps of amplitude lower the conductance by equal factors; outside, as at the nearer end.
    """
    return p.reset_log_top + (clip(source, p.onset, p.full) - p.onset) * p.reset_log_slope


@law
def reset_log_spread(source: Real, p: Record) -> Real:
    """Standard deviation of ln(conductance) after a RESET: linear in the amplitude between onset and full voltage."""
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
    """Apply one SET; it never lowers a conductance.

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
def reset_pulse(cell: Record, source: Real, n1: Real, p: Record) -> None:
    """Apply one RESET; it never raises a conductance. Gradual in the amplitude, no effect below the onset.

    Args:
        cell: the cell.
        source: V.
        n1: standard normal, this pulse's share of the RESET spread.
        p: the technology.
    """
    if cell.health != OK or source <= p.onset:
        return
    draw = p.reset_of_device * cell.reset_device_offset + p.reset_of_cycle * cell.reset_cycle_draw
    draw += p.reset_of_pulse * n1
    reached = exp(reset_log_median(source, p) + reset_log_spread(source, p) * draw)
    reached = max(reached, lowest_reset(cell.cycles, p))
    if reached < cell.conductance:
        cell.conductance, cell.relaxation_time = reached, F32(0)
        cell.reached_by_reset, cell.reset_since_set = True, True


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
    draw = p.set_of_device * cell.set_device_offset + p.set_of_cycle * cell.set_cycle_draw + p.set_of_pulse * n3
    reached = clip(median + set_spread(median, p) * draw, p.least, p.most)
    if reached > cell.conductance:
        cell.conductance, cell.relaxation_time, cell.reached_by_reset = reached, F32(0), False
    if begins_cycle:
        _failed_if_worn_out(cell, p)


@law
def _failed_if_worn_out(cell: Record, p: Record) -> None:
    """A worn cell no longer resets (the usual end of an HfO2 cell): it stays in the low resistance state."""
    if F32(cell.cycles) >= cell.cycles_to_failure:
        cell.conductance, cell.health = max(cell.conductance, p.set_high), STUCK_HIGH
