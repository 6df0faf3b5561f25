"""Budgets of writing and wear: refused before the first pulse, or kept."""

import dataclasses

import pytest
import torch

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.limits import LimitError, Limits
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.host.strategies.strategy import ProgrammingStrategy, with_settings

MOST_CYCLES, MOST_ATTEMPTS = 3, 12


def tight(name: str) -> ProgrammingStrategy:
    """A strategy that gives up soon; a single shot cannot go on."""
    settings = {"most_cycles": MOST_CYCLES, "most_attempts": MOST_ATTEMPTS}
    return with_settings(strategy_named(name), settings if name != "single-shot-set" else {})


def learner(limits: Limits, chips: int = 2, strategy: str = "hybrid") -> tuple[Learner, SimulatedCrossbar]:
    parameters = load_parameter_set("leti_hfo2_130nm").values
    crossbar = SimulatedCrossbar(parameters, Circuit(), 3, range(chips))
    settings = LearnerSettings(strategy=tight(strategy), limits=limits)
    return Learner(crossbar, shipped_bundle("four-convolutions"), settings), crossbar


def support(chips: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    drawings = invented_alphabets(4, 1, 5, 1).values[:, 0]
    return shipped_bundle("four-convolutions").features(drawings)[None].expand(chips, -1, -1), torch.arange(5)


CELLS = 2048
BY_BOUND = CELLS * (1 + 2 * MOST_ATTEMPTS)  # a FORM, then at most a RESET and a SET an attempt
WORST = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 3, [0]).datasheet.worst_energies
assert WORST
JOULES = CELLS * (WORST.form + MOST_ATTEMPTS * (WORST.set + WORST.reset + WORST.read) + WORST.read)


@pytest.mark.parametrize(
    "limits",
    [
        Limits(session_cells=CELLS - 1),
        Limits(session_pulses=BY_BOUND - 1),
        Limits(life_pulses=BY_BOUND - 1),
        Limits(session_cycles=MOST_CYCLES),
        Limits(life_cycles=MOST_CYCLES),
        Limits(session_joules=0.999 * JOULES),
        Limits(life_joules=0.999 * JOULES),
    ],
)
def test_a_plan_that_could_exceed_a_limit_is_refused_before_the_first_pulse(limits: Limits) -> None:
    host, crossbar = learner(limits)
    before = {name: values.clone() for name, values in crossbar.snapshot().items()}
    with pytest.raises(LimitError, match="Nothing of it was written"):
        host.initialise()
    torch.testing.assert_close(crossbar.snapshot(), before, rtol=0, atol=0, equal_nan=True)
    with pytest.raises(SettingsError, match="Write the initialisation first"):
        _ = host.targets


def test_limits_that_are_just_enough_let_the_initialisation_through() -> None:
    limits = Limits(
        session_cells=CELLS,
        session_pulses=BY_BOUND,
        session_cycles=MOST_CYCLES + 1,  # FORM is one
        session_joules=1.001 * JOULES,
    )
    host, crossbar = learner(limits)
    host.initialise()
    assert int(crossbar.meter().pulses.max()) <= BY_BOUND
    assert float(crossbar.meter().joules.max()) <= JOULES


def test_energy_spent_before_counts_for_the_life_and_not_for_the_session() -> None:
    host, crossbar = learner(Limits(life_joules=1.01 * JOULES), chips=1)
    crossbar.read(torch.arange(CELLS))
    host.initialise()  # one read of the array is below the margin
    again = LearnerSettings(strategy=tight("hybrid"), limits=Limits(session_joules=1.01 * JOULES))
    Learner(crossbar, shipped_bundle("four-convolutions"), again).initialise()
    with pytest.raises(LimitError, match=r"microjoules in the life of a chip; the limit is"):
        Learner(crossbar, shipped_bundle("four-convolutions"), host.settings).initialise()


