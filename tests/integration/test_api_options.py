"""Options are judged at the call: a wrong one is named, and no photo is taken in for it."""

from __future__ import annotations

from typing import Any

import pytest

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"


@pytest.fixture
def booth(open_api) -> Any:
    inboxes = [
        {"name": "faces", "plan": ["restore"]},
        {"name": "both", "plan": ["quality", "restore"]},
        {"name": "copies", "plan": ["copy"]},
    ]
    return open_api(api={"inbox": "faces"}, inboxes=inboxes)


def _post(client: Any, inbox: str, query: dict[str, str], language: str = "en") -> Any:
    return client.post(
        "/api/v1/jobs",
        data=PNG,
        content_type="image/png",
        query_string={"inbox": inbox, **query},
        headers={"Accept-Language": language},
    )


@pytest.mark.parametrize(
    ("inbox", "query", "said"),
    [
        ("faces", {"strenght": "0.5"}, ("restore.strenght", "did you mean strength?", "upscale")),
        ("faces", {"strength": "2"}, ("restore.strength", "at most 1", "2")),
        ("faces", {"strength": "much"}, ("restore.strength", "number")),
        ("faces", {"upscale": "3"}, ("restore.upscale", "1, 2 or 4")),
        ("faces", {"background": "white"}, ("restore.background", "'keep'", "'upscale'")),
        ("faces", {"max_faces": "1.5"}, ("restore.max_faces",)),
        ("faces", {"strength": "[1]"}, ("restore.strength",)),
        ("both", {"strength": "0.5"}, ("strength", "quality, restore", "route.option")),
        ("both", {"matte.sigma": "1"}, ("matte", "quality, restore")),
        ("both", {"quality.profile": "nobody"}, ("quality.profile",)),
        ("both", {"quality.reject_below": "0"}, ("quality.reject_below: 0 <",)),
        ("copies", {"strength": "0.5"}, ("copy.strength", "none")),
    ],
)
def test_a_wrong_option_is_named_with_what_it_may_be(
    booth, inbox: str, query: dict[str, str], said: tuple[str, ...]
) -> None:
    bench, client = booth
    answer = _post(client, inbox, query)

    assert (answer.status_code, answer.json["code"]) == (400, "BAD_OPTION")
    for words in said:
        assert words in answer.json["detail"], answer.json
    assert not list(bench.config.layout.inbox(inbox).rglob("api-*"))
    with bench.database.read() as uow:
        assert uow.submissions.count_without_job(0) == 0


def test_it_is_said_in_the_callers_language(booth) -> None:
    answer = _post(booth[1], "faces", {"strength": "2", "nothing": "1"}, "zh")
    assert "restore 的选项" in answer.json["detail"]
    assert "最多为" in answer.json["detail"]


@pytest.mark.parametrize(
    ("inbox", "query"),
    [
        ("faces", {"strength": "0.5", "upscale": "2"}),
        ("faces", {"restore.strength": "1"}),
        ("faces", {"options": '{"strength": 0.25, "restore": {"upscale": 4}}'}),
        ("both", {"restore.strength": "0.5", "quality.min_score": "0.9"}),
        ("copies", {}),
    ],
)
def test_a_right_one_is_taken(booth, inbox: str, query: dict[str, str]) -> None:
    assert _post(booth[1], inbox, query).status_code == 202
