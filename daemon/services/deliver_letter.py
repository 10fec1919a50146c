"""Putting together what is sent: the stored body, the picture that joins it, the signature."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

from daemon.config.webhook import Webhook
from daemon.config.webhook_address import AddressError
from daemon.domain.delivery import Failure
from daemon.net.posting import Letter
from daemon.net.signing import read_keys, signed_headers
from daemon.services.announce_payload import joined
from daemon.store.outbox import Announcement, Picture

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class UnsendableError(Exception):
    """Nothing can be sent as things are; not the receiver's fault.

    Args:
        failure: What is in the way.
        detail: More about it; no secret.
    """

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(f"{failure}: {detail}")
        self.failure = failure
        self.detail = detail


def letter_for(hook: Webhook, message_id: str, body: bytes, at_ms: int) -> Letter:
    """A body, addressed and signed for one attempt.

    Args:
        hook: Who is told.
        message_id: The same at every attempt.
        body: As it is sent.
        at_ms: When this attempt is made.

    Raises:
        UnsendableError: The secret file or the address is not in order.
    """
    try:
        target, allowed = hook.target, hook.allowed
        keys = read_keys(hook.secret_file)
    except AddressError as error:
        raise UnsendableError(Failure.REFUSED_ADDRESS, error.key) from error
    except OSError as error:
        raise UnsendableError(Failure.SECRET, _name(error)) from error
    except ValueError as error:
        raise UnsendableError(Failure.SECRET, str(error)) from error
    headers = signed_headers(message_id, at_ms, body, keys)
    return Letter(target, allowed, headers, body, hook.timeout_s, hook.ca_file)


def body_of(hook: Webhook, told: Announcement, *, is_last: bool) -> bytes:
    """The whole body of an announcement.

    An original that cannot be had is left out, and the body says why: the event matters more.
    Where its folder may only be away for a while it is waited for, until the last attempt.

    Args:
        hook: Says how large a picture may be.
        told: As stored.
        is_last: Nothing is waited for any more.

    Raises:
        UnsendableError: The original cannot be read now.
    """
    if told.picture is None:
        return told.body
    try:
        content, why = _original(told.picture, hook.max_picture_kib * 1024)
    except OSError as error:
        if not is_last:
            raise UnsendableError(Failure.BODY, _name(error)) from error
        content, why = None, "unreadable"
    return joined(told.body, content, why)


def _original(picture: Picture, most_bytes: int) -> tuple[bytes | None, str]:
    """The picture's bytes, or why there are none."""
    try:
        number = os.open(Path(os.fsdecode(picture.path)), _READ)
    except FileNotFoundError:
        return None, "gone"
    with os.fdopen(number, "rb") as reader:
        facts = os.fstat(number)
        if not stat.S_ISREG(facts.st_mode):
            return None, "changed"
        if facts.st_size > most_bytes:
            return None, "too_large"
        content = reader.read(most_bytes + 1)
    if hashlib.sha256(content).hexdigest() != picture.sha256:
        return None, "changed"
    return content, ""


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
