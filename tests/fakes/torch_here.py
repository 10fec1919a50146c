"""Whether the gpu extra is installed: where it is not, its tests skip by name."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

PARITY = Path(__file__).resolve().parents[2].parent / "shared" / "parity"


def need_torch() -> None:
    """Skip the module without torch; fail where ``CI`` promises it."""
    if importlib.util.find_spec("torch") is not None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail("torch is not installed: the gpu extra belongs to make test", pytrace=False)
    pytest.skip("torch is not installed (gpu extra)", allow_module_level=True)


def need_parity() -> Path:
    """The folder with parity fixtures; skips where it is not beside the repository."""
    if not PARITY.is_dir():
        pytest.skip("../shared/parity is not on this machine")
    return PARITY
