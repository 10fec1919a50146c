"""From places to painted pixels: patches that hide, fit, and have the colour asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.page import Quad
from daemon.imaging.clean import CleanPage, Tone
from daemon.imaging.inking import coloured, fitted, shows_beside
from daemon.imaging.labelling import labelled, speaks
from daemon.imaging.masking import CORE_PX, Fill, Patch, covered, outside_px, reach_of
from daemon.routes.privacy.options import Options
from daemon.routes.privacy.places import Place, Source

RETRY_GROWTH = 0.15
"""Of the height; by so much a mask beside a doubt is larger at the second attempt."""


@dataclass(frozen=True)
class Cover:
    """How a page is to be painted.

    Attributes:
        patches: In the order of painting.
        crossed: Patches that have ink across their edge still.
        smooth: Whether edges are mixed.
        language: Of the labels.
    """

    patches: tuple[Patch, ...]
    crossed: tuple[Quad, ...]
    smooth: bool
    language: str


def cover_for(  # noqa: PLR0913 - the page, what goes, and how
    page: CleanPage, places: Sequence[Place], options: Options, finder: Finder, *, language: str,
    wider: Callable[[Quad], bool] = lambda _: False,
) -> Cover:  # fmt: skip
    """Patches for the places of a page.

    Args:
        page: The page as it was.
        places: What must go.
        options: Colour, fill, corners, labels.
        finder: Names the types, for labels.
        language: ``zh`` or ``en``, of the person.
        wider: Which quads get a patch that is larger than they need.
    """
    grey = np.asarray(cv2.cvtColor(page.srgb, cv2.COLOR_RGB2GRAY), np.uint8)
    spoken = speaks(language)
    patches: list[Patch] = []
    unclean: list[Patch] = []
    for place in places:
        fill, label = _fill_of(place, options), _label_of(place, options, finder, spoken)
        for number, quad in enumerate(place.quads):
            patch = Patch(quad, fill=fill, radius=options.radius, label="" if number else label)
            if wider(quad):
                patch = patch.grown(RETRY_GROWTH, RETRY_GROWTH, RETRY_GROWTH, RETRY_GROWTH)
            if place.source in {Source.TEXT, Source.UNREAD}:
                patch, clean = fitted(grey, patch)
                unclean += [] if clean else [patch]
            patches.append(patch)
    chosen = coloured(page.srgb, patches, options.mask)
    cover = Cover(tuple(chosen), (), page.tone is not Tone.BILEVEL, spoken)
    return replace(cover, crossed=_crossed(grey, unclean, cover)) if unclean else cover


def _crossed(grey: NDArray[np.uint8], unclean: Sequence[Patch], cover: Cover) -> tuple[Quad, ...]:
    """Patches which have a glyph across their edge that no other patch hides."""
    hidden = opaque_in(cover, (grey.shape[1], grey.shape[0]))
    return tuple(patch.quad for patch in unclean if shows_beside(grey, patch, hidden))


def _fill_of(place: Place, options: Options) -> Fill:
    if place.source is Source.FACE:
        return Fill(options.face_fill)
    if place.source in {Source.TEXT, Source.UNREAD}:
        return Fill(options.fill)
    return Fill.SOLID


def _label_of(place: Place, options: Options, finder: Finder, language: str) -> str:
    if not options.label or place.source is not Source.TEXT:
        return ""
    return finder.entity(place.entity).label("zh" if language == "zh" else "en")


def painted(page: CleanPage, cover: Cover) -> NDArray[np.uint8]:
    """The page with its patches, ``(H, W, 3)`` uint8; the same call gives the same pixels."""
    srgb = covered(page.srgb, cover.patches, smooth=cover.smooth, seed=page.index)
    labelled(srgb, cover.patches, cover.language)
    if not cover.smooth:  # labels too keep to two colours
        touched = np.any(srgb != page.srgb, axis=2)
        srgb[touched] = np.where(srgb[touched] < 128, 0, 255)
    return srgb


def core_of(cover: Cover, size: tuple[int, int]) -> NDArray[np.bool_]:
    """``(H, W)`` where solid patches must be of one colour: a pixel inside every edge."""
    mask = np.zeros((size[1], size[0]), bool)
    for patch in cover.patches:
        place = reach_of(patch.quad, size)
        if place is not None and patch.fill is Fill.SOLID and not patch.label:
            radius_px = patch.radius * patch.quad.height_px
            mask[place.slices] |= outside_px(patch.quad, place, radius_px) <= -1.0
    return mask


def opaque_in(cover: Cover, size: tuple[int, int]) -> NDArray[np.bool_]:
    """``(H, W)`` of every pixel that a patch puts something else in place of."""
    mask = np.zeros((size[1], size[0]), bool)
    for patch in cover.patches:
        place = reach_of(patch.quad, size)
        if place is not None:
            radius_px = patch.radius * patch.quad.height_px
            mask[place.slices] |= outside_px(patch.quad, place, radius_px) <= CORE_PX
    return mask


def touched_by(cover: Cover, size: tuple[int, int]) -> NDArray[np.bool_]:
    """``(H, W)`` of every pixel a patch may have changed."""
    mask = np.zeros((size[1], size[0]), bool)
    for patch in cover.patches:
        place = reach_of(patch.quad, size)
        if place is not None:
            mask[place.slices] |= outside_px(patch.quad, place) < 2.0
    return mask
