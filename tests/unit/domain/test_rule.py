from __future__ import annotations

import pytest

from daemon.domain.rule import Choice, Rule, Subject, choose, glob_regex, merged

DEFAULT = Choice(("restore",), {"restore": {"strength": 0.5, "upscale": 1}}, 0)


def subject(path: str = "a.jpg", size: int = 1000, *, has_sidecar: bool = False) -> Subject:
    return Subject(path, size, has_sidecar)


def test_without_a_rule_the_inbox_decides() -> None:
    assert choose(DEFAULT, [], subject()) == DEFAULT


def test_the_first_match_wins() -> None:
    rules = [
        Rule(match="scans/**", priority=1),
        Rule(match="scans/a/**", priority=2),
        Rule(priority=3),
    ]

    assert choose(DEFAULT, rules, subject("scans/a/x.jpg")).priority == 1
    assert choose(DEFAULT, rules, subject("x.jpg")).rule == 3


def test_options_are_laid_over_one_another_key_by_key() -> None:
    rules = [Rule(options={"restore": {"strength": 0.8}})]

    plan = choose(DEFAULT, rules, subject()).plan({"restore": {"upscale": 2}})

    assert plan.steps[0].options == {"strength": 0.8, "upscale": 2}


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Rule(min_bytes=1000), True),
        (Rule(min_bytes=1001), False),
        (Rule(max_bytes=999), False),
        (Rule(sidecar=True), False),
        (Rule(sidecar=False), True),
        (Rule(regex=r"^a\."), True),
        (Rule(regex=r"b$"), False),
        (Rule(match="*.jpg", min_bytes=5000), False),
    ],
)
def test_every_condition_of_a_rule_must_hold(rule: Rule, fits: bool) -> None:
    assert rule.applies_to(subject()) is fits


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.jpg", "a.jpg", True),
        ("*.jpg", "x/a.jpg", False),
        ("*.JPG", "a.jpg", True),
        ("scans/**", "scans/a/b/c.tif", True),
        ("scans/**", "scans", False),
        ("**/old/*", "old/a.jpg", True),
        ("**/old/*", "x/y/old/a.jpg", True),
        ("**/old/*", "x/bold/a.jpg", False),
        ("img?.png", "img1.png", True),
        ("img?.png", "img/.png", False),
        ("[ab].jpg", "b.jpg", True),
        ("[!ab].jpg", "c.jpg", True),
        ("[!ab].jpg", "a.jpg", False),
        ("a+(1).jpg", "a+(1).jpg", True),
        ("a\n*.jpg", "a\nb.jpg", True),
        ("[", "[", True),
    ],
)
def test_globs_mind_folders(pattern: str, path: str, fits: bool) -> None:
    assert bool(glob_regex(pattern).fullmatch(path)) is fits


def test_merging_leaves_both_sides_as_they_were() -> None:
    under: dict[str, dict[str, object]] = {"a": {"x": 1}}

    assert merged(under, {"a": {"y": 2}, "b": {"z": 3}}) == {"a": {"x": 1, "y": 2}, "b": {"z": 3}}
    assert under == {"a": {"x": 1}}
