"""Programming errors, tries, wear and energy against published figures."""

import dataclasses
import math
from collections.abc import Iterator

import torch

from ohmshot.cell import energy
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import technology
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.compiled import F32
from ohmshot.host.measure.written_levels import write_levels
from ohmshot.host.strategies import hybrid, iterative_set
from ohmshot.host.strategies.strategy import with_settings
from ohmshot.studies.validation.cells import CELLS, EVERY_CELL, at_level, formed_chip, healthy, mean_and_sigma, now
from ohmshot.studies.validation.comparison import Bound, Comparison
from ohmshot.studies.validation.published import (
    BONNET,
    DALGATY,
    ESMANHOTTO,
    ESMANHOTTO_LEVELS,
    ESMANHOTTO_SPREADS,
    FALCONE,
    LETI_28_NM,
    MILO,
    MILO_COEFFICIENTS,
    RADAR,
)

SIXTY_SECONDS = 60.0


def milo(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Error of a whole verified programming, for which one SET of this set stands."""
    for conductance in (50.0, 100.0, 150.0, 225.0):
        published = MILO_COEFFICIENTS[0] + MILO_COEFFICIENTS[1] * conductance
        ours = mean_and_sigma(now(at_level(healthy(parameters), conductance, seed)))[1]
        yield Comparison(f"programming error at {conductance:g} uS", "fitted", MILO, published, ours, "uS", 0.05)


def falcone(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Programming noise at 2 % acceptance with the first second of relaxation."""
    for conductance in (20.0, 50.0, 90.0):
        published = math.hypot(0.01129 * conductance + 0.0112, 0.412)
        ours = mean_and_sigma(now(at_level(healthy(parameters), conductance, seed)))[1]
        subject = f"sigma 1 s after programming at {conductance:g} uS"
        yield Comparison(subject, "fitted", FALCONE, published, ours, "uS")


def tries(
    parameters: CellParameters,
    seed: int,
    sigmas: tuple[float, ...] = (6.0, 10.0),
    windows: tuple[float, ...] = (1.0, 2.5, 5.0),
) -> Iterator[Comparison]:
    """Mean tries of iterative SET against the window: rejection sampling from a normal law needs 1 / P(inside).

    That holds for cells that are all alike; where part of the spread belongs to the device it is a lower bound,
    since a cell whose own median lies outside the window tries for long.
    """
    target = sum(parameters.set_conductances) / 2
    bounds: tuple[tuple[float, Bound], ...] = ((0.0, "equal"), (parameters.set_device_share, "at least"))
    for sigma in sigmas:
        for window in windows:
            expected = 1 / math.erf(window / sigma / math.sqrt(2))
            for share, bound in bounds:
                cells = dataclasses.replace(
                    healthy(parameters), set_spread=(sigma, sigma), set_device_share=share, read_noise=0.0
                )
                ours = _mean_tries(cells, target, window, seed)
                subject = f"mean tries, window {window:g} uS, sigma {sigma:g} uS, device share {share:g}"
                source = f"computed from Algorithm 1 of {BONNET}"
                yield Comparison(subject, "predicted", source, expected, ours, "1", bound=bound)


def _mean_tries(parameters: CellParameters, target: float, window: float, seed: int) -> float:
    chip = formed_chip(parameters, seed)
    strategy = with_settings(iterative_set.STRATEGY, {"tolerance": window, "most_attempts": 300})
    strategy(chip, EVERY_CELL, torch.full((CELLS,), target))
    return float(chip.meter().of("set").count[0]) / CELLS


def verified_levels(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Spread a minute after iterative SET at our own window, which nobody fitted to these figures."""
    crossbar = SimulatedCrossbar(healthy(parameters), Circuit(), seed, range(5))
    level = write_levels(crossbar, iterative_set.STRATEGY, torch.tensor(ESMANHOTTO_LEVELS))
    crossbar.wait(SIXTY_SECONDS)
    found = crossbar.true_conductances().flatten()
    for i, conductance in enumerate(ESMANHOTTO_LEVELS):
        mean, sigma = mean_and_sigma(found[level == i])
        subject = f"sigma / mean of level {conductance:g} uS, 60 s after iterative SET (+-2.5 uS)"
        published = ESMANHOTTO_SPREADS[SIXTY_SECONDS][i]
        remark = "their programming of these levels and its window are not known"
        ours = sigma / mean
        yield Comparison(subject, "predicted", ESMANHOTTO, published, ours, "1", 0.2, remark=remark)


def radar_pulses(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """SET pulses and reads a cell to reach four levels, against another make and another algorithm."""
    chip = formed_chip(healthy(parameters), seed)
    before = chip.meter()
    levels = torch.tensor((parameters.reset_conductance, *parameters.level_conductances))
    hybrid.STRATEGY(chip, EVERY_CELL, levels[EVERY_CELL % len(levels)])
    spent = chip.meter() - before
    # Mean of the figures of its four levels (2 bits a cell): 7.1, 11.4, 10.4, 0 and 7.1, 22.0, 21.8, 2.5.
    for operation, published in (("set", 7.2), ("read", 13.4)):
        ours = float(spent.of(operation).count[0]) / CELLS
        subject = f"{operation.upper()} operations a cell (theirs 2 bits with FPPV, ours nine states with hybrid)"
        yield Comparison(subject, "other technology", RADAR, published, ours, "1")


def endurance(parameters: CellParameters) -> Iterator[Comparison]:
    """Cells that have failed after so many cycles, by the Weibull law of the set."""

    def failed(cycles: float) -> float:
        return -math.expm1(-((cycles / parameters.endurance_cycles) ** parameters.endurance_shape))

    yield Comparison(
        "failing cells of 16,384 after 1e5 cycles (none seen)",
        "tuned",
        LETI_28_NM,
        1.0,
        16_384 * failed(1e5),
        "1",
        bound="at most",
    )
    yield Comparison(
        "share of failed cells at 1e7 cycles, where learning still worked (5 % taken as the most)",
        "tuned",
        DALGATY,
        0.05,
        failed(1e7),
        "1",
        bound="at most",
    )


def pulse_energies(parameters: CellParameters) -> Iterator[Comparison]:
    """Pulses against the product of published voltages and widths and assumed currents; lines are ours alone."""
    p = technology(parameters)
    low, high = parameters.set_gate_voltages
    bottom, top = parameters.set_conductances
    source = f"voltage and width of {BONNET}, currents assumed (1 uA a uS, RESET 1.5 times)"
    for conductance, set_pj, reset_pj in ((45.0, 81.0, 18.0), (80.0, 144.0, 31.0), (117.0, 211.0, 46.0)):
        gate = F32(low + (conductance - bottom) * (high - low) / (top - bottom))
        ours = 1e12 * float(energy.set_energy(gate, p))
        yield Comparison(f"energy of a SET to {conductance:g} uS", "fitted", source, set_pj, ours, "pJ", 0.1)
        lowered = 1e12 * float(energy.reset_energy(p.full, F32(conductance), p.rest, p))
        subject = f"energy of a full RESET from {conductance:g} uS (theirs at constant current)"
        yield Comparison(subject, "predicted", source, reset_pj, lowered, "pJ", 0.5)
