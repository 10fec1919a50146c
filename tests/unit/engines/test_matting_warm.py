"""Compiling the kernels: announced, kept, and never needed to tell what an engine is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from daemon.engines import matte_warm as warming
from daemon.engines.matting_grabcut.facts import matter_facts
from daemon.errors import EngineUnavailable


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that was never compiled, and no cache anywhere else."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "pymatting"
    folder.mkdir()
    return folder


def compiled(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cf_laplacian._cf_laplacian-6.py311.nbi").touch()


def test_a_fresh_install_is_cold(package) -> None:
    assert not warming.is_compiled(package)


def test_kernels_beside_the_package_are_found(package) -> None:
    compiled(package / "laplacian" / "__pycache__")
    assert warming.is_compiled(package)


def test_the_folder_of_the_service_comes_first(package, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "service"))
    compiled(package / "laplacian" / "__pycache__")
    assert not warming.is_compiled(package), "numba would not look beside the package"
    compiled(tmp_path / "service" / "laplacian_abc")
    assert warming.is_compiled(package)


def test_a_missing_library_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(warming, "_PACKAGE", "no_such_library_here")
    with pytest.raises(EngineUnavailable, match="install boothd"):
        warming.is_compiled()


def test_facts_and_registry_import_no_compiler() -> None:
    assert matter_facts().as_json()["solved_px"] == 640
    code = (
        "import sys; from daemon.engines.registry import Engines; Engines().describe(); "
        "assert not {'numba', 'pymatting'} & set(sys.modules), 'loaded too early'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=50)


def test_the_import_raises_no_warning() -> None:
    code = "import daemon.engines.matting_grabcut.alpha"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=55)
