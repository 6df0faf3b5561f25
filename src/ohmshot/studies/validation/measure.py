"""Every published figure that we compare with: source, value, ours, verdict."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import simulated_source
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.episodes import EpisodeShape
from ohmshot.foundation.sentences import counted, number_text
from ohmshot.host.learner import LearnerSettings
from ohmshot.studies.validation import ageing as ages
from ohmshot.studies.validation import programming as programs
from ohmshot.studies.validation.comparison import MEANINGS, Comparison, comparison_table
from ohmshot.studies.validation.published import BONNET, VLSI_SUMMARY
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings

FITTED_TO = "the sets are what is validated; each row names its set"


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Compare part by part."""
    parts = _parts(settings)
    found: list[tuple[str, Comparison]] = []
    for done, (name, comparisons) in enumerate(parts, start=1):
        found += [(name, each) for each in comparisons]
        progress(done, len(parts))
    table = comparison_table(found)
    return Measurement({"comparisons": table, "verdicts": _tally(table)}, _findings(table))


def _parts(settings: StudySettings) -> list[tuple[str, Iterable[Comparison]]]:
    """Comparisons not yet made, each with the name of the parameter set that it uses."""
    name, leti, seed = settings.parameters.information.name, settings.parameters.values, settings.seed
    wan, cmo, milo = (load_parameter_set(each).values for each in ("wan_2022", "cmo_hfox", "milo_2021"))
    return [
        (name, demonstration(settings)),
        (name, ages.relaxation_after_set(leti, seed)),
        (name, programs.verified_levels(leti, seed)),
        (name, programs.tries(leti, seed)),
        (name, ages.arrhenius(leti)),
        (name, programs.endurance(leti)),
        (name, programs.pulse_energies(leti)),
        ("wan_2022", ages.relaxation_after_reset(wan, seed)),
        ("milo_2021", programs.milo(milo, seed)),
        ("cmo_hfox", programs.falcone(cmo, seed)),
        ("cmo_hfox", ages.drift_of_cmo(cmo, seed)),
        (name, ages.radar_bake(leti, seed)),
        (name, programs.radar_pulses(leti, seed)),
    ]


def demonstration(settings: StudySettings) -> Iterator[Comparison]:
    """The claims for the chip that the demo reproduces, and an estimate of its inference energy."""
    asked = AdaptationSettings(
        episodes=settings.episodes,
        chips=settings.chips,
        seed=settings.seed,
        shape=EpisodeShape(settings.bundle.header.network.ways),
        learner=LearnerSettings(strategy=settings.strategy),
    )
    source = simulated_source(settings.parameters, asked.circuit, asked.seed)
    result, _ = run_adaptation(source, settings.bundle, settings.drawings, asked)
    before, after = result.accuracy[0], result.accuracy[-1]
    kept = result.accuracy_after_bake / after
    spent = result.energy_joules.adaptation
    reads = len(result.cells_written) * result.ways * result.shots
    subject = f"accuracy before adaptation ({result.data})"
    yield Comparison(subject, "predicted", VLSI_SUMMARY, 20.0, 100 * before, "%", 0.15)
    subject = f"accuracy after five updates ({result.data})"
    yield Comparison(subject, "predicted", VLSI_SUMMARY, 97.0, 100 * after, "%", bound="at least")
    subject = "accuracy kept after 12 h at 150 °C"
    yield Comparison(subject, "tuned", VLSI_SUMMARY, 90.0, 100 * kept, "%", bound="at least")
    subject = "energy of five updates, 2-kbit array"
    yield Comparison(subject, "predicted", VLSI_SUMMARY, 10.0, 1e6 * spent.total, "uJ", bound="at most")
    subject = "energy of one multiply of both layers (theirs 32-16-9, estimated 0.7 to 2.5)"
    yield Comparison(subject, "other technology", BONNET, 1.6, 1e9 * spent.multiply / reads, "nJ")


def _tally(table: pl.DataFrame) -> pl.DataFrame:
    tally = table.group_by("kind", "verdict").agg(pl.len().alias("figures")).sort("kind", "verdict")
    return tally.with_columns(pl.col("kind").replace_strict(MEANINGS).alias("what_agreement_means"))


def _findings(table: pl.DataFrame) -> tuple[str, ...]:
    judged = table.filter(pl.col("verdict") != "compared only")
    missed = judged.filter(verdict="misses")
    fitted = judged.filter(pl.col("kind") != "predicted").height
    first = (
        f"{judged.height - missed.height} of {counted(judged.height, 'figure')} agree; {fitted} of these "
        f"{'was' if fitted == 1 else 'were'} fitted or tuned, so that agreement there checks the code only. "
        f"{counted(table.height - judged.height, 'more is', 'more are')} of other technologies."
    )
    return (first, *(_missed(row) for row in missed.iter_rows(named=True)))


def _missed(row: dict[str, Any]) -> str:
    bound = "" if row["bound"] == "equal" else f"{row['bound']} "
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    why = f" ({row['remark']})" if row["remark"] else ""
    figures = f"{number_text(row['published'], 3)}, ours {number_text(row['ours'], 3)}{unit}"
    return f"Missed: {row['subject']}: published {bound}{figures}{why}."


STUDY = Study(
    name="validation",
    title="Validation: the simulator against published figures",
    question="Where does the simulator agree with what was published, and where not?",
    measure=measure,
    counts={"default": Counts(20, 500), "small": Counts(2, 4)},
    assumptions={
        "set_spread": "not swept here: tries and spreads after verification depend on it",
        "retention_loss": FITTED_TO,
        "retention_spread": FITTED_TO,
        "endurance_cycles": FITTED_TO,
        "compliance_per_conductance": "energies are proportional to it",
    },
)
