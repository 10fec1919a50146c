"""Files that carry a secret in every place that their format has for one, besides the pixels.

``LEAKY`` names a maker for each form. All of them show the same page, so that one truth serves
all. Nothing here is taken from anywhere: the pictures are drawn.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping

import cv2
import img2pdf
import numpy as np
import pikepdf
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms

from daemon.imaging import tiff_tags as t
from daemon.imaging.png import chunk

SECRET = "SECRET-110199-SUITE"
SIZE = (320, 240)
EXIF_BYTES = b"Exif\0\0"


def page(text: str = "No. 6222 0212 3456") -> NDArray[np.uint8]:
    """The page that all of them show: ``(240, 320, 3)`` uint8 RGB."""
    picture = np.full((SIZE[1], SIZE[0], 3), 245, np.uint8)
    picture[20:70, 20:120] = (200, 40, 40)
    cv2.putText(picture, text, (20, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (20, 20, 20), 2)
    return picture


def thumbnail() -> bytes:
    """A small JPEG of the page as it was."""
    buffer = io.BytesIO()
    Image.fromarray(page()).resize((80, 60)).save(buffer, "JPEG")
    return buffer.getvalue()


def exif(orientation: int = 1) -> bytes:
    """An EXIF block with GPS, a maker note, owner, and a thumbnail in its second directory."""
    block = Image.Exif()
    block[0x010E] = block[0x013B] = block[0x8298] = SECRET
    block[0x0112] = orientation
    inner = block.get_ifd(0x8769)
    inner[0x927C] = b"MAKER\0" + SECRET.encode()
    inner[0x9286] = b"ASCII\0\0\0" + SECRET.encode()
    inner[0xA430] = SECRET
    place = block.get_ifd(0x8825)
    place[1], place[2] = "N", (31.0, 14.0, 3.0)
    place[29] = SECRET
    body = bytearray(block.tobytes().removeprefix(EXIF_BYTES))
    order = "<" if body[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "I", body, 4)
    (count,) = struct.unpack_from(order + "H", body, first)
    link, at, small = first + 2 + 12 * count, len(body), thumbnail()
    struct.pack_into(order + "I", body, link, at)
    rows = [(0x0103, 3, 6), (0x0201, 4, at + 2 + 36 + 4), (0x0202, 4, len(small))]
    body += struct.pack(order + "H", len(rows))
    for tag, kind, value in rows:
        number = struct.pack(order + ("H" if kind == 3 else "I"), value).ljust(4, b"\0")
        body += struct.pack(order + "HHI", tag, kind, 1) + number
    return bytes(body + bytes(4) + small)


def xmp() -> bytes:
    return (
        b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="' + SECRET.encode() + b'"/>'
        b"</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )


def iptc() -> bytes:
    """Photoshop resources: IPTC with a caption, and a thumbnail."""
    caption = b"\x1c\x02\x78" + struct.pack(">H", len(SECRET)) + SECRET.encode()
    small = bytes(28) + thumbnail()
    parts = []
    for number, body in ((0x0404, caption), (0x040C, small)):
        parts.append(b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body)
        parts.append(bytes(len(body) & 1))
    return b"".join(parts)


def profile() -> bytes:
    """A profile (sRGB by another name), with the secret as its description's neighbour."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(orientation: int = 1) -> bytes:
    """Everything an application segment may hold, a comment, MPF, a second picture, a tail."""
    picture = page() if orientation == 1 else np.ascontiguousarray(np.rot90(page()))
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=90, dpi=(300, 300))
    plain = buffer.getvalue()
    mpf = b"MPF\0II*\0\x08\0\0\0\x01\0\x00\xb0\x07\0\x04\0\0\x000100\0\0\0\0"
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    more = b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">II", 400, 0)
    segments = [
        _segment(0xE0, b"JFXX\0\x10" + thumbnail()),
        _segment(0xE1, EXIF_BYTES + exif(orientation)),
        _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
        _segment(0xE1, more + SECRET.encode()),
        _segment(0xE2, b"ICC_PROFILE\0\x01\x01" + profile()),
        _segment(0xE2, mpf),
        _segment(0xE4, SECRET.encode()),
        _segment(0xED, b"Photoshop 3.0\0" + iptc()),
        _segment(0xFE, SECRET.encode()),
    ]
    at = 4 + int.from_bytes(plain[4:6], "big")
    return plain[:at] + b"".join(segments) + plain[at:] + thumbnail() + SECRET.encode()


