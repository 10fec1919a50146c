"""``boothd compare A B``: are two photos of one person, and may the answer be relied on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.comparison import Conclusion
from daemon.errors import InputError, UsageError

if TYPE_CHECKING:
    from daemon.config.boot import WorkerBoot
    from daemon.config.model import Limits


@click.command
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@json_option
@pass_session
def compare(session: Session, first: Path, second: Path, *, as_json: bool) -> int:
    from daemon.runtime.identity import compare_photos  # noqa: PLC0415 - commands load what they use

    boot, limits = settings_of(session)
    refuse_missing(session, first, second)
    try:
        found = compare_photos(first, second, boot, limits)
    except InputError as error:
        return say_unreadable(session, error, as_json=as_json)
    if as_json:
        session.console.data({"files": [str(first), str(second)], **found})
    else:
        _show(session, found)
    return Exit.OK if Conclusion(found["answer"]).is_trusted else Exit.NOT_DONE


def settings_of(session: Session) -> tuple[WorkerBoot, Limits]:
    """The worker's settings and the limits of a photo; a configuration is no must here."""
    from daemon.config.boot import WorkerBoot  # noqa: PLC0415 - commands load what they use
    from daemon.config.model import Limits  # noqa: PLC0415 - as above

    if not session.has_config:
        return WorkerBoot(), Limits()
    return WorkerBoot.from_config(session.config), session.config.limits


def refuse_missing(session: Session, *files: Path) -> None:
    """Name a file that is not there.

    Raises:
        UsageError: It is not there.
    """
    for file in files:
        if not file.is_file():
            raise UsageError(session.console.text("no_file", path=file))


def say_unreadable(session: Session, error: InputError, *, as_json: bool) -> int:
    """Tell which photo cannot be used, and why; as JSON too, for whoever reads only that."""
    console = session.console
    if as_json:
        console.data({"file": str(error.facts.get("file", "")), "codes": [error.code]})
    message, advice = explain(Reason(error.code, error.facts), console.language)
    console.tell(f"{error.facts.get('file', '')}: {error.code}: {message} {advice}")
    return Exit.FAILED


def _show(session: Session, found: dict[str, Any]) -> None:
    console = session.console
    console.line(console.text(found["answer"]))
    similarity = found["similarity"]
    if similarity is not None:
        threshold = found["threshold"]
        console.line(
            console.text(
                "compare_similarity",
                similarity=f"{similarity:.2f}",
                same=threshold["same_from"],
                different=threshold["different_below"],
            )
        )
    for name, photo in zip("AB", found["photos"], strict=True):
        quality = photo["quality"]["score"]
        console.line(
            console.text("compare_photo", name=name, quality=f"{quality:.2f}", faces=photo["faces"])
        )
    for given in found["reasons"]:
        reason = Reason.from_json(given)
        message, advice = explain(reason, console.language)
        console.line(f"{reason.code}: {message} {advice}")
