"""What policies decide for cells whose history is known, in volts worked out by hand.

The datasheet: gate voltages 1.4 to 2.2 V set 45 to 117 uS, 1/90 V a microsiemens; source voltages 1.0 to 2.6 V reset
from 117 to 5 uS, by equal factors for equal steps.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.compiled import F32, I32
from ohmshot.host.strategies.write_verify import WriteVerify, is_reset_target
from ohmshot.programming import attempt
from ohmshot.programming.attempt import History, begins_cycle
from ohmshot.programming.policies.closed_loop import ClosedLoop
from ohmshot.programming.policies.hybrid import Hybrid
from ohmshot.programming.policies.reset_ramp import ResetRamp
from ohmshot.programming.policies.reset_then_set import ResetThenSet
from ohmshot.programming.policy import Policy, settings_record

SHEET = Datasheet(
    rows=1,
    columns=8,
    reset_conductance=5.0,
    level_conductances=(45.0, 117.0),
    set_gate_voltages=(1.4, 2.2),
    set_conductances=(45.0, 117.0),
    reset_source_voltages=(1.0, 2.6),
    read_voltage=0.2,
)


def source_for(microsiemens: float) -> float:
    """Source voltage whose RESET ends there in the median."""
    return 1.0 + 1.6 * math.log(117 / microsiemens) / math.log(117 / 5)


def one(target: float, measured: float, **known: float) -> History:
    """The history of one cell."""
    values = dict.fromkeys(History._fields, 0.0) | {"target": target, "measured": measured} | known
    return History(**{name: (I32 if name in ("resets", "cycles") else F32)(value) for name, value in values.items()})


def volts(policy: Policy, history: History, sheet: Datasheet = SHEET) -> tuple[float, float]:
    """Source and gate voltage that a policy decides for."""
    source, gate = type(policy).decide(history, sheet.numbers, settings_record(policy).view(np.recarray)[0])
    return float(source), float(gate)


def approximately(source: float, gate: float) -> object:
    return pytest.approx((source, gate), abs=1e-5)


def test_a_new_cell_is_reset_fully_and_set_to_its_target() -> None:
    assert volts(ResetThenSet(), one(81.0, 5.0)) == approximately(2.6, 1.8)


@pytest.mark.parametrize(
    ("target", "measured", "known", "source", "gate"),
    [
        # A cell above its target: the first ramp begins 0.25 V below the typical amplitude, corrected by what is known.
        (20.0, 60.0, {}, source_for(20) - 0.25, 0.0),
        (20.0, 60.0, {"source_shift": 0.1}, source_for(20) + 0.1 - 0.25, 0.0),
        # Each ramp after the first has half the lead and half the step; after three halvings no finer.
        (20.0, 60.0, {"cycles": 2.0}, source_for(20) - 0.0625, 0.0),
        (20.0, 60.0, {"cycles": 9.0}, source_for(20) - 0.03125, 0.0),
        (20.0, 60.0, {"source": 1.5}, 1.54, 0.0),
        (20.0, 60.0, {"source": 1.5, "cycles": 1.0}, 1.52, 0.0),
        # Never below the onset, where nothing happens, nor above the full amplitude.
        (110.0, 115.0, {}, 1.0, 0.0),
        (5.5, 6.0, {"source": 2.59}, 2.6, 0.0),
        # Below its target, or at the end of the ramp: a SET 40 uS above it, inside the range of levels.
        (50.0, 45.0, {}, 0.0, 1.4 + 45 / 90),
        (50.0, 60.0, {"source": 2.6}, 0.0, 1.4 + 45 / 90),
        (3.0, 1.0, {}, 0.0, 1.4),
        (100.0, 90.0, {}, 0.0, 2.2),
        (50.0, 50.0, {}, source_for(50) - 0.25, 0.0),
    ],
)
def test_a_ramp_goes_down_step_by_step_and_begins_anew_from_above(
    target: float, measured: float, known: dict[str, float], source: float, gate: float
) -> None:
    assert volts(ResetRamp(), one(target, measured, **known)) == approximately(source, gate)


@pytest.mark.parametrize(
    ("measured", "known", "source", "gate"),
    [
        # Target 90 uS. A cycle begins with a full RESET and a SET 6 uS below the target: 84 uS.
        (5.0, {}, 2.6, 1.4 + 39 / 90),
        (5.0, {"gate_shift": 0.05}, 2.6, 1.4 + 39 / 90 + 0.05),
        # Below its target after a SET: 80 % of what is left, 10 uS, in volts on top of the last gate voltage.
        (80.0, {"gate": 1.9}, 0.0, 1.9 + 0.8 * 10 / 90),
        # Above its target: RESET, and all over again.
        (95.0, {"gate": 1.9}, 2.6, 1.4 + 39 / 90),
        (90.0, {"gate": 1.9}, 2.6, 1.4 + 39 / 90),
        # Gate voltages stay between the lowest of the datasheet and 0.2 V above the highest.
        (5.0, {"gate_shift": -1.0}, 2.6, 1.4),
        (10.0, {"gate": 2.3}, 0.0, 2.4),
    ],
)
def test_the_closed_loop_approaches_high_levels_from_below(
    measured: float, known: dict[str, float], source: float, gate: float
) -> None:
    assert volts(ClosedLoop(), one(90.0, measured, **known)) == approximately(source, gate)


@pytest.mark.parametrize(
    ("target", "measured", "known", "source", "gate"),
    [
        # The first RESET of a cycle aims at e^0.1 times the target.
        (50.0, 80.0, {}, source_for(50 * math.exp(0.1)), 0.0),
        (50.0, 80.0, {"source_shift": -0.1}, source_for(50 * math.exp(0.1)) - 0.1, 0.0),
        # After it, 80 % of what is left in volts.
        (50.0, 60.0, {"source": 1.3}, 1.3 + 0.8 * (source_for(50) - source_for(60)), 0.0),
        (50.0, 110.0, {"source": 2.5}, 2.6, 0.0),
        # Below the target, or nothing left to try: a SET 16 uS above it.
        (50.0, 40.0, {"source": 1.3}, 0.0, 1.4 + 21 / 90),
        (50.0, 60.0, {"source": 2.6, "gate_shift": 0.05}, 0.0, 1.4 + 21 / 90 + 0.05),
    ],
)
def test_the_closed_loop_approaches_low_levels_from_above(
    target: float, measured: float, known: dict[str, float], source: float, gate: float
) -> None:
    assert volts(ClosedLoop(), one(target, measured, **known)) == approximately(source, gate)


def test_a_pulse_below_a_volt_is_a_pulse() -> None:
    gentle = replace(SHEET, reset_source_voltages=(0.2, 0.8), set_gate_voltages=(0.3, 0.9))
    assert volts(ResetRamp(), one(20.0, 60.0, source=0.5), gentle)[0] == pytest.approx(0.54)
    # A tenth of a volt is 12 uS: 80 % of 10 uS.
    assert volts(ClosedLoop(), one(90.0, 80.0, gate=0.6), gentle)[1] == pytest.approx(0.6 + 0.8 * 10 * 0.6 / 72)
    again = volts(ClosedLoop(), one(50.0, 60.0, source=0.5), gentle)
    step = 0.6 * math.log(60 / 50) / math.log(117 / 5)
    assert again == approximately(0.5 + 0.8 * step, 0.0)
    now = after(one(50.0, 72.0, gate=0.6, cycles=1.0), 0.5, 0.0, 60.0, sheet=gentle)
    assert (now["source"], now["gate"], now["resets"]) == (0.5, 0.0, 1.0)
    assert now["gate_shift"] == pytest.approx(0.5 * (0.6 - (0.3 + 27 * 0.6 / 72)))
    half, none = F32(0.5), F32(0)
    assert begins_cycle(one(50.0, 72.0), half, half)
    assert begins_cycle(one(50.0, 72.0, gate=0.6), half, half)
    assert not begins_cycle(one(50.0, 72.0, gate=0.6), none, half)


def test_the_start_of_a_low_level_is_no_higher_than_the_highest_set() -> None:
    loop = ClosedLoop(crossover=200.0)
    assert volts(loop, one(110.0, 50.0)) == approximately(0.0, 2.2)


@pytest.mark.parametrize("policy", [Hybrid(ResetRamp(), ResetThenSet()), ClosedLoop()])
def test_from_66_microsiemens_on_a_level_is_high(policy: Hybrid | ClosedLoop) -> None:
    low, high = (volts(policy, one(target, 100.0)) for target in (65.9, 66.0))
    assert low[1] == 0.0  # RESET alone
    assert high[0] == pytest.approx(2.6)  # full RESET and SET
    assert high[1] > 1.4


def test_a_reset_target_is_one_at_the_reset_state() -> None:
    targets = torch.tensor([4.0, 5.0, 5.1, 45.0], dtype=torch.float64)
    assert is_reset_target(SHEET, targets).tolist() == [True, True, False, False]


def after(
    history: History, source: float, gate: float, measured: float, learning: float = 0.5, sheet: Datasheet = SHEET
) -> dict[str, float]:
    """What is known after an attempt."""
    v = WriteVerify(ResetRamp(learning=learning)).verification
    now = attempt.after(history, F32(source), F32(gate), F32(measured), sheet.numbers, v)
    return {name: float(value) for name, value in now._asdict().items() if name != "target"}


def known(**values: float) -> object:
    nothing = dict.fromkeys(("gate", "source", "resets", "cycles", "gate_shift", "source_shift"), 0.0)
    return pytest.approx(nothing | values, abs=1e-6)


def test_an_attempt_is_remembered_until_a_pulse_goes_the_other_way() -> None:
    begun = one(50.0, 100.0)
    assert after(begun, 1.5, 0.0, 70.0) == known(measured=70.0, source=1.5, resets=1.0)
    assert after(begun, 0.0, 1.8, 80.0) == known(measured=80.0, gate=1.8, cycles=1.0)
    assert after(begun, 2.6, 1.8, 80.0) == known(measured=80.0, gate=1.8, cycles=1.0)
    assert after(begun, 0.0, 0.0, 99.0) == known(measured=99.0)


def test_a_set_that_goes_on_from_the_last_begins_no_cycle_and_a_reset_counts() -> None:
    set_before = one(50.0, 40.0, gate=1.5, cycles=1.0)
    assert after(set_before, 0.0, 1.6, 55.0) == known(measured=55.0, gate=1.6, cycles=1.0)
    reset_before = one(50.0, 60.0, source=1.5, resets=2.0, cycles=1.0)
    assert after(reset_before, 1.6, 0.0, 55.0) == known(measured=55.0, source=1.6, resets=3.0, cycles=1.0)
    assert after(reset_before, 0.0, 0.0, 60.0) == known(measured=60.0, source=1.5, resets=2.0, cycles=1.0)


def test_half_of_a_cycles_outcome_is_learned_when_the_next_one_begins() -> None:
    # The SET at 1.8 V ended at 72 uS, where 1.7 V would do typically: 0.1 V more than that. Half is learned.
    ended = one(50.0, 72.0, gate=1.8, gate_shift=0.02, cycles=1.0)
    assert after(ended, 2.6, 1.8, 81.0) == known(measured=81.0, gate=1.8, cycles=2.0, gate_shift=0.06)
    # The RESET at 1.5 V ended at 60 uS.
    ended = one(50.0, 60.0, source=1.5, resets=1.0, cycles=1.0)
    shift = 0.5 * (1.5 - source_for(60))
    assert after(ended, 0.0, 1.8, 81.0) == known(measured=81.0, gate=1.8, cycles=2.0, source_shift=shift)
    # A policy that learns nothing keeps nothing, and one that believes the last outcome alone takes it whole.
    assert after(ended, 0.0, 1.8, 81.0, learning=0.0) == known(measured=81.0, gate=1.8, cycles=2.0)
    assert after(ended, 0.0, 1.8, 81.0, learning=1.0) == known(
        measured=81.0, gate=1.8, cycles=2.0, source_shift=2 * shift
    )
