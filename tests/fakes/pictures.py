"""Pictures for tests, drawn or from ``skimage.data``, in every format the booth reads."""

from __future__ import annotations

import io
import struct
from typing import Any

import cv2
import numpy as np
import pillow_heif
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms
from skimage.data import astronaut

from daemon.imaging.png import chunk


def portrait(height: int = 300, width: int = 240) -> NDArray[np.uint8]:
    """The astronaut's head and shoulders, ``(H, W, 3)`` uint8."""
    return np.ascontiguousarray(astronaut()[:height, 100 : 100 + width])


def deep(rgb: NDArray[np.uint8], seed: int = 0) -> NDArray[np.uint16]:
    """A 16-bit version whose low bits are alive."""
    noise = np.random.default_rng(seed).integers(0, 256, rgb.shape, dtype=np.uint16)
    return (rgb.astype(np.uint16) << 8) | noise


def slope(shape: tuple[int, int], dtype: Any = np.uint8) -> NDArray[Any]:
    """An alpha plane ``(H, W)`` that takes all values."""
    top = np.iinfo(dtype).max
    return np.linspace(0, top, shape[0] * shape[1]).reshape(shape).astype(dtype)


def saved(image: Image.Image, format_name: str, **options: Any) -> bytes:
    """A picture as Pillow writes it."""
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def heic(samples: NDArray[Any], **options: Any) -> bytes:
    """A HEIC of ``(H, W, 3|4)`` uint8 or uint16 samples."""
    mode = {3: "RGB", 4: "RGBA"}[samples.shape[2]] + (";16" if samples.dtype == np.uint16 else "")
    heif = pillow_heif.from_bytes(mode, samples.shape[1::-1], samples.tobytes())
    buffer = io.BytesIO()
    heif.save(buffer, quality=90, enc_params={"preset": "ultrafast"}, **options)
    return buffer.getvalue()


def deep_avif(samples: NDArray[np.uint16], depth: int = 10) -> bytes:
    """A 10-bit AVIF of ``(H, W, 3)`` uint16 samples."""
    flags = [cv2.IMWRITE_AVIF_DEPTH, depth, cv2.IMWRITE_AVIF_QUALITY, 90, cv2.IMWRITE_AVIF_SPEED, 9]
    done, content = cv2.imencode(".avif", (samples >> (16 - depth))[:, :, ::-1], flags)
    assert done
    return bytes(content.tobytes())


def deep_png(samples: NDArray[np.uint16]) -> bytes:
    """A 16-bit PNG of ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` samples, by OpenCV."""
    if samples.ndim == 3:
        samples = samples[:, :, [2, 1, 0, 3][: samples.shape[2]]]
    done, content = cv2.imencode(".png", samples)
    assert done
    return bytes(content.tobytes())


