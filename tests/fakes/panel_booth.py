"""A whole booth with its panel: daemon, worker and web server, reached as a person reaches it."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from daemon.domain.job import Verdict
from daemon.services.accounts import Accounts, Role
from daemon.store import schema
from tests.conftest import PHOTOS, REPO
from tests.fakes.booth_process import INBOX, BoothProcess, wait_until

OPERATOR = ("olga", "a long enough password")
VIEWER = ("victor", "another long password")
QUICK = {"scan_s": 0.1, "settle_s": 0.1}
INBOXES: tuple[Mapping[str, Any], ...] = (
    INBOX,
    {**INBOX, "name": "desk"},
    {"name": "gate", "plan": ["quality"], **QUICK},
    {"name": "studio", "plan": ["restore"], **QUICK},
    {"name": "people", "plan": ["idphoto"], "batches": True, **QUICK},
)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PanelBooth(BoothProcess):
    """``boothd run`` with everything that it starts, on a port of its own."""

    RUN = ("run",)

    def __init__(self, folder: Path, **sections: Any) -> None:
        self.port = free_port()
        super().__init__(
            folder, **{"panel": {"port": self.port}, "inboxes": [*INBOXES], **sections}
        )
        for inbox in self.config.inboxes:
            self.config.layout.inbox(inbox.name).mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_serving(self) -> None:
        """Start everything; returns when the panel answers and the daemon takes photos."""
        self.start_ready()
        wait_until(lambda: _answers(self.url), lambda: f"no panel:\n{self.log_tail()}")

    def put(self, inbox: str, name: str, content: bytes) -> None:
        """Drop a photo into any inbox, by one rename."""
        outside = self.folder / "outside" / "next"
        outside.write_bytes(content)
        outside.rename(self.config.layout.inbox(inbox) / name)

    def job_id(self, name: str) -> str:
        """The newest job of that file name."""
        rows = self.query("SELECT id, relative FROM jobs ORDER BY id DESC")
        return next(str(job_id) for job_id, relative in rows if relative == name.encode())

    def state_of(self, name: str) -> str:
        """How the newest job of that file name stands."""
        return str(self.query(f"SELECT state FROM jobs WHERE id='{self.job_id(name)}'")[0][0])

    def instruction_of(self, name: str) -> str:
        """What a person said about the newest job of that file name."""
        return str(self.query(f"SELECT instruct FROM jobs WHERE id='{self.job_id(name)}'")[0][0])

    def has_ended(self, name: str) -> bool:
        """Whether every photo of that file name was delivered."""
        rows = self.query("SELECT relative, finished_ms FROM jobs")
        ends = [finished_ms for relative, finished_ms in rows if relative == name.encode()]
        return bool(ends) and all(ends)

    def wait_ended(self, count: int, *, patience_s: float = 50.0) -> None:
        """Wait until so many photos have a verdict and were delivered."""
        ended = "SELECT count(*) FROM jobs WHERE state IN ('done','rejected','review','failed')"

        def is_so() -> bool:
            return (self.query(ended) or [(0,)])[0][0] >= count

        wait_until(
            is_so, lambda: f"{self.states()}\n{self.log_tail()}", patience_s=patience_s
        )  # fmt: skip


class PanelAlone:
    """``python -m admin`` with two accounts, and no daemon: for whoever signs in."""

    def __init__(self, folder: Path) -> None:
        self._booth = PanelBooth(folder)
        accounts = Accounts(self._booth.config.layout.accounts)
        self._booth.config.layout.state.mkdir(parents=True, exist_ok=True)
        schema.upgrade(self._booth.config.layout.database)
        accounts.set_password(OPERATOR[0], Role.OPERATOR, OPERATOR[1])
        accounts.set_password(VIEWER[0], Role.VIEWER, VIEWER[1])
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._booth.url

    def start(self) -> None:
        with (self._booth.folder / "panel.log").open("wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "admin", "--config", os.fspath(self._booth.config_path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=REPO,
            )
        wait_until(lambda: _answers(self.url), "the panel did not come up")

    def stop(self) -> None:
        assert self._child is not None
        self._child.send_signal(signal.SIGTERM)
        assert self._child.wait(20) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def portrait(width: int = 640) -> bytes:
    """A JPEG with one face: of the photos beside the repository, else scikit-image's astronaut."""
    path = PHOTOS / "portrait" / "person2.jpg"
    if path.exists():
        picture = Image.open(path).convert("RGB")
    else:
        from skimage.data import astronaut

        picture = Image.fromarray(astronaut())
    picture.thumbnail((width, width))
    return as_jpeg(picture)


def wished(content: bytes, verdict: Verdict) -> bytes:
    """A JPEG that route ``sort`` of ``tests.fakes.booth_routes`` ends in that way."""
    comment = f"verdict={verdict.value}".encode()
    return content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + content[2:]


def faceless(number: int = 0) -> bytes:
    """A JPEG without anybody in it; each number is another picture."""
    ramp = np.linspace(40, 200, 320, dtype=np.uint8)
    picture = np.stack([np.tile(ramp, (240, 1))] * 3, axis=2)
    picture[:, :, number % 3] //= 2
    return as_jpeg(Image.fromarray(np.roll(picture, 7 * number, axis=1)))


def as_jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
