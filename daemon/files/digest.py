"""Digests of files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Digest:
    """Length in bytes and SHA-256 in lower-case hex."""

    size: int
    sha256: str


def digest_of(path: Path) -> Digest:
    """The digest of a file's present bytes."""
    hasher, size = hashlib.sha256(), 0
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            hasher.update(chunk)
            size += len(chunk)
    return Digest(size, hasher.hexdigest())
