"""Engines as several lanes have them: the same answers, on the owner's thread."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.engines.lanes import APART, CARD, CPU, CUT, LaneEngines, SharedEngines
from daemon.engines.registry import Engines
from daemon.engines.tasks import ASSESS, FIND, IDENTITY, MATTE, PARSE, RESTORE
from daemon.errors import EngineBroken, EngineError, EngineUnavailable, FaultVerdict, GpuExhausted
from daemon.imaging.align import Alignment
from tests.fakes.engines import FixedFinder, FixedRecogniser, engines_of, face_at
from tests.fakes.face_engines import FixedParser, face_map
from tests.fakes.lane_engines import (
    SIDE_PX,
    QuietSeat,
    RowRestorer,
    crop,
    engines_with,
    offer_of,
    with_restorer,
)


@contextmanager
def shared(engines: Engines, linger_s: float = 0.0) -> Iterator[SharedEngines]:
    made = SharedEngines(engines, linger_s, died=lambda: None)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def lane(engines: Engines) -> Iterator[LaneEngines]:
    with shared(engines) as made, made.at(QuietSeat()) as found:
        yield found


def test_a_lane_is_handed_all_that_engines_have() -> None:
    of_lanes = {name for name in dir(LaneEngines) if not name.startswith("_")} | {"device"}
    wanted = {name for name in dir(Engines) if not name.startswith("_")}
    # Of the worker, not of a photo.
    assert wanted - of_lanes <= {"warm", "make_room", "memory"}


def test_four_lanes_give_bit_for_bit_what_one_gives() -> None:
    def restored(engines: Any, number: int) -> list[Any]:
        found = []
        for part in range(5):
            rows = np.concatenate([crop(50, 100 * number + part + one) for one in range(3)])
            found.append(engines.restorer().restore(rows, fidelity=0.5))
        return found

    alone = [restored(with_restorer(RowRestorer()), number) for number in range(12)]
    restorer = RowRestorer()
    with shared(with_restorer(restorer), linger_s=0.05) as engines, ThreadPoolExecutor(4) as lanes:

        def photo(number: int) -> list[Any]:
            with engines.at(QuietSeat()) as mine:
                return restored(mine, number)

        together = list(lanes.map(photo, range(12)))
    for one, many in zip(alone, together, strict=True):
        for by_one, by_four in zip(one, many, strict=True):
            assert by_one.tobytes() == by_four.tobytes()
    assert max(restorer.batches) > 3  # they did share


def test_every_call_is_made_on_the_owners_thread() -> None:
    seen: dict[str, str] = {}

    class Finder(FixedFinder):
        def find(self, srgb: Any, *, view_px: int | None = None) -> list[Any]:
            seen["find"] = threading.current_thread().name
            return super().find(srgb, view_px=view_px)

    restorer = RowRestorer()
    makers = engines_of([face_at(0, 0, 1)])._makers
    makers = type(makers)(**{**vars(makers), "finder": lambda: Finder([face_at(0, 0, 1)])})
    with lane(engines_with(makers=makers, **{RESTORE: (offer_of(lambda: restorer),)})) as engines:
        assert len(engines.finder.find(np.zeros((8, 8, 3), np.uint8), view_px=4)) == 1
        engines.restorer().restore(crop(50))
    assert seen["find"] == CPU
    assert restorer.threads == {CARD}


def test_attributes_are_the_engines_own_and_asked_for_once() -> None:
    restorer = RowRestorer()
    with lane(with_restorer(restorer)) as engines:
        found = engines.restorer()
        assert found.sizes_px == (SIDE_PX,)
        assert np.array_equal(found.template(8), restorer.template(8))
        restorer.threads.clear()
        found.template(8)
        assert restorer.threads == set()
        with pytest.raises(AttributeError):
            found.nothing  # noqa: B018 - asks


def test_an_engine_that_is_not_there_is_none_and_one_asked_for_by_name_refused() -> None:
    with lane(with_restorer(RowRestorer())) as engines:
        assert engines.parser() is None
        assert engines.assessor is None
        with pytest.raises(EngineUnavailable):
            engines.restorer("gpen")


def test_embedded_engines_do_what_no_weights_are_there_for() -> None:
    with lane(engines_of([face_at(0, 0, 1)], recogniser=FixedRecogniser(0.1))) as engines:
        where = Alignment(np.eye(2, 3))
        picture = np.zeros((8, 8, 3), np.uint8)
        assert engines.recogniser.embed(picture, where).tolist() == [0.0]
        assert len(engines.judge.find(picture)) == 1
        assert engines.describe()[FIND]["name"] == "fake-find_faces"
        assert engines.loaded() == {"identity", "judge"}


def test_an_engine_that_made_room_is_loaded_again_at_its_next_call() -> None:
    loads: list[str] = []
    engines = engines_with(
        **{
            RESTORE: (offer_of(lambda: loads.append("restorer") or RowRestorer()),),
            PARSE: (offer_of(lambda: loads.append("parser") or FixedParser(face_map())),),
        }
    )
    with lane(engines) as mine:
        restorer = mine.restorer()
        assert mine.parser() is not None
        engines._shelf.clear()
        restorer.restore(crop(50))
    assert loads == ["restorer", "parser", "restorer"]


def test_an_engine_that_cannot_be_loaded_again_gives_its_task_to_the_embedded_one() -> None:
    loads = iter([RowRestorer()])

    def load() -> Any:
        found = next(loads, None)
        if found is None:
            raise EngineUnavailable("the file is gone")
        return found

    engines = engines_with(**{RESTORE: (offer_of(load),)})
    with lane(engines) as mine:
        restorer = mine.restorer()
        engines._shelf.clear()
        with pytest.raises(EngineError, match="loaded again") as met:
            restorer.restore(crop(50))
        assert met.value.fault is FaultVerdict.RETRY
        assert mine.restorer() is None
        assert mine.describe()[RESTORE]["note"] == "rows: the file is gone"


def test_a_full_card_is_tried_again_with_nothing_else_on_it() -> None:
    engines = engines_with()

    class Large(RowRestorer):
        def restore(self, crops: Any, *, fidelity: float | None = None) -> Any:
            if PARSE in engines.loaded():
                raise GpuExhausted("no room")
            return super().restore(crops, fidelity=fidelity)

    engines = engines_with(
        **{
            RESTORE: (offer_of(Large),),
            PARSE: (offer_of(lambda: FixedParser(face_map())),),
        }
    )
    with lane(engines) as mine:
        assert mine.parser() is not None
        assert len(mine.restorer().restore(crop(50))) == 1
        assert mine.loaded() == {RESTORE}


def test_the_record_hears_which_engine_worked_and_for_how_many() -> None:
    seat = QuietSeat()
    with shared(with_restorer(RowRestorer())) as engines, engines.at(seat) as mine:
        mine.restorer().restore(np.concatenate([crop(50), crop(60)]))
    assert [(use.task, use.rows) for use in seat.uses if use.batch] == [(RESTORE, 2)]


def test_what_has_no_engine_of_its_own_runs_beside_none() -> None:
    with lane(engines_of([])) as engines:
        assert engines.alone(lambda: threading.current_thread().name) == CARD
    assert engines_of([]).alone(lambda: "here") == "here"


class CutRecogniser:
    """Describes a face by its mean colour, cut out beforehand."""

    limits = FixedRecogniser.limits

    def __init__(self) -> None:
        self.batches: list[int] = []

    @staticmethod
    def aligned(srgb: Any, alignment: Alignment) -> Any:
        CUT_ON.add(threading.current_thread().name)
        return srgb[None, :4, :4]

    def embed(self, srgb: Any, alignment: Alignment) -> Any:
        return self.embed_crops(self.aligned(srgb, alignment))[0]

    def embed_crops(self, crops: Any) -> Any:
        self.batches.append(len(crops))
        return crops.astype(np.float32).mean(axis=(1, 2))


CUT_ON: set[str] = set()


def test_faces_are_cut_out_on_their_lanes_and_described_together() -> None:
    recogniser, where = CutRecogniser(), Alignment(np.eye(2, 3))
    photos = [np.full((8, 8, 3), value, np.uint8) for value in (10, 20, 30)]
    alone = [CutRecogniser().embed(photo, where) for photo in photos]
    CUT_ON.clear()
    engines = engines_with(**{IDENTITY: (offer_of(lambda: recogniser),)})
    here = threading.Barrier(3)
    with (
        shared(engines, linger_s=20.0) as made,
        ThreadPoolExecutor(3, thread_name_prefix="lane") as lanes,
    ):

        def photo(srgb: Any) -> Any:
            with made.at(QuietSeat()) as mine:
                found = mine.recogniser
                here.wait(20)
                return found.embed(srgb, where)

        together = list(lanes.map(photo, photos))
    assert recogniser.batches == [3]
    assert all(name.startswith("lane") for name in CUT_ON)
    for one, many in zip(alone, together, strict=True):
        assert one.tobytes() == many.tobytes()


def test_engines_with_weights_can_be_described_together() -> None:
    """Those that have the calls by which lanes cut faces out themselves, without the engine."""
    pytest.importorskip("torch")
    from daemon.engines.facexlib.arcface import ArcFace
    from daemon.engines.onnx_faces.recognisers import OnnxRecogniser
    from daemon.engines.rts.adapter import Rts

    of_kinds = ((ArcFace, IDENTITY), (OnnxRecogniser, IDENTITY), (Rts, ASSESS))
    for kind, task in of_kinds:
        assert all(callable(getattr(kind, name)) for name in CUT[task])
        assert isinstance(inspect.getattr_static(kind, "aligned"), staticmethod)


class ApartFinder:
    """Finds as many faces as a picture has rows; remembers which thread did what."""

    done_on: ClassVar[dict[str, str]] = {}

    @classmethod
    def _note(cls, what: str) -> None:
        cls.done_on[what] = threading.current_thread().name

    @staticmethod
    def views(srgb: Any, *, view_px: int | None = None) -> Any:
        ApartFinder._note("views")
        return srgb, view_px

    def look(self, views: Any) -> Any:
        ApartFinder._note("look")
        return len(views[0])

    @staticmethod
    def faces_in(views: Any, seen: Any) -> Any:
        ApartFinder._note("faces_in")
        return [(views[1], n) for n in range(seen)]

    def find(self, srgb: Any, *, view_px: int | None = None) -> Any:
        views = self.views(srgb, view_px=view_px)
        return self.faces_in(views, self.look(views))


def test_a_picture_is_made_ready_for_the_detector_on_its_lane() -> None:
    """So that the card does not wait for it: of a large photo it takes longer than the look."""
    ApartFinder.done_on.clear()
    photo = np.zeros((2, 3, 3), np.uint8)
    alone = ApartFinder().find(photo, view_px=64)
    with lane(engines_with(**{FIND: (offer_of(ApartFinder),)})) as mine:
        assert mine.finder.find(photo, view_px=64) == alone == [(64, 0), (64, 1)]
    here = threading.current_thread().name
    assert ApartFinder.done_on == {"views": here, "look": CARD, "faces_in": here}


def test_the_detector_with_weights_can_be_taken_apart() -> None:
    pytest.importorskip("torch")
    from daemon.engines.facexlib.retinaface import RetinaFace

    _call, (before, middle, after) = APART[FIND]
    for name in (before, after):
        assert isinstance(inspect.getattr_static(RetinaFace, name), staticmethod)
    assert callable(getattr(RetinaFace, middle))


# ── before the first photo ────────────────────────────────────────────────────────────────


def test_what_the_card_will_be_asked_for_is_loaded_and_has_run() -> None:
    restorer = RowRestorer()
    engines = engines_with(
        **{
            FIND: (offer_of(lambda: FixedFinder([]), "finder"),),
            RESTORE: (offer_of(lambda: restorer),),
        }
    )
    with shared(engines) as made:
        warmed = list(made.warm())
    assert [(one.task, one.name, one.trouble) for one in warmed] == [
        (FIND, "finder", ""),
        (RESTORE, "rows", ""),
    ]
    assert restorer.warmed == 1


@pytest.mark.parametrize(
    "error",
    [EngineUnavailable("not the file it should be"), EngineError("no"), TypeError("张三.jpg")],
)
def test_an_engine_that_fails_before_its_first_photo_is_left_out_and_the_record_says_so(
    error: Exception,
) -> None:
    def fail() -> Any:
        raise error

    engines = engines_with(**{RESTORE: (offer_of(fail),)})
    with shared(engines) as made:
        (warmed,) = made.warm()
        with made.at(QuietSeat()) as mine:
            assert mine.restorer() is None
            assert mine.describe()[RESTORE]["name"] == "fake-restore_face"
            assert mine.describe()[RESTORE]["note"] == warmed.trouble
    assert warmed.trouble.startswith("rows: ")
    assert "张三" not in warmed.trouble


def test_an_engine_that_breaks_the_card_before_its_first_photo_takes_the_others_with_it() -> None:
    """They would fail every photo, and so would those of the process that comes after."""

    def breaks() -> Any:
        raise EngineBroken("the GPU failed", engine="rows")

    finder = offer_of(lambda: FixedFinder([]), "finder")
    on_cpu = replace(offer_of(lambda: FixedFinder([]), "matter"), device_of=lambda _device: "cpu")
    offers = {FIND: (finder,), RESTORE: (offer_of(breaks),), MATTE: (on_cpu,)}
    engines = engines_with(device="cuda:0", **offers)
    with shared(engines) as made:
        assert [one.task for one in made.warm()] == [FIND, RESTORE]
        with made.at(QuietSeat()) as mine:
            assert mine.offered(FIND) is None
            assert mine.offered(RESTORE) is None
            assert mine.offered(MATTE) is not None
            note = "an engine broke the GPU for this process: the GPU failed"
            assert mine.describe()[FIND]["note"] == f"finder: {note}"


def test_nothing_chosen_is_nothing_warmed() -> None:
    with shared(engines_of([])) as made:
        assert list(made.warm()) == []


def test_a_limit_of_the_cards_memory_gives_weights_half_of_it() -> None:
    settings = Settings(gpu_memory_limit_mib=2048)
    assert engines_with(settings=settings)._shelf.budget_bytes == 1024 << 20
    assert engines_with()._shelf.budget_bytes == 0


def test_an_engine_on_the_cpu_takes_no_room_on_the_card() -> None:
    on_cpu = replace(offer_of(RowRestorer), device_of=lambda _device: "cpu")
    for offer, dropped in ((on_cpu, False), (offer_of(RowRestorer), True)):
        engines = engines_with(device="cuda:0", **{RESTORE: (offer,)})
        engines.offered(RESTORE)
        assert (engines._shelf.clear() == 1) is dropped
        assert (RESTORE in engines.loaded()) is not dropped
