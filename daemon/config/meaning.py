"""Mistakes that a schema cannot see: names that lead nowhere, patterns that do not parse."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from daemon.config.api_meaning import api_mistakes
from daemon.config.cron import mistake_in
from daemon.config.model import Config, Inbox, Rule
from daemon.config.overlap import overlaps
from daemon.config.privacy_meaning import privacy_mistakes
from daemon.config.quality import Quality, names, profile_of
from daemon.config.source import KeyPath, Problem, key_path
from daemon.config.webhook import Webhook
from daemon.config.webhook_meaning import webhook_mistakes
from daemon.config.wording import hint, nearest, sentence, shown
from daemon.domain.language import Language
from daemon.domain.route import RouteId

_FAILPOINT = re.compile(r"\w+(:(daemon|worker|both)(:[1-9]\d*)?)?")
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined.

    Attributes:
        config: As much of the configuration as has the right shape, paths absolute.
        inboxes: Its inboxes with their places in the file.
        rules: Its rules with their places in the file.
        webhooks: Its webhooks with their places in the file.
        inbox_names: Every inbox name in the file, also of inboxes of a wrong shape.
    """

    config: Config
    inboxes: list[tuple[int, Inbox]]
    rules: list[tuple[int, Rule]]
    webhooks: list[tuple[int, Webhook]]
    inbox_names: frozenset[str]


def mistakes(subject: Subject, environ: Mapping[str, str], language: Language) -> Iterator[Problem]:
    """Every mistake in meaning, in the order of the settings."""
    routes = known_routes(subject.config.development.routes)
    if routes is None:
        value = shown(subject.config.development.routes)
        text = sentence("no_routes_module", language, value=value)
        yield Problem(("development", "routes"), text)
    yield from _names(subject, language)
    for place, steps, options in _plans(subject):
        yield from _unknown_routes(place, steps, options, routes or _OpenEnded(), language)
    yield from _idle_options(subject, language)
    yield from _profiles(subject, language)
    asked = _asked_of(subject, RouteId.PRIVACY)
    yield from privacy_mistakes(subject.config.privacy, language, asked)
    yield from _rules(subject, language)
    yield from _values(subject.config, language)
    yield from webhook_mistakes(subject.webhooks, subject.inbox_names, language)
    yield from api_mistakes(subject.config.api, subject.inbox_names, language)
    yield from _failpoint(subject.config, environ, language)
    yield from overlaps(subject.config, subject.inboxes, language)


class _OpenEnded(frozenset[str]):
    """A set of names that has every name: where the table cannot be read without running it."""

    def __contains__(self, item: object) -> bool:
        return True


