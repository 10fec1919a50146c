"""The weights under the bench: a booth's own store, or networks filled by the parity recipe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.engines.weights import has_file
from tests.conftest import REPO
from tests.fakes.model_store import STORE_VARIABLE, stocking

SIZES_PX = {"gpen-bfr-256": 256, "gpen-bfr-512": 512, "gpen-bfr-1024": 1024, "gpen-bfr-2048": 2048}
SALT = "bench:"
# What a folder of photos needs beside the restorer, so that faces are found and compared on the
# card. Random weights find no faces: the detector is a small real one, where it is at hand.
DETECTOR, RECOGNISER = "detection-mobilenet025", "recognition-arcface-ir-se50"
SHARED = next((one for one in (REPO.parent / "shared", REPO / "shared") if one.is_dir()), REPO)
DETECTOR_FILE = SHARED / "weights" / "detection_mobilenet0.25_Final.pth"


@contextmanager
def bench_store(
    own: Path | None, folder: Path, keys: list[str], *, for_photos: bool = False
) -> Iterator[Path]:
    """A store with GPEN in it.

    Args:
        own: A booth's; must hold the models.
        folder: Where one is made otherwise, of the sizes wanted.
        keys: Models that are wanted.
        for_photos: Whether a folder of photos is to be worked on with it.
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
        if for_photos:
            from tests.fakes.official_layouts import random_checkpoint

            state, wrapped = random_checkpoint(RECOGNISER)
            stocked(folder, RECOGNISER, state, wrapped=wrapped)
            if DETECTOR_FILE.is_file():
                stocked(folder, DETECTOR, DETECTOR_FILE.read_bytes())
        os.environ[STORE_VARIABLE] = os.fspath(folder)  # for processes that are started below
        yield folder


def engines_of(store: Path, device: str, precision: str, threads: int = 0) -> Engines:
    """The engines of a worker with these settings."""
    settings = Settings(
        prefer="gpu", precision=precision, allow_noncommercial=True, threads=threads
    )
    return Engines(settings, device=device, models=store)
