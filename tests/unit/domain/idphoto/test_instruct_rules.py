"""The rules of the instruction language, one sentence after the other."""

from __future__ import annotations

import pytest

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto.instruct import Parsed, parse

WHITE = {"mode": "solid", "color": "white"}
BLUE = {"mode": "solid", "color": "id_blue"}
RED = {"mode": "solid", "color": "red"}


def read(text: str) -> Parsed:
    return parse(text, book())


def slots(text: str) -> dict[str, object]:
    return read(text).slots.as_json()


def sizes(text: str) -> object:
    return slots(text).get("sizes")


@pytest.mark.parametrize(
    ("text", "preset", "is_ambiguous"),
    [
        ("护照照片", "cn_passport", True),
        ("passport photo", "icao_35x45", True),
        ("visa photo", "icao_35x45", True),
        ("签证照", "cn_visa", True),
        ("護照照片", "cn_passport", True),
        ("三寸", "cn_3in", True),
        ("two-inch", "cn_2in", True),
        ("2inch", "cn_2in", True),
        ("2英寸", "cn_2in", True),
        ("一寸", "cn_1in", False),
        ("１寸", "cn_1in", False),
        ("ONE INCH", "cn_1in", False),
        ("2x2 inch", "square_2in", False),
        ("2×2英寸", "square_2in", False),
        ("中国护照", "cn_passport", False),
        ("passport photo for the UK", "uk_passport", False),
        ("passport photo for Spain", "es_id", False),
        ("French passport", "fr_passport", False),
        ("美签", "us_visa", False),
        ("中国驾照", "cn_driving_licence", False),
        ("日本驾照", "jp_driving_licence", False),
        ("俄罗斯签证照片", "ru_passport", False),
        ("驾照,美国签证", "us_visa", False),
        # One visa for the whole area: taken, and told.
        ("德国签证", "schengen_visa", True),
        ("us passport photo", "us_passport", False),
        ("us passport photo for online renewal", "us_passport_online", False),
        ("cn_visa", "cn_visa", False),
        # An ambiguous word loses against another name.
        ("美国签证照片,2寸", "us_visa", False),
        ("护照,一寸", "cn_1in", False),
        ("护照小二寸", "cn_passport", True),
        # The frame of a document is part of it.
        ("国考一寸照片", "cn_civil_service", False),
        ("us visa 2x2 inch", "us_visa", False),
        ("一寸 (25x35mm)", "cn_1in", False),
        ("身份证(358×441)", "cn_id_card", False),
        ("中国签证,3.3x4.8cm", "cn_visa", False),
        # What it is called tonight.
        ("不是一寸是二寸", "cn_2in", True),
        ("一寸改成小一寸", "cn_small_1in", False),
    ],
)  # fmt: skip
def test_a_name_is_a_preset(text: str, preset: str, is_ambiguous: bool) -> None:
    found = read(text)
    keys = [size.preset for size in found.slots.sizes]
    # 驾照,美国签证 names two documents, one of them without a country.
    assert preset in keys if "驾照,美国" in text else keys == [preset]
    assert ("ambiguous_size" in found.warnings) is is_ambiguous


