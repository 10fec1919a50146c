"""Finds on a read page what a policy covers, and says why; values stay in here."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from daemon.domain.privacy.context import words_of
from daemon.domain.privacy.entity import Book, Default, Entity, Evidence
from daemon.domain.privacy.glyphs import Strand, second_reading
from daemon.domain.privacy.labelled import labelled
from daemon.domain.privacy.match import Candidate, Matcher
from daemon.domain.privacy.nearby import Nearby
from daemon.domain.privacy.page import Finding, Page, Reason, Verdict
from daemon.domain.privacy.policy import RUN, ZONES, Policy, allowed_regex, bare_of
from daemon.domain.privacy.resolve import Claim, resolve
from daemon.domain.privacy.runs import runs
from daemon.domain.privacy.spacing import is_comb
from daemon.domain.privacy.strands import Joining, Weave, Woven
from daemon.domain.privacy.zones import zones_of

_NO_NUMBERS = frozenset({"amount", "temporal", "custom"})
_LABELLED_SCORE = 0.5
_IN_COMBS = ("cn_resident_id", "cn_mobile", "bank_account")
SURE_PATTERN = 0.5
"""From this score on a pattern counts even where its check digit is wrong (data: defaults)."""


def tag_of(key: bytes, value: str) -> str:
    """The HMAC-SHA-256 by which an audit knows a value again, hex; ``""`` without a key.

    Args:
        key: Of the installation.
        value: As found; separators and case do not matter.
    """
    if not key:
        return ""
    return hmac.new(key, bare_of(value).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Sureness:
    """Why a candidate counts."""

    reason: Reason
    score: float


class Finder:
    """Finds what a policy covers.

    Args:
        book: Types and letters.
        policy: What is covered.
        key: The installation's key for tags, ``b""`` for none.
    """

    def __init__(self, book: Book, policy: Policy, key: bytes = b"") -> None:
        self._book = book
        self._policy = policy
        self._key = key
        self._entities = {**book.entities, **{one.id: one for one in policy.custom}}
        special = ZONES | {RUN}
        searched = [entity for id_, entity in self._entities.items() if id_ not in special]
        self._matcher = Matcher(searched, book.confusables)
        self._words = words_of(searched)
        self._order = {id_: at for at, id_ in enumerate(self._entities)}
        self._allowed = allowed_regex(policy.allowed)

    def find(self, page: Page) -> tuple[Finding, ...]:
        """Everything on a page that is a number or another identifier.

        Returns:
            Findings to be covered, then those that the policy leaves or allows, each in reading
            order. Glyphs of the first kind are in no finding twice.
        """
        weave = Weave(page, self._words)
        nearby = Nearby(weave, self._book.window)
        claims = list(self._zones(weave))
        for woven in weave.strands():
            claims += self._matched(woven, nearby)
            claims += self._labelled_values(woven)
            claims += self._combs(woven)
            claims += self._runs(woven)
        return resolve(claims, page, self._order)

    def entity(self, id_: str) -> Entity:
        """A type by its id.

        Raises:
            KeyError: There is none.
        """
        return self._entities[id_]

    def _zones(self, weave: Weave) -> Iterator[Claim]:
        for zone in zones_of(weave):
            entity = self._entities[zone.entity]
            masked = self._policy.includes(entity)
            strands = [weave.normal(line) for line in zone.lines]
            score = entity.score.checksum if zone.checked else entity.score.pattern
            yield Claim(
                entity=entity.id,
                origins=tuple(
                    (line, glyph)
                    for line in zone.lines
                    for glyph in range(len(weave.page.lines[line].text))
                ),
                reason=Reason.ZONE,
                score=score or entity.score.pattern,
                checked=zone.checked if entity.check_digit else None,
                verdict=Verdict.MASK if masked else Verdict.LEAVE,
                tag=tag_of(self._key, "".join(strand.text for strand in strands)),
            )

    def _matched(self, woven: Woven, nearby: Nearby) -> Iterator[Claim]:
        strand = woven.strand

        def spoken(start: int, end: int) -> frozenset[str]:
            return nearby.around(strand, start, end)

        over = woven.crossing_only
        for one in self._matcher.candidates(strand, spoken, crossing_only=over):
            if over and (not _goes_over(one) or self._labelled(one)):
                continue
            if not woven.may_hold(one.start, one.end):
                continue
            sure = self._sure(one, spoken(one.start, one.end))
            if sure is None:
                continue
            start, end = _trimmed(one)
            yield Claim(
                entity=one.entity.id,
                origins=_origins(strand, start, end),
                reason=sure.reason,
                score=sure.score,
                checked=one.checked,
                verdict=self._verdict(one),
                keeps=self._policy.keeps(one.entity),
                tag=tag_of(self._key, one.value),
                joined=over,
                switched_off=self._policy.switches.get(one.entity.id) is False,
            )

    def _labelled_values(self, woven: Woven) -> Iterator[Claim]:
        """What follows a label and fits no pattern, for a reader lost a digit of it."""
        if woven.joining not in {Joining.TEXT, Joining.WRAP}:
            return
        strand = woven.strand
        for one in labelled(strand.text, self._words.mentions(strand.text)):
            if woven.crossing_only and not _digits_meet(strand, one.start, one.end):
                continue
            entity = self._speaks_for(one.entities)
            value = strand.text[one.start : one.end]
            if entity is None or self._policy.allows(value):
                continue
            yield Claim(
                entity=entity.id,
                origins=_origins(strand, one.start, one.end),
                reason=Reason.DIGITS,
                score=_LABELLED_SCORE,
                checked=None,
                verdict=Verdict.MASK,
                keeps=self._policy.keeps(entity),
                tag=tag_of(self._key, value),
                joined=woven.crossing_only,
            )

    def _combs(self, woven: Woven) -> Iterator[Claim]:
        """A form's cells with a digit each: a number, though one was not seen."""
        if woven.joining not in {Joining.CELLS, Joining.SPACED} or not is_comb(woven.strand):
            return
        covered = any(self._policy.includes(self._entities[one]) for one in _IN_COMBS)
        if covered and self._policy.switches.get(RUN) is not False:
            span = (0, len(woven.strand.text))
            if not self._policy.allows(woven.strand.text):
                # Of a part that fits a type it is the longer one: masks are joined within a number.
                claim = self._run_claim(woven, self._entities[RUN], span, Verdict.MASK)
                yield replace(claim, reason=Reason.CONTEXT)

    def _speaks_for(self, entities: frozenset[str]) -> Entity | None:
        """The first of the types that the policy covers, in the order of the data."""
        for id_ in sorted(entities, key=self._order.__getitem__):
            entity = self._entities[id_]
            if entity.kind not in _NO_NUMBERS and self._policy.includes(entity):
                return entity
        return None

    def _labelled(self, one: Candidate) -> bool:
        """Whether a joint only glues a label to what is whole after it (``E-mail`` ``a@b.cn``)."""
        text = one.strand.text
        return any(
            one.pattern.regex.fullmatch(text[joint : one.end]) is not None
            and any(
                word.start == 0 and word.end >= joint - one.start
                for word in self._words.mentions(text[one.start : joint])
            )
            for joint in one.strand.joints
            if one.start < joint < one.end
        )

    def _verdict(self, one: Candidate) -> Verdict:
        if self._policy.allows(one.value):
            return Verdict.ALLOWED
        return Verdict.MASK if self._policy.includes(one.entity) else Verdict.LEAVE

    def _sure(self, one: Candidate, around: frozenset[str]) -> Sureness | None:
        """Why a candidate counts, ``None`` where it does not."""
        score = one.entity.score
        strong = one.checked is True and one.plausible
        alone = _alone(one)
        if one.entity.id in around:
            sure = max(score.context, (score.checksum or 0.0) if strong else 0.0)
            return Sureness(Reason.CHECKED if strong else Reason.CONTEXT, sure)
        if not alone:
            return None
        if one.entity.kind == "custom":
            return Sureness(Reason.NAMED, score.pattern)
        if strong:
            return Sureness(Reason.CHECKED, score.checksum or score.pattern)
        return Sureness(Reason.PATTERN, score.pattern)

    def _runs(self, woven: Woven) -> Iterator[Claim]:
        entity = self._entities[RUN]
        least = self._policy.profile.min_digits
        if least is None or not self._policy.includes(entity):
            return
        if woven.joining in {Joining.TIGHT, Joining.SPACED}:
            return
        strand = woven.strand
        second = second_reading(strand, self._book.confusables)
        readings: list[tuple[str, str | None]] = [(strand.text, None)]
        if second is not None:
            readings.append((second.text, strand.text))
        for text, known in readings:
            for start, end in runs(text, least, known=known):
                if woven.crossing_only and not _digits_meet(strand, start, end):
                    continue
                yield from self._run(woven, entity, start, end)

    def _run(self, woven: Woven, entity: Entity, start: int, end: int) -> Iterator[Claim]:
        """A run, less the company's own numbers in it."""
        text = woven.strand.text[start:end]
        at = 0
        allowed = self._allowed.finditer(text) if self._allowed else ()
        for own in allowed:
            yield from self._run_part(woven, entity, start + at, start + own.start())
            at = own.end()
            span = (start + own.start(), start + own.end())
            yield self._run_claim(woven, entity, span, Verdict.ALLOWED)
        yield from self._run_part(woven, entity, start + at, end)

    def _run_part(self, woven: Woven, entity: Entity, start: int, end: int) -> Iterator[Claim]:
        if any(map(str.isalnum, woven.strand.text[start:end])):
            yield self._run_claim(woven, entity, (start, end), Verdict.MASK)

    def _run_claim(
        self, woven: Woven, entity: Entity, span: tuple[int, int], verdict: Verdict
    ) -> Claim:
        return Claim(
            entity=entity.id,
            origins=_origins(woven.strand, *span),
            reason=Reason.DIGITS,
            score=entity.score.pattern,
            checked=None,
            verdict=verdict,
            keeps=self._policy.keeps(entity),
            tag=tag_of(self._key, woven.strand.text[span[0] : span[1]]),
            joined=woven.crossing_only,
        )


