"""docs/quality.md says what the code says: every measure, part, limit and profile."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.config.quality import PROFILES, Limits
from daemon.routes.quality.score import WEIGHTS
from daemon.routes.quality.table import MEASURES


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / "docs" / "quality.md").read_text(encoding="utf-8")


def measure_row(row) -> str:
    """The start of a measure's line; what follows is prose."""
    unit = row.unit or "–"
    part = f"{row.part} {WEIGHTS[row.part]:g}" if row.part else "–"
    mapping = "yes" if row.component else "–"
    code = f"`{row.code}`" if row.code else "–"
    return f"| `{row.name}` | {unit} | {part} | {mapping} | {code} |"


def limit_row(name: str) -> str:
    cells = []
    for profile in PROFILES.values():
        said = []
        if (value := getattr(profile.reject, name)) is not None:
            said.append(f"{value:g}")
        if (value := getattr(profile.warn, name)) is not None:
            said.append(f"warn {value:g}")
        cells.append(", ".join(said) or "–")
    code = (Limits.model_fields[name].description or "").partition(":")[0]
    return f"| `{name}` | {code} | " + " | ".join(cells) + " |"


@pytest.mark.parametrize("row", MEASURES, ids=lambda row: row.name)
def test_every_measure_has_its_row(page, row) -> None:
    assert measure_row(row) in page


@pytest.mark.parametrize("name", Limits.model_fields)
def test_every_limit_has_its_row_with_the_three_profiles(page, name) -> None:
    assert limit_row(name) in page


def test_every_profiles_score_is_told(page) -> None:
    scores = " | ".join(f"{profile.min_score:g}" for profile in PROFILES.values())
    assert f"| `min_score` | LOW_OVERALL_QUALITY | {scores} |" in page
