"""Everything that was asked for about one photo, from every place where somebody may ask.

A note beside the photo goes before words in its file name, those before the inbox's instruction,
and that before the route's options. Slot by slot: what the upper one does not speak of comes from
below. Nothing is dropped in silence: what a wish had to give way to is listed.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.caution import Caution, Warned, words_of
from daemon.domain.idphoto.instruct import Parsed, parse
from daemon.domain.idphoto.policy import cautions
from daemon.domain.idphoto.slots import Background, Slots, plain_json


class Source(enum.StrEnum):
    """Where a wish comes from, from the weakest to the strongest."""

    DEFAULT = "default"  # the route's options
    INBOX = "inbox"  # the instruction among the options
    FILE_NAME = "file_name"  # brackets in the photo's name
    NOTE = "note"  # the line beside the photo, of a batch's table or of the API


@dataclass(frozen=True, slots=True)
class Overruled:
    """A wish that had to give way.

    Attributes:
        slot: ``sizes``, ``retouch.smooth``, ``generative.clothes`` and the like.
        value: What was wished, as JSON values.
        source: By whom.
        by: Who wished otherwise.
    """

    slot: str
    value: Any
    source: Source
    by: Source


@dataclass(frozen=True, slots=True)
class Unread:
    """Words that nobody understood; nobody acts on them.

    Attributes:
        text: Word for word.
        source: Where they stand.
    """

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done with a photo.

    Attributes:
        slots: All wishes together.
        warned: What is odd about them, each once; the facts say in which ``source``.
        unread: What was not understood.
        sources: Slot → whose wish it is, for every wish in ``slots``.
        overruled: Wishes that had to give way.
    """

    slots: Slots
    warned: tuple[Warned, ...] = ()
    unread: tuple[Unread, ...] = ()
    sources: Mapping[str, Source] = dataclasses.field(default_factory=dict)
    overruled: tuple[Overruled, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The words of the warnings, each once."""
        return words_of(self.warned)

    @property
    def unparsed(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.unread)

    def as_json(self) -> dict[str, Any]:
        """``slots``, ``warnings`` and ``unparsed`` as for one instruction, and whose they are."""
        return {
            "slots": self.slots.as_json(),
            "warnings": list(self.warnings),
            "unparsed": list(self.unparsed),
            "sources": {slot: source.value for slot, source in self.sources.items()},
            "overruled": [
                {
                    "slot": one.slot,
                    "value": one.value,
                    "source": one.source.value,
                    "by": one.by.value,
                }
                for one in self.overruled
            ],
        }


def request_of(
    texts: Mapping[Source, str], book: Book, *, defaults: Slots | None = None
) -> Request:
    """Read every instruction there is about a photo and lay them over each other.

    Args:
        texts: Source → instruction; empty ones say nothing.
        book: Presets, colours and words.
        defaults: What the route's options ask for by themselves.
    """
    spoken = {source: texts[source] for source in Source if texts.get(source, "").strip()}
    read = {source: parse(text, book) for source, text in spoken.items()}
    first = _laid(read, defaults or Slots())
    frames = first.slots.sizes
    for source in read:
        # "Blue" is the blue of the rule that will be made, not of one that was overruled.
        if frames and first.owner("sizes") is not source and not first.slots.outputs:
            read[source] = parse(spoken[source], book, frames=frames)
    laid = _laid(read, defaults or Slots())
    return Request(
        slots=laid.slots,
        warned=tuple(_warned(laid, read, book)),
        unread=tuple(Unread(text, source) for source in read for text in read[source].unparsed),
        sources={slot: source for slot, (_, source) in laid.wishes.items()},
        overruled=tuple(laid.overruled),
    )


# ── laying wishes over each other ─────────────────────────────────────────────────────────

# Slots that say one thing in several ways: a word about one replaces the others.
_ONE_THING = (
    {"head.scale", "head.height_ratio", "head.height_mm"},
    {"head.top_margin_mm", "head.top_margin_ratio"},
)


class _Laid:
    """Wishes by slot, each with its source."""

    def __init__(self) -> None:
        self.wishes: dict[str, tuple[Any, Source]] = {}
        self.overruled: list[Overruled] = []

    @property
    def slots(self) -> Slots:
        return _slots_of({slot: value for slot, (value, _) in self.wishes.items()})

    def owner(self, slot: str) -> Source | None:
        return self.wishes[slot][1] if slot in self.wishes else None

    def lay(self, upper: Slots, by: Source) -> None:
        """Stronger wishes over those that are there."""
        wishes = dict(_wishes(upper))
        self._keep_sizes(wishes)
        for slot in [
            slot for slot in self.wishes if _gives_way(slot, self.wishes[slot][0], wishes)
        ]:
            value, source = self.wishes.pop(slot)
            if wishes.get(slot) != value:
                self.overruled.append(Overruled(slot, plain_json(value), source, by))
        self.wishes |= {slot: (value, by) for slot, value in wishes.items()}

    def _keep_sizes(self, wishes: Mapping[str, Any]) -> None:
        """Another background for several results: their sizes stay."""
        if "outputs" not in self.wishes or "background" not in wishes or "sizes" in wishes:
            return
        outputs, source = self.wishes["outputs"]
        sizes = tuple(dict.fromkeys(size for output in outputs for size in output.sizes))
        if sizes:
            self.wishes["sizes"] = (sizes, source)


def _laid(read: Mapping[Source, Parsed], defaults: Slots) -> _Laid:
    laid = _Laid()
    laid.lay(defaults, Source.DEFAULT)
    for source, parsed in read.items():
        laid.lay(parsed.slots, source)
    return laid


def _gives_way(slot: str, value: Any, upper: Mapping[str, Any]) -> bool:
    if slot in upper:
        return True
    if slot == "outputs":
        return "sizes" in upper or "background" in upper
    if slot in {"sizes", "background"}:
        return "outputs" in upper
    if slot.endswith("_kb"):
        return _contradicts(slot, value, upper)
    return any(slot in group and group & set(upper) for group in _ONE_THING)


def _contradicts(slot: str, value: float, upper: Mapping[str, Any]) -> bool:
    """Whether a file cannot have this size as well as what the upper one wants."""
    if slot != "file.min_kb" and value < max(
        upper.get("file.min_kb", 0), upper.get("file.target_kb", 0)
    ):
        return True
    ends = [upper[key] for key in ("file.max_kb", "file.target_kb") if key in upper]
    return slot != "file.max_kb" and bool(ends) and value > min(ends)


def _wishes(slots: Slots) -> Iterator[tuple[str, Any]]:
    """Every wish by its slot."""
    for one in dataclasses.fields(slots):
        value = getattr(slots, one.name)
        if one.name == "generative":
            yield from ((f"generative.{wish.op.value}", wish) for wish in value)
        elif isinstance(value, tuple | Background):
            if value != ():
                yield one.name, value
        elif value is not None:
            for inner in dataclasses.fields(value):
                wish = getattr(value, inner.name)
                if wish is not None:
                    yield f"{one.name}.{inner.name}", wish


def _slots_of(wishes: Mapping[str, Any]) -> Slots:
    groups: dict[str, dict[str, Any]] = {}
    plain: dict[str, Any] = {}
    for slot, value in wishes.items():
        group, dot, name = slot.partition(".")
        if dot:
            groups.setdefault(group, {})[name] = value
        else:
            plain[slot] = value
    made = tuple(groups.pop("generative", {}).values())
    nothing = Slots()
    built = {group: type(getattr(nothing, group))(**values) for group, values in groups.items()}
    return Slots(**plain, **built, generative=made)


# ── warnings ──────────────────────────────────────────────────────────────────────────────

# About a word whose wish may have been overruled: then it is true no more.
_OF_A_WISH = frozenset(
    {
        Caution.AMBIGUOUS_SIZE,
        Caution.SIZE_OVERRIDDEN,
        Caution.COLOUR_SUBSTITUTED,
        Caution.CONFLICTING_VALUES,
    }
)


def _warned(laid: _Laid, read: Mapping[Source, Parsed], book: Book) -> Iterator[Warned]:
    """Warnings of each text that still hold, then those about all wishes together."""
    is_something_said = any(not parsed.slots.is_empty for parsed in read.values())
    # Told for all wishes together, or true no more where another text was understood.
    elsewhere = {Caution.NEEDS_GENERATIVE_ENGINE}
    elsewhere |= {Caution.NOTHING_RECOGNISED} if is_something_said else set()
    for source, parsed in read.items():
        alone = cautions(parsed.slots, book)
        for one in parsed.warned:
            if one in alone or one.caution in elsewhere:
                continue
            if one.caution in _OF_A_WISH and not _holds(one.slot, source, laid):
                continue
            yield dataclasses.replace(one, facts={**one.facts, "source": source.value})
    if made := laid.slots.generative:
        facts = {"what": ", ".join(wish.to for wish in made)}
        yield Warned(Caution.NEEDS_GENERATIVE_ENGINE, "generative", facts)
    yield from cautions(laid.slots, book)


def _holds(slot: str, source: Source, laid: _Laid) -> bool:
    """Whether anything under a slot is still this source's wish."""
    mine = {"sizes", "background"} & {slot}
    return any(
        owner is source
        and (wish == slot or wish.startswith(f"{slot}.") or (mine and wish == "outputs"))
        for wish, (_, owner) in laid.wishes.items()
    )
