"""Which types the words around a hit speak for: on its line, to its left, above it, at its column.

Reach: ``context_window`` of the data. A word after a hit counts only in brackets, for what follows
a number usually belongs to the next one.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemon.domain.privacy.entity import Window
from daemon.domain.privacy.glyphs import Strand
from daemon.domain.privacy.layout import Placed
from daemon.domain.privacy.strands import Segment, Weave

_AFTER_CHARS = 3
_WRAPPED_START = 2
_LABEL_REACH = 3.5
"""A label stands so many heights above its value at most, where it is no column head."""
_ASIDE = 2.0
_LONGEST_COLUMN = 80
_HEAD_LETTERS = 2


class Nearby:
    """Looks around.

    Args:
        weave: The page laid out.
        window: How far a word reaches.
    """

    def __init__(self, weave: Weave, window: Window) -> None:
        self._weave = weave
        self._window = window
        self._known: dict[tuple[int, int, int], frozenset[str]] = {}
        self._words: dict[int, bool] = {}
        self._reaches: dict[int, tuple[tuple[float, float, frozenset[str]], ...]] = {}

    def around(self, strand: Strand, start: int, end: int) -> frozenset[str]:
        """Ids of the types spoken for, by a stretch of a strand.

        Args:
            strand: One of the page's.
            start: Its first character.
            end: After its last.
        """
        origins = [origin for origin in strand.origins[start:end] if origin is not None]
        if not origins:
            return frozenset()
        line, first = origins[0]
        last = next(glyph for other, glyph in reversed(origins) if other == line)
        key = (line, first, max(first, last))
        if key not in self._known:
            self._known[key] = self.types(*key)
        return self._known[key]

    def types(self, line: int, first: int, last: int) -> frozenset[str]:
        """Ids of the types spoken for.

        Args:
            line: Of the hit's first piece.
            first: Its first glyph there.
            last: Its last glyph there.
        """
        segment = self._weave.segment_of[line]
        found = set(self._on_line(segment, line, first, last))
        if (
            self._window.left_cell
            and segment.left is not None
            and not self._text_before(segment, line, first)
        ):
            found |= self._all_of(segment.left)
        if self._window.previous_line:
            found.update(self._look_up(segment, line, first, last))
        return frozenset(found)

    def _on_line(self, segment: Segment, line: int, first: int, last: int) -> Iterator[str]:
        start = segment.positions[line, first]
        end = segment.positions.get((line, last), start) + 1
        text = segment.strand.text
        for mention in self._weave.mentions(segment):
            before = 0 <= start - mention.end <= self._window.same_line_chars
            after = 0 < mention.start - end <= _AFTER_CHARS and "(" in text[end : mention.start]
            if before or after:
                yield from mention.entities

    def _text_before(self, segment: Segment, line: int, first: int) -> bool:
        before = segment.strand.text[: segment.positions[line, first]]
        return sum(map(str.isalpha, before)) > 1

    def _all_of(self, segment: Segment) -> set[str]:
        return {id_ for mention in self._weave.mentions(segment) for id_ in mention.entities}

    def _look_up(self, segment: Segment, line: int, first: int, last: int) -> Iterator[str]:
        group = segment.group
        left, right = group.reach(self._weave.page.lines[line], first, last)
        own = self._weave.place_of[line]
        over = [
            one
            for one in group.between(float("-inf"), own.first_v - 0.5 * own.height)
            if one.left < right and one.right > left
        ]
        for steps, one in enumerate(reversed(over)):
            if steps >= _LONGEST_COLUMN:
                return
            other = self._weave.segment_of[one.line]
            if steps == 0:
                yield from self._wrapped_from(segment, other, (line, first), own)
            found = self._aligned(other, left, right, own.height)
            yield from found
            if found or self._is_words(one):
                return

    def _aligned(
        self, segment: Segment, left: float, right: float, height: float
    ) -> frozenset[str]:
        """Types of words that stand over a stretch."""
        found: set[str] = set()
        for begin, end, entities in self._reach_of(segment):
            if begin < right + _ASIDE * height and end > left - _ASIDE * height:
                found |= entities
        return frozenset(found)

    def _reach_of(self, segment: Segment) -> tuple[tuple[float, float, frozenset[str]], ...]:
        """Begin and end of every word of a segment along the direction, px, and its types."""
        key = segment.placed[0].line
        if key not in self._reaches:
            self._reaches[key] = tuple(self._measured(segment))
        return self._reaches[key]

    def _measured(self, segment: Segment) -> Iterator[tuple[float, float, frozenset[str]]]:
        for mention in self._weave.mentions(segment):
            origins = segment.strand.origins[mention.start : mention.end]
            spans = [
                segment.group.reach(self._weave.page.lines[one[0]], one[1], one[1])
                for one in (origins[0], origins[-1])
                if one is not None
            ]
            if spans:
                yield spans[0][0], spans[-1][1], mention.entities

    def _wrapped_from(
        self, segment: Segment, above: Segment, hit: tuple[int, int], own: Placed
    ) -> Iterator[str]:
        """Types of words at the end of the line above, where the hit begins its own line."""
        at = segment.positions[hit]
        last = above.placed[-1]
        if at > _WRAPPED_START or own.first_v - last.last_v > _LABEL_REACH * own.height:
            return
        length = len(above.strand.text)
        for mention in self._weave.mentions(above):
            if length - mention.end + at <= self._window.same_line_chars:
                yield from mention.entities

    def _is_words(self, placed: Placed) -> bool:
        """Whether a cell is words rather than a value: the head of its column, then."""
        if placed.line not in self._words:
            text = self._weave.normal(placed.line).text
            letters = sum(map(str.isalpha, text))
            self._words[placed.line] = letters >= _HEAD_LETTERS and letters > sum(
                map(str.isdigit, text)
            )
        return self._words[placed.line]
