"""The settings of the HTTP API, and the tokens of the programs that may call it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from daemon.config.section import Section

Scope = Literal["submit", "read", "ask", "metrics"]


class ApiToken(Section):
    """A program that may call the API; the token itself is written down nowhere here."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """What the audit calls it."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the token, in hex; the token is 32 random bytes or more."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ("submit", "read", "ask")
    """What it may do: submit (photos, cancel), read (jobs, results), ask (compare …), metrics."""


class Api(Section):
    """The HTTP API; the panel's process answers it."""

    inbox: str | None = None
    """Inbox that photos go to where a call names none; default: the first one."""
    sync_timeout_s: Annotated[float, Field(ge=0, le=120)] = 30.0
    """A synchronous call waits this long for its photo, then answers with the task."""
    max_side_px: Annotated[int, Field(gt=0)] = 2000
    """Longest side of a photo in a synchronous call; larger ones take the asynchronous one."""
    max_bytes: Annotated[int, Field(gt=0)] = 50 * 1024 * 1024
    """Largest photo that a call may bring."""
    queue_limit: Annotated[int, Field(gt=0)] = 5000
    """Photos that wait already; beyond it a call is told to come later (503, Retry-After)."""
    waiters: Annotated[int, Field(ge=1, le=256)] = 32
    """Calls that wait for a photo at once; one more is answered without waiting."""
    tokens: tuple[ApiToken, ...] = ()
    """Who may call. Without any, only this machine may, and only while the panel asks for no
    password."""
