"""What a person's words about an ID photo mean, for programs; nothing is done with them."""

from __future__ import annotations

from typing import Any

from daemon.catalogue.idphoto import book
from daemon.domain.codes import explain
from daemon.domain.idphoto import instruct


def parse_instruction(text: str, language: str) -> dict[str, Any]:
    """Read an instruction: what was understood, what was not, and remarks on it."""
    read = instruct.parse(text, book())
    remarks = []
    for one in read.warned:
        message, advice = explain(one.reason, language)
        remarks.append({**one.reason.as_json(), "message": message, "advice": advice})
    return {**read.as_json(), "reasons": remarks}
