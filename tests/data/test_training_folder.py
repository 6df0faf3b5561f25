from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.example_files import write_example_gestures
from ohmshot.data.gestures import invented_gestures
from ohmshot.data.source import training_examples
from ohmshot.data.training_folder import load_training_folder
from ohmshot.foundation.errors import DataError, SettingsError
from ohmshot.foundation.randomness import generator


def test_example_files_come_back_as_the_signals_that_they_were_made_of(tmp_path: Path) -> None:
    write_example_gestures(tmp_path, 3, families=2)
    back = load_training_folder(tmp_path / "train")
    made = invented_gestures(3, 2, 2, 20)
    assert back.kind == "signal"
    assert len(back.group_names) == 4  # each class can be held out
    order = [back.class_names.index(name.replace("/", " ")) for name in made.class_names]
    torch.testing.assert_close(back.values[order], made.values, rtol=0, atol=1e-4)
    new = [f"family {i} gesture01" for i in range(1, 6)]
    assert sorted(place.name for place in (tmp_path / "query").iterdir()) == new


def test_the_smallest_class_says_how_many_examples_each_gives(tmp_path: Path) -> None:
    for name, count in (("a", 3), ("b", 2)):
        (tmp_path / name).mkdir()
        for number in range(count):
            page = np.full((40, 40), 255, dtype=np.uint8)
            page[10:30, 18 + number : 22 + number] = 0
            Image.fromarray(page).save(tmp_path / name / f"{number}.png")
    (tmp_path / "a" / "IMG_1.HEIC").write_bytes(b"of a phone")
    examples = training_examples("folder", tmp_path)
    assert examples.kind == "drawing"
    assert (examples.classes, examples.examples_per_class) == (2, 2)
    smallest, left_out = examples.notes
    assert smallest == "Its class 'b' has 2 of up to 3 examples, and each class gives as many as the smallest has."
    assert left_out.startswith(
        f"Not read in {tmp_path}: {tmp_path / 'a' / 'IMG_1.HEIC'}. Examples are files of one kind"
    )
    with pytest.raises(SettingsError, match=r"4 examples of each class; .* has 2\. Its class 'b' has 2 of"):
        sample_episodes(examples, EpisodeShape(2, 1, 3), 1, generator(0, "x"))


def test_a_folder_without_examples_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--data"):
        training_examples("folder")
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="hold no pictures"):
        load_training_folder(tmp_path)
    (tmp_path / "a" / "1.csv").write_text("1,2\n3,4\n")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.csv").write_text("1,2,3\n3,4,5\n")
    with pytest.raises(DataError, match="2 columns"):
        load_training_folder(tmp_path)
