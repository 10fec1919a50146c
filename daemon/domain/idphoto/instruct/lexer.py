"""Cuts a folded text into tokens: the longest phrase or number at each place, left to right."""

from __future__ import annotations

import re

from daemon.domain.idphoto.instruct import numbers
from daemon.domain.idphoto.instruct.folding import Folded
from daemon.domain.idphoto.instruct.numbers import Amount, Unit
from daemon.domain.idphoto.instruct.tokens import Kind, Token
from daemon.domain.idphoto.instruct.vocabulary import Vocabulary
from daemon.domain.idphoto.instruct.words import WATERMARK_LINKS

_BREAKS = frozenset(",;。、\n!?")
_MAX_QUOTED = 300
_ZH_NUMERALS = frozenset("零〇一二两三四五六七八九十百千万半壹贰叁肆伍陆柒捌玖俩拾佰仟")
_STARTS_NUMBER = frozenset("0123456789#+-") | _ZH_NUMERALS
_WORD = re.compile(r"[a-z]{1,40}(?:'[a-z]{1,10})?")
_GRADE = re.compile(r"[一二三四五六七八九十]级")
# "1." and "(2)" at the head of an item.
_ITEM = re.compile(r"\(?\d{1,2}[.)](?!\d)")
_BEFORE_WATERMARK = re.compile(r" ?(?:字样的|字样|的|as a |as the |as )? ?(?:水印|watermark)")
_GRADED = frozenset({
    Kind.SMOOTH, Kind.WHITEN, Kind.BEAUTY, Kind.BRIGHTNESS, Kind.CONTRAST, Kind.SATURATION,
    Kind.SHARPNESS,
})  # fmt: skip


def tokens_of(folded: Folded, words: Vocabulary) -> list[Token]:
    """The tokens of a text, spaces left out."""
    lexer = _Lexer(folded, words)
    lexer.run()
    return lexer.tokens


