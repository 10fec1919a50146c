"""Names: what people called a file, and what we may call one.

Input names are never changed; they stay bytes for every file operation. Output names are made
from them: NFC, without what SMB or Windows refuse, cut by bytes with a hash tail so that our
own endings always fit.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path

# ext4 and SMB allow 255 bytes or units; 40 are kept for our own endings (style: share quirks).
MAX_NAME_BYTES = 215

_REFUSED = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


def display_name(name: bytes) -> str:
    """A name as text for people: NFC, undecodable or control characters shown as U+FFFD."""
    text = unicodedata.normalize("NFC", name.decode("utf-8", "replace"))
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_control(char) else char for char in text)


def _is_control(char: str) -> bool:
    # Cc: escape sequences and newlines; Cf: direction overrides that make exe.jpg of gpj.exe;
    # Cs: lone surrogates.
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def compare_key(relative: bytes, *, fold_case: bool) -> str:
    """The key under which two paths count as the same name on a share."""
    text = unicodedata.normalize("NFC", os.fsdecode(relative))
    return text.casefold() if fold_case else text


def output_name(name: bytes) -> str:
    """A name that any share accepts, as near to the given one as possible.

    Raises nothing: a name of which nothing is left becomes ``photo`` with a hash tail.
    """
    text = display_name(name)
    clean = _REFUSED.sub("_", text).rstrip(" .")
    if _RESERVED.match(clean) or clean.startswith(("-", "~")):
        clean = f"_{clean}"
    if not clean.strip("._ "):
        clean = f"photo-{_tail(name)}{clean}"
    if clean.startswith("."):
        clean = f"_{clean}"
    return _cut(clean, name)


def _cut(clean: str, name: bytes) -> str:
    if len(clean.encode()) <= MAX_NAME_BYTES:
        return clean
    stem, dot, suffix = clean.rpartition(".")
    if not dot or len(suffix.encode()) > 16:
        stem, suffix = clean, ""
    tail = f"~{_tail(name)}{dot if suffix else ''}{suffix}"
    room = MAX_NAME_BYTES - len(tail.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + tail


def _tail(name: bytes) -> str:
    return hashlib.sha256(name).hexdigest()[:8]


def output_parts(relative: bytes) -> tuple[str, ...]:
    """Sub-folders and file name of an output, each made safe."""
    return tuple(output_name(part) for part in relative.split(b"/") if part not in {b"", b"."})


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path, links resolved, lies in a folder or is it."""
    return path.resolve().is_relative_to(folder.resolve())


def numbered(target: Path, number: int) -> Path:
    """``photo.jpg`` → ``photo (2).jpg`` for number 2; number 1 is the path itself."""
    if number <= 1:
        return target
    return target.with_name(f"{target.stem} ({number}){target.suffix}")
