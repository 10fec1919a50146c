"""Limits of the quality gate: three profiles that come with the booth, and an administrator's.

A profile is data, never code: what it judges and where each limit lies stands here and in the
configuration. The route is handed the limits with each job, so that a job says which limits
judged it and a changed limit never passes for the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from daemon.config.section import Section
from daemon.domain.route import Plan, RouteId, Step

Share = Annotated[float, Field(ge=0, le=1)]
Degrees = Annotated[float, Field(ge=0, le=90)]
NotNegative = Annotated[float, Field(ge=0)]


class Limits(Section):
    """Where a reason begins; null: not checked. What each measures: docs/quality.md."""

    # Nothing is beyond an infinite limit: it would be one taken away without saying so.
    model_config = ConfigDict(allow_inf_nan=False)

    min_confidence: Share | None = None
    """LOW_FACE_CONFIDENCE: least score of the detector, 0..1."""
    min_second_opinion: Share | None = None
    """LOW_FACE_CONFIDENCE: least score of the second, independent detector, 0..1."""
    max_second_face: Share | None = None
    """MULTIPLE_FACES: largest area of another face, as a share of the face judged."""
    min_face_px: NotNegative | None = None
    """FACE_TOO_SMALL: least distance between the eyes, in pixels, head turn made good."""
    min_sharpness: NotNegative | None = None
    """BLURRED: least sharpness."""
    min_half_sharpness: NotNegative | None = None
    """PARTIAL_BLUR: least sharpness of the softer half of the face."""
    min_half_balance: Share | None = None
    """PARTIAL_BLUR: least sharpness of the softer half, as a share of the sharper one's."""
    max_motion: Share | None = None
    """MOTION_BLUR: most one-directed detail, 0..1."""
    max_noise: NotNegative | None = None
    """NOISY: most noise, in steps of 255."""
    max_pixelation: Share | None = None
    """PIXELATED: largest share of pixels that repeat their neighbours."""
    max_solid: Share | None = None
    """FACE_OCCLUDED_PATCH: largest share of the face under a flat patch."""
    max_blockiness: NotNegative | None = None
    """COMPRESSION_ARTIFACTS: strongest 8-pixel block edges, 1 is none."""
    min_jpeg_quality: Annotated[float, Field(ge=0, le=100)] | None = None
    """COMPRESSION_ARTIFACTS: least quality by the JPEG's own table, 0..100."""
    min_mean_light: Share | None = None
    """UNDEREXPOSED: least mean luminance of the face, linear light, 0..1."""
    max_dark: Share | None = None
    """UNDEREXPOSED: largest share of the face with luminance 0..25 of 255."""
    max_bright: Share | None = None
    """OVEREXPOSED: largest share of the face with luminance 247..255 of 255."""
    max_black_point: Share | None = None
    """OVEREXPOSED: largest luminance of the face's darkest parts, linear light, 0..1."""
    min_bits: Annotated[float, Field(ge=0, le=8)] | None = None
    """LOW_CONTRAST: least entropy of the face's luminance, in bits."""
    min_cheek_ratio: Share | None = None
    """UNEVEN_ILLUMINATION: least brightness of the darker cheek, as a share of the other's."""
    max_colour_cast: NotNegative | None = None
    """UNNATURAL_COLOUR: largest distance from skin colours, in CIELAB."""
    max_grey_share: Share | None = None
    """GREYSCALE: largest share of colourless pixels in the face."""
    max_background: NotNegative | None = None
    """BACKGROUND_NOT_UNIFORM: strongest mean gradient of the background."""
    max_yaw_deg: Degrees | None = None
    """POSE_YAW: furthest turn to either side, in degrees."""
    max_pitch_deg: Degrees | None = None
    """POSE_PITCH: furthest nod up or down, in degrees."""
    max_roll_deg: Annotated[float, Field(ge=0, le=180)] | None = None
    """POSE_ROLL: furthest tilt to either side, in degrees."""
    min_side_margin: NotNegative | None = None
    """CROPPED: least room beside an eye, in eye distances."""
    min_top_margin: NotNegative | None = None
    """CROPPED: least room above the eyes, in eye-to-chin distances."""
    min_bottom_margin: NotNegative | None = None
    """CROPPED: least room below the eyes, in eye-to-chin distances."""
    min_head_share: Share | None = None
    """HEAD_SIZE: least eye-to-chin distance, as a share of the picture's height."""
    max_head_share: Share | None = None
    """HEAD_SIZE: largest eye-to-chin distance, as a share of the picture's height."""

    def over(self, under: Limits) -> Limits:
        """These limits laid over others: what is not named here is taken from below."""
        named = {name: getattr(self, name) for name in self.model_fields_set}
        return under.model_copy(update=named)

    def in_force(self) -> dict[str, float]:
        """Only what is checked, by name."""
        return self.model_dump(exclude_none=True)


class Profile(Section):
    """How strictly photos are judged."""

    model_config = ConfigDict(allow_inf_nan=False)

    like: str | None = None
    """Profile it starts from; a new name without one starts from lenient."""
    min_score: Share | None = None
    """Photos that score less, but not below reject_below, want a person's look."""
    reject: Limits = Limits()
    """Beyond one of these a photo is rejected; null takes a limit away."""
    warn: Limits = Limits()
    """Beyond one of these a photo gets a remark in its record, and passes."""


class Quality(Section):
    """How the quality gate judges."""

    profiles: dict[str, Profile] = Field(default_factory=lambda: dict(PROFILES))
    """Profiles by name. lenient, hr and icao are always there: an entry of their name changes
    what it names and no more; other names are new profiles."""


