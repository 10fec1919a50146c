"""Mistakes in the section of a receiver that its schema cannot see."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

from daemon.config.source import KeyPath, Problem, key_path
from daemon.config.webhook import Webhook
from daemon.config.webhook_address import AddressError, parse_allowed, parse_target
from daemon.config.wording import hint, nearest, sentence, shown
from daemon.domain.language import Language
from daemon.domain.webhook import SUBSCRIBABLE, keys_in

# Every one may have a thread of its own; more would be a mistake in any office.
MOST_CONCURRENCY = 64
# Events by names they had before the first of them was ever sent.
RENAMED = {"photo.finished": "photo.done"}


def webhook_mistakes(
    webhooks: list[tuple[int, Webhook]], inboxes: frozenset[str], language: Language
) -> Iterator[Problem]:
    """Every mistake in the receivers, each with its place in the file."""
    yield from _names(webhooks, language)
    for index, webhook in webhooks:
        place: KeyPath = ("webhooks", index)
        yield from _address(webhook, place, language)
        yield from _events(webhook, place, language)
        yield from _inboxes(webhook, place, inboxes, language)
        yield from secret_mistakes(webhook.secret_file, (*place, "secret_file"), language)
        yield from authority_mistakes(webhook.ca_file, (*place, "ca_file"), language)
    if sum(webhook.concurrency for _, webhook in webhooks) > MOST_CONCURRENCY:
        text = sentence("too_many_deliveries", language, most=MOST_CONCURRENCY)
        yield Problem(("webhooks",), text)


def _names(webhooks: list[tuple[int, Webhook]], language: Language) -> Iterator[Problem]:
    first: dict[str, KeyPath] = {}
    for index, webhook in webhooks:
        place: KeyPath = ("webhooks", index)
        earlier = first.setdefault(webhook.label.casefold(), place)
        if earlier != place:
            facts = {"value": shown(webhook.label), "first": key_path(earlier)}
            where = (*place, "name") if webhook.name else place
            yield Problem(where, sentence("duplicate_webhook", language, **facts))


def _address(webhook: Webhook, place: KeyPath, language: Language) -> Iterator[Problem]:
    for number, entry in enumerate(webhook.allow):
        try:
            parse_allowed(entry)
        except AddressError as error:
            text = sentence(error.key, language, value=shown(entry))
            yield Problem((*place, "allow", number), text)
    try:
        target = parse_target(webhook.url)
    except AddressError as error:
        yield Problem((*place, "url"), sentence(error.key, language, value=shown(webhook.url)))
        return
    if target.scheme == "http" and not webhook.allow:
        text = sentence("http_not_allowed", language, value=target.place)
        yield Problem((*place, "url"), text)


def _events(webhook: Webhook, place: KeyPath, language: Language) -> Iterator[Problem]:
    for number, event in enumerate(webhook.events):
        if event not in SUBSCRIBABLE:
            text = sentence("unknown_event", language, value=shown(event))
            near = RENAMED.get(event) or nearest(event, SUBSCRIBABLE)
            yield Problem((*place, "events", number), text + hint(near, language))


def _inboxes(
    webhook: Webhook, place: KeyPath, known: frozenset[str], language: Language
) -> Iterator[Problem]:
    for number, inbox in enumerate(webhook.inboxes):
        if inbox not in known:
            text = sentence("unknown_inbox", language, value=shown(inbox))
            near = hint(nearest(inbox, known), language)
            yield Problem((*place, "inboxes", number), text + near)


def secret_mistakes(path: Path | None, where: KeyPath, language: Language) -> Iterator[Problem]:
    """What is wrong with a file of signing keys."""
    if path is None:
        return
    if not path.is_file():
        yield Problem(where, sentence("no_secret_file", language, value=path))
    elif not os.access(path, os.R_OK):
        yield Problem(where, sentence("unreadable_secret", language, value=path))
    else:
        try:
            keys_in(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            detail = "UTF-8" if isinstance(error, UnicodeDecodeError) else error
            yield Problem(where, sentence("bad_secret", language, detail=detail))


def authority_mistakes(path: Path | None, where: KeyPath, language: Language) -> Iterator[Problem]:
    """What is wrong with a file of certificate authorities."""
    if path is None:
        return
    if not path.is_file():
        yield Problem(where, sentence("no_ca_file", language, value=path))
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError):
        yield Problem(where, sentence("bad_ca_file", language, value=path))
