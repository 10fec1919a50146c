"""Walking an inbox: every folder that is not left alone, links not followed, mounts told apart."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from daemon.config.model import Inbox, Intake
from daemon.domain.readiness import Policy
from daemon.files.ignore import (
    FOLDER_MARKED,
    MARKER_FILE,
    NOTE_SUFFIXES,
    READY_SUFFIX,
    IgnoreList,
    Leave,
    note_owner,
)
from daemon.files.mounts import Mount
from daemon.files.operations import Entry, FileOperations, Kind
from daemon.services.intake_judge import Candidate

APPLE_DOUBLE = b"._"
ORPHAN_NOTE = "note without its photo"


@dataclass(frozen=True, slots=True)
class Region:
    """A part of an inbox that lies on one mount.

    Attributes:
        point: Its top, absolute.
        mount: What is mounted there.
        policy: What is asked of a file here.
        in_ledger: Files stay where they are.
    """

    point: bytes
    mount: Mount
    policy: Policy
    in_ledger: bool = False


def policy_of(mount: Mount, inbox: Inbox, settings: Intake) -> Policy:
    """What a file on this mount has to show."""
    return Policy(
        local=not mount.is_network,
        cache_s=mount.attribute_cache_s,
        settle_s=inbox.settle_s,
        incomplete_s=settings.incomplete_s,
        empty_s=settings.empty_s,
        sidecar_s=inbox.sidecar_s,
        ready_marker=inbox.ready_marker,
    )


@dataclass(frozen=True, slots=True)
class Passed:
    """A name left alone: by a rule, or (``temporary``) until it gets its real name."""

    relative: bytes
    rule: str
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class TooDeep:
    """A folder below ``max_depth``."""

    relative: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder that could not be listed."""

    relative: bytes
    error: OSError


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was listed.

    Attributes:
        relative: Path inside the inbox, empty for the inbox itself.
        region: The mount it lies on.
        photos: Names to look at.
        notes: Notes and AppleDouble files by the photo they belong to.
    """

    relative: bytes
    region: Region
    photos: list[bytes] = field(default_factory=list)
    notes: dict[bytes, list[bytes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Walk:
    """How to walk one inbox.

    Args:
        root: The inbox's folder.
        operations: How folders are listed.
        ignore: What is left alone.
        regions: The inbox itself first, then mounts below it, by absolute path.
        max_depth: Folders deeper than this are not entered.
    """

    root: bytes
    operations: FileOperations
    ignore: IgnoreList
    regions: dict[bytes, Region]
    max_depth: int

    def __iter__(self) -> Iterator[Folder | Passed | TooDeep | Unreadable]:
        """Everything there is, folder by folder.

        Raises:
            OSError: The inbox itself cannot be listed.
        """
        pending: list[tuple[bytes, int]] = [(b"", 0)]
        while pending:
            relative, depth = pending.pop()
            try:
                entries = self.operations.listing(self.absolute(relative))
            except OSError as error:
                if not relative:
                    raise
                yield Unreadable(relative, error)
                continue
            if any(entry.name == MARKER_FILE for entry in entries):
                yield Passed(relative or b".", FOLDER_MARKED)
                continue
            for found in self._sorted(relative, entries):
                if isinstance(found, bytes):
                    if depth < self.max_depth:
                        pending.append((found, depth + 1))
                    else:
                        yield TooDeep(found)
                else:
                    yield found

    def _sorted(self, relative: bytes, entries: list[Entry]) -> Iterator[Folder | Passed | bytes]:
        """Sub-folders to enter (as paths), what is left alone, and the folder itself last."""
        folder = Folder(relative, self.region_of(relative))
        names = {entry.name for entry in entries}
        for entry in entries:
            path = joined(relative, entry.name)
            if entry.kind is Kind.OTHER:
                yield Passed(path, "not_regular")
            elif entry.kind is Kind.FILE and _is_note(folder, entry.name, names):
                continue
            else:
                is_folder = entry.kind is Kind.FOLDER
                leave = self.ignore.folder(path) if is_folder else self.ignore.file(path)
                if leave is not None:
                    yield from _shown(path, leave)
                elif is_folder:
                    yield path
                else:
                    folder.photos.append(entry.name)
        for owner, notes in folder.notes.items():
            if owner not in names:
                yield from (Passed(joined(relative, note), ORPHAN_NOTE) for note in notes)
        yield folder

    def absolute(self, relative: bytes) -> bytes:
        return self.root + b"/" + relative if relative else self.root

    def region_of(self, relative: bytes) -> Region:
        """The region of a folder."""
        path, best = self.absolute(relative), self.regions[self.root]
        for point, region in self.regions.items():
            is_under = path == point or path.startswith(point + b"/")
            if is_under and len(point) > len(best.point):
                best = region
        return best

    def candidate(self, folder: Folder, name: bytes) -> Candidate:
        """A photo of a listed folder with what lies beside it."""
        relative = joined(folder.relative, name)
        return _candidate(
            self.absolute(relative), relative, folder.region, folder.notes.get(name, [])
        )

    def candidate_at(self, relative: bytes) -> tuple[Candidate, Region] | Passed | None:
        """A photo by its path alone, as an event names it.

        Returns:
            ``None`` where there is nothing to look at: gone, or in a folder left alone.
        """
        parent, _, name = relative.rpartition(b"/")
        if not self._may_enter(parent):
            return None
        path = self.absolute(relative)
        status = self.operations.status(path)
        if stat.S_ISDIR(status.st_mode):
            return None
        if not stat.S_ISREG(status.st_mode):
            return Passed(relative, "not_regular")
        leave = self.ignore.file(relative)
        if leave is not None:
            return next(_shown(relative, leave), None)
        region = self.region_of(parent)
        notes = [note for note in _note_names(name) if self._is_there(joined(parent, note))]
        return _candidate(path, relative, region, notes), region

    def _may_enter(self, folder: bytes) -> bool:
        parts = folder.split(b"/") if folder else []
        if len(parts) > self.max_depth or self._is_there(MARKER_FILE):
            return False
        for count in range(1, len(parts) + 1):
            above = b"/".join(parts[:count])
            if self.ignore.folder(above) or self._is_there(joined(above, MARKER_FILE)):
                return False
            if not stat.S_ISDIR(self.operations.status(self.absolute(above)).st_mode):
                return False
        return True

    def _is_there(self, relative: bytes) -> bool:
        try:
            self.operations.status(self.absolute(relative))
        except OSError:
            return False
        return True


def _shown(relative: bytes, leave: Leave) -> Iterator[Passed]:
    """What people see of a name left alone: nothing of the booth's own."""
    if not leave.rule.startswith(".boothd"):
        yield Passed(relative, leave.rule, leave.temporary)


