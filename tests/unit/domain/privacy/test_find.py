"""What a page is rid of: splits, contexts, profiles, switches, and that no value gets out."""

from __future__ import annotations

import logging
import math

import pytest

from daemon.catalogue.privacy import book, policy_of
from daemon.config.privacy import Masking, OwnType
from daemon.domain.privacy.find import Finder, find, tag_of
from daemon.domain.privacy.page import Finding, Line, Page, Quad, Reason, Verdict
from tests.privacy_truth import TRUTH, Reading, covered, samples
from tests.unit.domain.privacy.pages import line, page, placed, shown

CARD = "6299991234567896"
RESIDENT = "110199199003071239"


def _find(sheet: Page, profile: str = "personal", over: Masking | None = None) -> list[Finding]:
    return list(Finder(book(), policy_of(book(), profile, over), b"key").find(sheet))


def _shown(sheet: Page, profile: str = "personal", over: Masking | None = None) -> list[str]:
    return [text.strip() for text in shown(sheet, _find(sheet, profile, over))]


# --- split numbers -----------------------------------------------------------------------


def test_a_number_split_over_two_boxes_is_one() -> None:
    sheet = placed(line("卡号：62999912", 100, 100), line("34567896 转入", 255, 103))
    (found,) = _find(sheet)
    assert found.entity == "bank_card"
    assert found.checked
    assert [piece.line for piece in found.pieces] == [0, 1]
    assert _shown(sheet) == ["卡号：", "转入"]


def test_boxes_further_apart_are_two_texts() -> None:
    sheet = placed(line("62999912", 100, 100), line("34567896", 300, 100))
    assert _find(sheet) == []


def test_a_number_wrapped_at_the_right_margin_is_one() -> None:
    sheet = page("请将本合同项下的全部款项汇入下列账户6299991234", "567896，并注明用途。")
    assert _shown(sheet) == ["请将本合同项下的全部款项汇入下列账户", "，并注明用途。"]


@pytest.mark.parametrize("profile", ["personal", "all_digits"])
def test_a_short_end_of_a_wrapped_number_does_not_stay(profile: str) -> None:
    sheet = page("请与经办人联系，他的手机号码是全天开通的138000001", "23，节假日除外。")
    assert _shown(sheet, profile)[1] == "，节假日除外。"


def test_a_wrapped_address_of_mail_is_one() -> None:
    sheet = page("Please send your documents to zhang.wei@exam", "ple.com and wait.")
    assert _shown(sheet) == ["Please send your documents to", "and wait."]


def test_the_number_of_the_next_item_is_no_end_of_a_number() -> None:
    sheet = page("一、请与经办人联系，他的手机号码是全天开通的13800000123", "2、乙方应当按时付款。")
    assert _shown(sheet, "all_digits")[1] == "2、乙方应当按时付款。"


def test_one_digit_a_cell_is_one_number() -> None:
    cells = [line(digit, 100 + 45 * at, 100) for at, digit in enumerate(RESIDENT)]
    sheet = placed(*cells)
    (found,) = _find(sheet)
    assert (found.entity, found.checked, len(found.pieces)) == ("cn_resident_id", True, 18)


def test_groups_in_cells_are_one_number() -> None:
    cells = [line(CARD[at : at + 4], 100 + at * 22, 100) for at in range(0, 16, 4)]
    (found,) = _find(placed(*cells))
    assert found.entity == "bank_card"


def test_stacked_digits_are_one_number() -> None:
    sheet = placed(*(line(one, 100, 100 + 24 * at) for at, one in enumerate("13800000123")))
    (found,) = _find(sheet)
    assert found.entity == "cn_mobile"
    assert len(found.pieces) == 11


def test_the_numbers_of_rows_are_no_number_written_downwards() -> None:
    rows = [line(str(at), 100, 100 + 40 * at) for at in range(9)]
    assert _find(placed(*rows), "all_digits") == []


@pytest.mark.parametrize("turn", [0, 5, -12, 90, 180, 270, 94])
def test_direction_makes_no_difference(turn: float) -> None:
    sheet = _turned(
        placed(line("卡号：62999912", 100, 100), line("34567896 转入", 255, 103)),
        turn,
    )
    assert _shown(sheet) == ["卡号：", "转入"]


def _turned(sheet: Page, deg: float) -> Page:
    cos, sin = math.cos(math.radians(deg)), math.sin(math.radians(deg))

    def turned(one: Line) -> Line:
        a, b, c, d = (
            (600 + (x - 600) * cos - (y - 600) * sin, 600 + (x - 600) * sin + (y - 600) * cos)
            for x, y in one.quad.corners
        )
        return Line(one.text, Quad(a, b, c, d))

    return Page(tuple(map(turned, sheet.lines)), 1200, 1200)


