"""Pictures of every kind that a person may have: the same drawing is the same, or the file is named."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ohmshot.data.pictures import load_picture
from ohmshot.foundation.errors import DataError

CROSS = np.full((120, 160), 230, np.uint8)
CROSS[20:100, 76:84] = CROSS[56:64, 40:120] = 20
CROSS[20:30, 76:110] = 20  # a flag at the top right, so that it is none of its own mirror images


@pytest.fixture
def wanted(tmp_path: Path) -> torch.Tensor:
    Image.fromarray(CROSS).save(tmp_path / "plain.png")
    return load_picture(tmp_path / "plain.png")


def test_sixteen_bits_floats_palettes_and_other_formats_are_the_same_drawing(
    tmp_path: Path, wanted: torch.Tensor
) -> None:
    deep = CROSS.astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray(deep.astype(np.int32)).save(tmp_path / "int32.tif")
    Image.fromarray(CROSS.astype(np.float32) / 230).save(tmp_path / "float.tif")
    plain = Image.fromarray(CROSS)
    plain.convert("P").save(tmp_path / "palette.png")
    plain.point(lambda grey: 255 * (grey > 128)).convert("1").save(tmp_path / "bilevel.png")
    plain.convert("CMYK").save(tmp_path / "cmyk.tif")
    plain.convert("RGB").convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    plain.save(tmp_path / "lossless.webp", lossless=True)
    plain.save(tmp_path / "plain.bmp")
    clear = np.dstack([np.zeros((120, 160, 3), np.uint8), np.where(CROSS < 128, 255, 0).astype(np.uint8)])
    Image.fromarray(clear).save(tmp_path / "transparent.png")
    Image.fromarray(clear).convert("LA").save(tmp_path / "grey-transparent.png")
    seen_through = Image.fromarray(np.where(CROSS < 128, 1, 0).astype(np.uint8), "P")
    seen_through.putpalette([0, 0, 0, 0, 0, 0])  # two blacks, of which the first is no colour at all
    seen_through.save(tmp_path / "palette-transparent.png", transparency=0)
    (tmp_path / "lies.png").write_bytes((tmp_path / "plain.bmp").read_bytes())
    for path in sorted(tmp_path.iterdir()):
        away = (load_picture(path).double() - wanted.double()).abs().mean()
        assert float(away) < 2.0, path.name


# EXIF 2.32, tag 0112: which side of the picture the first row and the first column of the file are.
STORED = {
    1: CROSS,  # top, left
    2: CROSS[:, ::-1],  # top, right
    3: CROSS[::-1, ::-1],  # bottom, right
    4: CROSS[::-1],  # bottom, left
    5: CROSS.T,  # left, top
    6: CROSS.T[::-1],  # right, top: the first row of the file is the last column of the picture
    7: CROSS.T[::-1, ::-1],  # right, bottom
    8: CROSS.T[:, ::-1],  # left, bottom
}


@pytest.mark.parametrize("orientation", STORED)
def test_a_picture_that_says_how_it_was_held_is_turned(tmp_path: Path, wanted: torch.Tensor, orientation: int) -> None:
    stored = STORED[orientation]
    turned = Image.fromarray(np.ascontiguousarray(stored))
    exif = turned.getexif()
    exif[0x0112] = orientation
    turned.save(tmp_path / "held.png", exif=exif)
    assert float((load_picture(tmp_path / "held.png").double() - wanted.double()).abs().mean()) < 2.0


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.roll(CROSS, shift)) for shift in (0, 5)]
    frames[0].save(tmp_path / "moves.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match="several pictures"):
        load_picture(tmp_path / "moves.webp")
    for side in (10_001, 14_000):  # above our limit, and above that of the library too
        Image.new("1", (side, side)).save(tmp_path / "bomb.png")
        with pytest.raises(DataError, match=r"bomb\.png has more than 100 million pixels\. Give a smaller picture"):
            load_picture(tmp_path / "bomb.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "moves.webp").read_bytes()[:60])
    with pytest.raises(DataError, match=r"cut\.png is not a picture"):
        load_picture(tmp_path / "cut.png")
