"""Wishes from several places, laid over each other; nothing of them is lost in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.catalogue.idphoto import book, examples
from daemon.domain.codes import CODES
from daemon.domain.idphoto.instruct import parse
from daemon.domain.idphoto.policy import cautions
from daemon.domain.idphoto.request import Overruled, Request, Source, Unread, request_of
from daemon.domain.idphoto.slots import Background, Size, Slots

DEFAULTS = Slots(sizes=(Size(preset="cn_1in"),), background=Background("solid", color="white"))
INBOX, NAME, NOTE = Source.INBOX, Source.FILE_NAME, Source.NOTE


def asked(**texts: str) -> Request:
    return request_of({Source(key): text for key, text in texts.items()}, book(), defaults=DEFAULTS)


def slots(**texts: str) -> dict[str, Any]:
    return asked(**texts).slots.as_json()


def test_without_instructions_the_options_count() -> None:
    found = asked(inbox="  ", note="")
    assert found.slots == DEFAULTS
    assert (found.warned, found.unread, found.overruled) == ((), (), ())
    assert found.sources == {"sizes": Source.DEFAULT, "background": Source.DEFAULT}


def test_a_note_goes_before_the_name_and_that_before_the_inbox() -> None:
    texts = {"note": "红底", "file_name": "蓝底,磨皮", "inbox": "浅灰背景,二寸,美白"}
    found = asked(**texts)
    assert found.slots.as_json() == {
        "sizes": [{"preset": "cn_2in"}],
        "background": {"mode": "solid", "color": "red"},
        "retouch": {"smooth": 0.5, "whiten": 0.5},
    }
    assert found.sources == {
        "sizes": INBOX, "background": NOTE, "retouch.smooth": NAME, "retouch.whiten": INBOX,
    }  # fmt: skip


def test_what_had_to_give_way_is_listed() -> None:
    found = asked(note="红底", inbox="蓝底")
    assert found.overruled == (
        Overruled("background", {"mode": "solid", "color": "white"}, Source.DEFAULT, INBOX),
        Overruled("background", {"mode": "solid", "color": "id_blue"}, INBOX, NOTE),
    )


def test_the_same_wish_twice_is_no_quarrel() -> None:
    assert asked(note="白底,一寸", inbox="一寸").overruled == ()


@pytest.mark.parametrize(
    ("below", "above", "file"),
    [
        ("20-50KB", "正好100KB", {"min_kb": 20, "target_kb": 100}),
        ("20-50KB", "不超过10KB", {"max_kb": 10}),
        ("不超过50KB", "至少60KB", {"min_kb": 60}),
        ("正好100KB", "不超过50KB", {"max_kb": 50}),
        ("正好100KB", "正好30KB", {"target_kb": 30}),
        ("20-50KB,600dpi", "不超过40KB", {"min_kb": 20, "max_kb": 40, "dpi": 600}),
    ],
)
def test_a_files_size_never_contradicts_itself(
    below: str, above: str, file: dict[str, float]
) -> None:
    assert slots(inbox=below, note=above)["file"] == file


def test_one_thing_said_in_another_way_replaces_it() -> None:
    assert slots(inbox="头顶留3毫米,头再大一点", note="头顶留5毫米,头小一点")["head"] == {
        "scale": "smaller",
        "top_margin_mm": 5,
    }


def test_several_results_are_taken_as_one_wish() -> None:
    both = "一寸白底、二寸红底各要一张"
    found = asked(note=both, inbox="蓝底大一寸")
    assert [out["sizes"][0]["preset"] for out in found.slots.as_json()["outputs"]] == [
        "cn_1in",
        "cn_2in",
    ]
    assert {one.slot for one in found.overruled if one.source is INBOX} == {"sizes", "background"}
    assert found.sources == {"outputs": NOTE}


def test_another_background_for_several_results_keeps_their_sizes() -> None:
    found = asked(inbox="一寸白底、二寸红底各要一张", note="蓝底")
    assert found.slots.as_json() == {
        "sizes": [{"preset": "cn_1in"}, {"preset": "cn_2in"}],
        "background": {"mode": "solid", "color": "id_blue"},
    }
    assert found.sources == {"sizes": INBOX, "background": NOTE}
    assert "outputs" in {one.slot for one in found.overruled}


def test_another_size_replaces_several_results() -> None:
    assert slots(inbox="一寸白底、二寸红底各要一张", note="大一寸") == {
        "sizes": [{"preset": "cn_large_1in"}]
    }


def test_blue_is_the_blue_of_the_rule_that_will_be_made() -> None:
    for texts in (
        {"inbox": "学历照片", "note": "蓝底"},
        {"note": "学历照片", "inbox": "蓝底"},
        {"note": "学历照片", "inbox": "一寸蓝底"},
    ):
        found = asked(**texts)
        assert found.slots.background == Background("solid", color="light_blue"), texts
        assert found.warnings == ("colour_substituted",)


# ── warnings ──────────────────────────────────────────────────────────────────────────────


def test_a_wish_of_one_is_held_against_the_rule_of_another() -> None:
    found = asked(note="美国护照", inbox="磨皮,红底")
    assert set(found.warnings) == {"retouch_forbidden", "background_not_allowed"}
    assert asked(note="一寸", inbox="us passport, smooth the skin").warnings == ()


def test_a_warning_about_a_word_that_lost_is_gone() -> None:
    assert asked(inbox="2寸").warnings == ("ambiguous_size",)
    assert asked(inbox="2寸", note="一寸").warnings == ()
    assert asked(inbox="2寸", note="白底").warnings == ("ambiguous_size",)


def test_what_nobody_understood_is_told_with_its_place() -> None:
    found = asked(note="白底,写一首诗", file_name="edited", inbox="帮我弄好看点")
    assert found.unread == (
        Unread("帮我弄好看点", INBOX), Unread("edited", NAME), Unread("写一首诗", NOTE),
    )  # fmt: skip
    told = [one.facts["source"] for one in found.warned if one.caution.value == "unparsed_text"]
    assert told == ["inbox", "file_name", "note"]
    assert found.unparsed == ("帮我弄好看点", "edited", "写一首诗")


def test_nothing_was_understood_only_where_that_is_so() -> None:
    assert asked(file_name="edited").warnings == ("unparsed_text", "nothing_recognised")
    assert asked(file_name="edited", note="红底").warnings == ("unparsed_text",)


def test_made_up_content_is_told_once_for_all() -> None:
    found = asked(note="换成黑色西装", inbox="穿白衬衫,微笑")
    assert [one.op.value for one in found.slots.generative] == ["expression", "clothes"]
    (told,) = [one for one in found.warned if one.caution.value == "needs_generative_engine"]
    assert "黑色西装" in str(told.facts["what"])
    assert "generative.clothes" in {one.slot for one in found.overruled}


def test_a_transparent_jpeg_is_told_of() -> None:
    assert asked(note="透明背景", inbox="jpg").warnings == ("conflicting_values",)
    assert "conflicting_values" in parse("抠图,jpg", book()).warnings
    assert asked(note="透明背景,png").warnings == ()


def test_a_request_is_told_as_json() -> None:
    told = asked(note="红底,写诗", inbox="2寸").as_json()
    assert json.loads(json.dumps(told)) == told
    assert told["sources"] == {"sizes": "inbox", "background": "note"}
    assert told["warnings"] == ["ambiguous_size", "unparsed_text"]
    assert told["unparsed"] == ["写诗"]
    assert told["overruled"][-1] == {
        "slot": "background", "value": {"mode": "solid", "color": "white"},
        "source": "default", "by": "note",
    }  # fmt: skip


# ── whatever is said ──────────────────────────────────────────────────────────────────────

TEXTS = st.one_of(
    st.sampled_from([one.text for one in examples()]),
    st.lists(st.sampled_from([one.text for one in examples()]), max_size=3).map(",".join),
    st.text(max_size=20),
)


def leaves(value: Slots) -> set[str]:
    found = set()
    for slot, inner in value.as_json().items():
        if slot == "generative":
            found |= {f"generative.{wish['op']}" for wish in inner}
        elif isinstance(inner, dict) and slot != "background":
            found |= {f"{slot}.{name}" for name in inner}
        else:
            found.add(slot)
    return found


@settings(max_examples=250, deadline=None)
@given(st.dictionaries(st.sampled_from([INBOX, NAME, NOTE]), TEXTS))
def test_every_wish_is_kept_or_listed(texts: dict[Source, str]) -> None:
    found = request_of(texts, book(), defaults=DEFAULTS)
    assert leaves(found.slots) == set(found.sources)
    order = list(Source)
    for source, text in texts.items():
        alone = parse(text, book()) if text.strip() else None
        if alone is None:
            continue
        # Kept, listed, or said again from a place above, which then was kept or listed.
        mine_or_above = order[order.index(source) :]
        kept = {slot for slot, owner in found.sources.items() if owner in mine_or_above}
        listed = {one.slot for one in found.overruled if one.source in mine_or_above}
        assert leaves(alone.slots) <= kept | listed
        assert set(alone.unparsed) <= set(found.unparsed)
    assert all(one in found.warned for one in cautions(found.slots, book()))
    assert {one.reason.code for one in found.warned} <= set(CODES)
