"""What a photo of a batch becomes as a job: its name, its plan, what its row asks for."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.batch import Batch, BatchPhoto
from daemon.domain.batch_names import result_stem
from daemon.domain.job import Verdict
from daemon.domain.manifest import Entry
from daemon.domain.route import Plan, RouteId
from daemon.files.atomic import is_taken
from daemon.files.safe import numbered, output_name
from daemon.services.batch_contents import Assigned, Roll
from daemon.services.intake_plan import Planner
from daemon.store.database import Database

# As much of an instruction as a note beside a photo may have.
_MOST_INSTRUCTION = 2000


class Naming:
    """Names of one batch's photos, each once.

    Args:
        config: The whole configuration.
        batch: The batch.
        folder: Its folder below the results.
    """

    def __init__(self, config: Config, batch: Batch, folder: str) -> None:
        self._inbox = config.inbox(batch.inbox)
        self._planner = Planner.of(config, self._inbox)
        self._folder = folder
        self._given: set[str] = set()

    def plan(self, photo: str, size: int) -> tuple[Plan, int]:
        """The plan of a photo, and its priority: the inbox's, or a rule's for that path."""
        choice = self._planner.choice(os.fsencode(f"{self._folder}/{photo}"), size, ())
        return self._planner.plan(choice), choice.priority

    def relative(self, photo: Assigned, plan: Plan) -> bytes:
        """The path of a photo inside the inbox as if it had been dropped under its new name."""
        path = PurePosixPath(photo.photo)
        stem = path.stem
        if photo.entry is not None:
            own = next((step.options for step in plan.steps if step.route == RouteId.IDPHOTO), {})
            preset = str(own.get("preset") or "")
            stem = result_stem(self._inbox.batch_names, photo.entry, photo.photo, preset)
        # A photo is told by its stem: results of different formats must not share one.
        plain, number = Path(output_name(os.fsencode(stem + path.suffix))), 1
        while (name := numbered(plain, number)).stem.casefold() in self._given:
            number += 1
        self._given.add(name.stem.casefold())
        return os.fsencode(f"{self._folder}/{name}")


def free_folder(config: Config, database: Database, batch: Batch) -> str:
    """A folder below the results that is nobody's yet.

    Raises:
        OSError: The results' share is away.
    """
    plain, number = Path(output_name(os.fsencode(batch.name))), 1
    with database.read() as uow:
        others = {other.folder for other in uow.batches.live() if other.inbox == batch.inbox}
    out = config.layout.out(batch.inbox)
    while str(name := numbered(plain, number)) in others or is_taken(out / name):
        number += 1
    return str(name)


def wishes(entry: Entry | None, own: str = "") -> str:
    """What is asked of a photo, as the one line that the route for ID photos reads.

    Words of a size or a colour stand in a list as people say them; the line's grammar knows
    them all, and says what it does not understand.

    Args:
        entry: The person's row.
        own: What a note beside the photo says; it comes last.
    """
    cells = (entry.preset, entry.background, entry.instruction, own) if entry else (own,)
    line = "; ".join(" ".join(cell.split()) for cell in cells if cell.strip())
    return line[:_MOST_INSTRUCTION]


def end_of(photo: Assigned) -> tuple[Verdict, Reason] | None:
    """How a photo ends that is nobody's; ``None`` for one that is worked on."""
    if not photo.code:
        return None
    facts = {"lines": ", ".join(map(str, photo.lines))} if photo.lines else {}
    return Verdict.REJECTED, Reason(photo.code, facts)


def photo_rows(job_ids: list[str], roll: Roll) -> list[BatchPhoto]:
    """Whose each job is, in the order of the roll's photos."""
    return [
        BatchPhoto(job_id, photo.entry.line if photo.entry else None, photo.photo)
        for job_id, photo in zip(job_ids, roll.photos, strict=True)
    ]
