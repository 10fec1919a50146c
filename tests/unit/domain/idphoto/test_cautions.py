"""Every warning about an instruction has its code, its words and all the facts they need."""

from __future__ import annotations

import pytest

from daemon.catalogue.idphoto import book
from daemon.domain.codes import CODES, LANGUAGES, explain
from daemon.domain.idphoto.caution import Caution
from daemon.domain.idphoto.instruct import parse
from daemon.domain.job import Verdict

# One text for each warning that there is.
SAYS = {
    Caution.AMBIGUOUS_SIZE: "2寸",
    Caution.NEEDS_GENERATIVE_ENGINE: "换成黑色西装,蓝底",
    Caution.RETOUCH_FORBIDDEN: "us passport photo, smooth the skin",
    Caution.RETOUCH_RESTRICTED: "{restricted},换发型",
    Caution.BACKGROUND_NOT_ALLOWED: "美国签证照,红底",
    Caution.UNPARSED_TEXT: "白底,顺便写一首诗",
    Caution.NOTHING_RECOGNISED: "帮我弄好看点",
    Caution.SIZE_OVERRIDDEN: "一寸 30x40mm",
    Caution.COLOUR_SUBSTITUTED: "学历照片,蓝底",
    Caution.CONFLICTING_VALUES: "白底,红底",
    Caution.OUT_OF_RANGE: "一寸,99999dpi",
}


def test_there_is_a_text_for_every_warning() -> None:
    assert set(SAYS) == set(Caution)


@pytest.mark.parametrize("caution", list(Caution))
def test_a_warning_is_told_whole_in_both_languages(caution: Caution) -> None:
    known = book()
    restricted = next(one for one in known.presets.values() if one.retouch == "restricted")
    read = parse(SAYS[caution].format(restricted=restricted.names.zh), known)
    warned = [one for one in read.warned if one.caution is caution]
    assert warned, read
    for language in LANGUAGES:
        for sentence in explain(warned[0].reason, language):
            assert sentence
            assert "?" not in sentence


@pytest.mark.parametrize("caution", list(Caution))
def test_a_warning_lets_the_photo_be_done(caution: Caution) -> None:
    if caution is not Caution.NEEDS_GENERATIVE_ENGINE:  # an engine's code is shared with failures
        assert CODES[caution.code].verdict is Verdict.DONE


def test_made_up_content_is_an_engine_that_is_not_here() -> None:
    (warned,) = parse("put him in a navy suit and tie", book()).warned
    assert warned.reason.code == "ENGINE_UNAVAILABLE"
    assert "navy suit and tie" in explain(warned.reason, "en")[0]
