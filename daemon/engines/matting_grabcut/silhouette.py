"""Which pixels are the person: colours learnt from the face outwards, then GrabCut."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import cg

from daemon.engines.matte_zones import Zones, below_shoulders, logistic
from daemon.engines.matting_grabcut.mixture import NOVEL, evenly_lit, features, learn

_ROUNDS = 3
_PERSON_PARTS = _BEHIND_PARTS = 8
# Share of colours nobody could have foretold: clothes may have any, a wall seldom has. Beside
# the head there is only skin and hair, of which the face's surroundings have told.
_NOVEL_CLOTH, _NOVEL_ASIDE, _NOVEL_HEAD, _NOVEL_BEHIND = 0.15, 0.02, 0.004, 0.015
_CHEST, _CHEST_FROM = 1.0, 2.5  # log odds of the place, units below the eyes
_CLOTH_FROM = 1.7  # units below the eyes
_EVEN_SHARE = 0.5  # of the background's model, for a wall whose light changes evenly
_TEMPER = 0.75  # neighbouring pixels are no independent witnesses
_MOST_COLOUR_ODDS = 6.0
_FEWEST_BEHIND_PX = 30
_COHESION = 3.0  # how strongly alike neighbours hold together in the walk
_GRABCUT_ROUNDS = 2
_SURE_PERSON, _SURE_BEHIND = 0.93, 0.05


@dataclass(frozen=True, slots=True)
class Silhouette:
    """The person's outline at a small scale, each ``(H, W)``.

    Attributes:
        mask: Bool.
        belief: Float32 0..1, how much colours, place and neighbours speak for the person.
        colour: Float32 0..1, the same by colour alone.
        behind_known: Share of the pixels outside whose colour the model of the background knows.
        agreement: Overlap (intersection over union) of GrabCut's mask with the belief.
        seen: Whether any background was there to learn from; without it the mask is everything.
    """

    mask: NDArray[np.bool_]
    belief: NDArray[np.float32]
    colour: NDArray[np.float32]
    behind_known: float
    agreement: float
    seen: bool


def silhouette(rgb: NDArray[np.uint8], where: Zones, unit_px: float) -> Silhouette:
    """The outline of the person in ``(H, W, 3)`` uint8 RGB of about ``SIDE_PX``."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    if int(where.far.sum()) < _FEWEST_BEHIND_PX:
        everything = np.ones(rgb.shape[:2], np.float32)
        return Silhouette(everything > 0, everything, everything, 0.0, 0.0, seen=False)
    described = features(np.asarray(lab, np.float32), unit_px).reshape(-1, 4)
    person, behind = where.core.ravel(), where.far.ravel()
    links = _links(np.asarray(lab, np.float32))
    belief: NDArray[np.float32] | None = None
    under = np.zeros_like(where.odds)
    chest = ((where.odds > _CHEST) & (where.grid.down > _CHEST_FROM)).ravel()
    # Carried on across the person an even wall is a guess that would eat a jumper of its colour.
    share = _EVEN_SHARE * logistic(-3 * (where.odds + 0.5)).ravel() + 1e-6
    even = _Wall(evenly_lit(described, where.grid, behind), share)
    novel = _novel_share(where)
    for _ in range(_ROUNDS):
        colour, own, known = _colour_odds(described, person, behind, even, novel)
        odds = colour.reshape(where.odds.shape) + np.where(
            under > 0, np.maximum(where.odds, under), where.odds
        )
        odds[where.core], odds[where.far] = 8.0, -8.0
        likely = logistic(odds)
        belief = _walk(links, likely, where.core | where.far, belief)
        # A shoulder must be plain: a wall taken for one would make a body of all below it.
        under = below_shoulders((belief > 0.85) & (likely > 0.85), where.grid)
        # Nor is a new colour learnt as the person's, but on the chest: a shelf that touches the
        # neck would bring everything of its colour along.
        person = ((belief > 0.8) & (likely > 0.6)).ravel() & (own | chest) | where.core.ravel()
        # A colour that the background model does not know is never learnt as background: a dark
        # jacket at the side of the frame would become one.
        behind = ((belief < 0.2) & (likely < 0.4) & (under == 0)).ravel() & known
        behind |= where.far.ravel()
    assert belief is not None
    cut = _grabcut(rgb, belief, where)
    by_colour = logistic(colour).reshape(cut.shape)
    mask = tidied(_agreed(cut, belief, where, unit_px), where, unit_px, by_colour)
    return Silhouette(
        mask,
        belief,
        by_colour,
        float(known[~mask.ravel()].mean()) if not mask.all() else 0.0,
        _overlap(cut, belief > 0.5),
        seen=True,
    )