# --- context -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "masked"),
    [
        ([("护照号 AB1234567", 100, 100)], True),
        ([("AB1234567", 100, 100)], False),
        ([("护 照 号", 100, 100), ("AB1234567", 400, 100)], True),  # the cell to the left
        ([("护照号/Passport No.", 100, 60), ("AB1234567", 100, 100)], True),  # above
        ([("护照号", 100, 60), ("AB1234567", 800, 100)], False),  # above, but elsewhere
        ([("AB1234567（护照）", 100, 100)], True),
        ([("AB1234567 护照", 100, 100)], False),
        ([("请务必在办理入住之前提供本人有效的护照", 100, 60), ("AB1234567。", 100, 100)], True),
    ],
)
def test_a_word_counts_where_it_reaches(
    lines: list[tuple[str, float, float]], masked: bool
) -> None:
    sheet = placed(*(line(*row) for row in lines))
    assert bool([one for one in _find(sheet) if one.masked]) is masked


def test_the_head_of_a_column_speaks_for_all_its_cells() -> None:
    cells = [line(f"AB123456{at}", 500, 140 + 40 * at) for at in range(8)]
    head = [line("姓名", 100, 100), line("护照号", 500, 100)]
    names = [line("张伟明", 100, 140 + 40 * at) for at in range(8)]
    sheet = placed(*head, *cells, *names)
    found = _find(sheet)
    assert len(found) == 8
    assert {one.reason for one in found} == {Reason.CONTEXT}


# --- profiles and settings ---------------------------------------------------------------


def test_all_digits_covers_dates_and_amounts_and_personal_leaves_them() -> None:
    sheet = page("2024年3月15日付 ¥268.00 及 12,800.00元，合同 HT2024000123")
    assert _shown(sheet, "all_digits") == ["付         及          元，合同"]
    left = _find(sheet)
    assert not any(one.masked for one in left)
    assert {"date", "amount"} <= {one.entity for one in left}


@pytest.mark.parametrize(
    "text",
    [
        "第 1 页 共 2 页",
        "本合同一式2份，甲乙双方各执1份",
        "每月5日前支付，加收0.5%",
        "500g 3 kg 5G",
    ],
)
def test_short_numbers_stay_under_every_profile(text: str) -> None:
    for profile in book().profiles:
        assert _shown(page(text), profile) == [text]


def test_units_and_what_follows_a_comma_are_no_part_of_a_number() -> None:
    assert _shown(page("验证码：123456，5分钟内有效"), "all_digits")[0].endswith("，5分钟内有效")
    assert _shown(page("面积：20.5㎡，约12.5m²"), "all_digits") == ["面积：20.5㎡，约12.5m²"]
    assert _shown(page("共 1,234,567 件"), "all_digits")[0].split() == ["共", "件"]


def test_nothing_is_left_beside_a_run() -> None:
    assert _shown(page("于 2025-12-12 14:32:07 止"), "all_digits") == ["于                     止"]
    assert _shown(page("编号 CL-7044339 止"), "all_digits")[0].split() == ["编号", "止"]
    assert _shown(page("号 4B11ABC123 止"), "all_digits")[0].split() == ["号", "止"]


def test_a_type_can_be_turned_off_and_on() -> None:
    sheet = page("客服 400-123-4567 或 192.0.2.10")
    off = Masking(types={"cn_landline": False, "ip_address": True})
    assert _shown(sheet, "personal", off)[0].split() == ["客服", "400-123-4567", "或"]
    assert _shown(sheet, "all_digits", off)[0].split()[:2] == ["客服", "400-123-4567"]


def test_a_type_turned_off_does_not_show_another_of_the_same_glyphs() -> None:
    sheet = page(f"账号 {CARD}")
    off = Masking(types={"bank_account": False})
    assert _shown(sheet, "personal", off) == ["账号"]


@pytest.mark.parametrize("written", ["400-123-4567", "4001234567", "400 1234 567"])
def test_the_companys_own_number_stays_however_it_is_grouped(written: str) -> None:
    over = Masking(allow=("400-123-4567",))
    sheet = page(f"客服 {written} 手机 13800000123")
    for profile in ("all_digits", "personal"):
        assert _shown(sheet, profile, over)[0].split() == ["客服", *written.split(), "手机"]
    found = _find(sheet, "personal", over)
    assert Verdict.ALLOWED in {one.verdict for one in found}


def test_an_own_number_inside_another_number_stays_covered() -> None:
    over = Masking(allow=("1990",))
    assert _shown(page("身份证 110199 1990 0307 1239"), "personal", over) == ["身份证"]


def test_the_last_four_stay_where_asked_for() -> None:
    over = Masking(keep_last_of={"bank_card": 4})
    sheet = page("卡号 6299 9912 3456 7896 手机 13800000123")
    assert _shown(sheet, "personal", over)[0].split() == ["卡号", "7896", "手机"]
    kept = next(one for one in _find(sheet, "personal", over) if one.kept)
    assert sum(piece.last - piece.first + 1 for piece in kept.kept) == 4


def test_no_number_keeps_more_than_it_loses() -> None:
    over = Masking(keep_last=4)
    assert _shown(page("尾数 1234567 止"), "all_digits", over)[0].split() == ["尾数", "止"]


