"""The model store: what is told of a file, what is kept of it, what comes from a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.config.model import Config
from daemon.domain.models import CommercialUse, ModelLicence, Standing
from daemon.errors import ModelError, ModelNotNow, UsageError
from daemon.files.model_store import LOCK, alone_in, read_lock, vouched
from daemon.services import models_import
from daemon.services.models import ModelStore
from daemon.services.models_import import Imported, Importer
from tests.fakes.model_files import BOUND, model_of, store_of, sum_of

CONTENT, OTHER = b"weights" * 100, b"WEIGHTS" * 100
Make = Callable[..., ModelStore]


@pytest.fixture
def make(booth: Callable[..., Config]) -> Make:
    return lambda *models, **sections: store_of(booth, *models, **sections)


def put(store: ModelStore, place: str, content: bytes = CONTENT) -> Path:
    path = store.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def standing(store: ModelStore, key: str = "net-a") -> tuple[Standing, bool, str]:
    (found,) = store.standings([key])
    return found.standing, found.is_read, found.code


# ── standings ─────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_unverified_until_it_was_read(make: Make) -> None:
    store = make(model_of(CONTENT))
    assert standing(store) == (Standing.MISSING, False, "MODEL_MISSING")
    path = put(store, "net-a/a.pth")
    assert standing(store) == (Standing.UNVERIFIED, False, "")
    (found,) = store.verify(["net-a"])
    assert (found.standing, found.is_read) == (Standing.PRESENT, True)
    assert standing(store) == (Standing.PRESENT, True, "")
    os.utime(path, (1, 1))
    assert standing(store) == (Standing.UNVERIFIED, False, "")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CONTENT[:-1], (Standing.HALF, False, "MODEL_INCOMPLETE")),
        (CONTENT + b"x", (Standing.WRONG, False, "MODEL_WRONG_SUM")),
        (OTHER, (Standing.WRONG, True, "MODEL_WRONG_SUM")),
    ],
)
def test_a_file_that_is_not_right_names_itself_and_the_command(
    make: Make, content: bytes, expected: tuple[Standing, bool, str]
) -> None:
    store = make(model_of(CONTENT))
    path = put(store, "net-a/a.pth", content)
    (found,) = store.verify(["net-a"])
    error = store.complaint(found)
    assert standing(store) == expected
    assert error.code == expected[2]
    assert error.facts["file"] == path
    assert error.facts["command"] == "boothd models pull net-a --replace"
    with pytest.raises(ModelError):
        store.path_of("net-a")


def test_what_is_no_file_is_foreign(make: Make) -> None:
    store = make(model_of(CONTENT))
    (store.folder / "net-a" / "a.pth").mkdir(parents=True)
    assert standing(store) == (Standing.WRONG, False, "MODEL_FOREIGN_FILE")


def test_a_sum_that_nobody_publishes_is_kept_from_the_first_look(make: Make) -> None:
    store = make(model_of())
    path = put(store, "net-a/a.pth")
    (first,) = store.verify(["net-a"])
    assert (first.standing, first.sha256) == (Standing.UNVERIFIED, sum_of(CONTENT))
    path.write_bytes(OTHER)
    (second,) = store.verify(["net-a"])
    assert (second.standing, second.code) == (Standing.WRONG, "MODEL_WRONG_SUM")
    assert read_lock(store.folder).files["net-a"].sha256 == sum_of(CONTENT)
    path.write_bytes(CONTENT)
    assert [found.standing for found in store.verify(["net-a"])] == [Standing.UNVERIFIED]


def test_an_older_place_is_found_first(make: Make) -> None:
    store = make(model_of(CONTENT, also_at=("damo/a.pth",)))
    assert store.standings()[0].path == store.folder / "net-a/a.pth"
    put(store, "net-a/a.pth")
    old = put(store, "damo/a.pth")
    assert store.path_of("net-a") == old


def test_a_folder_of_many_files_is_not_fetched(make: Make) -> None:
    store = make(model_of(file=""))
    assert standing(store)[2] == "MODEL_NOT_A_FILE"
    assert store.complaint(store.standings()[0]).facts["url"] == "https://nowhere.invalid/a.pth"


def test_a_key_that_is_not_there_is_said(make: Make) -> None:
    with pytest.raises(ModelError) as caught:
        make(model_of()).model("net-b")
    assert (caught.value.code, caught.value.facts["near"]) == ("MODEL_UNKNOWN", "net-a")


def test_an_engine_gets_a_file_only_after_its_sum_was_compared(make: Make) -> None:
    model = model_of(CONTENT)
    store = make(model)
    path = put(store, "net-a/a.pth")
    assert vouched(store.folder, model).sha256 == sum_of(CONTENT)
    list(store.verify())
    path.write_bytes(OTHER)
    with pytest.raises(ModelError) as caught:
        vouched(store.folder, model)
    assert caught.value.code == "MODEL_WRONG_SUM"
    assert caught.value.facts["actual"] == sum_of(OTHER)


# ── the lock ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"schema": 2}', b'{"schema": 1, "files": {"a": {"sha256": 1}}, "licences": {}}'],
)
def test_a_damaged_lock_is_not_taken_for_an_empty_one(make: Make, content: bytes) -> None:
    store = make(model_of())
    put(store, LOCK, content)
    with pytest.raises(ModelError) as caught:
        store.standings()
    assert caught.value.code == "MODEL_LOCK_DAMAGED"
    assert caught.value.facts["file"] == store.folder / LOCK


def test_the_lock_is_replaced_in_one_step(make: Make) -> None:
    store = make(model_of(CONTENT))
    put(store, "net-a/a.pth")
    list(store.verify())
    before = (store.folder / LOCK).stat().st_ino
    list(store.verify())
    assert (store.folder / LOCK).stat().st_ino != before
    assert json.loads((store.folder / LOCK).read_bytes())["files"]["net-a"]["source"] == "found"
    assert not list(store.folder.glob(".*part"))


def test_one_command_at_a_time(make: Make) -> None:
    store = make(model_of())
    with alone_in(store.folder), pytest.raises(ModelNotNow) as caught:
        list(store.verify())
    assert caught.value.exit_status == 75


# ── terms ─────────────────────────────────────────────────────────────────────────────────────


def test_a_licence_is_accepted_once_and_again_when_it_reads_differently(make: Make) -> None:
    model = model_of()
    store = make(model)
    with pytest.raises(ModelError) as caught:
        store.allow(model)
    assert caught.value.code == "LICENCE_NOT_ACCEPTED"
    assert caught.value.facts["command"] == "boothd models pull net-a --accept-licence"
    store.allow(model, "cli:alice")
    store.allow(model)
    accepted = read_lock(store.folder).licences["free"]
    assert (accepted.by, accepted.at_ms > 0) == ("cli:alice", True)
    assert not store.unaccepted([model])
    changed = ModelLicence("free", "MIT", CommercialUse.CONDITIONAL, "the test", "only at night")
    with pytest.raises(ModelError):
        store.allow(model_of(licence=changed))


def test_noncommercial_models_are_off_until_the_settings_say_otherwise(make: Make) -> None:
    model = model_of(licence=BOUND)
    with pytest.raises(ModelError) as caught:
        make(model).allow(model, "cli:alice")
    assert caught.value.code == "MODEL_NONCOMMERCIAL"
    assert "bound" not in read_lock(make(model).folder).licences
    make(model, engines={"allow_noncommercial": True}).allow(model, "cli:alice")


# ── import ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def brought(store: ModelStore, stick: Path, **how: Any) -> list[Imported]:
    how.setdefault("accepting", "cli:alice")
    return list(Importer(store, **how).run(stick))


def test_files_are_known_by_their_sum_whatever_they_are_called(make: Make, stick: Path) -> None:
    (stick / "renamed.bin").write_bytes(CONTENT)
    (stick / "readme.txt").write_bytes(b"hello")
    store = make(model_of(CONTENT), model_of(CONTENT, "net-twin"))
    readme, one, twin = brought(store, stick)
    assert (readme.outcome, one.outcome, twin.outcome) == ("unknown", "imported", "imported")
    assert (one.key, twin.key) == ("net-a", "net-twin")
    assert store.path_of("net-twin").read_bytes() == CONTENT
    assert [found.standing for found in store.standings()] == [Standing.PRESENT] * 2
    assert {each.outcome for each in brought(store, stick)} == {"unknown", "here"}


def test_without_a_sum_the_name_tells_or_the_folder(make: Make, stick: Path) -> None:
    url = "https://example.org/models/iic/cv_b/resolve/master/pytorch_model.pt"
    store = make(
        model_of(key="net-a", file="pytorch_model.pt"),
        model_of(key="net-b", file="pytorch_model.pt", urls=(url,)),
        model_of(key="net-c", file="only.pt"),
    )
    for place in (
        "x/pytorch_model.pt",
        "net-a/pytorch_model.pt",
        "cv_b/pytorch_model.pt",
        "only.pt",
    ):
        (stick / place).parent.mkdir(exist_ok=True)
        (stick / place).write_bytes(place.encode())
    by_name = {each.file.relative_to(stick).as_posix(): each for each in brought(store, stick)}
    assert by_name["x/pytorch_model.pt"].code == "MODEL_AMBIGUOUS"
    assert by_name["x/pytorch_model.pt"].facts["candidates"] == "net-a, net-b"
    keys = [by_name[f"{name}/pytorch_model.pt"].key for name in ("net-a", "cv_b")]
    assert [*keys, by_name["only.pt"].key] == ["net-a", "net-b", "net-c"]
    assert read_lock(store.folder).files["net-b"].source == "import"


def test_a_file_of_the_name_that_is_another_one_is_refused(make: Make, stick: Path) -> None:
    (stick / "a.pth").write_bytes(OTHER)
    store = make(model_of(CONTENT))
    (one,) = brought(store, stick)
    assert (one.code, one.facts["actual"]) == ("MODEL_WRONG_SUM", sum_of(OTHER))
    assert standing(store)[0] is Standing.MISSING


def test_a_different_file_in_the_store_goes_only_when_told(make: Make, stick: Path) -> None:
    (stick / "a.pth").write_bytes(CONTENT)
    store = make(model_of(CONTENT))
    path = put(store, "net-a/a.pth", OTHER)
    (one,) = brought(store, stick)
    assert (one.code, one.facts["file"]) == ("MODEL_FOREIGN_FILE", path)
    assert path.read_bytes() == OTHER
    (one,) = brought(store, stick, replacing=True)
    assert one.outcome == "replaced"
    assert path.read_bytes() == CONTENT


def test_terms_hold_for_files_from_a_folder_too(make: Make, stick: Path) -> None:
    (stick / "a.pth").write_bytes(CONTENT)
    (one,) = brought(make(model_of(CONTENT)), stick, accepting="")
    assert one.code == "LICENCE_NOT_ACCEPTED"
    assert f"boothd models import {stick} --accept-licence" == one.facts["command"]
    (one,) = brought(make(model_of(CONTENT, licence=BOUND)), stick)
    assert one.code == "MODEL_NONCOMMERCIAL"


def test_links_are_not_followed_and_a_disk_of_everything_is_refused(
    make: Make, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stick.parent / "a.pth").write_bytes(CONTENT)
    (stick / "a.pth").symlink_to(stick.parent / "a.pth")
    store = make(model_of(CONTENT))
    assert brought(store, stick) == []
    (stick / "b").touch()
    monkeypatch.setattr(models_import, "MOST_FILES", 1)
    with pytest.raises(UsageError):
        brought(store, stick)


def test_a_disk_without_room_takes_nothing(make: Make, stick: Path) -> None:
    (stick / "a.pth").write_bytes(CONTENT)
    store = make(model_of(CONTENT), retention={"min_free_mib": 2**40})
    (one,) = brought(store, stick)
    assert one.code == "MODEL_NO_SPACE"
    assert not (store.folder / "net-a").exists()
