"""Checks of physical sanity, on cells that may be written: what any 1T1R cell must do, whatever its technology."""

import torch
from torch import Tensor

from ohmshot.chip.meter import OPERATIONS
from ohmshot.foundation.compiled import F32, I32
from ohmshot.programming.attempt import Verification
from ohmshot.programming.policies import plan_named
from ohmshot.programming.policy import Plan
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.conformance.check import Check, FailedError, SkippedError, Subject, require

_HOST_CODE = 42
_READS = 5
_TOLERANCE_IN_NOISES = 4.0


def most_noise(subject: Subject) -> float:
    """The largest read noise that is sane, uS."""
    if subject.limits.most_read_noise is not None:
        return subject.limits.most_read_noise
    levels = torch.tensor(subject.chip.datasheet.level_conductances)
    return 0.25 * float(levels.diff().min()) if len(levels) > 1 else 0.25 * float(levels[0])


def _form_is_once(subject: Subject) -> str:
    _at_gate(subject, 1)
    before = _read(subject.chip, subject.cells)
    subject.chip.form(subject.cells)
    return _unchanged(subject, before, _read(subject.chip, subject.cells), "by a second FORM")


def _set_raises(subject: Subject) -> str:
    subject.chip.form(subject.cells)
    _reset(subject)
    before = _read(subject.chip, subject.cells)
    _set(subject, subject.cells, 1)
    after = _read(subject.chip, subject.cells)
    expected = subject.chip.datasheet.set_conductances[1]
    share, median = _share(after > before), float(after.median())
    return require(
        share >= subject.limits.least_share and abs(median / expected - 1) < 0.25,
        f"{100 * share:.0f} % rose, to a median of {median:.1f} uS; the datasheet says {expected:.1f}",
    )


def _set_follows_gate(subject: Subject) -> str:
    medians = []
    for end in (0, 1):
        _at_gate(subject, end)
        medians.append(float(_read(subject.chip, subject.cells).median()))
    before = _read(subject.chip, subject.cells)
    _set(subject, subject.cells, 0)
    kept = _share(_read(subject.chip, subject.cells) > before - _TOLERANCE_IN_NOISES * most_noise(subject))
    low, high = subject.chip.datasheet.set_conductances
    return require(
        medians[1] - medians[0] > 0.5 * (high - low) and kept >= subject.limits.least_share,
        f"medians {medians[0]:.1f} and {medians[1]:.1f} uS; {100 * kept:.0f} % not lowered by a weak SET",
    )


def _reset_lowers(subject: Subject) -> str:
    onset, full = subject.chip.datasheet.reset_source_voltages
    _at_gate(subject, 1)
    before = _read(subject.chip, subject.cells)
    _pulse_reset(subject, 0.5 * (onset + full))
    middle = float(_read(subject.chip, subject.cells).median())
    _reset(subject)
    after = _read(subject.chip, subject.cells)
    share, lowest = _share(after < before), subject.chip.datasheet.level_conductances[0]
    low, high = float(after.median()), float(before.median())
    return require(
        share >= subject.limits.least_share and low < lowest and low - 1 <= middle <= high + 1,
        f"{100 * share:.0f} % fell; medians {high:.1f}, {middle:.1f}, {low:.1f} uS; lowest level {lowest:.1f}",
    )


def _read_noise(subject: Subject) -> str:
    _at_gate(subject, 1)
    reads = torch.stack([subject.chip.read(subject.cells) for _ in range(24)])
    noise, limit = float(reads.std(0).median()), most_noise(subject)
    moved = float((reads[12:].mean(0) - reads[:12].mean(0)).median().abs())
    return require(
        noise <= limit and moved <= 0.5 * limit + 1e-3,
        f"{noise:.2f} uS of at most {limit:.2f}; moved by {moved:.2f} uS in 24 reads",
    )


def _addressing(subject: Subject) -> str:
    _reset(subject)
    chosen, spared = subject.cells[0::2], subject.cells[1::2]
    near = _neighbours(subject)
    subject.chip.form(near)
    subject.chip.reset(near, torch.full((len(near),), subject.chip.datasheet.reset_source_voltages[1]))
    before = _read(subject.chip, torch.cat([spared, near]).sort().values)
    _set(subject, chosen, 1)
    after = _read(subject.chip, torch.cat([spared, near]).sort().values)
    reached = _share(_read(subject.chip, chosen) > subject.chip.datasheet.level_conductances[0])
    require(reached >= subject.limits.least_share, f"{100 * reached:.0f} % of the addressed cells were reached")
    return _unchanged(subject, before, after, "next to a SET")


