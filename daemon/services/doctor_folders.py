"""The doctor at the folders: mounts, what a share allows, room, one folder under two names."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from daemon.config.model import Config, Inbox, WatchMode
from daemon.files.mounts import Mount
from daemon.files.share import ShareFacts
from daemon.services.doctor_trials import Finding, Level, Trials, said
from daemon.services.space import MIB

# A share's clock this far off makes times in records misleading.
MOST_SKEW_S = 5.0


class Folders:
    """Tries every folder out that the configuration names.

    Args:
        config: With absolute paths.
        trials: What to try things with.
    """

    def __init__(self, config: Config, trials: Trials) -> None:
        self._config = config
        self._layout = config.layout
        self._trials = trials
        self._table = trials.mounts()

    def _say(self, level: Level, key: str, **facts: object) -> Finding:
        return said(self._config.language, level, key, **facts)

    def is_on_network(self, folder: Path) -> bool:
        """Whether a folder, there or not yet, lies on a share."""
        return self._table.mount_of(existing(folder)).is_network

    def free(self, place: str, folder: Path) -> Iterator[Finding]:
        """Whether there is room where a folder lies."""
        try:
            free_mib = self._trials.free(folder) // MIB
        except OSError as error:
            yield self._say(
                Level.ERROR, "disk.free_unknown", path=folder, errno=errno_text(error.errno)
            )
            return
        least = self._config.retention.min_free_mib
        level = Level.OK
        if free_mib < least:
            # With nothing at all left, not even the database can be written.
            level = Level.ERROR if free_mib < max(1, least // 16) else Level.WARN
        yield self._say(level, "disk.free", path=folder, place=place, free=free_mib, least=least)

    # ── inboxes ───────────────────────────────────────────────────────────────────────────

    def inbox(self, inbox: Inbox) -> Iterator[Finding]:
        """Its mount, and what can be done in it."""
        folder = self._layout.inbox(inbox.name)
        problem = _not_a_folder(folder)
        if problem:
            yield self._say(
                Level.ERROR, "inbox.missing", inbox=inbox.name, path=folder, errno=problem
            )
            return
        mount = self._table.mount_of(folder)
        yield from self._mount(inbox, folder, mount)
        facts = self.tried(folder)
        if facts is None:
            yield self._say(Level.ERROR, "inbox.probe", inbox=inbox.name, path=folder)
            return
        yield from self._take_in(inbox, folder, facts)
        yield from self._quirks(inbox, facts, mount)

    def _mount(self, inbox: Inbox, folder: Path, mount: Mount) -> Iterator[Finding]:
        facts = {
            "inbox": inbox.name,
            "fstype": mount.fstype,
            "source": os.fsdecode(mount.source),
            "mode": "scan" if mount.is_network else "events",
        }
        yield self._say(Level.OK, "inbox.mount", **facts)
        if mount.is_network and inbox.mode is WatchMode.EVENTS:
            yield self._say(Level.WARN, "inbox.events_on_share", **facts)
        # Twice the cache has to pass before a size is believed.
        if mount.attribute_cache_s > 3:
            yield self._say(
                Level.WARN, "inbox.cache", inbox=inbox.name, cache=mount.attribute_cache_s
            )
        for point, below in self._table.below(folder).items():
            if below.is_network != mount.is_network:
                yield self._say(
                    Level.OK, "inbox.mount_below", inbox=inbox.name,
                    path=os.fsdecode(point), fstype=below.fstype,
                )  # fmt: skip

    def _take_in(self, inbox: Inbox, folder: Path, facts: ShareFacts) -> Iterator[Finding]:
        name = inbox.name
        if facts.list_error:
            yield self._say(
                Level.ERROR,
                "inbox.list",
                inbox=name,
                path=folder,
                errno=errno_text(facts.list_error),
            )
        refused = facts.create_error or facts.rename_error
        if not refused:
            yield self._say(Level.OK, "inbox.rename", inbox=name)
        elif inbox.ledger == "never":
            yield self._say(Level.ERROR, "inbox.rename", inbox=name, errno=errno_text(refused))
        else:
            yield self._say(Level.WARN, "inbox.rename", inbox=name, errno=errno_text(refused))
        if facts.delete_error:
            yield self._say(
                Level.WARN, "inbox.delete", inbox=name, errno=errno_text(facts.delete_error)
            )

    def _quirks(self, inbox: Inbox, facts: ShareFacts, mount: Mount) -> Iterator[Finding]:
        if facts.create_error:
            return
        name = inbox.name
        if not facts.rename_error:
            level = Level.OK if facts.noreplace else Level.WARN
            yield self._say(level, "inbox.noreplace", inbox=name)
        if not mount.is_network:
            yield self._say(Level.OK if facts.lease else Level.WARN, "inbox.lease", inbox=name)
        if facts.folds_case:
            yield self._say(Level.OK, "inbox.case", inbox=name)
        if facts.folds_accents:
            yield self._say(Level.OK, "inbox.accents", inbox=name)
        if abs(facts.skew_s) > MOST_SKEW_S:
            yield self._say(Level.WARN, "inbox.clock", inbox=name, skew=round(facts.skew_s, 1))
        if not facts.syncs_folders:
            yield self._say(Level.WARN, "inbox.fsync", inbox=name)

    # ── outputs ───────────────────────────────────────────────────────────────────────────

    def _outputs(self, inbox: Inbox) -> list[tuple[str, Path]]:
        roles = ("out", "rejected", "review", "failed", "archive")
        return list(zip(roles, self._layout.output_dirs(inbox.name), strict=True))

    def all_outputs(self, inbox: Inbox) -> Iterator[Finding]:
        """The folders where what becomes of an inbox's photos goes."""
        for role, folder in self._outputs(inbox):
            yield from self._output(inbox, role, folder)

    def _output(self, inbox: Inbox, role: str, folder: Path) -> Iterator[Finding]:
        if role == "out" and inbox.out is not None and _not_a_folder(folder):
            yield self._say(Level.ERROR, "output.missing", inbox=inbox.name, role=role, path=folder)
            return
        # A folder of our own is made when needed: what counts is whether it can be.
        place = existing(folder)
        facts = self.tried(place)
        if facts is None or facts.create_error:
            number = facts.create_error if facts else errno.EIO
            yield self._say(
                Level.ERROR, "output.write", inbox=inbox.name, role=role, path=folder,
                errno=errno_text(number),
            )  # fmt: skip
            return
        if role == "out":
            yield self._say(Level.OK, "output.write", inbox=inbox.name, role=role, path=folder)
            if not facts.noreplace:
                yield self._say(Level.WARN, "output.noreplace", inbox=inbox.name, path=folder)
            yield from self.free(f"{inbox.name}/{role}", place)

    def tried(self, folder: Path) -> ShareFacts | None:
        """What can be done in a folder; ``None`` where it cannot be tried."""
        try:
            return self._trials.probe(folder)
        except OSError:
            return None

    # ── the same folder under two names ───────────────────────────────────────────────────

    def aliases(self) -> Iterator[Finding]:
        """Bind mounts show one folder in two places, which no comparison of paths can see."""
        inboxes = [(f"inbox {i.name}", self._layout.inbox(i.name)) for i in self._config.inboxes]
        outputs = [
            (f"{role} {inbox.name}", folder)
            for inbox in self._config.inboxes
            for role, folder in self._outputs(inbox)
        ]
        pairs = [*combinations(inboxes, 2)]
        pairs += [(inbox, output) for inbox in inboxes for output in outputs]
        for (one, here), (other, there) in pairs:
            if _contains(here, there) or _contains(there, here):
                yield self._say(Level.ERROR, "folders.overlap", one=one, other=other, path=there)


def _contains(folder: Path, path: Path) -> bool:
    """Whether a path, or any folder above it, is the very folder, by device and inode."""
    wanted = _identity(folder)
    if wanted is None:
        return False
    real = Path(os.path.realpath(path))
    return any(_identity(above) == wanted for above in (real, *real.parents))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _not_a_folder(path: Path) -> str:
    """Why a path cannot be used as a folder, as an errno's name, or empty."""
    try:
        is_folder = path.stat().st_mode & 0o170000 == 0o040000
    except OSError as error:
        return errno_text(error.errno)
    return "" if is_folder else "ENOTDIR"


def errno_text(number: int | None) -> str:
    """An error number's name: ``EACCES``."""
    return errno.errorcode.get(number or 0, "EIO")
