"""Comparing on the panel: what is asked, what is shown, and what is kept of it (nothing)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from daemon.domain.artifact import OutputKind, Reason
from daemon.services.comparisons import KEPT_MS, MOST_KEPT, PATIENCE_MS
from daemon.services.questions import FOLDER
from tests.fakes.panel_pages import Pages, open_pages, post

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 32
FACE = {"box": [10.0, 20.0, 60.0, 90.0], "landmarks": [[20, 40]] * 4 + [[float("nan")] * 2]}
SIDE = {
    "quality": {"score": 0.8, "band": "good", "weakest": "size"},
    "faces": 1,
    "face": FACE,
    "size_px": [200, 100],
    "codes": [],
}
ANSWER = {
    "answer": "trusted_match",
    "reasons": [],
    "similarity": 0.7868,
    "threshold": {"same_from": 0.65, "different_below": 0.4, "source": "docs/decisions/0015"},
    "photos": [SIDE, {**SIDE, "face": None, "faces": 0, "codes": ["FACE_TOO_SMALL"]}],
    "engines": {"identity": {"name": "dlib-resnet-128", "version": "dlib-bin 20"}},
}


@pytest.fixture
def pages(make_bench) -> Iterator[Pages]:
    bench = make_bench(api={"max_bytes": 4096})
    with open_pages(bench) as opened:
        opened.daemon_runs()
        yield opened


def _ask(client, **data):
    given = {"file_a": (PNG, "a.png"), "file_b": (PNG + b"b", "b.png"), **data}
    return post(client, "/compare", "/compare", **given)


def test_two_photos_are_asked_about_shown_and_forgotten(pages):
    client = pages.client()
    answer = _ask(client)
    assert answer.status_code == 303
    assert re.fullmatch(r"/compare/[0-9a-f]{32}", answer.location)

    waiting = client.get(answer.location).text
    assert 'data-live="1"' in waiting
    ask = pages.worker_says(ANSWER)
    assert ask.question == "compare"

    page = client.get(answer.location, headers={"Accept-Language": "en"}).text
    for told in ("One person.", "0.79", "from 0.65", "below 0.40", "0.80", "docs/decisions/0015"):
        assert told in page
    assert '<rect x="10.0" y="20.0" width="50.0" height="70.0">' in page
    assert page.count("<circle") == 4  # a point that was not seen is not drawn
    assert "FACE_TOO_SMALL" in page
    picture = client.get(f"{answer.location}/picture/a")
    assert (picture.data, picture.mimetype) == (PNG, "image/png")
    assert list((pages.bench.config.layout.state / FOLDER).iterdir()) == []

    # The answer was read once; the page still shows it.
    assert "One person." in client.get(f"{answer.location}?lang=en").text
    assert post(client, f"{answer.location}/forget", answer.location).status_code == 303
    assert client.get(answer.location).status_code == 404
    assert client.get(f"{answer.location}/picture/a").status_code == 404


def test_the_audit_says_that_somebody_compared_and_not_what_came_out(pages):
    _ask(pages.client())
    with pages.bench.database.read() as uow:
        (entry,) = uow.audit.latest()
    assert (entry.who, entry.action, dict(entry.facts)) == (
        "panel:local", "photos.compare", {"jobs": []}
    )  # fmt: skip


def test_jobs_are_compared_by_their_pictures(pages):
    bench = pages.bench
    bench.drop(PNG)
    job = bench.decide(outputs={OutputKind.RESULT: PNG + b"result"})
    bench.publish_all()
    client = pages.client()
    answer = post(
        client, "/compare", "/compare",
        job_a=job.id, which_a="before", job_b=f" {job.id} ", which_b="after",
    )  # fmt: skip
    assert answer.status_code == 303
    assert client.get(f"{answer.location}/picture/a").data == PNG
    assert client.get(f"{answer.location}/picture/b").data == PNG + b"result"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"file_a": "", "file_b": ""}, "Choose a photo"),
        ({"file_a": "", "job_a": "../../etc/passwd"}, "22 hexadecimal digits"),
        ({"file_a": "", "job_a": "0" * 22}, "no such picture"),
        ({"job_a": "0" * 22}, "not both"),
        ({"file_a": (b"", "empty.png")}, "empty"),
        ({"file_a": (b"x" * 4097, "large.png")}, "too large"),
    ],
)
def test_what_cannot_be_compared_is_said_at_its_side(pages, data, told):
    client = pages.client()
    client.get("/compare?lang=en")
    answer = _ask(client, **data)

    assert answer.status_code == 400
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'id="problem-a"' in answer.text
    assert "/etc/passwd" in answer.text or "passwd" not in str(data)
    assert pages.next_ask() is None


def test_names_and_words_from_outside_are_escaped(pages):
    answer = _ask(pages.client(), file_a="", job_a='"><script>x</script>')
    assert answer.status_code == 400
    assert "<script>x" not in answer.text


def test_the_name_of_an_upload_stands_nowhere(pages):
    client = pages.client()
    answer = _ask(client, file_a=(PNG, "<img src=x onerror=y>.png"))
    assert "onerror" not in client.get(answer.location).text


def test_more_than_the_form_may_hold_is_not_read(pages):
    answer = _ask(pages.client(), file_a=(b"x" * (3 * 4096 + 65 * 1024), "huge.png"))
    assert answer.status_code == 413
    assert pages.next_ask() is None


@pytest.mark.parametrize("worker", ["broken", "stopped"])
def test_a_worker_that_is_away_is_said(pages, worker):
    pages.daemon_runs(worker)
    client = pages.client()
    client.get("/compare?lang=en")
    answer = _ask(client)
    assert answer.status_code == 503
    assert "daemon is not running" in answer.text


def test_a_photo_that_cannot_be_read_is_named(pages):
    client = pages.client()
    client.get("/compare?lang=en")
    place = _ask(client).location
    ask = pages.next_ask()
    assert ask is not None
    with pages.bench.database.write() as uow:
        reason = Reason("INVALID_IMAGE", {"side": "b"})
        uow.questions.answer(ask.ask_id, now_ms=1, reason=reason)
    page = client.get(place).text
    assert "Photo B:" in page
    assert "damaged" in page


def test_nobody_else_sees_them_and_viewers_do_not_ask(pages):
    pages.accounts()
    alice, bob, victor = (pages.signed_in(name) for name in ("alice", "bob", "victor"))
    place = _ask(alice).location
    assert alice.get(place).status_code == 200
    for other in (bob, victor):
        assert other.get(place).status_code == 404
        assert other.get(f"{place}/picture/a").status_code == 404
    assert _ask(victor).status_code == 403
    assert pages.client().get(place).location == "/login"


def test_they_are_forgotten_by_themselves(pages):
    client = pages.client()
    first = _ask(client).location
    pages.bench.clock.advance(KEPT_MS / 1000 + 1)
    assert client.get(first).status_code == 404
    pages.daemon_runs()
    # What nobody waits for any more is taken back from the worker, too.
    assert pages.next_ask() is None
    places = []
    for _ in range(MOST_KEPT + 1):
        places.append(_ask(client).location)
        pages.worker_says(ANSWER)
    assert client.get(places[0]).status_code == 404
    assert client.get(places[-1]).status_code == 200


def test_a_worker_that_never_comes_to_it_is_not_waited_for(pages):
    client = pages.client()
    client.get("/compare?lang=en")
    place = _ask(client).location
    pages.bench.clock.advance(PATIENCE_MS / 1000 + 1)
    page = client.get(place).text
    assert "data-live" not in page
    assert "busy" in page


@pytest.mark.parametrize("number", ["x", "0" * 31, "../" * 8, "0" * 33])
def test_a_forged_number_is_not_found(pages, number):
    assert pages.client().get(f"/compare/{number}").status_code == 404


def test_large_pictures_are_not_heaped_up_in_memory(pages, monkeypatch):
    monkeypatch.setattr("daemon.services.comparisons.MOST_BYTES_KEPT", 5 * len(PNG))
    client = pages.client()
    places = [_ask(client).location for _ in range(3)]
    assert [client.get(place).status_code for place in places] == [404, 200, 200]
