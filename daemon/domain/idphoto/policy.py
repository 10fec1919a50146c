"""What an authority allows: which wishes a preset's rule refuses, and what is left of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from daemon.domain.idphoto.book import Book
from daemon.domain.idphoto.caution import Caution, Warned
from daemon.domain.idphoto.preset import Preset, RetouchPolicy
from daemon.domain.idphoto.slots import (
    Adjust,
    Background,
    Generative,
    GenerativeOp,
    Retouch,
    Slots,
)

# Where features must not be altered these alter them; other clothes are no feature.
_FEATURES = frozenset(
    {GenerativeOp.HAIR, GenerativeOp.EXPRESSION, GenerativeOp.GLASSES, GenerativeOp.POSE}
)


def cautions(slots: Slots, book: Book) -> tuple[Warned, ...]:
    """Warnings about wishes that a chosen preset, or another wish, refuses; nothing is changed.

    Args:
        slots: What is asked for.
        book: Where the presets are.
    """
    found: dict[tuple[Caution, str], Warned] = {}
    grounds = [result.background for result in slots.results]
    if slots.file.format == "jpg" and any(one and one.mode == "transparent" for one in grounds):
        # Nothing is transparent in a JPEG.
        facts = {"value": "format: jpg", "used": "png"}
        found[Caution.CONFLICTING_VALUES, ""] = Warned(Caution.CONFLICTING_VALUES, "file", facts)
    for result in slots.results:
        for size in result.sizes:
            if size.preset is None:
                continue
            preset = book.presets[size.preset]
            warnings = [*_ground(preset, result.background, book), *allowed(preset, slots)[1]]
            for warned in warnings:
                found.setdefault((warned.caution, preset.key), warned)
    return tuple(found.values())


def allowed(preset: Preset, slots: Slots) -> tuple[Slots, tuple[Warned, ...]]:
    """The wishes that a preset's authority does not refuse.

    An authority that forbids edits gets none: cosmetics, tones, mirroring and made-up content are
    switched off. Where features must not be altered, only what alters them is. Level eyes, the
    crop, the background and the file stay: they are what an ID photo is.

    Returns:
        The slots to work with, and a warning where something was switched off.
    """
    if preset.retouch is RetouchPolicy.UNSPECIFIED:
        return slots, ()
    if preset.retouch is RetouchPolicy.FORBIDDEN:
        kept, caution = _without_edits(slots), Caution.RETOUCH_FORBIDDEN
        refused = tuple(_edits(slots))
    else:
        kept, caution = _with_features(slots), Caution.RETOUCH_RESTRICTED
        refused = tuple(_altered_features(slots))
    if not refused:
        return slots, ()
    facts = {"preset": preset.key, "what": ", ".join(refused)}
    return kept, (Warned(caution, "retouch", facts),)


def _edits(slots: Slots) -> Iterator[str]:
    retouch = slots.retouch
    for name in ("smooth", "whiten"):
        if getattr(retouch, name):
            yield f"{name} {getattr(retouch, name):g}"
    for name, value in dataclasses.asdict(slots.adjust).items():
        if value:
            yield f"{name} {value:g}"
    if retouch.blemish == "remove":
        yield "blemish"
    if slots.matting.stray_hair == "remove":
        yield "stray_hair"
    if slots.pose.flip:
        yield "flip"
    if retouch.moles == "remove":
        yield "moles"
    yield from (wish.op.value for wish in slots.generative)


def _altered_features(slots: Slots) -> Iterator[str]:
    if slots.retouch.moles == "remove":
        yield "moles"
    yield from (wish.op.value for wish in slots.generative if wish.op in _FEATURES)


def _without_edits(slots: Slots) -> Slots:
    retouch = slots.retouch
    return dataclasses.replace(
        slots,
        retouch=Retouch(
            smooth=0.0,
            whiten=0.0,
            keep_texture=retouch.keep_texture,
            blemish="keep",
            moles="keep",
        ),
        adjust=Adjust(),
        matting=dataclasses.replace(slots.matting, stray_hair="keep"),
        pose=dataclasses.replace(slots.pose, flip=False),
        generative=(),
    )


def _with_features(slots: Slots) -> Slots:
    kept: tuple[Generative, ...] = tuple(
        wish for wish in slots.generative if wish.op not in _FEATURES
    )
    retouch = dataclasses.replace(slots.retouch, moles="keep")
    return dataclasses.replace(slots, retouch=retouch, generative=kept)


def _ground(preset: Preset, asked: Background | None, book: Book) -> Iterator[Warned]:
    # Keeping what is there paints nothing; whether it will do is measured on the result.
    if asked is None or asked.mode == "keep" or not preset.ground.solid_only:
        return
    if asked.mode == "solid":
        allowed_rgb = [book.colours[key].rgb for key in preset.ground.allowed]
        rgb = book.colours[asked.color].rgb if asked.color is not None else asked.rgb
        if rgb in allowed_rgb:
            return
    facts = {
        "preset": preset.key,
        "value": asked.color or asked.gradient or _figures(asked) or asked.mode,
        "used": ", ".join(preset.ground.allowed),
    }
    yield Warned(Caution.BACKGROUND_NOT_ALLOWED, "background", facts)


def _figures(asked: Background) -> str:
    return "" if asked.rgb is None else "#" + "".join(f"{part:02X}" for part in asked.rgb)
