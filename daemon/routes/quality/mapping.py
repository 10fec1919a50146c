"""From native values to components 0..100, as OFIQ has them.

Source: OFIQ 1.0.3, the reference implementation of ISO/IEC 29794-5:2025 (formulas and constants
restated; conformance values are in the tests).
"""

from __future__ import annotations

import math

_LARGEST_EXPONENT = 700.0  # the next is beyond what a float holds


def sigmoid(x: float, x0: float, w: float) -> float:
    """OFIQ's S: 1 / (1 + exp((x0 - x) / w))."""
    return 1 / (1 + math.exp(min((x0 - x) / w, _LARGEST_EXPONENT)))


def clamped(value: float) -> int:
    """A component: a whole number, 0..100; halves go up."""
    return max(0, min(100, math.floor(value + 0.5)))


def mapped(x: float, *, x0: float, w: float, h: float = 100, a: float = 0, s: float = 1) -> int:  # noqa: PLR0913 - the family's own parameters
    """The family Q(x) = clamp(round(h (a + s S(x))))."""
    return clamped(h * (a + s * sigmoid(x, x0, w)))


def background(x: float) -> int:
    """From the mean Scharr gradient of the background."""
    return mapped(x, h=190, a=1, s=-1, x0=10, w=100)


def illumination(x: float) -> int:
    """From the overlap of the two cheeks' luminance histograms."""
    return clamped(100 * x**0.3)


def luminance_mean(x: float) -> int:
    """From the mean luminance, 0..1."""
    return clamped(100 * sigmoid(x, 0.2, 0.05) * (1 - sigmoid(x, 0.8, 0.05)))


def luminance_variance(x: float) -> int:
    """From the variance of luminance in units of 0..1."""
    return clamped(100 * math.sin(math.pi * 60 * x / (60 * x + 1)))


def dark_share(x: float) -> int:
    """From the share of pixels with luminance 0..25."""
    return mapped(x, h=120, a=0.832, s=-1, x0=0.92, w=0.05)


def bright_share(x: float) -> int:
    """From the share of pixels with luminance 247..255."""
    return clamped(1 / (x + 0.01))


def entropy(bits: float) -> int:
    """From the entropy of luminance, in bits."""
    return clamped(12.5 * bits)


def natural_colour(x: float) -> int:
    """From the distance to skin colours in CIELAB."""
    return mapped(x, h=200, a=1, s=-1, x0=0, w=10)


def single_face(share: float) -> int:
    """From the second face's area as a share of the largest one's."""
    return clamped(100 * (1 - share))


def eye_distance(px: float) -> int:
    """From the eye distance in pixels, head turn made good."""
    return mapped(px, x0=70, w=20)


def head_size(share: float) -> int:
    """From the eye-chin distance as a share of the picture's height."""
    return mapped(abs(share - 0.45), h=200, a=1, s=-1, x0=0, w=0.05)


def side_margin(eye_distances: float) -> int:
    """From the room beside an eye."""
    return mapped(eye_distances, x0=0.9, w=0.1)


def margin_above(heads: float) -> int:
    """From the room above the eyes in eye-chin distances."""
    return mapped(heads, x0=1.4, w=0.1)


def margin_below(heads: float) -> int:
    """From the room below the eyes in eye-chin distances."""
    return mapped(heads, x0=1.8, w=0.1)


def angle(degrees: float) -> int:
    """From yaw, pitch or roll."""
    return clamped(100 * max(0.0, math.cos(math.radians(degrees))) ** 2)


# ── measures that need a network, for engines to come and the tables of the docs ──────────


def unified(x: float) -> int:
    """From the magnitude of MagFace's vector."""
    return mapped(x, x0=23, w=2.6)


def sharpness(x: float) -> int:
    """From OFIQ's own forest."""
    return mapped(x, h=1, a=-14, s=115, x0=-20, w=15)


def compression(x: float) -> int:
    """From a network's guess of the similarity to the uncompressed picture."""
    return mapped(x, h=1, a=-0.0278, s=103, x0=0.3308, w=0.092)


def eyes_open(x: float) -> int:
    """From the smaller lid gap over the eye-chin distance."""
    return mapped(x, x0=0.02, w=0.01)


def mouth_closed(x: float) -> int:
    """From the lip gap over the eye-chin distance."""
    return mapped(x, a=1, s=-1, x0=0.2, w=0.06)


def head_covering(share: float) -> int:
    """From the share of hat and cloth."""
    if share <= 0:
        return 100
    if share >= 0.95:
        return 0
    low, high = sigmoid(0, 0.02, 0.1), sigmoid(0.95, 0.02, 0.1)
    return clamped(100 * (high - sigmoid(share, 0.02, 0.1)) / (high - low))
