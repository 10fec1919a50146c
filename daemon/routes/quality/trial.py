"""How the unified score answers to damage: whether worse photos really score less.

``python -m daemon.routes.quality.trial [FOLDER]`` prints one JSON object a line, for ``boothd
bench`` and the acceptance table. Without a folder of photos it tries the one free portrait that a
dependency ships, which proves less; the lines say how many photos there were.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daemon.engines.registry import Engines
from daemon.imaging.damage import DAMAGES, SEVERITIES, Where
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Container, Photo
from daemon.imaging.samples import sample_photo
from daemon.routes.quality.assess import assess

# Bars. Source: issue 3.
MOST_SPEARMAN, MOST_RISE, LEAST_AUC = -0.9, 0.03, 0.97
_HEAVY = 2  # of the six severities, the last so many count as heavy
CLEAN = (
    *(f"hq/face{number}.png" for number in range(5)),
    "portrait/elder.jpg",
    *(f"portrait/person{number}.jpg" for number in (0, 2, 4)),
    *(f"headshot/{name}.jpg" for name in ("0003_female", "0004_male", "0005_male")),
)
"""Photos of the shared set that are clean enough to be damaged."""


@dataclass(frozen=True)
class Answer:
    """How the score answered to one damage.

    Attributes:
        damage: Its name.
        means: Mean score over the photos: undamaged, then the six severities.
        auc: Chance that a clean photo scores more than a heavily damaged one.
        photos: How many.
    """

    damage: str
    means: tuple[float, ...]
    auc: float
    photos: int

    @property
    def spearman(self) -> float:
        """Rank correlation of mean score and severity."""
        return rank_correlation(self.means)

    @property
    def rise(self) -> float:
        """Largest step upwards between neighbouring severities."""
        return float(np.diff(self.means).max())

    @property
    def holds(self) -> bool:
        """Whether every bar holds."""
        return self.spearman <= MOST_SPEARMAN and self.rise <= MOST_RISE and self.auc >= LEAST_AUC

    def as_json(self) -> dict[str, object]:
        return {
            "damage": self.damage,
            "means": [round(mean, 4) for mean in self.means],
            "spearman": round(self.spearman, 4),
            "rise": round(self.rise, 4),
            "auc": round(self.auc, 4),
            "photos": self.photos,
            "holds": self.holds,
        }


def rank_correlation(values: Sequence[float]) -> float:
    """Spearman's correlation of values with their order."""
    order = np.argsort(np.argsort(values)).astype(np.float64)
    return float(np.corrcoef(order, np.arange(len(values)))[0, 1])


def as_photo(srgb: NDArray[np.uint8]) -> Photo:
    """A picture without a file: what it was compressed with is to be seen in its pixels."""
    return Photo(srgb, srgb, None, Container("PNG"))


def answers(
    pictures: Sequence[NDArray[np.uint8]], engines: Engines, damages: Sequence[str] = tuple(DAMAGES)
) -> Iterator[Answer]:
    """Damage each picture in every way and score it; a face no longer found scores 0."""
    undamaged = [assess(as_photo(picture), engines) for picture in pictures]
    clean = [found.score for found in undamaged]
    places = [_where(found.face.landmarks) for found in undamaged if found.face is not None]
    if len(places) != len(pictures):
        msg = "a clean picture shows no face"
        raise ValueError(msg)
    for name in damages:
        damage, strengths = DAMAGES[name]
        scores = np.array(
            [
                [
                    assess(as_photo(damage(picture, place, strength)), engines).score
                    for strength in strengths
                ]
                for picture, place in zip(pictures, places, strict=True)
            ]
        )
        heavy = scores[:, SEVERITIES - _HEAVY :].ravel()
        auc = float(np.mean([[one > other for one in clean] for other in heavy]))
        means = (float(np.mean(clean)), *map(float, scores.mean(axis=0)))
        yield Answer(name, means, auc, len(pictures))


def _where(landmarks: NDArray[np.float32]) -> Where:
    distance = float(np.hypot(*(landmarks[1] - landmarks[0])))
    return Where(float(landmarks[2][0]), float(landmarks[2][1]), distance)


def main(arguments: list[str]) -> int:
    """Print every answer; exit 1 where a bar does not hold."""
    folder = Path(arguments[0]) if arguments else None
    files = [folder / name for name in CLEAN] if folder is not None else []
    pictures = [read_photo(path, Limits()).srgb for path in files if path.is_file()]
    if not pictures:
        pictures = [np.ascontiguousarray(sample_photo("astronaut.png")[:400, 60:400])]
    good = True
    with Engines() as engines:
        for answer in answers(pictures, engines):
            sys.stdout.write(json.dumps(answer.as_json()) + "\n")
            sys.stdout.flush()
            good &= answer.holds
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
