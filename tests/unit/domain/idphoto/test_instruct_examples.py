"""The examples of the data file are the contract: every one reads as it says."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.catalogue.idphoto import Example, book, examples
from daemon.domain.idphoto.instruct import parse

EDGES = " \t,，.。;；、!！?？'\"“”‘’"


def compared(value: Any) -> Any:
    """Numbers within 0.01, free text without the spaces and marks around it."""
    if isinstance(value, dict):
        return {key: compared(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [compared(inner) for inner in value]
    if isinstance(value, float):
        return pytest.approx(value, abs=0.01)
    return value.strip(EDGES) if isinstance(value, str) else value


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
def test_an_example_reads_as_the_data_says(example: Example) -> None:
    expected = dict(example.expect)
    unparsed = expected.pop("unparsed", [])

    found = parse(example.text, book())

    assert compared(found.slots.as_json()) == compared(expected)
    assert compared(list(found.unparsed)) == compared(unparsed)
    # The data asks that these be there; none of the examples deserves another.
    assert set(found.warnings) == set(example.warnings)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
def test_an_example_reads_the_same_in_other_spaces_widths_and_cases(example: Example) -> None:
    plain = parse(example.text, book())
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in example.text)
    for variant in (
        wide.replace(" ", "\u3000"),
        f"  {example.text.replace(' ', '   ')}\t",
        example.text.upper(),
        "\u200b".join(example.text),
    ):
        found = parse(variant, book())
        if not (plain.slots.generative or plain.slots.watermark.text):
            assert found.slots == plain.slots, variant
        assert found.warnings == plain.warnings, variant


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.id)
def test_the_pieces_of_an_example_are_its_text(example: Example) -> None:
    found = parse(example.text, book())
    assert "".join(example.text[one.start : one.end] for one in found.pieces) == example.text
    unread = [example.text[one.start : one.end].strip() for one in found.pieces if not one.is_read]
    assert unread == list(found.unparsed)
