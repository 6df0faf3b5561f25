"""What happens to one cell of a simulated chip: the laws, the random numbers that they take, the energy they cost.

These functions are the same on every machine: the processor's kernels (`ohmshot.chip.kernels`) loop over cells, a GPU's
(`ohmshot.chip.gpu.kernels`) give each cell a thread. ``key`` is that of the chip's life, ``place`` the number of the
cell in its chip; energies are whole `ENERGY_UNIT_J`, so that sums do not depend on the order of the pulses.
"""

import numpy as np

from ohmshot.cell.ageing import Ageing
from ohmshot.cell.disturb import moved, reset_disturbed, set_disturbed
from ohmshot.cell.energy import form_energy, read_energy, reset_energy, set_energy
from ohmshot.cell.noise import fabricated_trap, looked_at, read_spread, telegraph_drop
from ohmshot.cell.state import OK
from ohmshot.cell.switching import form_pulse, reset_pulse, set_pulse
from ohmshot.cell.temperature import conductance_factor
from ohmshot.chip import draws
from ohmshot.foundation.compiled import F32, I64, U32, Bits, Real, Record, law
from ohmshot.foundation.philox import inverse_normal, philox, uniform

ENERGY_UNIT_J = 1e-19
"""J; the weakest read takes over a million of them, and an int64 holds 0.9 J."""
_PER_JOULE = F32(1 / ENERGY_UNIT_J)

Array = np.ndarray


@law
def units(joules: Real) -> Bits:
    """Energy in whole `ENERGY_UNIT_J`."""
    return I64(joules * _PER_JOULE + F32(0.5))


@law
def conductance_now(cell: Record, p: Record) -> Real:
    """Conductance that a read or a multiply meets, uS: at the temperature of operation, without traps."""
    return cell.conductance if p.warmer == 0 else cell.conductance * conductance_factor(cell.conductance, p)


@law
def given_form(cell: Record, key: Bits, place: Bits, block: draws.RandomBlock, p: Record) -> Bits:
    """Form a cell; returns the energy in units."""
    n1, n2, n3, _ = draws.of_set(cell, key, place, block)
    form_pulse(cell, n1, n2, n3, p)
    return units(form_energy(p))


@law
def given_set(
    cell: Record, gate: Real, key: Bits, place: Bits, block: draws.RandomBlock, p: Record
) -> tuple[Bits, draws.RandomBlock]:
    """Apply one SET; returns its energy in units, and the block of random numbers."""
    n1, n2, n3, block = draws.of_set(cell, key, place, block)
    set_pulse(cell, gate, n1, n2, n3, p)
    return units(set_energy(gate, p)), block


@law
def given_reset(
    cell: Record, source: Real, key: Bits, place: Bits, block: draws.RandomBlock, p: Record
) -> tuple[Bits, draws.RandomBlock]:
    """Apply one RESET; returns its energy in units, and the block of random numbers."""
    before = cell.conductance
    n1, block = draws.next_normal(cell, key, place, block)
    hold, fault = F32(0), F32(1)
    if p.reset_break > 0 or p.reset_failure > 0:
        hold, fault = draws.of_cycle(key, place, cell.cycles)
    reset_pulse(cell, source, n1, hold, fault, p)
    return units(reset_energy(source, before, cell.conductance, p)), block


@law
def given_read(
    cell: Record, conductance: Real, key: Bits, place: Bits, block: draws.RandomBlock, p: Record
) -> tuple[Real, Bits, draws.RandomBlock]:
    """Read a cell that has this conductance; returns the result in uS, its energy in units, and the block."""
    n1, block = draws.next_normal(cell, key, place, block)
    measured = conductance + read_spread(conductance, cell.relaxation_time, p) * n1
    return measured, units(read_energy(conductance, p)), block


@law
def trap_now(trap: Record, clock: Real, key: Bits, place: Bits) -> None:
    """Let a trap come to now, s, by the next number of its own stream."""
    bits, _, _, _ = philox(key, U32(place), trap.events, draws.TELEGRAPH, U32(0))
    looked_at(trap, clock, uniform(bits))


@law
def conductance_with_trap(cell: Record, traps: Array, clock: Real, key: Bits, chip: int, place: int, p: Record) -> Real:
    """Conductance that a read or a multiply meets, uS, with the cell's trap, if it has one, come to now."""
    conductance = conductance_now(cell, p)
    if traps.shape[1] and traps[chip, place].amplitude > 0:
        trap_now(traps[chip, place], clock, key, place)
        conductance -= telegraph_drop(conductance, traps[chip, place], p)
    return conductance


@law
def made_trap(trap: Record, device: Bits, key: Bits, place: Bits, p: Record) -> None:
    """Make the trap of a cell of a device with this key, living a life with that one."""
    a, b, c, d = philox(device, U32(place), U32(0), draws.TRAP_FABRICATION, U32(0))
    first, _, _, _ = philox(key, U32(place), U32(0), draws.TELEGRAPH, U32(0))
    n1, n2, n3 = inverse_normal(a), inverse_normal(b), inverse_normal(c)
    fabricated_trap(trap, n1, n2, n3, uniform(d), uniform(first), p)


@law
def read_variance(conductance: Real, cell: Record, p: Record) -> Real:
    """Variance of one read of a cell that has this conductance, in uS, through the lines; uS^2."""
    spread = read_spread(conductance, cell.relaxation_time, p)
    return spread * spread


@law
def disturbed(cell: Record, pulses: Real, by_set: Bits, p: Record) -> None:
    """Disturb a cell by so many SET or RESET pulses on others of its row and column."""
    now = cell.conductance
    moved(cell, set_disturbed(now, pulses, p) if by_set else reset_disturbed(now, pulses, p))


@law
def ageing_of(cell: Record) -> Ageing:
    """What ageing goes by of a cell."""
    return Ageing(
        cell.conductance,
        cell.programmed,
        F32(cell.reached_by_reset),
        cell.relaxation_time,
        cell.relaxation_variance,
        cell.relaxation_walk,
        cell.retention_time,
        cell.retention_walk,
    )


@law
def put_aged(cell: Record, after: Ageing) -> None:
    """Give a cell what a wait has made of it; one that is not sound keeps its conductance."""
    if cell.health == OK:
        cell.conductance = after.conductance
    cell.programmed, cell.relaxation_time = after.programmed, after.time
    cell.relaxation_variance, cell.relaxation_walk = after.variance, after.walk
    cell.retention_time, cell.retention_walk = after.baked, after.lost
    cell.events = U32(cell.events + U32(1))
