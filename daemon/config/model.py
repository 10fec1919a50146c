"""The settings as frozen models; every field's description becomes the example's comment."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from daemon.config.api import Api
from daemon.config.privacy import Privacy
from daemon.config.quality import Quality
from daemon.config.section import Section as Section  # noqa: PLC0414 - every section's module has it from here
from daemon.config.webhook import Webhook
from daemon.domain.batch_names import DEFAULT_NAMES, NAMES_PATTERN

Language = Literal["zh", "en"]
Seconds = Annotated[float, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]


class WatchMode(enum.StrEnum):
    """How an inbox learns of new files."""

    AUTO = "auto"  # by the type of the mount
    EVENTS = "events"  # kernel events hint, a scan every few seconds is the truth
    SCAN = "scan"  # scan only


class DuplicatePolicy(enum.StrEnum):
    """What to do with bytes that ran through the same plan and options before."""

    PROCESS = "process"
    REUSE = "reuse"
    REFUSE = "refuse"


class Inbox(Section):
    """A folder people drop photos into."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """Folder name under inbox/, out/, rejected/ …; letters, digits, dot, dash, underscore."""
    plan: Annotated[tuple[str, ...], Field(min_length=1)]
    """Routes to run, in order."""
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Options by route name."""
    path: Path | None = None
    """Where the inbox lies, if not at <root>/inbox/<name>: a mounted share, say."""
    out: Path | None = None
    """Where results go, if not to <root>/out/<name>."""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    """Photos of a higher priority are worked on first."""
    paused: bool = False
    """Take nothing in from this folder."""
    mode: WatchMode = WatchMode.AUTO
    """auto (by mount type), events, or scan."""
    scan_s: Annotated[float, Field(ge=0.05, le=3600)] = 2.0
    """Seconds between scans while something is going on; grows to 60 while nothing is."""
    settle_s: Seconds | None = None
    """Quiet time a file needs; default by mount type (0.3 after close, 2 local, 5 network)."""
    sidecar_s: Seconds = 0.0
    """How long to wait for PHOTO.jpg.txt or PHOTO.jpg.yaml beside a photo; 0: do not wait."""
    ready_marker: bool = False
    """Wait for an empty PHOTO.jpg.ready beside each photo."""
    ledger: Literal["auto", "always", "never"] = "auto"
    """Leave files where they are (for shares that forbid renames): auto, always, never."""
    max_depth: Annotated[int, Field(ge=1, le=64)] = 16
    """Sub-folders deeper than this are not looked into."""
    ignore: tuple[str, ...] = ()
    """Further name patterns to leave alone (globs, case-insensitive)."""
    accept_anyway: tuple[str, ...] = ()
    """Names to take in although the built-in ignore list has them (globs)."""
    duplicates: DuplicatePolicy = DuplicatePolicy.PROCESS
    """Same bytes, plan and options again: process, reuse (the stored result), refuse."""
    language: Language | None = None
    """Language of reasons for this inbox; default: the booth's."""
    batches: bool = False
    """Take a zip, or a folder with a table of names in it, for a batch of photos."""
    batch_quiet_s: Seconds = 10.0
    """A folder is taken for a whole batch when nothing more of it came for this long."""
    batch_names: Annotated[str, Field(pattern=NAMES_PATTERN)] = DEFAULT_NAMES
    """Names of a batch's results; in braces: employee_id, name, preset, background, file, line."""


class Rule(Section):
    """Chooses another plan or options for some photos of an inbox; the first match wins."""

    inbox: str
    """The inbox it belongs to."""
    match: str | None = None
    """Glob over the path inside the inbox (scans/**)."""
    regex: str | None = None
    """Regular expression over the path inside the inbox."""
    min_bytes: Annotated[int, Field(ge=0)] | None = None
    """Only files of at least this size."""
    max_bytes: Annotated[int, Field(ge=0)] | None = None
    """Only files of at most this size."""
    sidecar: bool | None = None
    """Only photos with (true) or without (false) a sidecar."""
    plan: tuple[str, ...] | None = None
    """Routes to run instead of the inbox's."""
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Options by route name, over the inbox's."""
    priority: Annotated[int, Field(ge=-100, le=100)] | None = None
    """Priority instead of the inbox's."""


class Engines(Section):
    """Which engines do the work."""

    device: str = "auto"
    """auto, cpu, or cuda:N."""
    prefer: Literal["auto", "gpu", "embedded"] = "auto"
    """auto takes the GPU engine where its weights verify and a GPU is there."""
    allow_noncommercial: bool = False
    """Use models whose licence forbids commercial use."""
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    """Precision of GPU engines on a GPU; the halves are faster. The CPU always computes in fp32."""
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    """CPU threads for engines; 0: all cores."""
    lanes: Annotated[int, Field(ge=0, le=32)] = 0
    """Photos worked on side by side around the engines; 0: one on the CPU, four with a GPU."""
    linger_ms: Annotated[float, Field(ge=0, le=1000)] = 5.0
    """How long faces of one photo wait for those of another, to share a pass of the GPU."""
    gpu_memory_limit_mib: Annotated[int, Field(ge=0)] = 0
    """GPU memory the worker may use, half of it for weights; 0: all there is."""