def _png(image: Image.Image, tail: bytes) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(300, 300))
    plain = buffer.getvalue()
    text = SECRET.encode()
    chunks = [
        chunk(b"iCCP", b"p\0\0" + zlib.compress(profile())),
        chunk(b"tEXt", b"Comment\0" + text),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp()),
        chunk(b"eXIf", exif()),
        chunk(b"tIME", b"\x07\xea\x0b\x15\x0c\x00\x00"),
        chunk(b"prVt", text),
    ]
    return plain[:33] + b"".join(chunks) + plain[33:] + tail


def png() -> bytes:
    """Text of all kinds, EXIF, a profile, a private chunk; behind the end the page as it was."""
    buffer = io.BytesIO()
    Image.fromarray(page()).save(buffer, "PNG")
    return _png(Image.fromarray(page()), buffer.getvalue() + SECRET.encode())


def png_hidden() -> bytes:
    """Text under see-through pixels, and white text on nothing."""
    picture = np.dstack([page(), np.full((SIZE[1], SIZE[0]), 255, np.uint8)])
    picture[160:240] = (255, 255, 255, 0)
    hidden = picture[160:200].copy()
    cv2.putText(hidden, SECRET, (5, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0, 0), 1)
    hidden[:, :, 3] = 0
    picture[160:200] = hidden
    white = picture[200:240].copy()
    cv2.putText(white, SECRET, (5, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255, 255), 1)
    picture[200:240] = white
    return _png(Image.fromarray(picture), b"")


def png_palette() -> bytes:
    image = Image.fromarray(page()).quantize(16)
    image.info["transparency"] = 3
    return _png(image, SECRET.encode())


def webp() -> bytes:
    buffer = io.BytesIO()
    alpha = np.dstack([page(), np.full((SIZE[1], SIZE[0]), 255, np.uint8)])
    alpha[200:, :, 3] = 0
    Image.fromarray(alpha).save(
        buffer, "WEBP", lossless=True, exact=True, exif=EXIF_BYTES + exif(), xmp=xmp(),
        icc_profile=profile(),
    )  # fmt: skip
    return buffer.getvalue() + SECRET.encode()


def bmp() -> bytes:
    """Bytes between the header and the picture, in the row padding's place and at the end."""
    buffer = io.BytesIO()
    Image.fromarray(page()).save(buffer, "BMP", dpi=(300, 300))
    plain = bytearray(buffer.getvalue())
    gap = SECRET.encode() + b"\0"
    struct.pack_into("<I", plain, 10, 54 + len(gap))
    return bytes(plain[:54]) + gap + bytes(plain[54:]) + SECRET.encode()


def gif() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(page()).save(buffer, "GIF", comment=SECRET.encode())
    return buffer.getvalue() + SECRET.encode()


