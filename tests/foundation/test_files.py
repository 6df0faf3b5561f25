import errno
from pathlib import Path

import pytest

from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import replacing, require_writable, write_text


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    write_text(file, "old")

    def fail_half_way() -> None:
        with replacing(file) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert file.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OhmshotError, match="disk is full"), replacing(tmp_path / "x"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_to_are_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    require_writable(tmp_path / "new" / "result.json")
    assert list((tmp_path / "new").iterdir()) == []
    with pytest.raises(OhmshotError, match="a file is in its way"):
        require_writable(tmp_path / "file" / "result.json")
    with pytest.raises(OhmshotError, match="is a folder"):
        require_writable(tmp_path / "new")
