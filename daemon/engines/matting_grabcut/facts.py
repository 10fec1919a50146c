"""What the record says of the embedded matter; importing this loads nothing."""

from __future__ import annotations

from daemon.engines.base import EngineFacts, runtime_version

NAME = "grabcut-closed-form"
# Raised whenever the same photo would give other bytes.
REVISION = "1"
SIDE_PX = 320
"""Long side at which the outline is looked for."""
SOLVED_PX = 640
"""Long side at which alpha is solved: the closed form costs by the pixel, and hair that is finer
than this comes back with the colours of the full picture."""


def matter_facts() -> EngineFacts:
    """Name, version and working sizes."""
    return EngineFacts(
        NAME,
        runtime_version("PyMatting"),
        {},
        details={"revision": REVISION, "outline_px": SIDE_PX, "solved_px": SOLVED_PX},
    )
