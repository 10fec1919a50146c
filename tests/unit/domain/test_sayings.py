"""What is wrong with an engine is told in the reader's language, whatever raised it."""

from __future__ import annotations

import json
import re
from string import Formatter

import pytest

from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.engine_words import WORDS
from daemon.domain.sayings import (
    NOTE,
    NOTE_SAID,
    in_words,
    noted,
    of_model,
    said_of,
    say,
    unavailable,
)

CHINESE = re.compile("[一-鿿]")
# What is told of itself and needs no words of its own.
NEUTRAL = {"of_engine", "mended_by", "quoted", "model_trouble"}
PULL = "boothd models pull gpen-bfr-512"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_says_the_same_in_both_languages(word) -> None:
    zh, en = WORDS[word]
    assert placeholders(zh) == placeholders(en)
    assert not CHINESE.search(en)
    assert CHINESE.search(zh) or word in NEUTRAL


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_command_is_named_in_both_languages(word) -> None:
    zh, en = WORDS[word]
    for command in re.findall(r"pip install '[^']*'|boothd models \w+|nvidia-smi|engines\.\w+", en):
        assert command in zh


def test_a_saying_within_a_saying_is_told_in_the_same_language() -> None:
    inner = [say("no_values", key="a.b"), say("no_state")]
    kept = json.loads(json.dumps(say("left_out", why=inner).as_json()))
    assert in_words(kept, "en") == "left out: a.b has no values; it holds no state dictionary"
    assert in_words(kept, "zh") == "没有使用:a.b 没有数值;里面没有权重字典"


def test_the_error_and_its_record_have_one_wording() -> None:
    error = unavailable(say("no_weights", command=PULL), engine="gpen", file="a.pth")
    assert str(error) == f"no weights in the model store ({PULL})"
    assert (error.facts["engine"], error.facts["file"]) == ("gpen", "a.pth")
    assert in_words(error.facts["said"], "en") == str(error)


def test_what_an_error_says_is_found_again() -> None:
    saying = say("unfit", file="a", engine="X", why=say("no_state"), mend=say("put_again"))
    assert said_of(unavailable(saying, engine="x")).as_json() == saying.as_json()
    assert str(said_of(ValueError("of a library"))) == "of a library"


@pytest.mark.parametrize(
    "kept",
    [
        None,
        "words",
        {},
        {"word": "of_a_later_version"},
        {"word": "no_weights"},
        {"word": ["no_weights"]},
        [{"word": "no_weights", "command": {}}],
    ],
)
def test_what_only_a_later_version_knows_is_not_told(kept) -> None:
    assert in_words(kept, "zh") == ""


def test_a_note_keeps_its_english_and_its_words() -> None:
    found = noted([say("no_gpu"), say("no_torch")])
    assert str(found[NOTE]).count("; ") == 2
    assert in_words(found[NOTE_SAID], "en") == found[NOTE]
    assert noted([]) == {}


def test_a_model_is_told_by_its_code_and_its_command() -> None:
    with_command = of_model("gpen-bfr-512", "MODEL_WRONG_SUM", PULL).as_json()
    assert in_words(with_command, "en") == f"gpen-bfr-512: MODEL_WRONG_SUM ({PULL})"
    assert "文件不对" in in_words(with_command, "zh")
    unheard = of_model("m", "MODEL_OF_TOMORROW", None).as_json()
    assert in_words(unheard, "zh") == "m:MODEL_OF_TOMORROW"


@pytest.mark.parametrize("kept", [{}, {"said": {"word": "of_a_later_version"}}])
def test_a_record_of_another_version_shows_its_detail(kept) -> None:
    reason = Reason("ENGINE_UNAVAILABLE", {"engine": "gpen", "detail": "in English", **kept})
    assert explain(reason, "zh")[0].endswith(" in English")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_detail_is_told_once(language) -> None:
    error = unavailable(say("no_weights", command=PULL), engine="gpen")
    reason = Reason(error.code, {"detail": str(error), **error.facts})
    message, _ = explain(reason, language)
    assert message.count(PULL) == 1
    assert (str(error) in message) == (language == "en")
