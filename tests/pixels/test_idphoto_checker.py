"""The self-check of ID photos against defects seeded into good files, with the real detectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.registry import Engines
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.routes.idphoto import elsewhere
from daemon.routes.idphoto.rows import Severity
from daemon.routes.idphoto.selfcheck import examine
from tests.fakes.idphoto_defects import DEFECTS, Defect
from tests.fakes.idphoto_good import (
    Good,
    Remembering,
    clean_copies,
    cut,
    good_photo,
    target_named,
)

pytestmark = pytest.mark.engines

# A rule with a published head and a size band, and one with a published eye line.
RULES = {"astronaut": "cn_visa", "portrait/person2.jpg": "schengen_visa"}
ONLY_ITS_MAKER = ("mirrored", "red for blue", "over-smoothed", "halo 3 px, grey wall")
# Broken, but too little to be measured: a head of 0.7115 of the frame's height where 0.7075 are
# allowed is measured as 0.7062, 2.5 of 472 pixels short (1.7 the landmarks, 0.9 the hair). Another
# row fails it. How often that happens over all portraits and rules: docs/idphoto-figures.md.
UNMEASURED = {("astronaut", "head 8 % larger"): ("head_height", 0.08)}
_LANDMARKS_ERROR = 0.01  # share of the frame, as in the metamorphic tests
COPIES = ("as written", "q95 4:4:4", "q95 4:2:0", "q90 4:4:4", "q90 4:2:0")


class Told(NamedTuple):
    """Rows that fail, and rows that fail or warn."""

    failing: set[str]
    any: set[str]


class Bench:
    """Good photos made once, files checked both ways."""

    def __init__(self, engines: Engines, shared_photos: Any, astronaut: Any, folder: Any) -> None:
        self._engines, self._eyes = engines, Remembering.of(engines)
        self._shared, self._astronaut, self._folder = shared_photos, astronaut, folder
        self._goods: dict[str, Good] = {}

    def good(self, source: str) -> Good:
        if source not in self._goods:
            srgb = self._photo(source)
            portrait = cut(srgb, self._engines, head_px=400)
            target = target_named(RULES[source])
            self._goods[source] = good_photo(srgb, portrait, target, self._folder, self._engines)
        return self._goods[source]

    def _photo(self, source: str) -> np.ndarray:
        if source == "astronaut":
            # Large enough for any rule: how far it was enlarged is no matter of the checks.
            large = cv2.resize(self._astronaut, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
            return np.asarray(large, np.uint8)
        return read_photo(self._shared(source), Limits()).srgb

    def by_maker(self, good: Good, content: bytes) -> Told:
        path = self._written(content)
        report = examine(path, path.name, good.target, good.meant, self._eyes)  # type: ignore[arg-type]
        failing = {row.name for row in report.failing}
        return Told(failing, failing | {row.name for row in report.warning})

    def measured(self, good: Good, content: bytes, name: str) -> float:
        path = self._written(content)
        report = examine(path, path.name, good.target, good.meant, self._eyes)  # type: ignore[arg-type]
        (value,) = [row.value for row in report.rows if row.name == name]
        return float(value)

    def by_others(self, good: Good, content: bytes) -> Told:
        assert good.target.preset is not None
        key = good.target.preset.key
        ground, eyes = good.target.label.removeprefix(f"{key}_"), self._eyes
        found = elsewhere.check(self._written(content), key, ground, Limits(), eyes)  # type: ignore[arg-type]
        verdicts = {row["name"]: row["verdict"] for row in found["rows"]}
        failing = {name for name, verdict in verdicts.items() if verdict == Severity.FAIL.value}
        warned = {name for name, verdict in verdicts.items() if verdict == Severity.WARN.value}
        return Told(failing, failing | warned)

    def _written(self, content: bytes) -> Any:
        path = self._folder / "seeded.jpg"
        path.write_bytes(content)
        return path


@pytest.fixture(scope="module")
def bench(shared_photos, astronaut, tmp_path_factory) -> Iterator[Bench]:
    with Engines(Settings(threads=2)) as engines:
        yield Bench(engines, shared_photos, astronaut, tmp_path_factory.mktemp("checker"))


def seeded(bench: Bench, source: str, defect: Defect) -> tuple[Good, bytes]:
    good = bench.good(source)
    content = defect.spoil(good)
    assert content is not None, f"{RULES[source]} knows no {defect.name}"
    return good, content


def pairs() -> list[Any]:
    """Every photo with every defect that its rule knows."""
    return [
        pytest.param(source, defect, id=f"{source}-{defect.name}")
        for source, rule in RULES.items()
        for defect in DEFECTS
        if rule == "cn_visa" or not defect.name.startswith("too ")  # the other has no size band
    ]


@pytest.mark.parametrize("source", RULES)
def test_the_photos_that_are_spoiled_here_are_good(bench, source) -> None:
    assert bench.good(source).made.report.failing == ()


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("source", RULES)
def test_a_clean_file_saved_again_raises_no_alarm(bench, source, copy) -> None:
    good = bench.good(source)
    content = clean_copies(good)[copy]
    assert bench.by_maker(good, content).failing == set()
    assert bench.by_others(good, content).failing == set()


@pytest.mark.parametrize(("source", "defect"), pairs())
def test_a_seeded_defect_fails_the_makers_check(bench, source, defect) -> None:
    good, content = seeded(bench, source, defect)
    told = bench.by_maker(good, content)
    assert told.failing
    # Whatever else fails: where the rule is broken, the row that measures it says so.
    if (source, defect.name) not in UNMEASURED:
        assert told.any & defect.rows or not defect.breaks(good)


@pytest.mark.parametrize(("source", "name"), UNMEASURED)
def test_what_is_not_measured_is_as_near_as_landmarks_are_unsure(bench, source, name) -> None:
    row, by = UNMEASURED[source, name]
    (defect,) = [one for one in DEFECTS if one.name == name]
    good, content = seeded(bench, source, defect)
    assert defect.breaks(good)
    assert bench.measured(good, content, row) == pytest.approx(
        good.row(row).value + by, abs=_LANDMARKS_ERROR
    )


@pytest.mark.parametrize(
    "defect", [one for one in DEFECTS if one.name not in ONLY_ITS_MAKER], ids=lambda one: one.name
)
def test_a_broken_rule_is_told_of_a_file_whose_maker_is_unknown(bench, defect) -> None:
    good, content = seeded(bench, "astronaut", defect)
    if ("astronaut", defect.name) not in UNMEASURED:
        assert bench.by_others(good, content).any & defect.rows or not defect.breaks(good)


@pytest.mark.parametrize("name", ONLY_ITS_MAKER)
def test_what_only_its_maker_can_know_is_no_false_alarm_elsewhere(bench, name) -> None:
    """Before white these photos are like any other; the docs say what is not seen."""
    (defect,) = [one for one in DEFECTS if one.name == name]
    good, content = seeded(bench, "astronaut", defect)
    assert bench.by_others(good, content).failing == set()