@pytest.mark.parametrize(
    "text", ["uk visa", "十二寸", "1.5寸", "16寸", "法国驾照", "identity card for Brazil"]
)
def test_a_document_without_a_rule_is_not_guessed(text: str) -> None:
    found = read(text)
    assert found.slots.is_empty
    assert found.unparsed == (text,)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("35x45mm", {"width_mm": 35, "height_mm": 45}),
        ("35mm x 45mm", {"width_mm": 35, "height_mm": 45}),
        ("35mmx45mm", {"width_mm": 35, "height_mm": 45}),
        ("35毫米*45毫米", {"width_mm": 35, "height_mm": 45}),
        ("3.5✕4.5 cm", {"width_mm": 35, "height_mm": 45}),
        ("3.5乘4.5厘米", {"width_mm": 35, "height_mm": 45}),
        ("35 by 45 mm", {"width_mm": 35, "height_mm": 45}),
        ("30x40", {"width_mm": 30, "height_mm": 40}),
        ("80x80", {"width_mm": 80, "height_mm": 80}),
        ("81x90", {"width_px": 81, "height_px": 90}),
        ("30x40 in white", {"width_mm": 30, "height_mm": 40}),
        ("2x3 inch", {"width_mm": 50.8, "height_mm": 76.2}),
        ("413X531像素", {"width_px": 413, "height_px": 531}),
        ("高48mm×宽33mm", {"width_mm": 33, "height_mm": 48}),
        ("宽33高48毫米", {"width_mm": 33, "height_mm": 48}),
        ("33 mm wide, 48 mm high", {"width_mm": 33, "height_mm": 48}),
        ("width 35mm height 45mm", {"width_mm": 35, "height_mm": 45}),
        ("宽295像素,高413像素", {"width_px": 295, "height_px": 413}),
        ("35x45mm,413x531px", {"width_mm": 35, "height_mm": 45}),
    ],
)
def test_figures_are_a_frame(text: str, size: dict[str, float]) -> None:
    assert sizes(text) == [size]
    assert read(text).unparsed == ()


@pytest.mark.parametrize("text", ["2x2", "3x4", "9000x9000mm", "20x20px", "1x2x3cm", "35.5x45px"])
def test_figures_that_nobody_can_mean_are_handed_back(text: str) -> None:
    found = read(text)
    assert found.slots.is_empty
    assert "unparsed_text" in found.warnings


def test_figures_beside_a_preset_replace_its_frame_and_that_is_told() -> None:
    found = read("身份证照片 400x500px")
    assert found.slots.as_json()["sizes"] == [{"width_px": 400, "height_px": 500}]
    (warned,) = found.warned
    assert warned.caution.value == "size_overridden"
    assert warned.facts == {"preset": "cn_id_card", "used": "400x500px"}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("一寸和二寸", ["cn_1in", "cn_2in"]),
        ("一寸、二寸、小一寸", ["cn_1in", "cn_2in", "cn_small_1in"]),
        ("one inch and two inch", ["cn_1in", "cn_2in"]),
        ("一寸及护照各一张", ["cn_1in", "cn_passport"]),
        ("一寸,一寸", ["cn_1in"]),
    ],
)
def test_several_sizes_are_a_list(text: str, keys: list[str]) -> None:
    assert [size.preset for size in read(text).slots.sizes] == keys


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("白底", WHITE),
        ("背景换白", WHITE),
        ("背景:白色", WHITE),
        ("pure white backdrop", WHITE),
        ("one inch, white", WHITE),
        ("换个蓝色背景", BLUE),
        ("改红底", RED),
        ("浅蓝色背景", {"mode": "solid", "color": "light_blue"}),
        ("light-blue bg", {"mode": "solid", "color": "light_blue"}),
        ("米色底", {"mode": "solid", "color": "cream"}),
        ("背景#fff", {"mode": "solid", "rgb": [255, 255, 255]}),
        ("背景 438EDB", {"mode": "solid", "rgb": [67, 142, 219]}),
        ("rgb(67,142,219)", {"mode": "solid", "rgb": [67, 142, 219]}),
        ("背景67，142，219", {"mode": "solid", "rgb": [67, 142, 219]}),
        ("蓝色背景(#438EDB)", {"mode": "solid", "rgb": [67, 142, 219]}),
        ("白底换成蓝底", BLUE),
        ("从白色换成蓝色", BLUE),
        ("change the background from white to blue", BLUE),
        ("replace the white background with blue", BLUE),
        ("不是蓝底,是白底", WHITE),
        ("不要蓝底要白底", WHITE),
        ("不要蓝底和红底,要白底", WHITE),
        ("not blue but white background", WHITE),
        ("美白一点,红底", RED),
        ("whiten a little, red background", RED),
        ("黑色西装,白底", WHITE),
        ("浅灰渐变", {"mode": "gradient", "gradient": "light_grey_vertical"}),
        ("灰色渐变背景", {"mode": "gradient", "gradient": "grey_vertical"}),
        ("红渐变", {"mode": "gradient", "gradient": "red_white_vertical"}),
        ("中心渐变蓝", {"mode": "gradient", "gradient": "blue_white_radial"}),
        ("蓝色径向渐变", {"mode": "gradient", "gradient": "blue_white_radial"}),
        ("radial grey gradient", {"mode": "gradient", "gradient": "grey_radial"}),
        ("从蓝到白的渐变背景", {"mode": "gradient", "gradient": "blue_white_vertical"}),
        ("american style background", {"mode": "gradient", "gradient": "studio_dark_radial"}),
        ("抠图", {"mode": "transparent"}),
        ("remove the background", {"mode": "transparent"}),
        ("不要换背景", {"mode": "keep"}),
        ("don't change the background", {"mode": "keep"}),
    ],
)
def test_words_for_a_background(text: str, ground: dict[str, object]) -> None:
    assert slots(text).get("background") == ground
    assert read(text).unparsed == ()


