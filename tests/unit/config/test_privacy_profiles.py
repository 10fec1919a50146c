"""Profiles of privacy masking in the settings: what they come to, and their mistakes."""

from __future__ import annotations

import pytest

from daemon.catalogue.privacy import book, policy_of
from daemon.config.privacy import Masking, OwnType, Privacy, Profile, masking_of, names
from daemon.config.privacy_meaning import privacy_mistakes
from daemon.domain.privacy.patterns import repeats_inside_repeats


def _told(privacy: Privacy) -> list[str]:
    return [
        f"{'.'.join(map(str, problem.where))}: {problem.text}"
        for problem in privacy_mistakes(privacy, "en")
    ]


def test_a_profile_of_ones_own_is_laid_over_another() -> None:
    privacy = Privacy(
        profiles={
            "house": Profile(like="personal", allow=("400-123-4567",), types={"email": False}),
            "desk": Profile(like="house", keep_last=4, types={"date": True}, faces=False),
        }
    )
    assert _told(privacy) == []
    base, over = masking_of("desk", privacy)
    assert base == "personal"
    assert over.types == {"email": False, "date": True}
    assert over.allow == ("400-123-4567",)
    policy = policy_of(book(), base, over)
    assert policy.profile.faces is False
    assert policy.keeps(book().entities["bank_card"]) == 4
    assert policy.keeps(book().entities["email"]) == 0
    assert not policy.includes(book().entities["email"])
    assert policy.includes(book().entities["date"])
    assert names(privacy)[-1] == "personal"


def test_what_a_profile_does_not_name_stays() -> None:
    under = Masking(keep_last=4, faces=False, min_digits=6)
    assert Masking(faces=True).over(under) == Masking(keep_last=4, faces=True, min_digits=6)


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (Profile(like="persnal"), "a.like: there is no privacy profile 'persnal'"),
        (Profile(like="a"), "a.like: starting from 'a' leads back to itself"),
        (Profile(types={"cn_mobil": False}), "a.types.cn_mobil: there is no type of number"),
        (Profile(keep_last_of={"card": 4}), "a.keep_last_of.card: there is no type of number"),
        (
            Profile(own_types={"x": OwnType(pattern="(")}),
            "a.own_types.x.pattern: not a regular expression",
        ),
        (
            Profile(own_types={"x": OwnType(pattern=r"(\d+)+")}),
            "a.own_types.x.pattern: repeats inside repeats",
        ),
        (
            Profile(own_types={"x": OwnType(pattern=r"\d{4}", needs_word=True)}),
            "a.own_types.x.words: 'x' counts only near a word",
        ),
        (
            Profile(own_types={"email": OwnType(pattern=r"\d{4}")}),
            "a.own_types.email: 'email' is a type of the booth's own",
        ),
        (Profile(allow=("12",)), "a.allow.0: a number to leave readable needs 3"),
    ],
)
def test_a_mistake_is_told_with_its_place(profile: Profile, told: str) -> None:
    (line,) = _told(Privacy(profiles={"a": profile}))
    assert line.startswith(f"privacy.profiles.{told}")


def test_a_profile_of_the_booths_own_cannot_be_changed_in_silence() -> None:
    (line,) = _told(Privacy(profiles={"personal": Profile()}))
    assert "is a profile of the booth's own" in line


def test_a_type_of_the_profile_it_starts_from_may_be_named() -> None:
    privacy = Privacy(
        profiles={
            "a": Profile(own_types={"staff": OwnType(pattern=r"YG\d{6}")}),
            "b": Profile(like="a", types={"staff": False}),
        }
    )
    assert _told(privacy) == []


@pytest.mark.parametrize(
    "pattern",
    [r"(\d+)+", r"(?:a*b)*", r"((a)+)+", r"(a|b+)*", r"(\w+\s?)*", r"(?:(?:a+))+", r"(a)\1",
     r"(?:\d{1,9}){1,9}", r"([ab]+c){5,}"],
)  # fmt: skip
def test_repeats_inside_repeats_are_seen(pattern: str) -> None:
    assert repeats_inside_repeats(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"YG\d{6}",
        r"[A-Z]{2}-?\d{4,8}",
        r"(?:KH|GH)\d+",
        r"\d{3}(?:-\d{3}){2}",
        r"[(+]+\d",
        r"\(\d+\)",
    ],
)
def test_ordinary_patterns_are_no_such(pattern: str) -> None:
    assert not repeats_inside_repeats(pattern)


def test_the_slowest_pattern_that_is_let_in_is_quick_on_a_long_line() -> None:
    from daemon.domain.privacy.find import Finder
    from tests.unit.domain.privacy.pages import page

    own = OwnType(pattern=r"\d+[ -]*\d+[ -]*\d+x")
    policy = policy_of(book(), "personal", Masking(own_types={"slow": own}))
    assert Finder(book(), policy).find(page("1" * 5000)) == ()
