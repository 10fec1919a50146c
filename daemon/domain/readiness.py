"""Whether a dropped file is ready: a decision over looks, cheapest test first.

A caller looks at a file (size, times, inode through an open descriptor), hands the facts in with
the monotonic time of the look, and is told to wait, to ask more of the file (is anyone writing,
is the picture whole), that it is ready, or to give up. Nothing here opens anything or knows the
time. Only *change between two looks* counts, never the age of a modification time: copies
restore old dates, cameras and servers have wrong clocks.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

# Quiet time a file needs, in seconds: after its writer closed it, without such news, on a share.
CLOSED_S = 0.3
LOCAL_S = 2.0
NETWORK_S = 5.0
# Quiet time after a close when a lease proves that nobody writes and the picture is whole.
PROVEN_S = 0.02
# A file of which only the change time moves (indexers, virus scanners) is compared by both its
# ends from this round on.
CHURN_ROUNDS = 3
# Looks at a picture that is not whole yet: 5 s, doubling up to 5 min.
PARTIAL_FIRST_S = 5.0
PARTIAL_MAX_S = 300.0
HELD_S = 1.0
# A wait that ends a rounding error early has ended.
_TICK_S = 1e-6
MARKER_S = 5.0


class Writer(enum.StrEnum):
    """Whether someone has the file open for writing."""

    FREE = "free"
    HELD = "held"
    UNKNOWN = "unknown"  # the filesystem has no leases, or we may not ask


class Whole(enum.StrEnum):
    """What a file's structure says."""

    PROVEN = "proven"  # a known format, whole from its first byte to its end mark
    ACCEPTED = "accepted"  # an unknown format, or one whose end cannot be told
    PARTIAL = "partial"


class Arrival(enum.StrEnum):
    """How we learnt of the file; each later news replaces the earlier."""

    FOUND = "found"  # a scan came upon it, or it was just created
    STARTUP = "startup"  # it lay there before the booth was started
    CLOSED = "closed"  # its writer closed it
    MOVED = "moved"  # it was renamed to this name on the same filesystem


class Hindrance(enum.StrEnum):
    """Why a file waits; shown to people with its age."""

    TEMP_NAME = "temp_name"
    NOT_REGULAR = "not_regular"
    EMPTY = "empty"
    SETTLING = "settling"
    HELD_BY_WRITER = "held_by_writer"
    INCOMPLETE = "incomplete"
    AWAITING_MARKER = "awaiting_marker"
    AWAITING_SIDECAR = "awaiting_sidecar"
    TOO_DEEP = "too_deep"
    NO_PERMISSION = "no_permission"
    UNREADABLE = "unreadable"
    QUEUE_FULL = "queue_full"
    IN_LINE = "in_line"
    DISK_LOW = "disk_low"
    ALREADY_QUEUED = "already_queued"


@dataclass(frozen=True, slots=True)
class Facts:
    """What fstat says of a file: size in bytes, times in nanoseconds, inode number."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    def generation(self, *, local: bool) -> str:
        """Which content of a name this is, as text.

        Shares may make inode numbers and change times up at every look, so there size and
        modification time have to do.
        """
        plain = f"{self.size}:{self.mtime_ns}"
        return f"{plain}:{self.ctime_ns}:{self.inode}" if local else plain

    def is_content_of(self, generation: str) -> bool:
        """Whether size and modification time are those of a generation.

        A rename changes the change time, a copy the inode; the content is the same.
        """
        return generation.split(":")[:2] == [str(self.size), str(self.mtime_ns)]


@dataclass(frozen=True, slots=True)
class Policy:
    """What an inbox, and the mount a file lies on, ask of a file.

    Attributes:
        local: On a disk of this machine, where leases are exact and events come.
        cache_s: How long attributes may be stale (network mounts).
        settle_s: Quiet time set by the administrator; takes the place of every other.
        incomplete_s: A picture that stays partial this long is given up.
        empty_s: A file that stays empty this long is given up.
        sidecar_s: How long to wait for a note.
        ready_marker: Whether a ``.ready`` twin is demanded.
    """

    local: bool = True
    cache_s: float = 0.0
    settle_s: float | None = None
    incomplete_s: float = 900.0
    empty_s: float = 600.0
    sidecar_s: float = 0.0
    ready_marker: bool = False

    def quiet_s(self, arrival: Arrival) -> float:
        """How long the facts must stay the same."""
        if self.settle_s is not None:
            return self.settle_s
        if not self.local:
            return max(NETWORK_S, 2 * self.cache_s)
        return CLOSED_S if arrival is Arrival.CLOSED else LOCAL_S


@dataclass(frozen=True, slots=True)
class Track:
    """What earlier looks at a file have shown.

    Attributes:
        facts: At the last look.
        notes: Name, size and mtime of each note beside it; a note that changes is a change.
        first_s: Monotonic time of the first look.
        changed_s: Since when facts and notes have been the same.
        arrival: How we learnt of it.
        edges: Digest of both ends, where the change time keeps moving.
        churn: How often nothing but the change time had moved.
        partial_looks: How often it was found partial since it changed.
    """

    facts: Facts
    notes: tuple[tuple[bytes, int, int], ...]
    first_s: float
    changed_s: float
    arrival: Arrival
    edges: bytes | None = None
    churn: int = 0
    partial_looks: int = 0

    @property
    def notes_named(self) -> tuple[bytes, ...]:
        """The notes' names."""
        return tuple(name for name, _, _ in self.notes)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not yet.

    Attributes:
        hindrance: Why.
        next_look_s: Seconds until another look is worth it.
    """

    hindrance: Hindrance
    next_look_s: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the file itself (writer, structure), then ``conclude``.

    Attributes:
        early: Before the quiet time is over; only a full proof will do.
    """

    early: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """Take it in."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Take it in and end it with this code."""

    code: str


