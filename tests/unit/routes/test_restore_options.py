from __future__ import annotations

import pytest

from daemon.errors import UsageError
from daemon.routes.registry import ROUTES
from daemon.routes.restore.hands import background_wish
from daemon.routes.restore.options import Options, parse


def test_nothing_given_means_the_defaults() -> None:
    assert parse({}) == Options()
    assert Options().background == "keep"
    assert Options().upscale == 1


def test_options_cannot_be_changed_later() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Options().strength = 0.1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"strenght": 0.5}, "did you mean strength?"),
        ({"min_face": 40}, "did you mean min_face_px?"),
        ({"zzz": 1}, "there are background"),
        ({"strength": 1.5}, "restore.strength"),
        ({"strength": float("nan")}, "restore.strength"),
        ({"upscale": 3}, "restore.upscale"),
        ({"background": "blur"}, "restore.background"),
        ({"background_engine": "gpen"}, "restore.background_engine"),
        ({"max_faces": 0}, "restore.max_faces"),
        ({"engine": "gpan"}, "restore.engine"),
        ({"size_px": 300}, "restore.size_px"),
        ({"fidelity": 1.1}, "restore.fidelity"),
        ({"mask": "hair"}, "restore.mask"),
        ({"compat": "gpen"}, "restore.compat"),
    ],
)
def test_a_mistake_is_named_with_the_way_out(raw, told) -> None:
    with pytest.raises(UsageError, match=told.replace("?", r"\?")):
        ROUTES["restore"].parse_options(raw)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(UsageError, match=r"strength.*upscale"):
        parse({"strength": 2, "upscale": 3})


@pytest.mark.parametrize(
    ("given", "wish"),
    [
        ({}, "auto"),
        ({"upscale": 2}, "auto-x2"),
        ({"upscale": 4}, "auto-x4"),
        ({"upscale": 4, "background_engine": "realesrgan-x2"}, "realesrgan-x2"),
        ({"upscale": 4, "background_engine": "embedded"}, "embedded"),
    ],
)
def test_the_engine_outside_the_faces_is_asked_for_by_factor_or_by_name(given, wish: str) -> None:
    assert background_wish(parse(given)) == wish


def test_what_was_given_and_does_nothing_is_known() -> None:
    given = parse({"size_px": 512, "fidelity": 0.7, "mask": "oval"})
    assert given.idle(None) == ("fidelity", "size_px")
    assert given.idle("gpen") == ("fidelity",)
    assert given.idle("codeformer") == ()
    assert parse({}).idle(None) == ()
