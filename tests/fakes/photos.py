"""Photos for whole booths: small JPEGs, each with bytes of its own, that say how they shall end.

A comment segment carries the wish (``verdict=review``), which route ``sort`` of
``tests.fakes.booth_routes`` obeys, and a number that makes every photo another one.
"""

from __future__ import annotations

import hashlib
import io
import random
from dataclasses import dataclass
from functools import cache

from PIL import Image

from daemon.domain.job import Verdict

_COMMENT_MAX = 60_000


@dataclass(frozen=True, slots=True)
class Drop:
    """A photo that was dropped.

    Attributes:
        inbox: Name of the inbox.
        relative: Path inside it, as bytes.
        content: Its bytes.
        verdict: How it shall end.
    """

    inbox: str
    relative: bytes
    content: bytes
    verdict: Verdict = Verdict.DONE

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@cache
def _plain() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), (120, 90, 60)).save(buffer, "JPEG")
    return buffer.getvalue()


def jpeg(number: int, verdict: Verdict = Verdict.DONE, size: int = 0) -> bytes:
    """A whole JPEG of at least ``size`` bytes, unlike any other number's."""
    noise = random.Random(number)
    segments = [f"number={number} verdict={verdict.value}".encode()]
    while sum(map(len, segments)) < size - len(_plain()):
        segments.append(noise.randbytes(min(_COMMENT_MAX, size)))
    marked = b"".join(b"\xff\xfe" + (len(s) + 2).to_bytes(2, "big") + s for s in segments)
    return _plain()[:2] + marked + _plain()[2:]


def wish_of(content: bytes) -> Verdict:
    """How a photo says that it shall end; ``done`` where it says nothing."""
    _, _, after = content[:200].partition(b"verdict=")
    for verdict in Verdict:
        if after.startswith(verdict.value.encode()):
            return verdict
    return Verdict.DONE
