"""How often a chip is right about photographs of drawings, in scenes of many kinds, and about clean drawings.

    python benchmarks/photos.py                      # the judgement: other symbols and scenes than any choice rests on
    python benchmarks/photos.py --set development    # what the choices of ohmshot.data rest on
    python benchmarks/photos.py --set omniglot       # characters of Omniglot's evaluation alphabets, photographed
    python benchmarks/photos.py --sheet sheet.png    # also: the photos that are got wrong, and what is seen of them

A task has five symbols, five photos of each to learn from, and others of every kind of scene to be judged by; of a
character of Omniglot, ten people's drawings are learned from and those of ten others judged by. Nothing but the files
is known: one chip learns them as `ohmshot adapt` does. Clean drawings are tasks of their own. Prints Markdown;
intervals are Wilson's of 95 % over the pictures that are judged by.
"""

import argparse
import contextlib
import io
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from photo_scenes import KINDS, SIZES, Scene, coverage_of, developed, pick, scene_of
from photo_symbols import DEVELOPMENT, JUDGEMENT, Stroke
from PIL import Image, ImageDraw
from torch import Tensor

from ohmshot.bundle.file import default_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.examples import IMAGE_SIDE
from ohmshot.data.labelled_files import PICTURES, load_labelled_files
from ohmshot.data.omniglot import load_omniglot
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.statistics import wilson
from ohmshot.host.array import circuit_for
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.task.one_chip import held_chip
from ohmshot.task.own_task import OwnTask, learn_own_task

WAYS, SHOTS = 5, 5
PARTS = ("support", "query")
PEOPLE = dict(zip(PARTS, (slice(None, 10), slice(10, None)), strict=True))
"""Whose drawings of a character a part shows: the n-th drawing of each is the n-th person's in Omniglot."""
CELLS = "leti_hfo2_130nm"
Symbol = Callable[[Scene, np.random.Generator, int, int], NDArray[np.float64]]
"""Draws a symbol once more: how far ink covers the sheet, [height, width]."""
Symbols = dict[str, dict[str, Symbol]]
"""Those of a task by part, "support" and "query", and name."""


def written(strokes: list[Stroke]) -> Symbol:
    """A symbol of `photo_symbols`."""
    return lambda scene, dice, width, height: coverage_of(strokes, dice, scene, width, height)


def traced(drawings: NDArray[np.uint8]) -> Symbol:
    """A character of Omniglot, uint8 [drawings, 28, 28]: one of its drawings, enlarged to smooth strokes."""

    def draw(scene: Scene, dice: np.random.Generator, width: int, height: int) -> NDArray[np.float64]:
        drawing = drawings[int(dice.integers(len(drawings)))]
        side = round(scene.share * min(width, height) * 28 / 20)
        large = Image.fromarray(drawing).resize((side, side), Image.Resampling.BICUBIC)
        sheet = Image.new("L", (width, height), 0)
        room = [0.5 * (of - side) + 0.2 * max(0, of - side) * dice.uniform(-1, 1) for of in (width, height)]
        sheet.paste(large, (round(room[0]), round(room[1])))
        covered = np.asarray(sheet, dtype=np.float64) / 255
        return np.clip((covered - 0.3) / 0.3, 0.0, 1.0)

    return draw


def characters(count: int) -> Iterator[tuple[str, Symbols]]:
    """Tasks of characters of Omniglot that no bundle of the package has seen, drawn by other people in each part."""
    examples = load_omniglot("evaluation")
    dice = np.random.default_rng(derived_seed(0, "photographed characters"))
    for number in range(count):
        chosen = dice.choice(examples.classes, WAYS, replace=False).tolist()
        drawings = {i: examples.values[i].numpy() for i in chosen}
        yield (
            f"omniglot {number}",
            {
                part: {f"character {i}": traced(each[who]) for i, each in drawings.items()}
                for part, who in PEOPLE.items()
            },
        )


def tasks_of(name: str, count: int) -> Iterator[tuple[str, Symbols]]:
    """Tasks of a set: a name and five symbols."""
    if name == "omniglot":
        yield from characters(count)
        return
    symbols = DEVELOPMENT if name == "development" else JUDGEMENT
    names = list(symbols)
    for number in range(count):
        chosen = [names[(number * WAYS + i) % len(names)] for i in range(WAYS)]
        yield f"{name} {number}", {part: {each: written(symbols[each]) for each in chosen} for part in PARTS}


def photo(symbol: Symbol, kind: str, dice: np.random.Generator) -> bytes:
    """A JPEG of a symbol in a scene of a kind."""
    scene = scene_of(kind, dice)
    width, height = pick(dice, SIZES)
    return developed(symbol(scene, dice, width, height), dice, scene)