class Limits(Section):
    """What a photo may be, checked before it is decoded."""

    max_bytes: Positive = 512 * 1024 * 1024
    """Largest file, in bytes."""
    max_pixels: Positive = 120_000_000
    """Most pixels in one picture (120 million: a 100-megapixel camera fits)."""
    max_side_px: Positive = 32_000
    """Longest side, in pixels."""
    min_side_px: Positive = 16
    """Shortest side, in pixels."""
    max_pages: Positive = 64
    """Most pages of a multi-page file that are processed."""


class Intake(Section):
    """How files are judged ready and taken in."""

    incomplete_s: Seconds = 900.0
    """A picture that stays incomplete this long after its last change fails as TRUNCATED."""
    empty_s: Seconds = 600.0
    """A file that stays empty this long fails as EMPTY."""
    max_wait_s: Seconds = 86_400.0
    """Age at which a waiting file is reported as an alarm (it keeps waiting)."""
    batch: Annotated[int, Field(ge=1, le=5000)] = 200
    """Files taken in per transaction."""
    max_ahead: Positive = 2000
    """Most photos staged and waiting at once; more stay in their inbox until there is room."""
    canary_s: Seconds = 0.0
    """Seconds between canaries: tiny pictures of the booth's own that are put into each inbox to
    measure how soon a photo is noticed, and removed at once (docs/intake.md); 0: none."""


class Queue(Section):
    """How jobs are handed out."""

    max_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """Attempts before a job fails."""
    lease_s: Annotated[float, Field(ge=1)] = 20.0
    """A claim not renewed for this long is taken back."""
    in_flight: Annotated[int, Field(ge=0, le=64)] = 0
    """Jobs handed to the worker at once; 0: 8, with a GPU 24. A few of them are decoded, on the
    engines or encoded; the others wait there as a line of text, so that quick jobs do not wait
    for the queue."""

    def at_once(self, device: str) -> int:
        """How many jobs a worker on ``cpu`` or ``cuda:N`` is handed at once."""
        return self.in_flight or (24 if device.startswith("cuda") else 8)


class Worker(Section):
    """The worker process and its guards."""

    memory_mib: Positive = 6144
    """A worker that grows past this is killed, and its job counted as an attempt."""
    recycle_jobs: Positive = 2000
    """Start a fresh worker after this many jobs."""
    recycle_mib: Positive = 4096
    """Start a fresh worker once an idle one holds this much memory."""
    step_s: Annotated[float, Field(gt=0)] = 300.0
    """A step that takes longer than this is taken for hung."""
    step_adaptive: bool = True
    """Also take a step for hung after ten times its usual longest time (never under 30 s)."""
    boot_s: Annotated[float, Field(gt=0)] = 120.0
    """The worker must say hello within this time."""
    heartbeat_s: Annotated[float, Field(gt=0)] = 5.0
    """Seconds between heartbeats; four missed in a row count as hung."""
    restart_max_s: Annotated[float, Field(gt=0)] = 60.0
    """Longest pause between restarts of a crashing worker (starts at 1 s, doubles)."""
    breaker_crashes: Positive = 5
    """So many crashes within two minutes hold the queue for a while."""


class Output(Section):
    """How results are put into folders."""

    overwrite: bool = False
    """Replace an existing file of the same name instead of adding a number."""
    keep_gps: bool = False
    """Keep GPS data of the original in the result."""
    keep_thumbnail: bool = False
    """Keep embedded thumbnails (they show the picture before the work)."""


class Retention(Section):
    """What is deleted, and when. Nothing else is ever deleted."""

    archive_days: Annotated[int, Field(ge=0)] = 30
    """Days to keep originals of finished photos; 0: for ever."""
    failed_days: Annotated[int, Field(ge=0)] = 0
    """Days to keep rejected and failed photos; 0: for ever."""
    jobs_days: Annotated[int, Field(ge=0)] = 365
    """Days to keep job records; 0: for ever."""
    deliveries_days: Annotated[int, Field(ge=1)] = 30
    """Days to keep what was told to webhooks, and how that went."""
    backups: Annotated[int, Field(ge=1)] = 7
    """How many database backups to keep."""
    min_free_mib: Annotated[int, Field(ge=0)] = 1024
    """Below this much free space the queue is held and oldest archives are deleted early."""
    evict_archive: bool = True
    """Delete the oldest archived originals early when space runs low."""


