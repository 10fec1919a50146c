"""The route with engines that need weights. They are fakes here, one for each way to behave."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from daemon.domain.job import Verdict
from daemon.engines.base import Face
from daemon.errors import EngineUnavailable, InputError
from daemon.imaging.align import align, align_to
from daemon.imaging.mask import SUPPORT
from daemon.routes.base import Outcome
from tests.fakes.engines import FixedAssessor, FixedRecogniser, Sharpener, engines_of, face_at
from tests.fakes.face_engines import (
    AngleRecogniser,
    FixedBackground,
    FixedParser,
    FixedRestorer,
    covered_map,
    face_map,
    in_turn,
    sharpened,
    with_engines,
)
from tests.pixels.test_restore_invariants import LEFT, SCALE, TOP, photo_of, run

BY = 6  # how much larger a face is where the engine's finest lines must show


@pytest.fixture
def blurred(astronaut) -> np.ndarray:
    return cv2.GaussianBlur(astronaut, (0, 0), 1.5)


@pytest.fixture
def face() -> Face:
    return face_at(LEFT, TOP, SCALE)


def three_of(picture: np.ndarray) -> tuple[np.ndarray, list[Face]]:
    """The picture three times side by side, with its face in each."""
    width = picture.shape[1]
    return np.tile(picture, (1, 3, 1)), [face_at(LEFT + i * width, TOP, SCALE) for i in range(3)]


def restored_with(picture: np.ndarray, faces: list[Face], restorer, **more) -> Outcome:
    parts = {"restorer": restorer} | {k: more.pop(k) for k in ("parser",) if k in more}
    recogniser = more.pop("recogniser", FixedRecogniser(0.05))
    engines = with_engines(engines_of(faces, recogniser=recogniser), **parts)
    return run(photo_of(picture), engines, **more)


@pytest.mark.parametrize("by_ffhq", [True, False])
@pytest.mark.parametrize("size_px", [256, 1024])
def test_an_engine_that_draws_what_it_sees_leaves_the_photo_as_it_was(
    blurred, face, by_ffhq, size_px
) -> None:
    restorer = FixedRestorer(sizes_px=(size_px,), by_ffhq=by_ffhq)
    outcome = restored_with(blurred, [face], restorer, strength=1)
    assert restorer.asked == [(1, size_px)]
    assert np.array_equal(outcome.photo.pixels, blurred)
    assert outcome.measures["faces"][0]["outcome"] == "restored"


def test_all_faces_of_a_photo_are_drawn_in_one_call(blurred) -> None:
    picture, faces = three_of(blurred)
    restorer = FixedRestorer(sharpened)
    outcome = restored_with(picture, faces, restorer)
    assert restorer.asked == [(3, 512)]
    assert [f["outcome"] for f in outcome.measures["faces"]] == ["restored"] * 3
    thirds = np.split(outcome.photo.srgb, 3, axis=1)
    assert np.array_equal(thirds[0], thirds[1])
    assert (thirds[0] != blurred).any()


def test_faces_of_two_sizes_are_two_calls(blurred) -> None:
    large = cv2.resize(blurred, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    picture = np.concatenate([large, np.zeros_like(large[:, :512])], axis=1)
    picture[:512, 1024:] = blurred
    faces = [face_at(LEFT * 2, TOP * 2, SCALE * 2), face_at(1024 + LEFT, TOP, SCALE)]
    restorer = FixedRestorer(sizes_px=(256, 512, 1024))
    outcome = restored_with(picture, faces, restorer)
    assert restorer.asked == [(1, 512), (1, 256)]
    assert [f["size_px"] for f in outcome.measures["faces"]] == [512, 256]


def test_what_was_drawn_stays_inside_the_oval_whatever_the_template(blurred, face) -> None:
    outcome = restored_with(blurred, [face], FixedRestorer(sharpened), strength=1)
    rows, columns = np.nonzero((outcome.photo.srgb != blurred).any(axis=2))
    assert columns.min() >= LEFT + SCALE * SUPPORT.left - 2
    assert columns.max() <= LEFT + SCALE * SUPPORT.right + 2
    assert rows.min() >= TOP + SCALE * SUPPORT.top - 2
    assert rows.max() <= TOP + SCALE * SUPPORT.bottom + 2
    assert outcome.measures["outside"] == {"equal": True, "ssim": 1.0}


def test_a_crop_of_1024_keeps_detail_that_one_of_512_cannot_hold(astronaut) -> None:
    """The engine draws lines two crop pixels wide; on a large face they must arrive."""

    def striped(crop: np.ndarray) -> np.ndarray:
        lines = np.where(np.arange(crop.shape[1]) % 4 < 2, 20.0, -20.0).astype(np.float32)
        return crop + lines[None, :, None]

    large = cv2.resize(astronaut[:220, 110:330], None, fx=BY, fy=BY, interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(large, (0, 0), 8)
    face = face_at((LEFT - 110) * BY, TOP * BY, SCALE * BY)
    change, scale = {}, {}
    for size_px in (512, 1024):
        restorer = FixedRestorer(striped, sizes_px=(size_px,))
        after = restored_with(soft, [face], restorer, strength=1).photo.srgb.astype(float)
        x, y = round((LEFT - 110 + SCALE * 257) * BY), round((TOP + SCALE * 300) * BY)
        row = (after - soft)[y, x - 128 : x + 128, 1]
        change[size_px] = np.abs(np.fft.rfft(row))
        scale[size_px] = align_to(face.landmarks, restorer.template(size_px), size_px).scale
    for size, spectrum in change.items():
        # Lines lie four pixels of the crop apart.
        assert spectrum.argmax() == pytest.approx(64 * scale[size], abs=2), size
        assert spectrum.max() > 0.5 * 20 * 256 / 2, size
    assert change[1024].argmax() > 1.9 * change[512].argmax()


@pytest.mark.parametrize("asked", [None, 512, 1024])
def test_a_size_is_chosen_or_taken_as_asked(blurred, face, asked) -> None:
    restorer = FixedRestorer(sizes_px=(256, 512, 1024))
    options = {} if asked is None else {"size_px": asked}
    restored_with(blurred, [face], restorer, **options)
    assert restorer.asked == [(1, asked or 256)]


def test_a_size_without_weights_is_refused_with_the_way_out(blurred, face) -> None:
    with pytest.raises(EngineUnavailable, match=r"512.*models list"):
        restored_with(blurred, [face], FixedRestorer(), size_px=2048)


def test_an_enlarged_result_takes_the_crop_for_its_own_size(blurred, face) -> None:
    restorer = FixedRestorer(sharpened, sizes_px=(256, 512))
    outcome = restored_with(blurred, [face], restorer, upscale=4)
    assert restorer.asked == [(1, 512)]
    assert outcome.photo.size == (2048, 2048)


def test_one_face_without_a_picture_harms_no_neighbour(blurred) -> None:
    picture, faces = three_of(blurred)
    nothing = lambda crop: np.full_like(crop, np.nan)  # noqa: E731
    flat = lambda crop: np.full_like(crop, 90)  # noqa: E731
    outcome = restored_with(picture, faces, FixedRestorer(in_turn(sharpened, nothing, flat)))
    told = [(f["outcome"], f["reason"]) for f in outcome.measures["faces"]]
    assert told == [
        ("restored", "restored"),
        ("kept_original", "engine_output_not_finite"),
        ("kept_original", "engine_output_flat"),
    ]
    first, second, third = np.split(outcome.photo.srgb, 3, axis=1)
    assert (first != blurred).any()
    assert np.array_equal(second, blurred)
    assert np.array_equal(third, blurred)
    assert [f["mask"] for f in outcome.measures["faces"]] == ["oval", None, None]
    assert [r.code for r in outcome.reasons] == ["FACE_NOT_RESTORED"] * 2
    assert outcome.verdict is Verdict.REVIEW


def test_strength_zero_asks_no_engine_and_strength_is_the_blend(blurred, face) -> None:
    restorer = FixedRestorer(sharpened)
    outcome = restored_with(blurred, [face], restorer, strength=0)
    assert np.array_equal(outcome.photo.pixels, blurred)
    assert restorer.asked == []
    outcome = restored_with(blurred, [face], restorer, strength=0.35)
    assert outcome.measures["faces"][0]["blend_used"] == 0.35


def test_another_face_is_refused_by_the_recognisers_own_limits(blurred, face) -> None:
    strict = FixedRecogniser(0.2)
    strict.limits = AngleRecogniser.limits.__class__(0.05, 0.1, "strict")
    outcome = restored_with(blurred, [face], FixedRestorer(sharpened), recogniser=strict)
    assert np.array_equal(outcome.photo.pixels, blurred)
    (reason,) = outcome.reasons
    assert reason.code == "IDENTITY_CHANGED"
    assert reason.facts["limit"] == 0.05
    assert outcome.measures["faces"][0]["identity"]["keep_beyond"] == 0.1


def test_hair_stays_bit_for_bit_and_the_brow_above_the_oval_is_restored(blurred, face) -> None:
    classes = face_map()
    parser = FixedParser(classes)
    outcome = restored_with(blurred, [face], FixedRestorer(sharpened), parser=parser, strength=1)
    assert parser.asked == [1, 1]
    (told,) = outcome.measures["faces"]
    assert (told["mask"], told["outcome"]) == ("parsing", "restored")
    assert told["covered"] < 0.1
    changed = (outcome.photo.srgb != blurred).any(axis=2)
    y, x = np.mgrid[0:512, 0:512]
    in_crop = align(face.landmarks).matrix
    at_x, at_y = (in_crop[i, 0] * x + in_crop[i, 1] * y + in_crop[i, 2] for i in (0, 1))
    inside = (at_x > 0) & (at_x < 511) & (at_y > 0) & (at_y < 511)
    seen = classes[np.clip(at_y, 0, 511).astype(int), np.clip(at_x, 0, 511).astype(int)]
    skin = inside & (seen != 17) & (seen != 0)
    assert not changed[~skin].any()
    assert changed[skin].mean() > 0.5
    assert changed[at_y < SUPPORT.top].any()


def test_what_covers_a_face_stays_in_front_of_it(blurred, face) -> None:
    hand = (slice(330, 512), slice(0, 260))
    before, after = face_map(cloth=hand), face_map()
    outcome = restored_with(
        blurred,
        [face],
        FixedRestorer(sharpened),
        parser=FixedParser(before, after),
        strength=1,
    )
    (told,) = outcome.measures["faces"]
    assert 0.15 < told["covered"] < 0.5
    assert told["outcome"] == "restored"
    changed = (outcome.photo.srgb != blurred).any(axis=2)
    x, y = round(LEFT + SCALE * 260), round(TOP + SCALE * 330)
    assert not changed[y:, :x].any()
    assert changed[:y].any()


def test_a_face_mostly_covered_is_left_alone_and_says_so(blurred) -> None:
    picture, faces = three_of(blurred)
    restorer = FixedRestorer(sharpened)
    parser = FixedParser(face_map(), covered_map(0.6), face_map())
    outcome = restored_with(picture, faces, restorer, parser=parser)
    assert restorer.asked == [(2, 512)]
    told = [(f["outcome"], f["reason"]) for f in outcome.measures["faces"]]
    assert told == [("restored", "restored"), ("left_alone", "covered"), ("restored", "restored")]
    assert outcome.measures["faces"][1]["covered"] == pytest.approx(0.6, abs=0.03)
    assert np.array_equal(outcome.photo.srgb[:, 512:1024], blurred)
    assert outcome.verdict is Verdict.DONE


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"glasses": (slice(220, 260), slice(160, 350))}, "glasses_appeared"),
        ({"glasses": (slice(220, 260), slice(160, 350))}, {}, "glasses_vanished"),
        ({"skin": (slice(220, 260), slice(160, 350))}, {}, "eyes_appeared"),
    ],
)
def test_what_comes_or_goes_keeps_the_original_face(blurred, face, before, after, told) -> None:
    parser = FixedParser(face_map(**before), face_map(**after))
    outcome = restored_with(blurred, [face], FixedRestorer(sharpened), parser=parser)
    assert np.array_equal(outcome.photo.pixels, blurred)
    (reason,) = outcome.reasons
    assert (reason.code, reason.facts["detail"]) == ("FACE_NOT_RESTORED", told)
    assert outcome.why is not None


def test_the_oval_can_be_had_beside_a_parser(blurred, face) -> None:
    parser = FixedParser(covered_map(0.9))
    outcome = restored_with(blurred, [face], FixedRestorer(sharpened), parser=parser, mask="oval")
    assert parser.asked == []
    assert outcome.measures["faces"][0]["mask"] == "oval"
    assert outcome.measures["faces"][0]["covered"] is None


def test_the_embedded_engine_has_parsed_masks_too_within_its_oval(blurred, face) -> None:
    engines = with_engines(engines_of([face]), parser=FixedParser(face_map()))
    outcome = run(photo_of(blurred), engines)
    plain = run(photo_of(blurred), engines_of([face]))
    (told,) = outcome.measures["faces"]
    assert (told["mask"], told["engine"]) == ("parsing", "fake-restore_face")
    changed, wider = ((o.photo.srgb != blurred).any(axis=2) for o in (outcome, plain))
    assert changed.any()
    assert not (changed & ~wider).any()


@pytest.mark.parametrize(
    ("options", "told"),
    [({"engine": "codeformer"}, "codeformer"), ({"mask": "parsing"}, "parsing-bisenet")],
)
def test_what_is_asked_for_by_name_is_had_or_refused_with_the_command(
    blurred, options, told
) -> None:
    """Also where no face is: the same order must not pass one photo and fail the next."""
    engines = with_engines(engines_of([]), restorer=FixedRestorer())
    with pytest.raises(EngineUnavailable, match=f"models pull {told}") as refused:
        run(photo_of(blurred), engines, **options)
    assert refused.value.code == "ENGINE_UNAVAILABLE"
    assert refused.value.facts["engine"]


def test_the_record_says_who_drew_each_face_and_how(blurred, face) -> None:
    restorer = FixedRestorer(sharpened)
    engines = with_engines(engines_of([face]), "codeformer", restorer=restorer)
    outcome = run(photo_of(blurred), engines, engine="codeformer", fidelity=0.25)
    (told,) = outcome.measures["faces"]
    keys = ("engine", "size_px", "fidelity", "mask", "working_px", "blend_asked")
    assert [told[k] for k in keys] == ["codeformer", 512, 0.25, "oval", None, 0.6]
    assert restorer.fidelities == [0.25]
    assert outcome.engines["restore_face"]["weights"] == {"codeformer.pth": "1" * 64}
    assert "options_idle" not in outcome.measures


def test_options_that_do_nothing_are_named(blurred, face) -> None:
    embedded = run(photo_of(blurred), engines_of([face]), size_px=1024, compat="modelscope")
    assert embedded.measures["options_idle"] == ["compat", "size_px"]
    outcome = restored_with(blurred, [face], FixedRestorer(sharpened), fidelity=0.9, strength=0.5)
    assert outcome.measures["options_idle"] == ["fidelity"]
    assert outcome.measures["faces"][0]["fidelity"] is None


def test_embedded_can_be_asked_for_beside_another(blurred, face) -> None:
    restorer = FixedRestorer(sharpened)
    engines = with_engines(engines_of([face]), restorer=restorer)
    outcome = run(photo_of(blurred), engines, engine="embedded")
    assert restorer.asked == []
    assert outcome.measures["faces"][0]["engine"] == "fake-restore_face"
    plain = run(photo_of(blurred), engines_of([face]))
    assert np.array_equal(outcome.photo.pixels, plain.photo.pixels)


@pytest.mark.parametrize(("factor", "upscale"), [(2, 1), (2, 2), (4, 2), (2, 4)])
def test_the_background_goes_through_its_own_engine(blurred, factor, upscale) -> None:
    head, face = np.ascontiguousarray(blurred[:256, 110:366]), face_at(LEFT - 110, TOP, SCALE)
    background = FixedBackground(factor)
    engines = with_engines(engines_of([face], Sharpener()), background=background)
    outcome = run(photo_of(head), engines, background="upscale", upscale=upscale)
    assert background.calls == 1
    assert outcome.photo.size == (256 * upscale, 256 * upscale)
    assert "enlarge_background" in outcome.engines
    plain = run(photo_of(head), engines_of([face]), upscale=upscale).photo.srgb
    changed = (outcome.photo.srgb != plain).any(axis=2)
    assert changed[210 * upscale :].mean() > 0.3


def test_what_a_parsed_mask_restored_is_not_undone_with_the_background(blurred, face) -> None:
    def made(**options) -> np.ndarray:
        engines = with_engines(
            engines_of([face]),
            restorer=FixedRestorer(sharpened),
            parser=FixedParser(face_map()),
            background=FixedBackground(2),
        )
        return run(photo_of(blurred), engines, strength=1, **options).photo.srgb

    alone, both = made(), made(background="upscale")
    # Above the oval, in the middle of the brow, where only the parsed mask reaches.
    x, y = round(LEFT + SCALE * 256), round(TOP + SCALE * (SUPPORT.top + 14))
    assert (alone[y - 1 : y + 2, x - 8 : x + 8] != blurred[y - 1 : y + 2, x - 8 : x + 8]).any()
    assert np.array_equal(both[y - 1 : y + 2, x - 8 : x + 8], alone[y - 1 : y + 2, x - 8 : x + 8])


def test_a_background_engine_lifts_the_limit_of_the_embedded_one() -> None:
    """2.1 megapixels: too many for two cores, and what would not fit into memory still is."""
    more = photo_of(np.zeros((1400, 1500, 3), np.uint8))
    engines = with_engines(engines_of([]), background=FixedBackground(2))
    outcome = run(more, engines, background="upscale", on_no_face="pass")
    assert outcome.photo.size == (1500, 1400)
    large = photo_of(np.zeros((3000, 3000, 3), np.uint8))
    engines = with_engines(engines_of([]), background=FixedBackground(4))
    with pytest.raises(InputError, match="background"):
        run(large, engines, background="upscale")


# ── as ModelScope puts faces back ─────────────────────────────────────────────────────────────


def as_modelscope(picture, faces, recogniser, assessor=None, **options) -> Outcome:
    engines = engines_of(faces, recogniser=recogniser, assessor=assessor)
    engines = with_engines(
        engines, restorer=FixedRestorer(sharpened), parser=FixedParser(covered_map(0.9))
    )
    return run(photo_of(picture), engines, compat="modelscope", strength=1, **options)


def test_as_modelscope_the_whole_crop_goes_in_by_a_soft_rectangle(blurred, face) -> None:
    outcome = as_modelscope(blurred, [face], AngleRecogniser(10))
    (told,) = outcome.measures["faces"]
    assert (told["mask"], told["outcome"]) == ("rectangle", "restored")
    assert told["identity"]["deliver_within"] == 0.15
    assert told["identity"]["distance"] == pytest.approx(1 - np.cos(np.radians(10)), abs=1e-4)
    _, columns = np.nonzero((outcome.photo.srgb != blurred).any(axis=2))
    # GPEN's crop is 512 * 125.92 / 107.39 FFHQ pixels wide, less the margin of the rectangle.
    wide = SCALE * 512 * 125.92 / 107.39 * (512 - 2 * 26) / 512
    assert columns.max() - columns.min() == pytest.approx(wide, rel=0.1)


def test_a_face_that_fills_the_photo_leaves_nothing_outside_to_change(blurred) -> None:
    face = face_at(LEFT - 180, TOP - 60, SCALE)
    close = np.ascontiguousarray(blurred[60:180, 180:270])
    outcome = as_modelscope(close, [face], AngleRecogniser(5))
    assert (outcome.photo.srgb != close).mean() > 0.9
    assert outcome.measures["outside"] == {"equal": True, "ssim": 1.0}


@pytest.mark.parametrize(("degrees", "ending"), [(31, "restored"), (33, "kept_original")])
def test_as_modelscope_a_face_further_than_its_limit_is_not_put_back(
    blurred, face, degrees, ending
) -> None:
    recogniser = AngleRecogniser(degrees)
    recogniser.limits = recogniser.limits.__class__(0.5, 0.9, "lax")
    outcome = as_modelscope(blurred, [face], recogniser)
    assert outcome.measures["faces"][0]["outcome"] == ending
    assert (outcome.photo.srgb != blurred).any() == (ending == "restored")


def test_as_modelscope_the_booths_own_limit_still_holds(blurred, face) -> None:
    outcome = as_modelscope(blurred, [face], AngleRecogniser(31))
    assert outcome.measures["faces"][0]["outcome"] == "kept_original"
    assert [r.code for r in outcome.reasons] == ["IDENTITY_CHANGED"]


def test_as_modelscope_a_face_too_blurred_to_be_told_apart_is_looked_at(astronaut, face) -> None:
    fog = cv2.GaussianBlur(astronaut, (0, 0), 9)
    outcome = as_modelscope(fog, [face], AngleRecogniser(5))
    assert [r.code for r in outcome.reasons] == ["IDENTITY_NOT_MEASURABLE"]


@pytest.mark.parametrize(
    ("score", "told"), [(0.05, "too_poor"), (0.2, "restored"), (None, "restored")]
)
def test_as_modelscope_a_poor_face_is_left_alone_where_it_can_be_scored(
    blurred, face, score, told
) -> None:
    outcome = as_modelscope(blurred, [face], AngleRecogniser(5), FixedAssessor(score))
    assert outcome.measures["faces"][0]["reason"] == told
    assert "assess_face" in outcome.engines
