"""Checks a photo that was made elsewhere; nothing is edited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto.preset import Preset
from daemon.engines.registry import Engines
from daemon.errors import UsageError
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.routes.idphoto import check_background
from daemon.routes.idphoto.check_background import distance_to
from daemon.routes.idphoto.order import background_of
from daemon.routes.idphoto.painting import Background, canvas
from daemon.routes.idphoto.record import reason_of
from daemon.routes.idphoto.rows import Row, Severity
from daemon.routes.idphoto.selfcheck import Meant, examine
from daemon.routes.idphoto.target import Target, painted_of, pixel_range, rule_of

# Along the upper edge there is background in any portrait; a share of the height.
_STRIP = 0.04
# A photographed wall: its worst hundredth may be so much farther than its mean, and its light may
# fall off by so much L* (measured on a portrait before a lit wall: 3.3).
_WORST, _WALL_SPREAD = 2.0, 3.5


def check(
    path: Path, preset_key: str, background: str | None, limits: Limits, engines: Engines
) -> dict[str, Any]:
    """Measure a file against a preset.

    Args:
        path: The file.
        preset_key: Key of a preset.
        background: What must be behind the person; ``None``: whichever colour that the preset
            allows comes nearest.
        limits: Of reading.
        engines: Two detectors that share nothing.

    Returns:
        ``{"preset", "source", "confidence", "background", "passed", "rows", "reasons"}``.

    Raises:
        InputError: The file cannot be read.
        UsageError: The preset or the background names nothing.
    """
    known = book()
    preset = known.presets.get(preset_key)
    if preset is None:
        near = known.nearest_preset(preset_key)
        hint = f"did you mean {near}?" if near else "boothd presets lists them"
        msg = f"there is no preset {preset_key!r}; {hint}"
        raise UsageError(msg)
    photo = read_photo(path, limits)
    shown = photo.srgb
    ground, named = _ground(shown, preset, background)
    target = _elsewhere(preset, ground, photo.container.dpi)
    painted = canvas(ground, shown.shape[1], shown.shape[0])
    meant = Meant(painted, limits=_limits(named))
    report = examine(path, path.name, target, meant, engines)
    # Nobody knows what it was made of.
    rows = [row for row in report.rows if row.name not in {"enlarged", "as_made", "texture_kept"}]
    failing = [row for row in rows if row.verdict == Severity.FAIL.value]
    return {
        "preset": preset.key,
        "source": preset.source,
        "confidence": preset.confidence,
        "background": named,
        "passed": not failing,
        "rows": [row.as_json() for row in rows],
        "reasons": [reason_of(row).as_json() for row in _graver_first(rows)],
    }


def _graver_first(rows: list[Row]) -> list[Row]:
    told = [row for row in rows if row.verdict in {Severity.FAIL.value, Severity.WARN.value}]
    return sorted(told, key=lambda row: row.verdict != Severity.FAIL.value)


def _elsewhere(preset: Preset, ground: Background, dots: tuple[float, float] | None) -> Target:
    """The preset's own rule, with the sizes that it lets a file have."""
    target = rule_of(preset, book(), dots[0] if dots else None)
    if target.dpi != preset.dpi:
        return replace(target, ground=ground)
    width, height = pixel_range(preset)
    # What is only uploaded is printed by nobody: its resolution tag says nothing.
    dpi = None if preset.media == "digital" else preset.dpi
    file = replace(target.file, width_px=width, height_px=height, dpi=dpi)
    return replace(target, file=file, ground=ground)


def _limits(named: str) -> check_background.Limits:
    """A real wall in even light is never one colour: each has its own tolerance."""
    colour = book().colours.get(named)
    if colour is None:
        return check_background.GRADIENT
    within = colour.tolerance_de00
    return check_background.Limits(within, _WORST * within, corners=within, spread=_WALL_SPREAD)


def _ground(
    shown: NDArray[np.uint8], preset: Preset, background: str | None
) -> tuple[Background, str]:
    known = book()
    if background is not None:
        wish = background_of(background)
        assert wish is not None
        return painted_of(wish, known)
    strip = shown[: max(1, round(shown.shape[0] * _STRIP))]
    middle = np.median(strip.reshape(-1, 3), axis=0).astype(np.uint8)[None, None]
    away = {
        key: float(distance_to(middle, np.array([[known.colours[key].rgb]], np.float32))[0, 0])
        for key in (preset.ground.allowed or (preset.ground.default,))
    }
    nearest = min(away, key=lambda key: away[key])
    return Background("solid", rgb=known.colours[nearest].rgb), nearest
