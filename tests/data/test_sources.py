import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ohmshot.data import archive, omniglot
from ohmshot.data.digits import load_digits
from ohmshot.data.examples import Examples
from ohmshot.data.invented import invented_alphabets
from ohmshot.data.source import evaluation_drawings
from ohmshot.foundation.errors import DataError

SMALL = omniglot.Contents(alphabets=2, characters=3, drawings=2, md5="")
CHARACTERS = ("Greek/character01", "Greek/character02", "Latin/character01")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An Omniglot in miniature: its folder; the cache is elsewhere and empty."""
    monkeypatch.setitem(omniglot.CONTENTS, "evaluation", SMALL)
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OHMSHOT_DATA", raising=False)
    folder = tmp_path / "data"
    random = np.random.default_rng(0)
    for character in CHARACTERS:
        place = folder / "images_evaluation" / character
        place.mkdir(parents=True)
        for number in (1, 2):
            pixels = (random.random((105, 105)) > 0.1) * np.uint8(255)
            Image.fromarray(pixels).convert("1").save(place / f"0001_{number:02d}.png")
    return folder


def zipped(folder: Path, to: Path) -> Path:
    to.mkdir()
    with zipfile.ZipFile(to / "images_evaluation.zip", "w") as archive:
        for file in folder.rglob("*.png"):
            archive.write(file, file.relative_to(folder))
    return to


def test_a_folder_and_a_zip_give_the_same_drawings(small: Path, tmp_path: Path) -> None:
    from_folder = omniglot.load_omniglot("evaluation", small)
    from_zip = omniglot.load_omniglot("evaluation", zipped(small, tmp_path / "zip"))
    assert torch.equal(from_folder.values, from_zip.values)
    assert from_zip.class_names == CHARACTERS
    assert from_zip.group.tolist() == [0, 0, 1]
    assert 0.05 < float(from_zip.values.float().mean()) / 255 < 0.15  # a tenth of the page is ink


def test_the_environment_names_the_place_and_a_wrong_place_is_an_error(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OHMSHOT_DATA", str(small))
    assert omniglot.load_omniglot("evaluation").classes == 3
    above = small.rename(tmp_path / "omniglot").parent  # a folder of several data sets, one folder each
    monkeypatch.setenv("OHMSHOT_DATA", str(above))
    assert omniglot.load_omniglot("evaluation").classes == 3
    with pytest.raises(DataError, match=r"expected images_evaluation\.zip"):
        omniglot.load_omniglot("evaluation", tmp_path / "omniglot" / "images_evaluation" / "Greek")


def test_the_cache_serves_and_a_damaged_one_is_made_anew(small: Path, tmp_path: Path) -> None:
    first = omniglot.load_omniglot("evaluation", small)
    (cached,) = (tmp_path / "cache").glob("omniglot-evaluation-*.safetensors")
    cached.write_bytes(b"damaged")
    assert torch.equal(omniglot.load_omniglot("evaluation", small).values, first.values)
    assert cached.stat().st_size > 100


def test_what_is_missing_or_damaged_is_named(small: Path) -> None:
    victim = small / "images_evaluation" / "Greek" / "character02" / "0001_02.png"
    victim.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"Greek/character02/0001_02\.png is damaged"):
        omniglot.load_omniglot("evaluation", small)
    victim.unlink()
    with pytest.raises(DataError, match="Greek/character02 has 1 drawings, not 2"):
        omniglot.load_omniglot("evaluation", small)


def test_a_truncated_zip_is_told(small: Path, tmp_path: Path) -> None:
    place = zipped(small, tmp_path / "zip")
    archive = place / "images_evaluation.zip"
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(DataError, match="is damaged"):
        omniglot.load_omniglot("evaluation", place)


def test_no_answer_to_the_download_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path))
    monkeypatch.delenv("OHMSHOT_DATA", raising=False)
    monkeypatch.setattr(archive, "_beside_checkouts", lambda data: iter(()))

    def no_answer(*arguments: object, **options: object) -> str:
        raise TimeoutError

    monkeypatch.setattr(archive.pooch, "retrieve", no_answer)
    with pytest.raises(archive.DataUnavailableError, match="OHMSHOT_DATA"):
        omniglot.load_omniglot("evaluation")


def test_digits_are_ten_classes_centred_in_omniglots_box() -> None:
    digits = load_digits()
    assert digits.values.shape == (10, 174, 28, 28)
    ink = digits.values.float() / 255
    assert 0.05 < float(ink.mean()) < 0.2
    assert float(ink.amax((2, 3)).min()) > 0.9
    border = ink.clone()
    border[..., 4:24, 4:24] = 0
    assert float(border.max()) == 0


@pytest.fixture
def named_evaluation(monkeypatch: pytest.MonkeyPatch) -> Examples:
    """Empty pages with the names that Omniglot's evaluation part has around the beginning of the list."""
    names = tuple(f"Gurmukhi/character{i:02d}" for i in range(1, 46)) + tuple(f"Tibetan/{i:03d}" for i in range(419))
    images = torch.zeros(len(names), 2, 28, 28, dtype=torch.uint8)
    drawings = Examples("omniglot evaluation", images, torch.ones(len(names)), ("A", "B"), names, "none")
    monkeypatch.setattr("ohmshot.data.vinyals.load_omniglot", lambda part, location: drawings)
    return drawings


def test_the_vinyals_test_characters_are_the_last_423_by_name_with_rotations(named_evaluation: Examples) -> None:
    vinyals = evaluation_drawings("omniglot-vinyals")
    assert vinyals.classes == 4 * 423
    assert vinyals.class_names[:423] == named_evaluation.class_names[41:]


def test_another_omniglot_has_no_vinyals_split(named_evaluation: Examples, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = named_evaluation.of_classes(torch.arange(100))
    monkeypatch.setattr("ohmshot.data.vinyals.load_omniglot", lambda part, location: fewer)
    with pytest.raises(DataError, match="59 characters"):
        evaluation_drawings("omniglot-vinyals")


def test_invented_alphabets_depend_on_their_seed_and_vary_from_drawing_to_drawing() -> None:
    first, again, other = (invented_alphabets(seed, 2, 3, 4) for seed in (1, 1, 2))
    assert torch.equal(first.values, again.values)
    assert not torch.equal(first.values, other.values)
    pixels = first.values.float().flatten(2)
    within = torch.cdist(pixels, pixels).sum((1, 2)).mean() / 12
    centres = pixels.mean(1)
    assert float(within) > 0
    assert float(torch.cdist(centres, centres).sum() / 30) > 0.5 * float(within)


def test_an_unknown_source_lists_the_known_ones() -> None:
    with pytest.raises(DataError, match="digits"):
        evaluation_drawings("letters")