@dataclass(frozen=True, slots=True)
class Deep:
    """What the file itself answered."""

    writer: Writer
    whole: Whole


def begin(
    facts: Facts, now_s: float, arrival: Arrival, notes: tuple[tuple[bytes, int, int], ...] = ()
) -> Track:
    """The first look at a file."""
    return Track(facts, notes, now_s, now_s, arrival)


def wants_edges(track: Track, facts: Facts) -> bool:
    """Whether the next ``observe`` needs a digest of the file's ends."""
    return track.churn >= CHURN_ROUNDS - 1 and _only_ctime_moved(track.facts, facts)


def observe(  # noqa: PLR0913 - one look's facts, by keyword
    track: Track,
    facts: Facts,
    now_s: float,
    *,
    arrival: Arrival | None = None,
    notes: tuple[tuple[bytes, int, int], ...] = (),
    edges: bytes | None = None,
) -> Track:
    """A later look at the same name.

    Args:
        track: What was known.
        facts: What this look shows.
        now_s: Monotonic time of this look.
        arrival: News that led to this look, if any.
        notes: The notes beside it now.
        edges: Digest of both ends, where ``wants_edges`` asked for it.
    """
    if facts == track.facts and notes == track.notes:
        return track if arrival is None else _informed(track, arrival)
    if notes == track.notes and _only_ctime_moved(track.facts, facts):
        calm = edges is not None and edges == track.edges
        return replace(
            track,
            facts=facts,
            churn=track.churn + 1,
            edges=edges or track.edges,
            changed_s=track.changed_s if calm else now_s,
            arrival=arrival or track.arrival,
        )
    # Written again: what we knew of its writer having closed it no longer holds.
    return Track(facts, notes, track.first_s, now_s, arrival or Arrival.FOUND)


def _informed(track: Track, arrival: Arrival) -> Track:
    return replace(track, arrival=arrival)


def _only_ctime_moved(before: Facts, after: Facts) -> bool:
    return replace(before, ctime_ns=after.ctime_ns) == after and before != after


def quiet(track: Track, now_s: float, policy: Policy) -> Waiting | Ask | GiveUp:
    """R1 to R3: is there anything, and has it come to rest?"""
    calm_s = now_s - track.changed_s + _TICK_S
    if track.facts.size == 0:
        if calm_s >= policy.empty_s:
            return GiveUp("EMPTY")
        return Waiting(Hindrance.EMPTY, min(PARTIAL_FIRST_S, policy.empty_s - calm_s))
    needed_s = policy.quiet_s(track.arrival)
    if calm_s >= needed_s:
        return Ask(early=False)
    if policy.local and policy.settle_s is None:
        return _shortened(track.arrival, calm_s, needed_s)
    return Waiting(Hindrance.SETTLING, needed_s - calm_s)


def _shortened(arrival: Arrival, calm_s: float, needed_s: float) -> Waiting | Ask:
    if arrival is Arrival.FOUND:
        return Waiting(Hindrance.SETTLING, needed_s - calm_s)
    if arrival is Arrival.CLOSED and calm_s < PROVEN_S:
        return Waiting(Hindrance.SETTLING, PROVEN_S - calm_s)
    return Ask(early=True)


def conclude(  # noqa: PLR0911, PLR0913 - one answer a layer; what was asked, by keyword
    track: Track,
    deep: Deep,
    now_s: float,
    policy: Policy,
    *,
    early: bool,
    has_marker: bool = False,
    has_note: bool = False,
) -> tuple[Track, Ready | Waiting | GiveUp]:
    """R4 to R6: nobody writes, the picture is whole, the marker is there.

    Args:
        track: What the looks have shown.
        deep: What the file answered.
        now_s: Monotonic time.
        policy: What is asked of it.
        early: As ``Ask`` said.
        has_marker: Whether a ``.ready`` twin lies beside it.
        has_note: Whether a person's note lies beside it.
    """
    if deep.writer is Writer.HELD:
        return track, Waiting(Hindrance.HELD_BY_WRITER, HELD_S)
    calm_s = now_s - track.changed_s + _TICK_S
    if early and not _is_proof(track.arrival, deep):
        return track, Waiting(Hindrance.SETTLING, policy.quiet_s(track.arrival) - calm_s)
    if deep.whole is Whole.PARTIAL:
        if calm_s >= policy.incomplete_s:
            return track, GiveUp("TRUNCATED")
        back_off_s = min(PARTIAL_MAX_S, PARTIAL_FIRST_S * 2.0**track.partial_looks)
        track = replace(track, partial_looks=track.partial_looks + 1)
        next_s = max(0.0, min(back_off_s, policy.incomplete_s - calm_s))
        return track, Waiting(Hindrance.INCOMPLETE, next_s)
    if policy.ready_marker and not has_marker:
        return track, Waiting(Hindrance.AWAITING_MARKER, MARKER_S)
    missing_s = track.first_s + policy.sidecar_s - now_s
    if policy.sidecar_s and not has_note and missing_s > 0:
        return track, Waiting(Hindrance.AWAITING_SIDECAR, missing_s)
    return track, Ready()


def _is_proof(arrival: Arrival, deep: Deep) -> bool:
    # A rename gives a whole file its name at once, which stands for the quiet time (R2).
    if arrival is Arrival.MOVED:
        return deep.whole is not Whole.PARTIAL
    return deep.writer is Writer.FREE and deep.whole is Whole.PROVEN
