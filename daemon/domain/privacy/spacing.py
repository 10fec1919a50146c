"""Numbers whose glyphs or groups stand apart: combs of forms, groups of four with wide gaps.

So do those written with dots, slashes or commas, which no pattern knows: ``186.0000.9800``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from daemon.domain.privacy.glyphs import Strand

_RUNS = (
    # 5101 9919 7603 0760 9X
    re.compile(r"(?<![0-9A-Za-z])[0-9]{1,8} (?:[0-9]{1,8} )+[0-9]{0,7}[0-9Xx](?![0-9A-Za-z])"),
    # E 1 2 3 4 5 6 7 8
    re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Za-z] ){4,}[0-9A-Za-z](?![0-9A-Za-z])"),
)
_LEAST_DIGITS = 4
_MARKED = (
    # 186.0000.9800, 5599/7275/3566/2898
    re.compile(
        r"(?<![0-9A-Za-z])[0-9]{2,8}(?P<mark>[./·_])[0-9]{2,8}(?:(?P=mark)[0-9]{2,8})+[Xx]?"
        r"(?![0-9A-Za-z])"
    ),
    # 1、8、6、0、0
    re.compile(r"(?<![0-9A-Za-z])[0-9](?:[、,./·_] ?[0-9]){10,}[Xx]?(?![0-9A-Za-z])"),
    # (186) 0000_9800
    re.compile(r"\([0-9]{3,4}\) ?[0-9]{3,4}[-. _/·]?[0-9]{4}(?![0-9A-Za-z])"),
)
_LEAST_MARKED = 10
"""Digits of a number with marks in it: fewer are a date or a version (``2026.11.22``)."""


def closed_up(strand: Strand) -> Iterator[Strand]:
    """Runs of groups without what parts them, each a strand of its own with a joint at every gap.

    What is found in one counts only as a whole: a run of groups is one number or several, and a
    part of it is none.
    """
    spans = {
        run.span()
        for all_, least in ((_RUNS, _LEAST_DIGITS), (_MARKED, _LEAST_MARKED))
        for runs in all_
        for run in runs.finditer(strand.text)
        if sum(map(str.isdigit, run.group())) >= least
    }
    for start, end in sorted(spans):
        kept = [at for at in range(start, end) if strand.text[at].isalnum()]
        joints = tuple(
            number for number in range(1, len(kept)) if kept[number] != kept[number - 1] + 1
        )
        yield Strand(
            "".join(strand.text[at] for at in kept),
            tuple(strand.origins[at] for at in kept),
            joints,
        )


_LIKE_DIGITS = frozenset("OoIl|")
COMB_DIGITS, COMB_CELLS = 8, 6
"""So many digits, so many of them alone in their cell, are a number of a form, whatever it is."""


def is_comb(strand: Strand) -> bool:
    """Whether a strand is digits in cells; the numbers of columns, 1 2 3, are none."""
    text, edges = strand.text, {0, *strand.joints, len(strand.text)}
    digits = [int(one) for one in text if one.isdigit()]
    like = len(digits) + sum(one in _LIKE_DIGITS for one in text)
    alone = sum(at in edges and at + 1 in edges for at in range(len(text)))
    rising = all(one < other for one, other in pairwise(digits[:9]))
    return (
        len(digits) >= COMB_DIGITS and like >= len(text) - 1 and alone >= COMB_CELLS and not rising
    )
