"""Folders of examples whose files hold one example or several."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ohmshot.data.archive import DataSet, members
from ohmshot.data.labelled_files import load_labelled_files, recordings_of
from ohmshot.foundation.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Class a: recordings of 5 and 9 samples of 2 channels; class b: one of 4."""
    for name, number, length in (("a", 1, 5), ("a", 2, 9), ("b", 1, 4)):
        (tmp_path / name).mkdir(exist_ok=True)
        np.full((length, 2), length, dtype="<i2").tofile(tmp_path / name / f"{number}.dat")
    return tmp_path


def test_each_window_of_a_recording_is_an_example(folder: Path) -> None:
    files = load_labelled_files(folder, recordings_of(2, 4), 1)
    assert files.class_names == ("a", "b")
    assert files.labels.tolist() == [0, 0, 0, 1]
    assert files.values.shape == (4, 2, 4)
    assert files.values[:, 1, 3].tolist() == [5, 9, 9, 4]
    assert [path.parent.name + path.name for path in files.paths] == ["a1.dat", "a2.dat", "a2.dat", "b1.dat"]


def test_a_class_with_too_few_windows_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match=r"'a' has 3 examples in 2 recordings \(CSV.*; it needs 4"):
        load_labelled_files(folder, recordings_of(2, 4), 4)
    with pytest.raises(DataError, match=r"'b' has 1 recordings \(CSV.*; it needs 2"):
        load_labelled_files(folder, recordings_of(2, 4), 2)


def test_files_of_other_kinds_are_named(folder: Path) -> None:
    for name in ("a/IMG_1.HEIC", "a/note.txt", "b/.hidden"):
        (folder / name).write_bytes(b"x")
    files = load_labelled_files(folder, recordings_of(2, 4), 1)
    assert [path.name for path in files.left_out] == ["IMG_1.HEIC", "note.txt"]
    with pytest.raises(DataError, match=r"it needs 4\. The folder holds IMG_1\.HEIC"):
        load_labelled_files(folder, recordings_of(2, 4), 4)


def test_a_class_with_brackets_in_its_name_has_its_own_files(folder: Path) -> None:
    (folder / "[a]").mkdir()
    np.full((4, 2), 7, dtype="<i2").tofile(folder / "[a]" / "1.dat")
    files = load_labelled_files(folder, recordings_of(2, 4), 1)
    assert files.class_names == ("[a]", "a", "b")
    assert files.values[files.labels == 0].unique().tolist() == [7]


@pytest.mark.parametrize("litter", ["__MACOSX", "@eaDir", "$RECYCLE.BIN", ".Trashes"])
def test_folders_that_systems_leave_are_no_classes(litter: str, folder: Path) -> None:
    (folder / litter).mkdir()
    assert load_labelled_files(folder, recordings_of(2, 4), 1).class_names == ("a", "b")


def test_files_that_systems_leave_are_no_examples(folder: Path) -> None:
    for name in ("._1.dat", "Thumbs.db", "desktop.ini"):
        (folder / "a" / name).write_bytes(b"\0\5\26\7")
    files = load_labelled_files(folder, recordings_of(2, 4), 1)
    assert len(files.values) == 4
    assert files.left_out == ()


def test_a_data_set_is_read_without_what_systems_leave_in_it(tmp_path: Path) -> None:
    data = DataSet("set", "a set", "set.zip", "set", "nowhere")
    names = ("set/a/1.png", "set/a/._1.png", "__MACOSX/set/a/._1.png", "set/@eaDir/1.png")
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "x")
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("x")
    for source in (tmp_path / "set.zip", tmp_path / "set"):
        with members(data, source, ".png", 2) as found:
            assert [str(path) for path in found] == ["a/1.png"]


def test_what_is_no_file_is_named_and_nobody_waits_for_it(folder: Path) -> None:
    os.mkfifo(folder / "a" / "3.dat")
    with pytest.raises(DataError, match=r"3\.dat is a device, a pipe or a socket"):
        load_labelled_files(folder, recordings_of(2, 4), 1)
    (folder / "a" / "3.dat").unlink()
    for target in ("3.dat", "/nowhere/at/all"):
        (folder / "a" / "3.dat").symlink_to(target)
        with pytest.raises(DataError, match=r"3\.dat is a link that leads to no file"):
            load_labelled_files(folder, recordings_of(2, 4), 1)
        (folder / "a" / "3.dat").unlink()


def test_everything_that_is_not_read_is_told(folder: Path) -> None:
    (folder / "beside.dat").write_bytes(b"1234")
    (folder / "a" / "3.dat").mkdir()
    (folder / "b" / "more").mkdir()
    (folder / "b" / ".hidden").touch()
    files = load_labelled_files(folder, recordings_of(2, 4), 1)
    assert [path.relative_to(folder).as_posix() for path in files.left_out] == ["beside.dat", "a/3.dat", "b/more"]


@pytest.mark.parametrize(("one", "other"), [("caf\u00e9", "cafe\u0301"), ("x\x1b", "x\\x1b")])
def test_classes_that_look_alike_are_refused(folder: Path, one: str, other: str) -> None:
    for name, old in ((one, "a"), (other, "b")):
        (folder / old).rename(folder / name)
    with pytest.raises(DataError, match=r"Two classes in .* are shown as '.*'. Rename one"):
        load_labelled_files(folder, recordings_of(2, 4), 1)
