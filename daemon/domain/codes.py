"""The one vocabulary of reasons: record, sidecar, webhook, API, panel and docs all use it.

A code never changes its meaning. ``message`` says what is the matter, ``advice`` what the
person who dropped the photo should do; both may use ``{fact}`` placeholders filled from the
reason's facts (a missing fact shows as ``?``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daemon.domain.artifact import Reason
from daemon.domain.idphoto.measures import spoken
from daemon.domain.job import Verdict
from daemon.domain.sayings import in_words

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the table.

    Attributes:
        verdict: How a job that carries it ends, unless a route says otherwise.
        http_status: What the API answers for it.
        message: What is the matter, by language.
        advice: What to do, by language.
    """

    verdict: Verdict
    http_status: int
    message: Mapping[str, str]
    advice: Mapping[str, str]


def _row(  # noqa: PLR0913, PLR0917 - a table row, one column after the other
    verdict: Verdict, http_status: int, zh: str, zh_advice: str, en: str, en_advice: str
) -> Code:
    return Code(verdict, http_status, {"zh": zh, "en": en}, {"zh": zh_advice, "en": en_advice})


_REJECTED, _REVIEW, _FAILED = Verdict.REJECTED, Verdict.REVIEW, Verdict.FAILED
# A remark: the photo is done all the same.
_DONE = Verdict.DONE

