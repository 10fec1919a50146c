"""The gate with the real embedded engines and real photos."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.domain.job import Verdict
from daemon.engines.registry import Engines
from daemon.imaging.damage import DAMAGES
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Container, Photo
from daemon.routes.base import Context
from daemon.routes.quality import ROUTE
from daemon.routes.quality.assess import assess
from daemon.routes.quality.tiles import SIDE_PX
from daemon.routes.quality.trial import answers, as_photo
from tests.fakes.engines import NoProgress

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines(Settings(threads=2)) as loaded:
        yield loaded


def picture(shared_photos, name: str) -> np.ndarray:
    return read_photo(shared_photos(name), Limits()).srgb


def run(photo, engines, **options):
    context = Context(engines, "zh", "", NoProgress)
    return ROUTE.run(photo, ROUTE.parse_options(options), context)


def codes(outcome) -> list[str]:
    return [reason.code for reason in outcome.reasons]


def test_a_good_photo_passes_untouched_with_its_record(engines, astronaut) -> None:
    photo = as_photo(astronaut)
    outcome = run(photo, engines)
    assert outcome.verdict is Verdict.DONE
    assert outcome.photo is photo
    assert outcome.why is None
    record = outcome.measures
    assert 0.6 < record["score"] <= 1
    assert record["profile"] == "lenient"
    assert record["limits"]["reject"]["min_face_px"] == 32
    assert {"eyes_open", "expression", "head_covering"} <= set(record["not_assessed"])
    assert record["measures"]["sharpness"]["verdict"] == "pass"
    assert record["measures"]["face_px"]["component"] is not None
    assert set(outcome.engines) == {"find_faces", "judge"}


def test_a_photo_of_nobody_has_no_face(engines) -> None:
    data = pytest.importorskip("skimage.data")
    outcome = run(as_photo(data.coffee()), engines)
    assert outcome.verdict is Verdict.REJECTED
    assert codes(outcome) == ["FACE_NOT_FOUND"]
    assert outcome.measures["score"] == 0
    assert outcome.why is not None


PROFILES = pytest.mark.parametrize("profile", ["lenient", "hr", "icao"])


def reason(outcome, code: str):
    (found,) = [reason for reason in outcome.reasons if reason.code == code]
    return found.facts


@PROFILES
@pytest.mark.parametrize(
    ("bar", "rows", "share"),
    [
        ((slice(90, 126), slice(180, 270)), {5, 6, 7}, 0.45),  # the eyes
        ((slice(128, 156), slice(180, 270)), {8, 9}, 0.36),  # the mouth
    ],
    ids=["eyes", "mouth"],
)
def test_a_black_bar_is_refused_for_what_it_is_and_shown_where_it_is(
    engines, astronaut, profile, bar, rows, share
) -> None:
    barred = astronaut.copy()
    barred[bar] = 0
    outcome = run(as_photo(barred), engines, profile=profile)
    assert outcome.verdict is Verdict.REJECTED
    facts = reason(outcome, "FACE_OCCLUDED_PATCH")
    assert facts["measure"] == "solid_share"
    assert facts["value"] == pytest.approx(share, abs=0.08)
    assert {row for row, _ in facts["where"]} == rows
    unbarred = run(as_photo(astronaut), engines, profile=profile)
    assert "FACE_OCCLUDED_PATCH" not in codes(unbarred)
    assert outcome.measures["score"] < 0.4 < unbarred.measures["score"]


@pytest.fixture
def accompanied(astronaut) -> np.ndarray:
    """The astronaut with her own face once more, 22 px wide: too small for the quick look."""
    small = cv2.resize(
        astronaut[20:200, 150:300], None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA
    )
    both = astronaut.copy()
    both[60 : 60 + small.shape[0], 20 : 20 + small.shape[1]] = small
    return both


def test_a_profile_that_forbids_a_small_second_face_sees_it(
    engines, accompanied, astronaut
) -> None:
    strict = run(as_photo(accompanied), engines, profile="icao")
    assert "MULTIPLE_FACES" in codes(strict)
    assert strict.measures["measures"]["second_face"]["value"] == pytest.approx(0.062, abs=0.015)
    (other,) = strict.measures["face"]["others"]
    left, top, right, bottom = other
    assert 20 < left < right < 60
    assert 60 < top < bottom < 110
    alone = run(as_photo(astronaut), engines, profile="icao")
    assert "MULTIPLE_FACES" not in codes(alone)
    assert alone.measures["measures"]["second_face"]["value"] == 0


def test_the_score_does_not_depend_on_who_asks(engines, accompanied) -> None:
    scores = {
        run(as_photo(accompanied), engines, profile=profile).measures["score"]
        for profile in ("lenient", "hr", "icao")
    }
    assert len(scores) == 1


@PROFILES
def test_a_mosaic_is_refused_as_one_and_the_same_tiles_smoothed_are_not(
    engines, astronaut, profile
) -> None:
    def hidden(how: int) -> Photo:
        face = astronaut[60:190, 170:280]
        tiles = cv2.resize(face, (22, 26), interpolation=cv2.INTER_AREA)
        picture = astronaut.copy()
        picture[60:190, 170:280] = cv2.resize(tiles, (110, 130), interpolation=how)
        return as_photo(picture)

    mosaic = run(hidden(cv2.INTER_NEAREST), engines, profile=profile)
    assert mosaic.verdict is Verdict.REJECTED
    assert codes(mosaic)[0] == "PIXELATED"  # a hard reason comes first
    # Tiles of 5 x 5: 16 of 25 pixels equal both neighbours.
    assert reason(mosaic, "PIXELATED")["value"] == pytest.approx(0.64, abs=0.03)
    smooth = run(hidden(cv2.INTER_CUBIC), engines, profile=profile)
    assert "PIXELATED" not in codes(smooth)
    assert "BLURRED" in codes(smooth)
    assert smooth.measures["measures"]["pixelation"]["value"] < 0.05


def see_through(srgb: np.ndarray, alpha: np.ndarray) -> Photo:
    return Photo(srgb, srgb, alpha, Container("PNG"))


def test_a_face_that_is_there_but_cannot_be_seen_is_none(engines, astronaut) -> None:
    """The colours lie in the file under full transparency; every viewer shows white."""
    photo = see_through(astronaut, np.zeros(astronaut.shape[:2], np.uint8))
    outcome = run(photo, engines)
    assert codes(outcome) == ["FACE_NOT_FOUND"]
    assert outcome.photo is photo
    assert (outcome.why[100:] == 255).all()  # below the words nothing shows through


def test_a_see_through_face_is_judged_as_it_is_seen(engines, astronaut) -> None:
    faint = np.full(astronaut.shape[:2], 60, np.uint8)
    solid = np.full(astronaut.shape[:2], 255, np.uint8)
    hole = solid.copy()
    hole[100:126, 180:270] = 0  # the eyes
    assert run(see_through(astronaut, solid), engines).verdict is Verdict.DONE
    assert "OVEREXPOSED" in codes(run(see_through(astronaut, faint), engines))
    assert "FACE_OCCLUDED_PATCH" in codes(run(see_through(astronaut, hole), engines, profile="hr"))


@pytest.mark.photos
@pytest.mark.parametrize(
    ("name", "profile", "code"),
    [
        ("phone/selfie1.jpg", "lenient", "LOW_FACE_CONFIDENCE"),
        ("group/pair.jpg", "lenient", "MULTIPLE_FACES"),
        ("group/solvay1927.png", "lenient", "MULTIPLE_FACES"),
        ("pairs/0_lq.png", "lenient", "BLURRED"),
        ("gray/762000_gray.jpg", "icao", "GREYSCALE"),
        ("headshot/0002_female.jpg", "hr", "CROPPED"),
    ],
)
def test_a_bad_photo_is_refused_with_the_right_word(
    engines, shared_photos, name, profile, code
) -> None:
    outcome = run(read_photo(shared_photos(name), Limits()), engines, profile=profile)
    assert outcome.verdict is Verdict.REJECTED
    assert code in codes(outcome)
    assert outcome.why.shape[2] == 3


@pytest.mark.photos
@pytest.mark.parametrize(
    "name", ["hq/face0.png", "hq/face3.png", "portrait/person2.jpg", "headshot/0004_male.jpg"]
)
def test_a_decent_photo_passes_lenient(engines, shared_photos, name) -> None:
    assert run(read_photo(shared_photos(name), Limits()), engines).verdict is Verdict.DONE


# ── the heat map is no decoration ─────────────────────────────────────────────────────────


HEAT = ("hq/face3.png", "portrait/person2.jpg", "headshot/0003_female.jpg")


def tile_in_photo(found, tile) -> np.ndarray:
    """Where a tile lies in the photo, as a mask ``(H, W)``."""
    look = found.readings.look
    frame = np.zeros((616, 616), np.uint8)
    rows, columns = (slice(2 * SIDE_PX * i, 2 * SIDE_PX * (i + 1)) for i in tile)
    frame[rows, columns] = 1
    size = look.photo.size
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(frame, look.matrix, size, flags=flags).astype(bool)


@pytest.mark.photos
@pytest.mark.parametrize("name", HEAT)
def test_sharpening_the_marked_tile_raises_the_score_more_than_another(
    engines, shared_photos, name
) -> None:
    clean = picture(shared_photos, name)
    whole = assess(as_photo(clean), engines)
    soft = cv2.GaussianBlur(clean, (0, 0), 0.025 * whole.readings.look.eyes_px)
    # The landmarks are the clean photo's: it is the tile that is tried, not the detector.
    before = _again(whole, soft)
    gained = before.heat.gains
    best, least = max(gained, key=gained.get), min(gained, key=gained.get)
    assert best in before.heat.marked("sharpness")
    rises = []
    for tile in (best, least):
        spot = tile_in_photo(whole, tile)
        rises.append(_again(whole, np.where(spot[..., None], clean, soft)).score - before.score)
    assert rises[0] > 0.005
    assert rises[0] > rises[1]


@pytest.mark.photos
@pytest.mark.parametrize("name", HEAT)
def test_blacking_out_a_tile_marks_it_and_lowers_the_score(engines, shared_photos, name) -> None:
    clean = picture(shared_photos, name)
    whole = assess(as_photo(clean), engines)
    for tile in ((6, 5), (8, 7)):
        barred = clean.copy()
        barred[tile_in_photo(whole, tile)] = 0
        after = _again(whole, barred)
        assert after.score < whole.score - 0.005
        assert after.heat.values[tile] == 0
        assert tile in after.heat.marked("solid_share")


@pytest.mark.photos
@pytest.mark.parametrize("side", [0, 1])
def test_the_blurred_half_is_the_red_half(engines, shared_photos, side) -> None:
    clean = picture(shared_photos, "hq/face3.png")
    soft = cv2.GaussianBlur(clean, (0, 0), 6)
    half = slice(0, 256) if side == 0 else slice(256, 512)
    mixed = clean.copy()
    mixed[:, half] = soft[:, half]
    grades = assess(as_photo(mixed), engines).heat.values
    halves = np.nanmean(grades[:, :7]), np.nanmean(grades[:, 7:])
    assert halves[side] < halves[1 - side] - 0.2


def _again(found, srgb: np.ndarray):
    from daemon.routes.quality.assess import assessed
    from daemon.routes.quality.look import Look

    look = found.readings.look
    return assessed(Look(as_photo(srgb), look.face, look.others, look.confirmed))


# ── worse photos score less ───────────────────────────────────────────────────────────────


@pytest.mark.photos
@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_lowers_the_score_step_by_step(engines, shared_photos, damage) -> None:
    """The bars of the acceptance; ``tests/quality_table.py`` has the whole set of photos."""
    names = ("hq/face3.png", "hq/face1.png", "portrait/person0.jpg")
    pictures = [picture(shared_photos, name) for name in names]
    (answer,) = answers(pictures, engines, (damage,))
    assert answer.holds, answer.as_json()
