"""The tables of docs/security.md name tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_row_names_a_test_that_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = page.split("## Who can do what")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    for row in rows:
        tests = re.findall(r"`(tests/[^`]+\.py)`", row[-1])
        assert tests, row
        for test in tests:
            assert "def test_" in (ROOT / test).read_text("utf-8"), test


def test_every_finding_names_the_tests_that_hold_it() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = page.split("## Findings, and what holds them")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d\d) \|.*\| ([^|]+) \|$", table, re.MULTILINE)
    assert len(rows) > 25
    for number, named in rows:
        tests = re.findall(r"`(tests/[^`:]+\.py)::(test_\w+)`", named)
        assert tests, number
        for path, test in tests:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{number}: {path} has no {test}"
