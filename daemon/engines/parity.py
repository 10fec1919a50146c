"""What a parity fixture says of this program: how far its numbers are from the stored ones.

Each engine runs its own fixtures (``engines/<name>/parity.py``); the list of all is in
``daemon.worker.parity``. Limits are those that the fixtures' page suggests.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Checked:
    """One fixture, run.

    Attributes:
        fixture: Its file's stem.
        limit: Largest absolute difference allowed.
        parts: Value compared → largest absolute difference; not a number where shapes differ.
        skipped: Parts of the file whose network this version does not have.
        why: What kept it from being run at all; empty otherwise.
        table: What else there is to say of each part, JSON values.
    """

    fixture: str
    limit: float
    parts: Mapping[str, float] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    why: str = ""
    table: tuple[Mapping[str, Any], ...] = ()

    @property
    def max_abs_error(self) -> float | None:
        """The worst part; ``None`` where one could not be compared."""
        worst = max(self.parts.values(), default=math.nan)
        whole = all(map(math.isfinite, self.parts.values()))
        return worst if whole and math.isfinite(worst) else None

    @property
    def is_ok(self) -> bool:
        worst = self.max_abs_error
        return not self.why and worst is not None and worst <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The line of ``parity --json``; its first four keys are a contract."""
        line: dict[str, Any] = {
            "fixture": self.fixture,
            "max_abs_error": self.max_abs_error,
            "limit": self.limit,
            "ok": self.is_ok,
            "parts": {
                name: value if math.isfinite(value) else None for name, value in self.parts.items()
            },
        }
        if self.skipped:
            line["skipped"] = list(self.skipped)
        if self.why:
            line["why"] = self.why
        if self.table:
            line["table"] = [dict(row) for row in self.table]
        return line


# A folder with fixtures, and the device to compute on → what was found.
Run: TypeAlias = Callable[[Path, str], Checked]


def distance(found: Any, stored: NDArray[Any]) -> float:
    """Largest absolute difference in float64; NaN where the shapes differ or a value is NaN."""
    mine = np.asarray(found, dtype=np.float64)
    if mine.shape != stored.shape:
        return math.nan
    return float(np.abs(mine - stored.astype(np.float64)).max(initial=0.0))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Every array of an ``.npz`` file; nothing in it is unpickled."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def read_json(path: Path) -> Any:
    """The content of a ``.json`` or ``.json.gz`` file."""
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
