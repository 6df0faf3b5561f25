"""A linear layer on crossbars: what its cells hold, what it answers, how it learns, counted on ideal chips."""

import copy

import pytest
import torch
from torch import nn

import ohmshot as oh
from ohmshot.chip.circuit import IDEAL_CIRCUIT
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.limits import LimitError, Limits
from ohmshot.nn.placed_layers import PlacedLayers
from ohmshot.nn.settings import CrossbarSettings

WEIGHT = torch.tensor([[0.5, -1.0, 0.25], [0.0, 0.75, -0.125]])  # two outputs, three inputs
BIAS = torch.tensor([0.5, -2.0])
INPUTS = torch.tensor([[1.0, 2.0, -4.0], [0.5, 0.0, 1.0]])


def linear() -> nn.Linear:
    layer = nn.Linear(3, 2)
    layer.load_state_dict({"weight": WEIGHT, "bias": BIAS})
    return layer


def on_ideal(chips: int = 1, **settings: object) -> oh.nn.CrossbarLinear:
    made = oh.SimulatedChips("ideal", chips=chips, circuit=IDEAL_CIRCUIT)
    chosen = {"strategy": "single-shot-set", "levels": "continuous", "input_full_scale": 8.0} | settings
    return oh.nn.CrossbarLinear.from_linear(linear(), made, **chosen)


def test_each_weight_is_a_difference_of_two_conductances_and_the_rest_is_reset() -> None:
    layer = on_ideal(weight_full_scale=2.0)
    held = layer.chips.true_conductances()[0]
    # An ideal cell goes from 0 to 120 uS; these stand for the weight 2, so 60 uS for 1. Inputs are rows.
    expected = torch.zeros(32, 64)
    expected[:3, 0], expected[:3, 2] = torch.tensor([30.0, 0, 15]), torch.tensor([0.0, 45, 0])
    expected[:3, 1], expected[:3, 3] = torch.tensor([0.0, 60, 0]), torch.tensor([0.0, 0, 7.5])
    torch.testing.assert_close(held, expected, rtol=0, atol=1e-3)


def test_forward_is_the_linear_layer_with_inputs_held_to_their_scale() -> None:
    # by hand: 1 * 0.5 - 2 * 1 - 4 * 0.25 + 0.5 = -2; 2 * 0.75 + 4 * 0.125 - 2 = 0; 0.25 + 0.25 + 0.5; -0.125 - 2
    torch.testing.assert_close(on_ideal()(INPUTS), torch.tensor([[-2.0, 0.0], [1.0, -2.125]]), rtol=0, atol=1e-4)
    # with the scale 2 the input -4 counts as -2
    held = on_ideal(input_full_scale=2.0)(INPUTS)
    torch.testing.assert_close(held, torch.tensor([[-1.5, -0.25], [1.0, -2.125]]), rtol=0, atol=1e-4)


def test_without_a_scale_the_first_batch_sets_it() -> None:
    layer = on_ideal(input_full_scale=None)
    layer(INPUTS)
    assert float(layer.input_full_scale) == 4.0
    layer(10 * INPUTS)
    assert float(layer.input_full_scale) == 4.0


def test_gradients_are_those_of_the_linear_layer() -> None:
    layer, inputs = on_ideal(), INPUTS.clone().requires_grad_()
    (layer(inputs) * torch.tensor([[1.0, 10.0], [0.0, 1.0]])).sum().backward()
    assert layer.weight.grad is not None
    assert layer.bias is not None
    # d/dw: sum over examples of error times input; d/dx: error times weights
    torch.testing.assert_close(layer.weight.grad, torch.tensor([[1.0, 2.0, -4.0], [10.5, 20.0, -39.0]]))
    torch.testing.assert_close(layer.bias.grad, torch.tensor([1.0, 11.0]))
    torch.testing.assert_close(inputs.grad, torch.tensor([[0.5, 6.5, -1.0], [0.0, 0.75, -0.125]]))


def test_a_clipped_input_gets_no_gradient_and_counts_as_its_limit() -> None:
    layer, inputs = on_ideal(input_full_scale=2.0), INPUTS.clone().requires_grad_()
    layer(inputs)[0, 0].backward()
    torch.testing.assert_close(inputs.grad, torch.tensor([[0.5, -1.0, 0.0], [0.0, 0.0, 0.0]]))
    assert layer.weight.grad is not None
    torch.testing.assert_close(layer.weight.grad[0], torch.tensor([1.0, 2.0, -2.0]))


