"""A person's own task in words: what a bake leaves, what other chips would do, and what was lost to exact weights."""

from ohmshot.task.result import OwnTaskResult


def own_task_words(result: OwnTaskResult) -> list[str]:
    """Return one sentence for each of these that the result holds."""
    words, (name, _) = [], result.judged
    baked, many = result.after_bake, result.on_many_chips
    if baked is not None:
        low, high = (100 * end for end in baked.accuracy_interval95)
        words.append(
            f"After {baked.hours:g} h at {baked.celsius:g} °C a copy of the chip is right in "
            f"{100 * baked.accuracy:.1f} % of the {name} examples (95 %: {low:.0f} to {high:.0f})."
        )
    if many is not None:
        later = ""
        if many.accuracy_after_bake is not None:
            later = f", {_percent(many.accuracy_after_bake, many.accuracy_after_bake_ci95)} % after the bake"
        worst, best = (100 * end(many.accuracy_by_chip) for end in (min, max))
        words.append(
            f"On {many.chips} different chips {_percent(many.accuracy, many.accuracy_ci95)} % of the {name} examples "
            f"are right{later}; the worst chip {worst:.1f} %, the best {best:.1f} %; 95 % intervals over chips."
        )
    losses = (result.loss_to_exact_weights, many.loss_to_exact_weights if many is not None else None)
    return words + list({loss.words: None for loss in reversed(losses) if loss is not None and loss.large})[:1]


def _percent(mean: float, half: float | None) -> str:
    return f"{100 * mean:.2f}" + ("" if half is None else f" ± {100 * half:.2f}")