def has_note(beside: tuple[bytes, ...]) -> bool:
    """Whether a person's note is among the files beside a photo."""
    return any(
        not note.startswith(APPLE_DOUBLE) and not note.lower().endswith(READY_SUFFIX)
        for note in beside
    )


def joined(folder: bytes, name: bytes) -> bytes:
    """A path inside the inbox."""
    return folder + b"/" + name if folder else name


def owner_of(relative: bytes) -> bytes | None:
    """The photo's path where this is the path of a note, a marker or an AppleDouble file."""
    folder, _, name = relative.rpartition(b"/")
    if name.startswith(APPLE_DOUBLE):
        return None
    owner = note_owner(name, set())
    return None if owner is None else joined(folder, owner)


def _is_note(folder: Folder, name: bytes, names: set[bytes]) -> bool:
    owner = note_owner(name, names)
    if owner is None and name.startswith(APPLE_DOUBLE) and name[2:] in names:
        owner = name[2:]
    if owner is None:
        return False
    folder.notes.setdefault(owner, []).append(name)
    return True


def _note_names(name: bytes) -> Iterator[bytes]:
    for suffix in (*NOTE_SUFFIXES, READY_SUFFIX):
        yield name + suffix
    yield APPLE_DOUBLE + name


def _candidate(path: bytes, relative: bytes, region: Region, beside: list[bytes]) -> Candidate:
    return Candidate(
        relative,
        path,
        region.policy,
        notes=tuple(sorted(beside)),
        has_marker=any(note.lower().endswith(READY_SUFFIX) for note in beside),
        has_note=has_note(tuple(beside)),
    )