# Source: the calibration of docs/quality.md, which gives every number with what it was measured
# on; ICAO values after ISO/IEC 19794-5 with the error of a five-point estimate added.
PROFILES: Mapping[str, Profile] = {
    "lenient": Profile(
        min_score=0.40,
        reject=Limits(
            min_confidence=0.60,
            min_second_opinion=0.05,
            max_second_face=0.50,
            min_face_px=32,
            min_sharpness=0.045,
            min_half_sharpness=0.035,
            min_half_balance=0.25,
            max_motion=0.85,
            max_noise=10,
            max_pixelation=0.50,
            max_solid=0.25,
            max_blockiness=3.5,
            min_jpeg_quality=15,
            min_mean_light=0.03,
            max_dark=0.97,
            max_bright=0.15,
            max_black_point=0.40,
            min_bits=4.5,
            max_yaw_deg=35,
            max_roll_deg=30,
            min_side_margin=0.6,
            min_top_margin=0.80,
            min_bottom_margin=0.85,
        ),
    ),
    "hr": Profile(
        min_score=0.60,
        reject=Limits(
            min_confidence=0.65,
            min_second_opinion=0.05,
            max_second_face=0.25,
            min_face_px=60,
            min_sharpness=0.075,
            min_half_sharpness=0.070,
            min_half_balance=0.40,
            max_motion=0.72,
            max_noise=7,
            max_pixelation=0.42,
            max_solid=0.12,
            max_blockiness=2.2,
            min_jpeg_quality=35,
            min_mean_light=0.05,
            max_dark=0.92,
            max_bright=0.06,
            max_black_point=0.25,
            min_bits=5.0,
            max_colour_cast=20,
            max_yaw_deg=20,
            max_pitch_deg=25,
            max_roll_deg=15,
            min_side_margin=0.8,
            min_top_margin=1.2,
            min_bottom_margin=1.5,
        ),
        warn=Limits(
            min_cheek_ratio=0.30,
            max_grey_share=0.99,
            max_background=150,
            min_head_share=0.08,
            max_head_share=0.45,
        ),
    ),
    "icao": Profile(
        min_score=0.70,
        reject=Limits(
            min_confidence=0.70,
            min_second_opinion=0.10,
            max_second_face=0.05,
            min_face_px=90,
            min_sharpness=0.095,
            min_half_sharpness=0.075,
            min_half_balance=0.40,
            max_motion=0.66,
            max_noise=4,
            max_pixelation=0.35,
            max_solid=0.05,
            max_blockiness=1.6,
            min_jpeg_quality=60,
            min_mean_light=0.08,
            max_dark=0.85,
            max_bright=0.02,
            max_black_point=0.15,
            min_bits=5.4,
            min_cheek_ratio=0.55,
            max_colour_cast=12,
            max_grey_share=0.99,
            max_background=110,
            max_yaw_deg=10,
            max_pitch_deg=15,
            max_roll_deg=8,
            min_side_margin=1.0,
            min_top_margin=1.4,
            min_bottom_margin=1.8,
        ),
        warn=Limits(min_face_px=240, min_head_share=0.27, max_head_share=0.45),
    ),
}

DEFAULT = "lenient"


def names(quality: Quality) -> list[str]:
    """Every profile that can be asked for."""
    return sorted({*PROFILES, *quality.profiles})


def profile_of(name: str, quality: Quality, _below: tuple[str, ...] = ()) -> Profile:
    """A profile with everything it takes from others filled in.

    Raises:
        KeyError: There is no such profile, or it starts from itself; the name is the argument.
    """
    if name in _below or (name not in PROFILES and name not in quality.profiles):
        raise KeyError(name)
    own = quality.profiles.get(name, Profile())
    if own.like is not None and own.like != name:
        under = profile_of(own.like, quality, (*_below, name))
    elif name in PROFILES:
        under = PROFILES[name]
    else:
        under = profile_of(DEFAULT, quality, (*_below, name))
    named = {key: getattr(own, key) for key in ("min_score",) if getattr(own, key) is not None}
    layers = {"reject": own.reject.over(under.reject), "warn": own.warn.over(under.warn)}
    return under.model_copy(update={**named, **layers, "like": own.like})


COMPLETE = "complete"
"""Marks the options of a step whose limits stand there in full. ``with_limits`` sets it and
nobody else: it is no option, and what a configuration or a note says of it is not believed."""

REJECT_BELOW = 0.40
"""Photos that score less are rejected unless the options say otherwise."""


def with_limits(plan: Plan, quality: Quality) -> Plan:
    """A plan whose gate steps carry their profile's limits in full.

    The limits become part of the job: they are in its record, and ``reuse`` of an earlier result
    asks for the same limits. They always come from the settings handed in. A step with an
    unknown profile is not filled in: the route refuses it.
    """
    steps = tuple(_completed(step, quality) for step in plan.steps)
    return Plan(steps)


def _completed(step: Step, quality: Quality) -> Step:
    if step.route != RouteId.QUALITY:
        return step
    options = {key: value for key, value in step.options.items() if key != COMPLETE}
    name = str(options.get("profile", DEFAULT))
    try:
        profile = profile_of(name, quality)
        own = {key: Limits.model_validate(options.get(key) or {}) for key in _LAYERS}
    except (KeyError, ValueError):
        return Step(step.route, options)
    limits = {key: own[key].over(getattr(profile, key)).in_force() for key in _LAYERS}
    score: Any = options.get("min_score")
    filled = {"min_score": profile.min_score if score is None else score, **limits}
    return Step(step.route, {**options, "profile": name, **filled, COMPLETE: True})


_LAYERS = ("reject", "warn")
