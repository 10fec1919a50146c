"""The command group: finds commands by name, and turns every error into words and a status."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from daemon.cli.exits import Exit
from daemon.cli.help import EPILOGS, help_text
from daemon.cli.session import Session
from daemon.cli.wording import text
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.language import language_of
from daemon.domain.sayings import in_words
from daemon.errors import BoothError, ConfigError

# Command → the module that has it (its function is named after the command). One is listed
# only where its module is installed.
COMMANDS = {
    "init": "daemon.cli.init",
    "run": "daemon.cli.run",
    "check": "daemon.cli.check",
    "drop": "daemon.cli.drop",
    "once": "daemon.cli.once",
    "jobs": "daemon.cli.jobs",
    "review": "daemon.cli.review",
    "batches": "daemon.cli.batches",
    "queue": "daemon.cli.queue",
    "webhooks": "daemon.cli.webhooks",
    "stats": "daemon.cli.stats",
    "fsck": "daemon.cli.fsck",
    "db": "daemon.cli.db",
    "panel": "daemon.cli.panel",
    "worker": "daemon.cli.worker",
    "presets": "daemon.cli.presets",
    "idphoto": "daemon.cli.idphoto",
    "privacy": "daemon.cli.privacy",
    "compare": "daemon.cli.compare",
    "embed": "daemon.cli.embed",
    "models": "daemon.cli.models",
    "parity": "daemon.cli.parity",
    "bench": "daemon.cli.bench",
    "demo": "daemon.cli.demo",
}


class ReaderGoneError(Exception):
    """Whoever read our output went away (click would end with status 1 for it)."""


class LazyGroup(click.Group):
    """Imports a command's module when it is called, and words its help."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return [name for name, module in COMMANDS.items() if importlib.util.find_spec(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        word(command, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            language = language_of(os.environ)
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            told = text("no_command", language, name=name)
            if near:
                told += text("did_you_mean", language, near=near[0])
            raise click.UsageError(told, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = language_of(os.environ)
        rows = [
            (name, help_text(name, language).split("\n")[0]) for name in self.list_commands(ctx)
        ]
        with formatter.section("命令" if language == "zh" else "Commands"):
            formatter.write_dl(rows)


def word(command: click.Command, name: str) -> None:
    """Give a command, its options and its sub-commands their help in the locale's language."""
    language = language_of(os.environ)
    command.help = help_text(name, language)
    command.epilog = EPILOGS.get(name)
    if command.add_help_option:
        command.add_help_option = False
        command.params.append(_help_option())
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            key = f"{name} {parameter.opts[-1]}"
            parameter.help = help_text(key, language) or help_text(parameter.opts[-1], language)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            word(inner, f"{name} {inner.name}")


def _help_option() -> click.Option:
    def show(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's call
        if wanted and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()

    return click.Option(["--help"], is_flag=True, expose_value=False, is_eager=True, callback=show)


@click.command(cls=LazyGroup, name="boothd")
@click.option(
    "--config",
    "config_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.version_option(package_name="boothd", prog_name="boothd")
@click.pass_obj
def boothd(session: Session, config_file: Path | None) -> None:
    session.config_file = config_file
    from daemon.config.model import Logging  # noqa: PLC0415 - `boothd --help` answers without
    from daemon.telemetry import logging  # noqa: PLC0415 - as above

    # A command tells by itself how it went; the daemon sets up its own log.
    logging.configure(Logging(level="error"))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; every outcome is an exit status, no error a traceback."""
    session = Session(os.environ)
    word(boothd, "boothd")
    try:
        status = boothd.main(
            args=None if arguments is None else list(arguments),
            prog_name="boothd",
            obj=session,
            standalone_mode=False,
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        session.console.say("interrupted")
        return Exit.INTERRUPTED
    except BoothError as error:
        _explain(session, error)
        return error.exit_status
    except (BrokenPipeError, ReaderGoneError):
        # What is still buffered has nowhere to go; the interpreter would complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.BROKEN_PIPE
    except OSError as error:
        session.console.say("os_error", detail=error.strerror or error, path=error.filename or "")
        return Exit.IO
    return int(status or 0)


def _explain(session: Session, error: BoothError) -> None:

    console = session.console
    message, advice = explain(Reason(error.code, error.facts), console.language)
    if isinstance(error, ConfigError):
        console.say("config_invalid", count=len(error.problems))
        for problem in error.problems:
            console.tell(f"  {problem}")
        console.tell(advice)
        return
    own = in_words(error.facts.get("said"), console.language) or str(error)
    console.tell(f"{error.code}: {message if own == error.code else own}")
    console.tell(advice)