@dataclass(frozen=True, slots=True)
class _Wall:
    """An evenly lit wall: log density and share of the background's model, ``(N,)`` each."""

    log_density: NDArray[np.float32]
    share: NDArray[np.float32]


def _colour_odds(
    described: NDArray[np.float32],
    person: NDArray[np.bool_],
    behind: NDArray[np.bool_],
    even: _Wall,
    novel: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Log odds for the person by colour; which colours the person, and the background, have."""
    own = learn(described[person], _PERSON_PARTS).log_density(described)
    of_person = _with_novel(own, novel)
    seen = learn(described[behind], _BEHIND_PARTS).log_density(described)
    walls = np.logaddexp(seen + np.log1p(-even.share), even.log_density + np.log(even.share))
    of_behind = _with_novel(walls, np.float32(_NOVEL_BEHIND))
    odds = np.clip(_TEMPER * (of_person - of_behind), -_MOST_COLOUR_ODDS, _MOST_COLOUR_ODDS)
    known = NOVEL + 2.0
    return np.asarray(odds, np.float32), own > known, of_behind > known


def _with_novel(
    known: NDArray[np.float32], share: NDArray[np.float32] | np.float32
) -> NDArray[np.float32]:
    mixed = np.logaddexp(known + np.log1p(-share), NOVEL + np.log(share))
    return np.asarray(mixed, np.float32)


def _novel_share(where: Zones) -> NDArray[np.float32]:
    usual = logistic((where.odds + 0.5) * 3)
    cloth = _NOVEL_ASIDE + (_NOVEL_CLOTH - _NOVEL_ASIDE) * usual
    below = logistic((where.grid.down - _CLOTH_FROM) * 4)
    return np.asarray(_NOVEL_HEAD + (cloth - _NOVEL_HEAD) * below, np.float32).ravel()


_Links = tuple[NDArray[np.float64], NDArray[np.float64]]


def _links(lab: NDArray[np.float32]) -> _Links:
    """How strongly each pixel holds on to its right and its lower neighbour."""
    across = ((lab[:, 1:] - lab[:, :-1]) ** 2).sum(axis=2).astype(np.float64)
    down = ((lab[1:] - lab[:-1]) ** 2).sum(axis=2).astype(np.float64)
    usual = 2 * float(np.concatenate([across.ravel(), down.ravel()]).mean()) + 1e-3
    return (
        _COHESION * (np.exp(-across / usual) + 0.01),
        _COHESION * (np.exp(-down / usual) + 0.01),
    )


def _walk(
    links: _Links,
    likely: NDArray[np.float32],
    fixed: NDArray[np.bool_],
    start: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Beliefs after neighbours of alike colour have listened to each other.

    A random walk with restarts at what each pixel knows by itself. Source: Grady: "Multilabel
    random walker image segmentation using prior models" (2005).
    """
    shape = likely.shape
    height, width = shape
    count = height * width
    own = (2.0 * likely.astype(np.float64) - 1) ** 2 + 0.02
    own[fixed] = 50.0
    across, down = links
    diagonal = own.copy()
    diagonal[:, 1:] += across
    diagonal[:, :-1] += across
    diagonal[1:] += down
    diagonal[:-1] += down
    right, below = np.zeros(shape), np.zeros(shape)
    right[:, 1:], below[1:] = -across, -down  # dia_matrix keeps upper diagonals by column
    left, above = np.zeros(shape), np.zeros(shape)
    left[:, :-1], above[:-1] = -across, -down
    stripes = np.stack([v.ravel() for v in (diagonal, right, left, below, above)])
    system = sparse.dia_matrix((stripes, [0, 1, -1, width, -width]), shape=(count, count))
    first = likely if start is None else start
    solved, _ = cg(
        system.tocsr(),
        (own * likely).ravel(),
        x0=first.ravel().astype(np.float64),
        rtol=1e-3,
        maxiter=60,
        M=sparse.diags(1 / diagonal.ravel()),
    )
    return np.asarray(np.clip(solved.reshape(shape), 0, 1), np.float32)


def _grabcut(
    rgb: NDArray[np.uint8], belief: NDArray[np.float32], where: Zones
) -> NDArray[np.bool_]:
    labels = np.where(belief > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[where.core | (belief > _SURE_PERSON)] = cv2.GC_FGD
    labels[where.far | (belief < _SURE_BEHIND)] = cv2.GC_BGD
    unsure = (labels == cv2.GC_PR_FGD) | (labels == cv2.GC_PR_BGD)
    if not unsure.any():
        return np.asarray(labels == cv2.GC_FGD, np.bool_)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    how = cv2.GC_INIT_WITH_MASK
    cv2.grabCut(rgb, labels, (0, 0, 1, 1), *models, _GRABCUT_ROUNDS, how)  # no rectangle used
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), np.bool_)


