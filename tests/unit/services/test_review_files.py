"""Files of a photo that a person decided about: what a try before a crash left is taken away."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from daemon.files.atomic import linking_part
from daemon.files.digest import Digest
from daemon.files.syncing import alone
from daemon.services.review_files import give

JOB = "018bcfe568005d541e74a6"
CONTENT = b"candidate"
WANTED = Digest(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A candidate, and the part that a crash left where it was to go."""
    source = tmp_path / "photo.candidate.jpg"
    source.write_bytes(CONTENT)
    (tmp_path / "out").mkdir()
    assert alone(linking_part(source, tmp_path / "out" / "photo.jpg", JOB)) is not None
    return source


@pytest.mark.parametrize(("there", "is_given"), [(b"somebody's", False), (CONTENT, True)])
def test_the_part_of_a_try_before_a_crash_goes_where_its_name_is_taken(
    source: Path, there: bytes, is_given: bool
) -> None:
    target = source.parent / "out" / "photo.jpg"
    target.write_bytes(there)
    assert give(source, target, JOB, WANTED, replacing=False) is is_given
    assert [path.name for path in target.parent.iterdir()] == ["photo.jpg"]
    assert target.read_bytes() == there


def test_the_part_of_a_try_before_a_crash_is_used_where_its_name_is_free(source: Path) -> None:
    target = source.parent / "out" / "photo.jpg"
    assert give(source, target, JOB, WANTED, replacing=False)
    assert [path.name for path in target.parent.iterdir()] == ["photo.jpg"]
    assert target.read_bytes() == CONTENT
