"""For ``development.routes``: no route, but a catalogue that publishes a test store's sums.

Importing it changes the book of a process that has ``STORE_VARIABLE`` in its environment, which
only the worker of a test has.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daemon.catalogue.models import load
from daemon.domain.models import ModelBook
from tests.fakes.model_store import STORE_VARIABLE, with_recorded_sums

ROUTES: Mapping[str, Any] = {}


def _amend(store: Path) -> None:
    original = load.read_book

    def read(text: str) -> ModelBook:
        return with_recorded_sums(original(text), store)

    load.read_book = read
    load.model_book.cache_clear()


if STORE_VARIABLE in os.environ:
    _amend(Path(os.environ[STORE_VARIABLE]))
