"""Who is in a batch, and which photo is whose: a table read with good will, nothing guessed away.

A table has a row of headings in Chinese or English. Which column is which is found from the
headings and reported; a row that cannot be used and a photo that is nobody's are named.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

MAX_ROWS = 20_000

# Field → headings, the likelier first; compared without case, spaces and punctuation.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "employee_id": (
        "工号", "员工号", "员工编号", "员工工号", "人员编号", "编号", "学号", "考号", "准考证号",
        "employeeid", "employeeno", "employeenumber", "staffid", "badge", "badgeno", "personid",
        "studentid", "id", "no", "number",
    ),
    "name": ("姓名", "名字", "员工姓名", "中文名", "fullname", "employeename", "name"),
    "file": (
        "文件名", "照片文件名", "照片文件", "照片", "图片", "文件",
        "filename", "photofile", "photo", "picture", "image", "file",
    ),
    "preset": (
        "规格", "照片规格", "证件照规格", "尺寸", "寸", "preset", "photosize", "size", "spec",
    ),
    "background": (
        "背景", "背景色", "背景颜色", "底色",
        "background", "backgroundcolour", "backgroundcolor", "bg",
    ),
    "instruction": (
        "要求", "处理要求", "指令", "说明", "备注", "instruction", "instructions", "request",
        "remark", "remarks", "note", "notes", "comment",
    ),
}  # fmt: skip
_WHO = ("employee_id", "name", "file")
_WHOLE_NUMBER = re.compile(r"^(\d+)\.0$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of the table.

    Attributes:
        line: Number of the row, the headings being 1.
        employee_id: As written, ``""`` where the table has none.
        name: The person's name, or ``""``.
        file: The photo's file name, or ``""``.
        preset: Words for the size, or ``""``.
        background: Words for the background, or ``""``.
        instruction: A line of instruction, or ``""``.
    """

    line: int
    employee_id: str = ""
    name: str = ""
    file: str = ""
    preset: str = ""
    background: str = ""
    instruction: str = ""

    @property
    def key(self) -> str:
        """What tells this person from the others."""
        return _folded(self.employee_id or self.name or self.file)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A table, read.

    Attributes:
        entries: The people, in order.
        columns: Field → the heading it was found under.
        unknown_columns: Headings that mean nothing here.
        empty_lines: Rows that name nobody.
        doubled: Keys that stand in more than one row → those rows.
    """

    entries: tuple[Entry, ...]
    columns: Mapping[str, str]
    unknown_columns: tuple[str, ...] = ()
    empty_lines: tuple[int, ...] = ()
    doubled: Mapping[str, tuple[int, ...]] | None = None


class ManifestError(Exception):
    """The table cannot be used at all.

    Attributes:
        code: ``MANIFEST_EMPTY``, ``MANIFEST_NO_HEADINGS`` or ``MANIFEST_TOO_LONG``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_table(rows: Sequence[Sequence[object]]) -> Manifest:
    """Make sense of a table.

    Args:
        rows: Cells as text or numbers; the first row that is not blank holds the headings.

    Raises:
        ManifestError: No rows, no heading that says who is meant, or too many rows.
    """
    filled = [(line, row) for line, row in enumerate(rows, 1) if any(map(_text, row))]
    if not filled:
        code = "MANIFEST_EMPTY"
        raise ManifestError(code)
    if len(filled) - 1 > MAX_ROWS:
        code = "MANIFEST_TOO_LONG"
        raise ManifestError(code)
    (_, headings), *body = filled
    places, unknown = _columns([_text(cell) for cell in headings])
    if not any(field in places for field in _WHO):
        code = "MANIFEST_NO_HEADINGS"
        raise ManifestError(code)
    entries: list[Entry] = []
    empty: list[Entry] = []
    for line, row in body:
        values = {field: _text(row[at]) for field, at in places.items() if at < len(row)}
        entry = Entry(line, **values)
        (entries if entry.key else empty).append(entry)
    if not entries:
        code = "MANIFEST_EMPTY"
        raise ManifestError(code)
    return Manifest(
        entries=tuple(entries),
        columns={field: _text(headings[at]) for field, at in places.items()},
        unknown_columns=tuple(unknown),
        empty_lines=tuple(entry.line for entry in empty),
        doubled=_doubled(entries),
    )


