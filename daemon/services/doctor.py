"""``boothd check`` as the doctor: everything that can be tried out, in one run, without raising."""

from __future__ import annotations

import enum
import errno
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from daemon.config.model import Config, Inbox, WatchMode
from daemon.config.webhook import Webhook
from daemon.config.webhook_address import AddressError, Allowed, Target
from daemon.domain.delivery import Failure
from daemon.engines.rts.files import OFFICIAL, find_weights, kept_calibration
from daemon.files.inotify import instance_limit, watch_limit
from daemon.files.mounts import Mount, MountTable
from daemon.files.share import ShareFacts, probe_share
from daemon.net.posting import refusal_of
from daemon.services.doctor_card import remarks_on_card
from daemon.services.doctor_models import remarks_on_models
from daemon.services.doctor_wording import sentence
from daemon.services.receivers import receivers
from daemon.services.space import MIB, free_bytes

# The WAL-reset corruption bug is fixed from here on (and in 3.51.3).
SQLITE_GOOD = (3, 53, 0)
SQLITE_ALSO_GOOD = (3, 51, 3)
# A share's clock this far off makes times in records misleading.
MOST_SKEW_S = 5.0
FEW_WATCHES = 8192
# How long to wait for the name of a receiver.
LOOKUP_S = 5.0


