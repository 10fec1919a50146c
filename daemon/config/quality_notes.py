"""What a note beside a photo may say about the quality gate: more, never less.

The gate guards an inbox against whoever drops photos, and that is who writes notes. So a note may
ask for stricter judging, and one that asks for laxer judging anywhere is refused; only the
configuration, or who runs ``boothd once``, may loosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ConfigDict, ValidationError

from daemon.config.quality import COMPLETE, REJECT_BELOW, Limits, Share
from daemon.config.section import Section
from daemon.domain.route import Plan, RouteId
from daemon.domain.rule import Options


class _Judged(Section):
    """What decides in the options of a filled-in step."""

    model_config = ConfigDict(extra="ignore")

    reject_below: Share = REJECT_BELOW
    min_score: Share | None = None
    reject: Limits = Limits()
    warn: Limits = Limits()


def overlaid(own: Options, note: Options) -> dict[str, dict[str, object]]:
    """A note's options with its limits laid over the inbox's own, one by one.

    Options are merged whole elsewhere; merged whole, a note that names one limit would take away
    every other that the inbox has over its profile.
    """
    route = str(RouteId.QUALITY)
    asked = {name: dict(options) for name, options in note.items()}
    for layer in ("reject", "warn"):
        under, over = own.get(route, {}).get(layer), asked.get(route, {}).get(layer)
        if isinstance(under, Mapping) and isinstance(over, Mapping):
            asked[route][layer] = {**under, **over}
    return asked


def loosened(own: Plan, noted: Plan) -> list[str]:
    """Where a plan judges less strictly than another, in words for whoever wrote the note.

    Args:
        own: Without the note; filled in by ``with_limits``.
        noted: With it; filled in too.

    Returns:
        A line for each limit: ``quality.reject.max_noise: 11 > 10``. Nothing of a step that
        could not be filled in: the route refuses that, and names the mistake.
    """
    lines: list[str] = []
    for before, after in zip(own.steps, noted.steps, strict=True):
        if after.route == RouteId.QUALITY and COMPLETE in after.options:
            was, now = _judged(before.options), _judged(after.options)
            if was is not None and now is not None:
                lines += (f"{RouteId.QUALITY}.{line}" for line in _looser(was, now))
    return lines


def _judged(options: Mapping[str, object]) -> _Judged | None:
    try:
        return _Judged.model_validate(dict(options))
    except ValidationError:
        return None


def _looser(was: _Judged, now: _Judged) -> Iterator[str]:
    if now.reject_below < was.reject_below:
        yield f"reject_below: {now.reject_below:g} < {was.reject_below:g}"
    wanted, least = (max(one.min_score or 0.0, one.reject_below) for one in (now, was))
    if wanted < least:
        yield f"min_score: {wanted:g} < {least:g}"
    for name in Limits.model_fields:
        line = _looser_limit("reject", name, getattr(was.reject, name), getattr(now.reject, name))
        # A remark that became a reason to reject is no less strict.
        line = line or _looser_limit("warn", name, _strictest(name, was), _strictest(name, now))
        if line:
            yield line


def _looser_limit(layer: str, name: str, was: float | None, now: float | None) -> str:
    if was is None:
        return ""
    if now is None:
        return f"{layer}.{name}: null"
    if name.startswith("min_"):
        return f"{layer}.{name}: {now:g} < {was:g}" if now < was else ""
    return f"{layer}.{name}: {now:g} > {was:g}" if now > was else ""


def _strictest(name: str, judged: _Judged) -> float | None:
    marks = (getattr(judged.reject, name), getattr(judged.warn, name))
    known = [mark for mark in marks if mark is not None]
    return (max if name.startswith("min_") else min)(known, default=None)
