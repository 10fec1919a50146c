"""Engines out of the model store through the whole daemon: taken, named in the record, or refused.

The networks hold random numbers, so faces come out as rubbish and are mostly turned down by the
route's own guards. What is looked at is that a photo ends with a verdict, and what its record says.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from daemon.domain.job import State
from daemon.engines.offered import OFFERS
from daemon.engines.tasks import (
    BACKGROUND,
    FIND,
    IDENTITY,
    MATTE,
    OCCLUDE,
    PARSE,
    RATE,
    RESTORE,
)
from daemon.files.model_store import read_lock
from tests.fakes.booth_process import BoothProcess, booths
from tests.fakes.model_store import STORE_VARIABLE, shelved, spoilt
from tests.fakes.photos import Drop
from tests.fakes.torch_here import need_torch

need_torch()

PATIENCE_S = 240.0
_LOOK_S = 0.25
pytestmark = [
    pytest.mark.engines,
    pytest.mark.slow,
    pytest.mark.timeout(PATIENCE_S),
    pytest.mark.xdist_group("engines-with-weights"),
]

# The cheapest model of each adapter that finds, draws, parses, tells apart, cuts out or enlarges.
FIRST = {
    "gpen": "gpen-bfr-256",
    "gfpgan": "gfpgan-1.4",
    "bisenet": "parsing-bisenet",
    "arcface": "recognition-arcface-ir-se50",
    "modnet": "modnet-photographic-pth",
    "realesr": "realesr-general-x4v3",
    "onnx": "codeformer-onnx",
    # Its file sees a face in the middle of everything; the points are read of the real one there.
    "ultralight": "ultralight-rfb-320",
    "eqface": "gpen-eqface-backbone",
    "eqface-head": "gpen-eqface-quality",
    "xseg": "occlusion-xseg3",
}
DETECTOR = "detection-mobilenet025"
TAKEN = {"prefer": "gpu", "allow_noncommercial": True, "device": "cpu", "threads": 1}
ROUTES = "tests.fakes.stocked_routes"


def _restoring(name: str, **options: Any) -> dict[str, Any]:
    return {"inbox": "in", "match": f"{name}-*", "options": {"restore": options}}


INBOX = {"plan": ["restore"], "options": {}}
BY_NAME = ("gfpgan-1.0", "gpen-colorization", "codeformer-colorization")
EXPORTS = ("gpen-onnx", "gfpgan-onnx", "restoreformer-onnx", "codeformer-onnx")
RULES = [
    # Before those whose names they begin with.
    *(_restoring(name, engine=name, fidelity=0.25) for name in EXPORTS),
    *(_restoring(name, engine=name, mask="oval") for name in BY_NAME),
    _restoring("gpen", engine="gpen", mask="parsing", background="upscale", upscale=2),
    _restoring(
        "drawing", engine="gpen", background="upscale", background_engine="realesr-animevideo-x4"
    ),
    _restoring("modelscope", engine="gpen", compat="modelscope"),
    _restoring("hidden", engine="codeformer-onnx", mask="occlusion"),
    _restoring("gfpgan", engine="gfpgan"),
    _restoring("restoreformer", engine="restoreformer"),
    _restoring("codeformer", engine="codeformer"),
    {"inbox": "in", "match": "id-*", "plan": ["idphoto"], "options": {"idphoto": {}}},
]


@dataclass
class Shop:
    """A booth with a stocked store, and what its records say."""

    booth: BoothProcess
    models: Path

    def work_through(self, photos: Mapping[str, bytes]) -> None:
        for name, content in photos.items():
            self.booth.drop(Drop("in", name.encode(), content))
        # Half a minute of networks: looked at a few times a second, which leaves them the cores.
        until_s = time.monotonic() + PATIENCE_S
        while not self.booth.is_drained():
            assert self.booth.runs, self.booth.log_tail()
            assert time.monotonic() < until_s, f"{self.booth.states()}\n{self.booth.log_tail()}"
            time.sleep(_LOOK_S)

    def record(self, name: str) -> dict[str, Any]:
        """State, verdict, codes with facts, engines, timings and measures of a photo."""
        rows = self.booth.query(
            "SELECT id, state, verdict, engines, timings_ms, measures, relative FROM jobs "
            "LEFT JOIN job_results ON job_id = id"
        )
        (row,) = (row for row in rows if row[6] == name.encode())
        codes = self.booth.query(f"SELECT code, facts FROM job_codes WHERE job_id = '{row[0]}'")
        return {
            "state": row[1],
            "verdict": row[2],
            "engines": json.loads(row[3] or "{}"),
            "timings_ms": json.loads(row[4] or "{}"),
            "measures": json.loads(row[5] or "{}"),
            "codes": {code: json.loads(facts) for code, facts in codes},
        }

    def sum_of(self, key: str) -> str:
        return read_lock(self.models).files[key].sha256


def photo(number: int, portrait: Any, mode: str = "RGB") -> bytes:
    """The portrait's head, small and blurred, another file for each number; ``L``: grey."""
    buffer, side = io.BytesIO(), 160
    small = Image.fromarray(portrait).crop((144, 30, 144 + side, 30 + side)).resize((72, 72))
    blurred = small.resize((side, side), Image.Resampling.BICUBIC).convert(mode)
    blurred.save(buffer, "JPEG", quality=90, comment=f"photo {number}".encode())
    return buffer.getvalue()


