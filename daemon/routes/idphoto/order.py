"""What is to be made of a photo: options, instructions and file name as one list of targets."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto.caution import Caution, Warned
from daemon.domain.idphoto.naming import taken_apart
from daemon.domain.idphoto.request import Request, Source, request_of
from daemon.domain.idphoto.slots import Background, Size, Slots
from daemon.errors import UsageError
from daemon.routes.base import Context
from daemon.routes.idphoto.options import Options
from daemon.routes.idphoto.target import Target, target_of

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that was asked for.

    Attributes:
        request: Wishes of every source laid over each other.
        targets: One for each result, the first is the photo itself.
        warned: What could not be followed to the letter, each once.
        engine: How the one that cuts people out is asked for.
    """

    request: Request
    targets: tuple[Target, ...]
    warned: tuple[Warned, ...]
    engine: str

    @property
    def slots(self) -> Slots:
        return self.request.slots


def order_of(options: Options, context: Context) -> Order:
    """Read options, instructions and the photo's name.

    Raises:
        UsageError: ``options.background`` names nothing.
    """
    known = book()
    texts = {
        Source.INBOX: options.instruction,
        Source.FILE_NAME: taken_apart(context.name).instruction,
        Source.NOTE: context.instruct,
    }
    frame = Size(preset=options.preset)
    defaults = Slots(sizes=(frame,), background=background_of(options.background))
    request = request_of(texts, known, defaults=defaults)
    warned, targets = list(request.warned), []
    for result in request.slots.results[: 1 if options.files == "one" else None]:
        for size in result.sizes or (frame,):
            target, said = target_of(size, result.background, request.slots, known)
            targets.append(target)
            warned += said
    return Order(request, _labelled(targets), _once(warned), options.engine)


def _once(warned: list[Warned]) -> tuple[Warned, ...]:
    """Each warning once; who said it does not make it another."""
    known: dict[tuple[object, ...], Warned] = {}
    for one in warned:
        facts = {name: fact for name, fact in one.facts.items() if name != "source"}
        known.setdefault((one.caution, one.slot, str(facts)), one)
    return tuple(known.values())


def background_of(text: str | None) -> Background | None:
    """A background by its key, one of its names, or ``#RRGGBB``.

    Raises:
        UsageError: It names nothing.
    """
    if text is None:
        return None
    known, folded = book(), text.strip().casefold()
    if figures := _HEX.fullmatch(folded):
        red, green, blue = bytes.fromhex(figures[1])
        return Background("solid", rgb=(red, green, blue))
    for key, colour in known.colours.items():
        if folded in {key, *(name.casefold() for name in colour.names.every)}:
            return Background("solid", color=key)
    for key, gradient in known.gradients.items():
        if folded in {key, *(name.casefold() for name in gradient.names.every)}:
            return Background("gradient", gradient=key)
    for key, special in known.specials.items():
        if folded in {key, *(name.casefold() for name in special.names.every)}:
            return Background("keep" if key == "keep" else "transparent")
    msg = f"idphoto.background: {text!r} is no colour, gradient, #RRGGBB, transparent or keep"
    raise UsageError(msg)


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
