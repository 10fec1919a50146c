"""Which way the network's number points, and how it becomes a score; or that it cannot.

No source settles direction or range of the published number, so each weight file is tried on
pictures whose order is known: a face clean, blurred, and as a mosaic. Only where all agree is
there a score. Reasons and figures: docs/decisions/0014-rts-calibration.md.

The score is linear in the log variance between two anchors and cut to 0..1, so it is monotone.
"""

from __future__ import annotations

import enum
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.engines.rts import selftest
from daemon.engines.rts.files import calibration_file
from daemon.files.atomic import replace_bytes

# What a clean and a mosaic face are to score. Source: the figures that articles on the model
# quote for good and mosaic photos (0.91 and 0.21; quality measures, section 8).
GOOD_SCORE, BAD_SCORE = 0.9, 0.2
# The clean face must come out better by this much (quality measures, section 8).
MIN_GAP = 0.2
# Log variances nearer together than this do not stretch over the whole scale: a number that
# hardly moves would else be blown up into a score, and no gap would ever be too small.
MIN_SPAN = 0.5
# A mirrored or slightly moved face is the same face: its score may differ by this share of the
# gap at most.
MAX_UNSTEADY = 0.5

REFUSED = "refused"
ACCEPTED = "accepted"


class Direction(enum.StrEnum):
    """Which numbers are the good ones."""

    LOWER_IS_BETTER = "lower_is_better"
    HIGHER_IS_BETTER = "higher_is_better"


class Refusal(enum.StrEnum):
    """Why a self-test gives no score."""

    NO_NUMBER = "no_number"  # the network computes nothing finite of a face
    ORDER = "order"  # clean, blurred and mosaic are not in one order on every variant
    GAP = "gap"  # clean is hardly better than mosaic
    UNSTEADY = "unsteady"  # the same face moved or mirrored scores otherwise


@dataclass(frozen=True, slots=True)
class Basis:
    """What a calibration holds for; another file or precision needs its own.

    Attributes:
        weights_sha256: Of the weight file.
        precision: ``fp32`` or ``fp16``.
        device: ``cpu`` or ``cuda``.
        pictures: Version of the self-test's pictures.
    """

    weights_sha256: str
    precision: str
    device: str
    pictures: int = selftest.VERSION


