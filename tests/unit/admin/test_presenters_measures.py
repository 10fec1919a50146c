"""Measures made ready for a page: what could not be measured is one line."""

from __future__ import annotations

from admin.presenters_charts import reasons_chart
from admin.presenters_measures import failing_of, gate_of, self_checks
from admin.wording import WORDS
from daemon.domain.share import Share
from daemon.services.figures import Reason

SHARP = {"value": 0.1234567, "unit": "", "score": 0.5, "verdict": "fail"}
ROOM = {"value": 1.5, "unit": "eye distances", "score": None, "verdict": "pass"}
MISSING = {"value": None, "unit": "", "score": None, "verdict": "not_assessed"}
WIDTH = {"name": "width", "value": 290.0, "unit": "px", "low": 295, "high": 295, "verdict": "fail"}
BLOBS = {
    "name": "background_blobs", "value": 0.0004, "unit": "share", "low": None, "high": 0.0005,
    "verdict": "pass",
}  # fmt: skip


def test_what_was_not_assessed_is_one_line_and_why():
    gate = {"measures": dict.fromkeys(("sharpness", "noise", "of_later"), MISSING)}
    found = gate_of(gate, ["FACE_NOT_FOUND"], "en")

    assert found.measures == ()
    assert found.unassessed_told == "3 measures were not assessed: no face."
    assert found.unassessed == (
        ("sharpness", "sharpness"), ("noise", "noise"), ("of_later", "of_later"),
    )  # fmt: skip


def test_with_a_face_only_the_rest_is_told_apart():
    gate = {"measures": {"sharpness": SHARP, "left_margin": ROOM, "eyes_open": MISSING}}
    found = gate_of(gate, ["BLURRED"], "zh")

    assert [(row.label, row.value, row.band) for row in found.measures] == [
        ("清晰度", "0.1235", "不合格"), ("左侧留边", "1.5 倍眼距", "合格"),
    ]  # fmt: skip
    assert found.unassessed == (("eyes_open", "睁眼"),)
    assert found.unassessed_told == "1 项没有评估。"
    assert gate_of({"measures": {"sharpness": SHARP}}, [], "en").unassessed_told == ""
    assert gate_of({}, [], "en").measures == ()


def test_self_checks_are_a_table_for_each_file_and_sheet():
    made = {"label": "cn_1in", "rows": [WIDTH, BLOBS]}
    sheet = {"paper": "6in", "rows": [BLOBS | {"name": "sheet_stains", "unit": ""}]}
    file, paper = self_checks({"idphoto": {"results": [made], "sheets": [sheet]}}, "en")

    assert (file.title, file.is_failing) == ("Self-check of cn_1in (2 rows)", True)
    assert [(row.label, row.value, row.band) for row in file.rows] == [
        ("width", "290 px (295)", "fail"),
        ("something left behind the person", "0.04 % (0.05)", "pass"),
    ]
    assert (paper.rows[0].label, paper.is_failing) == ("stains", False)
    assert self_checks({"quality": {"measures": {"sharpness": SHARP}}}, "en") == ()


def test_what_did_not_pass_comes_from_the_gate_and_from_every_file():
    measures = {
        "quality": {"measures": {"sharpness": SHARP, "left_margin": ROOM, "noise": MISSING}},
        "idphoto": {"results": [{"label": "cn_1in", "rows": [WIDTH, BLOBS]}]},
        "odd": "text",
    }
    assert [row.name for row in failing_of(measures, "en")] == ["sharpness", "width"]
    assert [row.label for row in failing_of(measures, "zh")] == ["清晰度", "宽度"]


def test_bars_of_reasons_say_words_and_beneath_them_the_code():
    reasons = [_reason("FACE_NOT_FOUND", 7), _reason("OF_LATER", 1)]
    chart = reasons_chart(reasons, 0, WORDS["en"], "en")

    texts = [(label.text, label.is_small) for label in chart.labels]
    assert texts[:3] == [("No face was found", False), ("FACE_NOT_FOUND", True), ("7", False)]
    assert [name for name, _ in chart.rows] == ["No face was found", "OF_LATER"]
    assert chart.codes["No face was found"] == "FACE_NOT_FOUND"
    assert all(bar.x + bar.width < chart.width for bar in chart.bars)


def _reason(code: str, number: int) -> Reason:
    return Reason(code, number, number, Share(number, 10))
