"""What the record says of the code reader; importing this loads nothing."""

from __future__ import annotations

from daemon.engines.base import EngineFacts, runtime_version

NAME = "zxing-cpp"


def code_facts() -> EngineFacts:
    """Name and version; it has no weights."""
    return EngineFacts(NAME, runtime_version("zxing-cpp"), {})