def test_a_chip_whose_datasheet_gives_no_energies_is_refused_a_budget_of_energy() -> None:
    _, crossbar = learner(Limits(), chips=1)

    class Silent:
        datasheet = dataclasses.replace(crossbar.datasheet, worst_energies=None)

        def __getattr__(self, name: str) -> object:
            return getattr(crossbar, name)

    settings = LearnerSettings(limits=Limits(session_joules=1.0))
    with pytest.raises(SettingsError, match="Limit the pulses instead"):
        Learner(Silent(), shipped_bundle("four-convolutions"), settings)  # type: ignore[arg-type]
    pulses = LearnerSettings(limits=Limits(session_pulses=0))
    with pytest.raises(LimitError, match="pulses in a session; the limit is 0"):
        Learner(Silent(), shipped_bundle("four-convolutions"), pulses).initialise()  # type: ignore[arg-type]


def test_a_refused_update_leaves_chip_and_learner_as_they_were() -> None:
    host, crossbar = learner(Limits(session_cells=CELLS))
    host.initialise()
    features, labels = support()
    cells, pulses = crossbar.state.conductance.clone(), crossbar.meter().pulses
    shadow, targets = host.shadow, host.targets.clone()
    host.begin_task(features, labels)
    with pytest.raises(LimitError, match="cells written in a session"):
        host.update(0)
    assert torch.equal(crossbar.meter().pulses, pulses)
    assert torch.equal(crossbar.state.conductance, cells)
    assert host.shadow is shadow
    assert torch.equal(host.targets, targets)


@pytest.mark.parametrize(
    ("limits", "refused"), [(Limits(life_cycles=1000), True), (Limits(session_cycles=1000), False)]
)
def test_a_worn_cell_counts_for_the_life_and_not_for_the_session(limits: Limits, refused: bool) -> None:
    _, crossbar = learner(Limits(), chips=1)
    crossbar.form(torch.arange(CELLS))
    crossbar.wear_in(torch.full((1, CELLS), 999.0))
    host = Learner(
        crossbar, shipped_bundle("four-convolutions"), LearnerSettings(strategy=tight("hybrid"), limits=limits)
    )
    if refused:
        with pytest.raises(LimitError, match="life of a chip"):
            host.initialise()
    else:
        host.initialise()


@pytest.mark.parametrize("parameters", parameter_set_names())
@pytest.mark.parametrize("strategy", ["hybrid", "closed-loop"])
def test_no_operation_takes_more_than_the_datasheet_says(parameters: str, strategy: str) -> None:
    crossbar = SimulatedCrossbar(load_parameter_set(parameters).values, Circuit(), 3, [0])
    Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings(strategy=tight(strategy))).initialise()
    meter, worst = crossbar.meter(), crossbar.datasheet.worst_energies
    for operation in ("form", "set", "reset", "read"):
        most = float(meter.of(operation).count) * getattr(worst, operation)
        assert 0.1 * most < float(meter.of(operation).joules) <= most * (1 + 1e-9), operation


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_no_strategy_spends_more_than_its_bound(strategy: str) -> None:
    _, crossbar = learner(Limits(), chips=1)
    bound = tight(strategy).bound
    everything = torch.arange(CELLS)
    crossbar.form(everything)
    before, worn = crossbar.meter(), crossbar.wear().clone()
    targets = torch.tensor(crossbar.datasheet.level_conductances)[everything % 3]
    tight(strategy)(crossbar, everything, targets)
    spent = crossbar.meter() - before
    assert int((crossbar.wear() - worn).max()) <= bound.cycles
    assert int(spent.pulses) <= bound.pulses * CELLS
    assert int(spent.of("read").count) <= bound.reads * CELLS


@pytest.mark.parametrize("field", [each.name for each in dataclasses.fields(Limits)])
def test_a_limit_may_be_nothing_but_not_less(field: str) -> None:
    Limits(**{field: 0})
    for wrong in (-1, float("nan")):
        with pytest.raises(SettingsError, match="at least 0"):
            Limits(**{field: wrong})
