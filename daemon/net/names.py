"""Looking up where a host name leads, with a limit on how long that may take."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading

from daemon.config.webhook_address import Address

# More than any honest name has.
MOST_ADDRESSES = 32


def look_up(host: str, port: int, timeout_s: float) -> list[Address]:
    """Every address of a host, in the order to try them.

    The system's resolver knows no time limit of ours, so it is asked from a thread that may be
    left behind; it gives up by itself.

    Args:
        host: A name in ASCII, or an address in digits.
        port: Where to connect to.
        timeout_s: How long to wait.

    Raises:
        OSError: It has none, or nobody said so in time.
    """
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()
    asker = threading.Thread(target=_ask, args=(host, port, answers), name="resolver", daemon=True)
    asker.start()
    try:
        found = answers.get(timeout=timeout_s)
    except queue.Empty:
        msg = "no answer from the name service"
        raise TimeoutError(msg) from None
    if isinstance(found, OSError):
        raise found
    return found


def _ask(host: str, port: int, answers: queue.SimpleQueue[list[Address] | OSError]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # A zone (``%eth0``) is cut off: link-local addresses are refused anyway.
        texts = [str(place[0]).partition("%")[0] for *_, place in found]
        unique = list(dict.fromkeys(map(ipaddress.ip_address, texts)))
        answers.put(unique[:MOST_ADDRESSES])
    except (OSError, UnicodeError, ValueError) as error:
        answers.put(error if isinstance(error, OSError) else OSError(str(error)))
