import pytest
import torch

from ohmshot.adapt.bake import Bake
from ohmshot.adapt.run import adapt_chips
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import Health
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.source import evaluation_drawings
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.host.care import care as caring
from ohmshot.host.care.care import NO_CARE, REPAIR, TEST_FIRST, Care
from ohmshot.host.care.faults import Faults
from ohmshot.host.learner import Learner, LearnerSettings

LETI = load_parameter_set("leti_hfo2_130nm").values


def chips(injection: Injection, numbers: list[int] | None = None) -> SimulatedCrossbar:
    numbers = [0] if numbers is None else numbers
    made = simulated_chips(LETI, Circuit(), 3, numbers, [0] * len(numbers), injection)
    assert isinstance(made, SimulatedCrossbar)
    return made


def begun(crossbar: SimulatedCrossbar) -> Learner:
    learner = Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings())
    REPAIR.before(learner)
    learner.initialise()
    REPAIR.after_write(learner, 0)
    return learner


def test_a_sound_chip_is_not_tested_and_nothing_changes() -> None:
    learner, plain = (
        begun(chips(Injection())),
        Learner(chips(Injection()), shipped_bundle("four-convolutions"), LearnerSettings()),
    )
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
    TEST_FIRST.before(Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings()))
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
    drawings, bundle = evaluation_drawings("invented"), shipped_bundle("four-convolutions")
    settings = AdaptationSettings(episodes=episodes, chips=4, seed=3, bake=Bake(0.0, 25.0), care=care)
    drawn = sample_episodes(drawings, EpisodeShape(5, 5, 15), episodes, generator(3, "episodes"))
    numbers = list(range(episodes))
    crossbar = simulated_chips(LETI, Circuit(), 3, [n % 4 for n in numbers], numbers, injection)
    task = Tasks(bundle.features(drawings.values), drawn).batch(range(episodes))
    batch = adapt_chips(crossbar, bundle, task, settings)
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


def written(missed: int, known: int = 0, chips_made: int = 1) -> tuple[Learner, SimulatedCrossbar]:
    """A sound chip that is said to have missed its first cells, and of which some stuck cells are known."""
    crossbar = chips(Injection(), list(range(chips_made)))
    learner = Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings())
    learner.initialise()
    if known:
        stuck = torch.zeros(chips_made, 2048, dtype=torch.bool)
        stuck[0, 2048 - known :] = True
        learner.avoid(Faults(stuck, torch.full(stuck.shape, 5.0)))
    learner.missed = torch.arange(missed)
    return learner, crossbar


@pytest.mark.parametrize(
    ("missed", "number", "known", "tested"),
    [
        (10, 0, 0, False),  # as many as a sound chip may miss at the start
        (11, 0, 0, True),
        (24, 1, 0, False),  # and in an update
        (25, 1, 0, True),
        (1, 1, 1, True),  # a chip that is known to have faults is watched more closely
        (1, 0, 1, False),  # but not at the start
        (0, 1, 1, False),
    ],
)
def test_cells_are_tested_where_a_chip_misses_more_than_sound_ones_do(
    missed: int, number: int, known: int, tested: bool
) -> None:
    learner, crossbar = written(missed, known)
    before = crossbar.meter()
    REPAIR.after_write(learner, number)
    forms, sets, resets = (int((crossbar.meter() - before).of(name).count) for name in ("form", "set", "reset"))
    codes = crossbar.health().flatten()
    if tested:
        assert (sets >= missed, resets >= 3 * missed, forms) == (True, True, 0)  # a test is three RESETs and a SET
        assert codes[:missed].unique().tolist() == [caring.SOUND]
        assert not bool(codes[missed:].any())
    else:
        assert (sets, resets) == (0, 0)
        assert not bool(codes.any())


def test_only_the_chip_that_misses_many_is_tested() -> None:
    learner, crossbar = written(0, chips_made=2)
    learner.missed = torch.cat([torch.arange(10), 2048 + torch.arange(30, 41)])
    REPAIR.after_write(learner, 0)
    assert torch.nonzero(crossbar.health().flatten()).flatten().tolist() == [2048 + cell for cell in range(30, 41)]


def with_map(codes: dict[int, int], at: float = 80.0) -> tuple[Learner, SimulatedCrossbar]:
    crossbar = chips(Injection())
    crossbar.put_cells(crossbar.state.changed(conductance=torch.full((2048,), at)))
    cells = torch.tensor(sorted(codes), dtype=torch.int64)
    crossbar.keep_health(cells, torch.tensor([codes[cell] for cell in sorted(codes)], dtype=torch.int8))
    return Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings()), crossbar


