import re
from pathlib import Path

import pytest

from ohmshot.cli import main
from ohmshot.foundation.errors import SettingsError
from ohmshot.sweep.file import axes, load_sweep
from ohmshot.sweep.plan import read_sweep

GRID = """
method = "grid"
[run]
chips = 3
[vary]
strategy.tolerance = { values = [1, 2.5] }
cell.set_spread = { low_factor = 0.5, high_factor = 2, steps = 3 }
"""
SEARCH = GRID.replace('"grid"', '"search"\npoints = 4') + "[search]\nbudget_j = 1e-6\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "sweep.toml"
    path.write_text(text)
    return path


def test_a_file_names_its_axes_in_order(tmp_path: Path) -> None:
    found = axes(load_sweep(written(tmp_path, GRID)))
    assert [each.column for each in found] == ["strategy.tolerance", "cell.set_spread.factor"]
    assert load_sweep(written(tmp_path, SEARCH)).search is not None


def test_names_may_stand_in_quotation_marks(tmp_path: Path) -> None:
    quoted = GRID.replace("strategy.tolerance", '"strategy.tolerance"').replace("cell.set_spread", '"cell.set_spread"')
    assert load_sweep(written(tmp_path, quoted)) == load_sweep(written(tmp_path, GRID))


@pytest.mark.parametrize("name", ["sweep", "search"])
def test_the_examples_are_valid(name: str) -> None:
    plan = read_sweep(Path(__file__).parents[2] / "examples" / f"{name}.toml")
    assert plan.file.run.chips == 100
    assert len(plan.axes) > 1


def test_the_file_of_the_page_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sweep.md").read_text("utf-8")
    whole, search = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(axes(load_sweep(written(tmp_path, whole)))) == 5
    load_sweep(
        written(
            tmp_path, whole.replace('"grid"', '"search"\npoints = 3').replace('"evaluation"', '"held-out"') + search
        )
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "strategy.tolerance",
            "strategy.tolerence",
            "line 6: There is no parameter 'strategy.tolerence'. Did you mean",
        ),
        ("strategy.tolerance", "tolerance", "Did you mean strategy.tolerance"),
        ("chips = 3", "chips = 0", "line 4: run.chips: Input should be greater than or equal to 1"),
        ("chips = 3", "chip = 3", "line 4: there is no key run.chip. Did you mean chips"),
        ("[run]", "[runs]", "there is no key runs. Did you mean run"),
        ("values", "valves", "line 6: there is no key strategy.tolerance.valves. Did you mean values"),
        ("values = [1, 2.5]", "values = [1], steps = 2", "strategy.tolerance: log and steps belong to a range"),
        ("values = [1, 2.5]", "values = [1], low = 2", "give one of values, factors, low and high"),
        ("{ values = [1, 2.5] }", "3", r"line 6: strategy.tolerance: give a table such as \{ values"),
        ("values = [1, 2.5]", "values = []", "line 6: strategy.tolerance.values: give at least one"),
        ("values = [1, 2.5]", "low = 3, high = 2, steps = 2", "the first below the second"),
        ("values = [1, 2.5]", "low = 0, high = 2, steps = 2, log = true", "must begin above 0"),
        ("values = [1, 2.5]", "low = 1, high = 2", "a range in a grid needs steps"),
        ("values = [1, 2.5]", 'values = ["wide"]', "strategy.tolerance must be a number, not 'wide'"),
        ('"grid"', '"random"', "method: Input should be 'grid', 'latin-hypercube' or 'search'"),
        ('"grid"', '"latin-hypercube"', "method latin-hypercube needs points"),
        ('"grid"', '"grid"\npoints = 4', "method grid takes no points"),
        ('"grid"', '"search"\npoints = 4', r"method search needs a table \[search\]"),
        ("strategy.tolerance = { values = [1, 2.5] }\n", "[", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        axes(load_sweep(written(tmp_path, GRID.replace(old, new))))


def test_a_search_on_evaluation_alphabets_is_refused(tmp_path: Path) -> None:
    text = SEARCH.replace("[run]", '[run]\nalphabets = "evaluation"')
    with pytest.raises(SettingsError, match=r"a search chooses settings, so run\.alphabets can only be held-out"):
        load_sweep(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GRID.replace("tolerance", "tolerence"), "Did you mean strategy.tolerance"),
        (GRID.replace("[run]", '[run]\nstrategy = "best"'), "There is no programming strategy 'best'"),
        (GRID.replace("[run]", '[run]\nparameters = "tin"'), "There is no parameter set"),
        (GRID.replace("[run]", '[run]\nbundle = "none.safetensors"'), "none.safetensors"),
        (SEARCH.replace("[run]", '[run]\nsource = "digits"'), "Choose one of omniglot, invented"),
    ],
)
def test_the_command_ends_with_2_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["ohmshot", "sweep", str(written(tmp_path, text))])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("chips = 3", "chips = true", "run.chips: .*a number or a text is wanted, not true"),
        ("[1, 2.5]", "[1, true]", r"strategy.tolerance must be .*number.*, not .*True"),
        ("low_factor = 0.5", "low_factor = true", "cell.set_spread.*a number or a text is wanted, not true"),
        ("low_factor = 0.5, high_factor = 2, steps = 3", "factors = [0.5, true]", "a number or a text is wanted"),
    ],
)
def test_true_is_no_number(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        axes(load_sweep(written(tmp_path, GRID.replace(old, new))))
