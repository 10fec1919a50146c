"""Fetching weight files, from a server that does what servers do: break off, lie, dawdle."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from daemon.config.model import Config
from daemon.domain.models import Model, Standing
from daemon.errors import ModelError, ModelNotNow
from daemon.files import resumable
from daemon.files.model_store import alone_in, read_lock
from daemon.net.fetching import Rules
from daemon.net.pace import Patience
from daemon.services.models import ModelStore
from daemon.services.models_pull import Fetched, Puller
from tests.fakes.mirror import Answer, Mirror, Request, drips, moved, raw, serves, silence, status
from tests.fakes.model_files import model_of, store_of, sum_of

CONTENT = random.Random(7).randbytes(700_001)
OTHER = random.Random(8).randbytes(700_001)
PLAIN = frozenset({"127.0.0.1"})
LOOPBACK = Rules(plain_hosts=PLAIN)
# For tests of what is too slow; everything else may run on a machine that is busy.
HURRIED = Rules(Patience(head_s=0.8, span_s=0.6, least_bytes=4096), plain_hosts=PLAIN)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with Mirror() as running:
        yield running


@pytest.fixture
def second() -> Iterator[Mirror]:
    with Mirror() as running:
        yield running


Make = Callable[..., ModelStore]


@pytest.fixture
def make(booth: Callable[..., Config]) -> Make:
    return lambda *models, **sections: store_of(booth, *models, **sections)


def pull(store: ModelStore, model: Model, rules: Rules = LOOPBACK, **how: Any) -> Fetched:
    return Puller(store, rules).pull(model.key, accepting="tester", **how)


def refusal(store: ModelStore, model: Model, rules: Rules = LOOPBACK, **how: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        pull(store, model, rules, **how)
    return caught.value


def test_a_file_comes_whole_and_right(mirror: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = serves(CONTENT)
    store, seen = make(model), []
    puller = Puller(store, LOOPBACK, lambda done, total: seen.append((done, total)))
    fetched = puller.pull("net-a", accepting="tester")
    assert fetched.found.standing is Standing.PRESENT
    assert fetched.found.path == store.folder / "net-a" / "a.pth"
    assert fetched.found.path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in fetched.found.path.parent.iterdir()] == ["a.pth"]
    (found,) = store.standings(["net-a"])
    assert (found.standing, found.is_read) == (Standing.PRESENT, True)
    lock = read_lock(store.folder)
    assert lock.files["net-a"].source == mirror.url()
    assert lock.licences["free"].by == "tester"
    assert mirror.requests[0].headers["accept-encoding"] == "identity"


def test_what_is_here_and_right_is_not_fetched_again(mirror: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = serves(CONTENT)
    store = make(model)
    pull(store, model)
    assert pull(store, model).source == ""
    assert len(mirror.requests) == 1


def test_a_cut_connection_is_gone_on_behind_the_last_byte(mirror: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.plays.append(serves(CONTENT, cut=300_000))
    mirror.otherwise = serves(CONTENT)
    assert pull(make(model), model).found.path.read_bytes() == CONTENT
    first, again = mirror.requests
    assert first.start == 0
    assert again.start == 300_000
    assert again.headers["if-range"] == '"v1"'


def test_another_mirror_goes_on_where_the_first_stopped(
    mirror: Mirror, second: Mirror, make: Make
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(), second.url()))
    mirror.plays.append(serves(CONTENT, cut=300_000))
    second.otherwise = serves(CONTENT, etag='"of another house"')
    fetched = pull(make(model), model)
    assert fetched.source == second.url()
    assert second.requests[0].start == 300_000
    assert "if-range" not in second.requests[0].headers


def test_a_new_version_in_between_is_fetched_from_its_beginning(mirror: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.plays.append(serves(OTHER, cut=300_000))
    mirror.otherwise = serves(CONTENT, etag='"v2"')
    assert pull(make(model), model).found.path.read_bytes() == CONTENT
    assert mirror.requests[1].headers["if-range"] == '"v1"'


def test_a_part_of_something_else_is_fetched_again_from_the_same_mirror(
    mirror: Mirror, make: Make
) -> None:
    """The sender says nothing of versions: only the sum tells, and the part is to blame."""
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.plays.append(serves(OTHER, etag="", cut=300_000))
    mirror.otherwise = serves(CONTENT, etag="")
    assert pull(make(model), model).found.path.read_bytes() == CONTENT
    assert [request.start for request in mirror.requests] == [0, 300_000, 0]


def test_without_a_sum_only_the_same_version_is_gone_on_with(mirror: Mirror, make: Make) -> None:
    model = model_of(urls=(mirror.url(),))
    mirror.plays.append(serves(CONTENT, etag='W/"weak"', cut=300_000))
    mirror.otherwise = serves(CONTENT)
    fetched = pull(make(model), model)
    assert fetched.found.standing is Standing.UNVERIFIED
    assert fetched.is_first_sum
    assert [request.start for request in mirror.requests] == [0, 0]


def test_an_unknown_sum_is_recorded_once_and_compared_ever_after(
    mirror: Mirror, make: Make
) -> None:
    model = model_of(urls=(mirror.url(),))
    mirror.plays.append(serves(CONTENT))
    mirror.otherwise = serves(OTHER)
    store = make(model)
    where = pull(store, model).found.path
    assert read_lock(store.folder).files["net-a"].sha256 == sum_of(CONTENT)
    where.unlink()
    error = refusal(store, model)
    assert (error.code, error.facts["limit"]) == ("MODEL_WRONG_SUM", sum_of(CONTENT))
    assert not where.exists()
    # Whoever knows that the publisher has a new version says so.
    assert pull(store, model, replacing=True).is_first_sum
    assert read_lock(store.folder).files["net-a"].sha256 == sum_of(OTHER)


def test_without_sum_and_length_an_answer_must_have_an_end(mirror: Mirror, make: Make) -> None:
    """One that broke off could not be told from a whole one, and its sum would be recorded."""
    model = model_of(urls=(mirror.url(),))
    mirror.plays.append(raw(b"HTTP/1.1 200 OK\r\n\r\n" + CONTENT))
    chunk = b"%x\r\n%s\r\n" % (len(CONTENT), CONTENT)
    mirror.otherwise = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
    store = make(model)
    assert "no length" in str(refusal(store, model).facts["detail"])
    assert "cut" in str(refusal(store, model).facts["detail"])
    mirror.otherwise = raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n"
    )
    assert pull(store, model).found.path.read_bytes() == CONTENT


def test_a_wrong_sum_leads_to_the_next_mirror_and_never_to_a_file(
    mirror: Mirror, second: Mirror, make: Make
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(), second.url()))
    mirror.otherwise = serves(OTHER)
    store = make(model)
    second.plays.append(serves(OTHER))
    error = refusal(store, model)
    assert error.code == "MODEL_WRONG_SUM"
    assert error.facts["actual"] == sum_of(OTHER)
    assert store.standings(["net-a"])[0].standing is Standing.MISSING
    second.otherwise = serves(CONTENT)
    assert pull(store, model).source == second.url()


def test_no_mirror_answers_and_each_is_named_with_its_trouble(
    mirror: Mirror, second: Mirror, make: Make
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(), second.url(), "http://127.0.0.1:1/a.pth"))
    mirror.otherwise, second.otherwise = status(503), raw(b"SSH-2.0-nothing\r\n\r\n")
    error = refusal(make(model), model)
    assert isinstance(error, ModelNotNow)
    assert error.code == "MODEL_UNREACHABLE"
    assert error.exit_status == 75
    for trouble in ("status 503", "protocol", "connect ECONNREFUSED"):
        assert trouble in str(error.facts["detail"])


@pytest.mark.parametrize(
    "to",
    ["http://localhost:1/a", "ftp://127.0.0.1/a", "file:///etc/passwd", "https://a@b.example/"],
)
def test_a_redirect_to_anything_but_https_is_refused(mirror: Mirror, make: Make, to: str) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = moved(to)
    assert "redirect" in str(refusal(make(model), model).facts["detail"])
    assert len(mirror.requests) == 1


def test_redirects_are_followed_with_the_range_and_end_somewhere(
    mirror: Mirror, make: Make
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.plays += [
        moved("/b?sig=%20x"),
        serves(CONTENT, cut=300_000),
        moved("/b"),
        serves(CONTENT),
    ]
    mirror.otherwise = moved("/round")
    assert pull(make(model), model).found.path.read_bytes() == CONTENT
    assert [r.start for r in mirror.requests] == [0, 0, 300_000, 300_000]
    assert mirror.requests[1].line == "GET /b?sig=%20x HTTP/1.1"
    circle = model_of(CONTENT, "net-b", urls=(mirror.url(),))
    assert "redirect too many" in str(refusal(make(circle), circle).facts["detail"])


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 700001\r\n\r\n"])
def test_a_byte_now_and_then_is_no_answer(mirror: Mirror, make: Make, head: bytes) -> None:
    """Neither for the head nor for the body: a limit on each read would wait for ever."""
    model = model_of(CONTENT, urls=(mirror.url(),))

    def drip(peer: Any, over: Any) -> None:
        peer.sendall(head)
        drips(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2000, 0.02)(peer, over)

    mirror.otherwise = drip
    began = time.monotonic()
    assert "slow" in str(refusal(make(model), model, HURRIED).facts["detail"])
    assert time.monotonic() - began < 10


def test_silence_is_no_answer_either(mirror: Mirror, second: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(), second.url()))
    mirror.otherwise, second.otherwise = silence, serves(CONTENT)
    assert pull(make(model), model, HURRIED).source == second.url()


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (serves(CONTENT[:-1]), "700000 bytes"),
        (serves(CONTENT + b"x"), "700002 bytes"),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n" + CONTENT + b"xx"), "more than 700001 bytes"),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n" + CONTENT[:-9]), "cut"),
        (serves(CONTENT, headers="Content-Type: text/html; charset=x\r\n"), "text/html"),
        (serves(CONTENT, headers="Content-Encoding: gzip\r\n"), "content-encoding"),
        (raw(b"HTTP/1.1 206 P\r\nContent-Range: bytes 5-9/10\r\n\r\nabcde"), "content-range"),
    ],
)
def test_what_cannot_be_the_file_is_refused(
    mirror: Mirror, make: Make, answer: Any, detail: str
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = answer
    error = refusal(make(model), model)
    assert error.code == "MODEL_UNREACHABLE"
    assert detail in str(error.facts["detail"])


def test_a_full_disk_keeps_the_part_and_says_what_to_do(
    mirror: Mirror, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = serves(CONTENT)
    store, write = make(model), os.pwrite

    def full(handle: int, content: bytes, at: int) -> int:
        if at >= 262_144:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, content, at)

    with monkeypatch.context() as patched:
        patched.setattr(resumable.os, "pwrite", full)
        error = refusal(store, model)
    assert (error.code, error.exit_status) == ("MODEL_NO_SPACE", 75)
    assert "boothd models pull net-a" in str(error.facts["command"])
    assert store.part_bytes(model) >= 262_144
    assert pull(store, model).resumed_from >= 262_144
    assert mirror.requests[-1].start >= 262_144


def test_a_disk_without_room_is_noticed_before_anything_is_written(
    mirror: Mirror, make: Make
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = serves(CONTENT)
    store = make(model, retention={"min_free_mib": 2**40})
    assert refusal(store, model).code == "MODEL_NO_SPACE"
    assert store.part_bytes(model) == 0


CHILD = """
import sys
from daemon.config.model import Config
from tests.integration.test_models_pull import CONTENT, LOOPBACK, pull
from tests.fakes.model_files import model_of, store_of
config = Config.model_validate(
    {"root": sys.argv[1], "inboxes": [{"name": "in", "plan": ["copy"]}]}
)
model = model_of(CONTENT, urls=(sys.argv[2],))
store = store_of(lambda **_: config, model)
pull(store, model, LOOPBACK)
"""


def test_a_killed_pull_is_gone_on_with(
    mirror: Mirror, booth: Callable[..., Config], repo_root: Path
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    store = store_of(booth, model)
    root = store.folder.parent.parent
    mirror.plays.append(serves(CONTENT, stall=524_288))
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), mirror.url()],
        cwd=repo_root,
        env={**os.environ, "PYTHONPATH": str(repo_root)},
    )
    try:
        deadline = time.monotonic() + 40
        while store.part_bytes(model) < 262_144:
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.02)
        with pytest.raises(ModelNotNow) as caught, alone_in(store.folder):
            pass
        assert caught.value.code == "MODEL_STORE_BUSY"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    mirror.otherwise = serves(CONTENT)
    fetched = pull(store, model)
    assert fetched.found.path.read_bytes() == CONTENT
    assert mirror.requests[-1].start == fetched.resumed_from >= 262_144


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_killed_just_before_the_rename_needs_no_network(
    mirror: Mirror, make: Make, size: int | None
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),), size_bytes=size)
    store = make(model)
    with resumable.ResumablePart(store.folder / model.place, model.key) as part:
        part.append(CONTENT)
    assert pull(store, model).found.standing is Standing.PRESENT
    assert not mirror.requests


def test_a_file_that_is_not_the_right_one_goes_only_when_told(mirror: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = serves(CONTENT)
    store = make(model)
    where = store.folder / model.place
    where.parent.mkdir(parents=True)
    where.write_bytes(CONTENT[:1000])
    error = refusal(store, model)
    assert (error.code, error.facts["file"]) == ("MODEL_INCOMPLETE", where)
    where.write_bytes(OTHER)
    error = refusal(store, model)
    assert (error.code, error.facts["command"]) == (
        "MODEL_WRONG_SUM",
        "boothd models pull net-a --replace",
    )
    assert where.read_bytes() == OTHER
    assert pull(store, model, replacing=True).replaced
    assert where.read_bytes() == CONTENT


def test_a_link_in_place_of_the_part_is_not_written_through(
    mirror: Mirror, make: Make, tmp_path: Path
) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    mirror.otherwise = serves(CONTENT)
    store, victim = make(model), tmp_path / "victim"
    victim.write_bytes(b"precious")
    part = resumable.part_path(store.folder / model.place, resumable.TAG)
    part.parent.mkdir(parents=True)
    part.symlink_to(victim)
    assert refusal(store, model).code == "MODEL_FOREIGN_FILE"
    assert victim.read_bytes() == b"precious"


def zip_of(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"buffalo/{name}.onnx", content)
    return held.getvalue()


def test_a_file_inside_a_zip_comes_out_of_it(mirror: Mirror, make: Make) -> None:
    packed = zip_of(det=CONTENT, rec=OTHER)
    outer = model_of(packed, "pack", file="pack.zip", urls=(mirror.url(),))
    inner = model_of(CONTENT, "det", file="det.onnx", urls=outer.urls, archive="pack")
    liar = model_of(CONTENT, "rec", file="rec.onnx", urls=outer.urls, archive="pack")
    mirror.otherwise = serves(packed)
    store = make(outer, inner, liar)
    assert pull(store, inner).source == "archive:pack"
    assert (store.folder / "det" / "det.onnx").read_bytes() == CONTENT
    assert refusal(store, liar).code == "MODEL_WRONG_SUM"
    assert len(mirror.requests) == 1


def test_two_at_once_are_refused(mirror: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    store = make(model)
    with alone_in(store.folder):
        assert refusal(store, model).code == "MODEL_STORE_BUSY"
    assert not mirror.requests


def test_plain_http_needs_the_tests_own_rule(mirror: Mirror, make: Make) -> None:
    model = model_of(CONTENT, urls=(mirror.url(),))
    assert "address http:" in str(refusal(make(model), model, Rules()).facts["detail"])
    assert not mirror.requests


def tls_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_https_is_checked_also_through_a_proxy(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    with Mirror(serves(CONTENT), tls=tls_of(authority)) as safe, Mirror(tunnel) as proxy:
        model = model_of(CONTENT, urls=(safe.url(),))
        store = make(model)
        assert "tls" in str(refusal(store, model, Rules()).facts["detail"])
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        rules = Rules(proxy=f"http://bob:s%40crt@127.0.0.1:{proxy.port}")
        assert pull(store, model, rules).found.standing is Standing.PRESENT
        (asked,) = proxy.requests
        assert asked.line == f"CONNECT 127.0.0.1:{safe.port} HTTP/1.1"
        assert asked.headers["proxy-authorization"] == "Basic Ym9iOnNAY3J0"


def tunnel(request: Request) -> Answer:
    """Carry bytes both ways between a client and where it wants to go."""
    host, port = request.line.split()[1].split(":")

    def carry(source: socket.socket, target: socket.socket) -> None:
        while content := source.recv(65_536):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)

    def give(peer: socket.socket, _over: threading.Event) -> None:
        with socket.create_connection((host, int(port)), timeout=5) as far:
            peer.sendall(b"HTTP/1.1 200 go on\r\n\r\n")
            back = threading.Thread(target=carry, args=(far, peer))
            back.start()
            with contextlib.suppress(OSError):
                carry(peer, far)
            back.join()

    return give
