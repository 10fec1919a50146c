"""Where an inbox lies: its mounts, what they let us do, and whether it is there at all."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from daemon.config.model import Inbox, WatchMode
from daemon.files.ignore import IgnoreList
from daemon.files.mounts import Mount, MountTable
from daemon.files.share import ShareFacts
from daemon.services.intake_claim import FULL
from daemon.services.intake_online import SHARE_ERRNOS, check_there
from daemon.services.intake_report import Tools
from daemon.services.intake_walk import Region, Walk, policy_of


class Place:
    """One inbox's folder.

    Args:
        inbox: Its settings.
        tools: What to work with.
    """

    def __init__(self, inbox: Inbox, tools: Tools) -> None:
        self._inbox = inbox
        self._tools = tools
        folder = tools.config.layout.inbox(inbox.name)
        # Links in the path are the administrator's own and stay.
        self.root = os.path.abspath(os.fsencode(folder))  # noqa: PTH100 - bytes, links kept
        self._ignore = IgnoreList(inbox.ignore, inbox.accept_anyway)
        self._walk: Walk | None = None
        self.share = ShareFacts()
        self.device: int | None = None

    @property
    def walk(self) -> Walk:
        """How to walk it; ``make_sure`` comes first."""
        assert self._walk is not None, "the place was not looked at yet"
        return self._walk

    @property
    def top(self) -> Region:
        """The region of the inbox itself."""
        return self.walk.regions[self.root]

    @property
    def wants_events(self) -> bool:
        """Whether the kernel tells of changes here."""
        if self._inbox.mode is WatchMode.AUTO:
            return not self.top.mount.is_network
        return self._inbox.mode is WatchMode.EVENTS

    @property
    def mode(self) -> str:
        """``events`` or ``scan``, and whether files stay: as people see it."""
        mode = "events" if self.wants_events else "scan"
        return f"{mode}+ledger" if self.top.in_ledger else mode

    def leave(self) -> None:
        """The inbox went away: everything about it is found out anew when it is back."""
        self._walk = None

    def make_sure(self) -> bool:
        """See that the inbox is there; True where it was not known to be before.

        Raises:
            InboxAway: The folder is not the inbox.
            OSError: The share is in trouble.
        """
        if self._walk is not None:
            self._check(self.top.mount)
            return False
        self._arrive()
        return True

    def _check(self, mount: Mount) -> None:
        self.device = check_there(self.root, mount, self.device, self._tools.operations)

    def _arrive(self) -> None:
        with self._tools.database.read() as uow:
            recorded = uow.inboxes.get(self._inbox.name)
        if recorded is None and self._inbox.path is None:
            # A folder of our own is ours to make, once; that of a share never.
            self._tools.operations.make_folder(self.root)
        if self.device is None and recorded is not None:
            self.device = recorded.device
        table = self._tools.mounts()
        mount = table.mount_of(self.root)
        self._check(mount)
        if self._inbox.ledger != "always":
            self.share = _answered(self._tools.probe(Path(os.fsdecode(self.root))))
        self._walk = Walk(
            self.root,
            self._tools.operations,
            self._ignore,
            self._regions(table, mount),
            self._inbox.max_depth,
        )

    def check_mounts(self) -> None:
        """Notice mounts that came or went over the inbox or below it.

        Raises:
            InboxAway: The folder is not the inbox any more.
        """
        table = self._tools.mounts()
        mount = table.mount_of(self.root)
        self._check(mount)
        regions = self._regions(table, mount)
        if regions != self.walk.regions:
            self._walk = replace(self.walk, regions=regions)

    def _regions(self, table: MountTable, mount: Mount) -> dict[bytes, Region]:
        real = os.path.realpath(self.root)
        mounts = {self.root: mount}
        for point, below in table.below(self.root).items():
            mounts[self.root + point[len(real) :]] = below
        return {point: self._region(point, found) for point, found in mounts.items()}

    def _region(self, point: bytes, mount: Mount) -> Region:
        stays = self._inbox.ledger == "always"
        if self._inbox.ledger == "auto":
            errors = {self.share.create_error, self.share.rename_error} - {0}
            # A share that is full today still lets photos be renamed; at worst they wait.
            stays = not errors <= FULL
        policy = policy_of(mount, self._inbox, self._tools.config.intake)
        return Region(point, mount, policy, in_ledger=stays)


def _answered(found: ShareFacts) -> ShareFacts:
    """What a share is like, if it did answer.

    Raises:
        OSError: It was in trouble; taken for a refusal, photos would stay in their inbox from
            then on.
    """
    for number in (found.create_error, found.rename_error):
        if number in SHARE_ERRNOS:
            raise OSError(number, os.strerror(number))
    return found
