"""``boothd privacy entities``: the shape that programs rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.catalogue.privacy import book
from daemon.cli import main
from daemon.cli.exits import Exit

Called = tuple[int, str, str]


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    monkeypatch.chdir(tmp_path)  # no configuration lies there
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    def call(*arguments: str) -> Called:
        capsys.readouterr()
        status = main(["privacy", "entities", *arguments])
        return (status, *capsys.readouterr())

    return call


def test_every_type_is_an_object_a_line(called: Callable[..., Called]) -> None:
    status, out, err = called("--json")
    told: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (Exit.OK, "")
    assert [one["id"] for one in told] == list(book().entities)
    card = next(one for one in told if one["id"] == "bank_card")
    assert card["check_digit"] == "luhn"
    assert card["label"] == {"zh": "[银行卡号]", "en": "[card number]"}
    assert card["profiles"] == ["all_digits", "personal", "contract", "finance"]


def test_a_profile_narrows_the_list(called: Callable[..., Called]) -> None:
    status, out, _ = called("--profile", "finance")
    assert status == Exit.OK
    assert "bank_card" in out
    assert "cn_mobile" not in out


def test_an_unknown_profile_is_told_with_the_nearest(called: Callable[..., Called]) -> None:
    status, out, err = called("--profile", "persnal")
    assert (status, out) == (Exit.USAGE, "")
    assert "did you mean personal?" in err
