"""Two distributions install the folder ``cv2``; they must be one library (decision 43)."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import cv2

NAMES = ("opencv-python", "opencv-python-headless")


def test_both_are_pinned_to_one_version(repo_root: Path) -> None:
    text = (repo_root / "constraints.txt").read_text(encoding="utf-8")
    pinned = {name: re.findall(rf"^{name}==(\S+)$", text, re.MULTILINE) for name in NAMES}
    assert [len(found) for found in pinned.values()] == [1, 1]
    assert len({found[0] for found in pinned.values()}) == 1


def test_what_is_installed_is_one_version_and_is_what_is_imported() -> None:
    found = [one for one in importlib.metadata.distributions() if one.name in NAMES]
    assert len({one.version for one in found}) == 1
    assert found[0].version.startswith(cv2.__version__)
    places = {str(one.locate_file("cv2")) for one in found}
    assert places == {str(Path(cv2.__file__).parent)}


def test_nothing_of_the_booth_opens_a_window(repo_root: Path) -> None:
    """The headless one has no windows: who used them would work or not by order of installing."""
    shown = re.compile(r"cv2\.(imshow|waitKey|namedWindow|selectROI|createTrackbar)\b")
    for folder in ("daemon", "admin"):
        for path in (repo_root / folder).rglob("*.py"):
            assert not shown.search(path.read_text(encoding="utf-8")), path
