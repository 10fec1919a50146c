"""``boothd presets`` and ``boothd idphoto parse``: the shapes that programs rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from daemon.catalogue.idphoto import Example, book, examples
from daemon.cli import main
from daemon.cli.exits import Exit
from daemon.domain.codes import CODES
from daemon.domain.idphoto.slots import slots_as_json

SLOTS = {
    "sizes", "background", "outputs", "retouch", "adjust", "matting", "pose", "head", "file",
    "print", "watermark", "generative",
}  # fmt: skip


class Called(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    monkeypatch.chdir(tmp_path)  # no configuration lies there
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    def call(*arguments: str) -> Called:
        capsys.readouterr()
        status = main(list(arguments))
        return Called(status, *capsys.readouterr())

    return call


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.id)
def test_each_example_is_told_as_json(called: Callable[..., Called], example: Example) -> None:
    result = called("idphoto", "parse", example.text, "--json")
    assert (result.status, result.err) == (Exit.OK, "")
    (told,) = result.objects
    assert set(told) == {"slots", "warnings", "unparsed", "reasons"}
    wanted = {key: value for key, value in example.expect.items() if key != "unparsed"}
    assert told["slots"] == wanted
    assert set(told["slots"]) <= SLOTS
    assert set(example.warnings) <= set(told["warnings"])
    assert bool(told["unparsed"]) == ("unparsed" in example.expect)
    assert {reason["code"] for reason in told["reasons"]} <= set(CODES)


@pytest.mark.parametrize("example", examples(), ids=lambda one: one.id)
def test_each_wish_has_its_line_in_both_languages(
    called: Callable[..., Called], example: Example
) -> None:
    slots = {key: value for key, value in example.expect.items() if key != "unparsed"}
    wishes = sum(
        len(value) if key not in {"sizes", "background", "outputs"} else 1
        for key, value in slots.items()
        if key != "outputs"
    ) + sum(len(output) for output in slots.get("outputs", ()))
    for language in ("zh", "en"):
        result = called("idphoto", "parse", example.text, "--lang", language)
        assert result.status == Exit.OK
        assert len(result.out.splitlines()) == wishes + len(example.expect.get("unparsed", ()))
        assert len(result.err.splitlines()) >= len(example.warnings)


def test_the_shape_of_nothing_is_empty() -> None:
    from daemon.domain.idphoto.slots import Slots

    assert slots_as_json(Slots()) == {}


def test_a_reason_is_told_with_its_sentence(called: Callable[..., Called]) -> None:
    (told,) = called("idphoto", "parse", "us", "passport photo,", "smooth skin", "--json").objects
    (reason,) = told["reasons"]
    assert reason["code"] == "ID_RETOUCH_FORBIDDEN"
    assert reason["facts"]["preset"] == "us_passport"
    assert "us_passport" in reason["message"]
    assert reason["advice"]


def test_words_are_taken_together_and_the_language_is_chosen(called: Callable[..., Called]) -> None:
    result = called("idphoto", "parse", "one", "inch,", "white", "--lang", "zh")
    assert result.out == "规格: 一寸 (cn_1in, 295×413)\n背景: 白色 #FFFFFF\n"


def test_what_a_text_holds_cannot_steer_the_terminal(called: Callable[..., Called]) -> None:
    result = called("idphoto", "parse", "白底,\x1b[2J\u202egpj.exe 水印“\x1b]0;x\x07”")
    assert not {"\x1b", "\x07", "\u202e"} & set(result.out + result.err)
    assert "[2J" in result.out


def test_bytes_that_are_no_text_are_told_not_raised(called: Callable[..., Called]) -> None:
    result = called("idphoto", "parse", "白底,\udcff\udcfe诗")
    assert result.status == Exit.OK
    assert "\N{REPLACEMENT CHARACTER}" in result.out
    assert called("idphoto", "parse", "白底,\udcff诗", "--json").objects


def test_the_list_of_presets_is_whole(called: Callable[..., Called]) -> None:
    told = called("presets", "--json").objects
    assert [one["key"] for one in told] == list(book().presets)
    assert len(told) == 88
    for one in told:
        assert {"names", "width_px", "height_px", "dpi", "file_kb", "background", "head_share",
                "head_published", "retouch", "source", "confidence"} <= set(one)  # fmt: skip
        assert one["background"]["default"] in one["background"]["allowed"]
        assert len(one["file_kb"]) == 2


def test_a_preset_is_told_with_its_rule(called: Callable[..., Called]) -> None:
    (told,) = called("presets", "us_visa", "--json").objects
    assert (told["width_px"], told["height_px"], told["dpi"]) == (600, 600, 300)
    assert told["head_share"] == [0.4902, 0.6863]
    assert (told["head_published"], told["file_kb"]) == (True, [None, 240])
    assert told["background"] == {
        "default": "white", "allowed": ["white", "off_white"], "solid_only": True,
    }  # fmt: skip
    text = called("presets", "us_visa").out
    for words in ("600 × 600", "≤ 240", "49–68.6%", "forbidden", "U.S. Department of State"):
        assert words in text


def test_presets_are_found_by_country_and_name(called: Callable[..., Called]) -> None:
    by_code = called("presets", "--country", "JP", "--json").objects
    assert by_code == called("presets", "--country", "日本", "--json").objects
    assert {one["country"] for one in by_code} == {"JP"}
    found = called("presets", "--search", "schengen", "--json").objects
    assert [one["key"] for one in found] == ["schengen_visa"]
    assert called("presets", "一寸", "--json").objects[0]["key"] == "cn_1in"


def test_every_preset_has_its_line(called: Callable[..., Called]) -> None:
    result = called("presets")
    _, *lines = result.out.splitlines()
    assert [line.split()[0] for line in lines] == list(book().presets)
    assert "88 rule(s)" in result.err


def test_an_unknown_preset_is_told_with_the_nearest(called: Callable[..., Called]) -> None:
    result = called("presets", "usvisa")
    assert result.status == Exit.USAGE
    assert "there is no preset usvisa (did you mean us_visa?)" in result.err
    assert called("presets", "us_visa", "--country", "US").status == Exit.USAGE
