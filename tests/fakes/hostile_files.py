"""Files that wish us ill: cut, zeroed, flipped, lying, bombs, and names nobody should use.

``corpus`` writes the same files for the same seed. Every file says how it may end; none of
them is larger than a megabyte on disk.
"""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

CUT = frozenset({"TRUNCATED", "INVALID_IMAGE"})
REFUSED = CUT | {"UNSUPPORTED_FORMAT"}
TOO_MUCH = frozenset({"DECOMPRESSION_BOMB", "IMAGE_TOO_LARGE"})
ANY = REFUSED | TOO_MUCH | {"IMAGE_TOO_SMALL"}


@dataclass(frozen=True, slots=True)
class HostileFile:
    """One file of the corpus.

    Attributes:
        path: Where it lies; the name may hold any byte but ``/`` and NUL.
        kind: What is wrong with it.
        codes: Codes that it may be refused with.
        decodes: Whether a whole picture is an acceptable end, too.
    """

    path: Path
    kind: str
    codes: frozenset[str]
    decodes: bool = False

    @property
    def name(self) -> bytes:
        return os.fsencode(self.path.name)


@dataclass(frozen=True, slots=True)
class Seedling:
    """Bytes of a file before it has a name."""

    kind: str
    suffix: str
    content: bytes
    codes: frozenset[str]
    decodes: bool = False


def corpus(folder: Path, seed: int) -> list[HostileFile]:
    """Write more than 500 hostile files of all formats into ``folder``."""
    rng = random.Random(seed)
    samples = healthy_samples(seed)
    seedlings = [
        *_cut(samples),
        *_zeroed(samples),
        *_flipped(samples, rng),
        *_garbage(rng),
        *_strangers(rng),
        *bombs(samples),
    ]
    files = []
    for number, seedling in enumerate(seedlings):
        path = folder / f"{number:04d}-{seedling.kind}{seedling.suffix}"
        path.write_bytes(seedling.content)
        files.append(HostileFile(path, seedling.kind, seedling.codes, seedling.decodes))
    return [*files, *_named(folder, samples["jpeg"])]


