"""Nothing but a whole picture or an ``InputError`` comes out of any bytes, soon and cheaply."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.errors import InputError
from daemon.imaging.decode import read_photo
from daemon.imaging.encode import encode_photo
from daemon.imaging.limits import Limits
from tests.fakes.hostile_files import HostileFile, bombs, corpus, healthy_samples, hostile_names

SAMPLES = healthy_samples(7)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[HostileFile]:
    begin_s = time.monotonic()
    made = corpus(tmp_path_factory.mktemp("hostile"), 7)
    assert time.monotonic() - begin_s < 20
    return made


def test_the_corpus_is_large_distinct_and_small_on_disk(files: list[HostileFile]) -> None:
    assert len(files) >= 500
    assert len({file.path for file in files}) == len(files)
    assert sum(file.path.stat().st_size for file in files) < 200e6
    assert len([file for file in files if file.kind == "name"]) == len(hostile_names())


def test_the_same_seed_makes_the_same_corpus(tmp_path: Path) -> None:
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
    one, two = (corpus(folder, 3) for folder in folders)
    assert [f.path.name for f in one] == [f.path.name for f in two]
    assert all(a.path.read_bytes() == b.path.read_bytes() for a, b in zip(one, two, strict=True))


def test_every_hostile_file_ends_with_a_code_or_as_a_whole_picture(
    files: list[HostileFile],
) -> None:
    process = psutil.Process()
    before = process.memory_info().rss
    wrong, slow = [], []
    for file in files:
        begin_s = time.monotonic()
        outcome = _outcome(file.path)
        if time.monotonic() - begin_s > 2:
            slow.append(file.kind)
        allowed = outcome in file.codes or (outcome == "done" and file.decodes)
        if not allowed:
            wrong.append((file.kind, outcome))
    assert wrong == []
    assert slow == []
    assert process.memory_info().rss - before < 100 * 1024 * 1024


def _outcome(path: Path) -> str:
    try:
        photo = read_photo(path, Limits())
    except InputError as error:
        return error.code
    assert photo.srgb.shape[:2] == photo.pixels.shape[:2]
    assert photo.srgb.dtype == "uint8"
    return "done"


def test_what_decodes_of_a_damaged_file_can_be_written_again(files: list[HostileFile]) -> None:
    written = 0
    for file in files:
        if not file.kind.startswith(("flipped-jpeg", "flipped-png", "flipped-tiff", "flipped-gif")):
            continue
        try:
            photo = read_photo(file.path, Limits())
        except InputError:
            continue
        assert encode_photo(photo).content
        written += 1
    assert written > 5


@pytest.mark.parametrize("seedling", bombs(SAMPLES), ids=lambda s: s.kind)
def test_a_bomb_is_refused_at_once_and_cheaply(seedling, tmp_path: Path) -> None:
    path = tmp_path / f"bomb{seedling.suffix}"
    path.write_bytes(seedling.content)
    _outcome(path)
    peak_before = _peak_bytes()
    begin_s = time.thread_time()
    outcome = _outcome(path)
    spent_s = time.thread_time() - begin_s
    assert outcome in seedling.codes or (outcome == "done" and seedling.decodes)
    assert spent_s < 0.05
    assert _peak_bytes() - peak_before < 50 * 1024 * 1024


def _peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def test_a_hundred_thousand_pages_are_refused_after_the_first_few(tmp_path: Path) -> None:
    from tests.fakes.hostile_files import tiff

    path = tmp_path / "pages.tif"
    path.write_bytes(tiff([{256: 64, 257: 64}] * 100_000))
    begin_s = time.thread_time()
    with pytest.raises(InputError) as caught:
        read_photo(path, Limits())
    assert time.thread_time() - begin_s < 0.05
    assert caught.value.code == "IMAGE_TOO_LARGE"
    assert "64 pages" in str(caught.value.facts["limit"])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(SAMPLES)),
    edits=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=0, max_size=6)), max_size=5),
    cut=st.floats(0.05, 1),
)
def test_no_other_exception_leaks_for_any_bytes(
    name: str, edits: list[tuple[float, bytes]], cut: float, tmp_path_factory
) -> None:
    content = bytearray(SAMPLES[name])
    for where, new in edits:
        at = int(where * (len(content) - 1))
        content[at : at + len(new)] = new
    path = tmp_path_factory.getbasetemp() / "fuzz"
    path.write_bytes(bytes(content[: int(cut * len(content))]))
    _outcome(path)


def test_a_file_that_cannot_be_read_is_not_the_photos_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_photo(tmp_path / "gone.jpg", Limits())


def test_no_file_handle_is_left_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for content in (b"", b"\xff\xd8\xff\xe0", SAMPLES["jpeg"]):
        path = tmp_path / "photo"
        path.write_bytes(content)
        _outcome(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
