"""How often pictures are said not to look like drawings, or to be empty: rightly drawn ones, and blank paper.

    python benchmarks/unlike_drawings.py                # 500 drawings of each source, 10 photos of each kind of scene
    python benchmarks/unlike_drawings.py --count 100

Drawings of Omniglot's background alphabets, invented alphabets and digits are enlarged to 112 pixels, ink on white, and
read as a person's files are. Photos are of the symbols that `ohmshot.data.photographed` was chosen on, in every kind of
scene of `photo_scenes`, and of the same scenes without a symbol. Prints Markdown; intervals are Wilson's of 95 %.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from photo_scenes import KINDS
from photo_symbols import DEVELOPMENT
from photos import Symbol, photo, written
from PIL import Image

from ohmshot.data.digits import load_digits
from ohmshot.data.examples import Examples
from ohmshot.data.invented import invented_alphabets
from ohmshot.data.omniglot import load_omniglot
from ohmshot.data.pictures import load_picture
from ohmshot.data.unlike_drawings import unlike_drawings
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.randomness import derived_seed
from ohmshot.foundation.statistics import wilson

ENLARGED = 4
BLANK: Symbol = lambda scene, dice, width, height: np.zeros((height, width))  # noqa: E731 (a symbol without ink)


def drawings(examples: Examples, count: int, folder: Path) -> Iterator[Path]:
    """Files of some drawings, drawn from all with equal chances."""
    dice = np.random.default_rng(derived_seed(0, f"drawings of {examples.name}"))
    values = examples.values.flatten(0, 1)
    for number in dice.choice(len(values), count, replace=False).tolist():
        small = Image.fromarray(255 - values[number].numpy())
        small.resize([ENLARGED * side for side in small.size], Image.Resampling.BICUBIC).save(folder / "drawing.png")
        yield folder / "drawing.png"


def photos(symbols: list[Symbol], of_each: int, folder: Path) -> Iterator[Path]:
    """Files of photos of every kind of scene."""
    dice = np.random.default_rng(derived_seed(0, f"photos of {len(symbols)} symbols"))
    for number in range(of_each):
        for kind in KINDS:
            (folder / "photo.jpg").write_bytes(photo(symbols[number % len(symbols)], kind, dice))
            yield folder / "photo.jpg"


def judged(files: Iterator[Path]) -> tuple[int, int, int]:
    """Numbers of files that are refused as empty, read but said to be unlike drawings, and all."""
    empty, unlike, every = 0, 0, 0
    for path in files:
        every += 1
        try:
            unlike += int(unlike_drawings(load_picture(path)[None]).item())
        except DataError:
            empty += 1
    return empty, unlike, every


def share(count: int, of: int) -> str:
    """A share in per cent with its interval."""
    found = wilson(count, of)
    return f"{count} ({100 * found.low:.1f} to {100 * found.high:.1f} %)"


def main() -> None:
    """Judge every source and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="drawings of each source")
    parser.add_argument("--photos", type=int, default=10, help="photos of each kind of scene")
    options = parser.parse_args()
    torch.set_num_threads(1)
    symbols = [written(strokes) for strokes in DEVELOPMENT.values()]
    print("| pictures | refused as empty | said to be unlike drawings | number |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for examples in (load_omniglot("background"), invented_alphabets(1, 5, 20, 20), load_digits()):
            print_row(examples.name, judged(drawings(examples, options.count, folder)))
        print_row("photos of symbols", judged(photos(symbols, options.photos, folder)))
        print_row("photos of blank paper", judged(photos([BLANK], options.photos, folder)))


def print_row(name: str, found: tuple[int, int, int]) -> None:
    empty, unlike, every = found
    print(f"| {name} | {share(empty, every)} | {share(unlike, every)} | {every} |", flush=True)


if __name__ == "__main__":
    main()