CODES: Mapping[str, Code] = {
    # ── input ─────────────────────────────────────────────────────────────────────────────
    "INVALID_IMAGE": _row(
        _FAILED, 400,
        "文件内容损坏,无法作为图片打开。", "请重新导出或重新拍摄后再放入。",
        "The file is damaged and cannot be opened as a picture.",
        "Export or take the photo again and drop it once more.",
    ),
    "UNSUPPORTED_FORMAT": _row(
        _FAILED, 415,
        "不支持这种文件格式({format})。", "请使用 JPEG、PNG、WebP、TIFF、BMP、GIF、HEIC 或 AVIF。",
        "This file format ({format}) is not supported.",
        "Use JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC or AVIF.",
    ),
    "TRUNCATED": _row(
        _FAILED, 422,
        "图片不完整,文件末尾缺失。", "复制可能中断,请重新复制整个文件。",
        "The picture is incomplete: the end of the file is missing.",
        "The copy was probably interrupted; copy the whole file again.",
    ),
    "EMPTY": _row(
        _FAILED, 422,
        "文件是空的(0 字节)。", "请检查来源后重新复制。",
        "The file is empty (0 bytes).", "Check the source and copy it again.",
    ),
    "IMAGE_TOO_LARGE": _row(
        _FAILED, 400,
        "图片太大({actual},上限 {limit})。", "请缩小后再放入,或请管理员提高上限。",
        "The picture is too large ({actual}, limit {limit}).",
        "Make it smaller, or ask the administrator to raise the limit.",
    ),
    "IMAGE_TOO_SMALL": _row(
        _REJECTED, 422,
        "图片太小({actual},至少 {limit})。", "请使用更大的原图。",
        "The picture is too small ({actual}, at least {limit}).", "Use a larger original.",
    ),
    "DECOMPRESSION_BOMB": _row(
        _FAILED, 413,
        "文件声明的尺寸异常巨大({actual}),已拒绝解码。", "请用正常的图片文件。",
        "The file claims an absurd size ({actual}); it was not decoded.",
        "Use an ordinary picture file.",
    ),
    "ANIMATED": _row(
        _FAILED, 415,
        "这是动画({format}),不能按单张图片处理。", "请把需要的画面另存为单张图片。",
        "This is a moving picture ({format}); it cannot be processed as one page.",
        "Save the pictures you need one by one.",
    ),
    "PDF_LOCKED": _row(
        _FAILED, 422,
        "PDF 有密码,无法打开。", "请去掉密码后重新放入。",
        "The PDF has a password and cannot be opened.", "Remove the password and drop it again.",
    ),
    "PDF_TOO_COMPLEX": _row(
        _FAILED, 422,
        "PDF 的一页在 {limit_s} 秒内画不出来。", "请打印成简单的 PDF,或转为图片后重新放入。",
        "A page of the PDF could not be drawn within {limit_s} s.",
        "Print it to a plain PDF, or to pictures, and drop that.",
    ),
    "NOT_REGULAR_FILE": _row(
        _FAILED, 422,
        "这不是普通文件(可能是链接或设备)。", "请放入文件本身。",
        "This is not a regular file (a link or a device, perhaps).", "Drop the file itself.",
    ),
    "SIDECAR_INVALID": _row(
        _FAILED, 422,
        "附带的说明文件 {file} 无法读取:{detail}", "请修改说明文件后,把照片和说明一起重新放入。",
        "The note {file} beside the photo cannot be used: {detail}",
        "Mend the note and drop photo and note again.",
    ),
    "OPTIONS_INVALID": _row(
        _FAILED, 422,
        "处理选项有误:{detail}", "请管理员修改选项后,重新放入照片。",
        "The options for this photo make no sense: {detail}",
        "Ask the administrator to mend the options, then drop the photo again.",
    ),
    "DUPLICATE": _row(
        _REJECTED, 409,
        "同一张照片已经处理过(任务 {job})。", "如需再次处理,请改变选项或修改收件夹的重复策略。",
        "The same photo was processed before (job {job}).",
        "To run it again change an option, or the inbox's policy for duplicates.",
    ),
    # ── batches ───────────────────────────────────────────────────────────────────────────
    "ARCHIVE_UNREADABLE": _row(
        _FAILED, 422,
        "压缩包无法打开({detail})。", "请用系统自带的压缩功能重新打成不加密的 zip。",
        "The archive cannot be opened ({detail}).",
        "Make it again as a plain zip without a password.",
    ),
    "ARCHIVE_UNSAFE": _row(
        _FAILED, 422,
        "压缩包含有不安全的内容({what})。", "请只放照片和名单,重新打包。",
        "The archive holds something unsafe ({what}).",
        "Put photos and the list into it, nothing else, and make it again.",
    ),
    "ARCHIVE_TOO_LARGE": _row(
        _FAILED, 413,
        "压缩包解开后太大({what}:{actual},上限 {limit})。", "请分成几个较小的压缩包。",
        "Unpacked, the archive is too large ({what}: {actual}, limit {limit}).",
        "Split it into smaller ones.",
    ),
    "MANIFEST_UNREADABLE": _row(
        _FAILED, 422,
        "名单无法读取({detail})。", "请另存为 xlsx 或 UTF-8 的 csv。",
        "The list cannot be read ({detail}).", "Save it as xlsx, or as CSV in UTF-8.",
    ),
    "MANIFEST_EMPTY": _row(
        _FAILED, 422,
        "名单里没有人。", "请至少填写一行工号或姓名。",
        "The list names nobody.", "Fill in at least one row with an id or a name.",
    ),
    "MANIFEST_NO_HEADINGS": _row(
        _FAILED, 422,
        "名单第一行没有可识别的表头。", "请在第一行写明:工号、姓名或文件名。",
        "The first row of the list has no heading that is known.",
        "Name the columns in the first row: employee id, name, or file.",
    ),
    "MANIFEST_TOO_LONG": _row(
        _FAILED, 413,
        "名单太长。", "请分成几批。",
        "The list is too long.", "Split it into several batches.",
    ),
    "MANIFEST_SEVERAL": _row(
        _FAILED, 422,
        "有 {n} 张名单表格,不知道用哪一张。", "只留一张,或将它命名为“名单.xlsx”。",
        "There are {n} tables; it is not clear which one is the list.",
        "Leave one only, or name it manifest.xlsx.",
    ),
    "BATCH_WITHOUT_PICTURES": _row(
        _FAILED, 422,
        "这一批里没有照片。", "请把照片和名单一起打包,重新放入。",
        "There is no photo in this batch.", "Put photos and the list together and drop it again.",
    ),
    "BATCH_PHOTO_UNKNOWN": _row(
        _REJECTED, 422,
        "名单里没有人对应这张照片。", "请在文件名里写上工号或姓名,或在名单中填写文件名。",
        "Nobody on the list belongs to this photo.",
        "Put the id or the name into the file's name, or the file's name into the list.",
    ),
    "BATCH_PHOTO_CONTESTED": _row(
        _REJECTED, 422,
        "名单里有几行都对应这张照片(第 {lines} 行)。", "请改正重复的工号,或在名单中填写文件名。",
        "Several rows of the list fit this photo (rows {lines}).",
        "Correct the doubled id, or put the file's name into the list.",
    ),
    # ── face ──────────────────────────────────────────────────────────────────────────────
    "FACE_NOT_FOUND": _row(
        _REJECTED, 422,
        "没有找到人脸。", "请换一张正面、清晰、人脸足够大的照片。",
        "No face was found.", "Use a photo with a clear, frontal face that is large enough.",
    ),
    "FACE_TOO_SMALL": _row(
        _REJECTED, 422,
        "人脸太小({actual} 像素,至少 {limit})。", "请靠近拍摄或使用更大的原图。",
        "The face is too small ({actual} px, at least {limit}).",
        "Move closer or use a larger original.",
    ),
    # ── ID photos: what the self-check measures ───────────────────────────────────────────
    "ID_FACE_COUNT": _row(
        _REJECTED, 422,
        "照片里应有 {limit} 个人,看到 {value} 个。", "请换一张人数正确的照片,背景中不要有别人。",
        "The photo must show this many people: {limit}. Seen: {value}.",
        "Use a photo with the right number of people and nobody in the background.",
    ),
    "ID_HEAD_CROPPED": _row(
        _REJECTED, 422,
        "头部没有拍全,头顶或两侧被照片边缘切掉了。", "请换一张头顶上方留有空间的照片。",
        "The head is cut off by the edge of the photo.",
        "Use a photo with some room above and beside the head.",
    ),
    "ID_BODY_CUT": _row(
        _REJECTED, 422,
        "肩膀或胸部没有拍全,不能拉伸补全。", "请换一张能看到双肩和上胸的照片。",
        "Shoulders or chest are cut off by the edge of the photo; nothing is made up.",
        "Use a photo that shows both shoulders and the upper chest.",
    ),
    "ID_POSE": _row(
        _REJECTED, 422,
        "头转向一侧太多({value}°,允许 {limit}°)。", "请正对镜头重新拍摄。",
        "The head is turned too far to one side ({value}°, allowed {limit}°).",
        "Take the photo again, facing the camera.",
    ),
    "PRIVACY_UNVERIFIED": _row(
        _REVIEW, 422,
        "第 {pages} 页无法证明已遮盖干净({checks})。",
        "没有输出文件;请看 why.jpg,加上固定区域或换更清晰的扫描后重试。",
        "Page {pages} could not be proved clean ({checks}).",
        "Nothing was published; see why.jpg, add a rectangle or use a clearer scan.",
    ),
    "ID_ENLARGED": _row(
        _REJECTED, 422,
        "原图里的人脸太小,需要放大 {value} 倍(允许 {limit})。", "请靠近拍摄,或使用更大的原图。",
        "The face in the original is too small: enlarged {value} times (allowed {limit}).",
        "Move closer or use a larger original.",
    ),
    "ID_SOURCE_SMALL": _row(
        _REVIEW, 422,
        "原图里的人脸略小,放大了 {value} 倍。", "打印可能不够清晰;有更大的原图时请使用原图。",
        "The face in the original is rather small and was enlarged {value} times.",
        "A print may look soft; use a larger original if there is one.",
    ),
    "ID_BACKGROUND": _row(
        _REVIEW, 422,
        "背景或人物边缘不干净({what} {value}{unit},允许 {limit}{unit})。",
        "请查看头发和肩膀边缘;换一张背景单一的照片更好。",
        "Background or outline are not clean ({what} {value}{unit}, allowed {limit}{unit}).",
        "Look at the edges of hair and shoulders; a photo before a plain wall works best.",
    ),
    "ID_MATTE_UNSURE": _row(
        _REVIEW, 422,
        "抠图没有把握({value},至少 {limit})。", "请查看人物边缘,或换一张背景与衣服颜色不同的照片。",
        "The person could not be cut out with certainty ({value}, {limit}).",
        "Look at the outline, or use a photo whose background differs from the clothes.",
    ),
    "ID_HEAD_POSITION": _row(
        _REVIEW, 422,
        "头部大小或位置不在规定范围内({what} {value}{unit},允许 {limit}{unit})。",
        "请确认是否可以接受,或换一张照片。",
        "Size or position of the head is outside the rule "
        "({what} {value}{unit}, allowed {limit}{unit}).",
        "Decide whether it will do, or use another photo.",
    ),
    "ID_OFF_CENTRE": _row(
        _REVIEW, 422,
        "脸不在画面中间(偏 {value}{unit},允许 {limit}{unit})。",
        "请确认是否可以接受,或换一张照片。",
        "The face is off the middle ({value}{unit}, allowed {limit}{unit}).",
        "Decide whether it will do, or use another photo.",
    ),
    "ID_TILTED": _row(
        _REVIEW, 422,
        "头是歪的({value}°,允许 {limit}°)。", "请确认是否可以接受,或换一张照片。",
        "The head is tilted ({value}°, allowed {limit}°).",
        "Decide whether it will do, or use another photo.",
    ),
    "ID_HAIR_CUT": _row(
        _REVIEW, 422,
        "头发顶到了照片上边。", "请确认是否可以接受,或选择头部较小的规格。",
        "The hair touches the upper edge.",
        "Decide whether it will do, or choose a rule with a smaller head.",
    ),
    "ID_EYES_TOO_CLOSE": _row(
        _REVIEW, 422,
        "两眼间距只有 {value} 像素(建议 {limit})。", "机读护照照片可能不够清晰。",
        "The eyes are only {value} px apart ({limit} is advised).",
        "A machine-readable passport may want a larger photo.",
    ),
    "ID_FACE_UNSURE": _row(
        _REVIEW, 422,
        "第二个检测器没有认出人脸。", "请看一眼结果。",
        "The second detector did not see the face.", "Have a look at the result.",
    ),
    "ID_FRAME_OUTSIDE": _row(
        _REVIEW, 422,
        "保留原背景时,画面超出了照片({value}{unit})。",
        "请换一张四周空间更大的照片,或选择纯色背景。",
        "With the background kept, the frame reaches beyond the photo ({value}{unit}).",
        "Use a photo with more room around the person, or a plain background.",
    ),
    "ID_PIXEL_SIZE": _row(
        _REVIEW, 422,
        "像素尺寸不对({what} {value}{unit},应为 {limit}{unit})。", "请按规格重新制作。",
        "The size in pixels is wrong ({what} {value}{unit}, must be {limit}{unit}).",
        "Make the photo again to this rule.",
    ),
    "ID_FILE_SIZE": _row(
        _REVIEW, 422,
        "文件大小 {value} kB,不在规定的 {limit} 之内。", "请放宽大小要求,或选择别的规格。",
        "The file has {value} kB, allowed are {limit}.",
        "Ask for another size, or choose another rule.",
    ),
    "ID_FILE_STRUCTURE": _row(
        _REVIEW, 422,
        "文件结构不合要求({what})。", "请按规格重新制作。",
        "The file is not built as the rule wants it ({what}).",
        "Make the photo again to this rule.",
    ),
    "ID_RESOLUTION_TAG": _row(
        _REVIEW, 422,
        "分辨率标记不对({value} dpi,应为 {limit})。", "请按规格重新制作。",
        "The resolution tag is wrong ({value} dpi, must be {limit}).",
        "Make the photo again to this rule.",
    ),
    "ID_COMPRESSION": _row(
        _REVIEW, 422,
        "压缩得太厉害({what} {value}{unit},允许 {limit}{unit})。", "请放宽文件大小要求。",
        "The file is compressed too hard ({what} {value}{unit}, allowed {limit}{unit}).",
        "Allow a larger file.",
    ),
    "ID_SHEET": _row(
        _REVIEW, 422,
        "排版页不合要求({what} {value}{unit},允许 {limit}{unit})。", "请不要打印这一页,重新制作。",
        "The print sheet is not as it must be ({what} {value}{unit}, allowed {limit}{unit}).",
        "Do not print it; make it again.",
    ),
    "ID_PAPER_TOO_SMALL": _row(
        _REJECTED, 422,
        "相纸太小:照片 {photo} 毫米,边距内 {room} 毫米(宽差 {across} 毫米,高差 {down} 毫米)。",
        "请换大一号的相纸,或换小一号的照片,或减小边距。",
        "The paper is too small: the photo has {photo} mm, within the margins there are {room} mm "
        "({across} mm in width and {down} mm in height are missing).",
        "Take a larger paper, a smaller photo or a smaller margin.",
    ),
    "ID_TOO_MANY_PRINTS": _row(
        _REJECTED, 422,
        "一次要打印的太多({actual},上限 {limit})。", "请分几次排版。",
        "Too many prints or sheets at once ({actual}, limit {limit}).", "Ask for fewer at a time.",
    ),
    "ID_WATERMARK_FONT": _row(
        _REJECTED, 422,
        "本机没有能写出水印文字的字体({characters})。",
        "请管理员安装中文字体(fonts-noto-cjk),或换别的文字。",
        "No font of this machine can write the watermark ({characters}).",
        "Have fonts-noto-cjk installed, or use other words.",
    ),
    "ID_WATERMARK_TOO_LONG": _row(
        _REJECTED, 422,
        "水印文字太长({actual} 个字),在这个尺寸上看不清。", "请缩短水印文字。",
        "The watermark of {actual} characters cannot be read on a photo of this size.",
        "Use fewer words.",
    ),
    # ── ID photos: warnings about an instruction; the photo is made all the same ──────────────
    "ID_AMBIGUOUS_SIZE": _row(
        _DONE, 200,
        "所说的尺寸可能指几种规格,已按 {used} 制作。", "如不是这一种,请写明规格名称或毫米数。",
        "The words for the size fit more than one rule; {used} was made.",
        "If that is not meant, name the rule or its millimetres.",
    ),
    "ID_RETOUCH_FORBIDDEN": _row(
        _DONE, 200,
        "{preset} 不允许修图,已不做:{what}。", "请不要用别的软件修这张照片,否则可能被退回。",
        "{preset} refuses edited photos; left out: {what}.",
        "Do not edit this photo elsewhere either: it may be sent back.",
    ),
    "ID_RETOUCH_RESTRICTED": _row(
        _DONE, 200,
        "{preset} 不允许改变相貌,已不做:{what}。", "请保持本人原貌;其他要求已照做。",
        "{preset} lets no feature be altered; left out: {what}.",
        "Leave the person as they are; the other wishes were followed.",
    ),
    "ID_BACKGROUND_NOT_ALLOWED": _row(
        _DONE, 200,
        "{preset} 不接受这种背景({value}),已照要求制作。", "交照片前请改用:{used}。",
        "{preset} does not take this background ({value}); it was made as asked.",
        "Before handing it in choose one of: {used}.",
    ),
    "ID_UNPARSED_TEXT": _row(
        _DONE, 200,
        "没有看懂:{text}。", "这部分没有执行;请换一种说法,或用 boothd idphoto parse 试读。",
        "Not understood: {text}.",
        "Nothing was done about it; say it in other words, or try `boothd idphoto parse`.",
    ),
    "ID_NOTHING_RECOGNISED": _row(
        _DONE, 200,
        "这句说明里没有看懂任何要求,已按默认设置制作。", "请写明规格、背景等,例如:一寸,白底。",
        "Nothing in the instruction was understood; the settings' own wishes were followed.",
        "Name a rule and a background, for example: one inch, white.",
    ),
    "ID_SIZE_OVERRIDDEN": _row(
        _DONE, 200,
        "说明里另写了尺寸,已用 {used} 代替 {preset}。", "如要按 {preset} 制作,请去掉尺寸数字。",
        "Figures beside {preset} replaced its size: {used}.",
        "Leave the figures out to get {preset}.",
    ),
    "ID_COLOUR_SUBSTITUTED": _row(
        _DONE, 200,
        "颜色 {value} 已换成 {used}。", "如要原来的颜色,请写明颜色全名或 #RRGGBB。",
        "The colour {value} was taken for {used}.",
        "Give the colour's full name or #RRGGBB if another one is meant.",
    ),
    "ID_CONFLICTING_VALUES": _row(
        _DONE, 200,
        "前后要求不一致:{value};已按 {used} 制作。", "请只保留一种要求。",
        "Two wishes contradict each other: {value}; {used} was followed.",
        "Leave only one of them.",
    ),
    "ID_VALUE_OUT_OF_RANGE": _row(
        _DONE, 200,
        "数值 {value} 不合理,没有采用(可用 {used})。", "请改正后重新放入。",
        "The figure {value} makes no sense and was not used (possible: {used}).",
        "Correct it and drop the photo again.",
    ),
    # ── quality ───────────────────────────────────────────────────────────────────────────
    "LOW_FACE_CONFIDENCE": _row(
        _REJECTED, 422,
        "看不清这是一张完整的人脸(把握 {value},至少 {limit}),眼睛或脸可能被遮住。",
        "请摘下墨镜、口罩,拨开头发,正对镜头,在明亮处重拍。",
        "This can hardly be made out as a whole face (confidence {value}, at least {limit}); eyes "
        "or face may be covered.",
        "Take off sunglasses or mask, keep hair off the face, look at the camera in good light.",
    ),
    "MULTIPLE_FACES": _row(
        _REJECTED, 422,
        "照片里不止一张脸(第二张脸的大小是主脸的 {value},上限 {limit})。",
        "请只拍本人一人,或裁掉其他人。",
        "There is more than one face (the second is {value} of the first in size, limit {limit}).",
        "Use a photo of one person only, or crop the others out.",
    ),
    "CROPPED": _row(
        _REJECTED, 422,
        "头部离照片边缘太近或被裁掉({side} {value},至少 {limit})。",
        "请退后一些重拍,头顶、两侧和下巴下方都留出空白。",
        "The head is cut off or too near the edge ({side} {value}, at least {limit}).",
        "Step back and leave room above, beside and below the head.",
    ),
    "HEAD_SIZE": _row(
        _REJECTED, 422,
        "头部在照片里过大或过小({value},界限 {limit})。", "请调整拍摄距离或重新裁剪。",
        "The head is too large or too small in the picture ({value}, limit {limit}).",
        "Change the distance, or crop anew.",
    ),
    "BLURRED": _row(
        _REJECTED, 422,
        "脸部模糊(清晰度 {value},至少 {limit})。",
        "请擦净镜头、拿稳、对焦在脸上,用原图而不是截图。",
        "The face is blurred (sharpness {value}, at least {limit}).",
        "Clean the lens, hold still, focus on the face; use the original, not a screenshot.",
    ),
    "PARTIAL_BLUR": _row(
        _REJECTED, 422,
        "脸的一侧模糊({value},至少 {limit})。", "请正对镜头、拿稳重拍,避免镜头上有指印。",
        "One side of the face is blurred ({value}, at least {limit}).",
        "Face the camera, hold still, and wipe finger marks off the lens.",
    ),
    "MOTION_BLUR": _row(
        _REJECTED, 422,
        "拍摄时有晃动({value},上限 {limit})。", "请拿稳相机或增加光线后重拍。",
        "Camera or head moved ({value}, limit {limit}).",
        "Hold the camera still, or take the photo in more light.",
    ),
    "NOISY": _row(
        _REJECTED, 422,
        "噪点太多({value},上限 {limit})。", "请在更亮的地方重拍。",
        "There is too much noise ({value}, limit {limit}).", "Take the photo in more light.",
    ),
    "PIXELATED": _row(
        _REJECTED, 422,
        "脸部有马赛克或由极小的图片放大而来({value},上限 {limit})。", "请使用未打码的原图。",
        "The face is pixelated, or enlarged from a tiny picture ({value}, limit {limit}).",
        "Use the original, without a mosaic.",
    ),
    "COMPRESSION_ARTIFACTS": _row(
        _REJECTED, 422,
        "图片压缩过度({value},界限 {limit})。", "请发送原图,不要经聊天软件压缩。",
        "The picture was compressed too hard ({value}, limit {limit}).",
        "Send the original file, not one that a messenger made smaller.",
    ),
    "UNDEREXPOSED": _row(
        _REJECTED, 422,
        "脸部太暗({value},界限 {limit})。", "请面向光源重拍。",
        "The face is too dark ({value}, limit {limit}).", "Face the light and take it again.",
    ),
    "OVEREXPOSED": _row(
        _REJECTED, 422,
        "脸部过亮或发白({value},上限 {limit})。", "请避开直射强光或闪光灯。",
        "The face is burnt out or washed out ({value}, limit {limit}).",
        "Avoid direct sun and flash.",
    ),
    "LOW_CONTRAST": _row(
        _REJECTED, 422,
        "脸部灰蒙蒙,缺少明暗层次({value} 比特,至少 {limit})。", "请避免逆光和雾气,擦净镜头后重拍。",
        "The face lacks contrast ({value} bits, at least {limit}).",
        "Avoid light from behind and haze; clean the lens.",
    ),
    "UNEVEN_ILLUMINATION": _row(
        _REJECTED, 422,
        "脸部一侧太暗(两颊亮度之比 {value},至少 {limit})。", "请让光从正面来,避免侧光。",
        "One side of the face is much darker (ratio {value}, at least {limit}).",
        "Have the light in front of you, not from the side.",
    ),
    "UNNATURAL_COLOUR": _row(
        _REJECTED, 422,
        "肤色不自然(偏色 {value},上限 {limit})。", "请关闭滤镜,在白光下重拍。",
        "The colour of the skin is not natural (cast {value}, limit {limit}).",
        "Switch filters off and use white light.",
    ),
    "GREYSCALE": _row(
        _REJECTED, 422,
        "照片是黑白的。", "请使用彩色照片。",
        "The photo has no colour.", "Use a colour photo.",
    ),
    "BACKGROUND_NOT_UNIFORM": _row(
        _REJECTED, 422,
        "背景杂乱({value},上限 {limit})。", "请站在纯色墙前重拍。",
        "The background is busy ({value}, limit {limit}).", "Stand in front of a plain wall.",
    ),
    "POSE_YAW": _row(
        _REJECTED, 422,
        "头转向一侧({value}°,上限 {limit}°)。", "请正对镜头。",
        "The head is turned to the side ({value}°, limit {limit}°).", "Face the camera.",
    ),
    "POSE_PITCH": _row(
        _REJECTED, 422,
        "抬头或低头太多({value}°,上限 {limit}°)。", "请平视镜头,相机与眼睛同高。",
        "The head is tipped up or down ({value}°, limit {limit}°).",
        "Look straight ahead, with the camera at eye level.",
    ),
    "POSE_ROLL": _row(
        _REJECTED, 422,
        "头歪了({value}°,上限 {limit}°)。", "请摆正头部或转正照片。",
        "The head is tilted ({value}°, limit {limit}°).", "Hold the head, or the camera, upright.",
    ),
    "FACE_OCCLUDED_PATCH": _row(
        _REJECTED, 422,
        "脸部有一块被涂盖({value},上限 {limit})。", "请使用没有涂抹、色块或贴纸的照片。",
        "Part of the face is painted over ({value}, limit {limit}).",
        "Use a photo without bars, boxes or stickers.",
    ),
    "LOW_OVERALL_QUALITY": _row(
        _REVIEW, 200,
        "总体质量分偏低({value},要求 {limit})。",
        "请查看标注图中的红色区域,重拍一张更清晰的正面照。",
        "The overall quality is low ({value}, wanted {limit}).",
        "See the red areas of the picture; take a sharper, frontal photo.",
    ),
    "NOT_ASSESSED": _row(
        _REVIEW, 200,
        "有要求无法在这张照片上检查:{what}。",
        "请人工看一眼;要自动判断,请正对镜头、四周多留空间重拍。",
        "What is required could not be checked on this photo: {what}.",
        "Have a look; to have it checked, take it again, facing the camera, with room around.",
    ),
    "SIMILARITY_UNCLEAR": _row(
        _REVIEW, 200,
        "相似度处于两可之间({value})。", "请人工核对,或换一张更清晰的照片再比。",
        "The two faces are neither clearly alike nor clearly different ({value}).",
        "Have a person compare them, or use a sharper photo.",
    ),
    "EYES_CLOSED": _row(
        _REJECTED, 422,
        "闭着眼睛。", "请睁眼重拍。", "The eyes are closed.", "Open your eyes and take it again.",
    ),
    "MOUTH_OPEN": _row(
        _REJECTED, 422,
        "张着嘴。", "请闭嘴重拍。", "The mouth is open.", "Close your mouth and take it again.",
    ),
    "EYES_NOT_VISIBLE": _row(
        _REJECTED, 422,
        "眼睛被遮住。", "请摘下墨镜,拨开头发。",
        "The eyes are covered.", "Take off sunglasses, keep hair off the eyes.",
    ),
    "MOUTH_OCCLUDED": _row(
        _REJECTED, 422,
        "嘴被遮住。", "请摘下口罩,拿开手。",
        "The mouth is covered.", "Take off the mask, keep hands away.",
    ),
    "FACE_OCCLUDED": _row(
        _REJECTED, 422,
        "脸被遮住。", "请露出整张脸。", "The face is covered.", "Show the whole face.",
    ),
    "EXPRESSION_NOT_NEUTRAL": _row(
        _REJECTED, 422,
        "表情不自然。", "请放松表情。",
        "The expression is not neutral.", "Relax your face.",
    ),
    "HEAD_COVERING": _row(
        _REJECTED, 422,
        "戴着帽子或头巾。", "请取下后重拍。",
        "The head is covered.", "Take the covering off.",
    ),
    # ── restore ───────────────────────────────────────────────────────────────────────────
    "IDENTITY_CHANGED": _row(
        _REVIEW, 200,
        "修复后可能不像本人(差异 {actual},上限 {limit}),已保留原脸。", "请人工对比后决定是否接受。",
        "The restored face may no longer look like the person (distance {actual}, limit "
        "{limit}); the original face was kept.",
        "Compare by eye, then accept or reject it.",
    ),
    "IDENTITY_NOT_MEASURABLE": _row(
        _REVIEW, 200,
        "人脸太小或太模糊,无法确认修复后是否仍是本人。", "请人工对比后决定是否接受。",
        "The face is too small or blurred to tell whether it still is the same person.",
        "Compare by eye, then accept or reject it.",
    ),
    "LOW_RESTORE_QUALITY": _row(
        _REVIEW, 200,
        "修复质量分偏低({actual},要求 {limit})。", "请人工查看结果。",
        "The restored picture scores low ({actual}, wanted {limit}).", "Look at the result.",
    ),
    "FACE_NOT_RESTORED": _row(
        _REVIEW, 200,
        "一张人脸修复失败({detail}),已保留原脸。", "请人工查看结果,可降低强度后重试。",
        "A face could not be restored ({detail}); the original face was kept.",
        "Look at the result, or try again with a lower strength.",
    ),
    # ── us ────────────────────────────────────────────────────────────────────────────────
    "ENGINE_UNAVAILABLE": _row(
        _FAILED, 501,
        "所需的处理引擎不可用({engine})。", "请管理员运行 boothd check 查看原因,或去掉这项要求。",
        "The engine this needs is not available ({engine}).",
        "Ask the administrator to run `boothd check`, or leave this wish out.",
    ),
    "LICENCE_NOT_ACCEPTED": _row(
        _FAILED, 403,
        "模型 {model} 的许可({licence})尚未接受。",
        "请管理员查看许可后运行:{command}",
        "The licence of model {model} ({licence}) has not been accepted.",
        "The administrator reads and accepts it: {command}",
    ),
    "WORKER_CRASHED": _row(
        _FAILED, 500,
        "处理这张照片时程序多次崩溃。", "原图已保留;请把任务号 {job} 告诉管理员。",
        "The worker crashed repeatedly on this photo.",
        "The original is kept; give job {job} to the administrator.",
    ),
    "WORKER_TIMEOUT": _row(
        _FAILED, 504,
        "处理这张照片超时。", "原图已保留;请换小一些的图片,或请管理员提高时限。",
        "This photo took too long.",
        "The original is kept; use a smaller picture or ask for a longer limit.",
    ),
    "OUT_OF_MEMORY": _row(
        _FAILED, 503,
        "处理这张照片时内存不足。", "原图已保留;请使用更小的图片,或请管理员提高内存上限。",
        "There was not enough memory for this photo.",
        "The original is kept; use a smaller picture or ask for a higher memory limit.",
    ),
    "GPU_RESOURCE_EXHAUSTED": _row(
        _FAILED, 503,
        "显存不足。", "原图已保留;请稍后重试或使用更小的图片。",
        "The GPU ran out of memory.", "The original is kept; try later or with a smaller picture.",
    ),
    "DISK_FULL": _row(
        _FAILED, 507,
        "磁盘空间不足,队列已暂停。", "请管理员清理磁盘;照片会自动继续处理。",
        "The disk is full; the queue is on hold.",
        "Ask the administrator to free space; photos go on by themselves.",
    ),
    "SERVICE_BUSY": _row(
        _FAILED, 503,
        "服务繁忙。", "请稍后再试。",
        "The service is busy.", "Try again in a moment.",
    ),
    "DAEMON_AWAY": _row(
        _FAILED, 503,
        "后台服务没有运行。", "请管理员启动 boothd,或运行 boothd check 查看原因。",
        "The daemon is not running.",
        "Ask the administrator to start boothd, or to run `boothd check`.",
    ),
    "CANCELLED": _row(
        _FAILED, 409,
        "任务已被操作员取消。", "原图已保留;需要时请重新放入。",
        "The job was cancelled by an operator.", "The original is kept; drop it again if needed.",
    ),
    "INTERNAL_ERROR": _row(
        _FAILED, 500,
        "程序内部错误。", "原图已保留;请把任务号 {job} 告诉管理员。",
        "Something went wrong inside the booth.",
        "The original is kept; give job {job} to the administrator.",
    ),
    "STORE_UNAVAILABLE": _row(
        _FAILED, 503,
        "数据库不可用。", "请管理员运行 boothd check。",
        "The database cannot be used.", "Ask the administrator to run `boothd check`.",
    ),
    "SCHEMA_TOO_NEW": _row(
        _FAILED, 503,
        "数据库由更新版本的 boothd 写入。", "请升级 boothd。",
        "The database was written by a newer boothd.", "Upgrade boothd.",
    ),
    "CONFIG_INVALID": _row(
        _FAILED, 500,
        "配置有误。", "请运行 boothd check,按提示修改。",
        "The configuration is not valid.", "Run `boothd check` and mend what it lists.",
    ),
    "USAGE": _row(
        _FAILED, 400,
        "命令用法有误。", "请加 --help 查看用法。",
        "The command was called wrongly.", "Add --help to see how.",
    ),
    # ── weight files ──────────────────────────────────────────────────────────────────────
    "MODEL_UNKNOWN": _row(
        _FAILED, 404,
        "目录里没有模型 {model}。", "请运行 boothd models list 查看所有模型。",
        "The catalogue has no model {model}.", "See `boothd models list`.",
    ),
    "MODEL_MISSING": _row(
        _FAILED, 501,
        "模型 {model} 的文件不在:{file}", "请运行:{command}",
        "The file of model {model} is not here: {file}", "Run: {command}",
    ),
    "MODEL_INCOMPLETE": _row(
        _FAILED, 501,
        "模型 {model} 的文件不完整:{file}(现有 {actual} 字节,应为 {limit})。", "请运行:{command}",
        "The file of model {model} is not whole: {file} ({actual} bytes of {limit}).",
        "Run: {command}",
    ),
    "MODEL_WRONG_SUM": _row(
        _FAILED, 501,
        "模型 {model} 的文件不对:{file}(sha256 或长度是 {actual},应为 {limit})。",
        "请运行:{command}",
        "The file of model {model} is not the right one: {file} (sha256 or length {actual}, "
        "must be {limit}).",
        "Run: {command}",
    ),
    "MODEL_FOREIGN_FILE": _row(
        _FAILED, 409,
        "模型 {model} 的位置上有别的东西:{file}", "请确认不需要它之后运行:{command}",
        "Something else lies where model {model} belongs: {file}",
        "Make sure that nobody needs it, then run: {command}",
    ),
    "MODEL_AMBIGUOUS": _row(
        _FAILED, 409,
        "无法确定 {file} 是哪个模型(可能是 {candidates})。",
        "请把它放进以模型代号命名的文件夹,再运行:{command}",
        "{file} could be any of these models: {candidates}.",
        "Put it into a folder named after the model's key, then run: {command}",
    ),
    "MODEL_NOT_A_FILE": _row(
        _FAILED, 501,
        "模型 {model} 由许多文件组成,不能由 boothd 下载。", "请从 {url} 自行获取。",
        "Model {model} is a folder of many files; boothd does not fetch it.",
        "Fetch it yourself from {url}.",
    ),
    "MODEL_NONCOMMERCIAL": _row(
        _FAILED, 403,
        "模型 {model} 的许可({licence})不允许商业使用。",
        "只在非商业用途时,把 engines.allow_noncommercial 设为 true。",
        "The licence of model {model} ({licence}) does not allow commercial use.",
        "Only where your use is not commercial, set engines.allow_noncommercial: true.",
    ),
    "MODEL_UNREACHABLE": _row(
        _FAILED, 503,
        "没有一个下载地址能给出模型 {model}({detail})。",
        "请稍后再运行 {command};没有网络时用 boothd models import DIR。",
        "No address gave model {model} ({detail}).",
        "Run it again later: {command}. Without a network: boothd models import DIR.",
    ),
    "MODEL_NO_SPACE": _row(
        _FAILED, 507,
        "磁盘空间不足,放不下模型 {model}:{file}(还需 {limit} 字节,可用 {actual})。",
        "请清理磁盘后再运行:{command}(会从断点继续)。",
        "There is no room for model {model}: {file} ({limit} bytes wanted, {actual} free).",
        "Free some space, then run: {command} (it goes on where it stopped).",
    ),
    "MODEL_STORE_BUSY": _row(
        _FAILED, 409,
        "另一个 boothd models 命令正在运行。", "请等它结束后再试。",
        "Another `boothd models` command is at work.", "Wait until it is done, then try again.",
    ),
    "MODEL_LOCK_DAMAGED": _row(
        _FAILED, 500,
        "模型记录无法读取:{file}",
        "请从备份恢复它;或删除它:已接受的许可和首次下载时记下的校验和会一起丢失。",
        "The store's record cannot be read: {file}",
        "Restore it from a backup, or delete it: accepted licences and sums recorded at the first "
        "download are then forgotten.",
    ),
    # ── the API's callers ─────────────────────────────────────────────────────────────────
    "BAD_REQUEST": _row(
        _FAILED, 400,
        "请求有误({detail})。", "请对照 /api/v1/openapi.json 修改请求。",
        "The request makes no sense ({detail}).", "Compare it with /api/v1/openapi.json.",
    ),
    "MISSING_IMAGE": _row(
        _FAILED, 400,
        "请求里没有图片。", "请用表单字段 image、image/* 正文或 JSON 字段 image(base64)发送图片。",
        "The request brings no picture.",
        "Send it as the form field image, as an image/* body, or as base64 in JSON.",
    ),
    "UNAUTHORIZED": _row(
        _FAILED, 401,
        "没有有效的访问令牌。", "请发送 Authorization: Bearer 令牌;令牌由管理员配置在 api.tokens。",
        "There is no valid token.",
        "Send Authorization: Bearer TOKEN; the administrator sets tokens in api.tokens.",
    ),
    "FORBIDDEN": _row(
        _FAILED, 403,
        "此令牌没有该权限({scope})。", "请管理员在 api.tokens 里给它这项权限。",
        "This token may not do that ({scope}).",
        "Ask the administrator to give it that scope in api.tokens.",
    ),
    "NOT_FOUND": _row(
        _FAILED, 404,
        "没有这个地址或任务。", "请检查地址和任务号。",
        "There is nothing of that address or id.", "Check the address and the id.",
    ),
    "METHOD_NOT_ALLOWED": _row(
        _FAILED, 405,
        "该地址不接受这种请求方法。", "请对照 /api/v1/openapi.json。",
        "This address does not take that method.", "Compare it with /api/v1/openapi.json.",
    ),
    "RESULT_NOT_READY": _row(
        _FAILED, 409,
        "任务还没有结果(状态 {state})。", "请稍后再取,或用 ?wait=30 等待。",
        "The task has no result yet (it is {state}).", "Come back later, or wait with ?wait=30.",
    ),
    "TOO_LATE": _row(
        _FAILED, 409,
        "任务已不能取消(状态 {state})。", "请按任务的结果处理。",
        "The job can no longer be cancelled (it is {state}).", "Take it as it ended.",
    ),
    "RESULT_GONE": _row(
        _FAILED, 410,
        "结果文件已不在原处。", "请重新提交照片。",
        "The result is no longer where it was put.", "Submit the photo again.",
    ),
    "IDEMPOTENCY_CONFLICT": _row(
        _FAILED, 409,
        "这个 Idempotency-Key 已用于另一张照片。", "请为每张照片使用新的 Idempotency-Key。",
        "This Idempotency-Key was used for something else.",
        "Use a new Idempotency-Key for every photo.",
    ),
    "LOW_QUALITY": _row(
        _REJECTED, 422,
        "照片质量不够({reason})。", "请换一张更好的照片;每项原因见任务的 reasons。",
        "The photo is not good enough ({reason}).",
        "Take a better one; the task's reasons say what is wrong with it.",
    ),
    "CALLBACK_REFUSED": _row(
        _FAILED, 400,
        "回调地址不被允许({detail})。",
        "请管理员把它的协议、主机和端口写进 api.callbacks,或换一个地址。",
        "That callback address is not allowed ({detail}).",
        "Ask the administrator to list its scheme, host and port in api.callbacks, or use another.",
    ),
    "UNSUPPORTED_MEDIA_TYPE": _row(
        _FAILED, 415,
        "不支持这种内容类型({detail})。",
        "请用表单、JSON 或 image/* 发送;参见 /api/v1/openapi.json。",
        "That content type is not taken ({detail}).",
        "Send a form, JSON or image/*; see /api/v1/openapi.json.",
    ),
    "BAD_OPTION": _row(
        _FAILED, 400,
        "选项有误({detail})。", "请按 /api/v1/openapi.json 修改选项。",
        "An option makes no sense ({detail}).", "Mend it as /api/v1/openapi.json describes it.",
    ),
    "REQUEST_TOO_LARGE": _row(
        _FAILED, 413,
        "请求太大(上限 {limit})。", "请发送更小的图片,或把照片放入收件夹。",
        "The request is too large (limit {limit}).",
        "Send a smaller picture, or drop the photo into the inbox.",
    ),
    "RATE_LIMITED": _row(
        _FAILED, 429,
        "请求太频繁。", "请按 Retry-After 等待后再试。",
        "Too many requests.", "Wait as Retry-After says, then try again.",
    ),
    # ── a person's reasons (review) ───────────────────────────────────────────────────────
    "DECLINED_NOT_ALIKE": _row(
        _REJECTED, 422,
        "人工查看:结果不像本人。", "请提供一张更清晰的原图,或直接使用原图。",
        "A person looked: the result does not look like the person.",
        "Send a clearer original, or use the original as it is.",
    ),
    "DECLINED_QUALITY": _row(
        _REJECTED, 422,
        "人工查看:质量不够。", "请重新拍摄一张清晰、光线充足的照片。",
        "A person looked: the quality will not do.", "Take the photo again, sharp and well lit.",
    ),
    "DECLINED_FACE": _row(
        _REJECTED, 422,
        "人工查看:人脸被遮挡、不完整,或不止一人。", "请重新拍摄,只拍一人,露出整张脸。",
        "A person looked: the face is covered or cut, or there are several people.",
        "Take the photo again with one person and the whole face to be seen.",
    ),
    "DECLINED_POSE": _row(
        _REJECTED, 422,
        "人工查看:姿势或表情不合要求。", "请正对镜头、睁眼、表情自然,重新拍摄。",
        "A person looked: posture or expression will not do.",
        "Take the photo again: facing the camera, eyes open, a neutral look.",
    ),
    "DECLINED_BACKGROUND": _row(
        _REJECTED, 422,
        "人工查看:背景或轮廓不合要求。", "请站在颜色均匀的背景前重新拍摄。",
        "A person looked: background or outline will not do.",
        "Take the photo again before a plain background.",
    ),
    "DECLINED_WRONG_PHOTO": _row(
        _REJECTED, 422,
        "人工查看:不是这个人的照片,或不是照片。", "请放入正确的照片。",
        "A person looked: this is another person's photo, or none at all.",
        "Drop the right photo.",
    ),
    "DECLINED_OTHER": _row(
        _REJECTED, 422,
        "人工查看:未通过,原因见备注。", "请按备注处理后重新放入。",
        "A person looked and turned it down; the note says why.",
        "Do as the note says, then drop it again.",
    ),
    "REVIEW_DECIDED": _row(
        _FAILED, 409,
        "这张照片已有人决定({by})。", "请看下一张。",
        "Somebody decided about this photo already ({by}).", "Go on to the next one.",
    ),
    "REVIEW_CHANGED": _row(
        _FAILED, 409,
        "这张照片在您查看之后又处理过。", "请查看新的结果后再决定。",
        "This photo was done again since you saw it.", "Look at it as it is now, then decide.",
    ),
}  # fmt: skip


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


