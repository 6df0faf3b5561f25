"""The tables of docs/security.md name tests that are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def rows() -> list[list[str]]:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = page.split("## Who can do what")[1].split("\n## ")[0]
    return [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")][1:]


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")}


def test_every_row_says_who_what_and_what_stops_them_and_names_tests_that_are_there() -> None:
    assert len(rows()) > 25
    who = ""
    for row in rows():
        assert len(row) == 4, row
        who = row[0].strip() or who
        assert all((who, row[1].strip(), row[2].strip())), row
        named = re.findall(r"`(tests/[^`:]+\.py)::(test_[a-z0-9_]+)`", row[3])
        assert named, row
        assert len(named) == row[3].count("`") // 2, row
        for file, test in named:
            assert test in functions_of(file), (file, test)


def test_every_file_of_tests_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    for file in re.findall(r"`(tests/[^`:]+\.py)", page):
        assert (ROOT / file).is_file(), file


def test_every_finding_names_the_tests_that_hold_it() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = page.split("## Findings, and what holds them")[1].split("\n## ")[0]
    findings = re.findall(r"^\| (\d\d) \|.*\| ([^|]+) \|$", table, re.MULTILINE)
    assert len(findings) > 25
    for number, named in findings:
        tests = re.findall(r"`(tests/[^`:]+\.py)::(test_\w+)`", named)
        assert tests, number
        for path, test in tests:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{number}: {path} has no {test}"
