"""Shares of photos, how sure they are, and when one is out of the ordinary."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import TypeVar

# Two-sided 95 % of the normal distribution.
_Z = 1.959964
# Below so many photos a share is shown with its interval.
FEW = 30
# The rule to start with: more than twice what that hour usually has, among ten photos or more.
ALERT_FACTOR = 2.0
ALERT_LEAST = 10
# Standing out among many: so sure of all of them together, and half as much again as the rest.
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


def wilson(part: int, n: int, z: float = _Z) -> tuple[float, float]:
    """Wilson's interval of a share, 95 % unless told: lower and upper end, 0..1; ``n`` above 0."""
    share, spread = part / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
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

    It is out of ``FEW`` or more, at least ``OUT_FACTOR`` times the share of the rest, and the lower
    end of its Wilson interval lies above that. The interval is widened so that among all of them
    one stands out by chance in one case of twenty (Bonferroni).

    Returns:
        The one with the largest share among those that stand out, or ``None``.
    """
    part, n = sum(one.part for one in shares.values()), sum(one.n for one in shares.values())
    z = NormalDist().inv_cdf(1 - _SURE / (2 * max(1, len(shares))))
    found = [
        (one.part / one.n, key)
        for key, one in shares.items()
        if one.n >= FEW and n > one.n and _is_out(one, (part - one.part) / (n - one.n), z)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _is_out(share: Share, rest: float, z: float) -> bool:
    return share.part / share.n >= OUT_FACTOR * rest and wilson(share.part, share.n, z)[0] > rest
