"""What the rows of an ID photo's self-check are called by people."""

from __future__ import annotations

from collections.abc import Mapping

# Row → Chinese, English. The rows themselves are explained in docs/idphoto.md.
MEASURES: Mapping[str, tuple[str, str]] = {
    "width": ("宽度", "width"),
    "height": ("高度", "height"),
    "size": ("文件大小", "file size"),
    "type_matches_name": ("文件类型与扩展名", "type and name"),
    "type_as_asked": ("文件类型", "file type"),
    "rgb_8_bit": ("8 位 RGB", "8-bit RGB"),
    "bytes_behind_end": ("文件末尾多余数据", "bytes behind the end"),
    "not_progressive": ("非渐进式", "not progressive"),
    "no_original_metadata": ("无原图信息", "no metadata of the original"),
    "padding": ("填充", "padding"),
    "dpi_x": ("横向分辨率", "resolution across"),
    "dpi_y": ("纵向分辨率", "resolution down"),
    "jpeg_quality": ("JPEG 质量", "JPEG quality"),
    "compression": ("压缩比", "compression"),
    "as_made": ("与制作结果一致", "shows what was made"),
    "texture_kept": ("细节保留", "detail kept"),
    "background_mean": ("背景颜色", "background colour"),
    "background_p99": ("背景均匀度", "background, worst hundredth"),
    "background_spread": ("背景明暗", "background spread"),
    "background_corners": ("四角差别", "corners"),
    "background_blobs": ("背景残留", "something left behind the person"),
    "background_edge": ("边缘外杂色", "noise beside the outline"),
    "background_halo": ("边缘旧背景色", "old colour in the outline"),
    "background_ring": ("轮廓外一圈", "just outside the outline"),
    "faces": ("人数", "faces"),
    "head_sides": ("头部两侧", "room beside the head"),
    "head_height": ("头部高度", "head height"),
    "eye_line": ("眼睛位置", "eye line"),
    "top_margin": ("头顶留白", "room above the head"),
    "off_centre": ("左右居中", "off the middle"),
    "roll": ("头部倾斜", "tilt"),
    "yaw": ("左右转头", "turn"),
    "enlarged": ("放大倍数", "enlarged"),
    "enlarged_at_all": ("放大倍数", "enlarged"),
    "second_detector": ("第二检测器", "second detector"),
    "hair_margin": ("头发上方", "room above the hair"),
    "eyes_apart": ("两眼间距", "eyes apart"),
    "matte_confidence": ("抠图把握", "certainty of the outline"),
    "body_missing": ("身体缺失", "body missing"),
    "side_missing": ("肩膀缺失", "shoulder missing"),
    "outside_photo": ("超出原图", "outside the photo"),
    "sheet_width": ("排版页宽度", "sheet width"),
    "sheet_height": ("排版页高度", "sheet height"),
    "sheet_prints": ("完好张数", "good prints"),
    "sheet_count": ("张数", "prints"),
    "sheet_difference": ("与单张的差别", "difference to the photo"),
    "sheet_shift": ("偏移", "shift"),
    "sheet_turned": ("方向错误", "turned wrongly"),
    "sheet_margin": ("页边距", "margin"),
    "sheet_overlap": ("重叠", "overlap"),
    "sheet_stains": ("污点", "stains"),
    "sheet_ticks": ("缺裁切线", "missing cut marks"),
    "sheet_dpi": ("排版页分辨率", "sheet resolution"),
}


def spoken(row: str, language: str) -> str:
    """A row's name; words that are no row come back as they are."""
    names = MEASURES.get(row)
    return row if names is None else names[0 if language == "zh" else 1]
