"""Instructions in file names, and names of results, whatever strangers typed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto.instruct import parse
from daemon.domain.idphoto.naming import (
    FIELDS,
    MAX_BYTES,
    Fault,
    FileName,
    Template,
    TemplateError,
    taken_apart,
)

# ── an instruction in a file's name ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "stem", "instruction"),
    [
        ("张三【一寸白底】.jpg", "张三", "一寸白底"),
        ("zhang [cn_1in white].jpg", "zhang", "cn_1in white"),
        ("张三［红底］.png", "张三", "红底"),
        ("张三〔红底〕二.png", "张三 二", "红底"),
        ("张三【一寸]", "张三", "一寸"),
        ("1001_张三【一寸】【白底】 (2).jpeg", "1001_张三 (2)", "一寸,白底"),
        ("【一寸.30KB以内】李四.JPG", "李四", "一寸.30KB以内"),
        ("【一寸】.png", "一寸", "一寸"),
        ("IMG_0001 (2).jpg", "IMG_0001 (2)", ""),
        ("a【b.jpg", "a【b", ""),
        ("x[].jpg", "x", ""),
        ("a[b[c]d].jpg", "a b d", "c"),
        ("v1.2 [white].heic", "v1.2", "white"),
        ("", "", ""),
    ],
)
def test_an_instruction_is_found_in_brackets(name: str, stem: str, instruction: str) -> None:
    assert taken_apart(name) == FileName(stem, instruction)
    assert taken_apart(name.encode()) == FileName(stem, instruction)


def test_names_of_old_archives_are_read() -> None:
    assert taken_apart("张三【红底】.jpg".encode("gb18030")) == FileName("张三", "红底")


def test_what_is_found_is_read_as_an_instruction() -> None:
    read = parse(taken_apart("zhang [cn_1in white].jpg").instruction, book())
    assert read.slots.as_json() == {
        "sizes": [{"preset": "cn_1in"}],
        "background": {"mode": "solid", "color": "white"},
    }


HOSTILE_BYTES = st.one_of(
    st.binary(max_size=255),
    st.lists(
        st.sampled_from(
            [
                "【",
                "】",
                "[",
                "]",
                "一寸",
                "$(reboot)",
                "`id`",
                "../",
                "\n",
                "\u202e",
                ".jpg",
                "{0}",
            ]
        ),
        max_size=40,
    ).map(lambda parts: "".join(parts).encode()),
)


@settings(max_examples=300)
@given(HOSTILE_BYTES)
@example(b"\xff\xfe[red].jpg")
@example(b"[" * 255)
def test_any_bytes_are_taken_apart_into_harmless_text(name: bytes) -> None:
    found = taken_apart(name)
    for text in (found.stem, found.instruction):
        assert not {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Cs"}
    for piece in found.instruction.split(","):
        assert not set(piece) & set("[]【】")
    parse(found.instruction, book())


# ── what a result is called ───────────────────────────────────────────────────────────────


def test_a_result_is_named_after_its_fields() -> None:
    template = Template.read("{employee_id}_{name}_{preset}.jpg")
    values = {"employee_id": "1001", "name": "张三", "preset": "cn_1in"}
    assert template.filled(values) == "1001_张三_cn_1in"


@pytest.mark.parametrize(
    ("text", "values", "name"),
    [
        ("{employee_id}_{name}_{preset}", {"name": "张三"}, "张三"),
        ("{employee_id}_{name}_{preset}", {"employee_id": "1", "preset": "p"}, "1_p"),
        ("{employee_id} - {name}", {"name": "a_-_b"}, "a_-_b"),
        ("{name}({preset})", {"name": "a"}, "a"),
        ("{name} [{preset} {background}]", {"name": "a", "background": "red"}, "a [red]"),
        ("ID {name}_{number}", {"number": "7"}, "ID 7"),
        ("{name} [{preset} {background}]", {"name": "a", "preset": "p"}, "a [p]"),
        ("{name}_照片_{number}", {"number": "7"}, "照片_7"),
        ("{batch}{number}", {"batch": "b", "number": "7"}, "b7"),
        ("{name}", {"name": " .. ", "stem": "IMG"}, "IMG"),
        ("{name}", {}, "photo"),
    ],
)
def test_an_empty_field_leaves_no_gap(text: str, values: dict[str, str], name: str) -> None:
    assert Template.read(text).filled(values) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\x", "_x"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com¹", "_com¹"),
        (".bashrc", "bashrc"),
        ("-rf", "_-rf"),
        ("a\x00b\nc", "a b c"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("a:b|c?*", "a_b_c__"),
        ("a. .", "a"),
        ("e\u0301", "é"),
        ("\ud800", "photo"),
        ("{stem}", "{stem}"),
    ],
)
def test_a_value_cannot_be_more_than_a_part_of_a_name(value: str, name: str) -> None:
    assert Template.read("{name}").filled({"name": value}) == name


@pytest.mark.parametrize(
    ("text", "fault", "nearest"),
    [
        ("{nmae}", Fault.UNKNOWN_FIELD, "name"),
        ("{employeeid}", Fault.UNKNOWN_FIELD, "employee_id"),
        ("{name.__class__}", Fault.UNKNOWN_FIELD, ""),
        ("{name!r}", Fault.UNKNOWN_FIELD, "name"),
        ("{name:>9999999}", Fault.UNKNOWN_FIELD, ""),
        ("{0}", Fault.UNKNOWN_FIELD, ""),
        ("{}", Fault.UNKNOWN_FIELD, ""),
        ("{{name}}", Fault.BRACE, ""),
        ("{name}}", Fault.BRACE, ""),
        ("{name", Fault.BRACE, ""),
        ("out/{name}", Fault.CHARACTER, ""),
        ("{name}\\x", Fault.CHARACTER, ""),
        ("{name}\u202e", Fault.CHARACTER, ""),
        ("\ue000{name}", Fault.CHARACTER, ""),
        ("{name}\x00", Fault.CHARACTER, ""),
        ("photo", Fault.NO_FIELD, ""),
        ("", Fault.NO_FIELD, ""),
        ("{name}" * 40, Fault.LENGTH, ""),
    ],
)
def test_a_template_is_read_strictly(text: str, fault: Fault, nearest: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template.read(text)
    assert caught.value.fault is fault
    assert caught.value.nearest == nearest
    assert str(fault) in str(caught.value)


def test_long_values_are_cut_and_stay_apart() -> None:
    template = Template.read("{employee_id}_{name}_{preset}")
    values = {"employee_id": "1001", "name": "长" * 200, "preset": "cn_1in"}
    one = template.filled(values)
    other = template.filled(values | {"name": "长" * 199 + "短"})
    assert len(one.encode()) <= MAX_BYTES
    assert re.fullmatch(r"1001_长+_cn_1in~[0-9a-f]{8}", one)
    assert one != other


VALUES = st.one_of(
    st.text(max_size=400),
    st.sampled_from(
        ["", ".", "..", "/", "\\", "con", "aux.jpg", "lpt¹", "CONIN$", "~", "-", "\0", "\u202e",
         "a/../../b", "C:\\x", "{name}", "{0.__class__}", "%00", "\ue000\ue001", "长" * 300,
         "x" * 1000, "\ud800", " . "]
    ),
)  # fmt: skip
PIECES = st.lists(
    st.one_of(
        st.sampled_from([f"{{{field}}}" for field in FIELDS]),
        st.sampled_from(["_", "-", " ", ".", "no.", "照片", "(", ")", "[", "]", "con", "~"]),
    ),
    min_size=1,
    max_size=9,
).map("".join)


@settings(max_examples=600)
@given(PIECES, st.dictionaries(st.sampled_from(FIELDS), VALUES))
@example("{name}", {"name": "con."})
@example("{name}", {"name": "x" * 199 + "é"})
@example("con{name}", {"stem": "."})
def test_any_values_make_one_plain_name(text: str, values: dict[str, str]) -> None:
    try:
        name = Template.read(text).filled(values)
    except TemplateError as error:
        assert error.fault in {Fault.NO_FIELD, Fault.LENGTH}  # noqa: PT017 - others are wrong
        return
    assert 0 < len(name.encode("utf-8")) <= MAX_BYTES
    assert PurePosixPath(name).name == name
    assert PureWindowsPath(name).name == name
    assert not re.search(r'[\x00-\x1f\x7f<>:"/\\|?*]', name)
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cs"}
    assert not name.startswith((".", "-", "~"))
    assert not name.endswith((".", " "))
    assert not re.match(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", name)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_the_same_values_give_the_same_name(values: dict[str, str]) -> None:
    template = Template.read("{employee_id}_{name}_{preset}_{background}_{batch}_{number}_{stem}")
    assert template.filled(values) == template.filled(dict(reversed(values.items())))
