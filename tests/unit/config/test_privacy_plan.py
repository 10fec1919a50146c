"""Profiles of masking become part of a job, and notes cannot take back what an inbox names."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.config.privacy import Privacy, Profile
from daemon.domain.rule import Choice
from daemon.routes.privacy.options import parse
from daemon.services.intake_plan import NoteRefused, Planner

HOUSE = Privacy(
    profiles={
        "house": Profile(
            like="personal", keep_last=4, allow=("400-123-4567",), types={"email": False}
        )
    }
)


def _planned(own: dict[str, Any], note: dict[str, Any] | None = None) -> dict[str, Any]:
    planner = Planner(Choice(("privacy",), {"privacy": own}, 0), privacy=HOUSE)
    plan = planner.plan(planner.default, None if note is None else {"privacy": note})
    return dict(plan.steps[0].options)


def test_a_profile_of_ones_own_is_filled_in_and_the_route_takes_it() -> None:
    options = _planned({"profile": "house", "types": {"date": True}, "label": True})
    assert options == {
        "profile": "personal",
        "keep_last": 4,
        "allow": ["400-123-4567"],
        "types": {"email": False, "date": True},
        "label": True,
    }
    assert parse(options).allow == ("400-123-4567",)


def test_a_built_in_profile_stays_as_it_is() -> None:
    assert _planned({"profile": "finance"}) == {"profile": "finance"}
    assert _planned({}) == {}


@pytest.mark.parametrize(
    "note",
    [
        {"profile": "finance"},
        {"keep_last": 4},
        {"allow": ["13800000123"]},
        {"types": {"cn_mobile": False}},
        {"min_digits": 30},
        {"codes": False},
        {"rectangles": []},
        {"allow_reversible": True},
        {"own_types": {"staff": {"pattern": "NOTHING"}}},
    ],
)
def test_a_note_cannot_take_back_what_the_inbox_names(note: dict[str, Any]) -> None:
    own = {
        "profile": "personal",
        "rectangles": [{"left": 0.0, "top": 0.0, "right": 0.5, "bottom": 0.5}],
        "own_types": {"staff": {"pattern": r"YG\d{6}"}},
    }
    if "rectangles" in note:
        assert _planned(own, note)["rectangles"] == own["rectangles"]
        return
    with pytest.raises(NoteRefused, match=rf"privacy\.{next(iter(note))}"):
        _planned(own, note)


def test_a_note_may_cover_more() -> None:
    options = _planned(
        {"profile": "house", "words": ["张伟明"]},
        {"types": {"date": True}, "words": ["李娜"], "faces": True, "mask": "white"},
    )
    assert options["words"] == ["张伟明", "李娜"]
    assert options["types"] == {"email": False, "date": True}
    assert (options["faces"], options["mask"]) == (True, "white")
    assert options["keep_last"] == 4


def test_a_note_chooses_what_the_inbox_leaves_open() -> None:
    assert _planned({}, {"profile": "house"})["profile"] == "personal"
    with pytest.raises(NoteRefused, match=r"privacy\.allow_reversible"):
        _planned({}, {"allow_reversible": True})


def test_a_note_masks_the_files_name_and_never_unmasks_it() -> None:
    assert _planned({"mask_name": False}, {"mask_name": True})["mask_name"] is True
    with pytest.raises(NoteRefused, match=r"privacy\.mask_name"):
        _planned({"mask_name": True}, {"mask_name": False})
