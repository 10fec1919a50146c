"""A value behind its label ends where the next row begins with a word of its own."""

from __future__ import annotations

import pytest

from daemon.catalogue.privacy.load import book
from daemon.catalogue.privacy.policies import policy_of
from daemon.config.privacy import Masking
from daemon.domain.privacy.find import Finder
from tests.unit.domain.privacy.pages import page, shown


@pytest.mark.parametrize(
    "rows",
    [
        ("ID no. 11010119800619914X", "ID no. 11010119770620656"),
        ("Phone: 13992127436", "Phone: 1398745744"),
    ],
)
def test_the_label_of_the_next_row_stays(rows):
    finder = Finder(book(), policy_of(book(), "personal", Masking()), b"")
    sheet = page(*rows)
    for row, text in zip(rows, shown(sheet, finder.find(sheet)), strict=True):
        label = row.rpartition(" ")[0]
        assert text.startswith(label)
        assert not text.removeprefix(label).strip()
