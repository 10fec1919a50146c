"""The reference pages say what the program says."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from daemon.cli.entry import COMMANDS
from daemon.cli.route_options import options_of
from daemon.config.describe import reference as settings_page
from daemon.domain.codes import CODES, LANGUAGES
from daemon.domain.route import RouteId
from daemon.telemetry import events

REGENERATE = "run `python docs/reference.py`"


@pytest.fixture(scope="module")
def reference(repo_root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", repo_root / "docs" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["settings.md", "codes.md", "commands.md", "privacy-entities.md"])
def test_a_reference_page_is_what_the_program_says(
    repo_root: Path, reference: ModuleType, name: str
) -> None:
    page: Callable[[], str] = reference.PAGES[name]
    kept = (repo_root / "docs" / name).read_text(encoding="utf-8")
    assert kept == page(), REGENERATE


def test_every_command_has_its_heading(repo_root: Path) -> None:
    text = (repo_root / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, module in COMMANDS.items():
        if importlib.util.find_spec(module):
            assert f"## boothd {name}\n" in text


def test_every_setting_has_its_row(repo_root: Path) -> None:
    text = (repo_root / "docs" / "settings.md").read_text(encoding="utf-8")
    assert text.startswith(settings_page())
    for route in RouteId:
        model = options_of(route)
        assert model is not None
        assert all(f"| `{route}.{name}` |" in text for name in model.model_fields)


def test_every_code_has_words_in_both_languages() -> None:
    for name, code in CODES.items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", name)
        for language in LANGUAGES:
            assert code.message[language], name
            assert code.advice[language], name
        for texts in (code.message, code.advice):
            facts = [set(re.findall(r"{(\w+)}", texts[language])) for language in LANGUAGES]
            assert facts[0] == facts[1], name


def event_names() -> set[str]:
    return {value for name, value in vars(events).items() if name.isupper()}


def test_every_event_has_its_row_and_no_other_has(repo_root: Path) -> None:
    text = (repo_root / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (?:debug|info|warning|error) \| \S", text, re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == event_names()


def test_events_are_dotted_and_past() -> None:
    for name in event_names():
        assert re.fullmatch(r"[a-z]+\.[a-z]+(_[a-z]+)*", name), name


def test_every_event_that_is_logged_is_a_constant(repo_root: Path) -> None:
    """``log.info("some text")`` would be an event that nobody can find in the table."""
    said = re.compile(r"""log\.(?:debug|info|warning|error|exception|critical)\(\s*f?["']""")
    sources = [*(repo_root / "daemon").rglob("*.py"), *(repo_root / "admin").rglob("*.py")]
    assert not [str(path) for path in sources if said.search(path.read_text(encoding="utf-8"))]