def tiff(*pages: tuple[NDArray[Any], dict[str, Any]], **options: Any) -> bytes:
    """A TIFF of pages with ``tifffile`` options for each."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer, **options) as writer:
        for samples, page_options in pages:
            writer.write(samples, metadata=None, **page_options)
    return buffer.getvalue()


def exif(orientation: int = 1, *, order: str = "<") -> bytes:
    """An EXIF block with camera, place, maker note and a thumbnail that is a JPEG."""
    thumbnail = saved(Image.fromarray(portrait(40, 32)), "JPEG")
    note = b"MakerNote\0" + saved(Image.fromarray(portrait(24, 24)), "JPEG")
    parts: list[bytes] = [b"II*\0" if order == "<" else b"MM\0*", struct.pack(order + "I", 8)]
    maker, artist = b"Kamera AG\0", b"Somebody Inc\0\0"
    main_at, exif_at = 8, 8 + 2 + 12 * 5 + 4
    gps_at = exif_at + 2 + 12 * 2 + 4
    thumb_at = gps_at + 2 + 12 * 2 + 4
    values_at = thumb_at + 2 + 12 * 3 + 4
    blocks = [maker, artist, note, struct.pack(order + "6I", 48, 1, 8, 1, 30, 1), thumbnail]
    at = [values_at]
    for block in blocks[:-1]:
        at.append(at[-1] + len(block))

    def row(tag: int, kind: int, count: int, value: bytes | int) -> bytes:
        packed = value if isinstance(value, bytes) else struct.pack(order + "I", value)
        return struct.pack(order + "HHI", tag, kind, count) + packed.ljust(4, b"\0")

    def short(value: int) -> bytes:
        return struct.pack(order + "H", value)

    def table(rows: list[bytes], following: int = 0) -> bytes:
        return short(len(rows)) + b"".join(rows) + struct.pack(order + "I", following)

    parts.append(
        table(
            [
                row(0x010F, 2, len(maker), at[0]),
                row(0x0112, 3, 1, short(orientation)),
                row(0x013B, 2, len(artist), at[1]),
                row(0x8769, 4, 1, exif_at),
                row(0x8825, 4, 1, gps_at),
            ],
            thumb_at,
        )
    )
    parts.append(table([row(0x8827, 3, 1, short(400)), row(0x927C, 7, len(note), at[2])]))
    parts.append(table([row(1, 2, 2, b"N\0"), row(2, 5, 3, at[3])]))
    parts.append(
        table(
            [
                row(0x0112, 3, 1, short(orientation)),
                row(0x0201, 4, 1, at[4]),
                row(0x0202, 4, 1, len(thumbnail)),
            ]
        )
    )
    assert sum(map(len, parts)) == values_at
    assert main_at == 8
    return b"".join([*parts, *blocks])


XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'exif:GPSLatitude="48,8.5N" tiff:Orientation="6" xmp:Rating="4">'
    b"<exif:GPSLongitude>11,34E</exif:GPSLongitude>"
    b"<xmp:Thumbnails><rdf:Alt><rdf:li xmpGImg:image='/9j/4AAQ'/></rdf:Alt></xmp:Thumbnails>"
    b"<dc:title>Grandmother</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
    b"<?xpacket end='w'?>"
)


def photoshop() -> bytes:
    """Photoshop resources: a caption (IPTC), a thumbnail, and EXIF once more."""

    def resource(number: int, body: bytes) -> bytes:
        return struct.pack(">4sHHI", b"8BIM", number, 0, len(body)) + body + bytes(len(body) & 1)

    caption = b"\x1c\x02\x78\0\x0bGrandmother"
    return resource(0x0404, caption) + resource(1036, b"\xff\xd8thumbnail") + resource(1058, b"GPS")


def with_jpeg_segments(content: bytes, *segments: tuple[int, bytes]) -> bytes:
    """A JPEG with further segments behind its start."""
    packed = [struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments]
    return content[:2] + b"".join(packed) + content[2:]


def with_png_chunks(content: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with further chunks behind its header."""
    return content[:33] + b"".join(chunk(kind, body) for kind, body in chunks) + content[33:]


def rich_jpeg(orientation: int = 1, **options: Any) -> bytes:
    """A JPEG with EXIF, XMP, IPTC and a profile."""
    base = saved(Image.fromarray(portrait()), "JPEG", **({"quality": 88} | options))
    return with_jpeg_segments(
        base,
        (0xE1, b"Exif\0\0" + exif(orientation)),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        (0xED, b"Photoshop 3.0\0" + photoshop()),
    )


def wide_profile() -> bytes:
    """An RGB profile with wider primaries than sRGB (Display P3)."""
    return _profile(b"RGB ", b"mntr")


def grey_profile(gamma: float = 1.8) -> bytes:
    """A grey profile with a gamma of its own."""
    curve = b"curv" + struct.pack(">IIHH", 0, 1, round(gamma * 256), 0)
    return _assembled(b"GRAY", b"mntr", {b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"kTRC": curve})


def srgb_profile() -> bytes:
    """littlecms' own sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + struct.pack(">Iiii", 0, *(round(value * 65_536) for value in (x, y, z)))


def _profile(space: bytes, kind: bytes) -> bytes:
    curve = b"curv" + struct.pack(">IIHH", 0, 1, round(2.2 * 256), 0)
    tags = {
        # Display P3 primaries, adapted to D50. Source: SMPTE EG 432-1.
        b"rXYZ": _xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": _xyz(0.2920, 0.6922, 0.0419),
        b"bXYZ": _xyz(0.1571, 0.0666, 0.7841),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
    }
    return _assembled(space, kind, tags)


def _assembled(space: bytes, kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = tags | {b"desc": b"desc" + struct.pack(">II", 0, 5) + b"test\0" + bytes(78)}
    tags |= {b"cprt": b"text" + bytes(4) + b"none\0"}
    head = bytearray(128)
    head[4:8], head[8:12], head[12:16] = b"lcms", b"\x02\x40\0\0", kind
    head[16:20], head[20:24], head[36:40] = space, b"XYZ ", b"acsp"
    head[68:80] = struct.pack(">iii", 63_190, 65_536, 54_061)
    at = 128 + 4 + 12 * len(tags)
    table, blocks = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        padded = body + bytes(-len(body) % 4)
        table += name + struct.pack(">II", at + len(blocks), len(padded))
        blocks += padded
    whole = bytearray(bytes(head) + table + blocks)
    whole[0:4] = struct.pack(">I", len(whole))
    return bytes(whole)