def tiff(*, pages: int = 2) -> bytes:
    """Every directory and block that a page may point to, and bytes that nothing points to."""
    made = []
    for number in range(pages):
        samples = page(f"page {number + 1} 6222")
        order = "<"
        entries = [
            t.longs(order, t.WIDTH, [SIZE[0]]), t.longs(order, t.HEIGHT, [SIZE[1]]),
            t.shorts(order, t.BITS, [8, 8, 8]), t.shorts(order, t.COMPRESSION, [1]),
            t.shorts(order, t.PHOTOMETRIC, [2]), t.shorts(order, t.SAMPLES, [3]),
            t.longs(order, t.ROWS_PER_STRIP, [SIZE[1]]),
            t.rational(order, t.X_RESOLUTION, 300), t.rational(order, t.Y_RESOLUTION, 300),
            t.shorts(order, t.UNIT, [2]),
            t.opaque(t.XMP, xmp(), 1), t.opaque(t.IPTC, SECRET.encode()),
            t.opaque(t.PHOTOSHOP, iptc(), 1), t.opaque(t.ICC, profile()),
            t.opaque(270, SECRET.encode() + b"\0", 2), t.opaque(315, SECRET.encode() + b"\0", 2),
            t.opaque(65000, SECRET.encode()), t.opaque(37724, SECRET.encode()),
        ]  # fmt: skip
        subs = {
            0x8769: [t.opaque(0x927C, SECRET.encode()), t.opaque(0xA430, SECRET.encode(), 2)],
            0x8825: [t.opaque(29, SECRET.encode(), 2)],
            330: [t.opaque(513, thumbnail())],
        }
        made.append(t.TiffPage(entries, [samples.tobytes()], subs))
        if number == 0:
            small = np.ascontiguousarray(samples[::2, ::2])
            entries = [
                t.longs(order, t.SUBFILE, [1]), t.longs(order, t.WIDTH, [SIZE[0] // 2]),
                t.longs(order, t.HEIGHT, [SIZE[1] // 2]), t.shorts(order, t.BITS, [8, 8, 8]),
                t.shorts(order, t.COMPRESSION, [1]), t.shorts(order, t.PHOTOMETRIC, [2]),
                t.shorts(order, t.SAMPLES, [3]), t.longs(order, t.ROWS_PER_STRIP, [SIZE[1] // 2]),
            ]  # fmt: skip
            made.append(t.TiffPage(entries, [small.tobytes()]))
    return t.assemble("<", made) + SECRET.encode()


def _heif(kind: str) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(page())
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(
            buffer, quality=90, exif=EXIF_BYTES + exif(), xmp=xmp(), icc_profile=profile()
        )
    else:
        image.save(
            buffer, "AVIF", quality=90, exif=EXIF_BYTES + exif(), xmp=xmp(), icc_profile=profile()
        )
    return buffer.getvalue() + b"\0\0\0\x20free" + SECRET.encode().ljust(24, b"\0")


def pdf() -> bytes:
    """Properties, XMP, a text layer, an attachment, a script, a hidden note, a thumbnail."""
    picture = io.BytesIO()
    Image.fromarray(page()).save(picture, "JPEG", quality=90, dpi=(96, 96))
    plain = img2pdf.convert(picture.getvalue(), nodate=True)
    document = pikepdf.open(io.BytesIO(plain))
    with document.open_metadata() as metadata:
        metadata["dc:title"] = SECRET
    document.docinfo["/Author"] = SECRET
    document.attachments["secret.txt"] = SECRET.encode()
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=f"app.alert('{SECRET}')")
    document.Root.OpenAction = document.make_indirect(script)
    first = document.pages[0]
    first.Resources.Font = pikepdf.Dictionary(
        F1=pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
    )
    layer = f"BT 3 Tr /F1 12 Tf 20 20 Td ({SECRET}) Tj ET".encode()
    first.contents_add(layer)
    first.PieceInfo = pikepdf.Dictionary(Secret=SECRET)
    first.Thumb = document.make_stream(thumbnail())
    first.Annots = document.make_indirect(
        pikepdf.Array(
            [
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Contents=SECRET,
                    Rect=[0, 0, 9, 9], F=2,
                )
            ]
        )
    )  # fmt: skip
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


LEAKY: Mapping[str, Callable[[], bytes]] = {
    "jpeg": jpeg,
    "jpeg_turned": lambda: jpeg(6),
    "png": png,
    "png_hidden": png_hidden,
    "png_palette": png_palette,
    "webp": webp,
    "bmp": bmp,
    "gif": gif,
    "tiff": tiff,
    "heic": lambda: _heif("HEIF"),
    "avif": lambda: _heif("AVIF"),
    "pdf": pdf,
}
SHOWN_AS_STORED = frozenset({"png", "tiff", "bmp"})


def animated(kind: str) -> bytes:
    """Two frames as ``GIF``, ``PNG`` or ``WEBP``."""
    buffer = io.BytesIO()
    frames = [Image.fromarray(page(text)) for text in ("one", "two")]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100)
    return buffer.getvalue()
