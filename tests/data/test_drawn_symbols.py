from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from ohmshot.cli.app import app
from ohmshot.data.drawn_symbols import SYMBOLS, drawn_symbols
from ohmshot.data.pictures import load_picture
from ohmshot.task.answers import NewAnswers


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


def test_what_was_never_learned_is_told(tmp_path: Path) -> None:
    runner = CliRunner()
    runner.invoke(app, ["example-files", "--kind", "drawings", "--output", str(tmp_path)])
    (tmp_path / "support/star").rename(tmp_path / "star")
    chip, told = str(tmp_path / "c.safetensors"), tmp_path / "told.json"
    assert runner.invoke(app, ["adapt", "--support", str(tmp_path / "support"), "--output", chip]).exit_code == 0
    asked = [str(path) for name in ("fish", "star") for path in sorted((tmp_path / "query" / name).glob("*.png"))]
    said = runner.invoke(app, ["classify", "--chip", chip, *asked, "--json", str(told)])
    assert said.exit_code == 0
    known = [answer.known for answer in NewAnswers.model_validate_json(told.read_text()).answers]
    assert known[:10].count(True) >= 9
    assert known[10:].count(False) >= 9
    assert said.output.count("I do not know this one") == known.count(False)
    always = runner.invoke(app, ["classify", "--chip", chip, *asked, "--always-answer"])
    assert always.exit_code == 0
    assert "do not know" not in always.output