# Details that stand in records as a word: Chinese, English.
_DETAILS: Mapping[str, tuple[str, str]] = {
    "engine_output_not_finite": ("引擎没有给出图像", "the engine gave no picture"),
    "engine_output_flat": ("引擎给出的图像是平的", "the engine gave a flat picture"),
    "outside_the_picture": ("人脸在画面外", "the face lies outside the picture"),
    "glasses_appeared": ("多出了眼镜", "glasses appeared"),
    "glasses_vanished": ("眼镜不见了", "glasses vanished"),
    "eyes_appeared": ("多出了眼睛", "eyes appeared"),
    "eyes_vanished": ("眼睛不见了", "eyes vanished"),
}

# Codes of which some have a sentence more, the command that mends it.
_SAYS_MORE = frozenset({"ENGINE_UNAVAILABLE"})


def explain(reason: Reason, language: str) -> tuple[str, str]:
    """The message and the advice for a reason, in ``zh`` or ``en``.

    A code of a later version (a record read after a downgrade) reads as an internal error.
    """
    row = CODES.get(reason.code, CODES["INTERNAL_ERROR"])
    facts = _Facts({key: _shown(key, value, language) for key, value in reason.facts.items()})
    message = row.message[language].format_map(facts)
    if reason.code in _SAYS_MORE and (more := in_words(reason.facts.get("said"), language)):
        message += more if language == "zh" else f" {more}"
    elif reason.code in _SAYS_MORE and "detail" in facts:
        # A record of an older version, in English whatever is asked for.
        message = f"{message} {facts['detail']}"
    return message, row.advice[language].format_map(facts)


