"""The weights under the bench: a booth's own store, or networks filled by the parity recipe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.engines.weights import has_file
from tests.fakes.model_store import STORE_VARIABLE, stocking

SIZES_PX = {"gpen-bfr-256": 256, "gpen-bfr-512": 512, "gpen-bfr-1024": 1024, "gpen-bfr-2048": 2048}
SALT = "bench:"


@contextmanager
def bench_store(own: Path | None, folder: Path, keys: list[str]) -> Iterator[Path]:
    """A store with GPEN in it.

    Args:
        own: A booth's; must hold the models.
        folder: Where one is made otherwise, of the sizes wanted.
        keys: Models that are wanted.
    """
    if own is not None:
        missing = [key for key in keys if not has_file(own, key)]
        if missing:
            raise SystemExit(f"{own} has no file of {', '.join(missing)} (boothd models pull)")
        yield own
        return
    with stocking() as stocked:
        from daemon.engines.gpen.parity import recipe_network
        from daemon.engines.gpen.plan import OFFICIAL

        for key in keys:
            network = recipe_network(OFFICIAL[SIZES_PX[key]], SALT)
            stocked(folder, key, network.state_dict())
        os.environ[STORE_VARIABLE] = os.fspath(folder)  # for processes that are started below
        yield folder


def engines_of(store: Path, device: str, precision: str, threads: int = 0) -> Engines:
    """The engines of a worker with these settings."""
    settings = Settings(
        prefer="gpu", precision=precision, allow_noncommercial=True, threads=threads
    )
    return Engines(settings, device=device, models=store)
