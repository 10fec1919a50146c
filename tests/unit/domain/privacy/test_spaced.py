"""Numbers in combs and spaced groups, labelled ones with a digit lost, and rows of tables."""

from __future__ import annotations

import pytest

from daemon.catalogue.privacy import book, policy_of
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.glyphs import normalise
from daemon.domain.privacy.labelled import labelled
from daemon.domain.privacy.page import Page
from daemon.domain.privacy.spacing import closed_up
from tests.unit.domain.privacy.pages import line, page, placed, shown

RESIDENT = "110199199003071239"


def _left(sheet: Page, profile: str = "personal") -> list[str]:
    finder = Finder(book(), policy_of(book(), profile))
    return [text.strip() for text in shown(sheet, finder.find(sheet))]


@pytest.mark.parametrize("profile", ["personal", "all_digits"])
@pytest.mark.parametrize(
    "text",
    [
        "证件： " + " ".join(RESIDENT),
        "证件： 5101 9919 9607 1972 83",
        "证件： 1 1 01 9 9199 0 0307 1 2 39",
        "联系： 1 8 6 0 0 0 0 8 6 5 8",
        "证件： 3 1 0 1 9 9 1 9 8 8 0 8 1 8 0 1 1 X",
    ],
)
def test_a_number_with_blanks_in_it_is_covered_whole(text: str, profile: str) -> None:
    (left,) = _left(page(text), profile)
    assert left in {"证件：", "联系："}


def test_groups_in_boxes_of_their_own_are_one_number() -> None:
    sheet = placed(
        line("5101 9919", 100, 100), line("9607", 205, 100), line("1972", 262, 100),
        line("83", 320, 100),
    )  # fmt: skip
    assert _left(sheet) == ["", "", "", ""]