def _stock(models: Path, keys: list[str]) -> None:
    from tests.fakes.official_layouts import random_checkpoint

    for key in keys:
        state, wrapped = random_checkpoint(key)
        shelved(models, key, state, wrapped=wrapped)


@contextmanager
def _stocked_booth(folder: Path, keys: list[str]) -> Iterator[Shop]:
    with booths(folder) as make:
        booth = make(
            inbox=INBOX, rules=RULES, engines=TAKEN,
            development={"failpoints": True, "routes": ROUTES},
        )  # fmt: skip
        models = booth.config.layout.models
        booth.environment[STORE_VARIABLE] = os.fspath(models)
        _stock(models, keys)
        yield Shop(booth, models)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Iterator[Shop]:
    with _stocked_booth(tmp_path_factory.mktemp("weights"), list(FIRST.values())) as shop:
        yield shop


@pytest.fixture(scope="module")
def worked(shop: Shop, astronaut) -> Shop:
    """One photo for each way to use the store, all of them done."""
    names = ("gpen-1.jpg", "gfpgan-1.jpg", "id-1.jpg", "codeformer-1.jpg")
    names += ("codeformer-onnx-1.jpg", "modelscope-1.jpg", "hidden-1.jpg")
    shop.booth.start_ready()
    shop.work_through({name: photo(at, astronaut) for at, name in enumerate(names)})
    shop.booth.stop()
    return shop


@pytest.fixture(scope="module")
def spoiled(worked: Shop, astronaut) -> Shop:
    """The same store with one byte changed in every file, and a detector that is right."""
    for key in FIRST.values():
        (model,) = (worked.models / key).iterdir()
        spoilt(model)
    _stock(worked.models, [DETECTOR])
    worked.booth.start_ready()
    worked.work_through(
        {n: photo(at, astronaut) for at, n in enumerate(("auto-9.jpg", "gpen-9.jpg"), 9)}
    )
    worked.booth.stop()
    return worked


USED = [
    ("gpen-1.jpg", RESTORE, "gpen", "gpen"),
    ("gpen-1.jpg", PARSE, "bisenet", "bisenet"),
    ("gpen-1.jpg", IDENTITY, "arcface", "arcface"),
    ("gfpgan-1.jpg", RESTORE, "gfpgan", "gfpgan"),
    ("gpen-1.jpg", BACKGROUND, "realesr-general-x4", "realesr"),
    ("id-1.jpg", MATTE, "modnet", "modnet"),
    ("codeformer-onnx-1.jpg", RESTORE, "codeformer-onnx", "onnx"),
    ("gpen-1.jpg", FIND, "ultralight", "ultralight"),
    ("modelscope-1.jpg", RATE, "eqface", "eqface"),
    ("hidden-1.jpg", OCCLUDE, "xseg", "xseg"),
]
BESIDE = {"eqface": ["eqface-head"]}  # what an engine needs besides


@pytest.mark.parametrize(("name", "task", "engine", "kind"), USED)
def test_the_record_names_engine_weights_precision_and_device(
    worked: Shop, name: str, task: str, engine: str, kind: str
) -> None:
    said = worked.record(name)
    assert said["state"] in {State.DONE, State.REVIEW, State.REJECTED}
    assert said["verdict"] in {"done", "review", "rejected"}
    facts = said["engines"][task]
    assert facts["name"] == engine
    kinds = [kind, *BESIDE.get(kind, ())]
    assert list(facts["weights"].values()) == [worked.sum_of(FIRST[one]) for one in kinds]
    assert (facts["device"], facts["precision"]) == ("cpu", "fp32")
    assert said["timings_ms"]
    assert min(said["timings_ms"].values()) >= 0


def test_as_modelscope_a_face_is_rated_and_its_identity_held_to_that_limit(worked: Shop) -> None:
    said = worked.record("modelscope-1.jpg")
    (face,) = said["measures"]["restore"]["faces"]
    assert 0 <= face["quality"] <= 1
    assert (face["mask"], face["identity"]["deliver_within"]) == ("rectangle", 0.15)
    assert "assess_face" not in said["engines"]


def test_the_mask_keeps_off_what_hides_a_face(worked: Shop) -> None:
    """The fake sees a face where the photo is bright, and nothing where it is dark."""
    said = worked.record("hidden-1.jpg")
    (face,) = said["measures"]["restore"]["faces"]
    assert face["mask"] == "occlusion"
    assert 0 < face["covered"] < 0.5
    assert said["measures"]["restore"]["outside"]["equal"]
    assert PARSE not in said["engines"]