def healthy_samples(seed: int) -> dict[str, bytes]:
    """Small good files of every format and of the flavours that take different paths."""
    noise = np.random.default_rng(seed).integers(0, 40, (96, 128, 3), dtype=np.uint8)
    ramp = np.indices((96, 128)).sum(axis=0, dtype=np.uint16)[:, :, None]
    rgb = Image.fromarray((ramp % 200 + noise).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker"
    made = {
        "jpeg": _saved(rgb, "JPEG", quality=88, exif=exif),
        "jpeg-progressive": _saved(rgb, "JPEG", quality=80, progressive=True),
        "jpeg-restarts": _saved(rgb, "JPEG", quality=80, restart_marker_rows=1),
        "jpeg-cmyk": _saved(rgb.convert("CMYK"), "JPEG"),
        "jpeg-grey": _saved(rgb.convert("L"), "JPEG"),
        "png": _saved(rgb, "PNG", dpi=(300, 300)),
        "png-palette": _saved(rgb.quantize(64), "PNG"),
        "png-alpha": _saved(rgb.convert("RGBA"), "PNG", exif=exif),
        "png-deep": _deep_png(),
        "webp": _saved(rgb, "WEBP", quality=80, exif=exif.tobytes()),
        "webp-lossless": _saved(rgb, "WEBP", lossless=True),
        "tiff-lzw": _saved(rgb, "TIFF", compression="tiff_lzw"),
        "tiff-deflate": _saved(rgb, "TIFF", compression="tiff_adobe_deflate"),
        "tiff-jpeg": _saved(rgb, "TIFF", compression="jpeg"),
        "tiff-fax": _saved(rgb.convert("1"), "TIFF", compression="group4"),
        "tiff-pages": _saved(rgb, "TIFF", save_all=True, append_images=[rgb.convert("L")]),
        "bmp": _saved(rgb, "BMP"),
        "gif": _saved(rgb.quantize(64), "GIF"),
        "gif-animated": _saved(
            rgb.quantize(64), "GIF", save_all=True, append_images=[rgb.rotate(90).quantize(64)]
        ),
        "avif": _saved(rgb, "AVIF", quality=80),
    }
    return made | {"heic": _heic(rgb)}


def _saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def _heic(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    heif = pillow_heif.from_bytes("RGB", image.size, image.tobytes())
    heif.save(buffer, quality=80)
    return buffer.getvalue()


def _deep_png() -> bytes:
    rows = np.random.default_rng(3).integers(0, 65_535, (64, 64 * 3), dtype=np.uint16).astype(">u2")
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    return png((64, 64), 16, 2, [(b"IDAT", zlib.compress(lines))])


_SUFFIXES = {
    "jpeg": ".jpg", "png": ".png", "webp": ".webp", "tiff": ".tif", "bmp": ".bmp", "gif": ".gif",
    "avif": ".avif", "heic": ".heic",
}  # fmt: skip
_STORED_PLAIN = frozenset({"bmp", "tiff-pages"})
"""Samples stored as they are: zeros in them are black pixels, which nobody can tell apart."""


def _suffix(name: str) -> str:
    return _SUFFIXES[name.partition("-")[0]]


def _cut(samples: dict[str, bytes]) -> Iterator[Seedling]:
    for name, content in samples.items():
        for per_mille in (20, 100, 250, 400, 600, 750, 900, 970):
            part = content[: len(content) * per_mille // 1000]
            yield Seedling(f"cut-{name}-{per_mille}", _suffix(name), part, REFUSED)


def _zeroed(samples: dict[str, bytes]) -> Iterator[Seedling]:
    for name, content in samples.items():
        for per_mille in (0, 300, 600):
            kept = len(content) * per_mille // 1000
            whole = content[:kept] + bytes(len(content) - kept)
            plain = name in _STORED_PLAIN and per_mille > 0
            yield Seedling(f"zeroed-{name}-{per_mille}", _suffix(name), whole, REFUSED, plain)


def _flipped(samples: dict[str, bytes], rng: random.Random) -> Iterator[Seedling]:
    for name, content in samples.items():
        for round_number in range(10):
            changed = bytearray(content)
            # Early bytes are headers, where a flip does most harm.
            reach = len(changed) if round_number % 2 else min(len(changed), 400)
            for _ in range(rng.choice((1, 4, 24))):
                changed[rng.randrange(reach)] = rng.randrange(256)
            kind = f"flipped-{name}-{round_number}"
            yield Seedling(kind, _suffix(name), bytes(changed), ANY, decodes=True)


def _garbage(rng: random.Random) -> Iterator[Seedling]:
    starts = {
        ".jpg": b"\xff\xd8\xff\xe0",
        ".png": b"\x89PNG\r\n\x1a\n",
        ".webp": b"RIFF\xff\xff\0\0WEBPVP8 ",
        ".tif": b"II*\0\x08\0\0\0",
        ".bmp": b"BM" + bytes(12) + b"\x28\0\0\0",
        ".gif": b"GIF89a",
        ".heic": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
        ".avif": b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
    }
    for suffix, start in starts.items():
        for length in (0, 1, 40, 4000):
            kind = f"garbage-after-magic-{length}"
            yield Seedling(kind, suffix, start + rng.randbytes(length), ANY)


def _strangers(rng: random.Random) -> Iterator[Seedling]:
    unsupported = frozenset({"UNSUPPORTED_FORMAT"})
    others = {
        "pdf": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "zip": b"PK\x03\x04" + bytes(40),
        "html": b"<!doctype html><title>404</title>", "svg": b"<svg xmlns='http://www.w3.org'/>",
        "json": b'{"error": "not found"}', "exe": b"MZ" + bytes(100), "elf": b"\x7fELF" + bytes(60),
        "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(40), "text": "你好\n".encode() * 20,
        "psd": b"8BPS\0\x01" + bytes(40), "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
        "jxl": b"\xff\x0a" + bytes(40), "raw": b"II*\0\x10\0\0\0CR\x02\0" + bytes(40),
        "tar": b"photo.jpg" + bytes(503), "noise": b"\x01" + rng.randbytes(5000),
        "one-byte": b"\xff", "two-bytes": b"\xff\xd8", "script": b"#!/bin/sh\nrm -rf /\n",
        "wave": b"RIFF\x24\0\0\0WAVEfmt ", "ico": b"\0\0\x01\0\x01\0" + bytes(60),
    }  # fmt: skip
    for name, content in others.items():
        yield Seedling(f"stranger-{name}", ".jpg", content, unsupported)
    yield Seedling("empty", ".jpg", b"", frozenset({"EMPTY"}))
    yield Seedling("all-zero", ".jpg", bytes(5000), frozenset({"TRUNCATED"}))


def png(size: tuple[int, int], depth: int, colour: int, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of the chunks given, with right checksums."""
    head = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    everything = [(b"IHDR", head), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in everything
    )


def _packed_zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(count >> 20)]
    return b"".join([*parts, packer.flush()])


def bombs(samples: dict[str, bytes]) -> list[Seedling]:
    """Small files that claim, or inflate to, gigabytes."""
    made = [
        Seedling("bomb-png-flat", ".png", _flat_png(20_000), TOO_MUCH),
        Seedling("bomb-png-claims", ".png", _flat_png(2, (1 << 31) - 1), TOO_MUCH),
        Seedling("bomb-jpeg", ".jpg", _claiming_jpeg(samples["jpeg-grey"]), TOO_MUCH),
        Seedling("bomb-jpeg-segments", ".jpg", _many_segments(samples["jpeg"]), REFUSED),
        Seedling("bomb-gif-screen", ".gif", _patched(samples["gif"], 6, b"\xff" * 4), TOO_MUCH),
        Seedling("bomb-bmp", ".bmp", _patched(samples["bmp"], 18, b"\0\0\1\0" * 2), TOO_MUCH),
        Seedling("bomb-bmp-rle", ".bmp", _rle_bmp(40_000), TOO_MUCH),
        Seedling("bomb-webp-canvas", ".webp", _webp_canvas(), TOO_MUCH),
        Seedling("bomb-webp-lossless", ".webp", _webp_lossless(samples["webp-lossless"]), TOO_MUCH),
        Seedling("bomb-tiff-size", ".tif", tiff([{256: 1 << 20, 257: 1 << 20}]), TOO_MUCH),
        Seedling("bomb-tiff-pages", ".tif", tiff([{256: 64, 257: 64}] * 5_000), TOO_MUCH),
        Seedling("bomb-tiff-circle", ".tif", tiff([{256: 64, 257: 64}], circle=True), REFUSED),
        Seedling("bomb-tiff-count", ".tif", tiff([{256: 64, 257: 64}], count=1 << 31), REFUSED),
        Seedling("bomb-tiff-segments", ".tif", tiff([{256: 64, 257: 64, 278: 1}]), REFUSED),
    ]
    made += list(_inflating_png())
    for name in ("heic", "avif"):
        at = samples[name].index(b"ispe") + 8
        huge = _patched(samples[name], at, struct.pack(">II", 60_000, 60_000))
        made.append(Seedling(f"bomb-{name}", f".{name}", huge, TOO_MUCH))
    return made


def _inflating_png() -> Iterator[Seedling]:
    rows = zlib.compress(b"".join(b"\0" + bytes(64 * 3) for _ in range(64)))
    packed = _packed_zeros(256 << 20)
    for kind, body in (
        (b"zTXt", b"Comment\0\0" + packed),
        (b"iCCP", b"profile\0\0" + packed),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packed),
    ):
        content = png((64, 64), 8, 2, [(kind, body), (b"IDAT", rows)])
        yield Seedling(f"bomb-png-{kind.decode()}", ".png", content, REFUSED, decodes=True)
    content = png((64, 64), 8, 2, [(b"IDAT", packed)])
    yield Seedling("bomb-png-overlong", ".png", content, REFUSED, decodes=True)


def _flat_png(side: int, claimed: int | None = None) -> bytes:
    rows = _packed_zeros(side * (1 + side // 8))
    return png((claimed or side, claimed or side), 1, 0, [(b"IDAT", rows)])


def _patched(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


def _claiming_jpeg(content: bytes) -> bytes:
    return _patched(content, content.index(b"\xff\xc0") + 5, struct.pack(">HH", 65_500, 65_500))


def _many_segments(content: bytes) -> bytes:
    return content[:2] + b"\xff\xe5\0\2" * 100_000 + content[2:]


def _rle_bmp(side: int) -> bytes:
    data = b"\xff\0" * 64 + b"\0\1"
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(data), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 1024, 0, 0, 54 + 1024) + head + bytes(1024) + data


def _webp_canvas() -> bytes:
    body = bytes(4) + b"\xff\xff\xff" * 2
    chunks = b"VP8X" + struct.pack("<I", 10) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _webp_lossless(content: bytes) -> bytes:
    bits = 16_382 | 16_382 << 14
    return _patched(content, content.index(b"VP8L") + 9, struct.pack("<I", bits))


def tiff(pages: list[dict[int, int]], *, circle: bool = False, count: int = 1) -> bytes:
    """A grey TIFF whose directories say what they are told to say."""
    data = bytes(64 * 64)
    content, parts = 8 + len(data), [data]
    for number, page in enumerate(pages):
        fields = {258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 64, 279: len(data)} | page
        rows = [
            struct.pack("<HHII", tag, 4, count if tag == 273 else 1, value)
            for tag, value in sorted(fields.items())
        ]
        size = 2 + 12 * len(rows) + 4
        last = number == len(pages) - 1
        following = (8 + len(data) if circle else 0) if last else content + size
        parts.append(struct.pack("<H", len(rows)) + b"".join(rows) + struct.pack("<I", following))
        content += size
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + b"".join(parts)


def hostile_names() -> list[bytes]:
    """File names as bytes, all legal on a Linux disk."""
    return [
        b"\xff\xfe not utf8.jpg", b"caf\xe9 latin1.jpg", b"\x80\x81.jpg", "e\u0301.jpg".encode(),
        b"new\nline.jpg", b"carriage\rreturn.jpg", b"tab\there.jpg", b"\x1b[2J\x1b[31mred.jpg",
        b"\x1b]0;title\x07.jpg", b"bell\x07.jpg", b"\x7fdelete.jpg", b"\x01\x02\x03.jpg",
        "photo\u202egpj.exe.jpg".encode(), "\u2066isolated\u2069.jpg".encode(),
        "zero\u200bwidth.jpg".encode(), "\ufeffbom.jpg".encode(), "nbsp\u00a0.jpg".encode(),
        b"a" * 251 + b".jpg", ("照" * 83).encode() + b".jpg", ("😀" * 62).encode() + b".jpg",
        b"-rf.jpg", b"--help.jpg", b"-", b"~tilde.jpg", b"%s%n{}{0}.jpg", b"${HOME}`id`.jpg",
        b"$(reboot).jpg", b"';DROP TABLE jobs;--.jpg", b'"quoted".jpg', b"back\\slash.jpg",
        b"..\\..\\up.jpg", b"<script>alert(1)<script>.jpg", b"&amp;.jpg", b"a|b>c<d.jpg",
        b"CON.jpg", b"NUL", b"COM1.jpg", b"aux.jpg", b"LPT9.png.jpg", b"prn.",
        b"trailing dot.jpg.", b"trailing space.jpg ", b" leading space.jpg", b"   ",
        b"two..dots..jpg", b"no suffix", b"UPPER.JPG", b"photo.jpg.jpg", b"photo.png.jpg.txt.jpg",
        b"*.jpg", b"?.jpg", b"[abc].jpg", b"#hash.jpg", b"a=b;c.jpg", b"http:example.jpg",
        ("很长的名字" * 16).encode() + b".jpg", "مرحبا.jpg".encode(), "שלום.jpg".encode(),
    ]  # fmt: skip


def _named(folder: Path, content: bytes) -> list[HostileFile]:
    names: list[HostileFile] = []
    write: Callable[[Path, bytes], int] = Path.write_bytes
    for name in hostile_names():
        path = folder / os.fsdecode(name)
        write(path, content)
        names.append(HostileFile(path, "name", frozenset(), decodes=True))
    return names