def test_a_row_of_counts_is_no_number() -> None:
    """A part of a run is none: only the whole of it may be one."""
    counts = "4 12 13 90000 12345 78 100"
    assert _left(page(counts)) == [counts]
    assert [one.text for one in closed_up(normalise("a 12 34 5 b"))] == ["12345"]
    assert list(closed_up(normalise("a 1 2 b"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "身份证号：1101991990030123",
        "纳税人识别号: 918100773BDFM0YF",
        "Phone: 5550 17",
        "账号 00412239",
        "电话：(05/1)48876370",
        "手机：186.0000/980",
    ],
)
def test_a_labelled_number_with_a_digit_lost_is_covered(text: str) -> None:
    (left,) = _left(page(text))
    assert not any(map(str.isdigit, left))


@pytest.mark.parametrize(
    "text", ["Card 4 of 2023", "手机 iPhone 15 Pro", "电话 会议 14:30", "护照 有效期 10 年"]
)
def test_a_count_after_a_label_stays(text: str) -> None:
    assert _left(page(text)) == [text]


def test_what_stands_between_a_label_and_its_number_is_short() -> None:
    finder = Finder(book(), policy_of(book(), "personal"))
    words = finder._words
    text = "电话……………………123456"
    assert list(labelled(text, words.mentions(text))) == []
    text = "电话：123456"
    assert [text[one.start : one.end] for one in labelled(text, words.mentions(text))] == ["123456"]


@pytest.mark.parametrize("profile", ["personal", "all_digits"])
def test_the_numbers_of_a_tables_rows_stay(profile: str) -> None:
    """A row's last cell does not go on in the next row's number."""
    lines = []
    for row in range(6):
        y = 100.0 + 30 * row
        lines += [
            line(str(row + 1), 100, y), line("李娜", 150, y), line("李娜", 215, y),
            line(f"0063249168{row}2293", 280, y),
        ]  # fmt: skip
    sheet = placed(line("订单号", 280, 70), *lines)
    assert _left(sheet, profile)[1::4] == ["1", "2", "3", "4", "5", "6"]


def test_a_number_goes_on_below_a_label_at_the_margin() -> None:
    sheet = page("请将本合同项下的全部款项汇入下列账户6299991234", "567896，并注明用途。")
    assert _left(sheet)[1] == "，并注明用途。"


@pytest.mark.parametrize("profile", ["personal", "all_digits"])
def test_a_comb_with_a_digit_that_was_not_seen_is_covered(profile: str) -> None:
    digits = "33019194705071418"  # one 9 of eighteen is missing
    cells = [line(digit, 100.0 + 27 * (at + (at > 4)), 100.0) for at, digit in enumerate(digits)]
    assert _left(placed(*cells), profile) == [""] * len(cells)
    assert _left(page(" ".join(digits)), profile) == [""]


@pytest.mark.parametrize("profile", ["personal", "all_digits"])
@pytest.mark.parametrize("pitch", [1.5, 1.9])
def test_a_comb_with_two_digits_beside_each_other_not_seen_is_covered(
    profile: str, pitch: float
) -> None:
    """The letters O of 659O99l95OO6274533, typed for zeros: six digits are left behind them."""
    digits = {at: one for at, one in enumerate("659O99l95OO6274533") if one != "O"}
    sheet = placed(*(line(one, 100 + 20 * pitch * at, 100.0) for at, one in digits.items()))
    assert _left(sheet, profile) == [""] * len(digits)


def test_what_stands_apart_from_a_comb_and_not_on_its_pitch_is_no_part_of_it() -> None:
    left = [line(one, 100.0 + 30 * at, 100.0) for at, one in enumerate("9273645")]
    for begin in (100.0 + 30 * 10, 100.0 + 30 * 8.5):
        right = [line(one, begin + 30 * at, 100.0) for at, one in enumerate("358")]
        assert _left(placed(*left, *right)) == [*"9273645358"]


def test_a_comb_may_hold_letters_for_digits() -> None:
    assert _left(page(" ".join("659O99l95OO6274533"))) == [""]
    words = "a b c d e f g h i"
    assert _left(page(words)) == [words]


def test_the_numbers_of_columns_are_no_comb() -> None:
    assert _left(page("1 2 3 4 5 6 7 8 9")) == ["1 2 3 4 5 6 7 8 9"]


@pytest.mark.parametrize("profile", ["personal", "all_digits"])
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("手机：186.0000.9800", "手机："),
        ("手机：186/0000/9800", "手机："),
        ("186·0000·9800", ""),
        ("卡号：5599.7275.3566.2898", "卡号："),
        ("手机：1、8、6、0、0、0、0、9、8、0、0", "手机："),
        ("加微信一八六〇〇〇〇九八〇〇", "加微信"),
        ("电话：壹捌陆零零零零玖捌零零", "电话："),
        ("手机 一八六-OOOO-九八〇〇", "手机"),
    ],
)
def test_a_number_written_unlike_any_pattern_is_covered_whole(
    text: str, left: str, profile: str
) -> None:
    assert _left(page(text), profile) == [left]


@pytest.mark.parametrize("profile", ["personal", "all_digits"])
@pytest.mark.parametrize(
    "text", ["Phone(312)555-0137", "call me138 0000 7544", "手机：(186) 0000_9800", "粵L·AN952"]
)
def test_a_blank_that_the_reader_lost_hides_no_number(text: str, profile: str) -> None:
    (left,) = _left(page(text), profile)
    assert sum(map(str.isdigit, left)) == 0


@pytest.mark.parametrize(
    "text",
    ["版本 10.20.30", "2026.11.22", "192.168.100.101", "1、2、3、4、5、6、7、8、9、10、11",
     "二〇二六年十一月", "一一一一一一一一一", "sha256 hash12"],
)  # fmt: skip
def test_what_has_marks_and_is_no_number_of_a_person_stays(text: str) -> None:
    assert _left(page(text)) == [text]


@pytest.mark.parametrize(
    "text", ["PassportNo. G6847708", "The tenant:PassportNo.G6847708", "Passport No. G684/708"]
)
def test_a_label_without_its_blank_is_one_still(text: str) -> None:
    (left,) = _left(page(text))
    assert not any(map(str.isdigit, left))


def test_a_word_between_a_label_and_its_number_stays() -> None:
    (left,) = _left(page("call me 199-0000-1479"))
    assert left == "call me"