def test_every_adapter_is_tried(worked: Shop) -> None:
    """A new engine needs a row above, or to stand here with a reason."""
    alike = {"restoreformer", "codeformer", "realesrgan-x2", "realesrgan-x4", "parsenet"}
    alike |= {"gpen-onnx", "gfpgan-onnx", "restoreformer-onnx", "arcface-r50", "sface", "yunet"}
    alike |= {"realesrnet-x4", "gpen-realesrnet-x2", "realesr-animevideo-x4"}
    alike |= {"gfpgan-1.0", "gpen-colorization", "codeformer-colorization"}
    # What they compute in is tried with codeformer-onnx, and squares with birefnet-lite-onnx.
    alike |= {"bisenet34", "modnet-onnx", "hivision-modnet-onnx", "rmbg-1.4"}
    alike |= {f"birefnet-{name}-onnx" for name in ("portrait", "matting", "hr-matting", "general")}
    alike |= {"retinaface-onnx", "yoloface", "scrfd"}  # as ultralight, and with points of their own
    # Minutes of network: their adapter is tried by itself (tests/pixels), and here when asked for.
    alike |= {"birefnet", "rmbg-2.0"}
    tried = {engine for _name, _task, engine, _kind in USED} | {"retinaface"}
    tried |= {engine for _task, engine, key in OTHERS if key in CHEAP}
    assert {offer.name for offers in OFFERS.values() for offer in offers} <= tried | alike


def test_an_engine_by_name_without_weights_is_refused_with_the_command(worked: Shop) -> None:
    said = worked.record("codeformer-1.jpg")
    assert said["state"] == State.FAILED
    told = json.dumps(said["codes"]["ENGINE_UNAVAILABLE"])
    assert "boothd models pull codeformer" in told


def test_with_a_wrong_sum_auto_does_without_and_says_so(spoiled: Shop) -> None:
    said = spoiled.record("auto-9.jpg")
    # The random detector finds nobody; the record names it, and why nothing else was taken.
    assert said["state"] in {State.DONE, State.REVIEW, State.REJECTED}
    assert said["engines"][FIND]["name"] == "retinaface"
    assert list(said["engines"][FIND]["weights"].values()) == [spoiled.sum_of(DETECTOR)]


def test_with_a_wrong_sum_an_engine_by_name_is_refused_with_the_command(spoiled: Shop) -> None:
    said = spoiled.record("gpen-9.jpg")
    assert said["state"] == State.FAILED
    told = json.dumps(said["codes"]["ENGINE_UNAVAILABLE"])
    assert "MODEL_WRONG_SUM" in told
    assert "boothd models pull gpen-bfr-256 --replace" in told


# ── every other model, where somebody asks for all of them ────────────────────────────────────

EVERY = "BOOTHD_TEST_EVERY_MODEL"
OTHERS = [
    (task, offer.name, key)
    for task, offers in OFFERS.items()
    for offer in offers
    for key in offer.models
    if key not in {*FIRST.values(), DETECTOR}
]
# Of its kind the one that is tried always: a network that looks at a square.
CHEAP = frozenset({"birefnet-lite-onnx"})


def _when_asked(key: str) -> list[pytest.MarkDecorator]:
    asked = key in CHEAP or os.environ.get(EVERY)
    return [pytest.mark.skipif(not asked, reason=f"minutes of networks: {EVERY}=1")]


@pytest.mark.parametrize(
    ("task", "engine", "key"),
    [pytest.param(*row, marks=_when_asked(row[2]), id=row[2]) for row in OTHERS],
)
def test_every_other_model_takes_a_photo_through_the_daemon(
    tmp_path: Path, astronaut, task: str, engine: str, key: str
) -> None:
    # What the photo needs besides: one that draws, and a parser for the mask that is asked for.
    helpers = [FIRST["gpen"]] if task not in {RESTORE, MATTE} else []
    helpers += [FIRST["bisenet"]] if task not in {PARSE, MATTE} else []
    name = {RESTORE: f"{engine}-1.jpg", MATTE: "id-1.jpg"}.get(task, "gpen-1.jpg")
    name = "drawing-1.jpg" if engine == "realesr-animevideo-x4" else name
    with _stocked_booth(tmp_path / "weights", [key, *helpers]) as shop:
        shop.booth.start_ready()
        shop.work_through({name: photo(1, astronaut, "L" if "color" in engine else "RGB")})
        shop.booth.stop()
        said = shop.record(name)
        assert said["verdict"] in {"done", "review", "rejected"}, said["codes"]
        if engine in BY_NAME:
            drew = {face["engine"] for face in said["measures"]["restore"]["faces"]}
            assert drew == {engine}
        assert said["engines"][task]["name"] == engine
        assert list(said["engines"][task]["weights"].values()) == [shop.sum_of(key)]
