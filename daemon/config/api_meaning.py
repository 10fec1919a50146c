"""Mistakes in the API's section that its schema cannot see."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.config.api import Api, Callback
from daemon.config.source import KeyPath, Problem, key_path
from daemon.config.webhook_address import AddressError, parse_allowed
from daemon.config.webhook_meaning import MOST_CONCURRENCY, authority_mistakes, secret_mistakes
from daemon.config.wording import hint, nearest, sentence, shown
from daemon.domain.language import Language


def api_mistakes(api: Api, inboxes: frozenset[str], language: Language) -> Iterator[Problem]:
    """Every mistake in the API's section, each with its place in the file."""
    if api.inbox is not None and api.inbox not in inboxes:
        text = sentence("unknown_inbox", language, value=shown(api.inbox))
        yield Problem(("api", "inbox"), text + hint(nearest(api.inbox, inboxes), language))
    yield from _tokens(api, language)
    names = frozenset(token.name for token in api.tokens)
    for index, place in enumerate(api.callbacks):
        yield from _callback(place, ("api", "callbacks", index), names, language)
    try:
        most = sum(hook.concurrency for hook in api.callback_receivers)
    except AddressError:
        return  # told above
    if most > MOST_CONCURRENCY:
        text = sentence("too_many_deliveries", language, most=MOST_CONCURRENCY)
        yield Problem(("api", "callbacks"), text)


def _tokens(api: Api, language: Language) -> Iterator[Problem]:
    first: dict[str, KeyPath] = {}
    for index, token in enumerate(api.tokens):
        where: KeyPath = ("api", "tokens", index)
        for key, value in (("name", token.name), ("sha256", token.sha256)):
            earlier = first.setdefault(f"{key} {value}", (*where, key))
            if earlier != (*where, key):
                facts = {"value": shown(value), "first": key_path(earlier)}
                yield Problem((*where, key), sentence("duplicate_token", language, **facts))
        place = (*where, "callback_secret_file")
        yield from secret_mistakes(token.callback_secret_file, place, language)


def _callback(
    callback: Callback, place: KeyPath, tokens: frozenset[str], language: Language
) -> Iterator[Problem]:
    for number, entry in enumerate(callback.allow):
        try:
            parse_allowed(entry)
        except AddressError as error:
            text = sentence(error.key, language, value=shown(entry))
            yield Problem((*place, "allow", number), text)
    for number, name in enumerate(callback.tokens):
        if name not in tokens:
            text = sentence("unknown_token", language, value=shown(name))
            near = hint(nearest(name, tokens), language)
            yield Problem((*place, "tokens", number), text + near)
    yield from authority_mistakes(callback.ca_file, (*place, "ca_file"), language)
    try:
        target = callback.target
    except AddressError as error:
        text = sentence(error.key, language, value=shown(callback.origin))
        yield Problem((*place, "origin"), text)
        return
    if target.scheme == "http" and not callback.allow:
        text = sentence("http_not_allowed", language, value=target.place)
        yield Problem((*place, "origin"), text)
