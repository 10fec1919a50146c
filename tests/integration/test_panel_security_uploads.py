"""Small files that claim, or inflate to, gigabytes, sent by every way that takes one.

The panel looks at the first bytes only and unpacks nothing; whatever it lets through, the worker
refuses with a code (``tests/faults/test_hostile_input.py`` runs the same files).
"""

from __future__ import annotations

import base64
import gzip
import io
import re
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from admin import PanelServices, create_app
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from tests.fakes.hostile_files import Seedling, bombs, healthy_samples, png

API = "/api/v1"
# What a call may hold beside the files themselves; the bombs unpack to 256 MiB and more.
MOST_BYTES = 12 << 20


@pytest.fixture(scope="module")
def seedlings() -> list[Seedling]:
    made = bombs(healthy_samples(1))
    assert len(made) > 15
    return made


@pytest.fixture
def panel(make_bench) -> Iterator[tuple[Any, FlaskClient]]:
    bench = make_bench(api={"inbox": "in", "sync_timeout_s": 0})
    with ExitStack() as stack:
        parts = stack.enter_context(panel_parts(bench.config, bench.clock))
        services = PanelServices(
            parts.health.checks,
            parts.overview,
            parts.desk,
            clock=bench.clock,
            api=ApiServices.of(parts),
            pages=parts.pages,
        )
        yield bench, create_app(bench.config, services).test_client()


def _bare(client: FlaskClient, bomb: Seedling) -> Any:
    return client.post(f"{API}/jobs?inbox=in", data=bomb.content, content_type="image/png")


def _sync(client: FlaskClient, bomb: Seedling) -> Any:
    image = base64.b64encode(bomb.content).decode()
    return client.post(f"{API}/face/enhance/sync", json={"image": image})


def _form(client: FlaskClient, bomb: Seedling) -> Any:
    return _multipart(client, f"{API}/face/enhance/async", "image", bomb)


def _drop(client: FlaskClient, bomb: Seedling) -> Any:
    word = re.search(r'name="csrf" value="([^"]+)"', client.get("/drop").text)
    assert word
    return _multipart(client, "/drop", "photos", bomb, csrf=word[1], inbox="in")


def _multipart(client: FlaskClient, path: str, name: str, bomb: Seedling, **fields: str) -> Any:
    """As bytes: the test client would keep a long form in a file that it does not close."""
    values = {**fields, name: FileStorage(io.BytesIO(bomb.content), f"x{bomb.suffix}")}
    boundary, body = encode_multipart(values)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(path, data=body, content_type=kind)


@pytest.mark.parametrize("send", [_bare, _sync, _form, _drop])
def test_a_bomb_costs_the_panel_nothing(
    panel, seedlings: list[Seedling], send: Callable[[FlaskClient, Seedling], Any]
) -> None:
    _, client = panel
    send(client, seedlings[0])  # whatever is loaded at the first call
    for bomb in seedlings:
        tracemalloc.start()
        answer = send(client, bomb)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert answer.status_code in {200, 202, 303, 400, 422}, (bomb.kind, answer.text)
        assert peak < MOST_BYTES + 8 * len(bomb.content), (bomb.kind, peak)


def test_a_picture_that_says_how_large_it_is_is_refused_for_it(panel) -> None:
    _, client = panel
    claims = png((2_000_000, 2_000_000), 8, 2, [(b"IDAT", b"")])
    answer = client.post(f"{API}/jobs?inbox=in", data=claims, content_type="image/png")
    assert (answer.status_code, answer.json["code"]) == (400, "IMAGE_TOO_LARGE")


def test_a_packed_body_is_not_unpacked(panel) -> None:
    """``Content-Encoding`` of a call is nobody's wish here: the bytes are taken as they are."""
    bench, client = panel
    packed = gzip.compress(bytes(64 << 20))
    tracemalloc.start()
    answer = client.post(
        f"{API}/jobs?inbox=in",
        data=packed,
        headers={"Content-Encoding": "gzip", "Content-Type": "image/png"},
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code in {400, 415}, answer.text
    assert peak < MOST_BYTES
    assert list(bench.config.layout.inbox("in").glob("*")) == []
