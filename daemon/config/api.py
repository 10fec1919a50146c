"""The settings of the HTTP API, and the tokens of the programs that may call it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from daemon.config.section import Section
from daemon.config.webhook import Webhook
from daemon.config.webhook_address import AddressError, Target, parse_target
from daemon.domain.webhook import EVENT_OF

# Calls without a token, where none are asked for.
NO_TOKEN = "local"  # noqa: S105 - a caller's name

Scope = Literal["submit", "read", "ask", "metrics", "review"]


class ApiToken(Section):
    """A program that may call the API; the token itself is written down nowhere here."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """What the audit calls it."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the token, in hex; the token is 32 random bytes or more."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ("submit", "read", "ask")
    """What it may do: submit (photos, cancel), read (jobs, results), ask (compare …), metrics,
    review (decide about photos in review)."""
    callback_secret_file: Path | None = None
    """File with the whsec_ key that signs what is told to this program's callback addresses;
    without it they are not signed."""


class Callback(Section):
    """A place that calls may name as their `callback`; no other is ever told anything."""

    origin: str
    """Scheme, host and port: https://shop.example, http://192.168.1.20:8080."""
    tokens: tuple[str, ...] = ()
    """Only for these tokens; none named: for all."""
    file_name: Literal["plain", "hashed", "none"] = "none"
    """How the photo is named: plain, hashed (SHA-256 of the name), or none."""
    allow: tuple[str, ...] = ()
    """Addresses that are not public, each with its port, as in a section of webhooks."""
    ca_file: Path | None = None
    """Certificate authority of your own (PEM) that alone is trusted for this place."""
    timeout_s: Annotated[float, Field(ge=1, le=60)] = 20.0
    """Seconds for a whole attempt; connecting may take 5 of them."""
    concurrency: Annotated[int, Field(ge=1, le=4)] = 1
    """Deliveries at once, for each token."""

    @property
    def target(self) -> Target:
        """Where that is.

        Raises:
            AddressError: It is not written as it must be, or has a path.
        """
        target = parse_target(self.origin)
        if target.path != "/":
            raise AddressError(key="callback_path")
        return target

    def covers(self, target: Target) -> bool:
        """Whether an address lies there: same scheme, same host, same port."""
        own = self.target
        return (own.scheme, own.place) == (target.scheme, target.place)

    def receiver(self, caller: str, secret_file: Path | None) -> Webhook:
        """The receiver that one program's callbacks there are; each has a health of its own."""
        shape = Webhook(
            url=self.origin,
            events=tuple(EVENT_OF.values()),
            file_name=self.file_name,
            allow=self.allow,
            ca_file=self.ca_file,
            timeout_s=self.timeout_s,
            concurrency=self.concurrency,
            secret_file=secret_file,
        )
        # No section can have such a name: "@" is not among its letters.
        return shape.model_copy(update={"name": f"{caller}@{self.target.place}"})


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
    calls_per_minute: Annotated[int, Field(ge=0)] = 6000
    """Calls that one token, or one address without, may make in a minute (429 beyond, with
    Retry-After); 0: any number."""
    max_batch_bytes: Annotated[int, Field(gt=0)] = 2 * 1024 * 1024 * 1024
    """Largest archive that a call may bring as a batch."""
    tokens: tuple[ApiToken, ...] = ()
    """Who may call. Without any, only this machine may, and only while the panel asks for no
    password."""
    callbacks: tuple[Callback, ...] = ()
    """Places that calls may name as their `callback`. Without any, none is taken."""

    def callback_receiver(self, caller: str, url: str) -> Webhook | None:
        """The receiver behind a callback address; ``None`` where it is on no list.

        Raises:
            AddressError: It is not written as it must be.
        """
        target = parse_target(url)
        secrets = {token.name: token.callback_secret_file for token in self.tokens}
        for place in self.callbacks:
            if place.covers(target) and (not place.tokens or caller in place.tokens):
                return place.receiver(caller, secrets.get(caller))
        return None

    @property
    def callback_receivers(self) -> tuple[Webhook, ...]:
        """Every receiver that callbacks may come to: each place for each of its programs."""
        secrets = {token.name: token.callback_secret_file for token in self.tokens}
        callers = secrets or {NO_TOKEN: None}
        found = {
            hook.label: hook
            for place in reversed(self.callbacks)
            for name, secret in callers.items()
            if not place.tokens or name in place.tokens
            for hook in (place.receiver(name, secret),)
        }
        return tuple(found.values())
