"""``boothd panel``: the admin panel in a process of its own, and who may sign in to it."""

from __future__ import annotations

import sys

import click

from daemon.cli.processes import become
from daemon.cli.session import Session, json_option, pass_session

# As in ``daemon.services.accounts.Role``, which help must not load.
_ROLES = ("viewer", "operator")


@click.group(invoke_without_command=True)
@click.pass_context
@pass_session
def panel(session: Session, ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        assert session.config  # every mistake is told here, before the process is another one
        become(session, "admin")


@panel.command("set-password")
@click.argument("name", default="operator")
@click.option("--role", type=click.Choice(_ROLES), default="operator", show_default=True)
@json_option
@pass_session
def set_password(session: Session, name: str, role: str, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services.accounts import Accounts, Role  # noqa: PLC0415 - commands load what they use

    path = config.layout.accounts
    Accounts(path).set_password(name, Role(role), _password(session))
    if as_json:
        session.console.data({"name": name, "role": role, "file": str(path)})
    else:
        session.console.say("password_set", name=name, role=role, path=path)


def _password(session: Session) -> str:
    """Typed twice at a terminal, else the first line of standard input; never an argument."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    console = session.console
    typed: str = click.prompt(
        console.text("password_ask"),
        hide_input=True,
        confirmation_prompt=console.text("password_again"),
        err=True,
    )
    return typed
