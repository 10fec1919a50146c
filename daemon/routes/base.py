"""The contract between the worker's loop and a route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.job import Verdict

if TYPE_CHECKING:
    from daemon.engines.registry import Engines
    from daemon.imaging.photo import Photo


@dataclass(frozen=True, slots=True)
class StagedFile:
    """The photo as a file that nobody looks into.

    A plan made only of routes with a true class attribute ``passes_bytes`` gets this instead
    of a decoded picture, and its result is the file byte for byte.
    """

    path: Path


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file that a route wrote itself, because the very bytes had to be measured.

    Attributes:
        kind: What it is for; the first result is the photo's own, further files are extras.
        name: In the attempt's folder.
        suffix: Ending of the published name (``.jpg``, ``.cn_2in_white.jpg``).
    """

    kind: OutputKind
    name: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a route may use besides the photo.

    Attributes:
        engines: Loaded on first use.
        language: ``zh`` or ``en``, for text drawn into pictures.
        instruct: A person's one-line instruction, or empty.
        progress: Call with a part's name (``detect``), parts done and parts in all.
        folder: Where a route may write files of its own; what no outcome names is removed with
            the attempt.
        name: The photo's own file name as text: people write wishes into it.
        limits: What a file may measure, for routes that open it themselves.
        state: The booth's own folder, for what an installation keeps; ``None`` outside one.
    """

    engines: Engines
    language: str
    instruct: str
    progress: Callable[[str, int, int], None]
    folder: Path = Path()
    name: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    state: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a route made of a photo.

    Attributes:
        photo: The photo handed to the next route, and published at the end of the plan; the
            ``StagedFile`` it was given, where no route of the plan looks at pixels.
        verdict: ``done`` goes on with the plan; anything else ends it.
        reasons: Codes with facts, gravest first; ``done`` may carry none.
        measures: JSON values for the record.
        engines: Task → ``{"name", "version", "weights"}`` of what was used.
        why: Annotated picture ``(H, W, 3)`` uint8 sRGB that shows the reasons, or ``None``.
        files: What the route wrote, in place of the photo's encoding; only of the last step.
    """

    photo: Photo | StagedFile
    verdict: Verdict = Verdict.DONE
    reasons: tuple[Reason, ...] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    engines: Mapping[str, Any] = field(default_factory=dict)
    why: Any = None
    files: tuple[ReadyFile, ...] = ()


class Route(Protocol):
    """One verb. ``options`` come from JSON; the route validates them in ``parse_options``.

    A true class attribute ``keeps_pixels`` says that it looks at a picture and hands it on
    unchanged: where no other kind of route ran, the result is the original file, byte for byte.
    A true ``writes_files`` says that it writes its results itself: no step may follow.
    A true ``opens_file`` says that it opens the file itself, page by page and in formats that
    no other route knows: it gets a ``StagedFile``, writes its files, and is the only step. What
    it did not write is not published, whatever the verdict.
    """

    def parse_options(self, raw: Mapping[str, object]) -> Any:
        """The route's frozen options model.

        Raises:
            daemon.errors.UsageError: An option is unknown or out of range; the message names
                it and the nearest valid one.
        """
        ...

    def run(self, photo: Photo, options: Any, context: Context) -> Outcome:
        """Do the work.

        Raises:
            daemon.errors.BoothError: The photo could not be brought to a verdict.
        """
        ...
