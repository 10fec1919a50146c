"""Options of a photo that comes by the API, judged before it is taken in.

Intake judges the note beside a photo when it takes the photo in, which is too late for a caller:
by then a task was promised. Here the same note is judged by the same planner and models first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.config.model import Config, Inbox
from daemon.config.option_models import options_of
from daemon.config.quality import names
from daemon.config.quality_notes import overlaid
from daemon.config.route_options import mistakes_in
from daemon.config.source import key_path
from daemon.config.wording import sentence, shown
from daemon.domain.language import Language
from daemon.domain.route import RouteId
from daemon.domain.rule import Choice, Options
from daemon.errors import UsageError
from daemon.services.intake_plan import NoteRefused, Planner
from daemon.services.sidecars import UnknownRoute, by_route

# Any note: rules may ask whether there is one, never what is in it.
_A_NOTE = (b"photo.yaml",)


class BadOption(UsageError):
    """An option is unknown, out of its range, or not for a caller to choose."""

    code = "BAD_OPTION"


def judge_options(  # noqa: PLR0913 - what intake will look at
    config: Config,
    inbox: Inbox,
    name: str,
    size: int,
    options: Mapping[str, Any],
    *,
    has_note: bool,
    language: Language,
) -> None:
    """Refuse what intake, or the worker, would turn the photo down for.

    Args:
        config: The whole configuration.
        inbox: Where the photo would be put.
        name: The name it would have there.
        size: Its bytes.
        options: As in a note: by route name, or bare where the plan has one route.
        has_note: Whether a note would lie beside it.
        language: ``zh`` or ``en``, for the complaint.

    Raises:
        BadOption: Names every wrong option and what it may be.
    """
    planner = Planner.of(config, inbox)
    notes = _A_NOTE if has_note else ()
    choice = planner.choice(name.encode(), size, notes)
    try:
        note = by_route(options, choice.routes)
    except UnknownRoute as error:
        routes = ", ".join(dict.fromkeys(choice.routes))
        raise BadOption(_no_route(error.key, routes, language)) from error
    wrong = [*_mistakes(choice, note, language), *_unknown_profile(config, note, language)]
    if wrong:
        raise BadOption("; ".join(wrong))
    try:
        planner.plan(choice, note)
    except NoteRefused as error:
        raise BadOption(str(error)) from error


def _no_route(key: str, routes: str, language: Language) -> str:
    if language == "zh":
        return f"{key}:这里的处理步骤是 {routes},请写成 步骤.选项"
    return f"{key}: the plan's routes are {routes}; write route.option"


def _mistakes(choice: Choice, note: Options, language: Language) -> list[str]:
    said: list[str] = []
    for step in choice.plan(overlaid(choice.options, note)).steps:
        asked, model = note.get(step.route, {}), options_of(step.route)
        if model is None or not asked:
            continue
        said += (
            f"{step.route}.{key_path(problem.where)}: {problem.text}"
            for problem in mistakes_in(model, step.options, language)
        )
        if set(asked) - set(model.model_fields):
            said.append(_known(step.route, sorted(model.model_fields), language))
    return list(dict.fromkeys(said))


def _unknown_profile(config: Config, note: Options, language: Language) -> list[str]:
    profile, known = note.get(RouteId.QUALITY, {}).get("profile"), names(config.quality)
    if profile is None or profile in known:
        return []
    listed = ", ".join(sorted(known))
    text = sentence("unknown_profile", language, value=shown(profile))
    return [f"{RouteId.QUALITY}.profile: {text} ({listed})"]


def _known(route: str, names: list[str], language: Language) -> str:
    listed = ", ".join(names)
    if language == "zh":
        return f"{route} 的选项:{listed or '没有'}"
    return f"options of {route}: {listed or 'none'}"
