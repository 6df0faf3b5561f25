"""Mutation testing of the physics, the chips, the host and the bundle: are faults of one line caught by the tests?

    make mutants                     every mutant of the four rooms (hours)
    make mutants SAMPLE=400          a sample, drawn by SEED (default 0) and spread over the rooms by their size
    make mutants SAMPLE=60 ROOMS=cell ARGS=--values      without those that put None somewhere: they mostly crash

mutmut (https://mutmut.readthedocs.io) writes the mutants into ``mutants/`` and finds out which tests reach which
function; a mutant is run by those alone, the fastest first. This script draws the sample, leaves out mutants of nothing
but words for people, and sums up. What was caught stays caught until its function changes: delete ``mutants/`` to begin
anew. Mutants that survive are listed with what they change; those that were looked at, with the reason, stand in
``survivors.md``.
"""

import argparse
import itertools
import math
import os
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import mutmut.__main__ as mutmut
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

ROOMS = ("cell", "chip", "host", "bundle")
CAUGHT = ("killed", "timeout", "segfault")
LEFT_OUT = ("equivalent", "not run")
"""Beginnings of reasons for which a mutant is no fault: nothing that anyone sees changes, or it is never in place."""
SURVIVORS = Path(__file__).parent / "survivors.md"
_SENTENCE = re.compile(r'"[^"]* [^"]*"')


def generated(at_once: int) -> dict[str, Path]:
    """Write all mutants; names with the file that each is of."""
    mutmut.set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    with mutmut.CatchOutput(spinner_title="Writing mutants"):
        mutmut.copy_src_dir()
        mutmut.copy_also_copy_files()
        mutmut.create_mutants(at_once)
    names = {}
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        names.update(dict.fromkeys(data.exit_code_by_key, path))
    return names


def change(name: str, path: Path) -> tuple[str, str]:
    """The lines that a mutant takes away and puts in their place."""
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    taken, put = ([" ".join(line[1:].split()) for line in lines if line[:1] == sign] for sign in "-+")
    return " ".join(taken), " ".join(put)


def is_of_words(old: str, new: str) -> bool:
    """Whether a mutant changes nothing but a sentence for people: a text with a space in it."""
    return old != new and _SENTENCE.sub('""', old) == _SENTENCE.sub('""', new)


def mostly_crashes(old: str, new: str) -> bool:
    """Whether a mutant puts None somewhere or leaves an argument out: most of these end in an error at once."""
    return new.count("None") > old.count("None") or new.count(",") < old.count(",")


def sample(names: dict[str, Path], count: int | None, seed: int, values_only: bool) -> list[str]:
    """Draw mutants, spread over the rooms by their size; None for all."""

    def wanted(name: str) -> bool:
        old, new = change(name, names[name])
        return not is_of_words(old, new) and not (values_only and mostly_crashes(old, new))

    by_room: dict[str, list[str]] = {}
    for name, path in sorted(names.items()):
        by_room.setdefault(room_of(path), []).append(name)
    chosen = []
    for room, members in by_room.items():
        most = len(members) if count is None else max(1, round(count * len(members) / len(names)))
        random.Random(f"{seed} {room}").shuffle(members)
        chosen += itertools.islice((name for name in members if wanted(name)), most)
    return chosen


def room_of(path: Path) -> str:
    """The room of a file, src/ohmshot/ROOM/..."""
    return path.parts[2]


def wilson(caught: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    share, z = caught / count, 1.96
    middle, width = share + z * z / (2 * count), z * math.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return (middle - width) / (1 + z * z / count), (middle + width) / (1 + z * z / count)


def results(chosen: list[str], names: dict[str, Path]) -> dict[str, str]:
    """Status of each mutant, as mutmut keeps it."""
    codes: dict[str, int | None] = {}
    for path in {names[name] for name in chosen}:
        data = SourceFileMutationData(path=path)
        data.load()
        codes.update(data.exit_code_by_key)
    return {name: status_by_exit_code[codes[name]] for name in chosen}


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Attributes:
        room: that it is of.
        kind: "caught", "survived" or "equivalent".
        row: of `survivors.md`, without the reason; empty for one that was caught.
        reason: that stands there, or mutmut's status.
    """

    room: str
    kind: str
    row: str
    reason: str


def verdict(name: str, path: Path, status: str, reasons: dict[str, str]) -> Verdict:
    """Look up what became of a mutant, given the reasons by row."""
    if status in CAUGHT:
        return Verdict(room_of(path), "caught", "", status)
    old, new = (text.replace("|", "&#124;") for text in change(name, path))
    row = f"| `{path.relative_to('src/ohmshot')}` | `{old}` | `{new}` |"
    reason = reasons.get(row, status)
    return Verdict(room_of(path), "equivalent" if reason.startswith(LEFT_OUT) else "survived", row, reason)


def known() -> dict[str, str]:
    """Survivors that were looked at: the reason by the rest of the row."""
    lines = SURVIVORS.read_text().splitlines() if SURVIVORS.exists() else []
    matches = [re.fullmatch(r"(\| `.+` \| `.+` \| `.*` \|) (.+) \|", line) for line in lines]
    return {match[1]: match[2] for match in matches if match}


def report(verdicts: list[Verdict]) -> None:
    """Print survivors as rows of `survivors.md`, then the figures of every room."""
    for each in verdicts:
        if each.row:
            print(each.row, each.reason, "|")
    kinds = ("caught", "survived", "equivalent")
    print(f"\n{'room':8}", *(f"{kind:>12}" for kind in kinds), "  caught of caught and survived (95 % interval)")
    for room in (*ROOMS, "all"):
        counts = Counter(each.kind for each in verdicts if room in (each.room, "all"))
        real = counts["caught"] + counts["survived"]
        if not real:
            continue
        low, high = (100 * end for end in wilson(counts["caught"], real))
        share = f"{100 * counts['caught'] / real:.1f} % ({low:.1f} to {high:.1f})"
        print(f"{room:8}", *(f"{counts[kind]:>12}" for kind in kinds), f"  {share}")


def fastest_first() -> None:
    """Let a mutant meet the fastest of its tests first: most die at once."""
    plain = PytestRunner._pytest_args_regular_run

    def ordered(self: PytestRunner, tests: list[str]) -> list[str]:
        return plain(self, sorted(tests, key=lambda test: (state().duration_by_test.get(test, 0.0), test)))

    PytestRunner._pytest_args_regular_run = ordered  # type: ignore[method-assign, assignment]


def main() -> None:
    """Draw, run, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, help="how many mutants; default: all")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--values", action="store_true", help="without those that put None or leave an argument out")
    parser.add_argument("--rooms", nargs="+", default=ROOMS)
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", help="a file of names of mutants, one a line, to run instead of a sample")
    parser.add_argument(
        "--report", action="store_true", help="run nothing; report what the last run of this sample found"
    )
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    names = {name: path for name, path in generated(asked.at_once).items() if room_of(path) in asked.rooms}
    chosen = (
        Path(asked.again).read_text().split() if asked.again else sample(names, asked.sample, asked.seed, asked.values)
    )
    print(f"{len(names)} mutants; {len(chosen)} of them to run")
    found = results(chosen, names)
    if not asked.report and (left := [name for name in chosen if found[name] not in CAUGHT]):
        fastest_first()
        mutmut._run(left, asked.at_once)
    reasons, found = known(), results(chosen, names)
    report([verdict(name, names[name], found[name], reasons) for name in chosen])


if __name__ == "__main__":
    main()
