"""Orders: carried out and said, or refused with the reason; then back to where they were given."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from daemon.errors import UsageError


def carried_out(act: Callable[[], object], word: str, back: str) -> ResponseReturnValue:
    """Do it; what cannot be done is said, not hidden.

    Args:
        act: The order.
        word: What is said once it is done.
        back: Address of the page it was given on.
    """
    try:
        act()
    except UsageError as error:
        return render_template("refused.html", reason=str(error), back=back), 409
    flash(word)
    return redirect(back, 303)
