"""What a result of a batch is called: a template, filled from a person's row."""

from __future__ import annotations

from pathlib import PurePath

from daemon.domain.idphoto.naming import Template
from daemon.domain.manifest import Entry

DEFAULT_NAMES = "{employee_id}_{name}_{preset}"
FIELDS = ("employee_id", "name", "preset", "background", "file", "line")

# Words that a file name may hold; what ``Template.read`` refuses is refused here, with its line.
_WORDS = r"[^{}/\\:*?\"<>|\x00-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
NAMES_PATTERN = rf"^{_WORDS}(?:\{{(?:{'|'.join(FIELDS)})\}}{_WORDS})+$"


def result_stem(template: str, entry: Entry, photo: str, preset: str = "") -> str:
    """The name of a result without its ending.

    Args:
        template: As ``NAMES_PATTERN`` has it.
        entry: The person's row.
        photo: What the photo is called in the batch; serves where every field is empty.
        preset: The preset where the row names none.

    Returns:
        One plain name, whatever the row holds (``daemon.domain.idphoto.naming``).
    """
    own = PurePath(photo).stem
    values = {
        "employee_id": entry.employee_id,
        "name": entry.name,
        "preset": entry.preset or preset,
        "background": entry.background,
        "file": own,
        "line": str(entry.line),
        "stem": own,
    }
    return Template.read(template, FIELDS).filled(values)
