"""Laws stay what a device engineer reads beside a paper: short, scalar, each a formula with its units."""

import ast
from pathlib import Path

import pytest

import ohmshot.cell

FILES = sorted(Path(ohmshot.cell.__file__).parent.glob("*.py"))
MOST_LINES = 24


def laws_of(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    return [each for each in functions if any(ast.unparse(mark) == "law" for mark in each.decorator_list)]


LAWS = [pytest.param(law, id=f"{path.stem}.{law.name}") for path in FILES for law in laws_of(path)]


def lines_without_docstring(law: ast.FunctionDef) -> int:
    said = law.body[0]
    return law.end_lineno - law.lineno + 1 - (said.end_lineno - said.lineno + 1)  # type: ignore[operator]


def test_there_are_laws() -> None:
    assert len(LAWS) > 40


@pytest.mark.parametrize("law", LAWS)
def test_a_law_is_short_and_says_what_it_is(law: ast.FunctionDef) -> None:
    assert ast.get_docstring(law)
    assert lines_without_docstring(law) <= MOST_LINES


@pytest.mark.parametrize("law", LAWS)
def test_a_law_is_about_one_cell(law: ast.FunctionDef) -> None:
    called = {ast.unparse(each.func) for each in ast.walk(law) if isinstance(each, ast.Call)}
    assert called.isdisjoint({"np.where", "torch.where", "np.select", "np.choose"})
    assert not any(name.startswith("torch.") for name in called)
    masks = [each for each in ast.walk(law) if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Compare)]
    assert masks == []