def _columns(headings: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Field → column; a heading serves one field, the likelier word wins."""
    plain = [_bare(heading) for heading in headings]
    places: dict[str, int] = {}
    for is_match in (lambda word, heading: word == heading, _is_within):
        for field, words in _HEADINGS.items():
            if field in places:
                continue
            for word in words:
                at = next(
                    (
                        i
                        for i, heading in enumerate(plain)
                        if i not in places.values() and heading and is_match(word, heading)
                    ),
                    None,
                )
                if at is not None:
                    places[field] = at
                    break
    left = [heading for i, heading in enumerate(headings) if heading and i not in places.values()]
    return places, left


def _is_within(word: str, heading: str) -> bool:
    # Two Latin letters stand in too many words ("no" in "notes") to mean anything inside one.
    return (len(word) > 3 or not word.isascii()) and word in heading


def _doubled(entries: Iterable[Entry]) -> dict[str, tuple[int, ...]]:
    lines: dict[str, list[int]] = {}
    for entry in entries:
        lines.setdefault(entry.key, []).append(entry.line)
    return {key: tuple(found) for key, found in lines.items() if len(found) > 1}


@dataclass(frozen=True, slots=True)
class Assigned:
    """A person and the photos that came for them.

    Attributes:
        entry: The row.
        photos: None: nobody sent one; several: more than one came.
        by: ``file``, ``employee_id`` or ``name``: how the photos were found; ``""`` for none.
    """

    entry: Entry
    photos: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Every person and every photo of a batch.

    Attributes:
        people: One for each row.
        unknown: Photos that are nobody's.
        contested: Photos that fit several rows → those rows; given to nobody.
    """

    people: tuple[Assigned, ...]
    unknown: tuple[str, ...]
    contested: Mapping[str, tuple[int, ...]]


def assign(entries: Sequence[Entry], photos: Sequence[str]) -> Assignment:
    """Say whose each photo is.

    By the file name that the row gives; else by the employee id in the photo's name; else by the
    person's name in it. The longest id wins, so that ``1001`` does not take the photo of ``11001``.

    Args:
        entries: Rows.
        photos: File names, with their folders inside the batch.
    """
    owners: dict[str, list[tuple[Entry, str]]] = {}
    for photo in photos:
        owners[photo] = _owners(entries, photo)
    taken: dict[int, list[tuple[str, str]]] = {}
    for photo, found in owners.items():
        if len(found) == 1:
            entry, by = found[0]
            taken.setdefault(entry.line, []).append((photo, by))
    people = []
    for entry in entries:
        mine = taken.get(entry.line, [])
        by = mine[0][1] if mine else ""
        people.append(Assigned(entry, tuple(photo for photo, _ in mine), by))
    return Assignment(
        people=tuple(people),
        unknown=tuple(photo for photo, found in owners.items() if not found),
        contested={
            photo: tuple(entry.line for entry, _ in found)
            for photo, found in owners.items()
            if len(found) > 1
        },
    )


def _owners(entries: Sequence[Entry], photo: str) -> list[tuple[Entry, str]]:
    path = PurePath(photo)
    names = {_folded(photo), _folded(path.name), _folded(path.stem)}
    by_file = [(entry, "file") for entry in entries if entry.file and _folded(entry.file) in names]
    if by_file:
        return by_file
    stem = _folded(path.stem)
    for by in ("employee_id", "name"):
        fits = [
            (len(word), entry)
            for entry in entries
            # A row that names its photo takes no other.
            if not entry.file and (word := _folded(getattr(entry, by))) and _stands_in(word, stem)
        ]
        longest = max((length for length, _ in fits), default=0)
        if fits:
            return [(entry, by) for length, entry in fits if length == longest]
    return []


def _stands_in(word: str, stem: str) -> bool:
    """Whether a word stands in a name with nothing of its own kind beside it."""
    at = stem.find(word)
    while at >= 0:
        before, after = stem[at - 1 : at], stem[at + len(word) : at + len(word) + 1]
        if not (_same_kind(before, word[0]) or _same_kind(after, word[-1])):
            return True
        at = stem.find(word, at + 1)
    return False


def _same_kind(neighbour: str, own: str) -> bool:
    """A digit beside a digit, a Latin letter beside one, a Chinese character beside one."""
    if not neighbour:
        return False
    return _kind(neighbour) == _kind(own) != "other"


def _kind(char: str) -> str:
    if char.isdecimal():
        return "digit"
    if char.isalpha():
        return "latin" if char.isascii() else "letter"
    return "other"


def _text(cell: object) -> str:
    """A cell as the person sees it: a spreadsheet keeps 1001 as 1001.0."""
    if cell is None:
        return ""
    words = unicodedata.normalize("NFC", str(cell)).strip()
    whole = _WHOLE_NUMBER.match(words) if isinstance(cell, float) else None
    return whole[1] if whole else words


def _bare(heading: str) -> str:
    folded = _folded(heading)
    return "".join(char for char in folded if char.isalnum())


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold().strip()