def test_errors_go_back_through_the_written_levels_when_asked() -> None:
    # three levels: 0, 60 and 120 uS; full scale 1, so weights are written as 0, 0.5 or 1
    moved = WEIGHT + torch.tensor([[0.0, 0.0, 0.1], [0.0, -0.1, 0.0]])  # 0.25 and 0.75 would lie between
    inputs = INPUTS.clone().requires_grad_()
    layer = on_ideal(levels=3, backward="written", weight_full_scale=1.0)
    with torch.no_grad():
        layer.weight.copy_(moved)
    layer.program()
    layer(inputs)[0].sum().backward()
    assert inputs.grad is not None
    torch.testing.assert_close(inputs.grad[0], torch.tensor([0.5 + 0.0, -1.0 + 0.5, 0.5 - 0.0]))


def test_program_writes_only_what_moved_and_says_what_it_cost() -> None:
    layer = on_ideal(chips=2, weight_full_scale=2.0)
    again = layer.program()
    assert again.changed.tolist() == [0, 0]
    assert again.cost.pulses.tolist() == [0, 0]
    with torch.no_grad():
        layer.weight[1, 0] = 0.5  # from 0: the plus cell alone
    once = layer.program()
    assert once.changed.tolist() == [1, 1]
    assert once.cost.of("set").count.tolist() == [1, 1]
    assert float(layer.chips.true_conductances()[1, 0, 2]) == pytest.approx(30.0, abs=1e-3)
    assert int(layer.wear().sum()) == int(layer.chips.wear().sum())


def test_a_threshold_keeps_small_moves_from_the_cells() -> None:
    layer = on_ideal(write_threshold=3.0, weight_full_scale=2.0)
    with torch.no_grad():
        layer.weight[0, 0] += 0.04  # 2.4 uS
        layer.weight[0, 2] += 0.06  # 3.6 uS
    assert layer.program().changed.tolist() == [1]


def test_training_mode_holds_the_exact_weights_to_the_full_scale() -> None:
    layer = on_ideal(weight_full_scale=1.0)
    with torch.no_grad():
        layer.weight[0, 0] = 3.0
    layer.eval().program()
    assert layer.weight[0, 0].item() == 3.0
    assert float(layer.placed.written(0)[0, 0, 0]) == pytest.approx(1.0)
    layer.train().program()
    assert layer.weight[0, 0].item() == 1.0


def test_a_budget_is_kept_and_nothing_is_written_beyond_it() -> None:
    layer = on_ideal(limits=Limits(session_cells=2050), weight_full_scale=2.0)  # 2,048 for the first write
    with torch.no_grad():
        layer.weight.neg_()
    before = layer.cost()
    with pytest.raises(LimitError):
        layer.program()
    assert (layer.cost() - before).pulses.tolist() == [0]


@pytest.mark.parametrize("shape", [(3, 4, 3), (12, 3)])
def test_many_chips_share_the_weights_and_share_out_the_inputs(shape: tuple[int, ...]) -> None:
    layer = on_ideal(chips=3)
    inputs = torch.randn(shape)
    torch.testing.assert_close(layer(inputs), linear()(inputs), rtol=0, atol=1e-4)


def test_chips_with_weights_of_their_own() -> None:
    layer = on_ideal(chips=2, per_chip=True)
    with torch.no_grad():
        layer.weight[1].zero_()
        layer.bias[1].zero_()  # type: ignore[index]
    layer.program()
    first, second = layer(torch.stack([INPUTS, INPUTS]))
    torch.testing.assert_close(first, linear()(INPUTS), rtol=0, atol=1e-4)
    assert float(second.detach().abs().max()) < 1e-4
    layer(torch.stack([INPUTS, INPUTS]))[1].sum().backward()
    assert layer.weight.grad is not None
    assert float(layer.weight.grad[0].abs().max()) == 0.0
    torch.testing.assert_close(layer.weight.grad[1], INPUTS.sum(0).expand(2, 3))


def test_a_layer_taller_and_wider_than_an_array_lies_on_several() -> None:
    torch.manual_seed(0)
    exact = nn.Linear(70, 50)
    chips = oh.SimulatedChips("ideal", circuit=IDEAL_CIRCUIT, arrays=4)
    layer = oh.nn.CrossbarLinear.from_linear(exact, chips, strategy="single-shot-set", levels="continuous")
    inputs = torch.randn(6, 70)
    torch.testing.assert_close(layer(inputs), exact(inputs), rtol=0, atol=1e-4)
    assert layer.utilisation().pairs == (1024, 1024, 1024, 3500 - 3 * 1024)
    assert layer.utilisation().share == pytest.approx(3500 / 4096)


