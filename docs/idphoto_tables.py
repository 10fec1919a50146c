# noqa: INP001 - a script, no package
"""Writes the tables of ``idphoto.md`` from the data and the parser; a test compares what is kept.

``python docs/idphoto_tables.py`` rewrites what stands between ``<!-- NAME -->`` and
``<!-- /NAME -->``; the rest of the page is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from daemon.catalogue.idphoto import book
from daemon.domain.codes import CODES
from daemon.domain.idphoto.caution import Caution
from daemon.domain.idphoto.instruct import parse
from daemon.domain.idphoto.listing import row_of
from daemon.domain.idphoto.preset import Preset
from daemon.domain.idphoto.saying import said_of

PAGE = Path(__file__).resolve().parent / "idphoto.md"

# What people write, by subject; each is read by the parser when the page is written.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "Size": (
        "一寸,白底", "one inch, white", "小二寸蓝底", "us_visa", "passport photo for the UK",
        "日本签证照片", "35x45mm, light grey background", "宽30mm高40mm,白底", "295x413像素,红底",
        "1寸和大一寸各一份,白底", "一寸白底、小一寸红底各要一张",
    ),
    "Background": (
        "把背景换成#438EDB", "红底换白底", "上蓝下白渐变背景", "浅灰渐变背景", "透明背景,png",
        "keep the original background, one inch", "blue background",
    ),
    "Retouching": (
        "轻微磨皮,美白20%", "strong skin smoothing", "no retouching", "祛痘,但是痣要留着",
        "保留皮肤纹理", "亮度调高一点,对比度稍微加强", "a little brighter",
    ),
    "Hair, head, pose": (
        "保留发丝细节", "remove stray hair", "头再大一点,头顶留3毫米", "头歪了帮我摆正",
        "自拍是镜像的,水平翻转一下",
    ),
    "File": (
        "20-50KB", "不超过240KB", "exactly 100 KB", "600dpi", "between 20 KB and 50 KB, JPG",
    ),
    "Print": (
        "一寸照8张,排版到A4", "排一张6寸,要裁剪线", "8 copies on a 4x6 sheet, cut lines",
        "排满5寸,不留间隙",
    ),
    "Watermark": ("加水印“仅供入职使用”", 'watermark "for HR only"'),
}  # fmt: skip


def presets() -> Iterator[str]:
    """Every preset with its rule."""
    known = book()
    yield from _header(
        "key", "name", "mm", "px", "dpi", "KB", "background", "head", "edits", "figures"
    )
    for preset in known.presets.values():
        row = row_of(preset, known, "en")
        cells = list(row.cells)
        cells[0], cells[1] = f"`{row.key}`", f"{preset.names.zh} · {row.name}"
        cells[9] = f"{row.confidence}{_unsure(preset)}"
        yield _line(cells)


def _unsure(preset: Preset) -> str:
    return f"; less sure: {', '.join(preset.uncertain_fields)}" if preset.uncertain_fields else ""


def papers() -> Iterator[str]:
    """Every paper."""
    yield from _header("key", "name", "mm", "also called")
    for paper in book().papers.values():
        names = paper.names
        size = f"{paper.width_mm:g} × {paper.height_mm:g}"
        yield _line([f"`{paper.key}`", f"{names.zh} · {names.en}", size, ", ".join(names.aliases)])


def colours() -> Iterator[str]:
    """Every background by name."""
    known = book()
    yield from _header("key", "name", "colour", "also called")
    for colour in known.colours.values():
        yield _named(colour.key, colour.names.zh, colour.names.en, colour.hex, colour.names.aliases)
    for gradient in known.gradients.values():
        stops = " → ".join(stop.hex for stop in gradient.stops)
        names = gradient.names
        yield _named(gradient.key, names.zh, names.en, f"{gradient.kind} {stops}", names.aliases)
    for special in known.specials.values():
        yield _named(special.key, special.names.zh, special.names.en, "–", special.names.aliases)


def examples() -> Iterator[str]:
    """What may be written, and how it is understood."""
    known = book()
    yield from _header("about", "write", "understood as", "and a remark")
    for subject, texts in EXAMPLES.items():
        for text in texts:
            read = parse(text, known)
            said = "; ".join(
                f"{label}: {value}" for label, value in said_of(read.slots, known, "en")
            )
            remarks = ", ".join(f"`{one.caution.code}`" for one in read.warned)
            yield _line([subject, f"`{text}`", said, remarks or "–"])


def remarks() -> Iterator[str]:
    """Every warning about an instruction."""
    yield from _header("code", "in JSON", "what it says")
    for caution in Caution:
        code = CODES[caution.code]
        said = f"{code.message['en']} {code.advice['en']}"
        yield _line([f"`{caution.code}`", f"`{caution.value}`", said])


def _named(key: str, zh: str, en: str, shown: str, aliases: Sequence[str]) -> str:
    return _line([f"`{key}`", f"{zh} · {en}", shown, ", ".join(aliases)])


def _header(*names: str) -> Iterator[str]:
    yield _line(names)
    yield "|" + "---|" * len(names)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


TABLES = {
    "presets": presets, "papers": papers, "colours": colours, "examples": examples,
    "remarks": remarks,
}  # fmt: skip


def written(page: str) -> str:
    """The page with its tables as they must be.

    Raises:
        LookupError: The page has no place for a table.
    """
    for name, table in TABLES.items():
        place = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        body = "\n".join(table()) + "\n"
        page, count = place.subn(lambda found, body=body: found[1] + body + found[2], page)
        if count != 1:
            msg = f"idphoto.md has {count} places for the table {name}"
            raise LookupError(msg)
    return page


def main() -> None:
    """Rewrite the tables."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
