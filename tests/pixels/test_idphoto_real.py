"""ID photos with the real embedded engines: made, opened again, measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemon.config.model import Engines as Settings
from daemon.domain.job import Verdict
from daemon.engines.registry import Engines
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.routes.base import Context, Outcome
from daemon.routes.idphoto import ROUTE
from daemon.routes.quality.trial import as_photo
from tests.fakes.engines import NoProgress

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with Engines(Settings(threads=2)) as loaded:
        yield loaded


def made(
    photo, engines: Engines, folder: Path, instruct: str = "", name: str = "", **options
) -> Outcome:
    context = Context(engines, "zh", instruct, NoProgress, folder, name)
    return ROUTE.run(photo, ROUTE.parse_options(options), context)


def of(shared_photos, name: str):
    return read_photo(shared_photos(name), Limits())


def codes(outcome: Outcome) -> list[str]:
    return [reason.code for reason in outcome.reasons]


def first_picture(outcome: Outcome, folder: Path) -> np.ndarray:
    return read_photo(folder / outcome.files[0].name, Limits()).srgb


def test_the_astronaut_becomes_a_photo_that_passes_its_own_check(
    engines, astronaut, tmp_path
) -> None:
    outcome = made(as_photo(astronaut), engines, tmp_path, preset="cn_1in", background="white")
    assert (outcome.verdict, codes(outcome)) == (Verdict.DONE, [])
    (result,) = outcome.measures["results"]
    assert result["passed"]
    assert result["size_px"] == [295, 413]
    assert {"width", "dpi_x", "head_height", "background_mean", "matte_confidence"} <= {
        row["name"] for row in result["rows"]
    }
    photo = read_photo(tmp_path / outcome.files[0].name, Limits())
    assert photo.size == (295, 413)
    assert photo.container.dpi == (300, 300)
    assert (photo.srgb[:8, :8] > 252).all()
    assert set(outcome.engines) == {"find_faces", "judge", "matting"}


def test_red_is_red_and_blue_is_blue(engines, astronaut, tmp_path) -> None:
    """Channels in the wrong order would exchange them."""
    outcome = made(as_photo(astronaut), engines, tmp_path, instruct="一寸白底、红底和蓝底各一张")
    corners = {}
    for file in outcome.files:
        if file.name.endswith(".jpg"):
            shown = read_photo(tmp_path / file.name, Limits()).srgb
            corners[file.name.removesuffix(".jpg")] = shown[3:9, 3:9].mean(axis=(0, 1))
    red, blue = corners["cn_1in_red"], corners["cn_1in_id_blue"]
    assert red[0] > red[2] + 150
    assert blue[2] > blue[0] + 100
    assert len(corners) == 3


@pytest.mark.parametrize("name", ["person0", "person2", "person4"])
@pytest.mark.parametrize("preset", ["cn_2in", "us_visa", "schengen_visa", "cn_visa"])
def test_every_portrait_passes_its_own_check(engines, shared_photos, tmp_path, name, preset):
    photo = of(shared_photos, f"portrait/{name}.jpg")
    assert made(photo, engines, tmp_path, preset=preset).verdict is Verdict.DONE


@pytest.mark.parametrize("number", ["0001_female", "0002_female", "0004_male"])
def test_a_head_that_the_photo_cuts_is_refused_with_its_code(
    engines, shared_photos, tmp_path, number
) -> None:
    outcome = made(of(shared_photos, f"headshot/{number}.jpg"), engines, tmp_path)
    assert outcome.verdict is Verdict.REJECTED
    assert codes(outcome)[0] in {"ID_HEAD_CROPPED", "ID_BODY_CUT"}
    assert outcome.files == ()
    assert outcome.why is not None


def test_nobody_is_no_id_photo(engines, tmp_path) -> None:
    outcome = made(as_photo(np.full((600, 500, 3), 120, np.uint8)), engines, tmp_path)
    assert (outcome.verdict, codes(outcome)) == (Verdict.REJECTED, ["FACE_NOT_FOUND"])


def test_two_people_are_refused_and_counted(engines, astronaut, tmp_path) -> None:
    both = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
    outcome = made(as_photo(np.ascontiguousarray(both)), engines, tmp_path)
    assert codes(outcome) == ["ID_FACE_COUNT"]
    assert outcome.reasons[0].facts["value"] == 2


def test_a_face_of_few_pixels_is_not_blown_up(engines, astronaut, tmp_path) -> None:
    small = cv2.resize(astronaut, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    outcome = made(as_photo(np.asarray(small)), engines, tmp_path, preset="us_visa")
    assert outcome.verdict is Verdict.REJECTED
    assert "ID_ENLARGED" in codes(outcome)


def test_smoothing_nothing_changes_not_a_bit(engines, astronaut, tmp_path) -> None:
    pictures = []
    for name, instruct in (("plain", "一寸白底 png"), ("zero", "一寸白底 png 磨皮0")):
        (tmp_path / name).mkdir()
        outcome = made(as_photo(astronaut), engines, tmp_path / name, instruct=instruct)
        pictures.append(first_picture(outcome, tmp_path / name))
    assert (pictures[0] == pictures[1]).all()


def test_same_photo_and_wishes_give_the_same_bytes(engines, astronaut, tmp_path) -> None:
    contents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        outcome = made(as_photo(astronaut), engines, tmp_path / name, instruct="一寸蓝底 美白")
        contents.append((tmp_path / name / outcome.files[0].name).read_bytes())
    assert contents[0] == contents[1]


def test_a_transparent_photo_is_a_png_whose_corners_show_through(
    engines, astronaut, tmp_path
) -> None:
    outcome = made(as_photo(astronaut), engines, tmp_path, instruct="一寸透明背景")
    assert outcome.verdict is Verdict.DONE, codes(outcome)
    assert outcome.files[0].suffix == ".png"
    photo = read_photo(tmp_path / outcome.files[0].name, Limits())
    assert photo.alpha is not None
    assert photo.alpha[:8, :8].max() == 0
    assert photo.alpha[300, 147] == 255


def test_a_kept_background_is_the_photos_own(engines, astronaut, tmp_path) -> None:
    outcome = made(as_photo(astronaut), engines, tmp_path, background="keep")
    assert outcome.measures["results"][0]["label"] == "cn_1in_keep"
    assert "background_mean" not in {row["name"] for row in outcome.measures["results"][0]["rows"]}


def test_what_was_not_understood_is_written_down_beside_the_photo(
    engines, astronaut, tmp_path
) -> None:
    outcome = made(as_photo(astronaut), engines, tmp_path, instruct="一寸白底 顺便做一碗面")
    assert outcome.verdict is Verdict.DONE
    assert outcome.measures["wishes"]["unparsed"]
    assert [file.suffix for file in outcome.files] == [".jpg", ".notes.txt"]
    assert (tmp_path / "notes.txt").read_text("utf-8-sig").strip()


def test_a_wish_in_the_file_name_counts_and_the_note_beside_it_counts_more(
    engines, astronaut, tmp_path
) -> None:
    photo = as_photo(astronaut)
    named = made(photo, engines, tmp_path, name="张三【二寸蓝底】.jpg")
    assert named.measures["results"][0]["label"] == "cn_2in_id_blue"
    both = made(photo, engines, tmp_path, instruct="红底", name="张三【二寸蓝底】.jpg")
    assert both.measures["results"][0]["label"] == "cn_2in_red"
    gave_way = {one["source"] for one in both.measures["wishes"]["overruled"]}
    assert "file_name" in gave_way


def test_clothes_need_an_engine_and_the_rest_is_done_or_refused_as_chosen(
    engines, astronaut, tmp_path
) -> None:
    photo = as_photo(astronaut)
    done = made(photo, engines, tmp_path, instruct="一寸白底,换成西装")
    assert done.verdict is Verdict.DONE
    warned = [one["code"] for one in done.measures["warnings"]]
    assert "ENGINE_UNAVAILABLE" in warned
    refused = made(photo, engines, tmp_path, instruct="一寸白底,换成西装", generative="reject")
    assert refused.verdict is Verdict.REJECTED


def test_a_file_is_squeezed_or_padded_into_its_band(engines, astronaut, tmp_path) -> None:
    outcome = made(as_photo(astronaut), engines, tmp_path, instruct="一寸白底 50到60KB")
    size = (tmp_path / outcome.files[0].name).stat().st_size
    assert 50 * 1024 <= size <= 60 * 1000
    assert outcome.verdict is Verdict.DONE, codes(outcome)
