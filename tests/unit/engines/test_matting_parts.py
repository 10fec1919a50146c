"""Places, colours and bands of the embedded matter."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.engines.base import MATTE_DOUBTS, MatteEvidence
from daemon.engines.matte_alpha import BEHIND, PERSON, UNKNOWN
from daemon.engines.matte_evidence import judged
from daemon.engines.matte_zones import below_shoulders, zones
from daemon.engines.matting_grabcut.mixture import NOVEL, evenly_lit, features, learn
from daemon.engines.matting_grabcut.silhouette import silhouette, tidied
from daemon.engines.matting_grabcut.trimap import trimap
from daemon.imaging.head_frame import HeadFrame

SHAPE = (300, 240)
HEAD = HeadFrame(120, 110, 36, 0)


@pytest.fixture(scope="module")
def where():
    return zones(HEAD, SHAPE)


def lab_of(rgb):
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def figure(where):
    """A plain outline: head, neck and shoulders."""
    return where.odds > 0


def test_core_and_far_never_meet(where) -> None:
    assert where.core.any()
    assert where.far.any()
    assert not (where.core & where.far).any()


def test_the_face_is_core_and_the_corners_are_far(where) -> None:
    assert where.core[110, 120]
    assert where.far[2, 2]
    assert where.far[2, 237]
    assert not where.far[297, 2], "a sleeve may be there"


def test_other_faces_are_never_the_person() -> None:
    beside = HeadFrame(215, 110, 30, 0)
    assert zones(HEAD, SHAPE, (beside,)).far[110, 215]


def test_a_turned_cheek_is_left_open() -> None:
    turned = zones(HeadFrame(120, 110, 36, 0, turn=0.3), SHAPE)
    straight = zones(HEAD, SHAPE)
    cheek = (110 + 10, 120 + 30)
    assert straight.core[cheek]
    assert not turned.core[cheek]


def test_a_face_that_fills_the_frame_still_finds_some_background() -> None:
    near = zones(HeadFrame(120, 150, 75, 0), SHAPE)
    assert near.far.sum() > 30


def test_below_a_shoulder_is_body(where) -> None:
    shoulder = np.zeros(SHAPE, bool)
    shoulder[200:206, 160:180] = True
    odds = below_shoulders(shoulder, where.grid)
    assert odds[290, 170] > 0
    assert odds[150, 170] == 0
    assert odds[290, 20] == 0


def test_a_mixture_knows_its_own_colours() -> None:
    random = np.random.default_rng(0)
    samples = np.vstack([random.normal(c, 2, (400, 4)) for c in (10, 60)]).astype(np.float32)
    mixture = learn(samples, 4)
    at = mixture.log_density(np.array([[10] * 4, [60] * 4, [35] * 4], np.float32))
    assert at[0] > NOVEL + 2
    assert at[1] > NOVEL + 2
    assert at[2] < NOVEL


def test_few_samples_make_a_mixture_too() -> None:
    one = np.full((3, 4), 7, np.float32)
    assert np.isfinite(learn(one, 8).log_density(one)).all()


def test_an_even_wall_is_known_where_nobody_looked(where) -> None:
    shade = np.linspace(40, 80, SHAPE[0], dtype=np.float32)[:, None].repeat(SHAPE[1], 1)
    described = np.dstack([shade, shade * 0, shade * 0, shade * 0]).reshape(-1, 4)
    density = evenly_lit(described, where.grid, where.far.ravel()).reshape(SHAPE)
    stranger = evenly_lit(
        described + np.float32(40) * ~where.far.reshape(-1, 1), where.grid, where.far.ravel()
    )
    assert density[295, 5] > NOVEL + 2
    assert stranger.reshape(SHAPE)[295, 5] < NOVEL


def test_texture_makes_no_wide_halo_at_an_edge() -> None:
    """Narrower than the trimap's band at hair, where the outline is decided anew."""
    step = np.full((80, 80, 3), 200, np.uint8)
    step[:, 40:] = 30
    texture = features(lab_of(step), 40)[40, :, 3]
    away = np.abs(np.arange(80) - 39.5) > 0.17 * 40
    assert np.ptp(texture[away]) < 0.6


