"""When a job that met trouble is tried again."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.errors import FaultVerdict

# 5 s, 20 s, 80 s … capped: a passing fault (a busy card, a share that blinks) is over in
# seconds, and a lasting one must not keep fresh photos waiting.
BASE_S = 5.0
FACTOR = 4.0
CAP_S = 600.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens next to a job after a fault.

    Attributes:
        again: Whether the job goes back to the queue.
        wait_s: Seconds before it may be claimed again.
        refund: Whether the attempt counted at the claim is given back.
    """

    again: bool
    wait_s: float = 0.0
    refund: bool = False


def backoff_s(attempt: int) -> float:
    """Seconds to wait after the given attempt (1 = first)."""
    return min(CAP_S, BASE_S * FACTOR ** max(0, attempt - 1))


def decide(fault: FaultVerdict, attempt: int, max_attempts: int) -> Decision:
    """Turn a fault and the number of attempts made into a decision."""
    if fault is FaultVerdict.HOLD_QUEUE:
        return Decision(again=True, wait_s=BASE_S, refund=True)
    if fault is FaultVerdict.FAIL or attempt >= max_attempts:
        return Decision(again=False)
    if fault is FaultVerdict.RESTART_WORKER:
        # The worker's own restart back-off paces these.
        return Decision(again=True)
    return Decision(again=True, wait_s=backoff_s(attempt))
