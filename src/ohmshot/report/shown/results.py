"""Results in JSON, as the commands show them that write them."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from ohmshot.adapt.fleet.result import FleetResult
from ohmshot.adapt.result import AdaptationResult
from ohmshot.bundle.trust import TrustedKeys
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.records import Record
from ohmshot.foundation.sentences import counted
from ohmshot.report.fleet_table import fleet_tables
from ohmshot.report.shown.content import Content
from ohmshot.report.sweep_table import sweep_tables
from ohmshot.report.table import Shown, adaptation_tables, own_task_tables, study_tables, terminal_table
from ohmshot.study.study_result import StudyResult
from ohmshot.sweep.result import SweepResult
from ohmshot.task.answers import NewAnswers
from ohmshot.task.result import OwnTaskResult
from ohmshot.wire.conformance.check import ConformanceReport

Result = TypeVar("Result", bound=Record)


def record_of(content: Content, model: type[Result]) -> Result:
    """Read a result.

    Raises:
        DataError: damaged; the message names the field.
    """
    try:
        return model.model_validate_json(content.text.lstrip("\ufeff"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{content.path} is damaged: {place}: {first['msg']}. Write it again.") from error
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise DataError(f"{content.path} is damaged: {error}. Write it again.") from error


def _shows(model: type[Result], tables: Callable[[Result, int], list[Shown]]) -> Callable[[Content, int], list[Shown]]:
    def shown(content: Content, width: int) -> list[Shown]:
        return tables(record_of(content, model), width)

    return shown


def conformance_tables(report: ConformanceReport) -> list[Shown]:
    """One row a check, and how many passed."""
    rows = [(each.verdict, each.name, each.holds, each.seen) for each in report.outcomes]
    table = terminal_table(f"{report.chip}, protocol {report.protocol}", ("", "check", "must hold", "seen"), rows, 4)
    verdicts = [each.verdict for each in report.outcomes]
    return [table, ", ".join(f"{verdicts.count(name)} {name}" for name in ("passed", "failed", "skipped"))]


def _trusted(keys: TrustedKeys) -> list[Shown]:
    newest = (f"newest bundle seen: version {key.version}" if key.version else "no bundle seen" for key in keys.keys)
    lines = [f"{key.public_key}: {seen}" for key, seen in zip(keys.keys, newest, strict=True)]
    return [f"{counted(len(keys.keys), 'trusted key')}", *lines]


show_adaptation = _shows(AdaptationResult, lambda result, _: adaptation_tables(result))
show_own_task = _shows(OwnTaskResult, lambda result, _: own_task_tables(result))
show_fleet = _shows(FleetResult, lambda result, _: fleet_tables(result))
show_sweep = _shows(SweepResult, lambda result, _: sweep_tables(result))
show_study = _shows(StudyResult, study_tables)
show_conformance = _shows(ConformanceReport, lambda report, _: conformance_tables(report))
show_answers = _shows(NewAnswers, lambda given, _: [each.words for each in given.answers])
show_trusted_keys = _shows(TrustedKeys, lambda keys, _: _trusted(keys))