def test_the_health_map_is_believed_and_its_stuck_cells_are_read_once() -> None:
    learner, crossbar = with_map({3: caring.STUCK, 4: caring.SOUND, 9: caring.STUCK})
    REPAIR.before(learner)
    assert learner.faults is not None
    assert torch.nonzero(learner.faults.stuck[0]).flatten().tolist() == [3, 9]
    assert learner.faults.conductance[0, [3, 9]].tolist() == pytest.approx([80.0, 80.0], rel=0.05)
    assert int(crossbar.meter().of("read").count) == 2
    assert int(crossbar.meter().pulses) == 0


def test_a_map_without_stuck_cells_says_nothing() -> None:
    learner, crossbar = with_map({3: caring.SOUND})
    REPAIR.before(learner)
    assert learner.faults is None
    assert int(crossbar.meter().of("read").count) == 0


def test_half_of_a_chip_may_be_stuck_and_no_more() -> None:
    half = dict.fromkeys(range(1024), caring.STUCK)
    learner, _ = with_map(half)
    REPAIR.before(learner)
    learner, _ = with_map(half | {1024: caring.STUCK})
    with pytest.raises(ChipError, match=r"50 % of the cells of chip 0 of the batch are stuck; beyond 50 %"):
        REPAIR.before(learner)


def test_after_a_stop_units_stay_where_they_are() -> None:
    learner, _ = with_map({3: caring.STUCK})
    shadow = learner.shadow
    REPAIR.resumed(learner)
    assert learner.faults is not None
    assert learner.shadow is shadow


def test_a_test_first_forms_all_cells_and_tests_those_the_map_does_not_know() -> None:
    crossbar = chips(Injection())
    crossbar.keep_health(torch.arange(2000), torch.full((2000,), caring.SOUND, dtype=torch.int8))
    TEST_FIRST.before(Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings()))
    counts = [int(crossbar.meter().of(name).count) for name in ("form", "set", "reset")]
    assert counts == [2048, 48, 3 * 48]
    assert crossbar.health().unique().tolist() == [caring.SOUND]
    before = crossbar.meter().pulses
    TEST_FIRST.before(Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings()))
    assert torch.equal(crossbar.meter().pulses, before)


def test_faults_that_are_found_join_those_that_are_known() -> None:
    learner, crossbar = written(11, known=2)
    broken = crossbar.state.health.clone()
    broken[5] = int(Health.STUCK_HIGH)
    at = crossbar.state.conductance.clone()
    at[5] = 90.0
    crossbar.put_cells(crossbar.state.changed(health=broken, conductance=at))
    REPAIR.after_write(learner, 0)
    assert learner.faults is not None
    assert torch.nonzero(learner.faults.stuck[0]).flatten().tolist() == [5, 2046, 2047]
    assert learner.faults.conductance[0, [5, 2046, 2047]].tolist() == pytest.approx([90.0, 5.0, 5.0], rel=0.05)


def test_no_care_leaves_a_chip_alone_and_a_care_is_known_by_its_name() -> None:
    learner, crossbar = written(500)
    before = crossbar.meter().pulses
    for act in (NO_CARE.before, NO_CARE.resumed):
        act(learner)
    NO_CARE.after_write(learner, 0)
    assert torch.equal(crossbar.meter().pulses, before)
    assert [caring.care_named(name) for name in ("none", "repair", "test-first")] == [NO_CARE, REPAIR, TEST_FIRST]
    with pytest.raises(SettingsError, match=r"There is no care 'much'\. Choose one of none, repair, test-first"):
        caring.care_named("much")


def test_a_test_of_every_cell_asks_no_map_and_uses_no_spare_unit_unless_it_is_told() -> None:
    crossbar = chips(Injection(stuck=0.02))
    crossbar.keep_health(torch.arange(2048), torch.full((2048,), caring.SOUND, dtype=torch.int8))
    learner = Learner(crossbar, shipped_bundle("four-convolutions"), LearnerSettings())
    care = caring.every_cell_tested()
    care.before(learner)
    assert [int(crossbar.meter().of(name).count) for name in ("form", "set")] == [2048, 2048]
    assert learner.faults is not None
    assert int(learner.faults.stuck.sum()) > 20
    assert learner.array.used_units is not None
    assert bool(learner.array.used_units.all())
    care.resumed(learner)  # by the map, which knows of none
    assert learner.faults is None
