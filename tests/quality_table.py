"""Acceptance of the route ``quality``: prints what it says of every photo of ../shared.

    .venv/bin/python tests/quality_table.py [--pictures DIR] [--only WORD] [--no-trial]

First table: every shared photo under the three profiles. Second: how the score answers to nine
damages of twelve clean photos (``daemon/routes/quality/trial.py``). Exit 0 when every expectation
and every bar of the acceptance holds; 0 with a note where the photos are missing.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from daemon.config.quality import PROFILES  # noqa: E402
from daemon.domain.job import Verdict  # noqa: E402
from daemon.engines.registry import Engines  # noqa: E402
from daemon.imaging.decode import read_photo  # noqa: E402
from daemon.imaging.limits import Limits  # noqa: E402
from daemon.routes.quality import ROUTE  # noqa: E402
from daemon.routes.quality.assess import assess  # noqa: E402
from daemon.routes.quality.judge import Judgement, judge  # noqa: E402
from daemon.routes.quality.page import why_picture  # noqa: E402
from daemon.routes.quality.trial import CLEAN, answers  # noqa: E402

PHOTOS = REPO.parent / "shared" / "photos"
# Photo → profile and a code that it must be refused with.
REFUSED = {
    "phone/selfie1.jpg": ("lenient", "LOW_FACE_CONFIDENCE"),
    "group/pair.jpg": ("lenient", "MULTIPLE_FACES"),
    "group/solvay1927.png": ("lenient", "MULTIPLE_FACES"),
    "old/fence.jpg": ("lenient", "MULTIPLE_FACES"),
    "pairs/0_lq.png": ("lenient", "BLURRED"),
    "gray/106000_gray.jpg": ("icao", "GREYSCALE"),
    "gray/762000_gray.jpg": ("icao", "GREYSCALE"),
    "headshot/0002_female.jpg": ("hr", "CROPPED"),
    "headshot/0004_male.jpg": ("hr", "CROPPED"),
}
PASS_LENIENT = ("headshot", "portrait", "hq")
LEAST_PASSING = 0.8


def judged(path: Path, engines: Engines, pictures: Path | None) -> tuple[float, float, dict]:
    photo = read_photo(path, Limits())
    begin = time.perf_counter()
    found = assess(photo, engines)
    spent_s = time.perf_counter() - begin
    verdicts: dict[str, Judgement] = {
        name: judge(found, ROUTE.parse_options({"profile": name})) for name in PROFILES
    }
    if pictures is not None:
        for name, one in verdicts.items():
            if one.verdict is not Verdict.DONE:
                picture = why_picture(photo, found, one, "en")
                target = pictures / f"{path.parent.name}-{path.stem}-{name}.png"
                cv2.imwrite(str(target), picture[:, :, ::-1])
    return found.score, spent_s, verdicts


def photo_table(engines: Engines, only: str, pictures: Path | None) -> bool:
    passed: dict[str, list[bool]] = {}
    good = True
    for path in sorted(p for p in PHOTOS.glob("*/*") if only in str(p)):
        name = f"{path.parent.name}/{path.name}"
        score, spent_s, verdicts = judged(path, engines, pictures)
        cells = [
            f"{profile}: {one.verdict.value} {','.join(r.code for r in one.reasons)}".strip()
            for profile, one in verdicts.items()
        ]
        passed.setdefault(path.parent.name, []).append(verdicts["lenient"].verdict is Verdict.DONE)
        if name in REFUSED:
            profile, code = REFUSED[name]
            told = code in {r.code for r in verdicts[profile].reasons}
            good &= told and verdicts[profile].verdict is Verdict.REJECTED
            cells.append("" if told else f"<-- {profile} should say {code}")
        print(f"{name:27} {score:5.2f} {1000 * spent_s:5.0f} ms  {' | '.join(cells)}")
    for folder in PASS_LENIENT:
        if folder in passed:
            share = sum(passed[folder]) / len(passed[folder])
            print(f"{folder}: {share:.0%} pass lenient")
            good &= share >= LEAST_PASSING
    return good


def trial_table(engines: Engines) -> bool:
    pictures = [read_photo(PHOTOS / name, Limits()).srgb for name in CLEAN]
    good = True
    print(f"{len(pictures)} clean photos; mean score clean, then by severity")
    for answer in answers(pictures, engines):
        means = " ".join(f"{mean:.2f}" for mean in answer.means)
        print(
            f"{answer.damage:16} {means}  Spearman {answer.spearman:+.2f}  "
            f"rise {answer.rise:+.3f}  AUC {answer.auc:.3f}  {'ok' if answer.holds else 'FAILS'}"
        )
        good &= answer.holds
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-trial", action="store_true")
    chosen = parser.parse_args()
    if not PHOTOS.is_dir():
        print("../shared/photos is not on this machine; nothing to show")
        return 0
    if chosen.pictures:
        chosen.pictures.mkdir(parents=True, exist_ok=True)
    with Engines() as engines:
        engines.finder.find(read_photo(PHOTOS / CLEAN[0], Limits()).srgb, view_px=384)
        good = photo_table(engines, chosen.only, chosen.pictures)
        if not chosen.no_trial:
            good &= trial_table(engines)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
