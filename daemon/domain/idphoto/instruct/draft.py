"""What the readers have found so far, put together into slots at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from daemon.domain.idphoto.caution import Caution, Warned
from daemon.domain.idphoto.instruct.tokens import Token
from daemon.domain.idphoto.slots import Background, Generative, GenerativeOp, Size


@dataclass(frozen=True, slots=True)
class FoundSize:
    """A size and where it was said.

    Attributes:
        size: The size.
        at: Its place in the folded text.
        is_listed: It was named in a row with others (``一寸和二寸``).
        is_ambiguous: Its word names more than one frame.
    """

    size: Size
    at: int
    is_listed: bool = False
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class FoundGround:
    """A background and where it was said.

    Attributes:
        ground: The background.
        at: Its place in the folded text.
        is_listed: It was named in a row with the one before (``白底和蓝底``).
        is_bare_blue: Said as no more than "blue": a preset may know another one.
    """

    ground: Background
    at: int
    is_listed: bool = False
    is_bare_blue: bool = False


@dataclass(slots=True)
class Draft:
    """The collected findings.

    Attributes:
        sizes: In the order of the text.
        grounds: In the order of the text.
        values: (slot, name) → value.
        generative: What must be made up, by what it is about.
        warned: Warnings.
        is_distributed: ``各一张``: one result of each kind.
        refused: Words for what must not be (``不要白底``); understood only if something else is
            named instead.
    """

    sizes: list[FoundSize] = field(default_factory=list)
    grounds: list[FoundGround] = field(default_factory=list)
    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    generative: dict[GenerativeOp, Generative] = field(default_factory=dict)
    warned: dict[str, Warned] = field(default_factory=dict)
    is_distributed: bool = False
    refused: list[Token] = field(default_factory=list)
    _assumed: set[tuple[str, str]] = field(default_factory=set)

    def set(self, slot: str, name: str, value: Any) -> None:
        """Fill a slot; where it held something else the last word counts, and that is told."""
        before = self.values.get((slot, name), value)
        if before != value and (slot, name) not in self._assumed:
            self.warn(
                Caution.CONFLICTING_VALUES, slot, value=f"{name}: {_plain(before)}",
                used=_plain(value),
            )  # fmt: skip
        self.values[slot, name] = value
        self._assumed.discard((slot, name))

    def assume(self, slot: str, name: str, value: Any) -> None:
        """Fill a slot with what a bare word means; anything said outright outranks it."""
        if (slot, name) not in self.values:
            self.values[slot, name] = value
            self._assumed.add((slot, name))

    def of(self, slot: str) -> dict[str, Any]:
        """The values of a slot by name."""
        return {name: value for (where, name), value in self.values.items() if where == slot}

    def warn(self, caution: Caution, slot: str = "", **facts: object) -> None:
        """Report something, once."""
        self.warned.setdefault(f"{caution} {slot} {facts}", Warned(caution, slot, facts))


def _plain(value: Any) -> object:
    return f"{value:g}" if isinstance(value, float) else value
