"""What the store holds for engines, what stands in the way, and what the doctor says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admin.presenters_shelf import present_shelf
from daemon.catalogue.models import model_book
from daemon.config.model import Config
from daemon.domain.models import ModelBook, Standing
from daemon.engines.offered import OFFERS
from daemon.files.model_store import LOCK
from daemon.services.doctor_models import remarks_on_models
from daemon.services.engine_facts import BY_NAME_ONLY, FOUND_OTHERWISE, NEED_ALL, WEIGHTS_OF
from daemon.services.model_shelf import Shelved, Use, shelf_of
from tests.conftest import REPO
from tests.fakes.model_files import BOUND, FREE, model_of
from tests.fakes.model_store import entered

CONTENT = b"weights"
KEY = "gpen-bfr-512"
TASKS = {*WEIGHTS_OF, "assess_face"}


def test_the_panel_knows_the_same_engines_as_the_worker() -> None:
    offered = {
        task: {offer.name: offer.models for offer in offers} for task, offers in OFFERS.items()
    }
    assert offered == WEIGHTS_OF
    whole = {offer.name for offers in OFFERS.values() for offer in offers if offer.needs_all}
    assert whole == NEED_ALL
    named = {offer.name for offers in OFFERS.values() for offer in offers if offer.by_name_only}
    assert named == BY_NAME_ONLY
    # In the order in which they are taken.
    assert {task: list(rows) for task, rows in WEIGHTS_OF.items()} == {
        task: list(rows) for task, rows in offered.items()
    }


def test_the_page_of_models_lists_what_each_engine_takes_and_what_none_does() -> None:
    lines = (REPO / "docs" / "models.md").read_text(encoding="utf-8").splitlines()
    rows = [re.findall("`([^`]+)`", line) for line in lines if line.startswith("|")]
    told = {(row[0], row[1]): tuple(row[2:]) for row in rows if len(row) > 2 and row[0] in TASKS}
    taken = {(task, name): keys for task, all_ in WEIGHTS_OF.items() for name, keys in all_.items()}
    assert told == {**taken, ("assess_face", "rts-512"): (FOUND_OTHERWISE,)}
    used = {key for keys in taken.values() for key in keys} | {FOUND_OTHERWISE}
    idle = {key for row in rows if row and row[0] in model_book().models for key in row} - used
    kinds = ("face restoration", "face detection", "portrait matting", "cut-out", "identity guard")
    unsaid = {
        key
        for key, model in model_book().models.items()
        if model.purpose.startswith(kinds) and key not in used | idle
    }
    assert not unsaid


def book_of(**facts: Any) -> ModelBook:
    model = model_of(CONTENT, KEY, **facts)
    return ModelBook({KEY: model}, {model.licence.key: model.licence})


def lay(config: Config, content: bytes = CONTENT, key: str = KEY, name: str = "a.pth") -> Path:
    path = config.layout.models / key / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def only(config: Config, book: ModelBook | None = None) -> Shelved:
    (one,) = shelf_of(config, book or book_of())
    return one


def test_a_model_that_is_not_there_is_told_with_what_brings_it(
    booth: Callable[..., Config],
) -> None:
    one = only(booth())
    assert (one.is_there, one.obstacle) == (False, "MODEL_MISSING")
    assert one.uses == (Use("restore_face", "gpen"),)
    assert one.command == f"boothd models pull {KEY} --accept-licence"


def test_a_file_that_nobody_read_is_unverified_and_one_too_short_is_half(
    booth: Callable[..., Config],
) -> None:
    config = booth()
    lay(config)
    assert only(config).found.standing is Standing.UNVERIFIED
    lay(config, CONTENT[:-1])
    one = only(config)
    assert (one.found.standing, one.obstacle) == (Standing.HALF, "MODEL_INCOMPLETE")
    assert one.command == f"boothd models pull {KEY} --replace --accept-licence"


@pytest.mark.parametrize(("allow", "obstacle"), [(False, "MODEL_NONCOMMERCIAL"), (True, "")])
def test_terms_that_forbid_business_use_bar_a_model(
    booth: Callable[..., Config], allow: bool, obstacle: str
) -> None:
    config = booth(engines={"allow_noncommercial": allow})
    lay(config, name="GPEN-BFR-256.pth", key="gpen-bfr-256")
    entered(config.layout.models, "gpen-bfr-256")
    one = next(each for each in shelf_of(config) if each.is_there)
    assert (one.obstacle, one.command) == (obstacle, "")
    book = book_of(licence=BOUND)
    lay(config)
    wanted = "LICENCE_NOT_ACCEPTED" if allow else "MODEL_NONCOMMERCIAL"
    assert next(each for each in shelf_of(config, book) if each.is_there).obstacle == wanted


def test_a_model_that_no_engine_takes_is_shown_only_where_it_lies(
    booth: Callable[..., Config],
) -> None:
    config = booth()
    model = model_of(CONTENT, "some-net", licence=FREE)
    book = ModelBook({"some-net": model}, {"free": FREE})
    assert shelf_of(config, book) == []
    lay(config, key="some-net")
    assert only(config, book).uses == ()


# ── the doctor, and the panel's words ─────────────────────────────────────────────────────


def said(config: Config) -> dict[str, str]:
    return {remark.key: remark.level for remark in remarks_on_models(config)}


def test_the_doctor_tells_what_lies_in_the_store_and_what_is_in_its_way(
    booth: Callable[..., Config],
) -> None:
    config = booth(engines={"allow_noncommercial": True})
    assert said(config) == {}
    lay(config, key="gpen-bfr-256", name="GPEN-BFR-256.pth")
    assert said(config) == {"model.terms": "warn"}
    entered(config.layout.models, "gpen-bfr-256")
    assert said(config)["model.unverified"] == "ok"
    lay(config, key="gpen-bfr-256", name="GPEN-BFR-256.pth", content=b"changed")
    assert said(config)["model.unverified"] == "ok"  # until somebody reads it
    lay(config, key=KEY, name="GPEN-BFR-512.pth")
    lay(config, key="ddcolor", name="pytorch_model.pt")
    assert {"model.wrong": "warn", "model.unused": "ok"}.items() <= said(config).items()
    # Terms first: no command mends a file that may not be used at all.
    assert {"model.barred", "model.unused"} == set(said(booth()))


def test_the_doctor_tells_that_a_gpu_engine_is_asked_for_in_vain(
    booth: Callable[..., Config],
) -> None:
    assert said(booth(engines={"prefer": "gpu"})) == {"models.asked": "warn"}


def test_an_engine_that_needs_two_files_is_asked_for_in_vain_with_one(
    booth: Callable[..., Config],
) -> None:
    """What the other tasks lack is said in the same breath."""
    config = booth(engines={"prefer": "gpu", "allow_noncommercial": True})
    trunk, head = WEIGHTS_OF["rate_face"]["eqface"]
    for key, is_missing in ((trunk, True), (head, False)):
        path = config.layout.models / model_book().models[key].place
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
        entered(config.layout.models, key)
        (told,) = (one for one in remarks_on_models(config) if one.key == "models.asked")
        assert ("rate_face" in str(told.facts["tasks"])) is is_missing


def test_an_engine_that_is_taken_by_name_alone_does_no_task_by_itself(
    booth: Callable[..., Config],
) -> None:
    config = booth(engines={"prefer": "gpu", "allow_noncommercial": True})
    (key,) = WEIGHTS_OF["restore_face"]["gpen-colorization"]
    path = config.layout.models / model_book().models[key].place
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    entered(config.layout.models, key)
    (told,) = (one for one in remarks_on_models(config) if one.key == "models.asked")
    assert "restore_face" in str(told.facts["tasks"])


def test_a_damaged_memory_of_the_store_is_an_error(booth: Callable[..., Config]) -> None:
    config = booth()
    lay(config)
    (config.layout.models / LOCK).write_text("{")
    assert said(config) == {"models.lock": "error"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_panel_has_words_for_every_standing_and_licence(
    booth: Callable[..., Config], language: str
) -> None:
    config = booth()
    lay(config, CONTENT[:-1])
    lay(config, key="ddcolor", name="pytorch_model.pt")
    rows = present_shelf(tuple(shelf_of(config)), language)
    by_key = {row.key: row for row in rows}
    assert rows[0].size
    assert by_key["ddcolor"].note
    assert {row.mood for row in rows} <= {"", "good", "bad"}
    assert all(row.commercial and row.state and row.accepted for row in rows)
    assert len(by_key) <= len(model_book().models)
