"""The data of privacy masking is read whole, and a mistake in it is told with its line."""

from __future__ import annotations

import pytest

from daemon.catalogue.privacy import DataError, book, examples, policy_of, read
from daemon.catalogue.privacy.listing import covering
from daemon.catalogue.privacy.load import data_text
from daemon.config.privacy import Masking
from daemon.domain.privacy.national import SCHEMES
from daemon.domain.privacy.offered import PROFILES, TYPES


def test_settings_offer_what_the_data_has() -> None:
    assert set(book().entities) == TYPES
    assert tuple(book().profiles) == PROFILES


def test_every_check_digit_is_used_and_every_type_has_examples() -> None:
    assert {entity.scheme for entity in book().entities.values()} - {""} == set(SCHEMES)
    assert len(examples()) == len(book().entities) == 76
    assert all(len(valid) > 1 and invalid for _, valid, invalid in examples())


def test_every_type_that_is_not_off_is_covered_by_some_profile() -> None:
    uncovered = [one.id for one in book().entities.values() if not covering(one, book())]
    assert uncovered == ["ip_address", "mac_address", "cjk_digit_sequence"]


def test_what_must_be_covered_under_every_policy_is_covered_by_personal() -> None:
    """Firms' codes, seals, waybills and orders lead to a person; found on the sample pages."""
    wanted = {"cn_uscc", "cn_seal_no", "waybill_no", "order_no", "ean13", "cn_landline"}
    assert all("personal" in covering(book().entities[id_], book()) for id_ in wanted)


def _line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("part", "instead", "told"),
    [
        ("  default: mask\n", "  default: maybe\n", "default must be one of"),
        ("checksum: luhn", "checksum: lunh", "no check digit lunh"),
        ("  class: personal", "  class: person", "no class person"),
        ("checks: [province_prefix_cn, date", "checks: [provence, date", "no check provence"),
        ("'[1-9]\\d{5}[ -]?(?:18", "'[1-9]\\d{5}[ -]?((?:18", "does not compile"),
        ("  country: CN\n", "  county: CN\n", "unknown key county"),
        ("score: {pattern: 0.5, checksum: 0.99", "score: {pattern: 5, checksum: 0.99", "0 to 1"),
        ("- id: cn_mobile\n", "- id: cn_landline\n", "cn_landline stands there twice"),
        ("exclude: [swift_bic]", "exclude: [swift]", "no types ['swift']"),
        ("  '|': '1'\n", "  '||': '1'\n", "one character to one digit"),
    ],
)
def test_a_mistake_is_told_with_its_file(part: str, instead: str, told: str) -> None:
    text = data_text()
    assert part in text
    with pytest.raises(DataError, match=r"entities.yaml:\d+: ") as error:
        read(text.replace(part, instead, 1))
    assert told in str(error.value)


def test_all_mistakes_are_told_at_once_each_with_its_line() -> None:
    text = data_text().replace("  country: CN\n", "  county: CN\n", 1)
    text = text.replace("- id: th_pin\n", "- id: th_pin\n  colour: red\n")
    with pytest.raises(DataError) as error:
        read(text)
    told = str(error.value).splitlines()
    assert f"entities.yaml:{_line_of(text, '  county: CN')}: unknown key county" in told
    assert f"entities.yaml:{_line_of(text, '  colour: red')}: unknown key colour" in told
    assert any("country is missing" in line for line in told)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "version: 1\n"])
def test_what_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        read(text)


def test_a_length_of_runs_turns_them_on() -> None:
    policy = policy_of(book(), "personal", Masking(min_digits=6))
    assert policy.profile.min_digits == 6
    assert policy.includes(book().entities["digit_sequence"])
    named = policy_of(book(), "personal", Masking(types={"digit_sequence": True}))
    assert named.profile.min_digits == 4


def test_labels_are_short_and_in_both_languages() -> None:
    assert book().entities["cn_resident_id"].label("zh") == "[身份证号]"
    assert book().entities["cn_resident_id"].label("en") == "[ID number]"
    assert all(len(entity.label("zh")) > 2 for entity in book().entities.values())
