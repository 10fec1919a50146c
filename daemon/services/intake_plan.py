"""What is to be done with a photo: the inbox's plan, a rule's, its own note's, in that order."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from daemon.config.model import Config, Inbox
from daemon.config.quality import Quality, with_limits
from daemon.domain.route import Plan
from daemon.domain.rule import Choice, Rule, Subject, choose
from daemon.services.intake_walk import has_note


@dataclass(frozen=True, slots=True)
class Planner:
    """The choices of one inbox.

    Args:
        default: The inbox's own.
        rules: Its rules, in the order of the configuration.
        quality: Limits that become part of a plan with a quality gate.
    """

    default: Choice
    rules: tuple[Rule, ...] = ()
    quality: Quality = field(default_factory=Quality)

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
        return cls(Choice(inbox.plan, inbox.options, inbox.priority), rules, config.quality)

    def choice(self, relative: bytes, size: int, notes: tuple[bytes, ...]) -> Choice:
        """The choice for one photo, before its note is read."""
        path = unicodedata.normalize("NFC", os.fsdecode(relative))
        return choose(self.default, self.rules, Subject(path, size, has_note(notes)))

    def plan(self, choice: Choice, note: Mapping[str, Mapping[str, object]] | None = None) -> Plan:
        """The plan as it is to be run: a note's options heard, every limit of the gate in it.

        What a job is judged by is thus part of the job: in its record, and in what makes two
        jobs the same.
        """
        return with_limits(choice.plan(note), self.quality)
