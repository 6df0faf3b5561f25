"""What a learner writes, waits and spends, counted on an ideal chip with a head of 2 x 3 and 4 x 2 weights."""

import dataclasses

import pytest
import torch

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape
from ohmshot.bundle.standard import TaskStandard
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import IDEAL_CIRCUIT, Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.faults import Faults
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.limits import Limits
from ohmshot.host.strategies.registry import strategy_named
from untrained import UNTRAINED

IDEAL = load_parameter_set("ideal").values
FIRST = torch.tensor([[1.0, -1.0, 0.5], [0.25, 0.0, -0.5]])  # one feature and the bias, three hidden units
SECOND = torch.tensor([[0.5, -0.5], [0.0, 1.0], [-1.0, 0.25], [0.0, 0.125]])


def bundle(rates: tuple[tuple[float, float], ...] = ((0.5, 0.5), (0.5, 0.5))) -> Bundle:
    layer = ConvolutionShape(inputs=1, outputs=1, kernel=1, stride=1, padding=0, rectified=False)
    header = BundleHeader(
        name="small",
        network=NetworkShape(input=(1, 1, 1), convolutions=(layer,), features=1, hidden=(3,), ways=2),
        rates=rates,
        mapping=ConductanceMapping(weight_full_scale=(2.0, 1.0), input_full_scale=(4.0, 8.0), copies=(1, 1)),
        provenance=UNTRAINED,
    )
    return Bundle(header, ((torch.ones(1, 1, 1, 1), torch.zeros(1)),), (FIRST, SECOND))


def learner(chips: int = 2, **settings: object) -> tuple[Learner, SimulatedCrossbar]:
    crossbar = SimulatedCrossbar(IDEAL, IDEAL_CIRCUIT, 1, list(range(chips)))
    chosen = {"strategy": strategy_named("single-shot-set"), "levels": "continuous"} | settings
    return Learner(crossbar, bundle(), LearnerSettings(**chosen)), crossbar  # type: ignore[arg-type]


def test_weights_stand_on_their_cells_and_all_others_are_reset() -> None:
    host, crossbar = learner()
    assert host.initialise().tolist() == []
    held = crossbar.true_conductances().view(2, -1)
    # 120 uS stand for the weight 2 in the first layer and for 1 in the second; the minus cell carries negative ones.
    for layer, (weights, scale) in enumerate(((FIRST, 60.0), (SECOND, 120.0))):
        plus, minus = host.array.placement.plus[layer], host.array.placement.minus[layer]
        for chip in held:
            torch.testing.assert_close(chip[plus], weights.clamp(min=0) * scale, rtol=0, atol=1e-4)
            torch.testing.assert_close(chip[minus], -weights.clamp(max=0) * scale, rtol=0, atol=1e-4)
    assert len(host.array.spare_cells()) == 2048 - 2 * (6 + 8)
    assert float(held[:, host.array.spare_cells()].max()) < 1e-3
    torch.testing.assert_close(host.read_back()[1][0], SECOND, rtol=0, atol=1e-5)
    assert host.changed.tolist() == [2048, 2048]


def test_a_forward_pass_is_the_head_with_inputs_held_to_their_scale() -> None:
    host, _ = learner()
    host.initialise()
    # Features 1, -2 and 100; the last one is held at 4. Hidden: features x row 0 + bias row, no less than 0.
    seen = host.forward(torch.tensor([1.0, -2.0, 100.0]).view(1, 3, 1).expand(2, 3, 1))
    hidden = [[1.25, 0.0, 0.0], [0.0, 2.0, 0.0], [4.25, 0.0, 1.5]]
    torch.testing.assert_close(seen.inputs[1][1], torch.tensor(hidden), rtol=0, atol=1e-4)
    logits = torch.tensor(hidden) @ SECOND[:3] + SECOND[3]
    torch.testing.assert_close(seen.logits[0], logits, rtol=0, atol=1e-4)
    host.amplify(torch.tensor([1.0, 2.0]))
    twice = host.forward(torch.tensor([1.0]).view(1, 1, 1).expand(2, 1, 1))
    torch.testing.assert_close(twice.inputs[1][:, 0, 0], torch.tensor([1.25, 2.5]), rtol=0, atol=1e-4)
    torch.testing.assert_close(host.read_back()[0][1], 2 * FIRST, rtol=0, atol=1e-4)


