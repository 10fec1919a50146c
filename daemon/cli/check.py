"""``boothd check``: the settings in effect, and everything that is wrong, in one run."""

from __future__ import annotations

from typing import Any

import click
import yaml

from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session
from daemon.config.describe import effective
from daemon.config.model import Config
from daemon.domain.language import Language


@click.command
@json_option
@pass_session
def check(session: Session, *, as_json: bool) -> int:
    found = session.examination
    # What can be made out of a broken file is looked at as well: one run tells everything.
    config = found.config
    database = None if config is None else _database(config)
    findings = [] if config is None else _findings(config, session.console.language)
    is_broken = bool(database and database["code"]) or any(f["level"] == "error" for f in findings)
    if as_json:
        session.console.data(
            {
                "ok": not (found.problems or is_broken),
                "file": str(found.path),
                "problems": list(found.problems),
                "config": None if config is None else effective(config),
                "findings": findings,
                "database": database,
            }
        )
    else:
        _tell(session, config, findings, database)
    if found.problems:
        return Exit.CONFIG
    return Exit.ERROR if is_broken else Exit.OK


def _findings(config: Config, language: Language) -> list[dict[str, Any]]:
    from daemon.runtime.examining import examine_within  # noqa: PLC0415 - commands load what they use

    return [
        {
            "level": str(finding.level),
            "key": finding.key,
            "message": finding.message,
            "facts": dict(finding.facts),
        }
        for finding in examine_within(config.model_copy(update={"language": language}))
    ]


def _database(config: Config) -> dict[str, Any]:
    from daemon.services.database import standing  # noqa: PLC0415 - commands load what they use

    found = standing(config)
    return {
        "path": str(found.path),
        "exists": found.exists,
        "revision": found.revision,
        "head": found.head,
        "code": found.code,
        "detail": found.detail,
    }


def _tell(
    session: Session,
    config: Config | None,
    findings: list[dict[str, Any]],
    database: dict[str, Any] | None,
) -> None:
    console, problems = session.console, session.examination.problems
    if config is not None and not problems:
        console.line(yaml.safe_dump(effective(config), allow_unicode=True, sort_keys=False))
    if problems:
        console.say("config_invalid", count=len(problems))
        for problem in problems:
            console.tell(f"  {problem}")
    for finding in findings:
        mark = console.text(f"level_{finding['level']}")
        console.tell(f"{mark}  {finding['key']}: {finding['message']}")
    if database is not None:
        _tell_database(session, database)
    errors = sum(finding["level"] == "error" for finding in findings)
    broken = len(problems) + errors + bool(database and database["code"])
    console.say("check_bad" if broken else "check_good", count=broken)


def _tell_database(session: Session, database: dict[str, Any]) -> None:
    console = session.console
    if database["code"]:
        console.tell(f"{console.text('level_error')}  {database['code']}: {database['detail']}")
    elif not database["exists"]:
        console.say("db_none", path=database["path"])
    elif database["revision"] != database["head"]:
        console.say("db_old", revision=database["revision"], head=database["head"])
    else:
        console.say("db_current", path=database["path"], revision=database["revision"])
