"""What a person writes, as a type checker sees it; `make lint` runs mypy on it."""

from typing import assert_type

import matplotlib.pyplot as plt
import polars as pl
import torch
from matplotlib.axes import Axes

import ohmshot as oh


def everything() -> None:
    bundle: oh.Bundle = oh.load_bundle("characters")
    cells: oh.ParameterSet = oh.load_parameters("leti_hfo2_130nm")
    chips = oh.SimulatedChips(cells, chips=4, arrays=2, circuit=oh.Circuit(output_bits=8))
    task = oh.draw_tasks(oh.load_examples("invented"), oh.EpisodeShape(ways=5, shots=5))
    result = oh.adapt(bundle, task.support, task.support_labels, chips=chips, bake=oh.Bake(12, 150))
    assert_type(result, oh.Adapted)
    assert_type(result.accuracy, torch.Tensor)
    assert_type(result.accuracy_after_bake, torch.Tensor | None)
    assert_type(result.cost, oh.MeterReading)
    assert_type(result.to_polars(), pl.DataFrame)
    settings = oh.LearnerSettings(strategy=oh.strategy("hybrid"), limits=oh.Limits(session_cells=3000))
    learner = oh.Learner(oh.connect("sim"), bundle, settings)
    for step in oh.adaptation(learner, bundle.features(task.support[0]), task.support_labels):
        assert_type(step, oh.Step)
    oh.bake(chips, hours=1, celsius=85)
    assert_type(oh.plot_conductances(chips, plt.gca()), Axes)
    run = oh.run_study("levels", size="small")
    assert_type(run.tables["accuracy"], pl.DataFrame)
    assert_type(run.findings, tuple[str, ...])
    assert_type(oh.__version__, str)
