"""What a profile does with a hit: covers it, leaves it, knows it as allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from daemon.domain.privacy.entity import Default, Entity, Profile
from daemon.domain.privacy.glyphs import plain_text
from daemon.domain.privacy.patterns import AFTER, BEFORE

RUN = "digit_sequence"
"""The type of a run of digits that is nothing else."""
ZONES = frozenset({"mrz_line", "mrz_td1", "mrz_td2", "mrz_td3"})
UNTRIMMED = frozenset({"temporal", "amount"}) | {"email", "wechat_id"} | ZONES
"""Classes and types of which no last digits stay readable."""
_SEPARATED = r"[ \-.·/]?"


@dataclass(frozen=True, slots=True)
class Policy:
    """A profile with what the configuration changes in it.

    Attributes:
        profile: What it starts from.
        switches: Types turned on or off by name, before the profile's classes are asked.
        keep_last: So many last digits or letters of a number stay readable, 0 for none.
        keep_last_of: The same by type.
        allowed: A company's own numbers, normalised, without separators.
        custom: Types of the configuration's own.
    """

    profile: Profile
    switches: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    keep_last: int = 0
    keep_last_of: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    allowed: frozenset[str] = field(default=frozenset(), repr=False)
    custom: tuple[Entity, ...] = ()

    def includes(self, entity: Entity) -> bool:
        """Whether hits of a type are covered."""
        switch = self.switches.get(entity.id)
        if switch is not None:
            return switch
        if entity.id in self.profile.include or entity.kind == "custom":
            return True
        if entity.id in ZONES and self.profile.zones:
            return True
        return (
            entity.default is not Default.OFF
            and entity.kind in self.profile.kinds
            and entity.id not in self.profile.exclude
        )

    def keeps(self, entity: Entity) -> int:
        """How many last digits or letters of a type stay readable."""
        if entity.kind in UNTRIMMED or entity.id in UNTRIMMED:
            return 0
        return self.keep_last_of.get(entity.id, self.keep_last)

    def allows(self, value: str) -> bool:
        """Whether a normalised value, bare of separators, is one of the company's own."""
        return bare_of(value) in self.allowed


def bare_of(value: str) -> str:
    """A value as the allow-list compares it: normalised letters and digits alone, upper case."""
    return "".join(one for one in plain_text(value) if one.isalnum() or one in "@+").upper()


def allowed_regex(allowed: Iterable[str]) -> re.Pattern[str] | None:
    """Finds the numbers of an allow-list however they are grouped; ``None`` for an empty one."""
    spelled = [_SEPARATED.join(map(re.escape, value)) for value in sorted(allowed) if value]
    if not spelled:
        return None
    return re.compile(f"{BEFORE}(?:{'|'.join(spelled)}){AFTER}", re.IGNORECASE)
