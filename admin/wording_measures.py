"""What measures are called on pages: those of the quality gate, and rows of ID photos.

The gate's own table lies beside its code, which knows arrays; the panel must not load it. A test
holds this one to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from daemon.domain.idphoto.measures import spoken

# Measure → Chinese, English.
MEASURES: Mapping[str, tuple[str, str]] = {
    "face_confidence": ("人脸检测把握", "detector's confidence"),
    "second_opinion": ("第二检测器把握", "second detector's confidence"),
    "second_face": ("第二张人脸占比", "second face's share"),
    "face_px": ("两眼间距", "eye distance"),
    "sharpness": ("清晰度", "sharpness"),
    "half_sharpness": ("较模糊一侧的清晰度", "sharpness of the softer half"),
    "half_balance": ("两侧清晰度之比", "softer over sharper half"),
    "motion": ("单向拖影", "one-directed detail"),
    "blur_index": ("模糊指数", "blur index"),
    "noise": ("噪点", "noise"),
    "pixelation": ("马赛克程度", "repeated pixels"),
    "solid_share": ("被涂盖的比例", "painted-over share"),
    "blockiness": ("压缩方块", "block edges"),
    "jpeg_quality": ("JPEG 质量", "JPEG quality"),
    "luminance_mean": ("脸部平均亮度", "mean luminance"),
    "luminance_variance": ("亮度方差", "luminance variance"),
    "dark_share": ("过暗比例", "black share"),
    "bright_share": ("过曝比例", "burnt-out share"),
    "black_point": ("最暗处的亮度", "luminance of the darkest parts"),
    "dynamic_range": ("明暗层次", "dynamic range"),
    "illumination": ("两颊光照重合度", "likeness of the cheeks' light"),
    "cheek_ratio": ("两颊亮度之比", "darker over brighter cheek"),
    "natural_colour": ("自然肤色(OFIQ)", "natural colour (OFIQ)"),
    "colour_cast": ("偏色", "colour cast"),
    "grey_share": ("无色像素比例", "colourless share"),
    "background": ("背景杂乱度", "background unrest"),
    "yaw": ("左右转头", "turn"),
    "pitch": ("抬头低头", "nod"),
    "roll": ("歪头", "tilt"),
    "left_margin": ("左侧留边", "room on the left"),
    "right_margin": ("右侧留边", "room on the right"),
    "margin_above": ("上方留边", "room above"),
    "margin_below": ("下方留边", "room below"),
    "head_size": ("头部大小", "head size"),
    "out_of_distribution": ("神经网络可信度", "network's trust"),
    "eyes_open": ("睁眼", "eyes open"),
    "mouth_closed": ("闭嘴", "mouth closed"),
    "eyes_visible": ("眼睛可见", "eyes visible"),
    "mouth_visible": ("嘴部可见", "mouth visible"),
    "face_visible": ("面部无遮挡", "face uncovered"),
    "expression": ("表情自然", "neutral expression"),
    "head_covering": ("未戴帽", "no head covering"),
}

# Units that are words. Others (px, °, %) are the same in every language.
_UNITS: Mapping[str, tuple[str, str]] = {
    "eye distances": ("倍眼距", "eye distances"),
    "heads": ("倍头高", "heads"),
    "bits": ("比特", "bits"),
    "levels": ("级", "levels"),
}

PAIRS: Mapping[str, tuple[str, str]] = {
    "verdict_pass": ("合格", "pass"),
    "verdict_warn": ("注意", "warning"),
    "verdict_fail": ("不合格", "fail"),
    "verdict_info": ("仅供参考", "told only"),
    "verdict_not_assessed": ("未评估", "not assessed"),
    "unassessed": ("{n} 项没有评估。", "{n} measures were not assessed."),
    "unassessed_one": ("1 项没有评估。", "1 measure was not assessed."),
    "unassessed_no_face": (
        "没有人脸,{n} 项没有评估。",
        "{n} measures were not assessed: no face.",
    ),
    "id_rows": ("证件照自检({n} 项)", "Self-check of the ID photo ({n} rows)"),
    "id_rows_of": ("证件照自检:{name}({n} 项)", "Self-check of {name} ({n} rows)"),
}


def measure_name(name: str, language: str) -> str:
    """A measure of the gate in words; one of a later version as it is written."""
    pair = MEASURES.get(name)
    return name if pair is None else pair[0 if language == "zh" else 1]


def row_name(name: str, language: str) -> str:
    """A row of an ID photo's self-check in words."""
    return spoken(name, language)


def unit_name(unit: str, language: str) -> str:
    """A unit as it stands behind a value."""
    pair = _UNITS.get(unit)
    return unit if pair is None else pair[0 if language == "zh" else 1]
