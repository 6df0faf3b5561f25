import pytest
import torch

from ohmshot.adapt.bake import Bake
from ohmshot.adapt.run import adapt_chips
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import default_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.source import evaluation_drawings
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.randomness import generator
from ohmshot.host.care import care as caring
from ohmshot.host.care.care import NO_CARE, REPAIR, TEST_FIRST, Care
from ohmshot.host.learner import Learner, LearnerSettings

LETI = load_parameter_set("leti_hfo2_130nm").values


def chips(injection: Injection, numbers: list[int] | None = None) -> SimulatedCrossbar:
    numbers = [0] if numbers is None else numbers
    made = simulated_chips(LETI, Circuit(), 3, numbers, [0] * len(numbers), injection)
    assert isinstance(made, SimulatedCrossbar)
    return made


def begun(crossbar: SimulatedCrossbar) -> Learner:
    learner = Learner(crossbar, default_bundle(), LearnerSettings())
    REPAIR.before(learner)
    learner.initialise()
    REPAIR.after_write(learner, 0)
    return learner


def test_a_sound_chip_is_not_tested_and_nothing_changes() -> None:
    learner, plain = begun(chips(Injection())), Learner(chips(Injection()), default_bundle(), LearnerSettings())
    plain.initialise()
    assert learner.faults is None
    assert torch.equal(learner.crossbar.meter().pulses, plain.crossbar.meter().pulses)
    assert torch.equal(learner.crossbar.read(torch.arange(2048)), plain.crossbar.read(torch.arange(2048)))


def test_stuck_cells_are_found_and_kept_with_the_chip() -> None:
    crossbar = chips(Injection(stuck=0.05))
    stuck = crossbar.state.health != 1  # unformed is what is sound
    begun(crossbar)
    found = crossbar.health().flatten() == caring.STUCK
    assert 30 < int(found.sum()) < int(stuck.sum())  # a cell that is stuck where it shall be misses nothing
    assert int((found & ~stuck).sum()) <= 2


def test_a_chip_with_a_health_map_is_not_tested_again() -> None:
    crossbar = chips(Injection(stuck=0.05))
    begun(crossbar)
    before = crossbar.meter()
    learner = begun(crossbar)
    assert learner.faults is not None
    spent = crossbar.meter() - before
    assert int(spent.pulses) < 6000  # a test alone takes 4 a cell, 8,192
    assert len(learner.missed) <= caring.MISSED_AT_START


def test_chips_of_a_batch_do_not_feel_a_broken_neighbour() -> None:
    together = chips(Injection(), [0, 1])
    broken = chips(Injection(stuck=0.05), [1])
    cells = together.state.changed(
        health=torch.cat([together.state.health[:2048], broken.state.health]),
        conductance=torch.cat([together.state.conductance[:2048], broken.state.conductance]),
    )
    together.put_cells(cells)
    learner, alone = begun(together), begun(chips(Injection(), [0]))
    assert learner.faults is not None
    assert torch.equal(together.true_conductances()[0], alone.crossbar.true_conductances()[0])  # type: ignore[attr-defined]


def test_a_test_beforehand_finds_open_lines() -> None:
    crossbar = chips(Injection(dead_row=1, dead_column=2))
    TEST_FIRST.before(Learner(crossbar, default_bundle(), LearnerSettings()))
    found = crossbar.health()[0] == caring.STUCK
    assert int(found.all(1).sum()) == 1
    assert int(found.all(0).sum()) == 2
    learner = begun(crossbar)
    assert learner.faults is not None
    assert len(learner.missed) <= caring.MISSED_AT_START


def test_a_chip_beyond_use_is_a_clear_stop() -> None:
    with pytest.raises(ChipError, match="are stuck"):
        begun(chips(Injection(stuck=0.95)))


def accuracy(injection: Injection, care: Care, episodes: int = 12) -> tuple[float, int]:
    drawings, bundle = evaluation_drawings("invented"), default_bundle()
    settings = AdaptationSettings(episodes=episodes, chips=4, seed=3, bake=Bake(0.0, 25.0), care=care)
    drawn = sample_episodes(drawings, EpisodeShape(5, 5, 15), episodes, generator(3, "episodes"))
    numbers = list(range(episodes))
    crossbar = simulated_chips(LETI, Circuit(), 3, [n % 4 for n in numbers], numbers, injection)
    batch = adapt_chips(crossbar, bundle, Tasks(bundle.features(drawings.values), drawn), settings, range(episodes))
    return float(batch.accuracy[:, -1].mean()), int(batch.cells_stuck.sum())


def test_what_breaks_is_got_round() -> None:
    ignored, _ = accuracy(Injection(stuck=0.15), NO_CARE)
    repaired, known = accuracy(Injection(stuck=0.15), REPAIR)
    assert known > 12 * 150
    assert repaired > ignored + 0.01
    assert repaired > 0.95


def test_cells_that_wear_out_while_learning_are_found_on_the_way() -> None:
    repaired, known = accuracy(Injection(endurance=14), REPAIR)
    assert known > 12
    assert repaired > 0.95