def test_a_layer_that_does_not_fit_says_what_would() -> None:
    with pytest.raises(SettingsError, match=r"7000 pairs .* 1024 in 1 array.*SimulatedChips\(arrays=7\)"):
        oh.nn.CrossbarLinear(70, 50, chips=oh.SimulatedChips(), copies=2)
    assert oh.nn.CrossbarLinear(70, 50, copies=2).chips.datasheet.arrays == 7


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"copies": 0}, "at least one pair"),
        ({"strategy": "none-such"}, "none-such"),
        ({"backward": "forward"}, "'shadow' or the 'written'"),
        ({"write_threshold": -1.0}, "negative"),
        ({"weight_full_scale": 0.0}, "full scale of the weight"),
        ({"input_full_scale": float("inf")}, "full scale of the input"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        oh.nn.CrossbarLinear(3, 2, **settings)


def test_inputs_of_another_size_and_a_layer_not_written_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"\[\.\.\., 3\]; these are \[2, 4\]"):
        on_ideal()(torch.zeros(2, 4))
    with pytest.raises(SettingsError, match="first dimension 2 or a multiple"):
        on_ideal(chips=2)(torch.zeros(3, 3))
    with pytest.raises(SettingsError, match="call program"):
        oh.nn.CrossbarLinear(3, 2)(INPUTS)


def test_a_diverged_weight_is_not_written() -> None:
    layer = on_ideal()
    with torch.no_grad():
        layer.weight[0, 0] = float("nan")
    with pytest.raises(SettingsError, match="not finite"):
        layer.program()


def test_state_dict_and_deepcopy() -> None:
    layer = on_ideal()
    assert set(layer.state_dict()) == {
        *("weight", "bias", "weight_full_scale", "input_full_scale", "output_gain", "output_offset")
    }
    copied = copy.deepcopy(layer)
    with torch.no_grad():
        copied.weight.zero_()
    copied.program()
    torch.testing.assert_close(layer(INPUTS), linear()(INPUTS), rtol=0, atol=1e-4)
    torch.testing.assert_close(copied(INPUTS), BIAS.expand(2, 2), rtol=0, atol=1e-4)
    copied.load_state_dict(layer.state_dict())
    copied.program()
    torch.testing.assert_close(copied(INPUTS), linear()(INPUTS), rtol=0, atol=1e-4)


def test_a_copy_of_noisy_chips_goes_on_as_they_would() -> None:
    layer = oh.nn.CrossbarLinear.from_linear(linear(), oh.SimulatedChips(seed=3), input_full_scale=4.0)
    copied = copy.deepcopy(layer)
    first, second = layer(INPUTS), copied(INPUTS)
    assert torch.equal(first, second)
    assert not torch.equal(first, layer(INPUTS))  # read noise
    other = oh.nn.CrossbarLinear.from_linear(linear(), oh.SimulatedChips(seed=4), input_full_scale=4.0)
    assert not torch.equal(first, other(INPUTS))


def test_autocast_does_not_reach_the_chip() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answered = on_ideal()(INPUTS.to(torch.bfloat16))
    assert answered.dtype == torch.float32
    torch.testing.assert_close(answered, torch.tensor([[-2.0, 0.0], [1.0, -2.125]]), rtol=0, atol=1e-4)


@pytest.mark.parametrize("optimiser", [torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop])
def test_a_training_loop_of_ones_own_learns_on_noisy_chips(optimiser: type[torch.optim.Optimizer]) -> None:
    torch.manual_seed(0)
    layer = oh.nn.CrossbarLinear(8, 3, chips=oh.SimulatedChips(seed=1), weight_full_scale=1.0, input_full_scale=3.0)
    layer.program()
    centres = torch.randn(3, 8)
    labels = torch.arange(3).repeat(20)
    inputs = centres[labels] + 0.3 * torch.randn(60, 8)
    learns = optimiser(layer.parameters(), lr=0.05)
    losses = []
    for _ in range(30):
        loss = nn.functional.cross_entropy(layer(inputs), labels)
        learns.zero_grad()
        loss.backward()
        learns.step()
        layer.program()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert float((layer(inputs).argmax(-1) == labels).float().mean()) > 0.9
    # what the cells hold is what was learned, not what they held at first
    held = layer.placed.written(0)[0].mT
    assert float(torch.nn.functional.cosine_similarity(held.flatten(), layer.weight.detach().flatten(), 0)) > 0.9


def test_layers_that_share_arrays_are_written_together_first() -> None:
    placed = PlacedLayers(oh.SimulatedChips("ideal"), [(3, 2), (2, 2)], CrossbarSettings())
    layer = oh.nn.CrossbarLinear.of_placed(linear(), placed, 0)
    with pytest.raises(SettingsError, match="whole network"):
        layer.program()
