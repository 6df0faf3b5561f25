"""The result of adaptations in words: against what needs no chip, for new alphabets or people; what energy counts."""

from ohmshot.adapt.result import AdaptationResult
from ohmshot.data.episodes import Scope
from ohmshot.foundation.sentences import counted

ENERGY_COUNTED = (
    "Energy is that of the array: pulses, reads, and multiplies with their conversion. The convolutions before it are "
    "not in it."
)
PAIRS_SAID = 3
"""Most frequent mistakes of a sentence; the page shows more."""


def adaptation_words(result: AdaptationResult) -> list[str]:
    """Return one sentence a comparison, of what the result holds."""
    words = []
    if result.accuracy_nearest_mean is not None and result.accuracy_nearest_mean_ci95 is not None:
        nearest = _percent(result.accuracy_nearest_mean, result.accuracy_nearest_mean_ci95)
        words.append(f"The nearest mean of the same features, without any update, is right in {nearest} %.")
    gains = {
        "the nearest mean": (result.gain_over_nearest_mean, result.gain_over_nearest_mean_ci95),
        "the updates with exact weights": (result.gain_over_software, result.gain_over_software_ci95),
    }
    against = [
        f"{100 * mean:+.2f} ± {100 * half:.2f} points against {name}"
        for name, (mean, half) in gains.items()
        if mean is not None and half is not None
    ]
    if against:
        words.append(f"The chip after the last update, episode by episode: {', '.join(against)}.")
    if result.accuracy_ci95_groups is not None:
        words.append(
            f"Over new groups (alphabets, people) the accuracy after the last update is "
            f"{_percent(result.accuracy[-1], result.accuracy_ci95_groups)} %, from "
            f"{counted(result.groups or 0, 'group')}; the other "
            "intervals are over episodes."
        )
    words += _spread_words(result)
    if result.loss_to_exact_weights is not None and result.loss_to_exact_weights.large:
        words.append(result.loss_to_exact_weights.words)
    return words


def _spread_words(result: AdaptationResult) -> list[str]:
    """How episodes differ, and which classes are taken for which."""
    words = []
    spread = result.accuracy_over_episodes
    if spread is not None and result.episodes > 1:
        words.append(
            f"Of the {result.episodes:,} episodes the worst is right in {100 * spread.minimum:.2f} %, half of them in "
            f"{100 * spread.percentiles[50]:.2f} % or more."
        )
    if result.confused is not None:
        most = [
            f"{each.true} for {each.answered} ({each.answers:,} of {counted(each.asked, 'query', 'queries')})"
            for each in result.confused[:PAIRS_SAID]
        ]
        words.append(f"Most often mistaken: {', '.join(most)}." if most else "No query is answered wrongly.")
    return words


def task_words(ways: int, shots: int, scope: Scope) -> str:
    """Name the task, such as "5-way 5-shot, classes of one group"."""
    within = ", classes of one group" if scope == "one group" else ""
    return f"{ways}-way {shots}-shot{within}"


def _percent(mean: float, half: float) -> str:
    return f"{100 * mean:.2f} ± {100 * half:.2f}"
