"""Whatever is said of an engine is said with a word of the table, and every word is said."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from daemon.domain.codes import CODES
from daemon.domain.engine_words import WORDS

DAEMON = Path(__file__).resolve().parents[2] / "daemon"
MAKER = DAEMON / "domain" / "sayings.py"
# Told by their code, whatever it is.
BY_CODE = {word for word in WORDS if word.isupper()}


def calls_of(name: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(DAEMON.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
                yield f"{path.relative_to(DAEMON)}:{node.lineno}", node


def word_of(call: ast.Call) -> str:
    first = call.args[0]
    return str(first.value) if isinstance(first, ast.Constant) else ""


def test_only_one_place_makes_the_error_so_that_it_always_has_a_word() -> None:
    places = [place for place, _ in calls_of("EngineUnavailable")]
    assert [place.partition(":")[0] for place in places] == [str(MAKER.relative_to(DAEMON))]


def test_every_saying_has_a_word_of_the_table_and_all_its_facts() -> None:
    said = list(calls_of("say"))
    assert len(said) > len(WORDS) / 2
    for place, call in said:
        word = word_of(call)
        assert word in WORDS, f"{place} says {ast.unparse(call)}"
        held = {name for _, name, _, _ in Formatter().parse(WORDS[word][1]) if name}
        assert {keyword.arg for keyword in call.keywords} == held, place


def test_every_word_of_the_table_is_said_somewhere() -> None:
    said = {word_of(call) for _, call in calls_of("say")}
    assert set(WORDS) - BY_CODE - said == set()


def test_words_that_are_codes_are_codes() -> None:
    assert set(CODES) >= BY_CODE
