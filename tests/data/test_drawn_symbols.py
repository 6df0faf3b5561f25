from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from ohmshot.cli.app import app
from ohmshot.data.drawn_symbols import SYMBOLS, drawn_symbols
from ohmshot.data.pictures import load_picture


def test_no_two_drawings_are_the_same_and_a_seed_draws_again() -> None:
    once, again, other = drawn_symbols(0, 2), drawn_symbols(0, 2), drawn_symbols(1, 2)
    for name in SYMBOLS:
        first, second = (picture.tobytes() for picture in once[name])
        assert first != second
        assert again[name][0].tobytes() == first != other[name][0].tobytes()


@pytest.mark.parametrize("seed", range(5))
def test_a_drawing_keeps_away_from_the_border(seed: int) -> None:
    for pictures in drawn_symbols(seed, 5).values():
        for picture in pictures:
            assert picture.getpixel((0, 0)) == 255
            left, top, right, bottom = picture.point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
            assert min(left, top) > 0
            assert max(right, bottom) < 200


def test_the_command_writes_a_task_that_adapt_learns(tmp_path: Path) -> None:
    runner = CliRunner()
    written = runner.invoke(app, ["example-files", "--kind", "drawings", "--output", str(tmp_path / "my")])
    assert written.exit_code == 0
    counts = {part: len(list((tmp_path / "my" / part).glob("*/*.png"))) for part in ("support", "query")}
    assert counts == {"support": 25, "query": 50}
    assert load_picture(tmp_path / "my/support/star/00.png").dtype == torch.uint8
    words = ["adapt", "--support", str(tmp_path / "my/support"), "--query", str(tmp_path / "my/query")]
    json_file = tmp_path / "out.json"
    learned = runner.invoke(app, [*words, "--output", str(tmp_path / "c.safetensors"), "--json", str(json_file)])
    assert learned.exit_code == 0, learned.output
    from ohmshot.task.result import OwnTaskResult

    judged = OwnTaskResult.model_validate_json(json_file.read_text()).query
    assert judged is not None
    assert judged.accuracy[-1] >= 0.96
