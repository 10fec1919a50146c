"""What is to be made of a photo: options and instruction as one list of targets."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto import slots as wishes
from daemon.domain.idphoto.caution import Caution, Warned
from daemon.domain.idphoto.instruct import parse
from daemon.domain.idphoto.policy import cautions
from daemon.domain.idphoto.slots import Slots
from daemon.errors import UsageError
from daemon.routes.idphoto.options import Options
from daemon.routes.idphoto.target import Target, target_of

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that was asked for.

    Attributes:
        slots: Wishes of the photo's own instruction over those of the options.
        targets: One for each result, the first is the photo itself.
        warned: What could not be followed to the letter, each once.
        unparsed: Words that nobody understood.
    """

    slots: Slots
    targets: tuple[Target, ...]
    warned: tuple[Warned, ...]
    unparsed: tuple[str, ...]


def order_of(options: Options, instruct: str) -> Order:
    """Read options and a photo's own instruction.

    Args:
        options: Of the step.
        instruct: The photo's own line, or ``""``.

    Raises:
        UsageError: ``options.background`` names nothing.
    """
    known = book()
    warned: list[Warned] = []
    unparsed: tuple[str, ...] = ()
    slots = Slots(
        sizes=(wishes.Size(preset=options.preset),), background=background_of(options.background)
    )
    for text in (options.instruction, instruct):
        if text.strip():
            read = parse(text, known)
            slots = over(read.slots, slots)
            warned += read.warned
            unparsed += read.unparsed
    # What single texts could not know: a wish of one and a rule of the other.
    warned += cautions(slots, known)
    targets = []
    for result in slots.results[: 1 if options.files == "one" else None]:
        for size in result.sizes or (wishes.Size(preset=options.preset),):
            target, said = target_of(size, result.background, slots, known)
            targets.append(target)
            warned += said
    once = {(one.caution, one.slot, str(one.facts)): one for one in warned}
    return Order(slots, _labelled(targets), tuple(once.values()), unparsed)


def background_of(text: str | None) -> wishes.Background | None:
    """A background by its key, one of its names, or ``#RRGGBB``.

    Raises:
        UsageError: It names nothing.
    """
    if text is None:
        return None
    known, folded = book(), text.strip().casefold()
    if figures := _HEX.fullmatch(folded):
        rgb = tuple(bytes.fromhex(figures[1]))
        return wishes.Background("solid", rgb=(rgb[0], rgb[1], rgb[2]))
    for key, colour in known.colours.items():
        if folded in {key, *(name.casefold() for name in colour.names.every)}:
            return wishes.Background("solid", color=key)
    for key, gradient in known.gradients.items():
        if folded in {key, *(name.casefold() for name in gradient.names.every)}:
            return wishes.Background("gradient", gradient=key)
    for key, special in known.specials.items():
        if folded in {key, *(name.casefold() for name in special.names.every)}:
            return wishes.Background("keep" if key == "keep" else "transparent")
    msg = f"idphoto.background: {text!r} is no colour, gradient, #RRGGBB, transparent or keep"
    raise UsageError(msg)


def over(mine: Slots, base: Slots) -> Slots:
    """Wishes laid over others: what the upper ones do not speak of comes from below.

    Sizes and backgrounds of several results belong together and are taken as one.
    """
    if mine.outputs:
        base = dataclasses.replace(base, sizes=(), background=None, outputs=())
    elif mine.sizes or mine.background:
        base = dataclasses.replace(base, outputs=())
    merged: Any = _over(mine, base)
    assert isinstance(merged, Slots)
    return merged


def _over(mine: Any, base: Any) -> Any:
    if not dataclasses.is_dataclass(mine) or isinstance(mine, wishes.Background):
        return base if mine is None or mine == () else mine
    if base is None:
        return mine
    values = {
        one.name: _over(getattr(mine, one.name), getattr(base, one.name))
        for one in dataclasses.fields(mine)
    }
    return dataclasses.replace(mine, **values)  # type: ignore[type-var]


def _labelled(targets: list[Target]) -> tuple[Target, ...]:
    """Each with a label of its own; two of one kind are numbered."""
    seen: dict[str, int] = {}
    out = []
    for target in targets:
        count = seen[target.label] = seen.get(target.label, 0) + 1
        label = target.label if count == 1 else f"{target.label}_{count}"
        out.append(dataclasses.replace(target, label=label))
    return tuple(out)


def wants_generation(order: Order) -> tuple[Warned, ...]:
    """The warnings about content that would have to be made up."""
    return tuple(one for one in order.warned if one.caution is Caution.NEEDS_GENERATIVE_ENGINE)
