"""Which file of a batch is the list, which are photos, and whose each photo is."""

from __future__ import annotations

import pytest

from daemon.errors import InputError
from daemon.services.batch_contents import CONTESTED, UNKNOWN, roll_of, sort_files
from tests.fakes.archives import table

HEAD = ("id", "name", "file")


def code_of(*names: str) -> str:
    with pytest.raises(InputError) as caught:
        sort_files(names)
    return caught.value.code


def test_files_are_told_by_their_names() -> None:
    found = sort_files(["a/1.JPG", "b.heic", "list.xlsx", "cv.pdf", "a/._1.JPG", ".DS_Store"])
    assert found.pictures == ("a/1.JPG", "b.heic")
    assert (found.table, found.passed_over) == ("list.xlsx", ("cv.pdf",))


@pytest.mark.parametrize(
    "litter", ["__MACOSX/a/._1.jpg", "@eaDir/1.jpg", "a/Thumbs.db", "~$名单.xlsx", "1.jpg.tmp"]
)
def test_litter_of_systems_is_neither_photo_nor_list(litter: str) -> None:
    found = sort_files(["1.jpg", litter])
    assert (found.pictures, found.table, found.passed_over) == (("1.jpg",), None, ())


def test_the_named_table_is_the_list_and_the_others_are_passed_over() -> None:
    found = sort_files(["1.jpg", "salaries.xlsx", "x/名单.xls", "old.csv"])
    assert found.table == "x/名单.xls"
    assert found.passed_over == ("salaries.xlsx", "old.csv")


@pytest.mark.parametrize("tables", [("a.csv", "b.csv"), ("名单.csv", "manifest.xlsx")])
def test_where_several_may_be_the_list_nobody_guesses(tables: tuple[str, ...]) -> None:
    assert code_of("1.jpg", *tables) == "MANIFEST_SEVERAL"


def test_without_photos_there_is_no_batch() -> None:
    assert code_of("名单.csv", "cv.pdf") == "BATCH_WITHOUT_PICTURES"
    assert code_of() == "BATCH_WITHOUT_PICTURES"


def test_each_photo_is_somebodys_or_says_why_it_is_not() -> None:
    rows = table(HEAD, ("1", "A", ""), ("2", "B", "x.jpg"), ("1", "C", ""), ("4", "D", ""))
    contents = sort_files(["m.csv", "x.jpg", "1.jpg", "4 front.jpg", "4 side.jpg", "who.jpg"])
    roll = roll_of(contents, lambda name: rows if name == "m.csv" else b"")
    told = {photo.photo: (photo.entry and photo.entry.name, photo.code) for photo in roll.photos}
    assert told == {
        "x.jpg": ("B", ""),
        "1.jpg": (None, CONTESTED),
        "4 front.jpg": ("D", ""),
        "4 side.jpg": ("D", ""),
        "who.jpg": (None, UNKNOWN),
    }
    assert [photo.lines for photo in roll.photos if photo.lines] == [(2, 4)]
    assert roll.findings["doubled"] == {"1": (2, 4)}


def test_rows_that_say_the_same_count_once() -> None:
    rows = table(HEAD, ("1", "A", ""), ("1", "A", ""))
    roll = roll_of(sort_files(["m.csv", "1.jpg"]), lambda _: rows)
    assert [(entry.line, entry.name) for entry in roll.people] == [(2, "A")]
    assert roll.photos[0].entry == roll.people[0]
    assert roll.findings["doubled"] == {"1": (2, 3)}


def test_without_a_list_every_photo_is_a_person_of_its_own() -> None:
    roll = roll_of(sort_files(["a/x.jpg", "b/x.jpg"]), lambda _: b"")
    assert [(entry.line, entry.file) for entry in roll.people] == [(1, "a/x.jpg"), (2, "b/x.jpg")]
    assert [photo.entry for photo in roll.photos] == list(roll.people)
