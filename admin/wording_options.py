"""Options of routes on pages: what people call them, what they mean, and their choices.

What English says they mean is the settings' reference; an option of a later version, or of a
route that is not ours, reads as that has it.
"""

from __future__ import annotations

from collections.abc import Mapping

# ``route.option`` → Chinese name, English name, meaning in Chinese.
OPTIONS: Mapping[str, tuple[str, str, str]] = {
    # ── restore ───────────────────────────────────────────────────────────────────────────
    "restore.strength": (
        "修复强度", "strength",
        "修复后的人脸占多少:0 为原图,一个字节也不变;1 为完全采用修复结果。",
    ),
    "restore.upscale": ("放大倍数", "enlarge", "结果是原图的几倍大。"),
    "restore.min_face_px": ("最小人脸(像素)", "least face (px)", "比这更窄的人脸不处理。"),
    "restore.max_faces": ("最多人脸", "most faces", "最多修复这么多张脸,从最大的开始。"),
    "restore.background": (
        "人脸以外", "outside the faces",
        "不变:人脸以外什么都不改;放大:其余部分也经过引擎。",
    ),
    "restore.background_engine": (
        "放大引擎", "engine outside the faces",
        "人脸以外用哪个引擎放大;自动:先取与放大倍数相同、装有权重的引擎,再取别的,没有就用内置引擎。",
    ),
    "restore.on_no_face": (
        "没有可修复的人脸时", "without a face",
        "照片里没有可以修复的人脸时:退回,或原样放行。",
    ),
    "restore.engine": (
        "修复引擎", "engine",
        (
            "用哪个引擎修复人脸;自动:第一个装有权重的引擎,没有就用内置引擎。"
            "两个上色引擎只给黑白照片的人脸加颜色,其余不变。"
        ),
    ),
    "restore.size_px": (
        "人脸绘制尺寸(像素)", "size of the crop (px)",
        "有权重的引擎按多大绘制人脸;自动:128 像素以下 256,700 像素以上 1024,其余 512。",
    ),
    "restore.fidelity": (
        "忠实度", "fidelity", "只对 CodeFormer 有效:0 更好看,1 更忠于原图。",
    ),
    "restore.mask": (
        "修改范围", "mask",
        "哪些地方可以改:椭圆,解析出的脸部(头发衣服不动),或椭圆中未被遮挡处;自动:先解析,再看遮挡。",
    ),
    "restore.parser": (
        "解析模型", "face parser",
        "用哪个人脸解析模型;自动:取第一个装有权重的。只在修改范围为自动或按解析结果时有效。",
    ),
    "restore.compat": (
        "兼容方式", "compatible with",
        "ModelScope:按 ModelScope 流程的方式和门槛贴回人脸;只对有权重的引擎有效。",
    ),
    # ── quality ───────────────────────────────────────────────────────────────────────────
    "quality.profile": (
        "标准", "profile", "多严格:lenient、hr、icao,或配置文件里自己的标准。",
    ),
    "quality.reject_below": ("低于此分退回", "reject below", "低于这个分数就退回,不论哪个标准。"),
    "quality.min_score": (
        "低于此分待人工", "review below", "低于这个分数要由人来看;默认用标准里的。",
    ),
    # ── idphoto ───────────────────────────────────────────────────────────────────────────
    "idphoto.preset": (
        "规格", "rule", "要求里没有说规格时用哪一种;boothd presets 列出全部。",
    ),
    "idphoto.background": (
        "背景", "background",
        "颜色、渐变、#RRGGBB、transparent(透明)或 keep(保留原背景);默认按规格。",
    ),
    "idphoto.instruction": (
        "固定要求", "standing instruction",
        "对每张照片的要求,用中文或英文写;照片自带的要求优先。",
    ),
    "idphoto.generative": (
        "只有生成图像才能做到的要求", "wishes that need an image generator",
        "其余照做并说明,或退回照片。",
    ),
    "idphoto.white_balance": ("校正光线偏色", "white balance", "去掉光线造成的偏色。"),
    "idphoto.files": ("结果文件", "files", "一次要求几种结果时:全部交付,或只交付第一种。"),
    "idphoto.engine": (
        "抠图引擎", "matting engine", "由哪个引擎抠出人像;auto:第一个有权重的,都没有就用内置引擎。",
    ),
    # ── privacy ───────────────────────────────────────────────────────────────────────────
    "privacy.profile": (
        "遮盖哪些内容", "profile",
        (
            "all_digits(所有数字)、personal(个人信息)、contract(合同)、"
            "id_document(证件)、finance(财务)或 logistics(物流)。"
        ),
    ),
    "privacy.min_digits": (
        "至少几位数字", "least digits",
        "连续这么多位的数字一律遮盖,不论是什么;不填则按 profile。",
    ),
    "privacy.keep_last": (
        "保留末几位", "last digits kept",
        "每个号码的末几位仍可读;日期、金额、邮箱和机读码总是整段遮盖。",
    ),
    "privacy.codes": ("遮盖条码和二维码", "cover codes", "条码和二维码是否遮盖。"),
    "privacy.zones": ("遮盖机读码", "cover machine-readable lines", "护照和证件的机读码是否遮盖。"),
    "privacy.faces": ("遮盖人脸", "cover faces", "人脸是否遮盖;不填则按 profile。"),
    "privacy.signatures": ("遮盖签名", "cover signatures", "签名是否遮盖(试验性)。"),
    "privacy.mask": (
        "遮盖颜色", "colour of masks", "黑、白、自动(周围纸的颜色)或墨色(页面最深的颜色)。",
    ),
    "privacy.margin_em": (
        "两端多遮多少", "margin", "遮盖块沿着行比字多出多少,以行高为单位。",
    ),
    "privacy.radius": ("圆角", "round corners", "遮盖块的圆角,以块高为单位。"),
    "privacy.label": (
        "写明类型", "write the type", "放得下时,在号码的位置写上类型,如 [身份证号]。",
    ),
    "privacy.equal_length": (
        "统一长度", "equal lengths", "遮盖块加长到整档,让人看不出遮了几位。",
    ),
    "privacy.fill": (
        "文字的遮盖方式", "how text is covered",
        "马赛克和模糊可以被还原,需要同时允许可还原的遮盖。",
    ),
    "privacy.allow_reversible": (
        "允许可还原的遮盖", "allow what can be undone",
        "允许对文字用马赛克和模糊,尽管号码可能被还原。",
    ),
    "privacy.face_fill": (
        "人脸的遮盖方式", "how faces are covered", "实心,或马赛克(横向最多八格,带噪声)。",
    ),
    "privacy.crowd": (
        "人物照片", "photos of people",
        "仔细找小的人脸,也不要求每张都有文字;用在文件上可能连印章和字也遮住。",
    ),
    "privacy.seals": ("遮盖红色印章", "cover red seals", "红色印章整个遮盖(试验性)。"),
    "privacy.unread": (
        "看得到但读不出的文字", "text that was not read", "遮盖,或留给人看。",
    ),
    "privacy.mask_name": (
        "遮盖文件名里的号码", "mask the file's name",
        "沿用原文件名,但像页面一样遮去其中的号码。",
    ),
    "privacy.pdf_dpi": ("PDF 分辨率(dpi)", "PDF resolution (dpi)", "PDF 的页面按这个分辨率绘制。"),
    "privacy.page_limit_s": (
        "每页时限(秒)", "limit for a page (s)", "超过这个时间的页面不交付,留给人看。",
    ),
}  # fmt: skip