def test_without_any_background_everything_is_the_person() -> None:
    tight = zones(HeadFrame(30, 30, 40, 0), (60, 60))
    tight.far[:] = False
    found = silhouette(np.full((60, 60, 3), 128, np.uint8), tight, 40)
    assert not found.seen
    assert found.mask.all()


def test_islands_go_and_pinholes_close(where) -> None:
    mask = figure(where)
    mask[5:12, 5:12] = True
    mask[250:254, 118:122] = False
    whole = tidied(mask, where, HEAD.unit_px, np.full(SHAPE, 0.5, np.float32))
    assert not whole[8, 8]
    assert whole[252, 120]


def test_a_slit_in_a_shoulder_closes(where) -> None:
    mask = figure(where)
    mask[190:230, 160:165] = False
    assert tidied(mask, where, HEAD.unit_px, np.zeros(SHAPE, np.float32))[215, 162]


@pytest.fixture
def parted(where):
    """A dark figure on a light wall: outline and trimap."""
    rgb = np.full((*SHAPE, 3), 225, np.uint8)
    rgb[figure(where)] = (50, 40, 40)
    outline = silhouette(rgb, where, HEAD.unit_px)
    areas = trimap(outline, where, lab_of(rgb), unit_px=HEAD.unit_px, grown=1.0)
    return outline, areas


def test_the_outline_of_a_plain_figure_is_found(parted, where) -> None:
    outline, _ = parted
    assert (outline.mask ^ figure(where)).mean() < 0.01
    assert outline.agreement > 0.97


def test_the_band_is_wide_at_hair_and_narrow_at_a_sleeve(parted) -> None:
    _, areas = parted
    assert set(np.unique(areas)) == {BEHIND, UNKNOWN, PERSON}
    crown = int((areas[:110, 120] == UNKNOWN).sum())
    sleeve = int((areas[270, 130:] == UNKNOWN).sum())
    assert crown > 1.4 * sleeve > 0


def test_the_face_is_never_unknown(parted) -> None:
    _, areas = parted
    assert (areas[100:150, 105:135] == PERSON).all()


GOOD = MatteEvidence(1.0, 0.0, 0.0, 0.0, 0.0, 0.99, 0.99)


def test_a_clean_matte_has_no_doubts() -> None:
    assert judged(GOOD, seen=True) == (1.0, ())


@pytest.mark.parametrize(
    ("measure", "value", "doubt"),
    [
        ("leak", 0.3, "leak"),
        ("holes", 0.2, "holes"),
        ("islands", 0.01, "islands"),
        ("haze", 0.1, "haze"),
        ("agreement", 0.5, "unsure_outline"),
        ("behind_known", 0.5, "busy_background"),
        ("edge_px", 20.0, "soft_edge"),
    ],
)
def test_each_measure_alone_sends_to_review(measure, value, doubt) -> None:
    facts = {name: getattr(GOOD, name) for name in GOOD.__slots__} | {measure: value}
    confidence, doubts = judged(MatteEvidence(**facts), seen=True)
    assert confidence < 0.5
    assert doubts == (doubt,)
    assert doubt in MATTE_DOUBTS


def test_a_picture_without_background_is_worth_nothing() -> None:
    assert judged(GOOD, seen=False) == (0.0, ("no_background",))


def test_a_tiny_head_in_a_long_strip_is_no_overflow() -> None:
    far = zones(HeadFrame(20, 10, 1.5, 0), (40, 1500))
    assert np.isfinite(far.odds).all()
    assert far.hairy[20, 1400] == pytest.approx(0, abs=1e-6)