@pytest.mark.parametrize(
    "text",
    [
        "绿色渐变", "渐变背景", "从白到蓝的渐变", "不要白底", "黑白照片", "牙齿美白", "white teeth",
        "my car is red", "白墙背景", "背景300,20,20", "去掉背景里的人", "napkin white", "脸红一点",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_background_is_none(text: str) -> None:
    assert "background" not in slots(text)
    assert read(text).unparsed == (text,)


def test_a_bare_blue_is_the_blue_that_the_preset_knows() -> None:
    found = read("学历照片,蓝底")
    assert found.slots.as_json()["background"] == {"mode": "solid", "color": "light_blue"}
    assert found.warnings == ("colour_substituted",)
    assert slots("国考,蓝底")["background"] == BLUE
    assert slots("学历照片,标准蓝")["background"] == BLUE


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("一寸白底、二寸红底各要一张", [("cn_1in", "white"), ("cn_2in", "red")]),
        ("1寸白底,2寸红底", [("cn_1in", "white"), ("cn_2in", "red")]),
        ("白底一寸,红底二寸", [("cn_1in", "white"), ("cn_2in", "red")]),
        ("white 1 inch and blue 2 inch", [("cn_1in", "white"), ("cn_2in", "id_blue")]),
        ("一寸白底和蓝底各一张", [("cn_1in", "white"), ("cn_1in", "id_blue")]),
        ("白底、蓝底、红底各一张,一寸",
         [("cn_1in", "white"), ("cn_1in", "id_blue"), ("cn_1in", "red")]),
    ],
)  # fmt: skip
def test_results_that_differ_in_more_than_size(text: str, outputs: list[tuple[str, str]]) -> None:
    found = slots(text)
    assert found["outputs"] == [
        {"sizes": [{"preset": key}], "background": {"mode": "solid", "color": colour}}
        for key, colour in outputs
    ]
    assert "sizes" not in found
    assert "background" not in found


def test_of_two_backgrounds_for_one_result_the_last_holds_and_that_is_told() -> None:
    found = read("白底,蓝底一寸")
    assert found.slots.as_json()["background"] == BLUE
    assert found.warnings == ("conflicting_values",)


