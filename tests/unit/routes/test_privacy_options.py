"""Options of privacy masking: what is refused, and how it is said."""

from __future__ import annotations

import pytest

from daemon.errors import UsageError
from daemon.routes.privacy.options import parse
from daemon.routes.privacy.policy import policy_for


def test_the_defaults_cover_everything_solid():
    options = parse({})
    assert (options.profile, options.fill, options.mask) == ("all_digits", "solid", "black")
    assert options.faces is True
    assert policy_for(options).profile.codes


@pytest.mark.parametrize("fill", ["mosaic", "blur"])
def test_what_can_be_undone_is_refused_unless_it_is_asked_for(fill):
    with pytest.raises(UsageError, match="allow_reversible"):
        parse({"fill": fill})
    assert parse({"fill": fill, "allow_reversible": True}).fill == fill


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"profile": "all_digit"}, "did you mean all_digits"),
        ({"types": {"cn_mobil": False}}, "did you mean cn_mobile"),
        ({"maks": "black"}, "did you mean mask"),
        ({"mask": "red"}, "black"),
        ({"keep_last": 9}, "keep_last"),
        ({"rectangles": [{"left": 0.5, "top": 0, "right": 0.4, "bottom": 1}]}, "beyond"),
        ({"own_types": {"badge": {"pattern": "(["}}}, "badge"),
        ({"own_types": {"cn_mobile": {"pattern": "\\d{9}"}}}, "another name"),
    ],
)
def test_mistakes_are_named(raw, said):
    with pytest.raises(UsageError, match=said):
        parse(raw)


def test_own_numbers_are_not_in_what_an_error_says():
    with pytest.raises(UsageError) as caught:
        parse({"allow": ["6222020000000000"], "keep_last": 99})
    assert "6222" not in str(caught.value)
