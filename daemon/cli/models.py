"""``boothd models``: weight files; which are here, fetch, import, verify."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.exits import Exit
from daemon.cli.jobs import operator
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.errors import ModelError

if TYPE_CHECKING:
    from daemon.domain.models import Model
    from daemon.files.model_store import Found
    from daemon.services.models import ModelStore
    from daemon.services.models_import import Imported
    from daemon.services.models_pull import Fetched

_accept = click.option("--accept-licence", "accept", is_flag=True)
_replace = click.option("--replace", "replacing", is_flag=True)
_MIB = 1 << 20


@click.group
def models() -> None:
    pass


@models.command("list")
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@json_option
@pass_session
def list_(session: Session, keys: tuple[str, ...], *, as_json: bool) -> None:
    store, console = _store(session), session.console
    standings = store.standings(keys)
    if as_json:
        for found in standings:
            console.data(store.as_json(found))
        return
    rows = [
        (
            found.model.key,
            _state(session, store, found),
            _mib(found.size or found.model.size_bytes),
            console.text(f"commercial_{_commercial(found)}"),
            found.model.licence.key,
            found.model.purpose,
        )
        for found in standings
    ]
    columns = ("model", "state", "mib", "commercial", "licence", "purpose")
    console.table([console.text(f"column_{column}") for column in columns], rows)
    console.say("models_footnote", count=len(rows), folder=store.folder)


@models.command
@click.argument("key")
@json_option
@pass_session
def path(session: Session, key: str, *, as_json: bool) -> None:
    store = _store(session)
    where = store.path_of(key)
    if as_json:
        session.console.data({"key": key, "path": str(where)})
    else:
        session.console.line(str(where))


@models.command
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@json_option
@pass_session
def verify(session: Session, keys: tuple[str, ...], *, as_json: bool) -> int:
    store, console, bad = _store(session), session.console, 0
    for found in store.verify(keys):
        is_missing = found.code in {"MODEL_MISSING", "MODEL_NOT_A_FILE"}
        if is_missing and not keys:
            continue
        bad += not found.is_usable
        if as_json:
            console.data(store.as_json(found))
        else:
            console.line(f"{_state(session, store, found)}  {found.model.key}  {found.path}")
        if not found.is_usable:
            _complain(session, store.complaint(found))
    return Exit.ERROR if bad else Exit.OK


@models.command
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@_accept
@_replace
@json_option
@pass_session
def pull(
    session: Session, keys: tuple[str, ...], *, accept: bool, replacing: bool, as_json: bool
) -> int:
    from daemon.net.fetching import Rules  # noqa: PLC0415 - commands load what they use
    from daemon.services.models_pull import Puller  # noqa: PLC0415 - as above

    store, status = _store(session), int(Exit.OK)
    wanted = store.models(keys)
    _show_licences(session, store, wanted)
    rules = Rules(proxy=_proxy(session))
    for model in wanted:
        try:
            with _bytes_bar(model.key) as on_progress:
                puller = Puller(store, rules, on_progress)
                fetched = puller.pull(
                    model.key, accepting=operator() if accept else "", replacing=replacing
                )
        except ModelError as error:
            status = max(status, error.exit_status)
            if as_json:
                session.console.data(
                    {"key": model.key, "state": "refused", "code": error.code, **error.facts}
                )
            _complain(session, error)
            continue
        _tell_fetched(session, store, fetched, as_json=as_json)
    return status


@models.command("import")
@click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@_accept
@_replace
@json_option
@pass_session
def import_(session: Session, folder: Path, *, accept: bool, replacing: bool, as_json: bool) -> int:
    from daemon.services.models_import import Importer  # noqa: PLC0415 - commands load what they use

    store, refused, taken = _store(session), 0, 0
    importer = Importer(store, accepting=operator() if accept else "", replacing=replacing)
    for one in importer.run(folder.resolve()):
        refused += one.outcome == "refused"
        taken += one.found is not None
        _tell_imported(session, store, one, as_json=as_json)
    session.console.say("models_imported", count=taken, refused=refused)
    return Exit.ERROR if refused or not taken else Exit.OK


# ── telling ───────────────────────────────────────────────────────────────────────────────────


def _store(session: Session) -> ModelStore:
    from daemon.services.models import ModelStore  # noqa: PLC0415 - commands load what they use

    return ModelStore(session.spoken, SystemClock())


def _commercial(found: Found) -> str:
    licence = found.model.licence
    return "no" if licence.is_noncommercial else str(licence.commercial)


def _state(session: Session, store: ModelStore, found: Found) -> str:
    """The standing in words; an interrupted fetch, and a file nobody read yet, show as such."""
    console = session.console
    if found.code == "MODEL_NOT_A_FILE":
        return console.text("model_folder")
    if found.code == "MODEL_MISSING" and (part := store.part_bytes(found.model)):
        return console.text("model_part", mib=_mib(part))
    if found.is_usable and not found.is_read:
        return console.text("model_unread")
    return console.text(f"model_{found.standing}")


def _mib(size: int | None) -> str:
    return "–" if size is None else f"{size / _MIB:.1f}"


def _complain(session: Session, error: ModelError) -> None:
    message, advice = explain(Reason(error.code, error.facts), session.console.language)
    session.console.tell(f"{error.code}: {message} {advice}")


def _show_licences(session: Session, store: ModelStore, wanted: list[Model]) -> None:
    """Whatever will have to be accepted is shown first, flag or no flag."""
    for licence in store.unaccepted(wanted):
        session.console.say("model_licence", licence=licence.key)
        for line in licence.text.splitlines():
            session.console.tell(f"  {line}")


def _tell_fetched(session: Session, store: ModelStore, fetched: Fetched, *, as_json: bool) -> None:
    console, found = session.console, fetched.found
    if as_json:
        console.data(
            {
                **store.as_json(found),
                "source": fetched.source or None,
                "resumed_from": fetched.resumed_from,
                "replaced": fetched.replaced,
                "first_sum": fetched.is_first_sum,
            }
        )
        return
    console.line(str(found.path))
    if fetched.replaced:
        console.say("model_replaced", model=found.model.key)
    if fetched.is_first_sum:
        console.say("model_first_sum", model=found.model.key, sha256=found.sha256)
    elif not fetched.source:
        console.say("model_here", model=found.model.key)


def _tell_imported(session: Session, store: ModelStore, one: Imported, *, as_json: bool) -> None:
    console = session.console
    if as_json:
        facts = {"file": str(one.file), "key": one.key or None, "outcome": one.outcome}
        standing = None if one.found is None else store.as_json(one.found)
        console.data({**facts, "code": one.code or None, "model": standing})
    else:
        console.line(f"{console.text(f'import_{one.outcome}')}  {one.key or '–'}  {one.file}")
    if one.code == "LICENCE_NOT_ACCEPTED":
        _show_licences(session, store, [store.model(one.key)])
    if one.code:
        _complain(session, ModelError(one.code, **one.facts))


def _proxy(session: Session) -> str:
    """The office's proxy, as its environment names it; told, because it is no setting."""
    environ = session.environ
    proxy = environ.get("HTTPS_PROXY") or environ.get("https_proxy") or ""
    if proxy:
        session.console.say("models_proxy", place=proxy.rpartition("@")[2])
    return proxy


@contextlib.contextmanager
def _bytes_bar(key: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on standard error while a terminal looks on; else nothing."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _done, _total: None
        return
    from daemon.cli.bar import bytes_bar  # noqa: PLC0415 - rich is for terminals only

    with bytes_bar(key) as show:
        yield show
