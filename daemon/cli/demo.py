"""``boothd demo``: a whole booth in a folder, real photos through it, and what came out.

It uses nothing that an installation does not have: the daemon and the panel are started by
command, photos are copied into the inbox as a person would, verdicts are read from the
database.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock
from daemon.errors import BoothError, UsageError

if TYPE_CHECKING:
    from daemon.config.model import Config
    from daemon.domain.job import Job
    from daemon.services.drop import Dropped

INBOX = "restore"
POLL_S = 0.1
START_S = 60.0
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".avif")


@click.command
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("demo"))
@click.option("--photos", type=click.Path(exists=True, path_type=Path), metavar="FOLDER")
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=1), default=600.0)
@json_option
@pass_session
def demo(
    session: Session, folder: Path, *, photos: Path | None, timeout_s: float, as_json: bool
) -> int:
    config = _found(session, folder)
    files = _photos(folder, photos)
    session.console.say("demo_starting", folder=folder, port=config.panel.port)
    with _daemon(folder, config):
        ended = _through_the_booth(session, config, files, timeout_s)
    for dropped, job in ended:
        _leave_pair(folder, dropped, job)
    _report(session, config, ended, as_json=as_json)
    if len(ended) < len(files):
        session.console.say("demo_unfinished", count=len(files) - len(ended))
        return Exit.TRY_AGAIN
    session.console.say("demo_done", folder=folder)
    return Exit.OK


def _found(session: Session, folder: Path) -> Config:
    """A fresh booth; an earlier demo's is cleared away, anything else is left alone."""
    from daemon.config.load import DEFAULT_NAME, load_config  # noqa: PLC0415
    from daemon.services.setup import found  # noqa: PLC0415

    marker = folder / ".boothd-demo"
    if folder.exists():
        if not marker.exists() and any(folder.iterdir()):
            told = session.console.text("demo_not_ours", folder=folder)
            raise UsageError(told)
        shutil.rmtree(folder)
    found(folder, session.console.language)
    marker.touch()
    settings = folder / DEFAULT_NAME
    environ = {"BOOTHD__PANEL__PORT": str(_free_port()), "BOOTHD__RETENTION__MIN_FREE_MIB": "64"}
    os.environ.update(environ)  # the daemon and the panel, our children, read the same
    return load_config(settings.absolute(), environ)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _photos(folder: Path, photos: Path | None) -> list[Path]:
    """The photos to show: those of a folder, or the ones we bring."""
    if photos is None:
        photos = folder / "photos"
        command = [sys.executable, "-m", "daemon.imaging.samples", "--demo", os.fspath(photos)]
        subprocess.run(command, check=True)
    return sorted(path for path in photos.rglob("*") if path.suffix.lower() in PICTURES)


@contextlib.contextmanager
def _daemon(folder: Path, config: Config) -> Iterator[None]:
    """The daemon with its panel as a child, ready; stopped in order afterwards."""
    command = [sys.executable, "-m", "daemon.cli", "--config", os.fspath(folder / "boothd.yaml")]
    with (folder / "boothd.log").open("wb") as log:
        child = subprocess.Popen([*command, "run"], stdout=log, stderr=log)
        try:
            _wait_until_ready(child, config, folder / "boothd.log")
            yield
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(START_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_until_ready(child: subprocess.Popen[bytes], config: Config, log: Path) -> None:
    from daemon.services.health import read_status  # noqa: PLC0415 - commands load what they use

    deadline_s = time.monotonic() + START_S
    while True:
        status = read_status(config.layout)
        if status is not None and status.pid == child.pid:
            return
        if child.poll() is not None or time.monotonic() > deadline_s:
            msg = f"the daemon did not start; see {log}"
            raise BoothError(msg)
        time.sleep(POLL_S)


def _through_the_booth(
    session: Session, config: Config, files: list[Path], timeout_s: float
) -> list[tuple[Dropped, Job]]:
    """Drop every file and wait for its verdict."""
    from daemon.services.drop import drop  # noqa: PLC0415 - commands load what they use
    from daemon.services.queries import Follower  # noqa: PLC0415 - as above

    clock, ended = SystemClock(), []
    since_ms, deadline_s = clock.now_ms(), clock.monotonic_s() + timeout_s
    dropped = list(drop(config, INBOX, files, ""))
    with (
        Follower(config, clock, dropped, since_ms) as follower,
        session.console.progress("waiting", len(dropped)) as bar,
    ):
        while follower.is_waiting and clock.monotonic_s() < deadline_s:
            for one, job in follower.look():
                ended.append((one, job))
                bar.advance(one.name)
            bar.show(follower.doing)
            time.sleep(POLL_S)
    return sorted(ended, key=lambda pair: pair[0].name)


def _leave_pair(folder: Path, dropped: Dropped, job: Job) -> None:
    """Before and after side by side, at the first face that was restored."""
    restored = [
        face["box"]
        for face in job.measures.get("restore", {}).get("faces", [])
        if face["outcome"] == "restored"
    ]
    if not restored or not job.outputs:
        return
    target = folder / "before-after" / f"{Path(dropped.name).stem}.png"
    pair = [os.fspath(dropped.source), os.fsdecode(job.outputs[0].target), os.fspath(target)]
    command = [sys.executable, "-m", "daemon.imaging.samples", "--pair", *pair]
    subprocess.run([*command, *map(str, restored[0])], check=True)


def _report(
    session: Session, config: Config, ended: list[tuple[Dropped, Job]], *, as_json: bool
) -> None:
    from daemon.services.queries import job_json  # noqa: PLC0415 - commands load what they use

    console, rows = session.console, []
    for dropped, job in ended:
        seconds = (job.finished_ms or 0) / 1000 - job.created_ms / 1000
        places = [output.target for output in job.outputs] or [job.filed or b""]
        where = os.path.relpath(os.fsdecode(places[0]), config.root)
        codes = " ".join(reason.code for reason in job.reasons)
        if as_json:
            console.data({"file": dropped.name, "seconds": round(seconds, 2), **job_json(job)})
        rows.append([dropped.name, f"{job.state} {codes}".strip(), f"{seconds:.1f}", where])
    if not as_json:
        headings = ("column_file", "column_verdict", "column_seconds", "column_where")
        console.table([console.text(key) for key in headings], rows)