class Schedule(Section):
    """When upkeep runs (five-field cron, local time)."""

    retention: str = "30 3 * * *"
    """Delete what is older than retention allows."""
    backup: str = "15 3 * * *"
    """Back the database up."""
    integrity: str = "45 3 * * sun"
    """Check the database for corruption."""
    sweep: str = "*/30 * * * *"
    """Remove stale part files and staging folders."""


class Panel(Section):
    """The admin panel."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8480
    """Port to listen on."""
    password_file: Path | None = None
    """File of names, roles and password hashes, as `boothd panel set-password` writes it;
    default <state>/panel.accounts. Once it has an account, the panel asks for a password; on
    any other host than this machine alone it must have one."""
    trusted_hosts: tuple[str, ...] = ()
    """Names and addresses under which the panel may be called besides localhost, without port:
    booth.lan, 192.168.1.5."""
    is_https: bool = False
    """The panel is reached through HTTPS only (a reverse proxy): the session's cookie is sent
    over nothing else."""
    upload_mib: Annotated[int, Field(ge=1, le=1000)] = 256
    """Photos that may be dropped in the browser at once, in MiB together."""
    session_h: Annotated[float, Field(gt=0, le=720)] = 12.0
    """Hours after which somebody must sign in again."""


class Logging(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """debug, info, warning or error."""
    format: Literal["auto", "json", "console"] = "auto"
    """json, console, or auto: console on a terminal."""


class Development(Section):
    """For tests only; leave it out in production."""

    failpoints: bool = False
    """Honour BOOTHD_FAILPOINT (kill the process at a named point)."""
    routes: str | None = None
    """Python module whose ROUTES table is added to the worker's."""


class Config(Section):
    """The whole configuration."""

    root: Path = Path("booth")
    """The booth's folder; relative to this file."""
    state: Path | None = None
    """Local folder for database, staging and models; default <root>/.boothd. Never a share."""
    language: Language = "zh"
    """Language of reasons and of the panel: zh or en."""
    inboxes: Annotated[tuple[Inbox, ...], Field(min_length=1)]
    """The folders people drop photos into."""
    rules: tuple[Rule, ...] = ()
    """Exceptions to an inbox's plan; the first match wins."""
    engines: Engines = Engines()
    """Which engines do the work."""
    limits: Limits = Limits()
    """What a photo may be."""
    intake: Intake = Intake()
    """How files are judged ready and taken in."""
    queue: Queue = Queue()
    """How jobs are handed out."""
    worker: Worker = Worker()
    """The worker process and its guards."""
    output: Output = Output()
    """How results are put into folders."""
    retention: Retention = Retention()
    """What is deleted, and when."""
    schedule: Schedule = Schedule()
    """When upkeep runs."""
    panel: Panel = Panel()
    """The admin panel."""
    api: Api = Api()
    """The HTTP API."""
    logging: Logging = Logging()
    """What is logged, and how."""
    quality: Quality = Quality()
    """How the quality gate judges."""
    privacy: Privacy = Privacy()
    """How privacy masking covers pages."""
    webhooks: tuple[Webhook, ...] = ()
    """Addresses that are told about events."""
    development: Development = Development()
    """For tests only."""

    def inbox(self, name: str) -> Inbox:
        """The inbox of that name.

        Raises:
            KeyError: There is none.
        """
        for inbox in self.inboxes:
            if inbox.name == name:
                return inbox
        raise KeyError(name)

    @property
    def layout(self) -> Layout:
        """Where everything lies."""
        return Layout(self)


class Layout:
    """Every folder of the booth, as absolute paths once ``root`` is absolute."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.root = config.root
        self.state = config.state or config.root / ".boothd"
        self.database = self.state / "boothd.db"
        self.staging = self.state / "staging"
        self.backups = self.state / "backups"
        self.models = self.state / "models"
        self.accounts = config.panel.password_file or self.state / "panel.accounts"

    def inbox(self, name: str) -> Path:
        """Where people drop photos."""
        return self._config.inbox(name).path or self.root / "inbox" / name

    def claimed(self, name: str) -> Path:
        """Where photos that were taken in lie, on the inbox's own filesystem."""
        return self.inbox(name) / ".boothd" / "claimed"

    def out(self, name: str) -> Path:
        """Where results go."""
        return self._config.inbox(name).out or self.root / "out" / name

    def rejected(self, name: str) -> Path:
        return self.root / "rejected" / name

    def review(self, name: str) -> Path:
        return self.root / "review" / name

    def failed(self, name: str) -> Path:
        return self.root / "failed" / name

    def archive(self, name: str) -> Path:
        """Originals of what succeeded, in a folder per day."""
        return self.root / "archive" / name

    def output_dirs(self, name: str) -> tuple[Path, ...]:
        """Every folder the booth writes into for an inbox."""
        return (
            self.out(name),
            self.rejected(name),
            self.review(name),
            self.failed(name),
            self.archive(name),
        )
