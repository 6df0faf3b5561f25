"""Sentences of the controller study, made from its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import counted, points

WITHIN_POINTS = 0.1
"""What word lengths may cost against the computer in the loop."""


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Yield what the numbers say."""
    words, blocks = tables["words"], tables["blocks"]
    for task in words["task"].unique(maintain_order=True):
        chosen = words.filter(task=task, word="as chosen").row(0, named=True)
        computer = "the computer in the loop"
        change = points(
            -chosen["less_than_computer_points"],
            f"above {computer}",
            f"below {computer}",
            f"equal to {computer}",
            chosen["ci95_points"],
        )
        yield (
            f"{task}: the controller is {change}, paired (it reaches {chosen['accuracy_percent']:.2f} ± "
            f"{chosen['ci95_percent']:.2f} %; the bundle has seen these alphabets, so only the difference counts)."
        )
    for word in words["word"].unique(maintain_order=True).to_list()[2:]:
        yield _narrowest(words.filter(word=word), word)
    total, memory = blocks.filter(block="all").row(0, named=True), blocks.filter(pl.col("memory_bits") > 0)
    pulses = blocks.filter(block="pulse_sequencer")["cycles_percent"][0]
    yield (
        f"Five updates of a 5-way 5-shot task take {total['cycles']:,.0f} cycles if one block works after another, "
        f"{pulses:.0f} % of them pulses and reads of the cells; its memories hold {memory['memory_bits'][-1]:,} bits."
    )


def _narrowest(rows: pl.DataFrame, word: str) -> str:
    """The fewest bits of a word with which every task stays within the limit, by the middle of its interval."""
    good = [
        bits
        for (bits,), part in rows.group_by("bits", maintain_order=True)
        if all(lost <= WITHIN_POINTS for lost in part["less_than_computer_points"].to_list())
    ]
    worst = rows.sort("less_than_computer_points").row(-1, named=True)
    change = points(-worst["less_than_computer_points"], "gained", "lost", "changed", worst["ci95_points"])
    most = f"with {counted(worst['bits'], 'bit')}, at {worst['task']}, {change}"
    if not good:
        return f"{word}: every width tried costs more than {WITHIN_POINTS} points; {most}."
    return (
        f"{word}: {counted(min(good), 'bit')} are enough to stay within {WITHIN_POINTS} points on every task; {most}."
    )