def _alone(one: Candidate) -> bool:
    """Whether a candidate counts without a word."""
    entity = one.entity
    if one.pattern.evidence is Evidence.CONTEXT:
        return False
    if one.pattern.evidence is Evidence.CHECKED:
        return one.plausible and one.checked is True
    if one.pattern.evidence is Evidence.ALONE:
        return one.plausible
    if entity.default is Default.CONTEXT or not one.plausible:
        return False
    return one.valid or entity.score.pattern >= SURE_PATTERN


def _goes_over(one: Candidate) -> bool:
    """Whether a hit needs the joint it crosses: a word after what is whole is the next word."""
    joints = [joint for joint in one.strand.joints if one.start < joint < one.end]
    text = one.strand.text
    return bool(joints) and not any(
        not any(mark.isdigit() or mark in ".@_" for mark in text[joint : one.end])
        and one.pattern.regex.fullmatch(text[one.start : joint].rstrip(" ")) is not None
        for joint in joints
    )


_ITEM = re.compile(r"[0-9]{1,2}[.)、](?![0-9])")
"""How a numbered item begins: ``2. ``, ``3、``."""


def _digits_meet(strand: Strand, start: int, end: int) -> bool:
    """Whether a run crosses a joint, with a digit on both sides of every one and no item after."""
    joints = [joint for joint in strand.joints if start < joint < end]
    return bool(joints) and all(
        strand.text[joint].isdigit()
        and strand.text[start:joint].rstrip(" -")[-1:].isdigit()
        and _ITEM.match(strand.text, joint) is None
        for joint in joints
    )


_UNITS = ("人民币", "万元", "美元", "元")


def _trimmed(one: Candidate) -> tuple[int, int]:
    """Where a value lies in its hit: the unit of an amount is a word and stays readable."""
    end = one.end
    if one.entity.kind == "amount":
        for unit in _UNITS:
            if one.value.endswith(unit):
                value = one.value.removesuffix(unit).rstrip(" ")
                end = one.start + len(value)
                break
    return one.start, end


def _origins(strand: Strand, start: int, end: int) -> tuple[tuple[int, int], ...]:
    return tuple(origin for origin in strand.origins[start:end] if origin is not None)


def find(page: Page, policy: Policy, book: Book, key: bytes = b"") -> tuple[Finding, ...]:
    """What a policy covers on one page; for several pages keep a ``Finder``."""
    return Finder(book, policy, key).find(page)