@pytest.mark.parametrize(
    ("text", "retouch"),
    [
        ("磨皮", {"smooth": 0.5}),
        ("轻微磨皮", {"smooth": 0.3}),
        ("磨皮强度适中", {"smooth": 0.5}),
        ("重度磨皮,明显美白", {"smooth": 0.8, "whiten": 0.8}),
        ("strong skin smoothing", {"smooth": 0.8}),
        ("a little skin smoothing", {"smooth": 0.3}),
        ("磨皮3级,美白7/10", {"smooth": 0.3, "whiten": 0.7}),
        ("磨皮四级", {"smooth": 0.4}),
        ("20%美白50%磨皮", {"smooth": 0.5, "whiten": 0.2}),
        ("磨皮0.3", {"smooth": 0.3}),
        ("轻微磨皮美白", {"smooth": 0.3, "whiten": 0.3}),
        ("不要磨皮和美白", {"smooth": 0, "whiten": 0}),
        ("不要磨皮,但要美白一点", {"smooth": 0, "whiten": 0.3}),
        ("去掉磨皮", {"smooth": 0}),
        ("不要美颜", {"smooth": 0, "whiten": 0}),
        ("不修图", {"smooth": 0, "whiten": 0}),
        ("no beauty filter", {"smooth": 0, "whiten": 0}),
        ("without retouching", {"smooth": 0, "whiten": 0}),
        ("don't smooth the skin", {"smooth": 0}),
        ("皮肤稍微白一点", {"whiten": 0.3}),
        ("磨皮百分之三十", {"smooth": 0.3}),
        ("祛痘,保留痣", {"blemish": "remove", "moles": "keep"}),
        ("去掉痘印", {"blemish": "remove"}),
        ("保留痘印", {"blemish": "keep"}),
        ("把痘痘去掉", {"blemish": "remove"}),
        ("remove the mole", {"moles": "remove"}),
        ("不要去痣", {"moles": "keep"}),
        ("preserve texture", {"keep_texture": True}),
    ],
)
def test_cosmetics(text: str, retouch: dict[str, object]) -> None:
    assert slots(text) == {"retouch": retouch}
    assert read(text).unparsed == ()


@pytest.mark.parametrize(
    ("text", "adjust"),
    [
        ("亮度+10%", {"brightness": 0.1}),
        ("亮度提高20%,对比度降低10%", {"brightness": 0.2, "contrast": -0.1}),
        ("提高亮度降低对比度", {"brightness": 0.5, "contrast": -0.5}),
        ("亮度提高对比度降低", {"brightness": 0.5, "contrast": -0.5}),
        ("亮一点", {"brightness": 0.3}),
        ("调暗一点,饱和度降低一点", {"brightness": -0.3, "saturation": -0.3}),
        ("slightly darker", {"brightness": -0.3}),
        ("a bit sharper", {"sharpness": 0.3}),
        ("锐化,清晰一点", {"sharpness": 0.3}),
        ("不要调亮", {"brightness": 0}),
    ],
)
def test_tones(text: str, adjust: dict[str, float]) -> None:
    assert slots(text)["adjust"] == adjust


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("不超过240KB", {"max_kb": 240}),
        ("30K以内", {"max_kb": 30}),
        ("控制在100KB以内", {"max_kb": 100}),
        ("at most 200 kb", {"max_kb": 200}),
        ("no more than 240 KB", {"max_kb": 240}),
        ("200kb max", {"max_kb": 200}),
        ("最大2M", {"max_kb": 2048}),
        ("1.5MB以下", {"max_kb": 1536}),
        ("1,024KB以内", {"max_kb": 1024}),
        ("八十K以内", {"max_kb": 80}),
        ("至少20KB", {"min_kb": 20}),
        ("50KB以上", {"min_kb": 50}),
        ("不少于20KB不超过50KB", {"min_kb": 20, "max_kb": 50}),
        ("20KB以上50KB以下", {"min_kb": 20, "max_kb": 50}),
        ("at least 50kb, under 1 mb", {"min_kb": 50, "max_kb": 1024}),
        ("２０－５０ＫＢ", {"min_kb": 20, "max_kb": 50}),
        ("20K至50K之间", {"min_kb": 20, "max_kb": 50}),
        ("50kb-20kb", {"min_kb": 20, "max_kb": 50}),
        ("between 20 and 50 kb", {"min_kb": 20, "max_kb": 50}),
        ("两百KB左右", {"target_kb": 200}),
        ("about 100k", {"target_kb": 100}),
        ("100KB", {"target_kb": 100}),
        ("分辨率300", {"dpi": 300}),
        ("分辨率300dpi", {"dpi": 300}),
        ("dpi:600", {"dpi": 600}),
        ("JPEG格式", {"format": "jpg"}),
        ("png", {"format": "png"}),
    ],
)
def test_files(text: str, file: dict[str, object]) -> None:
    assert slots(text) == {"file": file}
    assert read(text).unparsed == ()


