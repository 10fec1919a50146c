"""The page of crash windows speaks of the fail points there are."""

from __future__ import annotations

import re
from pathlib import Path

# Killing there needs no point in the code: nothing is stored yet.
WITHOUT_A_POINT = {"W1"}


def _rows(repo_root: Path) -> set[str]:
    text = (repo_root / "docs" / "durability.md").read_text()
    return set(re.findall(r"^\| (W\d+b?) \|", text, re.MULTILINE))


def _points(repo_root: Path) -> set[str]:
    reached = re.compile(r"""reached\(\s*["'](W\d+b?)["']""")
    sources = (repo_root / "daemon").rglob("*.py")
    return {name for path in sources for name in reached.findall(path.read_text())}


def test_every_window_of_the_contract_has_its_row(repo_root):
    assert _rows(repo_root) == {f"W{number}" for number in range(1, 26)} | {"W3b"}


def test_every_window_can_be_reached_by_a_test(repo_root):
    assert _points(repo_root) == _rows(repo_root) - WITHOUT_A_POINT
