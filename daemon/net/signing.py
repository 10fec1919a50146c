"""Signatures of announcements, as Standard Webhooks 1.0.0 has them.

``webhook-signature`` covers id, time and the exact bytes of the body. While one key replaces
another, both sign, and the receiver needs to know only one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import standardwebhooks

from daemon.domain.webhook import keys_in

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"


def read_keys(path: Path | None) -> tuple[bytes, ...]:
    """The keys in a secret file, read anew for each attempt so that one can be replaced.

    Args:
        path: ``None``: there are none.

    Raises:
        OSError: It cannot be read.
        ValueError: It holds no keys.
    """
    return () if path is None else keys_in(path.read_text("utf-8"))


def signed_headers(
    message_id: str, at_ms: int, body: bytes, keys: Sequence[bytes]
) -> dict[str, str]:
    """The three headers of a message; without a key, the first two.

    Args:
        message_id: The same at every attempt.
        at_ms: When this attempt is made, wall time.
        body: As it is sent, UTF-8.
        keys: Live signing keys.
    """
    # In UTC: the library takes a time of any other zone for one of UTC.
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    headers = {ID_HEADER: message_id, TIMESTAMP_HEADER: str(at_ms // 1000)}
    if keys:
        text = body.decode("utf-8")
        headers[SIGNATURE_HEADER] = " ".join(
            standardwebhooks.Webhook(key).sign(message_id, moment, text) for key in keys
        )
    return headers
