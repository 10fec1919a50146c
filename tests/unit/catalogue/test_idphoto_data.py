from __future__ import annotations

import copy
from importlib import resources
from typing import Any

import pytest
import yaml

from daemon.catalogue.idphoto import book, examples, load
from daemon.catalogue.idphoto.record import DataError, Record
from daemon.domain.idphoto.preset import Crown, Limits, PixelRule, RetouchPolicy, is_published


def raw(name: str) -> dict[str, Any]:
    text = resources.files("daemon.catalogue.idphoto").joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def test_every_preset_is_there() -> None:
    assert len(book().presets) == raw("specs.yaml")["meta"]["presets"] == 88


def test_papers_colours_gradients_and_words_are_all_there() -> None:
    specs, colours, words = raw("specs.yaml"), raw("colors.yaml"), raw("instructions.yaml")
    assert list(book().papers) == [row["key"] for row in specs["papers"]]
    assert list(book().colours) == [row["key"] for row in colours["solid"]]
    assert list(book().gradients) == [row["key"] for row in colours["gradients"]]
    assert list(book().specials) == [row["key"] for row in colours["special"]]
    assert dict(book().countries) == {k: tuple(v) for k, v in specs["country_words"].items()}
    assert dict(book().lexicon) == {k: tuple(v) for k, v in words["lexicon"].items()}
    assert len(book().ambiguities) == len(specs["ambiguous_words"])
    assert len(examples()) == words["meta"]["examples"] == 48


def band(limits: Limits | None) -> dict[str, float | None] | None:
    return None if limits is None else {"min": limits.least, "max": limits.most}


@pytest.mark.parametrize("row", raw("specs.yaml")["presets"], ids=lambda row: row["key"])
def test_every_field_of_a_preset_is_carried(row: dict[str, Any]) -> None:
    """The entry, written again from the frozen value, is the entry of the file."""
    preset = book().presets[row["key"]]
    written: dict[str, Any] = {
        name: getattr(preset, name)
        for name in (
            "key", "country", "document", "people", "media", "width_mm", "height_mm", "dpi",
            "width_px", "height_px", "format", "glasses", "source", "confidence",
        )
    } | {
        "names": {"en": preset.names.en, "zh": preset.names.zh,
                  "aliases": list(preset.names.aliases)},
        "px_rule": preset.px_rule.value,
        "head_height_mm": band(preset.head.mm),
        "head_height_ratio": band(preset.head.ratio),
        "head_basis": preset.head_basis or None,
        "crown": preset.crown.value,
        "eye_line_from_bottom_mm": band(preset.eye_line.mm),
        "eye_line_from_bottom_ratio": band(preset.eye_line.ratio),
        "eye_basis": preset.eye_basis or None,
        "top_margin_mm": band(preset.top_margin.mm),
        "background": {"default": preset.ground.default, "allowed": list(preset.ground.allowed),
                       "solid_only": preset.ground.solid_only},
        "file_kb": band(preset.file_kb),
        "retouch": preset.retouch.value,
    }  # fmt: skip
    extra = {
        "px_min": list(preset.px_min or ()),
        "px_max": list(preset.px_max or ()),
        "eye_line_from_bottom_px": band(preset.eye_line.px),
        "top_margin_px": band(preset.top_margin.px),
        "top_margin_ratio": band(preset.top_margin.ratio),
        "face_width_px": band(preset.face_width_px),
        "head_width_mm": band(preset.head_width_mm),
        "chin_to_bottom_mm": band(preset.chin_to_bottom_mm),
        "max_pose_deg": dict(preset.max_pose_deg),
        "ambiguous_with": list(preset.ambiguous_with),
        "notes": preset.notes,
        "uncertain_fields": list(preset.uncertain_fields),
    }
    assert written | {name: value for name, value in extra.items() if value} == row


