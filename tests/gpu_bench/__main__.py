"""``python -m tests.gpu_bench``: see ``make bench-gpu``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.fakes.torch_here import need_torch
from tests.gpu_bench.report import Sheet

USUAL, SMALL = "gpen-bfr-512", "gpen-bfr-256"
SIZES = [SMALL, USUAL, "gpen-bfr-1024", "gpen-bfr-2048"]
PHOTOS = 1000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-gpu ARGS=…")
    parser.add_argument("--store", type=Path, help="a booth's model store; none: random weights")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:N")
    parser.add_argument("--photos", type=int, help=f"of the folder; {PHOTOS} on a GPU, 0 without")
    parser.add_argument("--seconds", type=float, default=3.0, help="each row at least so long")
    parser.add_argument("--out", type=Path, help="where the page is written, too")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, device: str, folder: Path) -> Sheet:
    from tests.gpu_bench.cold import measure_cold
    from tests.gpu_bench.faces import Plan, measure_faces, measure_memory
    from tests.gpu_bench.folder import measure_folder
    from tests.gpu_bench.machine import facts_of
    from tests.gpu_bench.store import bench_store

    sheet, on_card = Sheet(facts_of(device)), device != "cpu"
    photos = arguments.photos if arguments.photos is not None else PHOTOS * on_card
    with bench_store(arguments.store, folder / "models", SIZES if on_card else [SMALL]) as store:
        key = USUAL if on_card else SMALL
        if on_card:
            batches, precisions = (1, 4, 8, 16, 32), ("fp32", "bf16", "fp16")
        else:
            batches, precisions = (1, 2), ("fp32",)
            no_card = "no GPU"
            sheet.skip(f"{USUAL} at batch 1, 4, 8, 16, 32 in fp32, bf16 and fp16", no_card)
            sheet.skip("how busy the GPU is", no_card)
            sheet.skip("memory on the card by size (256, 512, 1024, 2048)", no_card)
        measure_faces(sheet, store, device, Plan(key, batches, precisions, arguments.seconds))
        if on_card:
            measure_memory(sheet, store, device, SIZES)
        measure_cold(sheet, store, device, key)
        if photos:
            precision = "bf16" if on_card else "fp32"
            work = folder / "folder"
            work.mkdir()
            measure_folder(sheet, store, device, folder=work, count=photos, precision=precision)
        else:
            sheet.skip(f"a folder of {PHOTOS} photos from end to end", "no GPU; --photos N")
    return sheet


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
