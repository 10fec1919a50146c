"""docs/idphoto.md says what the data and the parser say, and what it quotes is understood."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto.caution import Caution
from daemon.domain.idphoto.instruct import parse
from daemon.domain.idphoto.measures import MEASURES
from daemon.domain.idphoto.naming import taken_apart

# Quoted, and no wish by itself.
NO_WISHES = {"30%", "【…】", "2x2 inch"}
CJK_OR_FIGURE = re.compile(r"[\u4e00-\u9fff\d]")


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / "docs" / "idphoto.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tables(repo_root: Path) -> ModuleType:
    path = repo_root / "docs" / "idphoto_tables.py"
    spec = importlib.util.spec_from_file_location("idphoto_tables", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def between(page: str, name: str) -> str:
    return page.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->", maxsplit=1)[0]


def keys_of(page: str, name: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", between(page, name), re.MULTILINE)


def test_the_tables_are_what_the_program_says(page: str, tables: ModuleType) -> None:
    assert page == tables.written(page), "run `python docs/idphoto_tables.py`"


def test_every_preset_paper_and_background_has_its_row(page: str) -> None:
    known = book()
    assert len(known.presets) == 88
    assert keys_of(page, "presets") == list(known.presets)
    assert keys_of(page, "papers") == list(known.papers)
    assert keys_of(page, "colours") == [*known.colours, *known.gradients, *known.specials]
    assert keys_of(page, "remarks") == [caution.code for caution in Caution]


def test_every_example_is_understood_whole(page: str) -> None:
    examples = re.findall(r"^\| [^|]+ \| `([^`]+)` \|", between(page, "examples"), re.MULTILINE)
    assert len(examples) > 30
    for text in examples:
        read = parse(text, book())
        assert not read.unparsed, text
        assert not read.slots.is_empty, text


def test_what_the_page_tells_to_type_is_understood(page: str) -> None:
    typed = re.findall(r'^ {4}boothd idphoto parse "([^"]+)"', page, re.MULTILINE)
    assert typed
    for text in typed:
        read = parse(text, book())
        assert not read.unparsed, text
        assert not read.slots.is_empty, text


def test_what_the_text_quotes_is_understood(page: str) -> None:
    prose = re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", "", page, flags=re.DOTALL)
    prose = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    found = 0
    for quoted in set(re.findall(r"`([^`\n]+)`", prose)) - NO_WISHES:
        is_name = quoted.endswith((".jpg", ".txt", ".yaml", ".md", ".py"))
        text = taken_apart(quoted).instruction if is_name else quoted
        if text and CJK_OR_FIGURE.search(text) and text not in {*book().presets, *MEASURES}:
            read = parse(text, book())
            assert not read.unparsed, quoted
            assert not read.slots.is_empty, quoted
            found += 1
    assert found >= 5


def test_the_examples_speak_both_languages(page: str) -> None:
    examples = between(page, "examples")
    assert re.search(r"`[^`]*[\u4e00-\u9fff][^`]*`", examples)
    assert re.search(r"`one inch, white`", examples)


def test_every_row_of_the_self_check_is_explained(page: str) -> None:
    section = page.split("## How it is checked", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    quoted = set(re.findall(r"`([a-z0-9_]+)`", section))
    missing = {row for row in MEASURES if not row.startswith("sheet_")} - quoted
    assert not missing


def test_every_row_the_modules_write_has_a_name(repo_root: Path) -> None:
    written = set()
    for path in (repo_root / "daemon" / "routes" / "idphoto").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        written |= set(
            re.findall(r"(?:Row|_row|_most|_yes|_near|_band)\(\s*\"([a-z0-9_]+)\"", text)
        )
    assert written
    assert written <= set(MEASURES)