def test_spare_units_pass_nothing_on() -> None:
    host, _ = learner()
    used = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    host.place_units(host.shadow, used)
    host.initialise()
    seen = host.forward(torch.tensor([3.0]).view(1, 1, 1).expand(2, 1, 1))
    torch.testing.assert_close(
        seen.inputs[1][:, 0], torch.tensor([[3.25, 0.0, 0.0], [0.0, 0.0, 1.0]]), rtol=0, atol=1e-4
    )


@pytest.mark.parametrize(("seconds", "waits"), [(6.0, [6.0, 6.0]), (0.0, [])])
def test_after_the_initialisation_and_every_update_cells_are_left_to_settle(
    seconds: float, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, crossbar = learner(settle_seconds=seconds)
    seen: list[float] = []
    monkeypatch.setattr(crossbar, "wait", seen.append)
    host.initialise()
    host.begin_task(torch.ones(2, 2, 1), torch.tensor([0, 1]))
    host.update(0)
    host.rewrite(torch.tensor([0]))  # alone waits for nothing
    assert seen == waits


def test_only_what_moves_further_than_the_threshold_is_written() -> None:
    # Example 1, class 0: hidden (1.25, 0, 0); the second layer moves by 0.5 x error x (1.25, 0, 0, 1).
    written = {}
    for threshold in (0.0, 40.0, 1000.0):
        host, _ = learner(write_threshold=threshold)
        host.initialise()
        host.begin_task(torch.ones(2, 1, 1), torch.tensor([0]))
        before = host.targets
        moved = host.update(0)
        assert torch.equal((host.targets != before).sum(1), moved)
        written[threshold] = moved.tolist()
        assert host.changed.tolist() == moved.tolist()
    # Both weights of the first unit and the bias, in both layers; a weight that changes its sign moves two cells.
    error = float(torch.softmax(torch.tensor([0.625, -0.5]), 0)[1])
    steps = 120 * 0.5 * error * torch.tensor([1.25, 1.25, 1.0, 1.0])  # uS, second layer
    assert written[1000.0] == [0, 0]
    assert written[40.0] == [int((steps > 40.0).sum())] * 2 == [0, 0]
    assert 6 <= written[0.0][0] == written[0.0][1] <= 10


def test_a_restart_writes_back_what_the_task_has_changed_and_nothing_else() -> None:
    host, crossbar = learner()
    host.initialise()
    at_first = crossbar.true_conductances()
    host.begin_task(torch.ones(2, 1, 1), torch.tensor([0]))
    changed = host.update(0)
    assert torch.equal(host.restart(), changed)
    torch.testing.assert_close(crossbar.true_conductances(), at_first, rtol=0, atol=1e-4)
    assert torch.equal(host.restart(), torch.zeros(2, dtype=torch.int64))


def ones(*values: float) -> torch.Tensor:
    """Features of examples, alike on two chips."""
    return torch.tensor(values).view(1, -1, 1).expand(2, -1, 1)


def test_a_class_takes_the_direction_of_its_mean_from_the_origin_at_one_length() -> None:
    host, _ = learner()
    host.initialise()
    # Hidden (1.25, 0, 0), (0, 2, 0), (4.25, 0, 1.5), (0, 2, 0): class 1 has the mean (2.75, 0, 0.75), class 0 has
    # (0, 2, 0). Origin (1.375, 1, 0.375). Class 1 lies (1.375, -1, 0.375) from it, root mean square 1.005195, and
    # class 0 opposite. Weights have 0.45 of the full scale 1; the bias is minus weights times origin.
    host.learn_classes(ones(1.0, -2.0, 100.0, -2.0), torch.tensor([1, 0, 1, 0]))
    column = torch.tensor([0.615553, -0.447675, 0.167878, -0.461664])
    expected = torch.stack([-column, column], 1)
    torch.testing.assert_close(host.shadow[1], expected.expand(2, 4, 2), rtol=0, atol=1e-5)
    torch.testing.assert_close(host.read_back()[1], expected.expand(2, 4, 2), rtol=0, atol=1e-5)
    assert torch.equal(host.shadow[0], FIRST.expand(2, 2, 3))
    # A drawing at hidden (1.25, 0, 0): column times (-0.125, -1, -0.375) = 0.30778.
    logits = host.forward(ones(1.0)).logits
    torch.testing.assert_close(logits, torch.tensor([-0.30778, 0.30778]).expand(2, 1, 2), rtol=0, atol=1e-4)


def test_a_class_that_comes_later_is_written_alone_from_the_same_origin() -> None:
    host, crossbar = learner()
    host.initialise()
    host.learn_classes(ones(1.0, -2.0), torch.tensor([0, 1]))  # origin (0.625, 1, 0)
    before, targets = crossbar.wear().view(2, -1), host.targets.clone()
    changed = host.learn_classes(ones(100.0), torch.tensor([1]))
    # Hidden (4.25, 0, 1.5), from the origin (3.625, -1, 1.5), root mean square 2.337432.
    column = torch.tensor([0.697886, -0.192519, 0.288779, -0.243659])
    torch.testing.assert_close(host.shadow[1][..., 1], column.expand(2, 4), rtol=0, atol=1e-5)
    placement = host.array.placement
    own = torch.cat([placement.plus[1][:, 1], placement.minus[1][:, 1]])
    others = torch.ones(2048, dtype=torch.bool)
    others[own] = False
    assert torch.equal(crossbar.wear().view(2, -1)[:, others], before[:, others])
    assert torch.equal(host.targets[:, others], targets[:, others])
    # Four weights, of which those that change their sign move both cells: at most eight, at least four.
    assert changed.tolist() == [int((host.targets != targets)[0].sum())] * 2
    assert 4 <= int(changed[0]) <= 8


def test_updates_go_on_from_classes_and_an_initialisation_forgets_them() -> None:
    host, _ = learner()
    with pytest.raises(SettingsError, match="before the first class"):
        host.learn_classes(ones(1.0), torch.tensor([0]))
    host.bundle = dataclasses.replace(host.bundle, header=host.bundle.header.model_copy(update={"standard": "support"}))
    host.initialise()
    host.learn_classes(ones(1.0, 3.0), torch.tensor([0, 1]))
    assert float(host.standard.origin[0]) == 2.0
    host.begin_task(ones(5.0, 9.0), torch.tensor([0, 1]))
    host.update(0)
    assert float(host.standard.origin[0]) == 2.0
    host.restart()
    assert host.class_origin is None
    host.learn_classes(ones(5.0, 9.0), torch.tensor([0, 1]))
    assert float(host.standard.origin[0]) == 7.0
    host.initialise()
    assert host.class_origin is None


def test_a_chip_that_reads_back_learns_a_class_from_what_it_reads() -> None:
    host, _ = learner(forward="read-back")
    host.initialise()
    host.learn_classes(ones(1.0, -2.0), torch.tensor([0, 1]))
    torch.testing.assert_close(host.class_origin, torch.tensor([0.625, 1.0, 0.0]).expand(2, 1, 3), rtol=0, atol=1e-4)


def test_updates_come_in_order_after_an_initialisation_and_a_task() -> None:
    host, _ = learner()
    with pytest.raises(SettingsError, match="Write the initialisation first"):
        _ = host.targets
    with pytest.raises(SettingsError, match="Write the initialisation before"):
        host.update(0)
    host.initialise()
    with pytest.raises(SettingsError, match="Begin a task"):
        host.update(0)
    host.begin_task(torch.ones(2, 1, 1), torch.tensor([0]))
    for step in (-1, 2):
        with pytest.raises(SettingsError, match=f"rates for 2 updates; there is no update {step + 1}"):
            host.update(step)
    host.update(1)


def test_settings_may_be_nothing_but_not_less() -> None:
    LearnerSettings(write_threshold=0.0, settle_seconds=0.0)
    for wrong in ({"write_threshold": -0.1}, {"settle_seconds": -1.0}, {"settle_seconds": float("nan")}):
        with pytest.raises(SettingsError, match="must not be negative"):
            LearnerSettings(**wrong)


def test_a_write_that_was_begun_is_brought_to_its_end() -> None:
    host, crossbar = learner()
    host.initialise()
    targets = host.targets.clone()
    host.begin_task(torch.ones(2, 1, 1), torch.tensor([0]))
    host.update(0)
    head, after = host.shadow, host.targets.clone()
    again, other = learner()
    standard = TaskStandard(torch.tensor(1.0), torch.tensor(2.0))
    assert again.resume(head, after, standard).tolist() == []
    torch.testing.assert_close(other.true_conductances(), crossbar.true_conductances(), rtol=0, atol=1e-4)
    assert again.standard is standard
    assert again.shadow is head
    assert torch.equal(again.targets, after)
    assert not torch.equal(targets, after)
    assert other.meter().of("form").count.tolist() == [2048, 2048]


def test_cells_are_formed_again_only_where_one_of_them_looks_unformed() -> None:
    # A cell that was never formed conducts 0.5 uS; one that was formed and resists conducts 5 uS and more when reset.
    leti = load_parameter_set("leti_hfo2_130nm").values
    for formed, forms in ((True, 0), (False, 2048)):
        crossbar = SimulatedCrossbar(leti, Circuit(), 1, [0])
        host = Learner(crossbar, bundle(), LearnerSettings(strategy=strategy_named("iterative-set")))
        if formed:
            crossbar.form(torch.arange(2048))
        before = int(crossbar.meter().of("form").count)
        targets = host.array.targets(host.shadow)
        host.resume(host.shadow, targets, host.standard, forming=torch.zeros(0, dtype=torch.int64))
        assert int(crossbar.meter().of("form").count) - before == forms


def test_partners_make_up_for_faults_that_become_known() -> None:
    host, crossbar = learner(chips=1)
    host.initialise()
    plus, minus = (int(cells[1][2, 1]) for cells in (host.array.placement.plus, host.array.placement.minus))
    stuck = torch.zeros(1, 2048, dtype=torch.bool)
    stuck[0, plus] = True  # of the weight 0.25, that is 30 uS; at 90 uS it needs 60 on the other side
    host.avoid(Faults(stuck, torch.full((1, 2048), 90.0)))
    assert host.rewrite(torch.zeros(0, dtype=torch.int64)).tolist() == []
    assert float(crossbar.true_conductances().flatten()[minus]) == pytest.approx(60.0, abs=1e-3)
    assert int(host.changed) == 2048  # still that of the initialisation
    host.avoid(None)
    assert host.faults is None
    assert host.writer.stuck is None


def test_a_write_goes_on_around_the_faults_that_have_become_known_meanwhile() -> None:
    host, _ = learner(chips=1)
    host.initialise()
    plus, minus = (int(cells[1][2, 1]) for cells in (host.array.placement.plus, host.array.placement.minus))
    again, other = learner(chips=1)
    stuck = torch.zeros(1, 2048, dtype=torch.bool)
    stuck[0, plus] = True
    again.avoid(Faults(stuck, torch.full((1, 2048), 90.0)))
    again.resume(host.shadow, host.targets, host.standard)
    assert float(other.true_conductances().flatten()[minus]) == pytest.approx(60.0, abs=1e-3)
    again.avoid(None)
    again.resume(host.shadow, host.targets, host.standard)
    assert float(other.true_conductances().flatten()[minus]) == pytest.approx(0.0, abs=1e-3)


def test_without_limits_there_is_no_account_and_with_them_one_that_goes_on() -> None:
    host, _ = learner()
    assert host.account is None
    first, crossbar = learner(limits=Limits(session_cells=5000))
    first.initialise()
    assert first.account is not None
    assert first.account.cells.tolist() == [2048, 2048]
    again = Learner(crossbar, bundle(), first.settings)
    again.resume(first.shadow, first.targets, first.standard, first.account)
    assert again.account is not None
    assert again.account.cells.tolist() == [4096, 4096]
