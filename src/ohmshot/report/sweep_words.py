"""A sweep in words: what was run, what stands out, and what may be concluded."""

from ohmshot.foundation.sentences import counted, listed
from ohmshot.foundation.statistics import Estimate
from ohmshot.report.adaptation_words import ENERGY_COUNTED
from ohmshot.sweep.configuration import Value, value_text
from ohmshot.sweep.result import SearchOutcome, SettingResult, SweepResult

NANO = 1e9
ACCURACY = {
    "accuracy_adapted_percent": "accuracy after the updates",
    "accuracy_baked_percent": "accuracy after the bake",
}
ENERGY = {"energy_adaptation_j": "energy of the updates", "energy_all_j": "energy of initialisation and updates"}


def percent(estimate: Estimate) -> str:
    """Write an accuracy with its interval."""
    return f"{estimate.mean:.2f}±{estimate.ci95:.2f}"


def nanojoules(estimate: Estimate) -> str:
    """Write an energy with its interval."""
    return f"{NANO * estimate.mean:.0f}±{NANO * estimate.ci95:.0f}"


def signed(estimate: Estimate, factor: float, digits: int) -> str:
    """Write a difference with its interval."""
    return f"{factor * estimate.mean:+.{digits}f}±{factor * estimate.ci95:.{digits}f}"


def values_text(values: dict[str, Value]) -> str:
    """Write the values of a setting."""
    return ", ".join(f"{column} {value_text(value, 4)}" for column, value in values.items())


def sweep_words(result: SweepResult) -> list[str]:
    """Return one sentence a finding."""
    words = [_design(result), ENERGY_COUNTED]
    if result.without_effect:
        words.append(
            f"{', '.join(result.without_effect)} changes no measurement here: the strategy or the learner of this run "
            "does not use it."
        )
    if result.search:
        return [*words, *_search_words(result, result.search)]
    front = result.front
    span = " to ".join(dict.fromkeys(_short(result, each) for each in (front[0], front[-1])))
    words.append(
        f"The front of {ACCURACY[result.accuracy_column]} against {ENERGY[result.energy_column]}: "
        f"{'setting' if len(front) == 1 else 'settings'} {listed([str(each.setting) for each in front])}, {span}; "
        "every other one is both less accurate and dearer than one of these, or no better."
        if len(front) < len(result.settings)
        else f"Every setting is on the front: what costs more is more accurate; {span}."
    )
    words.append(_as_good(result))
    if result.settings[0].alphabets == "evaluation":
        words.append(
            "This is on evaluation alphabets, so it shows what matters; to choose a setting, sweep held-out alphabets "
            "(run.alphabets) or search."
        )
    return words


def _design(result: SweepResult) -> str:
    run, chips = result.file.run, result.settings[0].chips
    return (
        f"{counted(len(result.settings), 'setting')} on the same {counted(chips, 'chip')} and tasks ({result.data}, "
        f"{run.ways}-way {run.shots}-shot); intervals are 95 %, differences are from setting "
        f"{result.settings[0].setting}, chip by chip."
    )


def _short(result: SweepResult, each: SettingResult) -> str:
    return f"{percent(each.measured[result.accuracy_column])} % at {nanojoules(each.measured[result.energy_column])} nJ"


def _as_good(result: SweepResult) -> str:
    by_number = {each.setting: each for each in result.settings}
    best, cheapest = by_number[result.as_good.best], by_number[result.as_good.cheapest]
    if best is cheapest:
        return (
            f"Every cheaper setting is less accurate than {best.setting}, {_short(result, best)}, by more than chance."
        )
    energy = nanojoules(cheapest.measured[result.energy_column])
    return (
        f"The most accurate is {best.setting}, {_short(result, best)}; the cheapest that is not shown to be less "
        f"accurate is {cheapest.setting} ({values_text(cheapest.values)}): "
        f"{signed(result.as_good.difference, 1, 2)} % at {energy} nJ."
    )


def _search_words(result: SweepResult, search: SearchOutcome) -> list[str]:
    table = result.file.search
    budget = NANO * table.budget_j if table else 0.0
    words = [
        f"{search.within_budget} of {counted(len(result.settings), 'setting')} (the baseline is 0) "
        f"{'stays' if search.within_budget == 1 else 'stay'} within the budget of "
        f"{budget:.0f} nJ for the {ENERGY[result.energy_column]}; chosen on the alphabets "
        f"{listed(search.alphabets)}, held out in meta-training"
        + (
            ", though the bundle's last training took them in, so accuracies on them flatter."
            if search.trained_on
            else "."
        )
    ]
    if search.best is None:
        least = min(result.settings, key=lambda each: each.measured[result.energy_column].mean)
        words.append(
            f"Nothing is within the budget; the least is {nanojoules(least.measured[result.energy_column])} nJ at "
            f"setting {least.setting}. Raise the budget or widen the ranges."
        )
        return words
    best = next(each for each in result.settings if each.setting == search.best)
    measured = search.evaluation[-1]
    words.append(
        f"Best: setting {best.setting}, {values_text(best.values)}: {_short(result, best)} where it was chosen."
    )
    over = measured.measured[result.energy_column].mean > (table.budget_j if table else 0.0)
    words.append(
        f"On evaluation alphabets, measured once on {counted(measured.chips, 'chip')}: {_short(result, measured)}"
        + (", which is over the budget there." if over else ", within the budget there too.")
    )
    if len(search.evaluation) > 1:
        accuracy, energy = measured.differences[result.accuracy_column], measured.differences[result.energy_column]
        words.append(
            f"Against the baseline there ({_short(result, search.evaluation[0])}): {signed(accuracy, 1, 2)} % "
            f"and {signed(energy, NANO, 0)} nJ, chip by chip."
        )
    return words
