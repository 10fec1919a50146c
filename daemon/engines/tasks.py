"""What engines are asked for, by the names that records use."""

from __future__ import annotations

from typing import Final

FIND: Final[str] = "find_faces"
RESTORE: Final[str] = "restore_face"
PARSE: Final[str] = "parse_face"
BACKGROUND: Final[str] = "enlarge_background"
IDENTITY: Final[str] = "identity"
JUDGE: Final[str] = "judge"
ASSESS: Final[str] = "assess_face"
OCCLUDE: Final[str] = "find_occlusion"
RATE: Final[str] = "rate_face"
MATTE: Final[str] = "matting"
READ: Final[str] = "read_text"
CODES: Final[str] = "find_codes"
SWEEP: Final[str] = "sweep_faces"
RESWEEP: Final[str] = "sweep_faces_again"
