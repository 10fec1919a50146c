"""Every phrase of the language in one table, longest first, made once for a book."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.colour import Colour, Gradient
from daemon.domain.idphoto.instruct.folding import folded_phrase
from daemon.domain.idphoto.instruct.tokens import Kind, SizeWord
from daemon.domain.idphoto.instruct.words import DOCUMENT_WORDS, SCHENGEN, WATERMARK, own_words
from daemon.domain.idphoto.preset import Paper, Preset

# The data's lexicon, and what each of its entries is here.
_LEXICON: Mapping[str, Kind] = {
    "retouch_smooth": Kind.SMOOTH,
    "retouch_whiten": Kind.WHITEN,
    "texture": Kind.TEXTURE,
    "blemish": Kind.BLEMISH,
    "hair_detail": Kind.HAIR_DETAIL,
    "stray_hair_remove": Kind.STRAY_REMOVE,
    "level": Kind.LEVEL,
    "flip": Kind.FLIP,
    "transparent": Kind.SPECIAL,
    "keep_background": Kind.SPECIAL,
    "clothes": Kind.CLOTHES,
    "hair_change": Kind.HAIR,
    "expression": Kind.EXPRESSION,
    "glasses_op": Kind.GLASSES,
    "brightness": Kind.BRIGHTNESS,
    "contrast": Kind.CONTRAST,
    "saturation": Kind.SATURATION,
    "sharpness": Kind.SHARPNESS,
    "head_larger": Kind.HEAD_LARGER,
    "head_smaller": Kind.HEAD_SMALLER,
    "top_margin": Kind.TOP_MARGIN,
    "filler": Kind.FILLER,
}
_SPECIAL_OF = {"transparent": "transparent", "keep_background": "keep"}
# Phrases of the lexicon that are read word by word, so that their parts may vary: 换成西装 is a
# change and a garment. 镜像 and its like keep their entry.
_READ_BY_WORD = frozenset({
    "换成西装", "换正装", "换上", "穿", "suit", "shirt", "formal wear", "提亮", "调亮", "调暗",
    "brighter", "darker", "痘印",
})  # fmt: skip
_SPECIAL_WORDS: Mapping[str, str] = {
    "transparent": (
        "透明底色|透明的背景|去背景|去除背景|去掉背景|删除背景|扣图|抠像|抠出|"
        "remove the background|remove background|no background|cut out|transparent bg"
    ),
    "keep": (
        "不要换背景|别换背景|不用换背景|不换背景色|不换底色|不改背景|不要改背景|背景不变|"
        "背景不换|背景不动|背景不用换|背景不要换|背景不要动|背景保持不变|保留背景|保持背景|"
        "保留原来的背景|保留原有背景|保留原图背景|原来的背景|原底|keep the background as is|"
        "leave the background|keep original background|keep the background unchanged|"
        "original background|don't change the background|do not change background|"
        "don't change background|without changing the background|background unchanged|"
        "do not replace the background|don't replace the background"
    ),
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase.

    Attributes:
        text: As it looks in a folded text.
        kind: What it is.
        value: What the kind says.
    """

    text: str
    kind: Kind
    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The phrases, and what a country word makes of a document word.

    Attributes:
        by_first: First character → phrases that begin with it, the longest first.
        aliases: Folded name of a preset → its key.
        papers: Folded name of a paper → its key.
        book: Where the figures are.
    """

    by_first: Mapping[str, tuple[Phrase, ...]]
    aliases: Mapping[str, str]
    papers: Mapping[str, str]
    book: Book

    def size_named(self, *names: str) -> str | None:
        """Key of the preset with one of these names."""
        return next((self.aliases[name] for name in names if name in self.aliases), None)

    def document_of(self, country: str, document: str) -> Preset | None:
        """The preset for a document of a country, uploads left aside."""
        presets = self.book.presets
        for where in self.book.countries[country]:
            for what in DOCUMENT_WORDS[document]:
                key = self.size_named(f"{where}{what}", f"{where} {what}")
                if key is not None and not presets[key].is_upload:
                    return presets[key]
        fits = (
            preset
            for preset in presets.values()
            if preset.country == country and preset.document == document and not preset.is_upload
        )
        return next(fits, None)

    def is_schengen_visa(self, country: str, document: str) -> bool:
        """A visa of a country that issues the common one."""
        return document == "visa" and country in SCHENGEN


@lru_cache(maxsize=4)
def vocabulary(book: Book) -> Vocabulary:
    """The vocabulary of a book."""
    first: dict[str, list[Phrase]] = {}
    seen: set[str] = set()
    for phrase in _phrases(book):
        if phrase.text and phrase.text not in seen:
            seen.add(phrase.text)
            first.setdefault(phrase.text[0], []).append(phrase)
    by_first = {
        char: tuple(sorted(rows, key=lambda row: len(row.text), reverse=True))
        for char, rows in first.items()
    }
    aliases = {
        folded_phrase(name): preset.key
        for preset in reversed(tuple(book.presets.values()))
        for name in _names(preset)
    }
    papers = {
        folded_phrase(name): paper.key
        for paper in book.papers.values()
        for name in paper.names.every
    }
    return Vocabulary(by_first, aliases, papers, book)


def _phrases(book: Book) -> Iterator[Phrase]:
    """All phrases; where one stands twice the first holds."""
    yield from _specials(book)
    yield from _sizes(book)
    tables: tuple[tuple[Kind, Mapping[str, Paper | Gradient | Colour]], ...] = (
        (Kind.PAPER, book.papers),
        (Kind.GRADIENT, book.gradients),
        (Kind.COLOUR, book.colours),
    )
    for kind, table in tables:
        for key, entry in table.items():
            for name in (*entry.names.every, key):
                yield Phrase(folded_phrase(name), kind, key)
    yield from _lexicon(book)
    for word in WATERMARK.split("|"):
        yield Phrase(folded_phrase(word), Kind.WATERMARK, None)
    for code, words in book.countries.items():
        for word in words:
            yield Phrase(folded_phrase(word), Kind.COUNTRY, code)
    yield from _documents()
    for word, own_kind, value in own_words():
        yield Phrase(folded_phrase(word), own_kind, value)


def _documents() -> Iterator[Phrase]:
    for document, words in DOCUMENT_WORDS.items():
        for word in words:
            if len(word) > 1:  # 签 means a visa only beside a country: 美签
                yield Phrase(folded_phrase(word), Kind.DOCUMENT, document)


def _specials(book: Book) -> Iterator[Phrase]:
    for key, special in book.specials.items():
        for name in (*special.names.every, *_SPECIAL_WORDS.get(key, "").split("|")):
            yield Phrase(folded_phrase(name), Kind.SPECIAL, key)


def _names(preset: Preset) -> Iterator[str]:
    # "One inch (China)" is a heading; nobody says the brackets.
    yield from (preset.key, preset.names.zh, preset.names.en, *preset.names.aliases)
    yield re.sub(r" ?\(.*?\)", "", preset.names.zh)


def _sizes(book: Book) -> Iterator[Phrase]:
    countries = [folded_phrase(word) for words in book.countries.values() for word in words]
    ambiguous: set[str] = set()
    for row in book.ambiguities:
        for phrase in map(folded_phrase, row.words):
            ambiguous.add(_tight(phrase))
            key = row.default_en if phrase.isascii() else row.default_zh
            document = _document_in(phrase, countries)
            yield Phrase(phrase, Kind.SIZE, SizeWord(key, is_ambiguous=True, document=document))
    for preset in book.presets.values():
        for phrase in map(folded_phrase, _names(preset)):
            is_ambiguous = _tight(phrase) in ambiguous
            size = SizeWord(preset.key, is_ambiguous, _document_in(phrase, countries))
            yield Phrase(phrase, Kind.SIZE, size)


def _tight(phrase: str) -> str:
    return phrase.replace(" ", "")


def _document_in(phrase: str, countries: Sequence[str]) -> str:
    """The document that a phrase without a country speaks of."""
    spoken = phrase.split()
    if any(word in spoken if word.isascii() else word in phrase for word in countries):
        return ""
    for document, words in DOCUMENT_WORDS.items():
        if any(word in phrase for word in words):
            return document
    return ""


def _lexicon(book: Book) -> Iterator[Phrase]:
    for name, words in book.lexicon.items():
        kind = _LEXICON[name]
        value: object = _SPECIAL_OF.get(name, 0 if kind is Kind.BRIGHTNESS else None)
        for word in words:
            if word not in _READ_BY_WORD:
                yield Phrase(folded_phrase(word), kind, value)
    # 痘印 by itself asks for it to go, and 保留痘印 for it to stay.
    yield Phrase("痘印", Kind.BLEMISH, None)
