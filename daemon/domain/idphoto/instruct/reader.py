"""Reads an instruction from end to end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.caution import Caution, Warned, words_of
from daemon.domain.idphoto.instruct.assemble import slots_of
from daemon.domain.idphoto.instruct.clause import LINKS, Clause, use
from daemon.domain.idphoto.instruct.content import read_content
from daemon.domain.idphoto.instruct.documents import resolve_documents
from daemon.domain.idphoto.instruct.draft import Draft
from daemon.domain.idphoto.instruct.files import read_file
from daemon.domain.idphoto.instruct.folding import Folded, fold
from daemon.domain.idphoto.instruct.grounds import read_grounds
from daemon.domain.idphoto.instruct.lexer import tokens_of
from daemon.domain.idphoto.instruct.looks import read_head, read_looks
from daemon.domain.idphoto.instruct.printing import (
    read_print,
    read_watermark,
    speaks_of_printing,
)
from daemon.domain.idphoto.instruct.sizes import (
    name_papers_and_inches,
    read_labelled,
    read_sizes,
)
from daemon.domain.idphoto.instruct.strengths import read_strengths
from daemon.domain.idphoto.instruct.tokens import Kind, Token
from daemon.domain.idphoto.instruct.vocabulary import Vocabulary, vocabulary
from daemon.domain.idphoto.policy import cautions
from daemon.domain.idphoto.slots import Size, Slots

# What is left of bytes that were no text, in a file's name, say.
_UNDECODED = re.compile("[\ud800-\udfff]")
# More than this in one clause is no wish a person wrote; it is handed back unread.
MAX_TOKENS = 300
# More than this in one text likewise: the rest of it is handed back.
MAX_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text and what became of it.

    Attributes:
        start: Its first character in the text as written.
        end: One past its last.
        is_read: It was understood, or means nothing by itself; else it is in ``unparsed``.
    """

    start: int
    end: int
    is_read: bool


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an instruction says.

    Attributes:
        slots: What it asks for.
        warned: What is odd about it.
        unparsed: What was not understood, word for word; nobody acts on it.
        pieces: The whole text in stretches, in order.
    """

    slots: Slots
    warned: tuple[Warned, ...]
    unparsed: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The words of the warnings, each once."""
        return words_of(self.warned)

    def as_json(self) -> dict[str, object]:
        return {
            "slots": self.slots.as_json(),
            "warnings": list(self.warnings),
            "unparsed": list(self.unparsed),
        }


def parse(text: str, book: Book, *, frames: Sequence[Size] = ()) -> Parsed:
    """Read a line of instruction.

    Pure: the same text and book give the same answer, no matter what the text says. Never fails;
    time grows with the length of the text and no faster.

    Args:
        text: What a person wrote, Chinese, English or both.
        book: The presets, colours and words.
        frames: Sizes that will be made instead of those that the text names, if any: a bare
            "blue" is theirs.
    """
    text = _UNDECODED.sub("\ufffd", text)
    words = vocabulary(book)
    folded = fold(text[:MAX_CHARS])
    clauses = _clauses(tokens_of(folded, words))
    draft = Draft()
    readable = [clause for clause in clauses if len(clause.tokens) <= MAX_TOKENS]
    _read(readable, draft, folded, words)
    slots = slots_of(draft, book, frames)
    if draft.refused and not (slots.background or slots.sizes or slots.outputs):
        _give_back(draft.refused)
    runs = [run for clause in clauses for run in _left_over(clause, folded)]
    stretches = [(folded.origin[a], folded.origin[b - 1] + 1) for a, b in runs]
    if text[MAX_CHARS:].strip():
        stretches.append((MAX_CHARS, len(text)))
    unparsed = tuple(text[start:end].strip() for start, end in stretches)
    _warn(draft, slots, unparsed)
    warned = (*draft.warned.values(), *cautions(slots, book))
    return Parsed(slots, warned, unparsed, _pieces(stretches, len(text)))


def _clauses(tokens: Sequence[Token]) -> list[Clause]:
    clauses: list[Clause] = []
    current: list[Token] = []
    for token in tokens:
        if token.kind is not Kind.BREAK:
            current.append(token)
        elif current:
            clauses.append(Clause(len(clauses), current))
            current = []
    if current:
        clauses.append(Clause(len(clauses), current))
    return clauses


def _read(clauses: Sequence[Clause], draft: Draft, folded: Folded, words: Vocabulary) -> None:
    """Every reader over every clause; an earlier one takes its tokens first."""
    resolve_documents(clauses, words)
    for clause in clauses:
        name_papers_and_inches(clause, words)
    is_printed = speaks_of_printing(clauses)
    is_online = any(clause.has(Kind.ONLINE) for clause in clauses)
    draft.is_distributed = any(clause.has(Kind.EACH) for clause in clauses)
    for clause in clauses:
        read_watermark(clause, draft)
        read_content(clause, draft, folded)
        read_print(clause, draft, is_printed=is_printed)
        read_file(clause, draft)
        read_head(clause, draft)
        read_sizes(clause, draft, words, is_online=is_online)
        read_grounds(clause, draft, words)
        read_strengths(clause, draft)
        read_looks(clause, draft)
    read_labelled(clauses, draft)
    for clause in clauses:
        # 各一份 is understood where there are kinds to make one of.
        if draft.sizes or draft.grounds:
            use(*clause.free(Kind.EACH))


def _give_back(tokens: Sequence[Token]) -> None:
    """``不要白底`` and no word of what instead: nothing was understood."""
    for token in tokens:
        token.is_used = False


def _left_over(clause: Clause, folded: Folded) -> list[tuple[int, int]]:
    """Stretches of the folded text that nobody understood."""
    tokens = clause.tokens
    if not clause.is_understood:
        is_filler = all(token.kind in {Kind.FILLER, Kind.AND, Kind.EACH} for token in tokens)
        # A mark on its own is punctuation.
        is_silent = is_filler or not any(char.isalnum() for char in _text(tokens, folded))
        return [] if is_silent else [(tokens[0].start, tokens[-1].end)]
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.is_used:
            runs.append([])
        else:
            runs[-1].append(token)
    return [(run[0].start, run[-1].end) for run in runs if any(_is_content(token) for token in run)]


def _text(tokens: Sequence[Token], folded: Folded) -> str:
    return folded.text[tokens[0].start : tokens[-1].end]


def _is_content(token: Token) -> bool:
    # "Us" is no country without a document, and the x of 33mm x 48mm is a sign.
    is_word = token.text in {"us", "x"}
    if token.kind in LINKS or (is_word and token.kind in {Kind.COUNTRY, Kind.UNKNOWN}):
        return False
    return token.kind is not Kind.UNKNOWN or any(char.isalnum() for char in token.text)


def _warn(draft: Draft, slots: Slots, unparsed: Sequence[str]) -> None:
    if slots.generative:
        said = ", ".join(wish.to for wish in slots.generative)
        draft.warn(Caution.NEEDS_GENERATIVE_ENGINE, "generative", what=said)
    if unparsed:
        draft.warn(Caution.UNPARSED_TEXT, text="; ".join(unparsed)[:200])
    if slots.is_empty:
        draft.warn(Caution.NOTHING_RECOGNISED)


def _pieces(unread: Sequence[tuple[int, int]], length: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    at = 0
    for start, end in unread:
        if start > at:
            pieces.append(Piece(at, start, is_read=True))
        pieces.append(Piece(start, end, is_read=False))
        at = end
    if at < length:
        pieces.append(Piece(at, length, is_read=True))
    return tuple(pieces)
