"""``boothd privacy scan``: what privacy masking would cover in a file, without covering it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.compare import refuse_missing, say_unreadable, settings_of
from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session
from daemon.errors import InputError, UsageError

if TYPE_CHECKING:
    from daemon.cli.console import Console
    from daemon.protocol import Progress

_COLUMNS = ("page", "type", "count", "sureness", "box")
_MOST_BOXES = 3
_OF_NO_BOOK = frozenset({"face", "unread"})


@click.command
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--profile", default="", metavar="NAME")
@json_option
@pass_session
def scan(session: Session, *, file: Path, profile: str, as_json: bool) -> int:
    from daemon.runtime.privacy_scan import scan_file  # noqa: PLC0415 - commands load what they use

    boot, limits = settings_of(session)
    options = _options(session, profile)
    refuse_missing(session, file)
    with session.console.progress("scanning", 1) as bar:

        def show(progress: Progress) -> None:
            bar.show(f"{progress.done}/{progress.total or '?'}")

        try:
            found = scan_file(file, options, boot, limits, on_progress=show)
        except InputError as error:
            return say_unreadable(session, error, as_json=as_json)
    if profile:
        found["profile"] = profile  # one's own comes down to a built-in one
    if as_json:
        session.console.data({"file": str(file), **found})
    else:
        _show(session.console, found)
    return Exit.OK if found["clean"] else Exit.NOT_DONE


def _options(session: Session, profile: str) -> Mapping[str, object]:
    """Options of the route, a profile of one's own filled in; a configuration is no must here."""
    from daemon.config.privacy import Privacy, names  # noqa: PLC0415 - commands load what they use
    from daemon.config.privacy_plan import with_masking  # noqa: PLC0415 - as above
    from daemon.config.wording import nearest  # noqa: PLC0415 - as above
    from daemon.domain.route import Plan, RouteId  # noqa: PLC0415 - as above

    if not profile:
        return {}
    privacy = session.config.privacy if session.has_config else Privacy()
    known, console = names(privacy), session.console
    if profile not in known:
        near = nearest(profile, known) or ", ".join(known)
        hint = console.text("did_you_mean", near=near)
        raise UsageError(console.text("no_privacy_profile", profile=profile) + hint)
    plan = Plan.of([RouteId.PRIVACY], {RouteId.PRIVACY: {"profile": profile}})
    (step,) = with_masking(plan, privacy).steps
    return step.options


def _show(console: Console, found: Mapping[str, Any]) -> None:
    rows = [row for page in found["pages"] for row in _rows(console, page)]
    if rows:
        console.table([console.text(f"column_{name}") for name in _COLUMNS], rows)
    for page in found["pages"]:
        console.line(console.text("scan_page", **_numbers(page)))
        if page["unseen"]:
            console.line(console.text("scan_unseen", page=page["page"]))
    carried = found["carried"]
    kinds = dict.fromkeys(leak["kind"] for leak in carried["found"])
    if kinds:
        what = ", ".join(console.text(f"carried_{kind}") for kind in kinds)
        console.line(console.text("scan_carried", what=what))
    if not carried["complete"]:
        console.line(console.text("scan_not_walked"))
    if found["name"]:
        console.line(console.text("scan_name"))
    count = sum(found["found"].values())
    key = "scan_clean" if found["clean"] else "scan_found"
    told = {name: found[name] for name in ("profile", "faces", "codes", "unread")}
    console.line(console.text(key, count=count, **told))


def _numbers(page: Mapping[str, Any]) -> dict[str, int]:
    return {name: page[name] for name in ("page", "lines", "unread")}


def _rows(console: Console, page: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for kind, count in page["found"].items():
        places = [place for place in page["places"] if place["type"] == kind]
        scores = [place["score"] for place in places]
        boxes = [box for place in places for box in place["boxes"][:1]]
        where = "; ".join(_percent(box) for box in boxes[:_MOST_BOXES])
        if count > _MOST_BOXES:
            where += " " + console.text("scan_more", count=count - _MOST_BOXES)
        sure = f"{min(scores):.2f}" if scores else "–"
        yield str(page["page"]), _named(console, kind), str(count), sure, where


def _percent(box: list[float]) -> str:
    left, top, right, bottom = (round(100 * one) for one in box)
    return f"{left}–{right} × {top}–{bottom}"


def _named(console: Console, kind: str) -> str:
    from daemon.catalogue.privacy import book  # noqa: PLC0415 - commands load what they use

    if kind in _OF_NO_BOOK:
        return console.text(f"type_{kind}")
    known = book().entities.get(kind)
    if known is None:
        return kind
    return known.zh if console.language == "zh" else known.en