def test_a_file_that_must_be_larger_than_it_may_be_is_told() -> None:
    assert "conflicting_values" in read("最小50kb最大20kb").warnings


@pytest.mark.parametrize(
    "text", ["99999dpi", "磨皮150%", "0KB", "9999999KB", "A4排9999张", "间隙900mm", "头部占99%"]
)
def test_a_figure_out_of_range_is_not_used_but_told(text: str) -> None:
    found = read(text)
    assert "value_out_of_range" in found.warnings
    assert found.unparsed


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("6寸相纸", {"paper": "6in"}),
        ("5R layout", {"paper": "7in"}),
        ("4 x 6 sheet", {"paper": "4x6in"}),
        ("print 8 copies on A4", {"paper": "a4", "copies": 8}),
        ("排版5寸,8张,不留间隙", {"paper": "5in", "copies": 8, "gap_mm": 0}),
        ("排一张6寸,要裁剪线", {"paper": "6in", "cut_lines": True}),
        ("A4,no cut lines, gap 2 mm", {"paper": "a4", "cut_lines": False, "gap_mm": 2}),
        ("A4,间距1毫米", {"paper": "a4", "gap_mm": 1}),
        ("排十张", {"copies": 10}),
    ],
)
def test_print_sheets(text: str, wish: dict[str, object]) -> None:
    assert slots(text) == {"print": wish}
    assert read(text).unparsed == ()


def test_copies_without_a_sheet_and_sheets_beyond_one_are_handed_back() -> None:
    assert read("8张一寸照").unparsed == ("8张",)
    assert read("两张6寸").unparsed == ("两张",)


@pytest.mark.parametrize(
    ("text", "op", "to"),
    [
        ("换成黑色西装白衬衫", "clothes", "黑色西装白衬衫"),
        ("把衣服换成黑色西装", "clothes", "黑色西装"),
        ("put her in a Black blazer", "clothes", "Black blazer"),
        ("suit and tie", "clothes", "suit and tie"),
        ("換正裝", "clothes", "正裝"),
        ("换衣服", "clothes", "换衣服"),
        ("换成短发", "hair", "短发"),
        ("染成棕色头发", "hair", "染成棕色头发"),
        ("微笑一点", "expression", "微笑一点"),
        ("close the mouth", "expression", "close the mouth"),
        ("去掉眼镜", "glasses", "去掉眼镜"),
        ("眼镜去掉", "glasses", "眼镜去掉"),
        ("no glasses", "glasses", "no glasses"),
        ("remove glare", "glasses", "remove glare"),
        ("look at the camera", "pose", "look at the camera"),
    ],
)
def test_what_must_be_made_up_is_kept_in_the_words_as_written(text: str, op: str, to: str) -> None:
    found = read(text)
    assert found.slots.as_json() == {"generative": [{"op": op, "to": to}]}
    assert found.warnings == ("needs_generative_engine",)
    assert found.unparsed == ()


@pytest.mark.parametrize(
    "text",
    ["不换衣服", "no suit", "别换发型", "保留眼镜", "不要去掉眼镜", "keep my suit", "不要笑"],
)
def test_a_request_for_content_can_be_called_off(text: str) -> None:
    found = read(f"{text},一寸")
    assert found.slots.as_json() == {"sizes": [{"preset": "cn_1in"}]}
    assert found.warnings == ()


def test_a_later_word_calls_off_an_earlier_request() -> None:
    assert slots("换成西装。算了,不要换衣服,一寸") == {"sizes": [{"preset": "cn_1in"}]}