def test_a_companys_own_type_and_listed_words_are_covered() -> None:
    over = Masking(
        words=("张 伟明", "Project Blue"),
        own_types={"staff": OwnType(pattern=r"YG\d{4}", words=("工号",), needs_word=True)},
    )
    sheet = page("型号 YG1234", "工号 YG1234 张伟 明 参与 project blue")
    assert _shown(sheet, "personal", over) == ["型号 YG1234", "工号             参与"]


def test_zones_are_covered_with_the_line_beside_that_lost_its_fillers() -> None:
    above = "P<UTOLI<<MINGMING<<<<<<<<<<<<<<<<<<<<<<<<<<<"
    below = "G629779877UT08005148F28O8015     0000000002  "[:44]
    sheet = page("签发机关 样例", above, below)
    assert _shown(sheet) == ["签发机关 样例", "", ""]


@pytest.mark.parametrize("filler", ["<<<<<<", ">>>>>>", "«««", "((((", "KKKKKKKK"])
def test_fillers_may_be_misread(filler: str) -> None:
    sheet = page(f"P<UTOSAMPLE{filler}JOHN{filler}QUENTIN{filler}{filler}")
    assert _shown(sheet) == [""]


def test_ordinary_capitals_and_brackets_are_no_zone() -> None:
    sheet = page(
        "ACME EXAMPLE INSURANCE LTD LONDON", "《民法典》《合同法》（甲方）（乙方）（丙方）"
    )
    assert _find(sheet) == []


# --- values stay inside ------------------------------------------------------------------


def test_no_value_shows_in_a_repr_an_error_or_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sheet = page(f"身份证号 {RESIDENT} 手机 13800000123 邮箱 wang@example.com")
    found = _find(sheet)
    written = f"{found!r} {found!s} {sheet!r} {sheet.lines[0]!r} {caplog.text}"
    for secret in (RESIDENT, "13800000123", "wang@example.com", "身份证号"):
        assert secret not in written
    with pytest.raises(ValueError, match="1 extents") as error:
        Line(RESIDENT, sheet.lines[0].quad, 1.0, ((0.0, 1.0),))
    assert RESIDENT not in str(error.value)


def test_a_tag_knows_a_value_again_and_needs_the_key() -> None:
    one, other = page("卡号 6299 9912 3456 7896"), page("卡号 6299-9912-3456-7896")
    policy = policy_of(book(), "personal")
    tags = [find(sheet, policy, book(), b"key")[0].tag for sheet in (one, other)]
    assert tags[0] == tags[1] == tag_of(b"key", CARD)
    assert len(tags[0]) == 64
    assert find(one, policy, book(), b"other key")[0].tag != tags[0]
    assert find(one, policy, book())[0].tag == ""


# --- the sample documents ------------------------------------------------------------------


@pytest.mark.skipif(not TRUTH.exists(), reason="../shared/privacy is not on this machine")
@pytest.mark.parametrize("reading", ["boxes", "rows"])
@pytest.mark.parametrize("profile", ["all_digits", "personal"])
def test_the_sample_documents_lose_every_secret_and_keep_their_words(
    profile: str, reading: Reading
) -> None:
    finder = Finder(book(), policy_of(book(), profile))
    wanted = {"sensitive", "numeric"} if profile == "all_digits" else {"sensitive"}
    shows, harmed, keep = [], 0, 0
    for sample in samples(reading):
        masked = covered(finder.find(sample.page))
        for span in sample.spans:
            glyphs = span.glyphs()
            if span.kind in wanted and glyphs - masked:
                shows.append((sample.name, span.type))
            elif span.kind == "keep":
                keep += 1
                harmed += len(glyphs & masked) > 0.1 * len(glyphs)
    assert shows == []
    assert harmed <= 0.03 * keep


# --- hostile text --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 5000,
        "1" * 10000,
        "11-" * 3000 + "x",
        "a-" * 5000,
        "a." * 2000 + "@" + "a." * 2000,
        "<" * 10000 + "a",
        "+1(" * 3000,
        "1,2:" * 3000,
        "2024年1月" * 1500,
        "1O1Z" * 2500,
        "账号" * 3000 + "1" * 3000,
        "\u200b" * 5000 + "①" * 5000,
        "京A" * 5000,
    ],
)
def test_no_text_takes_for_ever(text: str) -> None:
    """Each takes a fraction of a second; the suite's own time limit catches what grows by power."""
    for profile in ("all_digits", "personal"):
        assert _find(page(text), profile) is not None


def test_an_empty_page_has_nothing() -> None:
    assert _find(Page((), 10, 10)) == []
    assert _find(page("", " ", "\t")) == []


def test_a_line_without_extent_is_no_error() -> None:
    point = (5.0, 5.0)
    sheet = Page((Line(f"身份证 {RESIDENT}", Quad(point, point, point, point)),), 10, 10)
    assert _shown(sheet) == ["身份证"]
