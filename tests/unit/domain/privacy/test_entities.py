"""Every example of the data, and generated numbers, through the whole of the text side."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.catalogue.privacy import book, examples, policy_of
from daemon.config.privacy import Masking
from daemon.domain.privacy.entity import Entity
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.glyphs import plain_text
from daemon.domain.privacy.page import Finding, Reason
from daemon.domain.privacy.policy import ZONES
from tests.unit.domain.privacy.pages import page, shown

VALID = [(id_, value) for id_, valid, _ in examples() for value in valid]
INVALID = [(id_, value) for id_, _, invalid in examples() for value in invalid]
# "1.2.3.4.5" holds an address; the pattern is told to fit no more than that.
HOLDS_ANOTHER = {("ip_address", "1.2.3.4.5")}


def _is_valid(entity: Entity, text: str, *, whole: bool) -> bool:
    plain = plain_text(text)
    for pattern in entity.patterns:
        hits = [pattern.regex.fullmatch(plain)] if whole else pattern.regex.finditer(plain)
        for hit in hits:
            if hit is None:
                continue
            bare = entity.bare(hit.group())
            checked = entity.check_digit is None or entity.check_digit(bare)
            if checked and all(check.test(bare) for check in entity.checks):
                return True
    return False


@pytest.mark.parametrize(("id_", "value"), VALID)
def test_every_valid_example_is_one(id_: str, value: str) -> None:
    assert _is_valid(book().entities[id_], value, whole=True)


@pytest.mark.parametrize(("id_", "value"), INVALID)
def test_no_invalid_example_is_one_nor_holds_one(id_: str, value: str) -> None:
    entity = book().entities[id_]
    assert not _is_valid(entity, value, whole=True)
    assert _is_valid(entity, value, whole=False) is ((id_, value) in HOLDS_ANOTHER)


_FINDERS: dict[str, Finder] = {}


def _only(id_: str) -> Finder:
    """Of one type, whatever a profile says of its class."""
    if id_ not in _FINDERS:
        _FINDERS[id_] = Finder(book(), policy_of(book(), "all_digits", Masking(types={id_: True})))
    return _FINDERS[id_]


def _label(entity: Entity) -> str:
    return f"{entity.context[0]}: " if entity.context else ""


@pytest.mark.parametrize(("id_", "value"), [row for row in VALID if row[0] not in ZONES])
def test_every_valid_example_is_covered_whole_beside_its_word(id_: str, value: str) -> None:
    label = _label(book().entities[id_])
    sheet = page(f"{label}{value}")
    found = _only(id_).find(sheet)
    left = shown(sheet, found)[0][len(label) :]
    for unit in ("元", "万元"):
        left = left.removesuffix(unit)
    assert not left.strip(" ·-()"), left


@pytest.mark.parametrize(("id_", "value"), [row for row in VALID if row[0] in ZONES])
def test_every_zone_is_covered_to_the_last_filler(id_: str, value: str) -> None:
    sheet = page(*value.split("\n"))
    found = Finder(book(), policy_of(book(), "personal")).find(sheet)
    assert all(not line.strip() for line in shown(sheet, found))
    if id_ != "mrz_line":
        assert [(one.entity, one.checked, one.reason) for one in found] == [
            (id_, True, Reason.ZONE)
        ]


def _found(id_: str, text: str) -> list[Finding]:
    return [one for one in _only(id_).find(page(text)) if one.entity == id_]


_GENERATED = (
    # Type, number of digits before the check digit, what stands in front.
    ("cn_resident_id", 0, ""),
    ("bank_card", 9, "629999"),
    ("ean13", 10, "69"),
    ("in_aadhaar", 10, "2"),
    ("th_pin", 11, "3"),
)


@pytest.mark.parametrize(("id_", "digits", "front"), _GENERATED)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_generated_number_is_checked_with_its_digit_and_no_other(
    id_: str, digits: int, front: str, data: st.DataObject
) -> None:
    entity = book().entities[id_]
    body = front + data.draw(st.text("0123456789", min_size=digits, max_size=digits))
    if id_ == "cn_resident_id":
        day = data.draw(st.dates(min_value=_MIN, max_value=_MAX))
        place = data.draw(st.sampled_from(["110199", "440399", "810000", "510199"]))
        body = f"{place}{day:%Y%m%d}{data.draw(st.integers(0, 999)):03d}"
    assert entity.check_digit is not None
    right = [last for last in "0123456789X" if entity.check_digit(body + last)]
    assert len(right) == 1
    found = _only(id_).find(page(f"在此{body}{right[0]}。"))
    assert any(one.checked for one in found)
    wrong = "0123456789"[(int(right[0], 36) + 1) % 10]
    assert not any(one.checked for one in _found(id_, f"在此{body}{wrong}。"))


_MIN, _MAX = __import__("datetime").date(1930, 1, 1), __import__("datetime").date(2020, 1, 1)


def test_a_misread_digit_beside_its_word_is_covered_all_the_same() -> None:
    (found,) = Finder(book(), policy_of(book(), "personal")).find(
        page("身份证号：110199199003071233")
    )
    assert (found.entity, found.checked, found.reason) == (
        "cn_resident_id",
        False,
        Reason.CONTEXT,
    )


@pytest.mark.parametrize(
    "text",
    ["1380O000I23", "l3800000123", "６２９９９９１２３４５６７８９６", "6299-9912-34S6-7896"],
)
def test_letters_and_widths_that_readers_mistake_hide_nothing(text: str) -> None:
    sheet = page(f"见 {text} 止")
    found = Finder(book(), policy_of(book(), "personal")).find(sheet)
    assert shown(sheet, found)[0].split() == ["见", "止"]
