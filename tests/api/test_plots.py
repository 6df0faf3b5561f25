"""Figures are drawn into the axis that is given, and show what was measured."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import ohmshot as oh
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import SettingsError


@pytest.fixture
def ax() -> Axes:
    return Figure().subplots()


@pytest.fixture(autouse=True)
def _figures_are_closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def result() -> oh.Adapted:
    task = oh.draw_tasks(invented_alphabets(7, 4, 10, 20), tasks=2)
    query = task.query, task.query_labels
    return oh.adapt(oh.load_bundle(), task.support, task.support_labels, query=query, chips=2, bake=oh.Bake(12, 150))


def test_conductances_of_the_chip_that_is_asked_for(ax: Axes) -> None:
    chips = oh.SimulatedChips(chips=2)
    oh.Learner(chips, oh.load_bundle()).initialise()
    assert oh.plot_conductances(chips, ax, chip=1) is ax
    (image,) = ax.images
    assert np.array_equal(np.asarray(image.get_array()), chips.true_conductances()[1].numpy())
    assert [axis.get_ylabel() for axis in ax.figure.axes] == ["word line", "conductance (µS)"]
    with pytest.raises(SettingsError, match="no chip 2; the batch has chips 0 to 1"):
        oh.plot_conductances(chips, chip=2)


def test_every_cell_is_in_the_histogram_of_its_level(ax: Axes, result: oh.Adapted) -> None:
    chips, targets = result.chips, result.learner.targets
    assert oh.plot_levels(chips, targets, ax) is ax
    levels, counts = torch.unique(targets, return_counts=True)
    legend = ax.get_legend()
    assert legend is not None
    shown = [text.get_text() for text in legend.get_texts()]
    assert shown == [
        f"{level:.3g} µS, {count:,}" for level, count in zip(levels.tolist(), counts.tolist(), strict=True)
    ]
    assert int(counts.sum()) == 2 * 2048
    with pytest.raises(SettingsError, match=r"\[1, 2048\], the cells \[2, 2048\]"):
        oh.plot_levels(chips, targets[:1], ax)
    with pytest.raises(SettingsError, match="different targets are no levels"):
        oh.plot_levels(chips, torch.rand(2, 2048), ax)


def test_accuracies_by_update_are_those_of_the_result(ax: Axes, result: oh.Adapted) -> None:
    assert oh.plot_accuracy(result, ax) is ax
    lines = {str(line.get_label()): np.asarray(line.get_ydata()) for line in ax.lines}
    assert lines["exact weights"] == pytest.approx(100 * result.accuracy_software_by_update.mean(0).numpy())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["before", "1", "2", "3", "4", "5", "bake"]
    curves = [each.lines[0].get_ydata() for each in ax.containers]
    assert curves[0] == pytest.approx((100 * result.accuracy_by_update.mean(0)).tolist())
    assert result.accuracy_after_bake is not None
    assert curves[1] == pytest.approx([100 * float(result.accuracy_after_bake.mean())])


def test_without_an_axis_a_figure_is_made_that_a_notebook_shows(result: oh.Adapted) -> None:
    before = plt.get_fignums()
    drawn = oh.plot_accuracy(result)
    assert [number for number in plt.get_fignums() if number not in before] == [drawn.figure.number]  # type: ignore[union-attr]


def test_a_run_is_drawn_and_its_tables_agree_with_its_record(ax: Axes) -> None:
    run = oh.run_demo(invented_alphabets(7, 4, 10, 20), episodes=4, chips=2)
    oh.plot_accuracy(run, ax)
    assert list(run.figures()) == ["task", "curve", "maps", "energy"]
    assert run.tables["updates"]["accuracy_percent"].to_list() == [100 * share for share in run.result.accuracy]
    assert run.tables["chips"]["accuracy_percent"].to_list() == [100 * share for share in run.result.accuracy_by_chip]
    energy = dict(run.tables["energy"].select("of", "total_j").iter_rows())
    assert energy["updates"] == run.result.energy_joules.adaptation.total
    assert run.to_pandas("chips").shape == (2, 2)
