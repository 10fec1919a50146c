"""Route ``copy``: hands the photo through unchanged.

For sorting by rule, and for measuring the pipeline itself. Alone in a plan it is given the
staged file and no picture is decoded; beside other routes it passes their picture on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.errors import UsageError
from daemon.routes.base import Context, Outcome


class Copy:
    """Takes no options and measures nothing."""

    passes_bytes = True

    def parse_options(self, raw: Mapping[str, object]) -> None:
        """There are none.

        Raises:
            UsageError: Options were given.
        """
        if raw:
            msg = f"route copy takes no options, but was given {', '.join(sorted(raw))}"
            raise UsageError(msg)

    def run(self, photo: Any, options: None, context: Context) -> Outcome:  # noqa: ARG002 - the contract of a route
        """The photo as it came."""
        return Outcome(photo)


ROUTE = Copy()
