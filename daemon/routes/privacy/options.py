"""What a person may choose about privacy masking."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from daemon.catalogue.privacy.load import book
from daemon.config.privacy import DEFAULT, Masking
from daemon.domain.privacy.patterns import pattern_of
from daemon.domain.withheld import MARK, OWN
from daemon.errors import UsageError

_Share = Annotated[float, Field(ge=0, le=1)]


class Rectangle(BaseModel):
    """A place that is always covered, in shares of the page's width and height."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    left: _Share
    """Left edge, 0 to 1 of the width."""
    top: _Share
    """Upper edge, 0 to 1 of the height."""
    right: _Share
    """Right edge."""
    bottom: _Share
    """Lower edge."""
    page: Annotated[int, Field(ge=1)] | None = None
    """Only on this page, counted from 1; default: on every page."""

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.right <= self.left or self.bottom <= self.top:
            msg = "right must be beyond left and bottom beyond top"
            raise ValueError(msg)
        return self


class Options(Masking):
    """Options of the route ``privacy``."""

    profile: str = DEFAULT
    """What is covered: all_digits, personal, contract, id_document, finance or logistics."""
    faces: bool | None = True
    """Whether faces are covered; null: as the profile has it."""
    rectangles: Annotated[tuple[Rectangle, ...], Field(max_length=200)] = ()
    """Places that are always covered."""
    mask: Literal["black", "auto", "ink", "white"] = "black"
    """Colour of masks: black, white, auto (the paper around) or ink (the page's darkest)."""
    margin_em: Annotated[float, Field(ge=0.0, le=0.5)] = 0.04
    """How far a mask reaches beyond the glyphs' cells along the line, in heights of the line."""
    radius: Annotated[float, Field(ge=0, le=0.1)] = 0.0
    """Round corners, in heights of the mask."""
    label: bool = False
    """Write the type in place of the number, [身份证号], where it finds room."""
    equal_length: bool = False
    """Lengthen masks to whole steps, so that they do not tell how many digits they hide."""
    fill: Literal["solid", "mosaic", "blur"] = "solid"
    """How text is covered. Mosaic and blur can be undone and need allow_reversible."""
    allow_reversible: bool = False
    """Permit mosaic and blur on text, although such numbers can be recovered."""
    face_fill: Literal["solid", "mosaic"] = "solid"
    """How faces are covered: solid, or mosaic (at most eight noisy cells across)."""
    crowd: bool = False
    """Photos of people: look closer for small faces, and ask for no line of text beside them.
    On documents that may cover stamps and letters, too."""
    seals: bool = False
    """Cover red seals whole (experimental)."""
    unread: Literal["cover", "review"] = "cover"
    """Text that was seen and could not be read: cover it, or let a person look."""
    mask_name: bool = False
    """Publish under the file's own name with its numbers masked, as those on its pages are."""
    pdf_dpi: Annotated[int, Field(ge=100, le=400)] = 200
    """Resolution at which the pages of a PDF are drawn."""
    page_limit_s: Annotated[float, Field(ge=1, le=600)] = 90.0
    """A page that takes longer is not published, but left for a person."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for name in OWN:
            if MARK in getattr(self, name):
                msg = f"{name} was withheld from the record this comes from: drop the file again"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _is_irreversible(self) -> Self:
        if self.fill != "solid" and not self.allow_reversible:
            msg = (
                f"fill {self.fill}: numbers under mosaic or blur can be recovered; "
                "use solid, or set allow_reversible"
            )
            raise ValueError(msg)
        for name, own in self.own_types.items():
            try:
                pattern_of(own.pattern)
            except ValueError as error:
                msg = f"own_types.{name}: {error}"
                raise ValueError(msg) from error
        return self


def parse(raw: Mapping[str, object]) -> Options:
    """Options from JSON values.

    Raises:
        UsageError: An option, a profile or a type is unknown, or a value out of range; every
            mistake is named, with the nearest valid name.
    """
    try:
        options = Options.model_validate(dict(raw))
    except ValidationError as error:
        lines = [
            _sentence(problem["loc"], problem["msg"], problem["type"])
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise UsageError("; ".join(lines)) from error
    known = book()
    _must_know("profile", [options.profile], known.profiles)
    types = {*known.entities, *options.own_types}
    _must_know("types", options.types, types)
    _must_know("keep_last_of", options.keep_last_of, types)
    if clash := sorted(set(options.own_types) & set(known.entities)):
        msg = f"privacy.own_types: {', '.join(clash)} is a type already; choose another name"
        raise UsageError(msg)
    return options


def _must_know(option: str, names: Iterable[str], known: Iterable[str]) -> None:
    there = sorted(known)
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}"
            msg = f"privacy.{option}: there is no {name!r}; {hint}"
            raise UsageError(msg)


def _sentence(where: tuple[int | str, ...], message: str, kind: str) -> str:
    name = ".".join(map(str, where)) if where else "options"
    if kind != "extra_forbidden":
        return f"privacy.{name}: {message}"
    known = sorted(Options.model_fields)
    near = difflib.get_close_matches(str(where[-1]), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"privacy.{name} is not an option; {hint}"
