"""``boothd once``: a few photos right here, without daemon and database."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.exits import exit_of
from daemon.cli.session import Session, json_option, pass_session
from daemon.domain.codes import explain
from daemon.domain.job import Verdict
from daemon.domain.language import Language
from daemon.domain.route import Plan
from daemon.errors import UsageError
from daemon.files.safe import display_name

if TYPE_CHECKING:
    from daemon.protocol import Progress
    from daemon.runtime.once import OnceResult, OnceSettings


@click.command
@click.argument("plan")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--set", "chosen", multiple=True, metavar="ROUTE.OPTION=VALUE")
@click.option("--instruct", default="", metavar="TEXT")
@json_option
@pass_session
def once(  # noqa: PLR0913 - one parameter for each option
    session: Session,
    plan: str,
    files: tuple[Path, ...],
    *,
    out: Path,
    chosen: tuple[str, ...],
    instruct: str,
    as_json: bool,
) -> int:
    settings, routes = _settings(session)
    steps = _plan(session, plan, chosen, routes, settings)
    _refuse_missing(session, files)
    from daemon.runtime.once import run_once  # noqa: PLC0415 - after the call is known to be sound

    counts = dict.fromkeys(Verdict, 0)
    with session.console.progress("working", len(files)) as bar:

        def show(file: Path, progress: Progress) -> None:
            bar.show(f"{_name(file)} {progress.step}")

        results = run_once(
            steps, files, out, settings=settings, instruct=instruct, on_progress=show
        )
        for result in results:
            counts[result.verdict] += 1
            _tell(session, result, as_json=as_json)
            bar.advance(_name(result.file))
    session.console.say(
        "once_summary",
        done=counts[Verdict.DONE],
        not_done=counts[Verdict.REJECTED] + counts[Verdict.REVIEW],
        failed=counts[Verdict.FAILED],
    )
    return max(exit_of(verdict) for verdict, count in counts.items() if count)


def _settings(session: Session) -> tuple[OnceSettings, frozenset[str]]:
    """What the run needs, and the routes it may name; a configuration is no must here."""
    from daemon.config.meaning import known_routes  # noqa: PLC0415 - commands load what they use
    from daemon.runtime.once import OnceSettings  # noqa: PLC0415 - as above

    if not session.has_config:
        return OnceSettings(language=session.console.language), known_routes(None) or frozenset()
    config = session.spoken
    return OnceSettings.from_config(config), known_routes(config.development.routes) or frozenset()


def _plan(
    session: Session,
    plan: str,
    chosen: Iterable[str],
    routes: frozenset[str],
    settings: OnceSettings,
) -> Plan:
    console = session.console
    steps = [step.strip() for step in plan.replace("+", ",").split(",")]
    wrong = []
    for step in steps:
        if step not in routes:
            near = difflib.get_close_matches(step, sorted(routes), n=1)
            told = console.text("did_you_mean", near=near[0]) if near else ""
            wrong.append(console.text("unknown_route", route=step) + told)
    options: dict[str, dict[str, Any]] = {}
    for setting in chosen:
        route, value = _setting(setting)
        if route is None:
            wrong.append(console.text("bad_set", value=setting))
        elif route not in steps:
            wrong.append(console.text("set_outside_plan", value=setting, route=route))
        else:
            options.setdefault(route, {}).update(value)
    wrong += _mistakes(options, console.language)
    wrong += _unknown_profiles(options, settings, console.language)
    if wrong:
        raise UsageError("\n".join(wrong))
    return Plan.of(steps, options)


def _mistakes(options: Mapping[str, Mapping[str, Any]], language: Language) -> Iterator[str]:
    from daemon.cli.route_options import options_of  # noqa: PLC0415 - commands load what they use
    from daemon.config.route_options import mistakes_in  # noqa: PLC0415 - as above
    from daemon.config.source import key_path  # noqa: PLC0415 - as above

    for route, raw in options.items():
        model = options_of(route)
        if model is not None:
            for problem in mistakes_in(model, raw, language):
                yield f"{key_path((route, *problem.where))}: {problem.text}"


def _unknown_profiles(
    options: Mapping[str, Mapping[str, Any]], settings: OnceSettings, language: Language
) -> Iterator[str]:
    from daemon.config import privacy, quality  # noqa: PLC0415 - commands load what they use
    from daemon.config.wording import hint, nearest, sentence, shown  # noqa: PLC0415 - as above

    for route, known, said in (
        ("quality", quality.names(settings.quality), "unknown_profile"),
        ("privacy", privacy.names(settings.privacy), "unknown_privacy_profile"),
    ):
        chosen = options.get(route, {}).get("profile")
        if isinstance(chosen, str) and chosen not in known:
            text = sentence(said, language, value=shown(chosen))
            yield f"{route}.profile: {text}{hint(nearest(chosen, known), language)}"


def _setting(text: str) -> tuple[str | None, dict[str, Any]]:
    """``restore.strength=0.8`` as ``("restore", {"strength": 0.8})``, typed as YAML is."""
    from daemon.config.source import parse_value  # noqa: PLC0415 - commands load what they use

    name, equals, value = text.partition("=")
    route, dot, option = name.strip().partition(".")
    if not (equals and dot and route and option):
        return None, {}
    return route, {option: parse_value(value)}


def _refuse_missing(session: Session, files: Iterable[Path]) -> None:
    missing = [_name(file) for file in files if not os.path.lexists(file)]
    if missing:
        raise UsageError("\n".join(session.console.text("no_file", path=name) for name in missing))


def _tell(session: Session, result: OnceResult, *, as_json: bool) -> None:
    if as_json:
        session.console.data(result.as_json())
        return
    outputs = ", ".join(_name(path) for path in result.outputs)
    session.console.line(f"{_name(result.file)}  {result.verdict.value}  {outputs}")
    for reason in result.reasons:
        session.console.line("  " + " ".join(explain(reason, session.console.language)))


def _name(path: Path) -> str:
    return display_name(os.fsencode(path))
