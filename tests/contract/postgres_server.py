"""A PostgreSQL server for one test session, on a socket in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")
ROLE = "boothd"
# A test server's data need not outlive anything.
SETTINGS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=60"


def binaries() -> Path:
    """Folder of the server's programs, the newest installed.

    Raises:
        LookupError: There is none.
    """
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    versions = sorted(
        INSTALLED.glob("*/bin/initdb"), key=lambda path: float(path.parent.parent.name)
    )
    if not versions:
        msg = "BOOTHD_TEST_POSTGRES is not set and no server is installed"
        raise LookupError(msg)
    return versions[-1].parent


def _account() -> str | None:
    """Whom to run the server as; it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    msg = "the server does not run as root and there is no other account"
    raise LookupError(msg)


@contextmanager
def throw_away_server() -> Iterator[str]:
    """Start a server and stop it afterwards.

    Yields:
        URL of its database.

    Raises:
        LookupError: No server can be started here.
    """
    programs, account = binaries(), _account()
    # Not under pytest's folder: a socket's path may have 107 bytes, and another account must
    # be able to get there.
    folder = Path(tempfile.mkdtemp(prefix="boothd-pg-"))
    try:
        if account is not None:
            shutil.chown(folder, account)
        yield from _running(programs, account, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running(programs: Path, account: str | None, folder: Path) -> Iterator[str]:
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [programs / program, *arguments],
            user=account,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            msg = f"{program} failed: {done.stderr.strip()}"
            raise LookupError(msg)

    run("initdb", "-D", str(data), "-U", ROLE, "-A", "trust", "--no-sync", "-E", "UTF8")
    log = folder / "log"
    options = f"-k {folder} {SETTINGS}"
    run("pg_ctl", "-D", str(data), "-l", str(log), "-w", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://{ROLE}@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
