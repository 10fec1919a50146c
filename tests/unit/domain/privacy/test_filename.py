"""Names of files without the numbers in them."""

from __future__ import annotations

import pytest

from daemon.catalogue.privacy import book, policy_of
from daemon.domain.privacy.filename import masked_name
from daemon.domain.privacy.find import Finder

FINDER = Finder(book(), policy_of(book(), "personal"))


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟明_110199199003071239.jpg", "张伟明_xxxxxxxxxxxxxxxxxx.jpg"),
        ("138-0000-0123 合同.pdf", "xxx-xxxx-xxxx 合同.pdf"),
        ("contract.png", "contract.png"),
        ("13800000123", "xxxxxxxxxxx"),
        (".13800000123", ".xxxxxxxxxxx"),
        ("scan.13800000123", "scan.xxxxxxxxxxx"),
        ("", ""),
        ("a\udcff13800000123.jpg", "a\udcffxxxxxxxxxxx.jpg"),
        ("wang@example.com.jpg", "xxxxxxxxxxxx.xxx.jpg"),
    ],
)
def test_a_name_keeps_all_but_its_numbers(name: str, masked: str) -> None:
    assert masked_name(name, FINDER) == masked


def test_a_masked_name_is_as_long_as_it_was_and_masked_again_the_same() -> None:
    name = "收款 6299 9912 3456 7896（2）.tiff"
    masked = masked_name(name, FINDER)
    assert len(masked) == len(name)
    assert masked_name(masked, FINDER) == masked


@pytest.mark.parametrize("gap", ["_", " ", "\n", "\N{RIGHT-TO-LEFT OVERRIDE}", "\udcff"])
def test_what_cannot_be_shown_hides_no_number(gap: str) -> None:
    assert masked_name(f"138{gap}0000{gap}0123.jpg", FINDER) == f"xxx{gap}xxxx{gap}xxxx.jpg"
