"""What objects show of themselves: short, with what a person wants to know, and safe in a notebook."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import torch

import ohmshot as oh
from ohmshot.chip.meter import OPERATIONS
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.summary import html_table, percent, with_unit
from ohmshot.host.guard import GuardedCrossbar
from untrained import UNTRAINED

LONGEST = 200
SIMPLE = {"table", "caption", "thead", "tbody", "tr", "th", "td"}


class Tags(HTMLParser):
    """Collects the tags of a page and counts what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.seen.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> set[str]:
    """The tags of a page, all of which are closed."""
    parser = Tags()
    parser.feed(page)
    assert not parser.open
    return parser.seen


@pytest.fixture(scope="module")
def learned() -> oh.Adapted:
    task = oh.draw_tasks(oh.load_examples("invented"), tasks=2)
    query = task.query, task.query_labels
    return oh.adapt(
        oh.load_bundle(), task.support, task.support_labels, query=query, chips=2, bake=oh.Bake(12, 150), seed=3
    )


@pytest.fixture(scope="module")
def shown(learned: oh.Adapted) -> dict[str, object]:
    learner = learned.learner
    return {
        "bundle": learner.bundle,
        "parameters": oh.load_parameters("leti_hfo2_130nm"),
        "learner": learner,
        "chips": oh.SimulatedChips(chips=20),
        "crossbar": learner.crossbar,
        "wrapper": GuardedCrossbar(oh.SimulatedChips(arrays=2)),
        "remote": oh.connect("sim"),
        "meter": learned.cost,
        "adapted": learned,
        "measured": learned.measured,
        "examples": oh.load_examples("digits"),
        "demo": oh.run_demo("digits", episodes=2, chips=2),
        "fleet": oh.run_fleet(2, "digits", workers=1),
    }


WORDS = {
    "bundle": ("Bundle(", "'characters'", "drawings of 28 x 28", "head 29-5", "5 updates"),
    "parameters": ("ParameterSet(", "'leti_hfo2_130nm'", "measured", "assumed"),
    "learner": ("Learner(", "'characters'", "2 chips", "hybrid", "missed"),
    "chips": ("SimulatedChips('leti_hfo2_130nm': 20 chips of 32 x 64 cells)",),
    "crossbar": ("2 chips of 32 x 64 cells",),
    "wrapper": ("GuardedCrossbar(SimulatedChips(", "1 chip of 32 x 128 cells in 2 arrays"),
    "remote": ("RemoteCrossbar(", "1 chip of 32 x 64 cells"),
    "meter": ("MeterReading(2 chips", "pulses", "reads", "125 multiplies", "nJ", "ms"),
    "adapted": ("Adapted(2 chips", "exact weights", "nJ", "baked", "%"),
    "measured": ("Adaptations(2 adaptations", "cells written", "baked"),
    "examples": ("Examples('digits'", "10 classes", "174 examples"),
    "demo": ("AdaptationResult(", "5-way 5-shot", "2 episodes on 2 chips", "baked"),
    "fleet": ("FleetResult(", "2 chips", "reach 95.0 %"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_repr_is_short_and_says_what_it_is(name: str, shown: dict[str, object]) -> None:
    text = repr(shown[name])
    assert len(text) <= LONGEST
    assert "\n" not in text
    for words in WORDS[name]:
        assert words in text
    assert text in (str(shown[name]), f"FinishedRun({shown[name]})")


@pytest.mark.parametrize("name", WORDS)
def test_a_notebook_gets_a_small_table(name: str, shown: dict[str, object]) -> None:
    page = shown[name]._repr_html_()  # type: ignore[attr-defined]
    assert tags(page) <= SIMPLE
    assert len(page) < (12_000 if name == "parameters" else 4_000)


def test_rows_of_a_table_are_as_long_as_its_headings(shown: dict[str, object]) -> None:
    page = shown["meter"]._repr_html_()  # type: ignore[attr-defined]
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    assert len(rows) == 1 + len(OPERATIONS)
    assert {len(re.findall(r"<t[hd]>", row)) for row in rows} == {4}


def test_names_of_a_persons_own_files_are_escaped() -> None:
    bundle = oh.load_bundle()
    evil = "<script>alert('x')</script> & more"
    header = bundle.header.model_copy(update={"name": evil, "provenance": UNTRAINED.model_copy(update={"head": evil})})
    page = replace(bundle, header=header)._repr_html_()
    assert tags(page) <= SIMPLE
    assert "&lt;script&gt;" in page
    assert "&amp; more" in page


def test_a_meter_reading_shows_means_of_a_chip() -> None:
    # Two chips: 10 and 30 SET pulses, 2 and 4 nJ, 1 and 3 us.
    rows = [row * torch.tensor([[1.0], [1.0], [1.0], [1.0], [1.0]]) for row in torch.zeros(3, 1, 2).unbind()]
    counts, joules, seconds = (each.double() for each in rows)
    counts[1], joules[1], seconds[1] = (torch.tensor(pair) for pair in ([10.0, 30.0], [2e-9, 4e-9], [1e-6, 3e-6]))
    reading = oh.MeterReading(counts.long(), joules, seconds)
    assert repr(reading) == "MeterReading(2 chips, each 20 pulses, 0 reads, 0 multiplies, 3 nJ, busy 2 µs)"
    assert "<tr><th>set</th><td>20</td><td>3 nJ</td><td>2 µs</td></tr>" in reading._repr_html_()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2.95e-7, "295 nJ"),
        (1e-6, "1 µJ"),
        (9.999e-7, "1 µJ"),
        (0.0, "0 J"),
        (0.0123, "12.3 mJ"),
        (-3e-3, "-3 mJ"),
        (1.0, "1 J"),
        (12345.6, "12,346 J"),
        (4e-16, "0.4 fJ"),
        (float("nan"), "nan J"),
    ],
)
def test_numbers_have_the_prefix_of_their_unit(value: float, words: str) -> None:
    assert with_unit(value, "J") == words


def test_counts_and_shares_in_words() -> None:
    assert [counted(n, "chip") for n in (0, 1, 1000)] == ["0 chips", "1 chip", "1,000 chips"]
    assert percent(0.9712) == "97.1 %"
    assert percent(0.9712, 0.0064) == "97.1 ± 0.6 %"


def test_a_table_without_headings_names_its_rows() -> None:
    page = html_table("a & b", [("x", "1 < 2")])
    assert page == "<table><caption>a &amp; b</caption><tbody><tr><th>x</th><td>1 &lt; 2</td></tr></tbody></table>"