class Level(enum.StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried.

    Attributes:
        level: How bad it is.
        key: What was tried, stable: ``inbox.rename``, ``disk.free`` …
        message: A sentence in the booth's language.
        facts: What the sentence names, for saying it in another language.
    """

    level: Level
    key: str
    message: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is tried out apart from the rest: one that hangs holds up no other.

    Attributes:
        name: ``machine``, ``state``, ``engines``, ``models``, ``inbox:NAME``, ``output:NAME``,
            ``aliases``, ``webhook:NAME``.
        findings: Tries it; may take as long as a share that does not answer.
    """

    name: str
    findings: Callable[[], list[Finding]]


def _reach(target: Target, allowed: tuple[Allowed, ...]) -> tuple[Failure, str] | None:
    return refusal_of(target, allowed, LOOKUP_S)


@dataclass(frozen=True, slots=True)
class Trials:
    """What the doctor tries things with; tests pass their own.

    Attributes:
        mounts: Reads the mount table.
        probe: Tries a folder out.
        free: Free bytes where a path lies.
        watches: The kernel's limit of watches.
        instances: The kernel's limit of inotify instances.
        sqlite_version: Of the library in use.
        reach: Says why an address would not be connected to, or ``None``.
    """

    mounts: Callable[[], MountTable] = MountTable.read
    probe: Callable[[Path], ShareFacts] = probe_share
    free: Callable[[Path], int] = free_bytes
    watches: Callable[[], int] = watch_limit
    instances: Callable[[], int] = instance_limit
    sqlite_version: tuple[int, ...] = sqlite.sqlite_version_info
    reach: Callable[[Target, tuple[Allowed, ...]], tuple[Failure, str] | None] = _reach


def examine(config: Config, trials: Trials | None = None) -> list[Finding]:
    """Try everything out.

    Args:
        config: With absolute paths.
        trials: What to try things with.

    Returns:
        Every finding, good ones too, by folder.
    """
    return [finding for part in parts_of(config, trials) for finding in part.findings()]


def parts_of(config: Config, trials: Trials | None = None) -> list[Part]:
    """What ``examine`` tries, part by part, nothing tried yet; each part is safe beside others.

    Args:
        config: With absolute paths.
        trials: What to try things with.
    """
    return list(_Doctor(config, trials or Trials()).parts())


def has_errors(findings: list[Finding]) -> bool:
    """Whether the booth must not be started like this."""
    return any(finding.level is Level.ERROR for finding in findings)


class _Doctor:
    def __init__(self, config: Config, trials: Trials) -> None:
        self._config = config
        self._layout = config.layout
        self._trials = trials
        self._table = trials.mounts()

    def parts(self) -> Iterator[Part]:
        yield Part("machine", lambda: list(self._machine()))
        yield Part("state", lambda: list(self._state()))
        yield Part("engines", lambda: list(self._engines()))
        yield Part("models", lambda: list(self._models()))
        for inbox in self._config.inboxes:
            yield from self._parts_of(inbox)
        yield Part("aliases", lambda: list(self._aliases()))
        for hook in receivers(self._config):
            yield self._part_of(hook)

    def _part_of(self, hook: Webhook) -> Part:
        return Part(f"webhook:{hook.label}", lambda: list(self._webhook(hook)))

    def _parts_of(self, inbox: Inbox) -> Iterator[Part]:
        yield Part(f"inbox:{inbox.name}", lambda: list(self._inbox(inbox)))
        yield Part(f"output:{inbox.name}", lambda: list(self._all_outputs(inbox)))

    def _say(self, level: Level, key: str, **facts: object) -> Finding:
        message = sentence(key, self._config.language, level.value, **facts)
        return Finding(level, key, message, {name: str(fact) for name, fact in facts.items()})

    # ── the machine ───────────────────────────────────────────────────────────────────────

    def _machine(self) -> Iterator[Finding]:
        version = self._trials.sqlite_version
        is_good = version >= SQLITE_GOOD or version[:3] == SQLITE_ALSO_GOOD
        shown = ".".join(map(str, version))
        yield self._say(Level.OK if is_good else Level.WARN, "sqlite.version", version=shown)
        watches, instances = self._trials.watches(), self._trials.instances()
        level = Level.OK if watches >= FEW_WATCHES and instances > 0 else Level.WARN
        yield self._say(level, "inotify.limit", watches=watches, instances=instances)

    def _state(self) -> Iterator[Finding]:
        folder = self._layout.state
        if self._table.mount_of(_existing(folder)).is_network:
            yield self._say(Level.ERROR, "state.network", path=folder)
        facts = self._tried(_existing(folder))
        if facts is not None and facts.create_error:
            yield self._say(
                Level.ERROR, "state.write", path=folder, errno=_name(facts.create_error)
            )
        yield from self._free("state", folder)

    def _free(self, place: str, folder: Path) -> Iterator[Finding]:
        try:
            free_mib = self._trials.free(folder) // MIB
        except OSError as error:
            yield self._say(Level.ERROR, "disk.free_unknown", path=folder, errno=_name(error.errno))
            return
        least = self._config.retention.min_free_mib
        level = Level.OK
        if free_mib < least:
            # With nothing at all left, not even the database can be written.
            level = Level.ERROR if free_mib < max(1, least // 16) else Level.WARN
        yield self._say(level, "disk.free", path=folder, place=place, free=free_mib, least=least)

    # ── engines ───────────────────────────────────────────────────────────────────────────

    def _engines(self) -> Iterator[Finding]:
        """What lies in the model store, and whether its score may be used."""
        prefer = self._config.engines.prefer
        weights = find_weights(self._layout.models)
        if weights is None:
            if prefer == "gpu":
                path = self._layout.models / OFFICIAL
                yield self._say(Level.WARN, "engine.rts_missing", path=path)
            return
        calibration, state = kept_calibration(weights) or ("", "")
        if not calibration:
            yield self._say(Level.OK, "engine.rts", path=weights)
        else:
            level = Level.WARN if state == "refused" else Level.OK
            yield self._say(level, "engine.rts_calibration", path=weights, id=calibration)

    def _models(self) -> Iterator[Finding]:
        for remark in (*remarks_on_card(self._config), *remarks_on_models(self._config)):
            yield self._say(Level(remark.level), remark.key, **remark.facts)

    # ── webhooks ──────────────────────────────────────────────────────────────────────────

    def _webhook(self, hook: Webhook) -> Iterator[Finding]:
        """Where it leads now, and whether that may be connected to; nothing is sent."""
        try:
            target, allowed = hook.target, hook.allowed
        except AddressError:  # told as a mistake in the file already
            return
        facts = {"name": hook.label, "place": target.place}
        if hook.secret_file is None:
            yield self._say(Level.WARN, "webhook.unsigned", **facts)
        refusal = self._trials.reach(target, allowed)
        if refusal is None:
            yield self._say(Level.OK, "webhook.address", **facts)
        else:
            failure, detail = refusal
            key = "webhook.name" if failure is Failure.UNRESOLVED else "webhook.address"
            yield self._say(Level.WARN, key, **facts, detail=detail)

    # ── inboxes ───────────────────────────────────────────────────────────────────────────

    def _inbox(self, inbox: Inbox) -> Iterator[Finding]:
        folder = self._layout.inbox(inbox.name)
        problem = _not_a_folder(folder)
        if problem:
            yield self._say(
                Level.ERROR, "inbox.missing", inbox=inbox.name, path=folder, errno=problem
            )
            return
        mount = self._table.mount_of(folder)
        yield from self._mount(inbox, folder, mount)
        facts = self._tried(folder)
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
                Level.ERROR, "inbox.list", inbox=name, path=folder, errno=_name(facts.list_error)
            )
        refused = facts.create_error or facts.rename_error
        if not refused:
            yield self._say(Level.OK, "inbox.rename", inbox=name)
        elif inbox.ledger == "never":
            yield self._say(Level.ERROR, "inbox.rename", inbox=name, errno=_name(refused))
        else:
            yield self._say(Level.WARN, "inbox.rename", inbox=name, errno=_name(refused))
        if facts.delete_error:
            yield self._say(Level.WARN, "inbox.delete", inbox=name, errno=_name(facts.delete_error))

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

    def _all_outputs(self, inbox: Inbox) -> Iterator[Finding]:
        for role, folder in self._outputs(inbox):
            yield from self._output(inbox, role, folder)

    def _output(self, inbox: Inbox, role: str, folder: Path) -> Iterator[Finding]:
        if role == "out" and inbox.out is not None and _not_a_folder(folder):
            yield self._say(Level.ERROR, "output.missing", inbox=inbox.name, role=role, path=folder)
            return
        # A folder of our own is made when needed: what counts is whether it can be.
        place = _existing(folder)
        facts = self._tried(place)
        if facts is None or facts.create_error:
            number = facts.create_error if facts else errno.EIO
            yield self._say(
                Level.ERROR, "output.write", inbox=inbox.name, role=role, path=folder,
                errno=_name(number),
            )  # fmt: skip
            return
        if role == "out":
            yield self._say(Level.OK, "output.write", inbox=inbox.name, role=role, path=folder)
            if not facts.noreplace:
                yield self._say(Level.WARN, "output.noreplace", inbox=inbox.name, path=folder)
            yield from self._free(f"{inbox.name}/{role}", place)

    def _tried(self, folder: Path) -> ShareFacts | None:
        try:
            return self._trials.probe(folder)
        except OSError:
            return None

    # ── the same folder under two names ───────────────────────────────────────────────────

    def _aliases(self) -> Iterator[Finding]:
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


def _existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _not_a_folder(path: Path) -> str:
    """Why a path cannot be used as a folder, as an errno's name, or empty."""
    try:
        is_folder = path.stat().st_mode & 0o170000 == 0o040000
    except OSError as error:
        return _name(error.errno)
    return "" if is_folder else "ENOTDIR"


def _name(number: int | None) -> str:
    return errno.errorcode.get(number or 0, "EIO")
