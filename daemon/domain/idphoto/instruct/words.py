"""The words of the language beyond the data files: grammar words, and how people vary the others.

The data's own lexicon comes first (``vocabulary.py``); these tables add what its rules name
(negation, strengths, relations, changes) and plain words that carry no wish of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.domain.idphoto.instruct.tokens import Kind

# What is asked for: further words for the data's lexicon.
_ASKED: Mapping[Kind, str] = {
    Kind.SMOOTH: (
        "磨皮度|光滑皮肤|皮肤光滑|smoothing|smoother skin|skin smooth|smooth his skin|"
        "smooth her skin|smooth my skin"
    ),
    Kind.WHITEN: (
        "白一点|白一些|白点|白些|皮肤变白|皮肤白|肤色白|白皙|whiter skin|whiten the skin|"
        "whiten skin|whiten my skin|skin whitening|brighten skin"
    ),
    Kind.BEAUTY: "美颜|美化|修图|修饰|精修|p图|滤镜|retouching|retouch|retouched|beauty filter|"
    "beauty filters|beautify|beautification|filters|filter|airbrushing|airbrush",
    Kind.TEXTURE: (
        "保留皮肤质感|保留质感|保留细节|保留毛孔|keep texture|keep pores|keep facial details|"
        "keep all facial details|keep the facial details|preserve the skin texture|"
        "preserve skin texture|preserve the texture"
    ),
    Kind.SPOT: "痘痘|痘|粉刺|黑头|雀斑|斑点|色斑|斑|瑕疵|黑眼圈|acne|pimples|pimple|spots|"
    "blemishes|blemish|freckles|dark circles",
    Kind.BLEMISH: "祛痘印|祛斑点|去斑|去瑕疵|祛瑕疵|remove acne marks|remove pimples|remove spots",
    Kind.MOLE: "黑痣|痣|moles|mole|beauty marks|beauty mark",
    Kind.HAIR_DETAIL: (
        "保留头发细节|头发细节|保留发丝细节|保留发丝边缘|hair details|keep hair detail|"
        "keep hair details|keep the hair detail|keep the hair details|keep the hair strands|"
        "hair strands|keep flyaway hair"
    ),
    Kind.STRAY: "碎发|杂发|杂毛|毛躁|乱发|stray hairs|stray hair|flyaways|flyaway hairs",
    Kind.STRAY_REMOVE: (
        "去碎发|去除碎发|清理碎发|去掉杂发|去杂毛|remove stray hairs|remove the stray hair|"
        "remove the flyaways|clean up stray hair"
    ),
    Kind.LEVEL: (
        "拉正|端正头部|水平校正|调正|矫正|level the eyes|straighten the head|level|straight head"
    ),
    Kind.FLIP: "左右镜像|左右颠倒|水平镜像|翻转|flip horizontally|mirrored|mirror image|flipped",
    Kind.HEAD: (
        "头部高度|人头高度|头高|头部大小|头部比例|人头占比|头部占比|头占比|头部占|头占|人头|头部|"
        "头|脸|head height|head size|head"
    ),
    Kind.HEAD_LARGER: (
        "头放大|头部放大|头再大点|头大点|头部大一点|头部再大一点|头大些|bigger face|larger head"
    ),
    Kind.HEAD_SMALLER: "头缩小|头部缩小|头再小一点|头再小点|头小点|头部小一点|头部再小一点|头小些|"
    "smaller face",
    Kind.LARGER: "再大一点|大一点|大一些|大点|更大|放大|bigger|larger|enlarge",
    Kind.SMALLER: "再小一点|小一点|小一些|小点|更小|缩小|smaller",
    Kind.TOP_MARGIN: (
        "头顶留出|头顶留空|头顶空|头顶上方|头顶上留|头顶到顶边|头顶|head room|headroom|"
        "space above head|top space|room above the head"
    ),
    Kind.GARMENT: (
        "西装|西服|正装|衬衫|衬衣|领带|领结|外套|制服|工作服|工装|职业装|礼服|连衣裙|裙子|旗袍|"
        "毛衣|t恤|中山装|唐装|校服|军装|警服|白大褂|马甲|衣服|上衣|服装|衣领|suit|suits|shirt|"
        "shirts|tie|ties|necktie|bow tie|blouse|jacket|blazer|dress|uniform|coat|hoodie|sweater|"
        "gown|vest|t shirt|formal wear|business attire|clothes|clothing|outfit|collar"
    ),
    Kind.WEAR: "换上|穿上|穿着|穿|wearing|wear|dress him in|dress her in|dressed in|put on",
    Kind.CLOTHES: "换衣|更换衣服|更换服装|换服装|change the clothes|change his clothes|"
    "change her clothes|change my clothes|change clothes|replace clothes",
    Kind.HAIR: "发型|卷发|直发|刘海|马尾|光头|染成|染头发|染|换头发|hairstyle|haircut|short hair|"
    "long hair|curly hair|ponytail|bangs|dye the hair|dye",
    Kind.EXPRESSION: "笑一笑|笑容|笑|露齿|睁眼|睁开眼睛|闭上嘴|合上嘴|嘴巴闭上|面无表情|smiling|"
    "expression|neutral expression|open the eyes|close mouth|close his mouth|close her mouth",
    Kind.GLASSES: (
        "去眼镜|摘掉眼镜|摘下眼镜|眼镜反光|反光|眼镜|remove the glasses|take off the glasses|"
        "take off glasses|without glasses|reflections|reflection|glasses|eyeglasses"
    ),
    Kind.GENERATED_POSE: "正对镜头|看镜头|看向镜头|转正脸|转成正脸|侧脸转正|face the camera|"
    "look at the camera|turn the head to the front",
    Kind.GROUND: "背景颜色|背景色|背景|底色|底子|底|background colour|background color|background|"
    "backdrop|bg",
    Kind.GRADIENT_WORD: "渐变色|渐变|过渡|gradient",
    Kind.RADIAL: "中心|径向|radial|vignette",
    Kind.VERTICAL: "上下|竖直|垂直|从上到下|vertical|top to bottom",
    Kind.PRINT: "排版|排满|排列|排|冲印|冲洗|洗印|打印|相纸|拼版|印|sheet of paper|sheets|sheet|"
    "photo paper|layout|print out|printed|printing|print",
    Kind.CUT: (
        "裁剪线|裁切线|切割线|裁线|剪裁线|切线|裁剪标记|cut lines|cut line|cut marks|cut mark|"
        "crop marks|crop mark|cutting lines|cutting marks|trim marks"
    ),
    Kind.GAP: "间隙|间距|间隔|空隙|缝隙|缝|gaps|gap|spacing",
    Kind.DPI: "分辨率|resolution|dpi|ppi",
    Kind.WIDTH: "宽度|宽|width|wide|w",
    Kind.HEIGHT: "高度|高|长度|长|height|high|tall|h",
    Kind.ONLINE: "网上申请|网上|在线|online renewal|renewal|renew online|online",
    Kind.BRIGHTNESS: "曝光|exposure",
    Kind.CONTRAST: "反差",
    Kind.SHARPNESS: "锐度|清晰度|sharpness|sharpening|sharper|crisper",
}

# Words that change the meaning of others.
_GRAMMAR: Mapping[Kind, str] = {
    Kind.NEGATION: (
        "不要|不用|不需要|不必|不是|不想|不准|不许|不能|不可以|不可|不得|不|别|勿|无需|无须|无|"
        "没有|没|免|禁止|取消|关闭|don't want|don't|dont|do not want|do not|does not|doesn't|"
        "should not|must not|no need to|no|not|without|never|avoid|disable|off|skip"
    ),
    Kind.KEEP: (
        "保留|保持|留着|留下|留住|留|不动|不变|别动|不要动|keep|preserve|leave|retain|unchanged|"
        "as is"
    ),
    Kind.REMOVE: (
        "去掉|去除|除去|删掉|删除|清理|清除|消除|祛除|祛|去|摘掉|点掉|擦掉|抹掉|remove|delete|"
        "erase|clean up|get rid of|take away"
    ),
    Kind.CHANGE: (
        "换成|换为|换到|改成|改为|改到|变成|变为|设成|设为|弄成|做成|调成|p成|替换成|替换为|替换|"
        "更换为|更换成|更换|换|change|changed|changing|replace|replaced|swap|put|turn"
    ),
    Kind.FROM: "从|由|from",
    Kind.TO: "to a|to an|to|into",
    Kind.WITH: "with a|with|by",
    Kind.BUT: "但是|但要|但|不过|而是|只要|but|instead|rather|except",
    Kind.AND: (
        "或者|或|和|与|及|以及|还有|并且|并|加上|跟|同时|而且|&|+|and|as well as|plus|also|or"
    ),
    Kind.EACH: "各要一张|各要一份|各来一张|各来一份|各一张|各一份|各一|各要|各|每种一张|每种一份|"
    "每样一张|每种|分别|都要|one of each|one each|each of|each|both|respectively",
    Kind.UP: (
        "调高|提高|增加|增强|加强|加大|提升|升高|高一点|高一些|大幅提高|increase|increased|raise|"
        "raised|higher|more|boost|boosted|up"
    ),
    Kind.DOWN: (
        "调低|降低|减少|减弱|减小|减低|下降|低一点|低一些|弱化|减|decrease|decreased|reduce|"
        "reduced|lower|lowered|less|down"
    ),
    Kind.OWNER: "我的|他的|她的|本人的|my|his|her|their|your|our",
    Kind.FILLER: (
        "您好|你好|麻烦您|麻烦|拜托|请问|请您|请帮我|请帮忙|谢谢您|谢谢你|多谢|感谢|辛苦了|辛苦|"
        "老师|亲|我想要|我想|我需要|想要|需要|给我来|来一张|来|帮我把|帮我|一份|一个|吧|呢|啊|呀|"
        "哦|嘛|哈|啦|了|的|证件照片|证件照|寸照|相片|电子版|单人|正面|免冠|彩色|近期|半身|标准|"
        "普通|报名|申请|办理|考试|公司|入职|求职|简历|工作证|工牌|自拍|人像|resume|cv|"
        "application|profile|portrait|headshot|selfie|id photo|id picture|photograph|biometric|"
        "official|hello|hi|hey|dear|kindly|thank you very much|thank you|thx|cheers|i want|"
        "i would like|i'd like|i need|we need|can you|could you|would you|can i have|may i have|"
        "give me|make me|get me|for me|a|an|the|some|photos|pictures|picture|image|images|"
        "one photo|simply|only|x"
    ),
}

# Strengths: (words, how strong), before and after what they belong to.
_STRONG_BEFORE: Mapping[float, str] = {
    0.3: (
        "轻微|轻度|稍微|稍稍|稍|略微|略|微微|淡淡|浅浅|轻轻|轻|弱|低强度|slight|light|lightly|"
        "subtle|gentle|mild|soft|minimal"
    ),
    0.5: "适中|适度|适当|中等|中度|一般|正常|普通|medium|moderate|moderately|normal",
    0.8: "重度|强力|强烈|高强度|深度|大幅|明显|强|重|很|非常|特别|strong|strongly|heavy|heavily|"
    "intense|hard|very",
}  # fmt: skip
_STRONG_AFTER: Mapping[float, str] = {
    0.3: "一点点|一点|一丢丢|一些|些许|少许|a little bit|a little|a bit|a touch|slightly|somewhat",
    0.8: "强一点|强一些|重一点|重一些|明显一点|明显些|很多|a lot|very much",
}  # fmt: skip
_BRIGHTNESS: Mapping[int, str] = {
    1: "提亮|调亮|增亮|打亮|亮一点|亮一些|亮些|更亮|变亮|亮|brighter|brighten|lighter|lighten",
    -1: "调暗|压暗|暗一点|暗一些|暗些|更暗|变暗|暗|darker|darken|dimmer",
}
# On which side of its figure a relation stands.
_AT_MOST: Mapping[str, str] = {
    "before": (
        "不超过|不能超过|不要超过|不得超过|不可超过|不大于|不高于|不多于|小于等于|小于|低于|少于|"
        "最大不超过|最大|最多|上限|控制在|限制在|压缩到|压缩至|压到|at most|up to|under|below|"
        "less than|smaller than|no more than|not more than|no larger than|not larger than|"
        "not exceed|not exceeding|within|limit|<=|<"
    ),
    "after": "以内|以下|之内|内|or less|or smaller|or below",
    "either": "maximum|max",
}
_AT_LEAST: Mapping[str, str] = {
    "before": (
        "不少于|不小于|不低于|不能小于|不能低于|不能少于|不得小于|不得低于|大于等于|大于|高于|"
        "多于|超过|至少|最小|最少|下限|at least|over|above|more than|larger than|greater than|"
        "bigger than|no less than|not less than|no smaller than|not smaller than|>=|>"
    ),
    "after": "以上|起|or more|or larger|or above",
    "either": "minimum|min",
}
_ABOUT: Mapping[str, str] = {
    "before": (
        "正好|刚好|大约|大概|约|差不多|接近|exactly|about|around|approximately|approx|roughly|"
        "close to"
    ),
    "after": "左右|上下浮动|附近|or so",
}
_SIDES: Mapping[Kind, Mapping[str, str]] = {
    Kind.AT_MOST: _AT_MOST,
    Kind.AT_LEAST: _AT_LEAST,
    Kind.ABOUT: _ABOUT,
}

# Between a watermark's word and its text.
WATERMARK = "水印|watermark"
WATERMARK_LINKS = (
    "文字内容", "文字为", "文字是", "文字", "内容为", "内容是", "内容", "写上", "写着", "写", "为",
    "是", "with the text", "with text", "text", "that says", "that reads", "saying", "reading",
    "of", "with",
)  # fmt: skip

# Not ours, though a part of it looks like a wish: a white tooth is no white background.
_NOT_MEANT = (
    "黑白|灰度|灰阶|红眼|牙齿变白|牙齿美白|美白牙齿|白牙|牙齿|白平衡|绿卡|红润|白发|白头发|"
    "黑头发|黑发|黑框|black and white|b&w|grayscale|greyscale|red eyes|red eye|whiten teeth|"
    "whiten the teeth|teeth whitening|white balance|green card|monochrome"
)

# Beside something that was understood these say nothing more.
_CONTEXT = (
    "照片文件|图片|图像|文件大小|文件尺寸|文件|大小|尺寸|规格|照|相|像|格式|质量|画质|输出|"
    "保存为|保存|存为|导出|生成|制作|处理|修改|调整|调节|调到|调|设置|裁剪成|裁剪到|裁剪|剪裁|"
    "裁成|裁|头发边缘|头发|边缘|头像|镜头|脸|人物|人脸|面部|脸部|皮肤|肤色|五官|肩膀|身体|颜色|"
    "色调|色彩|色|强度|程度|力度|效果|比例|电子|纸质|版|要求|需求|用途|使用|用于|适用|适合|签发|"
    "社保|资料|把|将|给|用|以|为|是|在|到|至|由|于|对|按照|按|做|弄|搞|拍|改|加|带|再|就|都|也|"
    "还|又|只|仅|仅仅|整体|全部|所有|整个|整张|自然|真实|一点儿|一下|一些些|一版|一套|一身|一件|"
    "一条|件|套|条|张|份|个|中|里|上|下|后|前|间|每|之间|介于|范围|成|好|可以|能|会|应该|必须|"
    "务必|尽量|最好|纯色|素色|相片纸|纸张|纸|都行|都可以|preset|presets|solid colour|solid color|"
    "直接|只需|一起|统一|均|各自|先|首先|最后|其次|同样|所需|应|须|需为|保证|确保|符合|参照|版本|"
    "样式|类型|类|款|参数|数值|值|数|总|共|总共|一共|当|作|成为|希望|想|我们|我|你|您|他|她|它|"
    "这个|这张|这|那|其|有|所以|因为|如果|即可|即|等|分|字|请|要|帮|帮忙|留白|高度为|占|it|its|"
    "is|are|be|been|being|was|were|in|on|at|of|for|as|that|this|these|those|there|me|him|them|he|"
    "she|they|we|you|i|us|so|if|then|than|very|too|all|any|same|own|his own|her own|set|use|"
    "using|used|make|made|makes|making|get|have|has|had|give|take|do|does|done|let|want|wants|"
    "would|like|should|must|can|could|will|may|need|needs|needed|please|just|crop|cropped|"
    "cropping|resize|resized|size|sized|file|files|file size|format|output|export|save|saved|"
    "convert|in size|person|people|skin|face|facial|hair|edges|edge|edited|photo|id|colour|color|"
    "coloured|colored|shade|tone|style|standard|regular|plain|solid|simple|clean|quality|"
    "strength|level of|intensity|degree|amount|between|inclusive|ratio|frame|height of|"
    "of the height|of height|of the frame|copies of|copy of|pieces of|paper|ones|one|version|"
    "versions|lines|and a|my own|image size|photo size|:|=|/|(|)|[|]|{|}|\\|'|.|·|-|_|~|…|^"
)


def _split(words: str) -> list[str]:
    return [word for word in words.split("|") if word]


def own_words() -> list[tuple[str, Kind, object]]:
    """Every word of these tables: what it looks like, what it is, and its value.

    Earlier rows win where a word stands twice.
    """
    rows: list[tuple[str, Kind, object]] = []
    rows += [(word, Kind.UNKNOWN, None) for word in _split(_NOT_MEANT)]
    for table in (_ASKED, _GRAMMAR):
        for kind, words in table.items():
            value = 0 if kind is Kind.BRIGHTNESS else None
            rows += [(word, kind, value) for word in _split(words)]
    valued: list[tuple[Kind, Mapping[Any, str]]] = [
        (Kind.STRONG_AFTER, _STRONG_AFTER),
        (Kind.STRONG_BEFORE, _STRONG_BEFORE),
        (Kind.BRIGHTNESS, _BRIGHTNESS),
        *_SIDES.items(),
    ]
    for kind, by_value in valued:
        for own, words in by_value.items():
            rows += [(word, kind, own) for word in _split(words)]
    rows += [(word, Kind.FORMAT, "jpg") for word in ("jpg", "jpeg", ".jpg", ".jpeg")]
    rows += [(word, Kind.FORMAT, "png") for word in ("png", ".png")]
    rows += [(word, Kind.CONTEXT, None) for word in _split(_CONTEXT)]
    rows += [(word, Kind.BREAK, None) for word in ("然后", "接着", "and then", "|")]
    return rows


DOCUMENT_WORDS: Mapping[str, tuple[str, ...]] = {
    "passport": ("护照", "passports", "passport"),
    "visa": ("签证", "签", "visas", "visa"),
    "driving_licence": (
        "驾驶证", "驾照", "driving licence", "driving license", "driver's license",
        "driver's licence", "drivers license", "driver license",
    ),
    "id_card": ("身份证", "id card", "identity card"),
    "residence": ("居住证", "居留证", "residence permit", "residence card"),
}  # fmt: skip

# Members of the Schengen area among the countries of the data: their visa is one.
SCHENGEN = frozenset({"DE", "FR", "IT", "NL", "ES", "PL", "CH"})
