"""Whose photo is whose: tables as clerks write them, names as phones give them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.manifest import Entry, ManifestError, assign, read_table

EVERY = "employee_id name file preset background instruction"


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        (["工号", "姓名", "照片", "规格", "底色", "备注"], EVERY),
        (["Employee ID", "Full name", "Photo", "Size", "Background", "Notes"], EVERY),
        (["姓名", "员工编号(必填)"], "name employee_id"),
        (["No.", "NAME"], "employee_id name"),
        (["文件名", "部门"], "file"),
        (["Notes", "No", "Name"], "instruction employee_id name"),
    ],
)  # fmt: skip
def test_headings_are_understood_in_both_languages(headings, columns) -> None:
    found = read_table([headings, ["1"] * len(headings)])
    assert set(found.columns) == set(columns.split())
    at = [found.columns[field] for field in columns.split()]
    assert at == [heading for heading in headings if heading in at]


def test_what_was_guessed_and_what_means_nothing_is_reported() -> None:
    found = read_table([["工号(新)", "部门", "姓名"], ["7", "财务", "王芳"]])
    assert found.columns == {"employee_id": "工号(新)", "name": "姓名"}
    assert found.unknown_columns == ("部门",)
    assert found.entries == (Entry(2, employee_id="7", name="王芳"),)


def test_numbers_of_a_spreadsheet_are_read_as_a_person_sees_them() -> None:
    found = read_table([["工号", "姓名"], [1001.0, "王芳"], ["0042", "李雷"], [12.5, "x"]])
    assert [entry.employee_id for entry in found.entries] == ["1001", "0042", "12.5"]


def test_blank_rows_are_skipped_and_rows_of_nobody_are_named() -> None:
    rows = [[], ["工号", "姓名", "备注"], ["", "", ""], ["", "", "蓝底"], ["1", "王芳", ""]]
    found = read_table(rows)
    assert [entry.line for entry in found.entries] == [5]
    assert found.empty_lines == (4,)


def test_the_same_id_twice_is_named_with_its_rows() -> None:
    found = read_table([["工号", "姓名"], ["1", "王芳"], ["2", "李雷"], ["1", "张三"]])
    assert found.doubled == {"1": (2, 4)}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "MANIFEST_EMPTY"),
        ([["", " "]], "MANIFEST_EMPTY"),
        ([["工号", "姓名"]], "MANIFEST_EMPTY"),
        ([["部门", "备注"], ["财务", "蓝底"]], "MANIFEST_NO_HEADINGS"),
        ([["1001", "王芳"], ["1002", "李雷"]], "MANIFEST_NO_HEADINGS"),
        ([["工号"], *[["1"]] * 20_001], "MANIFEST_TOO_LONG"),
    ],
)
def test_a_table_that_cannot_be_used_has_a_code(rows, code) -> None:
    with pytest.raises(ManifestError) as caught:
        read_table(rows)
    assert caught.value.code == code


PEOPLE = (
    Entry(2, employee_id="1001", name="王芳"),
    Entry(3, employee_id="11001", name="李雷"),
    Entry(4, employee_id="A7", name="Ann Lee"),
    Entry(5, name="王芳芳"),
    Entry(6, employee_id="9", name="张三", file="IMG_0001.JPG"),
)


@pytest.mark.parametrize(
    ("photo", "line", "by"),
    [
        ("1001.jpg", 2, "employee_id"),
        ("dept/1001_证件照.jpg", 2, "employee_id"),
        ("11001.jpg", 3, "employee_id"),
        ("王芳.jpg", 2, "name"),
        ("王芳芳.jpg", 5, "name"),
        ("ann lee (2).png", 4, "name"),
        ("a7-final.heic", 4, "employee_id"),
        ("img_0001.jpg", 6, "file"),
        ("sub/IMG_0001.jpg", 6, "file"),
        ("王芳1001.jpg", 2, "employee_id"),
    ],
)
def test_a_photo_is_its_persons(photo, line, by) -> None:
    found = assign(PEOPLE, [photo])
    owners = {person.entry.line: person.by for person in found.people if person.photos}
    assert owners == {line: by}
    assert found.unknown == ()


@pytest.mark.parametrize(
    "photo", ["21001.jpg", "10012.jpg", "photo.jpg", "a71.jpg", "小王芳芳芳.jpg"]
)
def test_a_photo_that_only_looks_alike_is_nobodys(photo) -> None:
    assert assign(PEOPLE, [photo]).unknown == (photo,)


def test_two_photos_of_one_person_and_none_are_both_seen() -> None:
    found = assign(PEOPLE, ["1001.jpg", "王芳.png"])
    assert found.people[0].photos == ("1001.jpg", "王芳.png")
    assert [person.entry.line for person in found.people if not person.photos] == [3, 4, 5, 6]


def test_a_photo_that_fits_two_people_is_given_to_nobody() -> None:
    twins = (Entry(2, employee_id="1", name="王芳"), Entry(3, employee_id="2", name="王芳"))
    found = assign(twins, ["王芳.jpg"])
    assert found.contested == {"王芳.jpg": (2, 3)}
    assert all(not person.photos for person in found.people)


NAMES = st.text("0123456789abcß王芳李_- .", max_size=8)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=8), st.lists(NAMES, max_size=8, unique=True))
def test_every_photo_is_somebodys_contested_or_unknown(people, photos) -> None:
    entries = [
        Entry(line, employee_id=number.strip(), name=name.strip())
        for line, (number, name) in enumerate(people, 2)
    ]
    found = assign(entries, photos)
    given_out = [photo for person in found.people for photo in person.photos]
    assert sorted([*given_out, *found.unknown, *found.contested]) == sorted(photos)
