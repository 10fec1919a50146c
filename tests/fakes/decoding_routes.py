"""A route that only wants the photo decoded: the whole path without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.routes.base import Context, Outcome


class Decode:
    """Hands the decoded picture on, so that it is encoded again."""

    def parse_options(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        return dict(raw)

    def run(self, photo: Any, options: Any, context: Context) -> Outcome:
        return Outcome(photo, measures={"size": list(photo.size)})


ROUTES: Mapping[str, Any] = {"decode": Decode()}
