"""Pictures beside what the network sees of them, on one sheet."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps
from torch import Tensor

CELL, COLUMNS, WORDS = 168, 5, 14
"""Side of a picture and height of its name in pixels, and pairs of pictures in a row."""


def seen_pictures(files: Sequence[tuple[Path, Tensor]], marked: Sequence[bool]) -> Image.Image:
    """Return a sheet with each picture at the left of what the network sees of it, ink in black.

    Args:
        files: paths, and what `ohmshot.data.pictures.load_picture` gives for each.
        marked: which of them get a red frame.
    """
    rows = -(-len(files) // COLUMNS)
    sheet = Image.new("RGB", (min(len(files), COLUMNS) * 2 * CELL, rows * (CELL + WORDS)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, ((path, seen), is_marked) in enumerate(zip(files, marked, strict=True)):
        left, top = number % COLUMNS * 2 * CELL, number // COLUMNS * (CELL + WORDS)
        with Image.open(path) as image:
            small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail((CELL - 8, CELL - 8))
        sheet.paste(small, (left + (CELL - small.width) // 2, top + (CELL - small.height) // 2))
        ink = Image.fromarray(255 - seen.numpy()).resize((CELL - 28, CELL - 28), Image.Resampling.NEAREST)
        sheet.paste(ink, (left + CELL + 14, top + 14))
        frame = (left + CELL + 13, top + 13, left + 2 * CELL - 14, top + CELL - 14)
        pen.rectangle(frame, outline="red" if is_marked else "lightgray", width=3 if is_marked else 1)
        name = path.name.encode("ascii", "replace").decode()
        pen.text((left + 4, top + CELL), name[-50:], fill="black")
    return sheet
