"""Who is told about events: one section for each receiver."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from daemon.config.section import Section
from daemon.config.webhook_address import (
    AddressError,
    Allowed,
    Target,
    default_name,
    parse_allowed,
    parse_target,
)


class Webhook(Section):
    """An address that is told about events (docs/webhooks.md)."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    """What the receiver is called in lists and commands; default: its host."""
    url: str
    """Where to POST to: https, or http to an address in `allow`."""
    events: Annotated[tuple[str, ...], Field(min_length=1)] = ("photo.rejected", "photo.failed")
    """Events to send: photo.done, photo.rejected, photo.review, photo.failed, batch.finished,
    queue.held, queue.stalled, inbox.offline, inbox.recovered, endpoint.disabled."""
    inboxes: tuple[str, ...] = ()
    """Only events of these inboxes; none named: of all."""
    secret_file: Path | None = None
    """File with the whsec_ key that signs, or two of them, a line each, while one replaces the
    other. Without it nothing is signed, and anyone could say the same to the receiver."""
    payload: Literal["none", "thumbnail", "original"] = "none"
    """Picture to send along: none, a thumbnail (256 px), or the original."""
    max_picture_kib: Annotated[int, Field(gt=0, le=65536)] = 8192
    """A picture larger than this is not sent along; the event says so."""
    file_name: Literal["plain", "hashed", "none"] = "plain"
    """How the photo is named: plain, hashed (SHA-256 of the name), or none."""
    allow: tuple[str, ...] = ()
    """Addresses that are not public, each with its port: 192.168.1.20:8080, 10.0.0.0/8:443,
    hr.lan:8443. 127.0.0.1:9000 allows exactly that, and no range ever does."""
    ca_file: Path | None = None
    """Certificate authority of your own (PEM) that alone is trusted for this receiver."""
    timeout_s: Annotated[float, Field(ge=1, le=60)] = 20.0
    """Seconds for a whole attempt; connecting may take 5 of them."""
    concurrency: Annotated[int, Field(ge=1, le=4)] = 2
    """Deliveries to this receiver at once."""

    @property
    def target(self) -> Target:
        """Where to send to; an address that ``load`` let pass can be read.

        Raises:
            AddressError: It cannot.
        """
        return parse_target(self.url)

    @property
    def allowed(self) -> tuple[Allowed, ...]:
        """The allow-list, read.

        Raises:
            AddressError: An entry cannot be.
        """
        return tuple(map(parse_allowed, self.allow))

    @property
    def label(self) -> str:
        """Its name, or the one its host gives it."""
        if self.name is not None:
            return self.name
        try:
            return default_name(self.target)
        except AddressError:
            return self.url

    def wants(self, event: str, inbox: str | None = None) -> bool:
        """Whether it asked for an event, and for this inbox; one of no inbox is for all."""
        of_mine = inbox is None or not self.inboxes or inbox in self.inboxes
        return event in self.events and of_mine
