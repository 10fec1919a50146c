"""Every measure of the gate, one row each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from daemon.routes.quality import detail, light, mapping, shape
from daemon.routes.quality.detail import Detail
from daemon.routes.quality.light import Histogram
from daemon.routes.quality.look import Look
from daemon.routes.quality.score import linear, log_scale
from daemon.routes.quality.tiles import Tiles

# Below so many bits the face is so dark, bright or even that equal neighbours are no mosaic.
_MOSAIC_FROM_BITS = 5.2
_COLOURLESS = 0.99


@dataclass(frozen=True)
class Readings:
    """What several measures of one face share, computed when first asked for."""

    look: Look

    @cached_property
    def detail(self) -> Detail:
        return Detail(self.look.grey, self.look.half_mask)

    @cached_property
    def light(self) -> Histogram:
        return light.histogram(self.look)

    @cached_property
    def tiles(self) -> Tiles:
        return Tiles(self.detail, self.look.luminance, self.look.mask)

    @cached_property
    def grey_share(self) -> float | None:
        return light.grey_share(self.look)

    @cached_property
    def colour(self) -> tuple[float, float] | None:
        return light.skin_colour(self.look)

    @cached_property
    def sharpness(self) -> float | None:
        return self.detail.sharpness()

    @property
    def half_sharpness(self) -> float | None:
        return None if self.detail.halves is None else min(self.detail.halves)

    @property
    def half_balance(self) -> float | None:
        halves = self.detail.halves
        return None if halves is None else min(halves) / max(*halves, 1e-9)

    @property
    def pixelation(self) -> float | None:
        """Repeated pixels, where the face has tones enough for that to mean a mosaic."""
        share = detail.flat_share(self.look)
        return share if share is None or self.light.bits > _MOSAIC_FROM_BITS else 0.0

    @property
    def colour_cast(self) -> float | None:
        """A picture without colour has no cast; that it has none is another measure."""
        if self.colour is None or self.is_colourless:
            return None
        return light.colour_cast(self.colour)

    @property
    def is_colourless(self) -> bool:
        return (self.grey_share or 0.0) >= _COLOURLESS

    @property
    def natural_colour(self) -> float | None:
        if self.colour is None or self.grey_share is None:
            return None
        return light.natural_colour(self.colour, self.grey_share)


def _never(_: Readings) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Measure:
    """One row.

    Attributes:
        name: In records and settings.
        unit: Of the value; empty for shares and ratios.
        label: What people call it, by language.
        read: The value, or ``None`` where it cannot be assessed.
        component: OFIQ's mapping of the value to 0..100, where it has one.
        score: The value as 0..1, where the measure has a part in the score.
        part: Of the unified score.
        code: Raised beyond a limit.
        limits: Settings that hold its least and its largest allowed value, ``""`` for none.
        moot: Where there is nothing to measure, so that a missing value leaves nothing open.
    """

    name: str
    unit: str
    label: dict[str, str]
    read: Callable[[Readings], float | None]
    component: Callable[[float], int] | None = None
    score: Callable[[float], float] | None = None
    part: str = ""
    code: str = ""
    limits: tuple[str, str] = ("", "")
    moot: Callable[[Readings], bool] = _never


def _cos2(degrees: float, share: float = 1.0) -> float:
    return max(0.0, math.cos(math.radians(min(abs(degrees) * share, 90.0)))) ** 2


def _floored(score: float) -> float:
    """Light and colour hardly move recognition: they can never sink a photo alone."""
    return 0.4 + 0.6 * score


def _from_log(x: float, start: float, end: float) -> float:
    """1 up to ``start``, falling with the logarithm to 0 at ``end``."""
    return max(0.0, 1 - math.log(max(x, start) / start) / math.log(end / start))


def _row(  # noqa: PLR0913 - a table row, one column after the other
    name: str,
    unit: str,
    zh: str,
    en: str,
    read: Callable[[Readings], float | None],
    *,
    component: Callable[[float], int] | None = None,
    score: Callable[[float], float] | None = None,
    part: str = "",
    code: str = "",
    least: str = "",
    most: str = "",
    moot: Callable[[Readings], bool] = _never,
) -> Measure:
    label = {"zh": zh, "en": en}
    return Measure(name, unit, label, read, component, score, part, code, (least, most), moot)


MEASURES: tuple[Measure, ...] = (
    # ── the face ──────────────────────────────────────────────────────────────────────────
    _row("face_confidence", "", "人脸检测把握", "detector's confidence",
         lambda r: r.look.face.score,
         score=lambda x: linear(x, 0.30, 0.80), part="confidence",
         code="LOW_FACE_CONFIDENCE", least="min_confidence"),
    _row("second_opinion", "", "第二检测器把握", "second detector's confidence",
         lambda r: r.look.confirmed,
         code="LOW_FACE_CONFIDENCE", least="min_second_opinion"),
    _row("second_face", "", "第二张人脸占比", "second face's share",
         lambda r: shape.second_face(r.look), component=mapping.single_face,
         code="MULTIPLE_FACES", most="max_second_face"),
    _row("face_px", "px", "两眼间距", "eye distance",
         lambda r: shape.eye_distance(r.look), component=mapping.eye_distance,
         score=lambda x: log_scale(x, 16, 80), part="size",
         code="FACE_TOO_SMALL", least="min_face_px"),
    # ── detail ────────────────────────────────────────────────────────────────────────────
    _row("sharpness", "", "清晰度", "sharpness", lambda r: r.sharpness,
         score=lambda x: log_scale(x, 0.03, 0.16), part="sharp",
         code="BLURRED", least="min_sharpness"),
    _row("half_sharpness", "", "较模糊一侧的清晰度", "sharpness of the softer half",
         lambda r: r.half_sharpness,
         score=lambda x: log_scale(x, 0.025, 0.12), part="half",
         code="PARTIAL_BLUR", least="min_half_sharpness"),
    _row("half_balance", "", "两侧清晰度之比", "softer over sharper half",
         lambda r: r.half_balance, code="PARTIAL_BLUR", least="min_half_balance"),
    _row("motion", "", "单向拖影", "one-directed detail", lambda r: r.detail.coherence,
         score=lambda x: linear(x, 0.95, 0.5), part="motion",
         code="MOTION_BLUR", most="max_motion"),
    _row("blur_index", "", "模糊指数", "blur index", lambda r: r.detail.blur_index),
    _row("noise", "/255", "噪点", "noise", lambda r: detail.noise(r.look, r.detail),
         score=lambda x: _from_log(x, 3, 16), part="noise",
         code="NOISY", most="max_noise"),
    _row("pixelation", "", "马赛克程度", "repeated pixels", lambda r: r.pixelation,
         score=lambda x: linear(x, 0.55, 0.25), part="pixel",
         code="PIXELATED", most="max_pixelation"),
    _row("solid_share", "", "被涂盖的比例", "painted-over share",
         lambda r: r.tiles.solid_share,
         score=lambda x: linear(x, 0.25, 0.02), part="patch",
         code="FACE_OCCLUDED_PATCH", most="max_solid"),
    _row("blockiness", "", "压缩方块", "block edges", lambda r: detail.blockiness(r.look),
         score=lambda x: _from_log(x, 1.3, 4.5), part="compression",
         code="COMPRESSION_ARTIFACTS", most="max_blockiness"),
    _row("jpeg_quality", "/100", "JPEG 质量", "JPEG quality", lambda r: detail.jpeg_quality(r.look),
         score=lambda x: log_scale(x, 4, 60), part="compression",
         code="COMPRESSION_ARTIFACTS", least="min_jpeg_quality",
         moot=lambda r: r.look.photo.container.format != "JPEG"),
    # ── light and colour ──────────────────────────────────────────────────────────────────
    _row("luminance_mean", "", "脸部平均亮度", "mean luminance", lambda r: r.light.mean,
         component=mapping.luminance_mean,
         score=lambda x: log_scale(x, 0.025, 0.09), part="dark",
         code="UNDEREXPOSED", least="min_mean_light"),
    _row("luminance_variance", "", "亮度方差", "luminance variance", lambda r: r.light.variance,
         component=mapping.luminance_variance),
    _row("dark_share", "", "过暗比例", "black share", lambda r: r.light.dark,
         component=mapping.dark_share, code="UNDEREXPOSED", most="max_dark"),
    _row("bright_share", "", "过曝比例", "burnt-out share", lambda r: r.light.bright,
         component=mapping.bright_share,
         score=lambda x: linear(x, 0.25, 0.02), part="bright",
         code="OVEREXPOSED", most="max_bright"),
    _row("black_point", "", "最暗处的亮度", "luminance of the darkest parts",
         lambda r: r.light.black_point,
         score=lambda x: linear(x, 0.45, 0.03), part="bright",
         code="OVEREXPOSED", most="max_black_point"),
    _row("dynamic_range", "bits", "明暗层次", "dynamic range", lambda r: r.light.bits,
         component=mapping.entropy,
         score=lambda x: linear(x, 3.8, 6.0), part="contrast",
         code="LOW_CONTRAST", least="min_bits"),
    _row("illumination", "", "两颊光照重合度", "likeness of the cheeks' light",
         lambda r: light.illumination(r.look), component=mapping.illumination),
    _row("cheek_ratio", "", "两颊亮度之比", "darker over brighter cheek",
         lambda r: light.cheek_ratio(r.look),
         score=lambda x: _floored(linear(x, 0.1, 0.6)), part="illumination",
         code="UNEVEN_ILLUMINATION", least="min_cheek_ratio"),
    _row("natural_colour", "", "自然肤色(OFIQ)", "natural colour (OFIQ)",
         lambda r: r.natural_colour, component=mapping.natural_colour),
    _row("colour_cast", "", "偏色", "colour cast", lambda r: r.colour_cast,
         score=lambda x: _floored(2 * (1 - mapping.sigmoid(x, 0, 10))), part="colour",
         code="UNNATURAL_COLOUR", most="max_colour_cast", moot=lambda r: r.is_colourless),
    _row("grey_share", "", "无色像素比例", "colourless share", lambda r: r.grey_share,
         code="GREYSCALE", most="max_grey_share"),
    _row("background", "", "背景杂乱度", "background unrest",
         lambda r: light.background(r.look), component=mapping.background,
         code="BACKGROUND_NOT_UNIFORM", most="max_background"),
    # ── pose and place ────────────────────────────────────────────────────────────────────
    _row("yaw", "°", "左右转头", "turn", lambda r: abs(r.look.pose.yaw), component=mapping.angle,
         score=_cos2, part="pose", code="POSE_YAW", most="max_yaw_deg"),
    _row("pitch", "°", "抬头低头", "nod", lambda r: abs(r.look.pose.pitch),
         component=mapping.angle, code="POSE_PITCH", most="max_pitch_deg"),
    _row("roll", "°", "歪头", "tilt", lambda r: abs(r.look.pose.roll), component=mapping.angle,
         score=lambda x: _cos2(x, 0.8), part="pose", code="POSE_ROLL", most="max_roll_deg"),
    _row("left_margin", "eye distances", "左侧留边", "room on the left",
         lambda r: shape.left_margin(r.look), component=mapping.side_margin,
         code="CROPPED", least="min_side_margin"),
    _row("right_margin", "eye distances", "右侧留边", "room on the right",
         lambda r: shape.right_margin(r.look), component=mapping.side_margin,
         code="CROPPED", least="min_side_margin"),
    _row("margin_above", "heads", "上方留边", "room above",
         lambda r: shape.margin_above(r.look), component=mapping.margin_above,
         code="CROPPED", least="min_top_margin"),
    _row("margin_below", "heads", "下方留边", "room below",
         lambda r: shape.margin_below(r.look), component=mapping.margin_below,
         code="CROPPED", least="min_bottom_margin"),
    _row("head_size", "", "头部大小", "head size", lambda r: shape.head_share(r.look),
         component=mapping.head_size, code="HEAD_SIZE",
         least="min_head_share", most="max_head_share"),
    # ── a network's word, where one is installed and calibrated ───────────────────────────
    _row("out_of_distribution", "", "神经网络可信度", "network's trust",
         lambda r: r.look.out_of_distribution, score=lambda x: x, part="ood"),
    # ── what five points cannot tell: not assessed, and never a pass ──────────────────────
    _row("eyes_open", "", "睁眼", "eyes open", lambda _: None, component=mapping.eyes_open,
         code="EYES_CLOSED"),
    _row("mouth_closed", "", "闭嘴", "mouth closed", lambda _: None,
         component=mapping.mouth_closed, code="MOUTH_OPEN"),
    _row("eyes_visible", "", "眼睛可见", "eyes visible", lambda _: None, code="EYES_NOT_VISIBLE"),
    _row("mouth_visible", "", "嘴部可见", "mouth visible", lambda _: None, code="MOUTH_OCCLUDED"),
    _row("face_visible", "", "面部无遮挡", "face uncovered", lambda _: None, code="FACE_OCCLUDED"),
    _row("expression", "", "表情自然", "neutral expression", lambda _: None,
         code="EXPRESSION_NOT_NEUTRAL"),
    _row("head_covering", "", "未戴帽", "no head covering", lambda _: None,
         component=mapping.head_covering, code="HEAD_COVERING"),
)  # fmt: skip

# Parts that multiply what belongs to them; in every other part the worst measure speaks.
PRODUCTS = frozenset({"pose"})


def parts_of(values: Mapping[str, float | None]) -> dict[str, float]:
    """The score of each part, 0..1, from values by measure; without what was not assessed."""
    found: dict[str, list[float]] = {}
    for row in MEASURES:
        value = values[row.name]
        if row.part and row.score is not None and value is not None:
            found.setdefault(row.part, []).append(max(0.0, min(1.0, row.score(value))))
    return {
        part: math.prod(scores) if part in PRODUCTS else min(scores)
        for part, scores in found.items()
    }