def test_a_mention_is_no_request() -> None:
    found = read("my shirt is blue, white background")
    assert found.slots.as_json() == {"background": WHITE}
    assert found.unparsed == ("my shirt is blue",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("加水印“仅供入职使用”", "仅供入职使用"),
        ("水印:内部资料", "内部资料"),
        ("加水印 仅供办理签证使用", "仅供办理签证使用"),
        ('watermark "For Visa, only; 2x2 INCH"', "For Visa, only; 2x2 INCH"),
        ("加“样张”水印", "样张"),
        ("add “Sample” as a watermark", "Sample"),
        ("水印文字为「禁止外传」", "禁止外传"),
        ("水印:不要磨皮", "不要磨皮"),
        ("不要水印", ""),
    ],
)
def test_a_watermark_is_taken_word_for_word(text: str, said: str) -> None:
    assert slots(text) == {"watermark": {"text": said}}


@pytest.mark.parametrize(
    ("text", "part", "wish"),
    [
        ("保留碎发", "matting", {"hair_detail": True}),
        ("keep fine hair", "matting", {"hair_detail": True}),
        ("去碎发", "matting", {"stray_hair": "remove"}),
        ("不要去掉碎发", "matting", {"stray_hair": "keep"}),
        ("把头摆正,左右翻转", "pose", {"level": True, "flip": True}),
        ("不要镜像", "pose", {"flip": False}),
        ("头部占70%", "head", {"height_ratio": 0.7}),
        ("head height 32 mm, top margin 3mm", "head", {"height_mm": 32, "top_margin_mm": 3}),
        ("头顶留白10%", "head", {"top_margin_ratio": 0.1}),
        ("头顶距离2cm", "head", {"top_margin_mm": 20}),
        ("make the head smaller", "head", {"scale": "smaller"}),
    ],
)
def test_hair_pose_and_head(text: str, part: str, wish: dict[str, object]) -> None:
    assert slots(text) == {part: wish}


@pytest.mark.parametrize(
    ("text", "unparsed"),
    [
        ("白底一寸顺便写一首诗", ["顺便写一首诗"]),
        ("one inch because the form says so", ["because the form says so"]),
        ("帮我把照片背景换成白色,人像居中", ["人像居中"]),
        ("去除阴影,白底", ["去除阴影"]),
        ("瘦脸,然后一寸", ["瘦脸"]),
        ("请,谢谢,please", []),
        ("1.白底 2.一寸 3.不超过50K", []),
        ("①白底②一寸", []),
        ("🙂蓝底一寸🙂", []),
    ],
)
def test_what_is_not_understood_is_handed_back_word_for_word(
    text: str, unparsed: list[str]
) -> None:
    assert list(read(text).unparsed) == unparsed


def test_politeness_is_no_wish() -> None:
    found = read(
        "Could you please make me a 2x2 inch photo with a plain white background? Thank you!"
    )
    assert found.slots.as_json() == {"sizes": [{"preset": "square_2in"}], "background": WHITE}
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("美国签证照,蓝底", "background_not_allowed"),
        ("身份证,透明底", "background_not_allowed"),
        ("cn_passport, #EEEEEE background", "background_not_allowed"),
        ("us passport, whiten a little", "retouch_forbidden"),
        ("学历照片,水平翻转", "retouch_forbidden"),
        ("us passport, brighter", "retouch_forbidden"),
        ("身份证,点掉痣", "retouch_restricted"),
    ],
)
def test_what_a_preset_refuses_is_told_and_not_changed(text: str, warning: str) -> None:
    assert warning in read(text).warnings


@pytest.mark.parametrize(
    "text", ["一寸,浅灰渐变", "us passport, no retouching", "身份证,磨皮", "美国签证,不换背景",
             "身份证,#FFFFFF背景"],
)  # fmt: skip
def test_what_a_preset_takes_is_not_warned_about(text: str) -> None:
    assert read(text).warnings == ()
