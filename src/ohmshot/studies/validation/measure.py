"""Every published figure that we compare with: source, value, ours, verdict."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import simulated_source
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.episodes import EpisodeShape
from ohmshot.foundation.sentences import counted, number_text, span
from ohmshot.host.learner import LearnerSettings
from ohmshot.studies.validation import ageing as ages
from ohmshot.studies.validation import programming as programs
from ohmshot.studies.validation.comparison import MEANINGS, Comparison, comparison_table
from ohmshot.studies.validation.published import BONNET, VLSI_SUMMARY
from ohmshot.studies.validation.raw_data import BAKES_RAW, PARAMETERS, RADAR_RAW, predictions, raw_table
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
    predicted = pl.col("kind") == "predicted"
    tables = {
        "verdicts": _tally(table),
        "raw": raw_table(table),
        "predicted": table.filter(predicted),
        "comparisons": table.filter(~predicted),
    }
    return Measurement(tables, _findings(table))


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
        (PARAMETERS, predictions(load_parameter_set(PARAMETERS).values, seed)),
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
    judged = table.filter(pl.col("verdict").is_in(("agrees", "misses")))
    raw = judged.filter(pl.col("source").is_in((RADAR_RAW, BAKES_RAW)))
    others = judged.join(raw, on="subject", how="anti", maintain_order="left")
    predicted = others.filter(kind="predicted")
    fitted = others.filter(pl.col("kind") != "predicted")
    left = table.height - judged.height
    return (
        f"Of figures of raw data that {PARAMETERS} was not fitted to, {_agreeing(raw)} within the 95 % interval of the "
        f"measurement, and {_near(raw)} are within 30 %: other cells, widths and gates of the same process differ more "
        "than the cells that the set was fitted to.",
        *_raw_misses(raw),
        f"Of published figures that nothing was taken from, {_agreeing(predicted)}.",
        f"Of fitted or tuned ones, {_agreeing(fitted)}: that checks the code only.",
        f"{counted(left, 'more figure is', 'more figures are')} of other technologies, or bounds too loose to tell.",
        *(_missed(row) for row in others.filter(verdict="misses").iter_rows(named=True)),
    )


def _agreeing(table: pl.DataFrame) -> str:
    return f"{table.filter(verdict='agrees').height} of {table.height} agree"


def _near(table: pl.DataFrame) -> int:
    """How many of ours are within 30 % of the measured."""
    return table.filter((pl.col("ours") - pl.col("published")).abs() <= 0.3 * pl.col("published").abs()).height


def _raw_misses(raw: pl.DataFrame) -> Iterator[str]:
    """Misses by experiment, with how far off ours are."""
    by_experiment = raw.with_columns(
        pl.col("subject").str.replace(r", [\d.]+ \w+: .*$", "").alias("experiment"),
        (pl.col("ours") / pl.col("published")).alias("ratio"),
    )
    for (experiment,), part in by_experiment.group_by("experiment", maintain_order=True):
        missed = part.filter(verdict="misses")
        if missed.height:
            ratios = missed["ratio"].filter(missed["ratio"].is_finite()).sort().to_list()
            ends = span(number_text(ratios[0], 2), number_text(ratios[-1], 2)) if ratios else "without measure"
            yield f"{experiment}: {missed.height} of {part.height} missed, ours over measured {ends}."


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
