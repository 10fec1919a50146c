"""What is drawn over the picture before: boxes of faces, and the heat map where it was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from admin.wording import WORDS
from daemon.domain.assessment import QUALITY
from daemon.domain.job import Job

# A tile of the heat map is drawn this large; its colours are steps of the style sheet.
TILE, _STEPS = 10, 5
_TILES = 14
# The frame in which the gate measures a face, and where the five points of a face lie in it: as
# ``daemon.routes.quality.look`` has them (source: OFIQ 1.0.3); the panel loads no arrays.
FRAME_PX = 616
TEMPLATE = ((251.0, 272.0), (364.0, 272.0), (308.0, 336.0), (262.0, 402.0), (355.0, 402.0))
_MOST_FACES = 200


@dataclass(frozen=True, slots=True)
class Tile:
    """A square of the heat map: place, and its step from 1 (worst) to 5."""

    x: int
    y: int
    step: int
    label: str


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face in photo pixels."""

    x: float
    y: float
    width: float
    height: float
    label: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class Overlay:
    """What may be shown over a picture.

    Attributes:
        width: Of the picture, pixels, upright.
        height: Likewise.
        faces: Boxes of faces.
        tiles: The heat map, in its own units.
        transform: How those units lie on the picture, as SVG says it.
    """

    width: int
    height: int
    faces: tuple[FaceBox, ...]
    tiles: tuple[Tile, ...]
    transform: str


def overlay_of(job: Job, size_px: tuple[int, int] | None, language: str) -> Overlay | None:
    """What is known to lie where on a job's original; ``None`` where nothing is.

    Args:
        job: With its measures.
        size_px: Width and height of the original as it is shown; ``None``: not known.
        language: Of the labels.
    """
    if size_px is None or 0 in size_px:
        return None
    faces = tuple(_faces(job.measures, WORDS[language]["face_box"]))
    gate = job.measures.get(QUALITY)
    gate = gate if isinstance(gate, Mapping) else {}
    transform = _transform(gate)
    tiles = heat_of(gate) if transform else ()
    if not faces and not tiles:
        return None
    return Overlay(*size_px, faces, tiles, transform)


def heat_of(gate: Mapping[str, Any]) -> tuple[Tile, ...]:
    """The tiles of the quality gate's heat map."""
    return tuple(_heat(gate))


def _heat(gate: Mapping[str, Any]) -> Iterator[Tile]:
    found = gate.get("heat_map")
    grid = found.get("grid") if isinstance(found, Mapping) else None
    for row, values in enumerate(grid if isinstance(grid, list) else ()):
        for column, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, int | float):
                step = min(_STEPS, 1 + int(max(0.0, value) * _STEPS))
                yield Tile(column * TILE, row * TILE, step, f"{value:.2f}")


def _faces(measures: Mapping[str, Any], label: str) -> Iterator[FaceBox]:
    boxes: list[tuple[tuple[float, ...], bool]] = []
    for part in measures.values():
        for box, is_main in _boxes(part) if isinstance(part, Mapping) else ():
            # Several routes find the same face, each with its own detector.
            if len(boxes) < _MOST_FACES and not any(_is_same(box, known) for known, _ in boxes):
                boxes.append((box, is_main))
    for number, (box, is_main) in enumerate(boxes, 1):
        left, top, right, bottom = box
        text = label.format(n=number)
        yield FaceBox(left, top, right - left, bottom - top, text, is_main)


def _is_same(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two boxes are of one face: they share more than half of what they cover."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    whole = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - shared
    return shared > 0.5 * whole


def _boxes(part: Mapping[str, Any]) -> Iterator[tuple[tuple[float, ...], bool]]:
    face = part.get("face")
    if isinstance(face, Mapping):
        yield from ((box, True) for box in _box(face.get("box")))
        others = face.get("others")
        for other in others if isinstance(others, list) else ():
            yield from ((box, False) for box in _box(other))
    faces = part.get("faces")
    for one in faces if isinstance(faces, list) else ():
        if isinstance(one, Mapping):
            yield from ((box, True) for box in _box(one.get("box")))


def _box(found: object) -> Iterator[tuple[float, ...]]:
    if isinstance(found, list | tuple) and len(found) == 4:
        numbers = [float(n) for n in found if isinstance(n, int | float)]
        if len(numbers) == 4 and numbers[0] < numbers[2] and numbers[1] < numbers[3]:
            yield tuple(numbers)


def _transform(gate: Mapping[str, Any]) -> str:
    """The similarity from tiles to photo pixels that fits the five points best.

    With points as complex numbers, centred, it is ``a = sum(conj(z) w) / sum(|z|^2)``
    (least squares for a rotation with scale).
    """
    face = gate.get("face")
    points = face.get("landmarks") if isinstance(face, Mapping) else None
    if not isinstance(points, list) or len(points) != len(TEMPLATE):
        return ""
    try:
        seen = [complex(float(x), float(y)) for x, y in points]
    except (TypeError, ValueError):
        return ""
    scale = TILE * _TILES / FRAME_PX
    drawn = [complex(x, y) * scale for x, y in TEMPLATE]
    drawn_mean, seen_mean = sum(drawn) / len(drawn), sum(seen) / len(seen)
    pairs = [(z - drawn_mean, w - seen_mean) for z, w in zip(drawn, seen, strict=True)]
    a = sum(z.conjugate() * w for z, w in pairs) / sum(abs(z) ** 2 for z, _ in pairs)
    b = seen_mean - a * drawn_mean
    return f"matrix({a.real:.5f} {a.imag:.5f} {-a.imag:.5f} {a.real:.5f} {b.real:.3f} {b.imag:.3f})"
