"""Runs of digits, whatever they mean: how far one reaches, in time linear in the text.

A run is a chain of words with digits. One blank, dash, dot, middle dot or slash may stand between
digits (the data's ``digit_sequence``); where that alone makes the run long enough, a colon or a
comma continues it (``2025-12-12 14:32``, ``1,234,567``), so that no two digits are left beside a
mask. A word with letters is covered whole, and a short prefix of capitals (``CL-70443``) or an area
code in brackets (``(186) 0000_9800``) with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_WORD = re.compile(r"[0-9A-Za-z]*[0-9][0-9A-Za-z]*")
_TIGHT = frozenset("-.·/–—_")
_WEAK = {":": 2, ",": 3}
"""What may continue a long run, and how many digits must follow it: minutes, thousands."""
_PREFIX = re.compile(r"(?:(?<![0-9A-Za-z])[A-Z]{1,6}[-/]|\(\+?[0-9]{1,5}\)[ -]?)$")
_PREFIX_REACH = 8
_GLUED = re.compile(r"[A-Za-z]*[a-z]{2}[0-9]{2,}")
"""The word before a number and its first group, where the reader lost the blank."""


def runs(text: str, least: int, *, known: str | None = None) -> Iterator[tuple[int, int]]:
    """Begin and end of every run of at least so many digits.

    Args:
        text: Normalised.
        least: Number of digits, 1 or more.
        known: The first reading of ``text`` where this is a second one: a letter read as a digit
            then counts only between digits (``500g`` is no number of four digits).
    """
    words = list(_WORD.finditer(text))
    strong = _chains(text, words, known)
    long = [chain for chain in strong if _digits(text, chain[0], chain[1], known) >= least]
    for start, end in _widened(text, words, long):
        prefix = _PREFIX.search(text, max(0, start - _PREFIX_REACH), start)
        yield (prefix.start() if prefix else start), end


def _chains(text: str, words: list[re.Match[str]], known: str | None) -> list[tuple[int, int]]:
    """Words that one separator joins; a blank joins words of digits alone."""
    chains: list[tuple[int, int]] = []
    pure_before = False
    for word in words:
        start, end = word.span()
        pure = _digits(text, start, end, known) == end - start
        between = text[chains[-1][1] : start] if chains else ""
        joined = len(between) == 1 and (
            between in _TIGHT or (between == " " and pure and pure_before)
        )
        if joined:
            chains[-1] = (chains[-1][0], end)
        else:
            chains.append((start, end))
        pure_before = pure or _GLUED.fullmatch(text, start, end) is not None
    return chains


def _widened(
    text: str, words: list[re.Match[str]], long: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Long chains, each with the words that a colon or comma joins to it."""
    starts = {word.start(): word.end() for word in words}
    ends = {word.end(): word.start() for word in words}
    reached = 0
    for chain_start, chain_end in long:
        start, end = chain_start, chain_end
        while _continues(text, end, starts):
            end = starts[end + 1]
        while start > reached and start - 1 in ends and _continues(text, start - 1, starts):
            start = ends[start - 1]
        if end <= reached:
            continue
        reached = end
        yield start, end


def _continues(text: str, at: int, starts: Mapping[int, int]) -> bool:
    """Whether a mark and as many digits as belong to it stand here (a comma may be Chinese)."""
    digits = _WEAK.get(text[at : at + 1])
    return digits is not None and starts.get(at + 1) == at + 1 + digits


def _digits(text: str, start: int, end: int, known: str | None) -> int:
    if known is None:
        return sum(map(str.isdigit, text[start:end]))
    count = 0
    for at in range(start, end):
        if text[at].isdigit() and (known[at].isdigit() or _between_digits(known, at)):
            count += 1
    return count


def _between_digits(text: str, at: int) -> bool:
    return text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()
