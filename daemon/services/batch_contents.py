"""What a batch holds: which file is the table, which are photos, and whose each photo is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from daemon.domain.manifest import Entry, Manifest, ManifestError, assign, read_table
from daemon.errors import InputError
from daemon.files.ignore import IgnoreList, has_picture_ending
from daemon.files.spreadsheet import MAX_BYTES, read_spreadsheet

TABLE_ENDINGS = (".csv", ".tsv", ".xlsx", ".xls")
# One of these names makes a table the one that counts, where there are several.
_TABLE_NAMES = frozenset({
    "manifest", "名单", "人员名单", "照片名单", "花名册", "员工名单", "入职名单", "list", "names",
})  # fmt: skip

UNKNOWN = "BATCH_PHOTO_UNKNOWN"
CONTESTED = "BATCH_PHOTO_CONTESTED"

_litter = IgnoreList()


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a batch, sorted by their names.

    Attributes:
        pictures: By name.
        table: The table of names, or ``None``.
        passed_over: Neither, and no litter of an operating system either.
    """

    pictures: tuple[str, ...]
    table: str | None
    passed_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """One photo of a batch.

    Attributes:
        photo: Its name.
        entry: Whose it is; ``None``: nobody's.
        code: Why it is nobody's.
        lines: The rows that it fits, where it fits several.
    """

    photo: str
    entry: Entry | None
    code: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Roll:
    """Everybody and every photo of a batch.

    Attributes:
        people: Rows of the table, or one for each photo where there is none.
        photos: In the order given.
        findings: See ``Batch.findings``.
    """

    people: tuple[Entry, ...]
    photos: tuple[Assigned, ...]
    findings: dict[str, Any]


def is_table(name: str) -> bool:
    """Whether a file may be a table of names, by its own name."""
    return name.casefold().endswith(TABLE_ENDINGS)


def is_named_table(name: str) -> bool:
    """Whether a file says by its name that it is the table of a batch."""
    path = PurePosixPath(name)
    return is_table(name) and path.stem.strip().casefold() in _TABLE_NAMES


def sort_files(names: Iterable[str]) -> Contents:
    """Tell table, photos and the rest by their names.

    Raises:
        InputError: ``BATCH_WITHOUT_PICTURES`` or ``MANIFEST_SEVERAL``.
    """
    pictures: list[str] = []
    tables: list[str] = []
    others: list[str] = []
    for name in names:
        if _is_litter(name):
            continue
        kind = others
        if has_picture_ending(os.fsencode(name)):
            kind = pictures
        elif is_table(name):
            kind = tables
        kind.append(name)
    if not pictures:
        code = "BATCH_WITHOUT_PICTURES"
        raise InputError(code, n=len(tables) + len(others))
    table = _the_table(tables)
    return Contents(tuple(pictures), table, (*others, *(t for t in tables if t != table)))


def _the_table(tables: Sequence[str]) -> str | None:
    if len(tables) < 2:
        return next(iter(tables), None)
    named = [name for name in tables if is_named_table(name)]
    if len(named) != 1:
        code = "MANIFEST_SEVERAL"
        raise InputError(code, n=len(tables))
    return named[0]


def _is_litter(name: str) -> bool:
    raw = os.fsencode(name)
    folders = raw.split(b"/")[:-1]
    return bool(_litter.file(raw)) or any(map(_litter.folder, folders))


def read_manifest(content: bytes) -> Manifest:
    """A table of names, read.

    Raises:
        InputError: ``MANIFEST_…`` says why it cannot be used.
    """
    if len(content) > MAX_BYTES:
        code = "MANIFEST_TOO_LONG"
        raise InputError(code, actual=len(content), limit=MAX_BYTES)
    try:
        return read_table(read_spreadsheet(content))
    except ManifestError as error:
        raise InputError(error.code) from error


def roll_of(contents: Contents, read: Callable[[str], bytes]) -> Roll:
    """Say who is in a batch and whose each photo is.

    Args:
        contents: Its files.
        read: The content of one, by name.

    Raises:
        InputError: The table cannot be used.
    """
    findings: dict[str, Any] = {"passed_over": list(contents.passed_over)}
    if contents.table is None:
        people = tuple(
            Entry(line, file=photo) for line, photo in enumerate(contents.pictures, start=1)
        )
        photos = tuple(Assigned(entry.file, entry) for entry in people)
        return Roll(people, photos, findings)
    manifest = read_manifest(read(contents.table))
    people = _once_each(manifest.entries)
    found = {key: value for key, value in asdict(manifest).items() if key != "entries"}
    return Roll(people, _whose(people, contents.pictures), {
        **findings, "manifest": contents.table, **found,
    })  # fmt: skip


def _once_each(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Rows that say the same count once."""
    kept = {replace(entry, line=0): entry for entry in reversed(entries)}
    return tuple(sorted(kept.values(), key=lambda entry: entry.line))


def _whose(people: Sequence[Entry], pictures: Sequence[str]) -> tuple[Assigned, ...]:
    assignment = assign(people, pictures)
    owners = {photo: person.entry for person in assignment.people for photo in person.photos}
    photos = []
    for photo in pictures:
        entry, lines = owners.get(photo), assignment.contested.get(photo, ())
        code = "" if entry else CONTESTED if lines else UNKNOWN
        photos.append(Assigned(photo, entry, code, tuple(lines)))
    return tuple(photos)
