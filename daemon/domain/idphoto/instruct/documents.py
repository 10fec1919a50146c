"""Which preset a document's word means: alone it is ambiguous, with a country it is not."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.domain.idphoto.instruct.clause import Clause, use
from daemon.domain.idphoto.instruct.tokens import Kind, SizeWord, Token
from daemon.domain.idphoto.instruct.vocabulary import Vocabulary

# What a bare document word is read as: an ambiguous word of the data.
_ALONE = {
    ("passport", True): "passport photo",
    ("passport", False): "护照",
    ("visa", True): "visa photo",
    ("visa", False): "签证照",
}


def resolve_documents(clauses: Sequence[Clause], words: Vocabulary) -> None:
    """Turn document and country words into sizes, in place.

    A document of a country that has no preset stays not understood: another country's rule is no
    answer.
    """
    documents = [(clause, token) for clause in clauses for token in clause.tokens if _named(token)]
    countries = [token for clause in clauses for token in clause.free(Kind.COUNTRY)]
    for clause, token in documents:
        country = _country(clause, token)
        if country is None and len(documents) == len(countries) == 1:
            country = countries[0]
        if country is not None:
            _pair(token, country, words)
        elif token.kind is Kind.DOCUMENT:
            _alone(token, words)


def _named(token: Token) -> str:
    if token.kind is Kind.DOCUMENT:
        return str(token.value)
    return token.value.document if token.kind is Kind.SIZE else ""


def _country(clause: Clause, document: Token) -> Token | None:
    """The nearest country of the clause that no document took yet."""
    return min(
        clause.free(Kind.COUNTRY),
        key=lambda token: abs(clause.place(token) - clause.place(document)),
        default=None,
    )


def _pair(document: Token, country: Token, words: Vocabulary) -> None:
    what = _named(document)
    preset = words.document_of(country.value, what)
    if preset is not None:
        document.kind, document.value = Kind.SIZE, SizeWord(preset.key)
        use(country)
    elif words.is_schengen_visa(country.value, what):
        document.kind, document.value = Kind.SIZE, SizeWord("schengen_visa", is_ambiguous=True)
        use(country)
    else:
        document.kind = country.kind = Kind.UNKNOWN


def _alone(document: Token, words: Vocabulary) -> None:
    name = _ALONE.get((str(document.value), document.text.isascii()))
    if name is None:
        document.kind = Kind.UNKNOWN
        return
    for row in words.book.ambiguities:
        if name in row.words:
            key = row.default_en if document.text.isascii() else row.default_zh
            document.kind = Kind.SIZE
            document.value = SizeWord(key, is_ambiguous=True, document=str(document.value))