# ``option=choice`` → Chinese, English, where one word means different things; else ``choice``.
_CHOICES: Mapping[str, tuple[str, str]] = {
    "background=keep": ("不变", "keep"),
    "background=upscale": ("放大", "enlarge"),
    "on_no_face=reject": ("退回", "reject"),
    "on_no_face=pass": ("原样放行", "pass on"),
    "generative=warn": ("其余照做并说明", "do the rest and say so"),
    "generative=reject": ("退回", "reject"),
    "files=one": ("只要第一种", "the first alone"),
    "files=all": ("全部", "all"),
    "unread=cover": ("遮盖", "cover"),
    "unread=review": ("留给人看", "let a person look"),
    "engine=embedded": ("内置", "embedded"),
    "background_engine=embedded": ("内置", "embedded"),
    "background_engine=realesrgan-x2": ("Real-ESRGAN 2 倍", "Real-ESRGAN, twice"),
    "background_engine=realesrgan-x4": ("Real-ESRGAN 4 倍", "Real-ESRGAN, four times"),
    "background_engine=realesr-general-x4": (
        "Real-ESRGAN 轻量 4 倍",
        "Real-ESRGAN light, four times",
    ),
    "background_engine=realesrnet-x4": (
        "RealESRNet 4 倍(更平滑)",
        "RealESRNet, four times (smoother)",
    ),
    "background_engine=gpen-realesrnet-x2": ("GPEN 的 RealESRNet 2 倍", "GPEN's RealESRNet, twice"),
    "background_engine=realesr-animevideo-x4": (
        "动漫图画 4 倍",
        "for drawings, four times",
    ),
    "engine=gpen": ("GPEN", "GPEN"),
    "engine=gfpgan": ("GFPGAN", "GFPGAN"),
    "engine=restoreformer": ("RestoreFormer", "RestoreFormer"),
    "engine=codeformer": ("CodeFormer", "CodeFormer"),
    "engine=gpen-onnx": ("GPEN（ONNX）", "GPEN (ONNX)"),
    "engine=gfpgan-onnx": ("GFPGAN（ONNX）", "GFPGAN (ONNX)"),
    "engine=restoreformer-onnx": ("RestoreFormer（ONNX）", "RestoreFormer (ONNX)"),
    "engine=codeformer-onnx": ("CodeFormer（ONNX）", "CodeFormer (ONNX)"),
    "engine=gfpgan-1.0": ("GFPGAN 1.0", "GFPGAN 1.0"),
    "engine=gpen-colorization": ("GPEN 上色", "GPEN, colours faces"),
    "engine=codeformer-colorization": ("CodeFormer 上色", "CodeFormer, colours faces"),
    "size_px=256": ("256 像素", "256 px"),
    "size_px=512": ("512 像素", "512 px"),
    "size_px=1024": ("1024 像素", "1024 px"),
    "size_px=2048": ("2048 像素", "2048 px"),
    "mask=oval": ("椭圆", "oval"),
    "mask=parsing": ("按解析结果", "by a face parser"),
    "mask=occlusion": ("避开遮挡物", "what nothing hides"),
    "parser=bisenet": ("BiSeNet", "BiSeNet"),
    "parser=parsenet": ("ParseNet(慢)", "ParseNet (slow)"),
    "engine=modnet": ("MODNet", "MODNet"),
    "engine=modnet-onnx": ("MODNet（ONNX）", "MODNet (ONNX)"),
    "engine=hivision-modnet-onnx": ("HivisionIDPhotos 的 MODNet", "Hivision's MODNet"),
    "engine=birefnet": ("BiRefNet", "BiRefNet"),
    "engine=birefnet-portrait-onnx": ("BiRefNet 人像（ONNX）", "BiRefNet for portraits (ONNX)"),
    "engine=birefnet-matting-onnx": ("BiRefNet 柔边（ONNX）", "BiRefNet, soft edges (ONNX)"),
    "engine=birefnet-hr-matting-onnx": (
        "BiRefNet 大图柔边（ONNX）",
        "BiRefNet, soft edges of large photos (ONNX)",
    ),
    "engine=birefnet-general-onnx": ("BiRefNet 通用（ONNX）", "BiRefNet for everything (ONNX)"),
    "engine=birefnet-lite-onnx": ("BiRefNet 轻量（ONNX）", "BiRefNet, light (ONNX)"),
    "engine=rmbg-1.4": ("RMBG 1.4", "RMBG 1.4"),
    "engine=rmbg-2.0": ("RMBG 2.0", "RMBG 2.0"),
    "parser=bisenet34": ("BiSeNet-34(ONNX)", "BiSeNet-34 (ONNX)"),
    "compat=none": ("无", "none"),
    "compat=modelscope": ("ModelScope", "ModelScope"),
    "upscale=1": ("不放大", "as it is"),
    "upscale=2": ("2 倍", "twice"),
    "upscale=4": ("4 倍", "four times"),
    "black": ("黑", "black"),
    "white": ("白", "white"),
    "auto": ("自动", "auto"),
    "ink": ("墨色", "ink"),
    "solid": ("实心", "solid"),
    "mosaic": ("马赛克", "mosaic"),
    "blur": ("模糊", "blur"),
}


def option_name(route: str, option: str, language: str) -> str:
    """What people call an option."""
    words = OPTIONS.get(f"{route}.{option}")
    if words is None:
        return option
    return words[0] if language == "zh" else words[1][:1].upper() + words[1][1:]


def option_meaning(route: str, option: str, language: str, english: str) -> tuple[str, str]:
    """What an option means, and in which language that is said."""
    words = OPTIONS.get(f"{route}.{option}")
    return (words[2], "zh") if words is not None and language == "zh" else (english, "en")


def choice_name(option: str, choice: str, language: str) -> str:
    """One of an option's choices in words."""
    pair = _CHOICES.get(f"{option}={choice}") or _CHOICES.get(choice)
    return choice if pair is None else pair[0 if language == "zh" else 1]
