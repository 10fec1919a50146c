"""Every parity fixture of a folder, run (``boothd parity``).

A fixture whose network this version does not have is neither passed nor failed: it is named as
skipped, and the caller says so aloud.
"""

from __future__ import annotations

import importlib.util
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.engines.parity import Checked, Run


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture that this version can run.

    Attributes:
        files: Files it needs; it is there where the first one is.
        run: Runs it.
        needs_torch: Whether it computes a network.
        name: What its line is called; empty: the stem of the first file.
    """

    files: tuple[str, ...]
    run: Run
    needs_torch: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.files[0].partition(".")[0])


def fixtures() -> tuple[Fixture, ...]:
    """What can be run here, cheapest first."""
    from daemon.worker.parity_alignment import alignment  # noqa: PLC0415 - arrays load with need
    from daemon.worker.parity_detectors import (  # noqa: PLC0415 - as above
        IN_FOLDER,
        NAME,
        WEIGHTS,
        retinaface,
    )
    from daemon.worker.parity_recipe import weights_by_recipe  # noqa: PLC0415 - as above

    return (
        Fixture(("alignment.npz",), alignment),
        Fixture(("recipe_checks.json",), weights_by_recipe),
        Fixture(("rts_keys.json.gz",), _rts("keys"), needs_torch=True),
        Fixture(("blocks_small.npz", "blocks_small.safetensors"), _rts("blocks"), needs_torch=True),
        Fixture(("eqface_keys.json.gz",), _eqface("keys"), needs_torch=True),
        Fixture(
            ("blocks_small.npz", "blocks_small.safetensors"),
            _eqface("blocks"),
            needs_torch=True,
            name="eqface_blocks",
        ),
        Fixture(("gpen_keys.json.gz",), _gpen("keys"), needs_torch=True),
        Fixture(("gpen_small.npz", "gpen_small.safetensors"), _gpen("small"), needs_torch=True),
        Fixture(("gpen_small.npz",), _gpen("small_bf16"), needs_torch=True, name="gpen_small_bf16"),
        Fixture(("rts_full.npz",), _rts("full"), needs_torch=True),
        Fixture(("eqface_full.npz",), _eqface("full"), needs_torch=True),
        Fixture(("gpen_256_full.npz",), _gpen("full_256"), needs_torch=True),
        Fixture(("gpen_512_full.npz",), _gpen("full_512"), needs_torch=True),
        Fixture((WEIGHTS,), retinaface, needs_torch=True, name=NAME),
        Fixture((f"{IN_FOLDER}/{WEIGHTS}",), retinaface, needs_torch=True, name=NAME),
    )


def _rts(name: str) -> Run:
    def run(folder: Path, device: str) -> Checked:
        from daemon.engines.rts import parity  # noqa: PLC0415 - torch takes seconds to import

        chosen: Run = getattr(parity, name)
        return chosen(folder, device)

    return run


def _eqface(name: str) -> Run:
    def run(folder: Path, device: str) -> Checked:
        from daemon.engines.eqface import parity  # noqa: PLC0415 - torch takes seconds to import

        chosen: Run = getattr(parity, name)
        return chosen(folder, device)

    return run


def _gpen(name: str) -> Run:
    def run(folder: Path, device: str) -> Checked:
        from daemon.engines.gpen import parity  # noqa: PLC0415 - torch takes seconds to import

        chosen: Run = getattr(parity, name)
        return chosen(folder, device)

    return run


NO_NETWORK = "no_network"  # why a fixture was skipped; worded by whoever shows it

# Folders of fixtures that later versions serve, so that they are told from what is of no concern.
_LATER = ("faceclip",)


def run_all(folder: Path, device: str, progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Run what is there.

    Args:
        folder: The fixtures.
        device: ``cpu`` or ``cuda:N``.
        progress: Told the fixture that begins, how many are done, how many there are.

    Returns:
        ``{"fixtures": [lines], "skipped": {name: why}}``, JSON values.
    """
    found = [each for each in fixtures() if (folder / each.files[0]).is_file()]
    done: list[Checked] = []
    for fixture in found:
        progress(fixture.name, len(done), len(found))
        done.append(_run(fixture, folder, device))
    skipped = dict(_not_served(folder)) | _passed_over(done)
    return {"fixtures": [one.as_json() for one in done], "skipped": skipped}


def _passed_over(done: list[Checked]) -> dict[str, str]:
    """Parts that no fixture compared: a file may hold parts of several networks."""
    compared = {part for one in done for part in one.parts}
    return {
        f"{one.fixture}.{part}": NO_NETWORK
        for one in done
        for part in one.skipped
        if part not in compared
    }


def _run(fixture: Fixture, folder: Path, device: str) -> Checked:
    missing = [name for name in fixture.files if not (folder / name).is_file()]
    if missing:
        return Checked(fixture.name, 0.0, why=f"{missing[0]} is missing beside it")
    if fixture.needs_torch and importlib.util.find_spec("torch") is None:
        return Checked(fixture.name, 0.0, why="needs torch: install the gpu extra")
    try:
        return fixture.run(folder, device)
    except (OSError, ValueError, KeyError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        # A damaged fixture fails itself, not the others.
        return Checked(fixture.name, 0.0, why=f"cannot be run: {type(error).__name__}")


def _not_served(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name in _LATER:
            yield path.name, NO_NETWORK