def known_routes(module: str | None) -> frozenset[str] | None:
    """The routes that a plan may name; ``None`` if the further module does not exist.

    The module's table is read, not imported: it may pull in array libraries.
    """
    own = frozenset(str(route) for route in RouteId)
    if module is None:
        return own
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    try:
        names = _keys_of_table(Path(spec.origin).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None  # compiled or broken: the worker could not use it either
    return _OpenEnded() if names is None else own | names


def _keys_of_table(text: str) -> frozenset[str] | None:
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not any(isinstance(name, ast.Name) and name.id == "ROUTES" for name in targets):
            continue
        table = getattr(node, "value", None)
        if not isinstance(table, ast.Dict):
            return None
        keys = [key.value if isinstance(key, ast.Constant) else None for key in table.keys]
        return frozenset(map(str, keys)) if None not in keys else None
    return None


def _names(subject: Subject, language: Language) -> Iterator[Problem]:
    first: dict[str, KeyPath] = {}
    for index, inbox in subject.inboxes:
        place: KeyPath = ("inboxes", index, "name")
        earlier = first.setdefault(inbox.name.casefold(), place)
        if earlier != place:
            facts = {"value": shown(inbox.name), "first": key_path(earlier)}
            yield Problem(place, sentence("duplicate_inbox", language, **facts))


def _plans(subject: Subject) -> Iterator[tuple[KeyPath, tuple[str, ...], Mapping[str, object]]]:
    for index, inbox in subject.inboxes:
        yield ("inboxes", index), inbox.plan, inbox.options
    for index, rule in subject.rules:
        yield ("rules", index), rule.plan or (), rule.options


def _unknown_routes(
    place: KeyPath,
    steps: tuple[str, ...],
    options: Mapping[str, object],
    routes: frozenset[str],
    language: Language,
) -> Iterator[Problem]:
    named = [((*place, "plan", number), route) for number, route in enumerate(steps)]
    named += [((*place, "options", route), route) for route in options]
    for where, route in named:
        if route not in routes:
            text = sentence("unknown_route", language, value=shown(route))
            yield Problem(where, text + hint(nearest(route, routes), language))


def _idle_options(subject: Subject, language: Language) -> Iterator[Problem]:
    own = {str(route) for route in RouteId}
    for index, inbox in subject.inboxes:
        run = set(inbox.plan)
        for _, rule in subject.rules:
            run |= set(rule.plan or ()) if rule.inbox == inbox.name else set()
        for route in inbox.options:
            if route in own and route not in run:
                text = sentence("idle_options", language, value=shown(route))
                yield Problem(("inboxes", index, "options", route), text)


def _profiles(subject: Subject, language: Language) -> Iterator[Problem]:
    """Profiles that are asked for and not there, or start from themselves."""
    quality = subject.config.quality
    asked: list[tuple[KeyPath, object]] = [
        (("quality", "profiles", name, "like"), profile.like)
        for name, profile in quality.profiles.items()
        if profile.like is not None
    ]
    for place, _, options in _plans(subject):
        raw = options.get(RouteId.QUALITY)
        chosen = raw.get("profile") if isinstance(raw, Mapping) else None
        if isinstance(chosen, str):
            asked.append(((*place, "options", str(RouteId.QUALITY), "profile"), chosen))
    known = names(quality)
    for where, name in asked:
        if name not in known:
            text = sentence("unknown_profile", language, value=shown(name))
            yield Problem(where, text + hint(nearest(str(name), known), language))
        elif where[0] == "quality" and _goes_round(str(where[2]), quality):
            yield Problem(where, sentence("profile_ring", language, value=shown(name)))


def _asked_of(subject: Subject, route: RouteId) -> Iterator[tuple[KeyPath, object]]:
    """Profiles of a route that inboxes and rules ask for."""
    for place, _, options in _plans(subject):
        raw = options.get(route)
        if isinstance(raw, Mapping) and "profile" in raw:
            yield (*place, "options", str(route), "profile"), raw["profile"]


def _goes_round(name: str, quality: Quality) -> bool:
    try:
        profile_of(name, quality)
    except KeyError as error:
        return error.args[0] in names(quality)
    return False


def _rules(subject: Subject, language: Language) -> Iterator[Problem]:
    for index, rule in subject.rules:
        place: KeyPath = ("rules", index)
        if rule.inbox not in subject.inbox_names:
            text = sentence("unknown_inbox", language, value=shown(rule.inbox))
            near = hint(nearest(rule.inbox, subject.inbox_names), language)
            yield Problem((*place, "inbox"), text + near)
        try:
            re.compile(rule.regex or "")
        except re.error as error:
            text = sentence("bad_regex", language, detail=error)
            yield Problem((*place, "regex"), text)
        if None not in (rule.min_bytes, rule.max_bytes) and rule.min_bytes > rule.max_bytes:  # type: ignore[operator]
            yield Problem((*place, "min_bytes"), sentence("bad_sizes", language))


def _values(config: Config, language: Language) -> Iterator[Problem]:
    for name in type(config.schedule).model_fields:
        detail = mistake_in(getattr(config.schedule, name))
        if detail:
            yield Problem(("schedule", name), sentence("bad_cron", language, detail=detail))
    if not _DEVICE.fullmatch(config.engines.device):
        text = sentence("bad_device", language, value=shown(config.engines.device))
        yield Problem(("engines", "device"), text)


def _failpoint(config: Config, environ: Mapping[str, str], language: Language) -> Iterator[Problem]:
    value = environ.get("BOOTHD_FAILPOINT", "")
    if value and not config.development.failpoints:
        text = sentence("failpoint_in_production", language)
        yield Problem(("development", "failpoints"), text)
    elif value and not _FAILPOINT.fullmatch(value):
        text = sentence("bad_failpoint", language, value=shown(value))
        yield Problem(("development", "failpoints"), text)
