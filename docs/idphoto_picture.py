# noqa: INP001 - a script, no package
"""Writes ``idphoto.png``: what the route makes of one public portrait (NASA, E. Collins).

``python docs/idphoto_picture.py``
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from daemon.engines.registry import Engines
from daemon.imaging.photo import Container, Photo
from daemon.routes.base import Context
from daemon.routes.idphoto import ROUTE

PAGE = Path(__file__).resolve().parent / "idphoto.png"
HEIGHT_PX, GAP_PX = 300, 12
WISHES = ("一寸白底", "一寸蓝底", "一寸红底", "日本签证", "一寸 渐变蓝", "一寸蓝底 排版6寸")


def main() -> None:
    """Make each, and lay them side by side behind the original."""
    rgb = np.ascontiguousarray(data.astronaut())
    shown = [Image.fromarray(rgb)]
    photo = Photo(rgb, rgb, None, Container("PNG"))
    with Engines() as engines:
        shown += [_made(photo, wish, engines) for wish in WISHES]
    sized = [
        one.resize((round(one.width * HEIGHT_PX / one.height), HEIGHT_PX), Image.Resampling.LANCZOS)
        for one in shown
    ]
    width = sum(one.width for one in sized) + GAP_PX * (len(sized) + 1)
    page = Image.new("RGB", (width, HEIGHT_PX + 2 * GAP_PX), (208, 208, 212))
    x = GAP_PX
    for one in sized:
        page.paste(one, (x, GAP_PX))
        x += one.width + GAP_PX
    page.save(PAGE, optimize=True)


def _made(photo: Photo, wish: str, engines: Engines) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        context = Context(engines, "en", wish, lambda _part, _done, _total: None, Path(folder))
        outcome = ROUTE.run(photo, ROUTE.parse_options({}), context)
        pictures = [file for file in outcome.files if file.suffix.endswith((".jpg", ".png"))]
        return Image.open(Path(folder) / pictures[-1].name).convert("RGB")


if __name__ == "__main__":
    main()
