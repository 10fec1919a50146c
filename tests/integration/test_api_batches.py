"""Batches by the API: an archive is streamed in, followed, stopped, and its report fetched."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from admin import PanelServices, create_app
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from tests.fakes.archives import table, zipped
from tests.fakes.batch_office import HEAD, JOINERS
from tests.fakes.photos import jpeg

BATCHES = "/api/v1/batches"


@pytest.fixture
def archive(make_office) -> Iterator[Any]:
    """An office and a client of its API."""
    office = make_office()
    with panel_parts(office.config, office.clock) as parts:
        services = PanelServices(
            parts.health.checks, parts.overview, parts.desk, office.clock, ApiServices.of(parts)
        )
        yield office, create_app(office.config, services).test_client()


def _joiners() -> bytes:
    return zipped({
        "照片/1001.jpg": jpeg(1),
        "照片/李四.JPG": jpeg(2),
        "名单.csv": table(HEAD, *JOINERS, encoding="gbk"),
    })  # fmt: skip


def _bring(client: Any, content: bytes, **how: Any) -> Any:
    return client.post(BATCHES, data=content, content_type="application/zip", **how)


def _lying(office: Any) -> list[str]:
    return sorted(path.name for path in office.config.layout.inbox("in").iterdir())


def test_a_batch_is_brought_followed_and_fetched(archive) -> None:
    office, client = archive
    answer = _bring(client, _joiners())
    assert (answer.status_code, answer.json["state"]) == (202, "submitted")
    address = answer.headers["Location"]
    assert address == f"{BATCHES}/{answer.json['task_id']}"
    early = client.get(address)
    assert (early.status_code, early.json["code"]) == (409, "RESULT_NOT_READY")
    office.run_to_rest()

    batch = client.get(address).json
    assert (batch["state"], batch["photos"]["left"], batch["people"]) == ("finished", 0, 3)
    assert client.get(f"{BATCHES}/{batch['id']}").json == batch
    (listed,) = client.get(BATCHES).json["batches"]
    assert listed["id"] == batch["id"]
    rows = client.get(f"{address}/rows").json
    assert [row["name"] for row in rows["rows"]] == [name for _, name, *_ in JOINERS]
    assert {row["status"] for row in rows["rows"]} == {"done", "missing"}
    assert rows["next_after"] is None
    assert set(batch["files"]) == {
        "report.xlsx", "report.html", "contact-sheet.pdf", "results.zip",
    }  # fmt: skip
    results = client.get(f"{address}/files/results.zip", buffered=True)
    assert results.headers["Content-Disposition"] == 'attachment; filename="results.zip"'
    with zipfile.ZipFile(io.BytesIO(results.data)) as found:
        assert len(found.namelist()) == 2


def test_a_batch_waits_goes_on_and_is_called_off(archive) -> None:
    office, client = archive
    task = _bring(client, _joiners()).json["task_id"]
    office.take_in_only()
    office.booth.batches.step()

    def say(wish: str) -> tuple[int, str]:
        answer = client.post(f"{BATCHES}/{task}/{wish}")
        return answer.status_code, answer.json.get("state") or answer.json["code"]

    assert say("pause") == (200, "paused")
    assert say("pause") == (409, "TOO_LATE")
    assert say("resume") == (200, "open")
    assert say("cancel") == (200, "cancelled")
    assert say("resume") == (409, "TOO_LATE")
    office.run_to_rest()
    with office.booth.database.read() as uow:
        said = {entry.action: entry.who for entry in uow.audit.latest(10)}
    assert said["batch.cancel"] == "api:local"


def _bring_and_die(client, key, monkeypatch, where: str) -> None:
    """An upload that a kill cuts off at the call of a function."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(where, dies)
        with pytest.raises(KeyboardInterrupt):
            _bring(client, _joiners(), headers=key)


def test_the_same_key_brings_one_batch(archive) -> None:
    office, client = archive
    key = {"Idempotency-Key": "k"}
    first = _bring(client, _joiners(), headers=key).json["task_id"]

    assert _bring(client, _joiners(), headers=key).json["task_id"] == first
    other = _bring(client, zipped({"a.jpg": jpeg(7)}), headers=key)
    assert (other.status_code, other.json["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert [name for name in _lying(office) if name.endswith((".zip", ".part"))] == [
        f"api-{first}.zip"
    ]


def test_an_archive_cut_off_between_row_and_file_is_completed_by_the_next_try(
    archive, monkeypatch
) -> None:
    office, client = archive
    key = {"Idempotency-Key": "k"}
    _bring_and_die(client, key, monkeypatch, "daemon.files.atomic.rename_noreplace")
    assert not [name for name in _lying(office) if name.startswith("api-")]
    task = _bring(client, _joiners(), headers=key).json["task_id"]
    assert f"api-{task}.zip" in _lying(office)


def test_an_archive_that_was_taken_in_before_that_was_noted_is_not_brought_twice(
    archive, monkeypatch
) -> None:
    office, client = archive
    key = {"Idempotency-Key": "k"}
    _bring_and_die(client, key, monkeypatch, "daemon.services.batch_upload.fsync_dir")
    office.take_in_only()
    _bring(client, _joiners(), headers=key)
    assert not [name for name in _lying(office) if name.endswith(".zip") and "/" not in name]
    office.run_to_rest()
    office.only()


@pytest.mark.parametrize(
    ("content", "kind", "query", "status", "code"),
    [
        (b"no archive", "application/zip", {}, 422, "ARCHIVE_UNREADABLE"),
        (b"", "application/zip", {}, 422, "ARCHIVE_UNREADABLE"),
        (b"PK\x03\x04", "image/png", {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"PK\x03\x04", "application/zip", {"inbox": "../in"}, 400, "BAD_REQUEST"),
        (b"PK\x03\x04" + b"x" * 200, "application/zip", {}, 413, "REQUEST_TOO_LARGE"),
    ],
)
def test_what_is_no_batch_leaves_nothing_behind(
    make_office, content: bytes, kind: str, query: dict[str, str], status: int, code: str
) -> None:
    office = make_office(api={"max_batch_bytes": 100})
    before = _lying(office)
    with panel_parts(office.config, office.clock) as parts:
        services = PanelServices(
            parts.health.checks, parts.overview, parts.desk, office.clock, ApiServices.of(parts)
        )
        client = create_app(office.config, services).test_client()
        answer = client.post(BATCHES, data=content, content_type=kind, query_string=query)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert _lying(office) == before


@pytest.mark.parametrize(
    "path",
    [
        "/0", "/0/rows", "/0/files/report.xlsx", "/%2e%2e/rows", "/..%2f..%2fetc/files/passwd",
        "/0/files/..%2f..%2fpasswd",
    ],
)  # fmt: skip
def test_no_path_comes_from_a_call(archive, path: str) -> None:
    answer = archive[1].get(BATCHES + path)
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")


def test_a_file_that_is_no_report_is_not_given(archive) -> None:
    office, client = archive
    task = _bring(client, _joiners()).json["task_id"]
    office.run_to_rest()
    for name in ("1001_张三_cn_1in.jpg", "..", "report.xlsx.bak"):
        assert client.get(f"{BATCHES}/{task}/files/{name}").json["code"] == "NOT_FOUND"
