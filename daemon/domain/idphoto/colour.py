"""Background colours and gradients, and what people call them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Names:
    """What something is called.

    Attributes:
        zh: Its Chinese name.
        en: Its English name.
        aliases: Further words for it, in any language.
    """

    zh: str
    en: str
    aliases: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        return (self.zh, self.en, *self.aliases)


@dataclass(frozen=True, slots=True)
class Colour:
    """A background of one colour.

    Attributes:
        key: Its name in settings and slots.
        names: What people call it.
        hex: What to paint, ``#RRGGBB``.
        rgb: The same, sRGB 0..255.
        tolerance_de00: A finished background still counts as this colour up to this mean CIEDE2000.
        use: Where it is asked for.
        source: Where the figure comes from.
        confidence: ``official``, ``commonly_cited`` or ``uncertain``.
    """

    key: str
    names: Names
    hex: str
    rgb: Rgb
    tolerance_de00: float
    use: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One colour of a gradient.

    Attributes:
        at: 0 at the top edge or the centre, 1 at the bottom edge or the farthest corner.
        hex: ``#RRGGBB``.
        rgb: The same, sRGB 0..255.
    """

    at: float
    hex: str
    rgb: Rgb


@dataclass(frozen=True, slots=True)
class Gradient:
    """A background that changes from one colour to another.

    Attributes:
        key: Its name in settings and slots.
        names: What people call it.
        kind: ``vertical`` or ``radial``.
        stops: By ``at``.
        source: Where the figures come from.
        confidence: ``official``, ``commonly_cited`` or ``uncertain``.
    """

    key: str
    names: Names
    kind: Literal["vertical", "radial"]
    stops: tuple[Stop, ...]
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class SpecialGround:
    """A background that is not painted: ``transparent`` or ``keep``.

    Attributes:
        key: Its name in slots.
        names: What people call it.
        requires_format: The file format it needs, or ``""``.
    """

    key: str
    names: Names
    requires_format: str = ""
