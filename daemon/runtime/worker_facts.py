"""What is known of a worker beside its state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerFacts:
    """The latest worker, as it described itself.

    Attributes:
        device: Where it computes; empty before the first one has said so.
        engines: What it can use, by name.
        rss_mib: Its resident memory when last looked at.
        gpu_mib: Memory it holds on the GPU, as it said last; ``None`` where it uses none.
        load_ms: How long it took from its start until it was ready; ``None`` before.
    """

    device: str = ""
    engines: tuple[str, ...] = ()
    rss_mib: int = 0
    gpu_mib: int | None = None
    load_ms: int | None = None
