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
    plain.save(tmp_path / "lossless.webp", lossless=True)
    plain.save(tmp_path / "plain.bmp")
    clear = np.dstack([np.zeros((120, 160, 3), np.uint8), np.where(CROSS < 128, 255, 0).astype(np.uint8)])
    Image.fromarray(clear).save(tmp_path / "transparent.png")
    for path in sorted(tmp_path.iterdir()):
        away = (load_picture(path).double() - wanted.double()).abs().mean()
        assert float(away) < 2.0, path.name


def test_a_picture_that_says_how_it_was_held_is_turned(tmp_path: Path, wanted: torch.Tensor) -> None:
    turned = Image.fromarray(np.rot90(CROSS))  # lies on its side, and says so: 6 is a quarter turn clockwise to show
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "held.png", exif=exif)
    assert float((load_picture(tmp_path / "held.png").double() - wanted.double()).abs().mean()) < 2.0


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.roll(CROSS, shift)) for shift in (0, 5)]
    frames[0].save(tmp_path / "moves.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match="several pictures"):
        load_picture(tmp_path / "moves.webp")
    Image.new("1", (14_000, 14_000)).save(tmp_path / "bomb.png")
    with pytest.raises(DataError, match=r"14000 x 14000 pixels; at most 100 million|not a picture"):
        load_picture(tmp_path / "bomb.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "moves.webp").read_bytes()[:60])
    with pytest.raises(DataError, match=r"cut\.png is not a picture"):
        load_picture(tmp_path / "cut.png")
