"""What goes into a job and what comes out of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class OutputKind(enum.StrEnum):
    """What an output file is for."""

    RESULT = "result"  # the picture the person asked for (a candidate where review is wanted)
    WHY_PICTURE = "why_picture"  # the annotated copy that shows the reasons: PHOTO.why.jpg
    EXTRA = "extra"  # a further file of a route (a print sheet, say), beside the result


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file which the worker wrote into the attempt's folder.

    Attributes:
        kind: What it is for.
        name: File name inside the attempt folder.
        suffix: Ending of the published name, with its dot (``.jpg``); an extra may put a
            label in front (``.sheet.jpg``).
        sha256: Digest of the bytes, lower-case hex.
        size: Length in bytes.
    """

    kind: OutputKind
    name: str
    suffix: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a photo did not simply pass: a code and the facts behind it.

    Attributes:
        code: A key of ``daemon.domain.codes.CODES``.
        facts: Values for the message (measured value, limit, face index, box …).
    """

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"code": self.code, **({"facts": dict(self.facts)} if self.facts else {})}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Reason:
        facts = data.get("facts")
        return cls(str(data["code"]), dict(facts) if isinstance(facts, Mapping) else {})
