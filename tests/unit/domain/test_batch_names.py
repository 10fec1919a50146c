"""Names of a batch's results."""

from __future__ import annotations

import re

import pytest

from daemon.domain.batch_names import DEFAULT_NAMES, NAMES_PATTERN, result_stem
from daemon.domain.manifest import Entry

ZHANG = Entry(7, "1001", "张三", preset="cn_1in", background="white")


@pytest.mark.parametrize(
    ("template", "entry", "stem"),
    [
        (DEFAULT_NAMES, ZHANG, "1001_张三_cn_1in"),
        ("{employee_id}_{name}_{preset}.jpg", ZHANG, "1001_张三_cn_1in"),
        ("{line}-{name} ({background})", ZHANG, "7-张三 (white)"),
        ("{file}", ZHANG, "IMG 1"),
        (DEFAULT_NAMES, Entry(2, name="李四"), "李四_us_2x2"),
        ("{employee_id}__{name}", Entry(2, "1002"), "1002"),
        ("{employee_id}", Entry(2, name="李四"), "IMG 1"),
        ("{name}", Entry(2, name="../a/b\0\\c"), "_a_b _c"),
        ("{name}", Entry(2, name="..."), "IMG 1"),
    ],
)
def test_a_template_is_filled_and_empty_fields_leave_no_gap(template, entry, stem):
    assert result_stem(template, entry, "sub/IMG 1.jpg", "us_2x2") == stem


@pytest.mark.parametrize("template", [DEFAULT_NAMES, "{line}", "a {name}.jpg"])
def test_these_templates_are_taken(template):
    assert re.search(NAMES_PATTERN, template)


@pytest.mark.parametrize(
    "template",
    ["", "photo", "{naem}", "{name", "name}", "{name!r}", "{name:>9}", "{name.upper}", "a/{name}"],
)
def test_these_templates_are_refused(template):
    assert not re.search(NAMES_PATTERN, template)
