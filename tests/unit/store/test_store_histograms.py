"""How long a photo took in all, of the steps that its record names."""

from __future__ import annotations

from daemon.domain.job import new_job_id
from daemon.store.histograms import Kind, Tally


def test_parts_of_a_step_are_not_counted_twice() -> None:
    tally = Tally()
    spent = {"decode": 20.0, "restore": 100.0, "restore.detect": 30.0, "restore.face": 60.0}
    tally.worked(new_job_id(1_700_000_000_000), "in", spent)
    ((cell, (photos, total)),) = tally.cells.items()
    assert (cell.kind, photos, total) == (Kind.WORK, 1, 120)
