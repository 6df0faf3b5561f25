"""Sentences of the controller study, made from its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import counted, points

COMPUTER = "the computer in the loop"
REFERENCES = ("computer", "wide", "as built")
"""Rows of the table of words that no word was narrowed for."""


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Yield what the numbers say."""
    words, choice, blocks = tables["words"], tables["choice"], tables["blocks"]
    for built in words.filter(word="as built").iter_rows(named=True):
        change = _change(built, f"above {COMPUTER}", f"below {COMPUTER}")
        yield (
            f"{built['task']}: the controller as it is built is {change}, paired (it reaches "
            f"{built['accuracy_percent']:.2f} ± {built['ci95_percent']:.2f} %; the bundle has seen these classes, so "
            "only the difference counts)."
        )
    for word, chosen, _ in choice.iter_rows():
        yield _chosen(words.filter(word=word), word, chosen)
    apart = choice.filter(pl.col("chosen_bits") != pl.col("built_bits"))
    if apart.is_empty():
        yield "The controller is built with these word lengths."
    else:
        listed = ", ".join(f"{word} {counted(bits, 'bit')}" for word, _, bits in apart.iter_rows())
        yield f"The controller is built with other word lengths for {listed}."
    total = blocks.filter(block="all").row(0, named=True)
    pulses = blocks.filter(block="pulse_sequencer")["cycles_percent"][0]
    yield (
        f"Five updates of a task of five shots take {total['cycles']:,.0f} cycles if one block works after another, "
        f"{pulses:.0f} % of them pulses and reads of the cells; its memories hold "
        f"{counted(total['memory_bits'], 'bit')}."
    )
    yield (
        f"In gates five updates take {total['energy_sg13g2_nj']:.0f} nJ with IHP's cells and "
        f"{total['energy_sky130_nj']:.0f} nJ with SKY130's, memories in it, on {total['area_sg13g2_mm2']:.2f} and "
        f"{total['area_sky130_mm2']:.2f} mm², before wires and a clock tree."
    )


def _chosen(tried: pl.DataFrame, word: str, bits: int) -> str:
    """The width that was chosen, and what the next shorter one would lose."""
    failed = tried.filter(~pl.col("within_limit"))
    if failed.is_empty():
        return f"{word}: {counted(bits, 'bit')}, the fewest tried."
    worst = failed.sort(pl.col("less_than_computer_points") + pl.col("ci95_points")).row(-1, named=True)
    change = _change(worst, "gained", "lost")
    return f"{word}: {counted(bits, 'bit')}; with {counted(worst['bits'], 'bit')}, at {worst['task']}, {change}."


def _change(row: dict[str, float], more: str, less: str) -> str:
    return points(-row["less_than_computer_points"], more, less, "equal", row["ci95_points"])
