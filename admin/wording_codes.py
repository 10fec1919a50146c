"""Codes in a few words, for bars and tables where a message with its numbers has no room."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from daemon.domain.codes import CODES

# What a bar has room for beside it.
MOST_CHARS = 38
_BRACKETS = re.compile(r"\s*[((][^()()]*[))]")
_PARTS = re.compile(r"(?<=[_.])(?=.)")
_PAUSE = re.compile(r"[。;;::,,]|\.(?:\s|$)")

# Chinese, English: where the message's own beginning is too long, or says nothing by itself.
_TITLES: Mapping[str, tuple[str, str]] = {
    "INVALID_IMAGE": ("文件内容损坏", "The file is damaged"),
    "PDF_LOCKED": ("PDF 有密码", "The PDF has a password"),
    "PDF_TOO_COMPLEX": ("PDF 太复杂", "The PDF is too complex to draw"),
    "SIDECAR_INVALID": ("附带的说明文件无法读取", "The note beside it cannot be used"),
    "OPTIONS_INVALID": ("处理选项有误", "The options make no sense"),
    "ARCHIVE_TOO_LARGE": ("压缩包解开后太大", "The archive is too large unpacked"),
    "MANIFEST_NO_HEADINGS": ("名单没有表头", "The list has no known heading"),
    "MANIFEST_SEVERAL": ("有几张名单表格", "There are several lists"),
    "BATCH_PHOTO_UNKNOWN": ("名单里没有这张照片的人", "Nobody on the list fits this photo"),
    "BATCH_PHOTO_CONTESTED": ("名单里有几行对应这张照片", "Several rows of the list fit it"),
    "ID_FACE_COUNT": ("照片里的人数不对", "The number of people is wrong"),
    "ID_HEAD_CROPPED": ("头部没有拍全", "The head is cut off by the edge"),
    "ID_BODY_CUT": ("肩膀或胸部没有拍全", "Shoulders or chest are cut off"),
    "PRIVACY_UNVERIFIED": ("无法证明已遮盖干净", "It could not be proved clean"),
    "ID_SOURCE_SMALL": ("原图里的人脸略小", "The face in the original is smallish"),
    "ID_MATTE_UNSURE": ("抠图没有把握", "The outline is uncertain"),
    "ID_HEAD_POSITION": ("头部大小或位置不合规定", "The head's size or place is off"),
    "ID_EYES_TOO_CLOSE": ("两眼间距太小", "The eyes are too few pixels apart"),
    "ID_FACE_UNSURE": ("第二检测器没有认出人脸", "The second detector saw no face"),
    "ID_FRAME_OUTSIDE": ("画面超出了照片", "The frame reaches beyond the photo"),
    "ID_FILE_SIZE": ("文件大小不合规定", "The file's size is outside the rule"),
    "ID_FILE_STRUCTURE": ("文件结构不合要求", "The file's structure is wrong"),
    "ID_WATERMARK_FONT": ("没有水印文字的字体", "No font can write the watermark"),
    "ID_WATERMARK_TOO_LONG": ("水印文字太长", "The watermark is too long"),
    "ID_AMBIGUOUS_SIZE": ("所说的尺寸可能指几种规格", "The size may mean several rules"),
    "ID_RETOUCH_FORBIDDEN": ("规格不允许修图", "The rule refuses edited photos"),
    "ID_RETOUCH_RESTRICTED": ("规格不允许改变相貌", "The rule lets no feature be altered"),
    "ID_BACKGROUND_NOT_ALLOWED": ("规格不接受这种背景", "The rule takes another background"),
    "ID_UNPARSED_TEXT": ("说明里有没看懂的话", "Part of the instruction is unclear"),
    "ID_NOTHING_RECOGNISED": ("说明没有看懂", "The instruction is unclear"),
    "ID_SIZE_OVERRIDDEN": ("说明里另写了尺寸", "Figures replaced the rule's size"),
    "ID_COLOUR_SUBSTITUTED": ("颜色已替换", "A colour was replaced"),
    "ID_VALUE_OUT_OF_RANGE": ("数值不合理,没有采用", "A figure made no sense"),
    "LOW_FACE_CONFIDENCE": ("看不清完整的人脸", "No whole face can be made out"),
    "CROPPED": ("头部离边缘太近或被裁掉", "The head is too near the edge"),
    "HEAD_SIZE": ("头部过大或过小", "The head is too large or too small"),
    "PIXELATED": ("脸部有马赛克", "The face is pixelated"),
    "POSE_ROLL": ("头歪了", "The head leans to one side"),
    "NOT_ASSESSED": ("有要求无法检查", "A requirement could not be checked"),
    "SIMILARITY_UNCLEAR": ("相似度处于两可之间", "The likeness is unclear"),
    "IDENTITY_CHANGED": ("修复后可能不像本人", "Restored, it may be someone else"),
    "IDENTITY_NOT_MEASURABLE": ("无法确认修复后仍是本人", "The likeness cannot be measured"),
    "LICENCE_NOT_ACCEPTED": ("模型的许可尚未接受", "A model's licence is not accepted"),
    "MODEL_UNKNOWN": ("目录里没有这个模型", "The catalogue has no such model"),
    "MODEL_MISSING": ("模型的文件不在", "A model's file is not here"),
    "MODEL_INCOMPLETE": ("模型的文件不完整", "A model's file is not whole"),
    "MODEL_WRONG_SUM": ("模型的文件不对", "A model's file is the wrong one"),
    "MODEL_FOREIGN_FILE": ("模型的位置上有别的东西", "Something else lies there"),
    "MODEL_AMBIGUOUS": ("无法确定是哪个模型", "It could be several models"),
    "MODEL_NOT_A_FILE": ("模型由许多文件组成", "The model is many files"),
    "MODEL_NONCOMMERCIAL": ("模型的许可不允许商业使用", "The model is not for commercial use"),
    "MODEL_UNREACHABLE": ("模型下载不到", "No address gave the model"),
    "MODEL_NO_SPACE": ("磁盘放不下模型", "There is no room for the model"),
    "MODEL_STORE_BUSY": ("另一个模型命令正在运行", "Another models command is at work"),
    "MODEL_LOCK_DAMAGED": ("模型记录无法读取", "The model store's record is damaged"),
    "WORKER_CRASHED": ("处理时程序多次崩溃", "The worker crashed repeatedly"),
    "OUT_OF_MEMORY": ("内存不足", "There was not enough memory"),
    "SCHEMA_TOO_NEW": ("数据库由更新的版本写入", "The database is of a newer boothd"),
    "RESULT_GONE": ("结果文件已不在原处", "The result is gone from its place"),
    "IDEMPOTENCY_CONFLICT": ("Idempotency-Key 已用过", "The Idempotency-Key was used before"),
    "DECLINED_NOT_ALIKE": ("人工查看:不像本人", "Declined: not like the person"),
    "DECLINED_QUALITY": ("人工查看:质量不够", "Declined: quality"),
    "DECLINED_FACE": ("人工查看:人脸有问题", "Declined: the face"),
    "DECLINED_POSE": ("人工查看:姿势或表情", "Declined: posture or expression"),
    "DECLINED_BACKGROUND": ("人工查看:背景或轮廓", "Declined: background or outline"),
    "DECLINED_WRONG_PHOTO": ("人工查看:不是本人的照片", "Declined: another person's photo"),
    "DECLINED_OTHER": ("人工查看:其他原因", "Declined: another reason"),
    "REVIEW_DECIDED": ("已有人决定", "Somebody decided already"),
    "REVIEW_CHANGED": ("查看之后又处理过", "It was done again since"),
}


def title_of(code: str, language: str) -> str:
    """A code in a few words of ``zh`` or ``en``: no numbers, no advice.

    The message's beginning, without what stands in brackets, where no shorter words are known;
    a code of a later version as it is written.
    """
    if code in _TITLES:
        return _TITLES[code][0 if language == "zh" else 1]
    if code not in CODES:
        return code
    message = _BRACKETS.sub("", CODES[code].message[language])
    return _PAUSE.split(message, maxsplit=1)[0].strip()


def breakable(code: str) -> Markup:
    """A code, or a key of a record, that a narrow place breaks behind its marks."""
    return Markup("<wbr>").join(escape(part) for part in _PARTS.split(code))
