"""Shares of photos, how sure they are, and when one is out of the ordinary."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

# Two-sided 95 % of the normal distribution.
_Z = 1.959964
# Below so many photos a share is shown with its interval.
FEW = 30
# The rule to start with: more than twice what that hour usually has, among ten photos or more.
ALERT_FACTOR = 2.0
ALERT_LEAST = 10
# Standing out among many: so seldom by chance, and half as much again as the rest.
_SURE = 0.05
OUT_FACTOR = 1.5

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Share:
    """So many out of so many.

    Attributes:
        part: How many have it.
        n: Out of how many.
    """

    part: int
    n: int

    @property
    def value(self) -> float | None:
        """0..1; ``None`` out of nothing."""
        return self.part / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval, where the photos are few; ``None`` where they are not, or none.

        Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
        inference", JASA 22 (1927).
        """
        return wilson(self.part, self.n) if 0 < self.n < FEW else None


def wilson(part: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: lower and upper end, 0..1; ``n`` above 0."""
    share, spread = part / n, _Z * _Z / n
    centre = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # At the ends the formula gives 0 and 1 but for rounding.
    low = 0.0 if part == 0 else max(0.0, centre - half)
    return low, 1.0 if part == n else min(1.0, centre + half)


def is_unusual(share: Share, usual: Sequence[float]) -> bool:
    """Whether a share calls for somebody to look.

    Args:
        share: Of the hour that is judged.
        usual: The same hour's shares on earlier days, days without photos left out; without
            any there is nothing to compare with, and no alert.
    """
    if share.n < ALERT_LEAST or not usual:
        return False
    return share.part / share.n > ALERT_FACTOR * median(usual)


def standing_out(shares: Mapping[Key, Share]) -> Key | None:
    """The one of many shares that is certainly larger than all others together.

    It is out of ``FEW`` or more, has at least ``OUT_FACTOR`` times the share of the rest, and so
    many or more would come by chance (exact binomial tail at the rest's share) so seldom that
    among all of them one stands out by chance in one case of twenty at most (Bonferroni).

    Returns:
        The one with the largest share among those that stand out, or ``None``.
    """
    part, n = sum(one.part for one in shares.values()), sum(one.n for one in shares.values())
    sure = _SURE / max(1, len(shares))
    found = [
        (one.part / one.n, key)
        for key, one in shares.items()
        if one.n >= FEW and n > one.n and _is_out(one, (part - one.part) / (n - one.n), sure)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _is_out(share: Share, rest: float, sure: float) -> bool:
    if not share.part or share.part / share.n < OUT_FACTOR * rest:
        return False
    return _tail(share.part, share.n, rest) < sure


def _tail(part: int, n: int, share: float) -> float:
    """How likely so many or more out of ``n`` are, each with that share; ``part`` above 0."""
    if not 0 < share < 1:
        return float(share >= 1)
    log_first = math.lgamma(n + 1) - math.lgamma(part + 1) - math.lgamma(n - part + 1)
    log_first += part * math.log(share) + (n - part) * math.log1p(-share)
    term = total = math.exp(log_first)
    for k in range(part, n):
        term *= (n - k) / (k + 1) * share / (1 - share)
        total += term
        if term < total * 1e-12:
            break
    return total
