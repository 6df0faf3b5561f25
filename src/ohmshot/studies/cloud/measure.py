"""Energy and data traffic of learning on the chip, against sending every picture to a data centre.

The chip's energies are measured on simulated chips. What its host computes (the fixed layers, the gradients) is counted
and priced, and so are radio, network and data centre: all prices are `ohmshot.studies.cloud.assumptions`.
"""

import torch

from ohmshot.studies.cloud.acts import ChipCosts, acts
from ohmshot.studies.cloud.assumptions import CloudAssumptions
from ohmshot.studies.cloud.findings import findings
from ohmshot.studies.cloud.tables import (
    acts_table,
    break_even_table,
    chip_table,
    day_table,
    processor_table,
    uses_table,
)
from ohmshot.study.assumptions import assumptions_of, assumptions_table
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings
from ohmshot.study.tasks import adapted_chips, tasks_for


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Measure the chip, price the rest."""
    assumed = assumptions_of(CloudAssumptions, settings.assumed)
    costs = chip_costs(settings, progress)
    ways = acts(costs, settings.bundle, assumed)
    tables = {
        "acts": acts_table(ways),
        "day": day_table(ways, assumed),
        "uses": uses_table(ways, assumed),
        "processor": processor_table(ways, settings.bundle),
        "break_even": break_even_table(ways, settings.bundle, assumed),
        "chip": chip_table(costs),
        "assumptions": assumptions_table(assumed),
    }
    return Measurement(tables, tuple(findings(tables, ways, assumed)), ("aslan2018intensity", "michelinakis2021nbiot"))


def chip_costs(settings: StudySettings, progress: Progress = lambda done, total: None) -> ChipCosts:
    """Let the chips learn, classify and forget, and read their meters."""
    classifications, adaptations, done = [], [], 0
    for chips in adapted_chips(settings, tasks_for(settings), settings.parameters.values):
        before = chips.crossbar.meter()
        chips.accuracy_now()
        after = chips.crossbar.meter()
        chips.learner.restart()
        forgetting = chips.crossbar.meter() - after
        classifications.append((after - before).joules / chips.task.query.shape[1])
        adaptations.append(chips.spent.joules + forgetting.joules)
        done += len(chips.answers)
        progress(done, settings.episodes)
    return ChipCosts(torch.cat(classifications), torch.cat(adaptations))


STUDY = Study(
    name="cloud",
    title="On the chip or in the cloud: energy and data traffic",
    question="What do learning and classifying on the chip save against sending the pictures away, and where not?",
    measure=measure,
    counts={"default": Counts(20, 200), "small": Counts(2, 4)},
    assumptions={
        "compliance_per_conductance": "not swept: the chip's share of the device's energy is below a thousandth",
        "line_capacitance": "not swept, as above",
    },
    adjustable=CloudAssumptions,
)
