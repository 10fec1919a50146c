"""What engines see of a face before it is drawn, and what follows: XSeg, EQ-Face, named parsers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.engines.base import Face
from daemon.engines.tasks import ASSESS, OCCLUDE, PARSE, RATE
from daemon.errors import EngineUnavailable
from daemon.imaging.align import align
from daemon.imaging.mask import SUPPORT, inner_face
from daemon.imaging.template import ARCFACE_PX, narrow_template_112, similarity, warped
from daemon.routes.base import Outcome
from daemon.routes.restore.modelscope import drawn_112
from tests.fakes.engines import FixedAssessor, FixedRecogniser, engines_of, face_at
from tests.fakes.face_engines import (
    AngleRater,
    AngleRecogniser,
    FixedOccluder,
    FixedParser,
    FixedRestorer,
    covered_map,
    face_map,
    fake_offer,
    sharpened,
    with_engines,
)
from tests.pixels.test_restore_invariants import LEFT, SCALE, TOP, photo_of, run


@pytest.fixture
def blurred(astronaut) -> np.ndarray:
    return cv2.GaussianBlur(astronaut, (0, 0), 1.5)


@pytest.fixture
def face() -> Face:
    return face_at(LEFT, TOP, SCALE)


def seen_but_for(*where: slice) -> np.ndarray:
    """A face that is seen whole, but for rows and columns of its crop."""
    seen = np.ones((512, 512), np.float32)
    seen[where] = 0.2
    return seen


def hidden_from_below(share: float) -> np.ndarray:
    rows = np.cumsum(inner_face().sum(axis=1)[::-1]) / inner_face().sum()
    return seen_but_for(slice(512 - int(np.searchsorted(rows, share)), 512))


# ── what hides a face ─────────────────────────────────────────────────────────────────────────


def seeing(picture, face, occluder, **more) -> Outcome:
    parts = {"restorer": FixedRestorer(sharpened), "occluder": occluder}
    parts |= {k: more.pop(k) for k in ("parser",) if k in more}
    engines = with_engines(engines_of([face], recogniser=FixedRecogniser(0.05)), **parts)
    return run(photo_of(picture), engines, strength=1, **more)


@pytest.mark.parametrize("mask", ["auto", "occlusion"])
def test_what_hides_a_face_stays_bit_for_bit_and_the_record_names_who_saw_it(
    blurred, face, mask
) -> None:
    hidden = (slice(330, 512), slice(0, 260))
    occluder = FixedOccluder(seen_but_for(*hidden))
    outcome = seeing(blurred, face, occluder, mask=mask)
    assert occluder.asked == [1], "the photo's face alone: what was drawn hides nothing"
    (told,) = outcome.measures["faces"]
    assert (told["mask"], told["outcome"]) == ("occlusion", "restored")
    assert 0.15 < told["covered"] < 0.5
    assert outcome.engines[OCCLUDE]["name"] == f"fake-{OCCLUDE}"
    assert PARSE not in outcome.engines
    changed = (outcome.photo.srgb != blurred).any(axis=2)
    y, x = np.mgrid[0:512, 0:512]
    in_crop = align(face.landmarks).matrix
    at_x, at_y = (in_crop[i, 0] * x + in_crop[i, 1] * y + in_crop[i, 2] for i in (0, 1))
    assert not changed[(at_y > 330) & (at_x < 260)].any()
    assert not changed[(at_y < SUPPORT.top) | (at_y > SUPPORT.bottom)].any()
    assert changed[(at_y > 340) & (at_x > 300)].any()
    assert outcome.measures["outside"] == {"equal": True, "ssim": 1.0}


def test_a_face_mostly_hidden_is_left_alone(blurred, face) -> None:
    outcome = seeing(blurred, face, FixedOccluder(hidden_from_below(0.6)))
    (told,) = outcome.measures["faces"]
    assert (told["outcome"], told["reason"]) == ("left_alone", "covered")
    assert told["covered"] == pytest.approx(0.6, abs=0.03)
    assert np.array_equal(outcome.photo.pixels, blurred)


def test_a_parser_goes_first_and_the_record_names_it_alone(blurred, face) -> None:
    occluder = FixedOccluder(hidden_from_below(0.9))
    outcome = seeing(blurred, face, occluder, parser=FixedParser(face_map()))
    assert occluder.asked == []
    assert outcome.measures["faces"][0]["mask"] == "parsing"
    assert PARSE in outcome.engines
    assert OCCLUDE not in outcome.engines


def test_what_hides_a_face_can_be_asked_for_beside_a_parser(blurred, face) -> None:
    parser = FixedParser(covered_map(0.9))
    whole = FixedOccluder(seen_but_for(slice(0, 0)))
    outcome = seeing(blurred, face, whole, parser=parser, mask="occlusion")
    assert parser.asked == []
    (told,) = outcome.measures["faces"]
    assert (told["mask"], told["covered"], told["outcome"]) == ("occlusion", 0.0, "restored")


def test_the_embedded_engine_keeps_off_what_hides_a_face_too(blurred, face) -> None:
    engines = with_engines(engines_of([face]), occluder=FixedOccluder(seen_but_for(slice(300))))
    outcome = run(photo_of(blurred), engines)
    (told,) = outcome.measures["faces"]
    assert (told["mask"], told["engine"]) == ("occlusion", "fake-restore_face")
    rows = np.nonzero((outcome.photo.srgb != blurred).any(axis=2))[0]
    assert rows.min() >= TOP + SCALE * 300 - 1


def test_asked_for_and_not_to_be_had_is_refused_with_the_command(blurred) -> None:
    """Also where no face is: the same order must not pass one photo and fail the next."""
    engines = with_engines(engines_of([]), restorer=FixedRestorer())
    with pytest.raises(EngineUnavailable, match="models pull occlusion-xseg3") as refused:
        run(photo_of(blurred), engines, mask="occlusion")
    assert refused.value.facts["engine"] == OCCLUDE


# ── parsers by their names ────────────────────────────────────────────────────────────────────


def parsed_by(blurred, face, **options) -> tuple[Outcome, FixedParser, FixedParser]:
    first, second = FixedParser(face_map()), FixedParser(face_map())
    engines = with_engines(engines_of([face]), restorer=FixedRestorer(sharpened))
    engines._offered._offers[PARSE] = (
        fake_offer("bisenet", first),
        fake_offer("parsenet", second),
    )
    return run(photo_of(blurred), engines, **options), first, second


def test_a_parser_is_taken_by_its_name(blurred, face) -> None:
    outcome, first, second = parsed_by(blurred, face, parser="parsenet")
    assert (first.asked, second.asked) == ([], [1, 1])
    assert outcome.engines[PARSE]["name"] == "parsenet"


def test_without_a_name_the_first_parser_is_taken(blurred, face) -> None:
    outcome, first, second = parsed_by(blurred, face)
    assert (first.asked, second.asked) == ([1, 1], [])
    assert outcome.engines[PARSE]["name"] == "bisenet"


def test_a_parser_that_is_not_there_is_refused_whatever_the_mask_could_be_else(
    blurred, face
) -> None:
    with pytest.raises(EngineUnavailable, match="models pull bisenet34"):
        parsed_by(blurred, face, parser="bisenet34")


def test_a_parser_beside_a_mask_that_needs_none_is_idle(blurred, face) -> None:
    outcome, first, second = parsed_by(blurred, face, parser="bisenet34", mask="oval")
    assert first.asked == second.asked == []
    assert "parser" in outcome.measures["options_idle"]


# ── EQ-Face, as ModelScope's pipeline asks it ─────────────────────────────────────────────────


def as_modelscope(picture, face, rater, *, recogniser=None, score=0.9) -> Outcome:
    recogniser = recogniser or AngleRecogniser(5)
    engines = engines_of([face], recogniser=recogniser, assessor=FixedAssessor(score))
    parts = {"restorer": FixedRestorer(sharpened)} | ({} if rater is None else {"rater": rater})
    engines = with_engines(engines, **parts)
    return run(photo_of(picture), engines, compat="modelscope", strength=1)


@pytest.mark.parametrize(("quality", "told"), [(0.09, "too_poor"), (0.11, "restored")])
def test_its_quality_decides_whatever_another_engine_says(blurred, face, quality, told) -> None:
    outcome = as_modelscope(blurred, face, AngleRater(quality), score=0.2 - quality)
    (seen,) = outcome.measures["faces"]
    assert (seen["reason"], seen["quality"]) == (told, quality)
    assert outcome.engines[RATE]["name"] == f"fake-{RATE}"
    assert ASSESS not in outcome.engines


@pytest.mark.parametrize(("degrees", "ending"), [(31, "restored"), (33, "kept_original")])
def test_its_distance_decides_and_stands_in_the_record(blurred, face, degrees, ending) -> None:
    outcome = as_modelscope(blurred, face, AngleRater(0.5, degrees))
    (seen,) = outcome.measures["faces"]
    assert seen["outcome"] == ending
    cosine = 1 - np.cos(np.radians(degrees))
    assert seen["identity"]["distance"] == pytest.approx(cosine, abs=1e-4)
    assert (outcome.photo.srgb != blurred).any() == (ending == "restored")


def test_beside_it_the_booths_own_limit_for_another_person_holds(blurred, face) -> None:
    outcome = as_modelscope(blurred, face, AngleRater(0.5), recogniser=AngleRecogniser(31))
    assert outcome.measures["faces"][0]["outcome"] == "kept_original"
    assert [reason.code for reason in outcome.reasons] == ["IDENTITY_CHANGED"]


def test_the_photos_face_is_seen_with_red_and_blue_exchanged_and_the_drawn_one_is_not(
    blurred, face
) -> None:
    """What the published pipeline does, and what its limits are of."""
    rater = AngleRater(0.5)
    as_modelscope(blurred, face, rater)
    before, after = (crops[0].astype(int) for crops in rater.saw)
    matrix = similarity(face.landmarks, narrow_template_112())
    assert np.array_equal(before[..., ::-1], warped(blurred, matrix, ARCFACE_PX))
    # The drawn face is sharper and cut out a little wider, but of the same colours.
    means = after.mean(axis=(0, 1)) - before[..., ::-1].mean(axis=(0, 1))
    assert np.abs(means).max() < 12
    assert after[..., 0].mean() > after[..., 2].mean() + 20, "skin is red in RGB"


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_a_drawn_face_is_cut_out_by_fixed_margins(size) -> None:
    """Source: the pipeline's own numbers for a crop of 512: rows 70 to 446, columns 64 to 440."""
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32) * (512 / size)
    cut = drawn_112(np.stack([rows / 2, columns / 2, rows * 0], axis=-1))
    assert cut.shape == (112, 112, 3)
    step = 376 / 112
    assert cut[0, 0, :2] * 2.0 == pytest.approx((70 + step / 2, 64 + step / 2), abs=3)
    assert cut[-1, -1, :2] * 2.0 == pytest.approx((446 - step / 2, 440 - step / 2), abs=3)


def test_without_it_the_record_says_what_stands_in_and_how_to_have_it(blurred, face) -> None:
    outcome = as_modelscope(blurred, face, None, score=0.05)
    (seen,) = outcome.measures["faces"]
    assert (seen["reason"], seen["quality"]) == ("too_poor", None)
    told = outcome.engines[RATE]
    assert told["name"] == "none"
    assert "boothd models pull gpen-eqface-backbone gpen-eqface-quality" in told["note"]
    assert ASSESS in outcome.engines


def test_nobody_rates_faces_unasked(blurred, face) -> None:
    rater = AngleRater(0.05)
    engines = with_engines(engines_of([face]), restorer=FixedRestorer(sharpened), rater=rater)
    outcome = run(photo_of(blurred), engines)
    assert rater.saw == []
    assert RATE not in outcome.engines
