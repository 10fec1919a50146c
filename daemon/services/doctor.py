"""``boothd check`` as the doctor: everything that can be tried out, in one run, without raising."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from daemon.config.model import Config, Inbox
from daemon.config.webhook import Webhook
from daemon.config.webhook_address import AddressError
from daemon.domain.delivery import Failure
from daemon.engines.rts.files import OFFICIAL, find_weights, kept_calibration
from daemon.services.doctor_card import remarks_on_card
from daemon.services.doctor_folders import Folders, errno_text, existing
from daemon.services.doctor_models import remarks_on_models
from daemon.services.doctor_trials import Finding, Level, Trials, said
from daemon.services.receivers import receivers

# The WAL-reset corruption bug is fixed from here on (and in 3.51.3).
SQLITE_GOOD = (3, 53, 0)
SQLITE_ALSO_GOOD = (3, 51, 3)
FEW_WATCHES = 8192


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


class _Doctor:
    def __init__(self, config: Config, trials: Trials) -> None:
        self._config = config
        self._layout = config.layout
        self._trials = trials
        self._folders = Folders(config, trials)

    def parts(self) -> Iterator[Part]:
        yield Part("machine", lambda: list(self._machine()))
        yield Part("state", lambda: list(self._state()))
        yield Part("engines", lambda: list(self._engines()))
        yield Part("models", lambda: list(self._models()))
        for inbox in self._config.inboxes:
            yield from self._parts_of(inbox)
        yield Part("aliases", lambda: list(self._folders.aliases()))
        for hook in receivers(self._config):
            yield self._part_of(hook)

    def _part_of(self, hook: Webhook) -> Part:
        return Part(f"webhook:{hook.label}", lambda: list(self._webhook(hook)))

    def _parts_of(self, inbox: Inbox) -> Iterator[Part]:
        yield Part(f"inbox:{inbox.name}", lambda: list(self._folders.inbox(inbox)))
        yield Part(f"output:{inbox.name}", lambda: list(self._folders.all_outputs(inbox)))

    def _say(self, level: Level, key: str, **facts: object) -> Finding:
        return said(self._config.language, level, key, **facts)

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
        if self._folders.is_on_network(folder):
            yield self._say(Level.ERROR, "state.network", path=folder)
        facts = self._folders.tried(existing(folder))
        if facts is not None and facts.create_error:
            yield self._say(
                Level.ERROR, "state.write", path=folder, errno=errno_text(facts.create_error)
            )
        yield from self._folders.free("state", folder)

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
