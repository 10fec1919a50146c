"""What a result of a batch is called: a template, filled from a person's row."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import PurePath

from daemon.domain.manifest import Entry

DEFAULT_NAMES = "{employee_id}_{name}_{preset}"
FIELDS = ("employee_id", "name", "preset", "background", "file", "line")

NAMES_PATTERN = r"^[^{}/\\\x00-\x1f]*(?:\{(?:" + "|".join(FIELDS) + r")\}[^{}/\\\x00-\x1f]*)+$"
# The format of a result decides its ending; one that the template gives is left off.
_ENDING = re.compile(r"\.(jpe?g|png|webp|tiff?)$", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x1f\x7f/\\]")
# What an empty field leaves between its neighbours.
_GAPS = re.compile(r"([_\-. ])[_\-. ]+")
_EDGES = "_-. "


def result_stem(template: str, entry: Entry, photo: str, preset: str = "") -> str:
    """The name of a result without its ending.

    Fields that a row has not, leave no gap; where nothing is left the photo's own name serves.

    Args:
        template: As ``NAMES_PATTERN`` has it.
        entry: The person's row.
        photo: What the photo is called in the batch.
        preset: The preset where the row names none.
    """
    own = PurePath(photo).stem
    values = {
        "employee_id": entry.employee_id,
        "name": entry.name,
        "preset": entry.preset or preset,
        "background": entry.background,
        "file": own,
        "line": str(entry.line),
    }
    stem = _filled(_ENDING.sub("", template), values)
    return stem or _UNFIT.sub("_", own) or "photo"


def _filled(template: str, values: Mapping[str, str]) -> str:
    parts = []
    for text, field, _, _ in string.Formatter().parse(template):
        parts.append(text)
        if field is not None:
            parts.append(_UNFIT.sub("_", values[field]))
    return _GAPS.sub(r"\1", "".join(parts)).strip(_EDGES)
