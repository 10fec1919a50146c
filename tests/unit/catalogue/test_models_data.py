"""The catalogue of weight files is read strictly: nothing in it may lead out of the store."""

from __future__ import annotations

import pytest

from daemon.catalogue.idphoto.record import DataError
from daemon.catalogue.models import model_book, read_book
from daemon.domain.models import CommercialUse
from daemon.engines.rts.files import FILES, FOLDERS

LICENCE = """schema = 1
[licences.mit]
name = "MIT"
commercial_use = "yes"
stated_by = "the test"
"""
SUM = "0" * 64


def entry(**changed: str) -> str:
    """A model that is right but for what was changed; ``""`` leaves a line out."""
    lines = {
        "key": '"net-a"',
        "purpose": '"x"',
        "architecture": '"x"',
        "file": '"a.pth"',
        "urls": '["https://example.org/a.pth"]',
        "licence": '"mit"',
        "framework": '"onnx"',
    } | changed
    return "[[models]]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items() if v)


def test_the_catalogue_of_the_package_can_be_read() -> None:
    book = model_book()
    assert len(book.models) == 96
    assert sum(bool(model.sha256) for model in book.models.values()) == 71
    assert {model.licence.key for model in book.models.values()} <= set(book.licences)
    places = [place for model in book.models.values() if model.file for place in model.places]
    assert len(places) == len(set(places))


def test_models_of_one_file_name_lie_in_folders_of_their_own() -> None:
    models = model_book().models.values()
    same = {model.place for model in models if model.file == "pytorch_model.pt"}
    assert len(same) >= 4


def test_rts_is_found_where_the_engine_looks() -> None:
    model = model_book().models["recognition-rts-ood"]
    assert model.places == tuple(f"{folder}/{FILES[0]}" for folder in FOLDERS)


@pytest.mark.parametrize("key", ["codeformer", "gpen-bfr-512", "buffalo-l", "gpen-bfr-1024"])
def test_what_nobody_may_sell_counts_as_noncommercial(key: str) -> None:
    assert model_book().models[key].licence.is_noncommercial


@pytest.mark.parametrize("key", ["gfpgan-1.4", "realesrgan-x4plus", "recognition-rts-ood"])
def test_what_may_be_used_under_conditions_does_not(key: str) -> None:
    licence = model_book().models[key].licence
    assert licence.commercial is not CommercialUse.NO
    assert not licence.is_noncommercial


@pytest.mark.parametrize(
    "file",
    ["../x", "/etc/x", "a/../../x", "", ".hidden", "a//b", "a\\\\b", "a b", "a/..b", "-rf", "a\\n"],
)
def test_a_name_that_is_not_safe_is_refused(file: str) -> None:
    with pytest.raises(DataError, match="no safe path"):
        read_book(LICENCE + entry(file=f'"{file}"'))
    with pytest.raises(DataError, match="no safe path"):
        read_book(LICENCE + entry(also_at=f'["{file}"]'))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"key": '"../a"'}, "key must be"),
        ({"key": '"a..b"'}, "key must be"),
        ({"key": '"A"'}, "key must be"),
        ({"urls": '["http://example.org/a"]'}, "https"),
        ({"urls": "[]"}, "https"),
        ({"urls": '["https://user@example.org/a"]'}, "https"),
        ({"sha256": '"abc"', "sha256_source": '"x"'}, "64 hex"),
        ({"sha256": f'"{SUM}"'}, "sha256_source is missing"),
        ({"size_bytes": "0"}, "more than 0"),
        ({"size_bytes": '"12"'}, "whole number"),
        ({"licence": '"gpl"'}, "no licence gpl"),
        ({"colour": '"red"'}, "unknown keys"),
        ({"file": ""}, "file is missing"),
        ({"file": "", "is_folder": "false"}, "left out"),
        ({"archive": '"pack"'}, "archive pack"),
    ],
)
def test_a_wrong_entry_is_refused(changed: dict[str, str], why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_book(LICENCE + entry(**changed))


def test_an_entry_that_is_right_is_taken() -> None:
    facts = {"sha256": f'"{SUM}"', "sha256_source": '"x"', "size_bytes": "5"}
    (model,) = read_book(LICENCE + entry(**facts)).models.values()
    assert (model.place, model.sha256, model.size_bytes) == ("net-a/a.pth", SUM, 5)


def test_two_of_a_key_and_two_of_a_place_are_refused() -> None:
    with pytest.raises(DataError, match="stands there twice"):
        read_book(LICENCE + entry() + entry())
    with pytest.raises(DataError, match=r"net-a/a\.pth is net-a's"):
        read_book(LICENCE + entry() + entry(key='"net-b"', also_at='["net-a/a.pth"]'))


@pytest.mark.parametrize("text", ["schema = 2\nmodels = []\nlicences = {}", "schema = ", "x = 1"])
def test_a_file_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        read_book(text)
