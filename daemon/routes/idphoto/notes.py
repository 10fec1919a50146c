"""``PHOTO.notes.txt``: what the clerk should know about a photo that was made all the same."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.codes import explain
from daemon.routes.base import Context, ReadyFile
from daemon.routes.idphoto.making import Made
from daemon.routes.idphoto.order import Order
from daemon.routes.idphoto.record import reason_of

NAME = "notes.txt"


def written(order: Order, results: Sequence[Made], context: Context) -> tuple[ReadyFile, ...]:
    """Write what was not done to the letter, and what is only just within the rule.

    Returns:
        The file; none where there is nothing to say.
    """
    reasons = [one.reason for one in order.warned]
    reasons += [reason_of(row) for made in results for row in made.report.warning]
    lines = [_line(reason, context.language) for reason in reasons]
    lines = list(dict.fromkeys(lines))
    if not lines:
        return ()
    # A byte-order mark, so that Windows Notepad takes Chinese for UTF-8.
    (context.folder / NAME).write_bytes("\r\n".join([*lines, ""]).encode("utf-8-sig"))
    return (ReadyFile(OutputKind.EXTRA, NAME, f".{NAME}"),)


def _line(reason: Reason, language: str) -> str:
    message, advice = explain(reason, language)
    return f"{message}{'' if language == 'zh' else ' '}{advice}"
