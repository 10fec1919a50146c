"""Mixtures of Gaussians over colours, as GrabCut has them: hard clusters, full covariances.

Source: Rother, Kolmogorov, Blake: "GrabCut" (2004), 3.1 to 3.3. Two things are ours: a fourth
feature says how fine the texture is, and a uniform part of the mixture stands for colours never
seen before, which clothes have far more often than walls.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.imaging.head_frame import HeadGrid

_MOST_SAMPLES = 5000
_SAMPLES_PER_PART = 40
_FEWEST_SAMPLES = 10
_SEED = 1  # k-means starts at random places; always the same ones
# Added to each variance, so that a flat wall does not make every step of coding noise a stranger.
# Order: L*, a*, b*, texture.
_FLOOR = np.array([7.0, 5.0, 5.0, 6.0])
_TEXTURE_WEIGHT = 4.0
# Density of a colour that could be anything: one over the volume of the features' range.
NOVEL = -float(np.log(100 * 120 * 120.0) + np.log(30.0))


@dataclass(frozen=True, slots=True)
class _Part:
    log_share: float
    mean: NDArray[np.float32]
    whiten: NDArray[np.float32]
    log_det: float


@dataclass(frozen=True, slots=True)
class Mixture:
    """A learnt mixture; see ``learn``."""

    parts: tuple[_Part, ...]

    def log_density(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(N,)`` float32 of ``(N, 4)`` features."""
        constant = 0.5 * samples.shape[1] * float(np.log(2 * np.pi))
        each = []
        for part in self.parts:
            z = (samples - part.mean) @ part.whiten.T
            square = np.einsum("ij,ij->i", z, z)
            each.append(part.log_share - 0.5 * square - 0.5 * part.log_det - constant)
        return np.asarray(np.logaddexp.reduce(np.stack(each), axis=0), np.float32)


def learn(samples: NDArray[np.float32], parts: int) -> Mixture:
    """A mixture of at most so many parts from ``(N, 4)`` features, N ≥ 1."""
    if len(samples) > _MOST_SAMPLES:
        taken = np.linspace(0, len(samples) - 1, _MOST_SAMPLES).astype(np.intp)
        samples = samples[taken]
    samples = np.ascontiguousarray(samples, np.float32)
    parts = max(1, min(parts, len(samples) // _SAMPLES_PER_PART))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 0.5)
    cv2.setRNGSeed(_SEED)
    _, labels, _ = cv2.kmeans(samples, parts, np.empty(0), stop, 1, cv2.KMEANS_PP_CENTERS)
    groups = [samples[labels[:, 0] == i] for i in range(parts)]
    kept = [g for g in groups if len(g) >= _FEWEST_SAMPLES] or [samples]
    return Mixture(tuple(_part(g, len(samples)) for g in kept))


def _part(group: NDArray[np.float32], total: int) -> _Part:
    mean = group.mean(axis=0)
    centred = (group - mean).astype(np.float64)
    covariance = centred.T @ centred / max(1, len(group) - 1) + np.diag(_FLOOR)
    whiten = np.linalg.inv(np.linalg.cholesky(covariance)).astype(np.float32)
    log_det = float(np.linalg.slogdet(covariance)[1])
    return _Part(float(np.log(len(group) / total)), mean, whiten, log_det)


def evenly_lit(
    described: NDArray[np.float32], grid: HeadGrid, behind: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Log density of every pixel for a wall whose colour changes evenly over the picture.

    A plane through the colours of the background, carried on to where none was seen. Before a
    room full of things its error is so large that it says nothing.

    Args:
        described: ``(N, 4)`` features.
        grid: Places of the same N pixels.
        behind: ``(N,)`` bool, where only background is seen.
    """
    places = np.stack([np.ones(len(described)), grid.right.ravel(), grid.down.ravel()], axis=1)
    taken = np.flatnonzero(behind)
    if len(taken) > _MOST_SAMPLES:
        taken = taken[np.linspace(0, len(taken) - 1, _MOST_SAMPLES).astype(np.intp)]
    for _ in range(3):  # each round leaves out what lies on the wall or in front of it
        plane, *_ = np.linalg.lstsq(places[taken], described[taken], rcond=None)
        off = described[taken] - places[taken] @ plane
        spread = off.std(axis=0) + 1e-6
        near = (np.abs(off) < 2.5 * spread).all(axis=1)
        if near.all() or near.sum() < _SAMPLES_PER_PART:
            break
        taken = taken[near]
    variance = off[near].var(axis=0) + _FLOOR if near.any() else off.var(axis=0) + _FLOOR
    # The further from what was seen, the less the plane is to be trusted.
    away = np.maximum(0, grid.down.ravel() - grid.down.ravel()[taken].max())
    variance = variance * (1 + _PER_UNIT_AWAY * away[:, None])
    error = described - places @ plane
    log_density = -0.5 * (error**2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)
    return np.asarray(log_density, np.float32)


_PER_UNIT_AWAY = 0.5


def features(lab: NDArray[np.float32], unit_px: float) -> NDArray[np.float32]:
    """``(H, W, 4)`` float32: L*, a*, b* and how fine the texture around a pixel is.

    Knitwear in the colour of a blurred wall is told apart by its texture only. The texture is
    the least in reach, which keeps the halo of an outline's own edge within a sixth of a unit.

    Args:
        lab: ``(H, W, 3)`` float32 CIELAB.
        unit_px: The head's unit.
    """
    light = np.ascontiguousarray(lab[..., 0])
    fine = light - cv2.GaussianBlur(light, (0, 0), 1.2)
    reach = max(1.5, 0.06 * unit_px)
    energy = np.sqrt(np.maximum(cv2.GaussianBlur(fine * fine, (0, 0), reach), 0))
    side = 2 * max(2, round(2.6 * reach)) + 1
    least = cv2.erode(energy, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    texture = np.log2(least + 0.5) * _TEXTURE_WEIGHT
    return np.dstack([lab, texture]).astype(np.float32)
