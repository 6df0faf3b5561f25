"""`ohmshot look`, and what `classify` says of pictures that are no drawings."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from ohmshot import cli
from own_pictures import write_pictures


def test_pictures_are_shown_as_the_network_sees_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    query = write_pictures(tmp_path) / "query"
    blot = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(blot).ellipse([60, 60, 140, 140], fill=0)
    blot.save(query / "sign 0" / "blot.png")
    sheet = tmp_path / "seen.png"
    for given, code in ((query, 0), (tmp_path / "none.png", 2)):
        monkeypatch.setattr("sys.argv", ["ohmshot", "look", str(given), "-o", str(sheet)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert (ended.value.code or 0) == code
    told = capsys.readouterr().out
    assert "blot.png does not look like a drawing" in told
    assert told.count("does not look") == 1
    with Image.open(sheet) as seen:
        assert seen.size == (5 * 2 * 168, 2 * (168 + 14))  # six pictures, five pairs a row
        colours = seen.convert("RGB").getcolors(2**24)
    assert colours is not None
    assert (255, 0, 0) in {colour for _, colour in colours}  # the blot has a red frame
