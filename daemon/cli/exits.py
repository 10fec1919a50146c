"""Exit statuses, the same for every command."""

from __future__ import annotations

import enum

from daemon.domain.job import State, Verdict


class Exit(enum.IntEnum):
    """What a script learns from ``$?``."""

    OK = 0
    ERROR = 1  # something is wrong, and the message says what
    USAGE = 2  # the command was called wrongly
    NOT_DONE = 3  # some photos were rejected, or want review
    FAILED = 4  # some photos failed
    IO = 74  # a disk, a share or the database cannot be used (EX_IOERR)
    TRY_AGAIN = 75  # busy, full, or not in time: the same call may work later (EX_TEMPFAIL)
    CONFIG = 78  # the configuration must be mended first (EX_CONFIG)
    INTERRUPTED = 130  # Ctrl-C (128 + SIGINT)
    BROKEN_PIPE = 141  # whoever read our output went away (128 + SIGPIPE)


_OF_VERDICT = {
    Verdict.DONE: Exit.OK,
    Verdict.REJECTED: Exit.NOT_DONE,
    Verdict.REVIEW: Exit.NOT_DONE,
    Verdict.FAILED: Exit.FAILED,
}


def exit_of(verdict: Verdict) -> Exit:
    """What one photo's verdict makes of a command's exit status."""
    return _OF_VERDICT[verdict]


def exit_of_state(state: State) -> Exit:
    """Like ``exit_of``; a withdrawn photo counts as one that was not done."""
    return Exit.NOT_DONE if state is State.WITHDRAWN else exit_of(Verdict(state.value))