_CHECKS: dict[str, tuple[str, str]] = {
    "container": ("文件里还有页面以外的内容", "the file holds more than its pages"),
    "flat": ("遮盖块不完整", "a mask is not whole"),
    "untouched": ("页面别处有变动", "the page changed elsewhere"),
    "text": ("还能读出文字", "text can still be read"),
    "reading": ("看不清页面上的文字", "its text was not seen"),
    "codes": ("还能读出条码", "a code can still be read"),
    "faces": ("还有人脸", "a face is left"),
    "edges": ("遮盖边缘露出笔画", "ink shows at a mask's edge"),
    "bare": ("有号码没有遮住", "a number lies under no mask"),
    "loose": ("遮盖旁有没读到的字迹", "ink beside a mask was read by nobody"),
    "time": ("用时过长", "it took too long"),
    "unread": ("有读不出的文字", "there is text that could not be read"),
}
"""What privacy masking proves, as it is told where that failed."""


def _shown(key: str, value: object, language: str) -> object:
    if key == "what" and isinstance(value, str):
        return spoken(value, language)
    if key == "checks" and isinstance(value, str):
        names = (_CHECKS.get(name, (name, name)) for name in value.split(", "))
        return ("、" if language == "zh" else ", ").join(one[language == "en"] for one in names)
    if key == "detail" and isinstance(value, str) and value in _DETAILS:
        return _DETAILS[value][language == "en"]
    if value is None:
        return "?"
    return f"{value:.3g}" if isinstance(value, float) else value


def verdict_of(reasons: tuple[Reason, ...]) -> Verdict:
    """The gravest verdict among reasons; ``DONE`` when there are none."""
    order = (Verdict.DONE, Verdict.REVIEW, Verdict.REJECTED, Verdict.FAILED)
    return max((CODES[r.code].verdict for r in reasons), key=order.index, default=Verdict.DONE)