def _agreed(
    cut: NDArray[np.bool_], belief: NDArray[np.float32], where: Zones, unit_px: float
) -> NDArray[np.bool_]:
    """GrabCut's mask, and patches of the head that it lost to a wall of the hair's colour.

    GrabCut finds edges to the pixel but knows nothing of where a head usually ends.
    """
    lost = (belief > 0.5) & ~cut & (where.odds > _USUAL) & (where.grid.down < _HEAD_ENDS)
    brush = _brush(0.05 * unit_px)
    patches = cv2.morphologyEx(lost.astype(np.uint8), cv2.MORPH_OPEN, brush)
    return np.asarray(cut | ((cv2.dilate(patches, brush) > 0) & lost), np.bool_)


_HEAD_ENDS = 1.6  # units below the eyes


def _overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    either = int((one | other).sum())
    return float((one & other).sum()) / either if either else 0.0


def tidied(
    mask: NDArray[np.bool_], where: Zones, unit_px: float, colour: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """The mask in one piece: what hangs on the face, without pinholes.

    Holes in head and chest are closed whatever their size (hair clips, buttons, shadows on a
    white shirt); elsewhere only while they are small, and beside the hair only if they are not
    plainly the background's colour: a curl is open, a white collar on a white wall is not.
    Thin things that reach out of the usual outline are rails and shelves; single strands of
    hair come back in the trimap.
    """
    fine, coarse = _brush(0.03 * unit_px), _brush(0.09 * unit_px)
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, fine) > 0
    stout = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, coarse) > 0
    opened &= stout | (where.odds > _USUAL)
    kept = _piece_of_face(opened | where.core, where.core)
    # What the opening took from the kept piece's edge comes back, loose islands do not.
    whole = kept | (mask & (cv2.dilate(kept.astype(np.uint8), fine, iterations=2) > 0))
    # A strap or a fold in the colour of the wall cuts a slit into a shoulder.
    slit = np.ones((1, 2 * round(0.2 * unit_px) + 1), np.uint8)
    closed = cv2.morphologyEx(whole.astype(np.uint8), cv2.MORPH_CLOSE, slit) > 0
    trunk = (where.odds > _USUAL) | (np.abs(where.grid.right) < _SLITS_WITHIN)
    whole |= closed & trunk & (where.grid.down > _SLITS_FROM)
    holes, count = ndimage.label(~whole)
    for number in range(1, count + 1):
        hole = holes == number
        if _open_to_frame(hole):
            continue
        open_curl = colour[hole].mean() < _PLAIN and where.grid.down[hole].mean() < _CURLS_END
        small = hole.sum() < (0.3 * unit_px) ** 2
        if (small and not open_curl) or where.odds[hole].mean() > _INSIDE:
            whole |= hole
    return whole


_USUAL, _INSIDE = 0.0, 0.3  # log odds of the place
_PLAIN = 0.1  # probability by colour
_SLITS_FROM, _SLITS_WITHIN = 1.9, 2.3  # units below the eyes, and beside them
_CURLS_END = 0.5  # units below the eyes


def _piece_of_face(mask: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.bool_]:
    pieces, _ = ndimage.label(mask)
    if not core.any():
        return mask
    first = tuple(np.argwhere(core)[0])
    return np.asarray(pieces == pieces[first], np.bool_)


def _brush(radius_px: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(radius_px)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _open_to_frame(region: NDArray[np.bool_]) -> bool:
    """Whether it touches top or sides; below the frame the person goes on."""
    return bool(region[0].any() or region[:, 0].any() or region[:, -1].any())
