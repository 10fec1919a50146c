"""What a page or a comment names exists: commands, options, pages, events."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from daemon.cli.entry import boothd
from daemon.telemetry import events

# What a person may type, up to a remark, a choice or a placeholder for more.
_TYPED = re.compile(r"^(?:\$ )?(?:\S*/)?boothd +([^#|·…;()\n]+)", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
_PAGE = re.compile(r"\b(docs/(?:decisions/)?[\w-]+\.md)\b")


def pages(repo_root: Path) -> list[Path]:
    return [*repo_root.glob("*.md"), *(repo_root / "docs").rglob("*.md")]


def code_of(text: str) -> Iterator[str]:
    """What stands in code: in fences, in indented lines, between ticks."""
    yield from re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    yield from re.findall(r"^    ([^\n]*)", text, re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", text)


def typed_on(page: Path) -> Iterator[list[str]]:
    """Commands that a page has people type, word by word, without the program's own options."""
    for code in code_of(page.read_text("utf-8")):
        for typed in _TYPED.findall(code):
            yield re.sub(r"^--config \S+ *", "", typed).split()


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words begin with, and the words behind it."""
    found: click.Command = boothd
    while isinstance(found, click.Group) and words and re.fullmatch("[a-z-]+", words[0]):
        inner = found.get_command(click.Context(found), words[0])
        if inner is None:
            break
        found, words = inner, words[1:]
    return found, words


def test_every_command_that_a_page_names_exists(repo_root: Path) -> None:
    wrong = []
    for page in pages(repo_root):
        for words in typed_on(page):
            found, left = command_of(words)
            is_half = isinstance(found, click.Group) and bool(left) and left[0].isalpha()
            if found is boothd or (is_half and left[0].islower()):
                wrong.append(f"{page.relative_to(repo_root)}: boothd {' '.join(words)}")
    assert wrong == []


def test_every_option_that_a_page_gives_a_command_exists(repo_root: Path) -> None:
    wrong = []
    for page in pages(repo_root):
        for words in typed_on(page):
            found, left = command_of(words)
            known = {
                one for option in found.params for one in (*option.opts, *option.secondary_opts)
            }
            asked = {word.split("=")[0] for word in left if word.startswith("--")}
            if asked - known - {"--help", "--json"}:
                wrong.append(f"{page.relative_to(repo_root)}: boothd {' '.join(words)}")
    assert wrong == []


def test_every_page_that_is_named_exists(repo_root: Path) -> None:
    sources = [
        path for top in ("daemon", "admin", "tests") for path in (repo_root / top).rglob("*.py")
    ]
    named = {
        name: path
        for path in [*pages(repo_root), *sources]
        for name in _PAGE.findall(path.read_text("utf-8"))
    }
    assert [
        f"{path}: {name}" for name, path in named.items() if not (repo_root / name).exists()
    ] == []


def test_every_link_leads_somewhere(repo_root: Path) -> None:
    broken = [
        f"{page.relative_to(repo_root)}: {link}"
        for page in pages(repo_root)
        for link in _LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_every_event_happens_somewhere(repo_root: Path) -> None:
    sources = [path for top in ("daemon", "admin") for path in (repo_root / top).rglob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    said = set(re.findall(r"\bevents\.([A-Z_]+)\b", text))
    assert {name for name in vars(events) if name.isupper()} - said == set()


def test_nothing_stands_in_a_module_that_nobody_names(repo_root: Path) -> None:
    """A function, class or constant whose name occurs once was left behind."""
    tops = ("daemon", "admin", "tests", "docs", "migrations")
    paths = [path for top in tops for path in (repo_root / top).rglob("*.py")]
    pages_of_panel = (repo_root / "admin").rglob("*.html")
    named = Counter(
        word
        for path in (*paths, *pages_of_panel)
        for word in re.findall(r"\w+", path.read_text("utf-8"))
    )
    alone = [
        f"{path.relative_to(repo_root)}: {name}"
        for path in paths
        for name in names_in(ast.parse(path.read_text("utf-8")))
        if named[name] == 1 and not name.startswith(("test_", "pytest_", "__"))
    ]
    assert alone == []


def names_in(module: ast.Module) -> Iterator[str]:
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef) and not statement.decorator_list:
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (one.id for one in statement.targets if isinstance(one, ast.Name))
