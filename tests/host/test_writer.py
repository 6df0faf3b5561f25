"""Whatever is asked for, and whoever asks: budgets hold by the chip's own count, and known stuck cells get no pulse."""

from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ohmshot.adapt.adaptation import adaptation
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.care.care import CARES, Care, every_cell_tested
from ohmshot.host.care.faults import find_stuck
from ohmshot.host.care.repair import rewrite_worst, write_reference_cells
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.limits import LimitError, Limits
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.host.writer import Writer

LETI = load_parameter_set("leti_hfo2_130nm").values
CELLS = 2048
BUNDLE = shipped_bundle("four-convolutions")
SUPPORT = torch.randn(1, 10, BUNDLE.header.network.features, generator=torch.Generator().manual_seed(3))
LABELS = torch.arange(5).repeat(2)


def chip(stuck: float = 0.05) -> SimulatedCrossbar:
    made = simulated_chips(LETI, Circuit(), 3, [0], [0], Injection(stuck=stuck))
    assert isinstance(made, SimulatedCrossbar)
    return made


def requests(learner: Learner, care: Care, cells: torch.Tensor) -> Iterator[Callable[[], object]]:
    """Everything that makes a host give pulses, one after another, each as far as its budget lets it come."""
    yield lambda: list(adaptation(learner, SUPPORT, LABELS, care))
    yield lambda: learner.writer.test(cells, forming=cells)
    yield lambda: write_reference_cells(learner)
    yield lambda: rewrite_worst(learner, 0.3)
    yield lambda: learner.restart()
    yield lambda: learner.rewrite(cells)


AMOUNTS = {
    "session_cells": st.integers(0, 8000),
    "session_pulses": st.integers(0, 60_000),
    "life_pulses": st.integers(0, 60_000),
    "session_cycles": st.integers(0, 60),
    "life_cycles": st.integers(0, 60),
    "session_joules": st.floats(0, 40e-6),
    "life_joules": st.floats(0, 40e-6),
}


@example("closed-loop", CARES["none"], {"session_cycles": 1}, 0)  # a test of fresh cells: FORM counts as a cycle
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    strategy=st.sampled_from(sorted(STRATEGIES)),
    care=st.sampled_from([*CARES.values(), every_cell_tested()]),
    amounts=st.fixed_dictionaries({}, optional=AMOUNTS),
    first=st.integers(0, CELLS - 1),
)
def test_no_limit_is_ever_exceeded_by_what_the_chip_counts(
    strategy: str, care: Care, amounts: dict[str, float], first: int
) -> None:
    crossbar, limits = chip(), Limits(**amounts)  # type: ignore[arg-type]
    learner = Learner(crossbar, BUNDLE, LearnerSettings(strategy=strategy_named(strategy), limits=limits))
    for request in requests(learner, care, torch.arange(first, min(CELLS, first + 300))):
        try:
            request()
        except LimitError:
            continue
        except Exception as error:  # what needs an initialisation that was refused
            assert "Write the initialisation" in str(error)  # noqa: PT017
        meter = crossbar.meter()
        assert learner.account is not None
        spent = {
            "cells": int(learner.account.cells),
            "pulses": int(meter.pulses),
            "cycles": int(crossbar.wear().max()),
            "joules": float(meter.joules),
        }
        for name, limit in amounts.items():
            assert spent[name.split("_")[1]] <= limit, name


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_cells_known_to_be_stuck_get_no_pulse_whoever_asks(strategy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    crossbar = chip()
    learner = Learner(crossbar, BUNDLE, LearnerSettings(strategy=strategy_named(strategy)))
    crossbar.form(torch.arange(CELLS))
    learner.avoid(find_stuck(crossbar))
    assert learner.faults is not None
    stuck = learner.faults.stuck.flatten()
    assert int(stuck.sum()) > 50
    pulsed = torch.zeros(CELLS, dtype=torch.bool)
    monkeypatch.setattr(
        SimulatedCrossbar, "takes", lambda chip, plan: False
    )  # so that the host gives every pulse itself
    for name in ("form", "set", "reset"):
        given_by = getattr(crossbar, name)

        def pulse(cells: torch.Tensor, *volts: torch.Tensor, give: Callable[..., None] = given_by) -> None:
            pulsed[cells] = True
            give(cells, *volts)

        monkeypatch.setattr(crossbar, name, pulse)
    learner.initialise()
    learner.begin_task(SUPPORT, LABELS)
    learner.update(0)
    write_reference_cells(learner)
    rewrite_worst(learner, 1.0)
    assert not pulsed[stuck].any()
    assert float(pulsed[~stuck].double().mean()) > 0.9


def test_a_test_of_cells_counts_by_what_it_takes() -> None:
    """Three RESETs, one SET and a FORM each, whatever the strategy: 5 pulses, 2 cycles (FORM is one)."""
    cells = torch.arange(100)
    for most, cycles, refused in (
        (500, 2, ""),
        (499, 2, "could reach 500 pulses in a session; the limit is 499"),
        (500, 1, "could reach 2 cycles of a cell in a session; the limit is 1"),
    ):
        crossbar = chip(0.0)
        writer = Writer(crossbar, strategy_named("single-shot-set"), Limits(session_pulses=most, session_cycles=cycles))
        if not refused:
            writer.test(cells, forming=cells)
            assert int(crossbar.meter().pulses) == 500
            assert int(crossbar.wear().max()) == 2
        else:
            with pytest.raises(LimitError, match=refused):
                writer.test(cells, forming=cells)
            assert int(crossbar.meter().pulses) == 0


def test_the_journal_is_told_when_a_write_is_allowed_and_before_its_first_pulse() -> None:
    crossbar = chip(0.0)
    writer = Writer(crossbar, strategy_named("hybrid"), Limits(session_cells=10))
    told: list[tuple[str, int]] = []
    writer.before_pulses = lambda: told.append(("journal", int(crossbar.meter().pulses)))
    cells, targets = torch.arange(10), torch.full((10,), 80.0)
    writer.write(cells, targets, cells, lambda: told.append(("begin", int(crossbar.meter().pulses))))
    assert told == [("begin", 0), ("journal", 0)]
    with pytest.raises(LimitError):
        writer.write(cells, targets)
    assert len(told) == 2
