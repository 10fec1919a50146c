"""``python -m tests.gpu_bench``: see ``make bench-gpu``."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fakes.torch_here import need_torch
from tests.gpu_bench.report import Sheet

USUAL, SMALL = "gpen-bfr-512", "gpen-bfr-256"
SIZES = [SMALL, USUAL, "gpen-bfr-1024", "gpen-bfr-2048"]
PHOTO_COUNT = 1000
FACES, MEMORY, COLD, FOLDER = PARTS = ("faces", "memory", "cold", "folder")
NO_CARD = "no GPU"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-gpu ARGS=…")
    parser.add_argument("--store", type=Path, help="a booth's model store; none: random weights")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:N")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only these")
    count = f"of the folder; {PHOTO_COUNT} on a GPU, 0 without"
    parser.add_argument("--photos", type=int, help=count)
    parser.add_argument("--photos-from", type=Path, help="where real ones are")
    parser.add_argument("--seconds", type=float, default=3.0, help="each row at least so long")
    parser.add_argument("--out", type=Path, help="where the page is written, too")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, device: str, folder: Path) -> Sheet:
    from tests.gpu_bench.cold import measure_cold
    from tests.gpu_bench.faces import Plan, measure_faces, measure_memory
    from tests.gpu_bench.folder import measure_folder
    from tests.gpu_bench.machine import facts_of
    from tests.gpu_bench.store import SHARED, SIZES_PX, bench_store

    sheet, on_card, parts = Sheet(facts_of(device)), device != "cpu", arguments.parts
    photos = arguments.photos if arguments.photos is not None else PHOTO_COUNT * on_card
    photos *= FOLDER in parts
    key = USUAL if on_card else SMALL
    keys = SIZES if on_card and MEMORY in parts else [key]
    models = folder / "models"
    with bench_store(arguments.store, models, keys, for_photos=photos > 0) as store:
        if FACES in parts:
            batches, precisions = (1, 4, 8, 16, 32), ("fp32", "bf16", "fp16")
            if not on_card:
                batches, precisions = (1, 2), ("fp32",)
            measure_faces(sheet, store, device, Plan(key, batches, precisions, arguments.seconds))
        if MEMORY in parts and on_card:
            measure_memory(sheet, store, device, SIZES)
        if COLD in parts:
            measure_cold(sheet, store, device, key)
        if photos:
            work, source = folder / "folder", arguments.photos_from or SHARED / "photos"
            work.mkdir()
            measure_folder(
                sheet,
                store,
                device,
                folder=work,
                count=photos,
                photos=source,
                size_px=SIZES_PX[key],
            )
    _name_the_rest(sheet, parts, on_card=on_card, photos=photos)
    return sheet


def _name_the_rest(sheet: Sheet, parts: Sequence[str], *, on_card: bool, photos: int) -> None:
    """What was not measured, by name and with the reason."""
    whole = {
        FACES: f"{USUAL} at batch 1, 4, 8, 16, 32 in fp32, bf16 and fp16, and how busy the GPU is",
        MEMORY: "memory on the card by size (256, 512, 1024, 2048)",
        COLD: "a cold start",
        FOLDER: f"a folder of {PHOTO_COUNT} photos from end to end",
    }
    for part, what in whole.items():
        if part not in parts:
            sheet.skip(what, "--parts")
        elif part == FOLDER and not photos:
            sheet.skip(what, f"{NO_CARD}; --photos N")
        elif part in {FACES, MEMORY} and not on_card:
            sheet.skip(what, NO_CARD)


def main() -> None:
    arguments = _arguments()
    need_torch()
    import torch

    device = arguments.device
    if device == "auto":
        device = "cuda:0" if torch.cuda.is_available() else "cpu"
    with tempfile.TemporaryDirectory(prefix="boothd-bench-") as folder:
        sheet = _measure(arguments, device, Path(folder))
    page = sheet.markdown()
    print(page)
    if arguments.out is not None:
        arguments.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
