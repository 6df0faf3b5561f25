from pathlib import Path

import numpy as np
import pytest
import torch

from ohmshot.data.signal_files import load_signal, load_windows
from ohmshot.foundation.errors import DataError


def test_csv_with_and_without_names_and_npy_give_the_same_signal(tmp_path: Path) -> None:
    values = np.array([[0.0, 1.5], [2.0, -1.0], [4.0, 0.25]])
    np.save(tmp_path / "a.npy", values)
    np.savetxt(tmp_path / "b.csv", values, delimiter=",")
    np.savetxt(tmp_path / "c.csv", values, delimiter=",", header="x,y", comments="")
    signals = [load_signal(tmp_path / name, 2, 5) for name in ("a.npy", "b.csv", "c.csv")]
    assert signals[0].tolist() == [[0, 1, 2, 3, 4], [1.5, 0.25, -1.0, -0.375, 0.25]]
    assert torch.equal(signals[0], signals[1])
    assert torch.equal(signals[0], signals[2])


def test_what_is_no_signal_is_named(tmp_path: Path) -> None:
    for name, content, message in (
        ("a.csv", b"1,2\n3,x\n", "line 2: 'x' is not a number"),
        ("b.csv", b"", "is empty"),
        ("c.csv", b"1,2,3\n4,5,6\n", "2 columns"),
        ("d.csv", b"1,2\n", "two instants"),
        ("e.csv", b"1,2\n3,nan\n", "finite"),
        ("f.npy", b"no array", "not an NPY file"),
        ("g.csv", b"1,2\n3,4,5\n", "line 2: 3 columns, where the first row has 2"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=message):
            load_signal(tmp_path / name, 2, 5)
    with pytest.raises(DataError, match="not a CSV"):
        load_signal(tmp_path / "none.csv", 2, 5)


def test_a_first_row_that_counts_the_columns_is_no_instant(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1;2\n0,5;1,5\n2,5;3,5\n")
    assert load_signal(tmp_path / "a.csv", 2, 2).tolist() == [[0.5, 2.5], [1.5, 3.5]]
    (tmp_path / "b.csv").write_text("1,2\n3,4\n")  # whole numbers below: an instant like them
    assert load_signal(tmp_path / "b.csv", 2, 2).tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_several_arrays_in_one_file_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", np.zeros((5, 2)))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(DataError, match="several arrays"):
        load_signal(tmp_path / "a.npy", 2, 5)


def test_a_recording_is_cut_into_whole_windows_whatever_its_file(tmp_path: Path) -> None:
    samples = np.array([[i, -i] for i in range(7)])
    samples.astype("<i2").tofile(tmp_path / "a.dat")
    samples.astype("<i2").tofile(tmp_path / "b.RAW")
    np.savetxt(tmp_path / "c.csv", samples, delimiter=",")
    np.save(tmp_path / "d.npy", samples)
    for name in ("a.dat", "b.RAW", "c.csv", "d.npy"):
        windows = load_windows(tmp_path / name, 2, 3)
        assert windows.dtype == torch.float32
        assert windows.tolist() == [[[0, 1, 2], [0, -1, -2]], [[3, 4, 5], [-3, -4, -5]]]


def test_a_recording_that_cannot_be_cut_is_named(tmp_path: Path) -> None:
    np.zeros((2, 2), dtype="<i2").tofile(tmp_path / "short.dat")
    with pytest.raises(DataError, match=r"short\.dat holds 2 samples; an example takes 3"):
        load_windows(tmp_path / "short.dat", 2, 3)
    (tmp_path / "odd.raw").write_bytes(bytes(17))
    with pytest.raises(DataError, match=r"odd\.raw has 17 bytes, .* 2 channels, 4 bytes a sample"):
        load_windows(tmp_path / "odd.raw", 2, 3)
    (tmp_path / "wide.csv").write_text("1,2,3\n" * 5)
    with pytest.raises(DataError, match=r"5 x 3; it must have .* 2 columns"):
        load_windows(tmp_path / "wide.csv", 2, 3)
    with pytest.raises(DataError, match=r"none\.dat cannot be read"):
        load_windows(tmp_path / "none.dat", 2, 3)


@pytest.mark.parametrize(
    "content",
    ["x,y,\n1,2,\n3,4,\n", '"x","y"\n"mV","\u00b5V"\n1,2\n3,4\n', "x;y\n[mV];[%]\n1,0;2,0\n3,0;4,0\n", "1,2\n3,4\n"],
)
def test_units_below_names_and_separators_at_the_end_are_no_numbers(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.csv").write_text(content, encoding="utf-8")
    assert load_signal(tmp_path / "s.csv", 2, 2).tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize("gap", ["n/a", "-", "", "NaN", "inf", "1_0", "\u0661"])
def test_a_gap_is_named_with_its_place_and_never_skipped(tmp_path: Path, gap: str) -> None:
    for row in (0, 1):
        rows = ["1,2", "3,4"]
        rows[row] = f"{gap},{gap}" if row == 0 and gap != "" else f"{gap},4"
        (tmp_path / "s.csv").write_text("\n".join(["x,y", *rows, "5,6", ""]), encoding="utf-8")
        with pytest.raises(DataError, match=rf"(line {row + 2}: |instant {row + 1}, )"):
            load_signal(tmp_path / "s.csv", 2, 4)