def _multiply(subject: Subject) -> str:
    chip = subject.chip
    rows, columns = _grid(subject)
    _reset(subject)
    pattern = torch.arange(len(subject.cells)) * 7 % 5 < 2
    _set(subject, subject.cells[pattern], 1)
    conductance = _read(chip, subject.cells).view(len(rows), len(columns))
    sheet = chip.datasheet
    driven = torch.zeros(chip.chips, len(rows) + 2, sheet.rows)
    driven[0, range(len(rows)), rows] = sheet.read_voltage
    driven[0, len(rows), rows[0]] = -sheet.read_voltage
    driven[0, len(rows) + 1, rows[:2]] = sheet.read_voltage
    currents = chip.multiply(driven, slice(0, sheet.columns))[0][:, columns]
    single, negative, both = currents[: len(rows)], currents[len(rows)], currents[len(rows) + 1]
    expected = sheet.read_voltage * conductance
    likeness = float(torch.corrcoef(torch.stack([single.flatten(), expected.flatten()]))[0, 1])
    slope = float((single * expected).sum() / expected.square().sum())
    full = float(single.abs().max())
    mirrored = float((negative + single[0]).abs().max()) / full
    added = float((both - single[0] - single[1]).abs().max()) / full
    return require(
        likeness > 0.95 and 0.7 < slope < 1.2 and mirrored < 0.15 and added < 0.2,
        f"correlation with V G {likeness:.3f}, slope {slope:.2f}, other sign off by {100 * mirrored:.0f} %, "
        f"sum of two rows by {100 * added:.0f} %",
    )


def _plan(subject: Subject) -> str:
    chip, sheet = subject.chip, subject.chip.datasheet
    if not chip.capabilities.policies:
        raise SkippedError("the chip takes no plans")
    subject.chip.form(subject.cells)
    _reset(subject)
    targets = torch.tensor(sheet.level_conductances[::2]).repeat(len(subject.cells))[: len(subject.cells)]
    noise = most_noise(subject)
    verification = Verification(F32(2 * noise), F32(noise), I32(3), I32(20), I32(100), F32(0))
    before = chip.meter()
    missed = chip.execute(Plan(plan_named(chip.capabilities.policies[0]).policy, verification, subject.cells, targets))
    spent = chip.meter() - before
    met = ~torch.isin(subject.cells, missed)
    off = (_read(chip, subject.cells) - targets).abs()[met]
    within = _share(off <= 2 * noise + _TOLERANCE_IN_NOISES * noise)
    sane = bool(torch.isin(missed, subject.cells).all()) and int(spent.of("read").count.sum()) >= len(subject.cells)
    return require(
        sane and _share(met) >= subject.limits.least_share and within >= subject.limits.least_share,
        f"{100 * _share(met):.0f} % said to have met their levels, {100 * within:.0f} % of these found there, "
        f"{int(spent.pulses.sum())} pulses and {int(spent.of('read').count.sum())} reads counted",
    )


def _meter(subject: Subject) -> str:
    chip, cells = subject.chip, subject.cells
    before = chip.meter()
    chip.form(cells)
    _reset(subject)
    _set(subject, cells, 1)
    chip.read(cells)
    chip.multiply(torch.zeros(chip.chips, 3, chip.datasheet.rows), slice(0, 1))
    spent = chip.meter() - before
    counts = {name: int(spent.of(name).count.sum()) for name in OPERATIONS}
    expected = {"form": len(cells), "set": len(cells), "reset": len(cells), "read": len(cells)}
    expected["multiply"] = 3 * chip.chips
    least_joules, least_seconds = float(spent.energy_joules.sum(1).min()), float(spent.busy_seconds.sum(1).min())
    of_reset = float(spent.of("reset").joules.sum())
    return require(
        counts == expected and least_joules >= 0 and of_reset > 0 and least_seconds > 0,
        f"counts {counts}, expected {expected}; least energy {least_joules:.1e} J",
    )


def _wear(subject: Subject) -> str:
    chip, cells = subject.chip, subject.cells
    _at_gate(subject, 1)
    before = chip.wear().view(-1)
    _reset(subject)
    _set(subject, cells, 1)
    gained = chip.wear().view(-1) - before
    share = _share(gained[cells] == 1)
    elsewhere = int(gained.sum() - gained[cells].sum())
    return require(
        share >= subject.limits.least_share and elsewhere == 0,
        f"{100 * share:.0f} % gained one cycle; {elsewhere} cycles elsewhere",
    )


