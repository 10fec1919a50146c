"""What must hold whatever an engine draws. The engines here are fakes, one for each way to fail."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from daemon.domain.job import Verdict
from daemon.errors import InputError
from daemon.imaging.photo import Container, Photo
from daemon.routes.base import Context, Outcome
from daemon.routes.restore import ROUTE
from tests.fakes.engines import (
    Filler,
    FixedRecogniser,
    Sharpener,
    Stranger,
    engines_of,
    face_at,
)

# Where the face of the test picture lies: template coordinates times SCALE, moved there.
LEFT, TOP, SCALE = 140, 33, 0.327


def photo_of(srgb: np.ndarray, **changes) -> Photo:
    return replace(Photo(srgb, srgb, None, Container("PNG")), **changes)


def run(photo: Photo, engines, language: str = "en", **options) -> Outcome:
    context = Context(engines, language, "", lambda _part, _done, _total: None)
    return ROUTE.run(photo, ROUTE.parse_options(options), context)


@pytest.fixture
def blurred(astronaut) -> np.ndarray:
    return cv2.GaussianBlur(astronaut, (0, 0), 1.5)


@pytest.fixture
def face():
    return face_at(LEFT, TOP, SCALE)


def touched_box(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((before != after).any(axis=2))
    return columns.min(), rows.min(), columns.max(), rows.max()


def test_a_chosen_face_changes_and_nothing_outside_its_mask(blurred, face) -> None:
    outcome = run(photo_of(blurred), engines_of([face]))
    assert outcome.verdict is Verdict.DONE
    left, top, right, bottom = touched_box(blurred, outcome.photo.srgb)
    assert left >= LEFT + SCALE * 101 - 2
    assert right <= LEFT + SCALE * 413 + 2
    assert top >= TOP + SCALE * 132 - 2
    assert bottom <= TOP + SCALE * 492 + 2
    assert outcome.measures["outside"] == {"equal": True, "ssim": 1.0}
    assert outcome.photo.size == (512, 512)


def test_strength_zero_is_the_photo_bit_for_bit(blurred, face) -> None:
    outcome = run(photo_of(blurred), engines_of([face]), strength=0)
    assert np.array_equal(outcome.photo.pixels, blurred)
    assert outcome.measures["faces"][0]["reason"] == "strength_zero"
    assert outcome.verdict is Verdict.DONE


def test_more_strength_is_more_change(blurred, face) -> None:
    def change(strength: float) -> float:
        result = run(photo_of(blurred), engines_of([face]), strength=strength).photo.srgb
        return float(np.abs(result.astype(int) - blurred).sum())

    changes = [change(s) for s in (0, 0.2, 0.6, 1)]
    assert changes == sorted(changes)
    assert len(set(changes)) == 4


def test_the_same_photo_gives_the_same_bytes(blurred, face) -> None:
    one, other = (run(photo_of(blurred), engines_of([face])) for _ in range(2))
    assert np.array_equal(one.photo.pixels, other.photo.pixels)
    assert one.measures == other.measures


def test_grey_stays_grey(blurred, face) -> None:
    grey = cv2.cvtColor(blurred, cv2.COLOR_RGB2GRAY)
    as_colour = np.repeat(grey[..., None], 3, axis=2)
    in_colour = run(photo_of(as_colour), engines_of([face])).photo.srgb
    assert (in_colour != as_colour).any()
    assert (in_colour == in_colour[..., :1]).all()
    one_channel = photo_of(as_colour, pixels=grey[..., None], container=Container("PNG", mode="L"))
    outcome = run(one_channel, engines_of([face]))
    assert outcome.photo.pixels.shape == (512, 512, 1)
    assert outcome.measures["tone"] == "grey"


def test_sepia_stays_sepia(blurred, face) -> None:
    grey = cv2.cvtColor(blurred, cv2.COLOR_RGB2GRAY).astype(float)[..., None]
    sepia = np.clip(grey * np.array((1.0, 0.86, 0.68)) + np.array((12, 8, 2)), 0, 255)
    photo = photo_of(np.rint(sepia).astype(np.uint8))
    outcome = run(photo, engines_of([face]))
    assert outcome.measures["tone"] == "toned"
    changed = (outcome.photo.srgb != photo.srgb).any(axis=2)
    after = outcome.photo.srgb[changed].astype(float)
    assert np.abs(after[:, 2] - (after[:, 0] - 12) * 0.68 - 2).max() < 6


def test_sixteen_bits_and_alpha_are_carried(blurred, face) -> None:
    deep = blurred.astype(np.uint16) * 257 + 3
    alpha = np.full((512, 512), 1234, np.uint16)
    photo = photo_of(blurred, pixels=deep, alpha=alpha, container=Container("PNG", bits=16))
    outcome = run(photo, engines_of([face]))
    same = (outcome.photo.srgb == blurred).all(axis=2)
    assert np.array_equal(outcome.photo.pixels[same], deep[same])
    assert (outcome.photo.pixels != deep).any()
    assert np.array_equal(outcome.photo.alpha, alpha)


@pytest.mark.parametrize("left", [-60, 400])
def test_a_face_at_the_border_is_no_trouble(blurred, left) -> None:
    outcome = run(photo_of(blurred), engines_of([face_at(left, 180, 0.36)]))
    assert outcome.measures["outside"]["equal"]
    assert len(outcome.measures["faces"]) == 1


def test_overlapping_faces_are_both_restored_once(blurred) -> None:
    faces = [face_at(LEFT, TOP, SCALE), face_at(LEFT + 25, TOP + 15, SCALE * 0.95)]
    recogniser = FixedRecogniser(*[0.05] * 8)
    outcome = run(photo_of(blurred), engines_of(faces, recogniser=recogniser))
    assert [f["outcome"] for f in outcome.measures["faces"]] == ["restored", "restored"]
    moved = np.abs(outcome.photo.srgb.astype(int) - blurred)
    alone = run(photo_of(blurred), engines_of(faces[:1])).photo.srgb
    assert moved.max() <= 1.7 * np.abs(alone.astype(int) - blurred).max()


def test_another_face_is_refused_and_the_original_kept(blurred, face) -> None:
    engines = engines_of([face], Stranger(), FixedRecogniser(0.7))
    outcome = run(photo_of(blurred), engines)
    assert np.array_equal(outcome.photo.pixels, blurred)
    assert outcome.verdict is Verdict.REVIEW
    assert [r.code for r in outcome.reasons] == ["IDENTITY_CHANGED"]
    (told,) = outcome.measures["faces"]
    assert (told["outcome"], told["reason"]) == ("kept_original", "identity_changed")
    assert told["identity"]["distance"] == pytest.approx(0.7)
    assert told["blend_used"] == 0
    assert outcome.why is not None


def test_a_doubtful_face_is_delivered_at_half_the_blend(blurred, face) -> None:
    outcome = run(photo_of(blurred), engines_of([face], recogniser=FixedRecogniser(0.33, 0.2)))
    (told,) = outcome.measures["faces"]
    assert told["reason"] == "blend_halved"
    assert told["blend_used"] == pytest.approx(told["blend_asked"] / 2, abs=1e-3)
    assert outcome.verdict is Verdict.DONE


def test_a_face_still_doubtful_at_half_the_blend_is_kept(blurred, face) -> None:
    outcome = run(photo_of(blurred), engines_of([face], recogniser=FixedRecogniser(0.39, 0.3)))
    assert np.array_equal(outcome.photo.pixels, blurred)
    assert outcome.verdict is Verdict.REVIEW


def test_one_refused_face_does_not_hold_up_the_other(blurred) -> None:
    pair = np.concatenate([blurred, blurred[:, ::-1]], axis=1)
    faces = [face_at(LEFT, TOP, SCALE), face_at(1024 - LEFT - SCALE * 512, TOP, SCALE * 0.99)]

    class SecondIsAnother(FixedRecogniser):
        def embed(self, srgb, alignment):
            self.asked += 1
            return np.array([0.9 if self.asked == 4 else 0.0], np.float32)

    outcome = run(photo_of(pair), engines_of(faces, recogniser=SecondIsAnother()))
    ends = [f["outcome"] for f in outcome.measures["faces"]]
    assert ends == ["restored", "kept_original"]
    assert np.array_equal(outcome.photo.srgb[:, 512:], pair[:, 512:])
    assert (outcome.photo.srgb != pair).any()


@pytest.mark.parametrize(
    ("value", "told"), [(float("nan"), "engine_output_not_finite"), (90.0, "engine_output_flat")]
)
def test_an_engine_that_draws_nothing_is_refused_and_recorded(blurred, face, value, told) -> None:
    outcome = run(photo_of(blurred), engines_of([face], Filler(value)))
    assert np.array_equal(outcome.photo.pixels, blurred)
    assert outcome.verdict is Verdict.REVIEW
    assert [r.code for r in outcome.reasons] == ["FACE_NOT_RESTORED"]
    assert outcome.measures["faces"][0]["reason"] == told


def test_a_face_that_was_redrawn_scores_low_and_is_looked_at(blurred, face) -> None:
    """The recogniser is fooled here; the structure is not."""
    engines = engines_of([face], Stranger(contrast=3), FixedRecogniser(0.1))
    outcome = run(photo_of(blurred), engines, strength=1)
    assert outcome.measures["quality_score"] < 0.6
    assert [r.code for r in outcome.reasons] == ["LOW_RESTORE_QUALITY"]


def test_a_main_face_too_blurred_to_identify_is_looked_at(astronaut, face) -> None:
    fog = cv2.GaussianBlur(astronaut, (0, 0), 9)
    outcome = run(photo_of(fog), engines_of([face]))
    assert [r.code for r in outcome.reasons] == ["IDENTITY_NOT_MEASURABLE"]
    assert not outcome.measures["faces"][0]["identity"]["measurable"]


def test_no_face_is_rejected_or_passed_as_asked(blurred) -> None:
    rejected = run(photo_of(blurred), engines_of([]), language="zh")
    assert rejected.verdict is Verdict.REJECTED
    assert [r.code for r in rejected.reasons] == ["FACE_NOT_FOUND"]
    assert rejected.why.ndim == 3
    passed = run(photo_of(blurred), engines_of([]), on_no_face="pass")
    assert passed.verdict is Verdict.DONE
    assert passed.photo.pixels is blurred


def test_only_tiny_faces_is_a_reason_of_its_own(blurred) -> None:
    outcome = run(photo_of(blurred), engines_of([face_at(200, 200, 0.08)]))
    assert [r.code for r in outcome.reasons] == ["FACE_TOO_SMALL"]
    assert outcome.reasons[0].facts["limit"] == 32


@pytest.mark.parametrize("factor", [2, 4])
def test_the_result_is_as_many_times_larger_as_asked(blurred, face, factor) -> None:
    alpha = np.full((512, 512), 200, np.uint8)
    outcome = run(photo_of(blurred, alpha=alpha), engines_of([face]), upscale=factor)
    assert outcome.photo.size == (512 * factor, 512 * factor)
    assert outcome.photo.alpha.shape == (512 * factor, 512 * factor)
    plain = run(photo_of(blurred), engines_of([face]), upscale=factor, strength=0).photo.srgb
    left, top, *_ = touched_box(plain, outcome.photo.srgb)
    assert left >= factor * (LEFT + SCALE * 101) - 4
    assert top >= factor * (TOP + SCALE * 132) - 4


def test_the_background_changes_only_when_asked_and_kept_faces_do_not(blurred, face) -> None:
    engines = engines_of([face], Sharpener(), FixedRecogniser(0.9))
    outcome = run(photo_of(blurred), engines, background="upscale")
    changed = (outcome.photo.srgb != blurred).any(axis=2)
    assert changed[300:].mean() > 0.5
    x, y = round(LEFT + SCALE * 257), round(TOP + SCALE * 300)
    assert not changed[y - 20 : y + 20, x - 20 : x + 20].any()
    assert outcome.measures["outside"]["equal"] is False
    assert outcome.measures["outside"]["ssim"] > 0.5


def test_what_would_take_an_hour_is_refused_at_once() -> None:
    large = photo_of(np.zeros((2000, 2000, 3), np.uint8))
    with pytest.raises(InputError, match="background") as refused:
        run(large, engines_of([]), background="upscale")
    assert refused.value.code == "IMAGE_TOO_LARGE"
    huge = photo_of(np.zeros((3000, 3000, 3), np.uint8))
    with pytest.raises(InputError, match="upscale"):
        run(huge, engines_of([]), upscale=4)


def test_every_page_is_restored(blurred, face) -> None:
    second = photo_of(np.ascontiguousarray(blurred[:, ::-1]))
    outcome = run(photo_of(blurred, rest=(second,)), engines_of([face]))
    assert [f["page"] for f in outcome.measures["faces"]] == [1, 2]
    assert (outcome.photo.srgb != blurred).any()
    assert len(outcome.photo.rest) == 1
    assert (outcome.photo.rest[0].srgb != second.srgb).any()


def test_the_record_says_which_engines_worked(blurred, face) -> None:
    outcome = run(photo_of(blurred), engines_of([face]))
    assert outcome.engines["restore_face"]["weights"] == {"fake.bin": "0" * 64}
    told = outcome.measures["faces"][0]
    for key in ("box", "landmarks", "score", "pose", "sharpness", "ssim", "working_px"):
        assert told[key] is not None
