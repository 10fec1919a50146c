"""A file's name with the numbers in it masked, character by character; the ending stays."""

from __future__ import annotations

from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.page import Line, Page, Quad

SAFE_STAR = "x"
"""Stands for a masked character: Windows machines refuse stars in names on a share."""
_MOST_SUFFIX = 8


def masked_name(name: str, finder: Finder) -> str:
    """The name with every letter and digit that the policy covers replaced.

    Args:
        name: Of the file, no folder; whatever could not be decoded stands as surrogates.
        finder: Of the policy.

    Returns:
        A name of the same length in characters, unchanged where nothing is covered.
    """
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _MOST_SUFFIX:
        stem, dot, suffix = name, "", ""
    # Underscores, and what cannot be shown, separate in names as blanks do in text; one for one,
    # so that places stay.
    text = "".join(" " if _is_gap(one) else one for one in stem)
    width = float(max(1, len(text)) * 10)
    quad = Quad((0.0, 0.0), (width, 0.0), (width, 10.0), (0.0, 10.0))
    page = Page((Line(text, quad),), int(width), 10)
    glyphs = list(stem)
    for finding in finder.find(page):
        if not finding.masked:
            continue
        for piece in finding.pieces:
            for at in range(piece.first, piece.last + 1):
                if glyphs[at].isalnum() or glyphs[at] == "@":
                    glyphs[at] = SAFE_STAR
    return "".join(glyphs) + dot + suffix


def _is_gap(one: str) -> bool:
    return one in "_\N{REPLACEMENT CHARACTER}" or not one.isprintable()
