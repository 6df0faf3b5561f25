"""Networks of one's own on chips."""

import copy

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

import ohmshot as oh
from ohmshot.chip.circuit import IDEAL_CIRCUIT, Circuit
from ohmshot.foundation.errors import SettingsError

INPUTS = torch.randn(12, 1, 4, 4, generator=torch.Generator().manual_seed(1))


class Network(nn.Module):
    """A convolution and three linear layers, one of them used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Flatten())
        self.down = nn.Linear(48, 10)
        self.twice = nn.Linear(10, 10, bias=False)
        self.out = nn.Linear(10, 4)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.down(self.body(inputs)))
        answers: torch.Tensor = self.out(torch.relu(self.twice(torch.relu(self.twice(hidden)))))
        return answers


def network() -> Network:
    torch.manual_seed(0)
    return Network()


def ideal(chips: int = 1) -> oh.SimulatedChips:
    return oh.SimulatedChips("ideal", chips=chips, circuit=IDEAL_CIRCUIT)


EXACT = {"strategy": "single-shot-set", "levels": "continuous"}


@pytest.mark.parametrize("chips", [1, 3])
def test_on_ideal_chips_the_network_answers_as_before(chips: int) -> None:
    model = oh.nn.on_chip(network(), ideal(chips), examples=INPUTS, **EXACT)
    wanted = network()(INPUTS)
    answers = model(INPUTS)
    assert answers.shape == ((12, 4) if chips == 1 else (chips, 12, 4))
    torch.testing.assert_close(answers, wanted.expand_as(answers), rtol=0, atol=1e-3)
    assert set(model.layers) == {"down", "twice", "out"}
    # pairs: 48 x 10 + 10 x 10 + 10 x 4
    assert model.utilisation().pairs == (620,)


def test_the_given_network_stays_as_it_is() -> None:
    given = network()
    before = copy.deepcopy(given.state_dict())
    model = oh.nn.on_chip(given, ideal(), **EXACT)
    with torch.no_grad():
        model.layers["out"].weight.zero_()
    assert type(given.out) is nn.Linear
    assert all(torch.equal(before[name], values) for name, values in given.state_dict().items())


def test_chosen_layers_alone_go_onto_the_chip() -> None:
    model = oh.nn.on_chip(network(), ideal(), layers=["out"], **EXACT)
    assert set(model.layers) == {"out"}
    assert model.utilisation().pairs == (40,)
    assert type(model.model.get_submodule("down")) is nn.Linear


def test_a_single_layer_is_a_network_too() -> None:
    exact = nn.Linear(5, 2)
    model = oh.nn.on_chip(exact, ideal(), examples=torch.randn(20, 5), **EXACT)
    inputs = torch.rand(4, 5)
    torch.testing.assert_close(model(inputs), exact(inputs), rtol=0, atol=1e-3)


def test_each_chip_may_get_inputs_of_its_own() -> None:
    model = oh.nn.on_chip(network(), ideal(2), examples=INPUTS, **EXACT)
    own = torch.stack([INPUTS[:6], INPUTS[6:]])
    wanted = torch.stack([network()(INPUTS[:6]), network()(INPUTS[6:])])
    torch.testing.assert_close(model.each(own), wanted, rtol=0, atol=1e-3)
    with pytest.raises(SettingsError, match="each of 2 chips, not 3"):
        model.each(torch.stack([INPUTS] * 3))


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"no linear layer 'head'\. Its linear layers: down, twice, out"):
        oh.nn.on_chip(network(), layers=["head"])
    with pytest.raises(SettingsError, match=r"no torch\.nn\.Linear"):
        oh.nn.on_chip(nn.Conv2d(1, 1, 1))

    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return self.layer(inputs), inputs

    with pytest.raises(SettingsError, match="this one gives tuple"):
        oh.nn.on_chip(Pair())(torch.zeros(1, 2))


def test_a_network_that_works_is_calibrated_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    model = oh.nn.on_chip(network(), chips=2, examples=INPUTS)
    assert not [warning for warning in recwarn if issubclass(warning.category, oh.nn.CrossbarWarning)]
    assert model.calibration is not None
    for layer in model.calibration.layers:
        assert layer.multiply_error < 0.2
        assert 0.8 < layer.gain < 1.05


@pytest.mark.parametrize(
    ("circuit", "says"),
    [
        (Circuit(line_resistance_ohm=200.0), "lines lose"),
        (Circuit(output_range_ua=64.0, output_bits=3), "output_range_ua or more bits"),
    ],
)
def test_a_layer_that_cannot_work_is_told_of_with_what_would_help(circuit: Circuit, says: str) -> None:
    torch.manual_seed(0)
    model = nn.Linear(32, 32)
    with pytest.warns(oh.nn.CrossbarWarning, match=says):
        oh.nn.on_chip(model, oh.SimulatedChips(circuit=circuit), examples=torch.rand(64, 32))


def test_the_input_scale_avoids_converters_that_saturate() -> None:
    """All weights alike and all inputs alike: at the scale of the largest input every column saturates."""
    model = nn.Linear(32, 4)
    with torch.no_grad():
        model.weight.fill_(1.0)
    inputs = torch.rand(64, 32)
    chips = oh.SimulatedChips("ideal", circuit=Circuit())
    on_chip = oh.nn.on_chip(model, chips, examples=inputs, **EXACT)
    # 32 rows of 120 uS at 0.2 V carry 768 uA, twelve times the converter's range of 64; on average half of it
    assert float(on_chip.layers[""].input_full_scale) > 4.0
    torch.testing.assert_close(on_chip(inputs), model(inputs), rtol=0.1, atol=0.2)


def test_gain_and_offset_of_columns_undo_what_is_common_to_all_inputs() -> None:
    """Weights of 0.3 on levels 0 and 1: without correction an output of 0, with it the mean of what is wanted."""
    model = nn.Linear(16, 2, bias=False)
    with torch.no_grad():
        model.weight.fill_(0.3)
        model.weight[:, 0] = 1.0
    inputs = 1.0 + 0.1 * torch.randn(64, 16, generator=torch.Generator().manual_seed(2))
    on_chip = oh.nn.on_chip(model, ideal(2), strategy="single-shot-set", levels=2)
    assert float((on_chip(inputs) - model(inputs)).detach().abs().mean()) > 4.0  # 15 weights of 0.3 are missing: 4.5
    on_chip.correct(inputs)
    assert float((on_chip(inputs) - model(inputs)).detach().abs().mean()) < 0.2
    on_chip.chips.form(torch.arange(4096))  # nothing is left to form, and nothing was written
    assert on_chip.program().changed.tolist() == [0, 0]


def test_weight_scale_clips_a_single_large_weight_rather_than_rounding_all_others() -> None:
    torch.manual_seed(0)
    model = nn.Linear(32, 8)
    with torch.no_grad():
        model.weight.uniform_(-0.3, 0.3)
        model.weight[0, 0] = 1.0
    on_chip = oh.nn.on_chip(model, oh.SimulatedChips("ideal"), examples=torch.randn(256, 32))
    assert float(on_chip.layers[""].weight_full_scale) < 1.0


def test_the_layer_learns_what_the_chip_got_wrong() -> None:
    """A small network on scikit-learn's digits: trained in software, put on chips, trained on."""
    digits = load_digits()
    inputs, labels = torch.tensor(digits.data, dtype=torch.float32) / 16, torch.tensor(digits.target)
    train, test = slice(0, 1200), slice(1200, None)
    torch.manual_seed(0)
    exact = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    learns = torch.optim.Adam(exact.parameters(), 1e-2)
    for _ in range(150):
        learns.zero_grad()
        nn.functional.cross_entropy(exact(inputs[train]), labels[train]).backward()
        learns.step()

    def right(answers: torch.Tensor) -> float:
        return float((answers.argmax(-1) == labels[test]).double().mean())

    software = right(exact(inputs[test]))
    model = oh.nn.on_chip(exact, chips=10, examples=inputs[train])
    assert software > 0.9
    assert right(model.exact(inputs[test])) == pytest.approx(software)
    assert right(model(inputs[test])) > software - 0.03
    model.chips.wait(12 * 3600, 150.0)
    baked = right(model(inputs[test]))
    assert baked > software - 0.1
    model.correct(inputs[train])
    corrected = right(model(inputs[test]))
    assert corrected > baked
    learns = torch.optim.SGD(model.parameters(), 0.05)
    for _ in range(20):
        learns.zero_grad()
        answers = model(inputs[train][:200])
        nn.functional.cross_entropy(answers.flatten(0, 1), labels[train][:200].repeat(10)).backward()
        learns.step()
        model.program()
    assert right(model(inputs[test])) > corrected - 0.01


def test_batches_of_the_same_seed_answer_alike_and_others_do_not() -> None:
    first, second = (oh.nn.on_chip(network(), oh.SimulatedChips(seed=7), examples=INPUTS) for _ in range(2))
    assert torch.equal(first(INPUTS), second(INPUTS))
    third = oh.nn.on_chip(network(), oh.SimulatedChips(seed=8), examples=INPUTS)
    assert not torch.equal(second(INPUTS), third(INPUTS))