def test_a_key_that_nobody_knows_is_an_error() -> None:
    row = copy.deepcopy(raw("specs.yaml")["presets"][0])
    record = Record("specs", {"presets": [{**row, "beard": "forbidden"}]})
    with pytest.raises(DataError, match=r"cn_1in.*beard"):
        load._by_key("presets", record, load._preset)


def test_a_missing_key_is_an_error() -> None:
    row = copy.deepcopy(raw("specs.yaml")["presets"][0])
    del row["crown"]
    with pytest.raises(DataError, match="crown is missing"):
        load._by_key("presets", Record("specs", {"presets": [row]}), load._preset)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"width_px": "295"}, "width_px must be a whole number"),
        ({"head_height_ratio": {"min": 0.7, "max": 0.6}}, "min is above max"),
        ({"px_min": [1]}, "two whole numbers"),
        ({"people": True}, "people must be a whole number"),
        ({"names": "one"}, "not a mapping"),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error(change: dict[str, Any], told: str) -> None:
    row = copy.deepcopy(raw("specs.yaml")["presets"][0]) | change
    with pytest.raises(DataError, match=told):
        load._by_key("presets", Record("specs", {"presets": [row]}), load._preset)


def test_hex_and_rgb_must_agree() -> None:
    row = copy.deepcopy(raw("colors.yaml")["solid"][0]) | {"rgb": [255, 255, 254]}
    with pytest.raises(DataError, match="is not rgb"):
        load._by_key("solid", Record("colors", {"solid": [row]}), load._colour)


def test_shares_come_from_pixels_first_then_from_the_ratio_then_from_millimetres() -> None:
    visa, licence, usa = (
        book().presets[key] for key in ("cn_visa", "cn_driving_licence", "us_visa")
    )
    assert visa.eye_line_share == Limits(256 / 472, None)
    assert visa.top_margin_share == Limits(10 / 472, 70 / 472)
    assert licence.head_share == licence.head.ratio
    assert usa.eye_line_share == Limits(0.549, 0.6863)
    ru = book().presets["ru_passport"]
    assert ru.top_margin_share == Limits(4 / 45, 6 / 45)


def test_only_what_is_published_today_binds() -> None:
    presets = book().presets
    assert presets["us_visa"].is_eye_line_published
    assert not presets["us_passport"].is_eye_line_published  # published until 2026
    assert not presets["cn_1in"].is_head_published
    assert not is_published("")


def test_a_size_in_bytes_fits_both_meanings_of_kb() -> None:
    assert book().presets["cn_visa"].size_bytes == Limits(40 * 1024, 120 * 1000)
    assert book().presets["cn_1in"].size_bytes == Limits(None, None)


def test_millimetres_and_ratios_of_a_preset_agree() -> None:
    for preset in book().presets.values():
        for figure in (preset.head, preset.eye_line):
            if figure.mm is None or figure.ratio is None or preset.height_mm is None:
                continue
            from_mm = figure.mm.divided(preset.height_mm)
            assert from_mm.least == pytest.approx(figure.ratio.least, abs=5e-4), preset.key
            assert from_mm.most == pytest.approx(figure.ratio.most, abs=5e-4), preset.key


def test_presets_are_found_by_country_and_word() -> None:
    found = {preset.key for preset in book().search(country="美国")}
    assert found == {preset.key for preset in book().search(country="us")}
    assert "us_visa" in found
    assert [preset.key for preset in book().search(words="枫叶")] == ["ca_pr_card"]
    assert list(book().search(country="atlantis")) == []
    assert book().nearest_preset("cn_1inch") == "cn_1in"
    assert book().nearest_preset("zzzzzz") is None


def test_kinds_are_words_of_their_own() -> None:
    presets = book().presets
    assert presets["us_passport"].retouch is RetouchPolicy.FORBIDDEN
    assert presets["cn_visa"].px_rule is PixelRule.RANGE
    assert presets["icao_35x45"].crown is Crown.SKULL
    assert presets["us_passport_online"].is_upload
    assert not presets["us_passport"].is_upload