@dataclass(frozen=True, slots=True)
class Calibration:
    """The outcome of a self-test.

    Attributes:
        basis: What it holds for.
        raw: ``clean``, ``blurred`` and ``mosaic`` → exp(log variance) of the plain face, or
            ``None`` where that is no number.
        direction: ``None`` where refused.
        anchors: Log variance and score of the clean and of the mosaic face; empty where refused.
        gap: By how much clean scored better than mosaic where that was least.
        refusal: ``None`` where accepted.
    """

    basis: Basis
    raw: Mapping[str, float | None]
    direction: Direction | None
    anchors: tuple[tuple[float, float], ...]
    gap: float
    refusal: Refusal | None

    @property
    def state(self) -> str:
        return REFUSED if self.refusal else ACCEPTED

    @property
    def id(self) -> str:
        """Twelve hex digits over everything above: two records with one id are comparable."""
        return hashlib.sha256(json.dumps(self._facts(), sort_keys=True).encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The id as a record shows it, or that there is none to trust."""
        return REFUSED if self.refusal else self.id

    def score(self, log_variance: float) -> float | None:
        """0..1, higher is better; ``None`` where the self-test was refused."""
        if self.refusal or not math.isfinite(log_variance):
            return None
        return float(_on_scale(np.array([log_variance]), self.anchors)[0])

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "state": self.state, **self._facts()}

    def _facts(self) -> dict[str, Any]:
        return {
            "basis": asdict(self.basis),
            "raw": dict(self.raw),
            "direction": None if self.direction is None else str(self.direction),
            "anchors": [list(anchor) for anchor in self.anchors],
            "gap": self.gap,
            "refusal": None if self.refusal is None else str(self.refusal),
        }


def calibrated(
    basis: Basis, measure: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
) -> Calibration:
    """Run the self-test.

    Args:
        basis: What the result will hold for.
        measure: Log variances ``(N,)`` of ``(N, 112, 112, 3)`` uint8 RGB crops.
    """
    pictures = selftest.pictures()
    flat = pictures.reshape(-1, *pictures.shape[2:])
    return judged(basis, measure(flat).astype(np.float64).reshape(pictures.shape[:2]))


def judged(basis: Basis, logs: NDArray[np.float64]) -> Calibration:
    """What the self-test's numbers mean.

    Args:
        basis: What they were made with.
        logs: ``(variants, levels)`` log variances, the plain face first; levels are clean,
            blurred, mosaic.
    """
    raw = {level: _raw(float(log)) for level, log in zip(selftest.LEVELS, logs[0], strict=True)}
    if not np.isfinite(logs).all():
        return Calibration(basis, raw, None, (), 0.0, Refusal.NO_NUMBER)
    steps = np.diff(logs, axis=1)
    rises, falls = bool((steps > 0).all()), bool((steps < 0).all())
    if not (rises or falls):
        return Calibration(basis, raw, None, (), 0.0, Refusal.ORDER)
    clean, mosaic = float(logs[0, 0]), float(logs[0, -1])
    reach = min(1.0, abs(mosaic - clean) / MIN_SPAN)
    worst = GOOD_SCORE - (GOOD_SCORE - BAD_SCORE) * reach
    anchors = ((round(clean, 6), GOOD_SCORE), (round(mosaic, 6), round(worst, 6)))
    scores = _on_scale(logs, anchors)
    gap = round(float((scores[:, 0] - scores[:, -1]).min()), 4)
    unsteady = float(np.abs(scores[:, 0] - scores[0, 0]).max())
    refusal = _refusal(gap, unsteady)
    if refusal:
        return Calibration(basis, raw, None, (), gap, refusal)
    direction = Direction.LOWER_IS_BETTER if rises else Direction.HIGHER_IS_BETTER
    return Calibration(basis, raw, direction, anchors, gap, None)


def _raw(log: float) -> float | None:
    return round(math.exp(min(log, 700.0)), 6) if math.isfinite(log) else None


def _refusal(gap: float, unsteady: float) -> Refusal | None:
    if gap < MIN_GAP:
        return Refusal.GAP
    return Refusal.UNSTEADY if unsteady > MAX_UNSTEADY * gap else None


def _on_scale(
    logs: NDArray[np.float64], anchors: tuple[tuple[float, float], ...]
) -> NDArray[np.float64]:
    (clean, good), (mosaic, bad) = anchors
    if mosaic == clean:
        return np.full(logs.shape, good)
    return np.clip(good + (logs - clean) / (mosaic - clean) * (bad - good), 0.0, 1.0)


# ── kept beside the weights ───────────────────────────────────────────────────────────────


def kept(weights: Path, basis: Basis) -> Calibration | None:
    """The calibration that lies beside a weight file, if it is for just this."""
    try:
        found = json.loads(calibration_file(weights).read_bytes())
        calibration = Calibration(
            basis=Basis(**found["basis"]),
            raw={level: _number(found["raw"][level]) for level in selftest.LEVELS},
            direction=Direction(found["direction"]) if found["direction"] else None,
            anchors=tuple((float(log), float(score)) for log, score in found["anchors"]),
            gap=float(found["gap"]),
            refusal=Refusal(found["refusal"]) if found["refusal"] else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # None yet, of another version, or changed by hand: the self-test is run again.
        return None
    is_whole = calibration.id == found.get("id") and calibration.basis == basis
    return calibration if is_whole else None


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def keep(weights: Path, calibration: Calibration) -> bool:
    """Put a calibration beside its weight file; False where that folder takes no file.

    Without it the self-test runs at every start, with the same outcome.
    """
    content = json.dumps(calibration.as_json(), indent=2, sort_keys=True) + "\n"
    try:
        replace_bytes(calibration_file(weights), "calibration", content.encode())
    except OSError:
        return False
    return True
