"""What is to be done with a photo: the inbox's plan, a rule's, its own note's, in that order."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field

from daemon.config.model import Config, Inbox
from daemon.config.privacy import Privacy
from daemon.config.privacy_plan import heard, weakened, with_masking
from daemon.config.quality import COMPLETE, Quality, with_limits
from daemon.config.quality_notes import loosened, overlaid
from daemon.domain.route import Plan, RouteId
from daemon.domain.rule import Choice, Options, Rule, Subject, choose
from daemon.services.intake_walk import has_note


class NoteRefused(Exception):
    """A note asks for what only the configuration may say; the message says what."""


@dataclass(frozen=True, slots=True)
class Planner:
    """The choices of one inbox.

    Args:
        default: The inbox's own.
        rules: Its rules, in the order of the configuration.
        quality: Limits that become part of a plan with a quality gate.
        privacy: Profiles that become part of a plan with privacy masking.
    """

    default: Choice
    rules: tuple[Rule, ...] = ()
    quality: Quality = field(default_factory=Quality)
    privacy: Privacy = field(default_factory=Privacy)

    @classmethod
    def of(cls, config: Config, inbox: Inbox) -> Planner:
        """The planner that the configuration describes."""
        rules = tuple(
            Rule(
                match=rule.match,
                regex=rule.regex,
                min_bytes=rule.min_bytes,
                max_bytes=rule.max_bytes,
                sidecar=rule.sidecar,
                plan=rule.plan,
                options=rule.options,
                priority=rule.priority,
            )
            for rule in config.rules
            if rule.inbox == inbox.name
        )
        own = Choice(inbox.plan, inbox.options, inbox.priority)
        return cls(own, rules, config.quality, config.privacy)

    def choice(self, relative: bytes, size: int, notes: tuple[bytes, ...]) -> Choice:
        """The choice for one photo, before its note is read."""
        path = unicodedata.normalize("NFC", os.fsdecode(relative))
        return choose(self.default, self.rules, Subject(path, size, has_note(notes)))

    def plan(self, choice: Choice, note: Options | None = None) -> Plan:
        """The plan as it is to be run: a note's options heard, every limit of the gate in it.

        What a job is judged by is thus part of the job: in its record, and in what makes two
        jobs the same.

        Raises:
            NoteRefused: The note would have the photo judged less strictly than the inbox says.
        """
        if not note:
            return self._filled(choice.plan())
        if COMPLETE in note.get(RouteId.QUALITY, {}):
            message = f"{RouteId.QUALITY}.{COMPLETE}"
            raise NoteRefused(message)
        asked = heard(choice.options, overlaid(choice.options, note))
        plan = self._filled(choice.plan(asked))
        less = [*loosened(self.plan(choice), plan), *weakened(choice.options, asked)]
        if less:
            raise NoteRefused("; ".join(less))
        return plan

    def _filled(self, plan: Plan) -> Plan:
        return with_masking(with_limits(plan, self.quality), self.privacy)