def clean(symbol: Symbol, dice: np.random.Generator) -> bytes:
    """A drawing of a paint program: flat colours, any size, often off centre; PNG or JPEG."""
    scene = Scene(share=dice.uniform(0.3, 0.85), pen=dice.uniform(0.015, 0.09))
    width, height = (int(side) for side in dice.integers(100, 600, 2))
    covered = symbol(scene, dice, width, height)[..., None]
    colours = ((0, 0, 0), (200, 30, 30), (20, 60, 200), (10, 120, 60)), ((255, 255, 255), (255, 250, 220))
    ink, paper = (np.array(pick(dice, choices)) for choices in colours)
    page = covered * ink + (1 - covered) * paper
    page = 255 - page if dice.random() < 0.3 else page
    kept = io.BytesIO()
    Image.fromarray(page.round().astype(np.uint8)).save(kept, "PNG" if dice.random() < 0.6 else "JPEG")
    return kept.getvalue()


def write_task(folder: Path, task: str, symbols: Symbols, of_each: int, photographed: bool) -> None:
    """Write folders "support" and "query" of a task; the names of the queries begin with their kind."""
    dice = np.random.default_rng(derived_seed(0, f"{task}, {'photographed' if photographed else 'clean'}"))
    kinds = list(KINDS)
    counts = dict(zip(PARTS, (SHOTS, of_each * (len(kinds) if photographed else 2)), strict=True))
    for name in symbols["support"]:
        for part, count in counts.items():
            place = folder / part / name
            place.mkdir(parents=True)
            for number in range(count):
                kind = kinds[number % len(kinds)] if part == "query" else str(dice.choice(kinds))
                symbol = symbols[part][name]
                content = photo(symbol, kind, dice) if photographed else clean(symbol, dice)
                (place / f"{kind if photographed else 'clean'}-{number}.jpg").write_bytes(content)


def answered(folder: Path) -> list[tuple[Path, bool]]:
    """Learn a task on one chip: every file of the query set, and whether the chip is right about it."""
    bundle, cells = default_bundle(), load_parameter_set(CELLS)
    refused: set[Path] = set()

    def read(path: Path) -> Tensor:
        try:
            return PICTURES.read(path)
        except DataError:  # as empty: a wrong answer
            refused.add(path)
            return torch.zeros(1, IMAGE_SIDE, IMAGE_SIDE, dtype=torch.uint8)

    kind = replace(PICTURES, read=read)
    task = OwnTask(*(load_labelled_files(folder / part, kind, 1) for part in PARTS))
    settings = LearnerSettings(strategy=strategy_named("hybrid"))
    with held_chip("sim", cells, CELLS, 0, None, circuit_for(bundle.for_ways(WAYS))) as chip:
        result, _ = learn_own_task(bundle, task, chip, settings)
    assert result.query is not None
    assert task.query is not None
    pairs = zip(task.query.paths, result.query.answers, strict=True)
    return [(path, path not in refused and answer.true == answer.answered) for path, answer in pairs]


def share(right: list[bool]) -> str:
    """A share of right answers in per cent, with its interval and the number of pictures."""
    found = wilson(sum(right), len(right))
    return f"{100 * found.middle:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f}) | {len(right)}"


def sheet_of(files: list[Path]) -> Image.Image:
    """Photos above what the network sees of them."""
    cell, columns = 150, 12
    rows = -(-len(files) // columns)
    sheet = Image.new("RGB", (columns * cell, rows * (2 * cell + 14)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, path in enumerate(files):
        x, y = number % columns * cell, number // columns * (2 * cell + 14)
        with Image.open(path) as image:
            image.thumbnail((cell - 4, cell - 4))
            sheet.paste(image.convert("RGB"), (x, y))
        pen.text((x, y + 2 * cell), f"{path.parent.name} {path.stem}", fill="black")
        with contextlib.suppress(DataError):
            seen = Image.fromarray(255 - PICTURES.read(path)[0].numpy())
            sheet.paste(seen.resize((cell - 4, cell - 4), Image.Resampling.NEAREST), (x, y + cell))
    return sheet


def main() -> None:
    """Make the pictures, learn every task, and print what the chips are right about."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("judgement", "development", "omniglot"), default="judgement")
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--of-each", type=int, default=1, help="photos of every symbol in every kind of scene")
    parser.add_argument("--keep", type=Path, help="folder for the pictures; those that are there are used")
    parser.add_argument(
        "--sheet", type=Path, help="the photos that the chips are wrong about, and what is seen of them"
    )
    options = parser.parse_args()
    right: dict[str, list[bool]] = defaultdict(list)
    wrong: list[Path] = []
    with tempfile.TemporaryDirectory() as temporary:
        for task, symbols in tasks_of(options.set, options.tasks):
            for photographed in (True, False):
                folder = (options.keep or Path(temporary)) / task / ("photographed" if photographed else "clean")
                if not folder.is_dir():
                    write_task(folder, task, symbols, options.of_each, photographed)
                for path, is_right in answered(folder):
                    right[path.stem.split("-")[0]].append(is_right)
                    wrong += [] if is_right else [path]
        if options.sheet is not None and wrong:
            sheet_of(wrong).save(options.sheet)
    print(f"Set {options.set}, {options.tasks} tasks of {WAYS} symbols\n")
    print("| pictures | right, % (95 %) | number |\n|---|---|---|")
    for kind in KINDS:
        print(f"| {kind} | {share(right[kind])} |")
    print(f"| all photos | {share([each for kind in KINDS for each in right[kind]])} |")
    print(f"| clean drawings | {share(right['clean'])} |")


if __name__ == "__main__":
    main()