class _Lexer:
    def __init__(self, folded: Folded, words: Vocabulary) -> None:
        self._folded, self._text, self._words = folded, folded.text, words
        self.tokens: list[Token] = []

    def run(self) -> None:
        at = 0
        while at < len(self._text):
            at = self._step(at)

    def _step(self, at: int) -> int:
        char = self._text[at]
        if char == " ":
            return at + 1
        if char == '"':
            return self._quote(at)
        item = _ITEM.match(self._text, at)
        if item is not None and (at == 0 or self._text[at - 1] in " :(" or self._is_fresh(at)):
            self.tokens.append(Token(Kind.BREAK, at, item.end(), item[0]))
            return item.end()
        best = self._longest(at)
        if best is None:
            best = self._break(at) or self._unknown(at)
        elif best.kind is Kind.CONTEXT and best.text == ".":
            best = self._break(at) or best
        self.tokens.append(self._graded(best))
        return self._watermark(best) if best.kind is Kind.WATERMARK else best.end

    def _is_fresh(self, at: int) -> bool:
        """Whether a clause begins here."""
        return (
            bool(self.tokens) and self.tokens[-1].kind is Kind.BREAK and (self.tokens[-1].end == at)
        )

    def _longest(self, at: int) -> Token | None:
        phrase, number = self._phrase(at), self._number(at)
        if phrase is None or number is None:
            return phrase or number
        return number if number.end > phrase.end else phrase

    def _phrase(self, at: int) -> Token | None:
        for phrase in self._words.by_first.get(self._text[at], ()):
            end = at + len(phrase.text)
            if self._text.startswith(phrase.text, at) and self._stands_alone(at, end):
                return Token(phrase.kind, at, end, phrase.text, phrase.value)
        return None

    def _stands_alone(self, start: int, end: int) -> bool:
        """No part of a longer Latin word, no tail of a longer number."""
        before, after = self._text[start - 1 : start], self._text[end : end + 1]
        first, last = self._text[start], self._text[end - 1]
        if _is_letter(first) and _is_letter(before):
            return False
        if _is_digit(first) and (_is_digit(before) or before == "."):
            return False
        if first in _ZH_NUMERALS and before and before in _ZH_NUMERALS:
            return False
        if _is_digit(last):
            return not (_is_digit(after) or _is_letter(after))
        return not (_is_letter(last) and _is_letter(after))

    def _number(self, at: int) -> Token | None:
        char, before = self._text[at], self._text[at - 1 : at]
        if char in "+-" and (_is_digit(before) or not _is_digit(self._text[at + 1 : at + 2])):
            return None
        if char not in _STARTS_NUMBER and not (_is_letter(char) and not _is_letter(before)):
            return None
        found: list[Token] = []
        # 1x2x3 is no frame, from wherever one looks at it.
        last = [(token.kind, token.text) for token in self.tokens[-2:]]
        is_third = len(last) > 1 and last[0][0] is Kind.AMOUNT and last[1][1] == "x"
        for kind, read in (
            *(() if is_third else ((Kind.FRAME, numbers.frame_at),)),
            (Kind.KB_RANGE, numbers.kb_range_at),
            (Kind.RGB, numbers.rgb_at),
            (Kind.AMOUNT, numbers.amount_at),
        ):
            match = read(self._text, at)
            if match is not None:
                end, value = match
                found.append(Token(kind, at, end, self._text[at:end], value))
        return max(found, key=lambda token: token.end, default=None)

    def _break(self, at: int) -> Token | None:
        char, after = self._text[at], self._text[at + 1 : at + 2]
        ends_sentence = char == "." and (not after or after in " \n" or not after.isascii())
        if char in _BREAKS or ends_sentence:
            return Token(Kind.BREAK, at, at + 1, char)
        return None

    def _unknown(self, at: int) -> Token:
        word = _WORD.match(self._text, at)
        end = word.end() if word is not None else at + 1
        return Token(Kind.UNKNOWN, at, end, self._text[at:end])

    def _graded(self, token: Token) -> Token:
        """磨皮四级 is a strength; 四级 by itself is an exam."""
        if token.kind is not Kind.SIZE or not _GRADE.fullmatch(token.text):
            return token
        near = [one for one in self.tokens[-3:] if one.kind is not Kind.CONTEXT]
        if not near or near[-1].kind not in _GRADED:
            return token
        grade = numbers.chinese_number(token.text[0])
        return Token(Kind.AMOUNT, token.start, token.end, token.text, Amount(grade, Unit.TENTHS))

    def _quote(self, at: int) -> int:
        """Quoted words count as one only as a watermark; else the marks mean nothing."""
        close = self._closing(at + 1, '"')
        if close is None or not _BEFORE_WATERMARK.match(self._text, close + 1):
            return at + 1
        self._verbatim(at + 1, close, close + 1)
        return close + 1

    def _watermark(self, word: Token) -> int:
        """What the watermark says: quoted, else everything up to the end of the clause."""
        if self._is_called_off() or (
            len(self.tokens) > 1 and any(one.kind is Kind.VERBATIM for one in self.tokens[-3:])
        ):
            return word.end
        at = self._past_links(word.end)
        mark = self._text[at : at + 1]
        close = self._closing(at + 1, mark) if mark in {'"', "'"} else None
        if close is not None:
            self._verbatim(at + 1, close, close + 1)
            return close + 1
        start, end = at, at
        while end < len(self._text) and self._text[end] not in _BREAKS:
            end += 1
        self._verbatim(start, end, end)
        return max(end, word.end)

    def _verbatim(self, start: int, stop: int, end: int) -> None:
        said = self._folded.verbatim(start, stop).strip()
        if said:
            token = Token(Kind.VERBATIM, start, end, self._text[start:stop], said)
            self.tokens.append(token)

    def _is_called_off(self) -> bool:
        for token in reversed(self.tokens[:-1]):
            if token.kind in {Kind.NEGATION, Kind.REMOVE}:
                return True
            if token.kind not in {Kind.CONTEXT, Kind.FILLER}:
                return False
        return False

    def _past_links(self, at: int) -> int:
        while True:
            while self._text[at : at + 1] in {" ", ":", "="} and at < len(self._text):
                at += 1
            for link in WATERMARK_LINKS:
                end = at + len(link)
                if self._text.startswith(link, at) and self._ends_link(link, end):
                    at = end
                    break
            else:
                return at

    def _ends_link(self, link: str, end: int) -> bool:
        """A link is followed by the text's own mark: ``写字楼`` is no ``写``."""
        after = self._text[end : end + 1]
        return after in {" ", ":", '"', "'", "="} or (len(link) > 1 and not link.isascii())

    def _closing(self, start: int, mark: str) -> int | None:
        found = self._text.find(mark, start, start + _MAX_QUOTED)
        return None if found < 0 else found


def _is_letter(char: str) -> bool:
    return "a" <= char <= "z"


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"
