"""The name that results go out under, with and without the numbers in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.artifact import Reason
from daemon.domain.job import Job, State, Verdict
from daemon.domain.route import Plan
from daemon.files.safe import MAX_NAME_BYTES, output_parts
from daemon.protocol import Result
from daemon.runtime.once_files import OutFolder
from daemon.services.published_name import masks_name, published_relative

_NUMBERED = st.from_regex(r"(?s)[^/]{0,60}[0-9][ _|.-]?[0-9]{4,20}[^/]{0,90}", fullmatch=True).map(
    lambda name: name.encode("utf-8", "surrogateescape")
)


def job(relative: bytes, **options: object) -> Job:
    return Job(
        id="j1",
        inbox="in",
        relative=relative,
        name_key="",
        generation="",
        state=State.WORKING,
        plan=Plan.of(["privacy"], {"privacy": options}),
        priority=0,
        language="en",
        created_ms=0,
    )


def test_without_the_option_a_name_is_its_own() -> None:
    assert published_relative(job(b"sub/13800000123\xff.jpg")) == b"sub/13800000123\xff.jpg"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟_13800000123.pdf", "张伟_xxxxxxxxxxx.pdf"),
        ("IMG_20250101_123456.jpg", "IMG_20250101_123456.jpg"),
        ("scan.13800000123", "scan.xxxxxxxxxxx"),
        ("138|0000\n0123.jpg", "xxx_xxxx\N{REPLACEMENT CHARACTER}xxxx.jpg"),
        (
            "\N{RIGHT-TO-LEFT OVERRIDE}13800000123.jpg",
            "\N{REPLACEMENT CHARACTER}xxxxxxxxxxx.jpg",
        ),
        ("con.jpg", "_con.jpg"),
        ("", "photo-e3b0c442"),
    ],
)
def test_a_name_goes_out_without_what_the_profile_covers(name: str, masked: str) -> None:
    asked = job(name.encode(), mask_name=True, profile="personal")
    assert published_relative(asked).decode() == masked


def test_only_the_last_part_is_masked_and_settings_count() -> None:
    asked = job(b"A 13800000123/13800000123 Fang.jpg", mask_name=True, words=["Fang"])
    assert published_relative(asked) == b"A 13800000123/xxxxxxxxxxx xxxx.jpg"
    kept = job(b"13800000123.jpg", mask_name=True, keep_last=4)
    assert published_relative(kept) == b"xxxxxxx0123.jpg"


def test_the_tail_of_a_long_name_is_no_hash_of_its_number() -> None:
    long = ("张" * 100).encode()
    asked = [
        job(long + number + b".jpg", mask_name=True, profile="personal")
        for number in (b"13800000123", b"13900000456")
    ]
    one, other = map(published_relative, asked)
    assert one == other


@pytest.mark.parametrize("options", [{"profile": "nobody's"}, {"types": 7}, {"mask_name": "?"}])
def test_options_that_the_route_refuses_mask_every_number(options: dict[str, object]) -> None:
    asked = job(b"IMG_20250101.jpg", **{"mask_name": True, **options})
    assert masks_name(asked.plan)
    assert published_relative(asked) == b"IMG_xxxxxxxx.jpg"


@given((st.binary(max_size=250) | _NUMBERED).filter(lambda name: b"/" not in name))
def test_whatever_a_file_is_called_nothing_is_left_to_mask_in_a_safe_name(name: bytes) -> None:
    masked = published_relative(job(name, mask_name=True))
    (safe,) = output_parts(masked) or ("",)
    assert safe.encode() == masked
    assert len(masked) <= MAX_NAME_BYTES
    assert published_relative(job(masked, mask_name=True)) == masked


def test_once_writes_the_number_into_no_name_and_no_text(tmp_path: Path) -> None:
    failed = Result("j1", 1, Verdict.FAILED, (Reason("INVALID_IMAGE"),))
    asked = job(b"13800000123.jpg", mask_name=True)
    for _ in range(2):
        OutFolder(tmp_path / "out").publish(asked, failed, tmp_path)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "xxxxxxxxxxx (2).why.txt", "xxxxxxxxxxx.why.txt",
    ]  # fmt: skip
    for path in (tmp_path / "out").iterdir():
        assert "13800000123" not in path.read_text("utf-8-sig")
