"""What in an inbox is never a photo, and which rule says so.

Silent ignoring is how photos get lost for weeks, so every answer names the pattern that matched
and people see it. Names are compared without regard to case; they are bytes, and what is no
valid text is compared by its surrogates.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

MARKER_FILE = b".boothdignore"
SENTINEL = b".boothd-inbox"
READY_SUFFIX = b".ready"
NOTE_SUFFIXES = (b".txt", b".yaml", b".yml")

FOLDER_MARKED = "folder holds .boothdignore"

# Names under which programs write before they give the file its real name.
_TEMPORARY = (
    "*.tmp", "*.temp", "*.part", "*.partial", "*.filepart", "*.crdownload", "*.download",
    "*.opdownload", "*.!ut", "*.!qb", "*.bts", "*.!sync", ".syncthing.*.tmp", "~syncthing~*.tmp",
    ".goutputstream-*", ".~tmp~",
)  # fmt: skip
# rsync's .name.XXXXXX: the real name with its ending, then six letters or digits.
_RSYNC = re.compile(r"^\..+\.[^.]+\.[A-Za-z0-9]{6}$")
_RSYNC_RULE = ".name.XXXXXX"

_FILES = (
    "._*", ".ds_store", ".appledouble", "icon\r", "thumbs.db", "ehthumbs.db", "desktop.ini", "~$*",
    "*~", ".~lock.*#", "*.swp", "*.lock", "*.lck", ".nfs*", ".smbdelete*", ".fuse_hidden*",
    "*.boothd-part", "*.boothd.json", "*.ready", ".boothdignore", ".boothd-inbox",
    ".boothd-probe*", ".*",
)  # fmt: skip
_FOLDERS = (
    ".boothd", ".git", ".stfolder", ".stversions", ".sync", "@eadir", "@tmp", "@recycle",
    "#recycle", "#snapshot", ".snapshot", "~snapshot", "$recycle.bin",
    "system volume information", ".trash*", ".trashes", ".spotlight-v100", ".fseventsd",
    ".temporaryitems", ".appledb", ".appledouble", "network trash folder", "__macosx",
    "lost+found", ".dropbox.cache", ".~tmp~",
)  # fmt: skip
# These hold the booth's own state; no setting opens them.
_ALWAYS = frozenset({
    ".boothd", "*.boothd-part", "*.boothd.json", ".boothdignore", ".boothd-inbox", ".boothd-probe*",
})  # fmt: skip

# Endings of pictures, to tell PHOTO.jpg.txt from a text file; never to tell a picture.
_PICTURE_ENDINGS = (
    b".jpg", b".jpeg", b".jpe", b".jfif", b".png", b".webp", b".tif", b".tiff", b".bmp", b".dib",
    b".gif", b".heic", b".heif", b".hif", b".avif",
)  # fmt: skip


def has_picture_ending(name: bytes) -> bool:
    """Whether a name ends like a picture's; what is in the file may be something else."""
    return name.lower().endswith(_PICTURE_ENDINGS)


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave this file or folder alone.

    Attributes:
        rule: The pattern that matched, as written in the list.
        temporary: It will probably get another name; it waits rather than being ignored.
    """

    rule: str
    temporary: bool = False


class IgnoreList:
    """The built-in list with an inbox's own patterns.

    Args:
        ignore: Further patterns (globs). One with a slash is matched on the path inside the
            inbox, one without on each name of it.
        accept_anyway: Patterns that overrule everything but the booth's own files.
    """

    def __init__(self, ignore: Iterable[str] = (), accept_anyway: Iterable[str] = ()) -> None:
        self._accept = _Globs(accept_anyway)
        self._own = _Globs(ignore)
        self._temporary = _Globs(_TEMPORARY)
        self._files = _Globs(_FILES)
        self._folders = _Globs(_FOLDERS)

    def file(self, relative: bytes) -> Leave | None:
        """What to do with a file of this path inside the inbox; ``None``: look at it."""
        path, name = _folded(relative)
        built_in = self._files.match(path, name)
        if built_in in _ALWAYS:
            return Leave(str(built_in))
        if self._accept.match(path, name):
            return None
        own = self._own.match(path, name)
        if own:
            return Leave(own)
        temporary = self._temporary.match(path, name)
        if temporary:
            return Leave(temporary, temporary=True)
        if _RSYNC.match(name):
            return Leave(_RSYNC_RULE, temporary=True)
        return Leave(built_in) if built_in else None

    def folder(self, relative: bytes) -> Leave | None:
        """Whether to leave a folder, and all in it, alone."""
        path, name = _folded(relative)
        built_in = self._folders.match(path, name)
        if built_in in _ALWAYS:
            return Leave(str(built_in))
        if self._accept.match(path, name):
            return None
        rule = self._own.match(path, name) or built_in
        return Leave(rule) if rule else None


class _Globs:
    """Several globs tested at once; a hit is told by its own words."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._each = [(pattern, _compiled(pattern)) for pattern in patterns]
        joined = "|".join(f"(?:{regex.pattern})" for _, regex in self._each)
        self._any = re.compile(joined, re.DOTALL) if joined else None
        self._by_path = any("/" in pattern for pattern, _ in self._each)

    def match(self, path: str, name: str) -> str | None:
        """The first pattern that has the name, or, where it holds a slash, the path."""
        if self._any is None:
            return None
        if not self._any.match(name) and not (self._by_path and self._any.match(path)):
            return None
        for pattern, regex in self._each:
            if regex.match(path if "/" in pattern else name):
                return pattern
        return None


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.casefold()), re.DOTALL)


def _folded(relative: bytes) -> tuple[str, str]:
    path = os.fsdecode(relative).casefold()
    return path, path.rpartition("/")[2]


def note_owner(name: bytes, siblings: set[bytes]) -> bytes | None:
    """The photo that a note or marker belongs to, or ``None`` for a file of its own.

    Args:
        name: A file name such as ``PHOTO.jpg.txt``.
        siblings: Every name in the same folder.
    """
    folded = name.lower()
    for suffix in (*NOTE_SUFFIXES, READY_SUFFIX):
        if folded.endswith(suffix) and len(name) > len(suffix):
            owner = name[: -len(suffix)]
            is_owned = owner in siblings or owner.lower().endswith(_PICTURE_ENDINGS)
            return owner if is_owned else None
    return None