def _short_wait(subject: Subject) -> str:
    _at_gate(subject, 1)
    before = float(_read(subject.chip, subject.cells).median())
    subject.chip.wait(60.0)
    after = float(_read(subject.chip, subject.cells).median())
    return require(0.8 * before < after < 1.2 * before, f"median {before:.1f} uS, a minute later {after:.1f}")


def _power_cycle(subject: Subject) -> str:
    chip, cells = subject.chip, subject.cells
    _reset(subject)
    _set(subject, cells[0::2], 1)
    kept = chip.health().view(-1)[cells]
    chip.keep_health(cells, torch.full((len(cells),), _HOST_CODE, dtype=torch.int8))
    before, worn = _read(chip, cells), chip.wear()
    if not subject.power_cycle():
        chip.keep_health(cells, kept)
        raise SkippedError("nobody can take the power off; give --power-cycle COMMAND")
    after = _read(chip, cells)
    codes = chip.health().view(-1)[cells]
    chip.keep_health(cells, kept)
    require(bool((codes == _HOST_CODE).all()), "the health map was lost")
    require(bool(torch.equal(chip.wear(), worn)), "the wear counters were lost")
    return _unchanged(subject, before, after, "by a power cycle")


def _read(chip: RemoteCrossbar, cells: Tensor) -> Tensor:
    return torch.stack([chip.read(cells) for _ in range(_READS)]).mean(0)


def _pulse_reset(subject: Subject, volts: float) -> None:
    subject.chip.reset(subject.cells, torch.full((len(subject.cells),), volts))


def _reset(subject: Subject) -> None:
    _pulse_reset(subject, subject.chip.datasheet.reset_source_voltages[1])


def _set(subject: Subject, cells: Tensor, end: int) -> None:
    subject.chip.set(cells, torch.full((len(cells),), subject.chip.datasheet.set_gate_voltages[end]))


def _at_gate(subject: Subject, end: int) -> None:
    """Put the cells into the state that a fresh SET at one end of the gate range leaves."""
    subject.chip.form(subject.cells)
    _reset(subject)
    _set(subject, subject.cells, end)


def _share(obeyed: Tensor) -> float:
    return float(obeyed.double().mean())


def _unchanged(subject: Subject, before: Tensor, after: Tensor, by: str) -> str:
    tolerance = _TOLERANCE_IN_NOISES * most_noise(subject)
    share = _share((after - before).abs() <= tolerance)
    if share < subject.limits.least_share:
        raise FailedError(f"{100 * (1 - share):.0f} % of the cells changed by more than {tolerance:.1f} uS {by}")
    return f"{100 * share:.0f} % within {tolerance:.1f} uS {by}"


def _grid(subject: Subject) -> tuple[list[int], list[int]]:
    columns = subject.chip.datasheet.columns
    rows = torch.unique(subject.cells // columns).tolist()
    return rows, torch.unique(subject.cells % columns).tolist()


def _neighbours(subject: Subject) -> Tensor:
    """Addresses of the cells to the right of those under test, int64 [n]."""
    columns = subject.chip.datasheet.columns
    right = subject.cells[subject.cells % columns < columns - 1] + 1
    return right[~torch.isin(right, subject.cells)]


PHYSICS_CHECKS = (
    Check("set-raises", "physics", "SET raises reset cells to what the datasheet says", _set_raises),
    Check("set-follows-gate", "physics", "a higher gate voltage ends higher; SET does not lower", _set_follows_gate),
    Check("reset-lowers", "physics", "RESET lowers, a stronger one more", _reset_lowers),
    Check("form-is-once", "physics", "a formed cell stays as it is", _form_is_once),
    Check("read-noise", "physics", "reads repeat within bounds and do not move the cell", _read_noise),
    Check("addressing", "physics", "pulses reach the addressed cells and no neighbour", _addressing),
    Check("multiply", "physics", "the multiply obeys Ohm's and Kirchhoff's laws", _multiply),
    Check("plan", "physics", "a plan run by the chip leads to the levels, and it says which were missed", _plan),
    Check("meter", "physics", "operations are counted, cost energy and take time", _meter),
    Check("wear", "physics", "a RESET and a SET are one cycle", _wear),
    Check("short-wait", "physics", "a minute at room temperature leaves a high level", _short_wait),
    Check("power-cycle", "physics", "conductances, wear and health map outlive the power", _power_cycle),
)
