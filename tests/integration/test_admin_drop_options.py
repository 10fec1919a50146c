"""Dropping with options and words: read before they are sent, and followed afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.fakes.panel_pages import Pages, open_pages, post

INBOXES = (
    {"name": "in", "plan": ("copy",)},
    {"name": "id", "plan": ("quality", "idphoto")},
    {"name": "fix", "plan": ("restore",)},
)
PHOTO = (b"a photo", "a.jpg")
WORDS = "两寸蓝底,飞到月球"


@pytest.fixture
def pages(make_bench) -> Iterator[Pages]:
    with open_pages(make_bench(inboxes=INBOXES)) as opened:
        yield opened


def _lying(pages: Pages, inbox: str) -> dict[str, bytes]:
    folder = pages.bench.config.layout.inbox(inbox)
    if not folder.exists():
        return {}
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_options_lie_beside_the_photo_with_the_words(pages):
    data = {"option.idphoto.preset": "cn_2in", "option.idphoto.white_balance": "true"}
    data |= {"option.quality.reject_below": "0.3", "option.idphoto.background": ""}
    answer = post(
        pages.client(), "/drop", "/drop", inbox="id", instruct=WORDS, photos=[PHOTO], **data
    )
    assert answer.status_code == 303
    lying = _lying(pages, "id")
    assert set(lying) == {"a.jpg", "a.jpg.yaml"}
    assert json.loads(lying["a.jpg.yaml"]) == {
        "quality": {"reject_below": 0.3},
        "idphoto": {"preset": "cn_2in", "white_balance": True},
        "instruct": WORDS,
    }


@pytest.mark.parametrize(
    ("inbox", "key", "value", "told"),
    [
        ("fix", "option.restore.strength", "3", "at most 1"),
        ("fix", "option.restore.strength", "much", "Give a number."),
        ("fix", "option.restore.strength", "true", "Give a number."),
        ("fix", "option.restore.strength", "NaN", "strength"),
        ("fix", "option.restore.background", "<b>", "background"),
        ("in", "option.restore.strength", "0.5", "has no restore"),
    ],
)
def test_an_option_that_cannot_be_is_said_at_its_field_and_nothing_is_dropped(
    pages, inbox, key, value, told
):
    client = pages.client()
    client.get("/drop?lang=en")
    answer = post(client, "/drop", "/drop", inbox=inbox, photos=[PHOTO], **{key: value})

    assert answer.status_code == 400
    assert told in answer.text
    assert f'id="problem-{key}"' in answer.text
    assert "<b>" not in answer.text
    assert _lying(pages, inbox) == {}


def test_options_have_words_in_the_language_of_the_page(pages):
    page = pages.client().get("/drop?lang=zh").text
    about = '<small id="about-option.idphoto.preset" lang="zh">'
    for told in ("修复强度 <code>strength</code>", "原样放行", about):
        assert told in page, told
    english = pages.client().get("/drop?lang=en").text
    assert "Strength <code>strength</code>" in english


def test_options_that_no_route_has_change_nothing(pages):
    answer = post(
        pages.client(), "/drop", "/drop",
        inbox="in", photos=[PHOTO], **{"option.copy.x": "1", "option.__class__.x": "1"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert set(_lying(pages, "in")) == {"a.jpg"}


def test_the_words_are_read_aloud_without_a_script(pages):
    client = pages.client()
    client.get("/drop?lang=en")
    answer = post(client, "/drop/check", "/drop", inbox="id", instruct=WORDS)
    assert answer.status_code == 200
    for told in ("Two inch (China)", "ID-photo blue", "Not understood", "飞到月球", "<h1>"):
        assert told in answer.text, told
    assert f'value="{WORDS}"' in answer.text
    # The other language, or loading once more, leads back to the form.
    assert client.get("/drop/check").location == "/drop"


def test_the_words_are_read_aloud_as_a_part_of_the_page(pages):
    client = pages.client()
    client.get("/drop?lang=en")
    part = {"X-Part": "fragment"}
    answer = post(client, "/drop/check", "/drop", headers=part, inbox="id", instruct=WORDS)
    assert "Two inch (China)" in answer.text
    assert "<h1>" not in answer.text

    none = post(client, "/drop/check", "/drop", headers=part, inbox="id", instruct="  ")
    assert none.text.strip() == ""


def test_an_inbox_that_reads_no_words_says_so(pages):
    client = pages.client()
    client.get("/drop?lang=en")
    answer = post(client, "/drop/check", "/drop", inbox="fix", instruct="white background")
    assert "The plan of fix (restore) reads no instructions" in answer.text


def test_words_that_are_markup_stay_words(pages):
    client = pages.client()
    answer = post(
        client, "/drop/check", "/drop", headers={"X-Part": "fragment"},
        inbox="id", instruct='<img src=x onerror="y">',
    )  # fmt: skip
    assert "<img" not in answer.text


@pytest.mark.parametrize("instruct", ["x" * 501, "a\x1bb"])
def test_more_than_a_line_is_refused(pages, instruct):
    answer = post(pages.client(), "/drop", "/drop", inbox="in", instruct=instruct, photos=[PHOTO])
    assert answer.status_code == 400
    assert _lying(pages, "in") == {}


def test_photos_sent_one_by_one_are_followed_together(pages):
    client = pages.client()
    part = {"X-Part": "json"}
    first = post(client, "/drop", "/drop", headers=part, inbox="in", photos=[PHOTO])
    follow = first.json["follow"]
    number = follow.rsplit("/", 1)[1]
    hostile = (b"b", "<b>x</b>.jpg")
    second = post(
        client, "/drop", "/drop", headers=part, inbox="in", follow=number, photos=[hostile]
    )
    assert second.json == {"follow": follow}
    # Another inbox, or a number that is not theirs, begins anew.
    third = post(client, "/drop", "/drop", headers=part, inbox="fix", follow=number, photos=[PHOTO])
    assert third.json["follow"] != follow

    pages.bench.drop(relative=b"a.jpg")
    page = client.get(f"{follow}?lang=en").text
    assert "0 of 2 have ended" in page
    assert "Queued" in page
    assert "waits to be taken in" in page
    assert "<b>x" not in page
    assert 'data-live="2"' in page
    pages.bench.decide()
    pages.bench.publish_all()
    assert "1 of 2 have ended" in client.get(follow).text


def test_a_photo_that_is_refused_is_said_to_the_script(pages):
    client = pages.client()
    client.get("/drop?lang=en")
    answer = post(
        client, "/drop", "/drop", headers={"X-Part": "json"}, inbox="in", photos=[(b"", "a.jpg")]
    )
    assert answer.status_code == 400
    assert "empty" in answer.json["problem"]

    key = "option.restore.strength"
    answer = post(
        client, "/drop", "/drop", headers={"X-Part": "json"},
        inbox="fix", photos=[PHOTO], **{key: "3"},
    )  # fmt: skip
    assert answer.json["problem"].startswith("strength: ")
    assert list(answer.json["fields"]) == [key]


def test_viewers_neither_drop_nor_follow_what_others_dropped(pages):
    pages.accounts()
    alice, victor = pages.signed_in("alice"), pages.signed_in("victor")
    place = post(alice, "/drop", "/drop", inbox="in", photos=[PHOTO]).location
    assert alice.get(place).status_code == 200
    assert victor.get(place).status_code == 404
    assert "<form" not in victor.get("/drop?lang=en").text.split("<main")[1]
    for path in ("/drop", "/drop/check"):
        answer = post(victor, path, "/inboxes", inbox="in", photos=[(b"b", "b.jpg")])
        assert answer.status_code == 403
    assert set(_lying(pages, "in")) == {"a.jpg"}


@pytest.mark.parametrize("number", ["x", "0" * 32, "..%2f.."])
def test_a_forged_number_is_not_found(pages, number):
    assert pages.client().get(f"/dropped/{number}").status_code == 404


def test_a_share_that_is_away_is_not_written_to(make_bench, tmp_path):
    (tmp_path / "share").mkdir()
    inbox = {"name": "hr", "plan": ("copy",), "path": tmp_path / "share"}
    bench = make_bench(inboxes=[inbox])
    with open_pages(bench) as opened:
        client = opened.client()
        client.get("/drop?lang=en")
        with bench.database.write() as uow:
            uow.inboxes.seen("hr", device=1, mode="scan", state="offline", reason="FROZEN")
        answer = post(client, "/drop", "/drop", inbox="hr", photos=[PHOTO])
        assert (answer.status_code, list((tmp_path / "share").iterdir())) == (503, [])
        assert "cannot be written to" in answer.text
        with bench.database.write() as uow:
            uow.inboxes.seen("hr", device=1, mode="scan", state="online")
        assert post(client, "/drop", "/drop", inbox="hr", photos=[PHOTO]).status_code == 303
