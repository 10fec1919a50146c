"""The catalogue says what the list says that it was written from; nothing fetches but ``pull``."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.catalogue.models import model_book
from daemon.catalogue.models.load import FIGURES

# Who may fetch: a person's command.
FETCHERS = {"daemon/services/models_pull.py", "daemon/cli/models.py"}


@pytest.fixture(scope="module")
def original(repo_root: Path) -> Any:
    path = repo_root.parent / "shared" / "models" / "catalogue.yaml"
    if not path.exists():
        pytest.skip("../shared/models/catalogue.yaml is not on this machine")
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def test_every_model_is_as_the_list_has_it(original: Any) -> None:
    book = model_book()
    assert list(book.models) == [row["key"] for row in original["weights"]]
    for row in original["weights"]:
        model = book.models[row["key"]]
        said = {
            "key": model.key,
            "purpose": model.purpose,
            "architecture": model.architecture,
            "file": model.file or "(folder)",
            "urls": list(model.urls),
            "size_bytes": model.size_bytes,
            "sha256": model.sha256 or None,
            "sha256_source": model.sha256_source or "unverified",
            "licence": model.licence.key,
            "commercial_use": str(model.licence.commercial),
            "framework": model.framework,
            **{name: model.figures.get(name) for name in FIGURES},
            "size_note": model.size_note or None,
            "loader_note": model.loader_note or None,
        }
        wanted = {name: row.get(name) for name in said}
        assert said == wanted, model.key
        # Where the list keeps copies of two files is nothing to the booth.
        assert set(row) - set(said) <= {"bundled"}


def test_every_licence_is_as_the_list_has_it(original: Any) -> None:
    book = model_book()
    assert list(book.licences) == list(original["licences"])
    for key, row in original["licences"].items():
        licence = book.licences[key]
        said = {
            "name": licence.name,
            "commercial_use": str(licence.commercial),
            "stated_by": licence.stated_by,
            "condition": licence.condition,
            "note": licence.note,
        }
        assert said == {name: row.get(name, "") for name in said}, key
        assert set(row) <= set(said)


def test_nothing_but_the_command_fetches(repo_root: Path) -> None:
    """No import, no route and no engine of the booth downloads anything."""
    found = set()
    for package in ("daemon", "admin"):
        for path in (repo_root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "daemon.net.fetching":
                    found.add(str(path.relative_to(repo_root)))
    assert found == FETCHERS


def test_every_licence_is_named_on_the_page(repo_root: Path) -> None:
    page = (repo_root / "docs" / "models.md").read_text(encoding="utf-8")
    for key, licence in model_book().licences.items():
        assert f"| `{key}` | {licence.name} | " in page, key
