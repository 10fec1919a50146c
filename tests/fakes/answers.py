"""Questions that are answered at once, with what a worker said of a portrait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.services.questions import Answered, Questions

_ROW = {"value": 0.5, "unit": "", "score": 0.5, "component": 50}
_FACE = {"box": [1, 2, 30, 40], "landmarks": [[1.0, 2.0]] * 5, "score": 0.9}
_QUALITY = {"score": 0.71, "band": "fair"}
_JUDGED = {
    "verdict": "rejected",
    "reasons": [{"code": "BLURRED", "facts": {"measure": "sharpness", "value": 1, "limit": 2}}],
    "warnings": [],
    "measures": {"sharpness": "fail"},
}
_SIDE = {"quality": _QUALITY, "faces": 1, "face": _FACE, "codes": []}
_ENGINES = {"find_faces": {"name": "centerface"}}


class AnsweredAtOnce(Questions):
    """Answers every question with the same words; nothing is written down."""

    def ask(
        self,
        kind: str,
        files: Sequence[Any],
        options: Mapping[str, Any] | None = None,
        *,
        language: str | None = None,
    ) -> str:
        del files, language
        self.asked = (kind, options or {})
        return kind

    def answer(self, question_id: str, wait_s: float) -> Answered:
        del wait_s
        profiles = self.asked[1].get("profiles")
        judged = {"profiles": dict.fromkeys(profiles, _JUDGED)} if profiles else {}
        return Answered(_FACTS[question_id] | judged)


_FACTS: dict[str, dict[str, Any]] = {
    "compare": {
        "answer": "needs_person",
        "reasons": [{"code": "SIMILARITY_UNCLEAR", "facts": {"value": 0.5}}],
        "similarity": 0.5,
        "threshold": {"same_from": 0.65, "different_below": 0.4, "source": "…"},
        "photos": [_SIDE, _SIDE],
        "engines": _ENGINES,
    },
    "embed": {"vector": [0.1, 0.2], "dimension": 2, **_SIDE, "engines": _ENGINES},
    "quality": {
        **_QUALITY,
        "codes": [],
        "weakest": "sharpness",
        "parts": {"sharpness": {"score": 0.5, "weight": 0.2}},
        "measures": {"sharpness": _ROW},
        "not_assessed": [],
        "face": {**_FACE, "others": []},
        "heat_map": {"grid": [[None]], "gain": [[None]], "deciding": []},
        "engines": _ENGINES,
    },
}
