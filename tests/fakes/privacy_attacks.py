"""Files that would have the route publish something else than what it looked at."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from PIL import Image

from daemon.imaging.png import chunk
from tests.fakes import hostile_files, leaky_files
from tests.fakes.leaky_files import SECRET


def raw_pdf(*, count: int = 1, box: str = "0 0 200 100", kids: str = "") -> bytes:
    """A PDF of one page object, listed so many times; its table of offsets is right."""
    listed = kids or "3 0 R " * count
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{listed}]>>".encode(),
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]>>".encode(),
    ]
    body, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, text)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 4\n0000000000 65535 f \n" + rows
    return body + table + b"trailer<</Size 4/Root 1 0 R>>startxref\n%d\n%%%%EOF" % len(body)


def encrypted_pdf() -> bytes:
    document, buffer = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.save(buffer, encryption=pikepdf.Encryption(owner="o", user="u", R=6))
    return buffer.getvalue()


def busy_pdf() -> bytes:
    """Scripts, actions, an attached file, a hidden text layer, text in a layer that is off."""
    document, buffer = pikepdf.new(), io.BytesIO()
    page = document.add_blank_page(page_size=(300, 150))
    script = pikepdf.Dictionary(
        S=pikepdf.Name.JavaScript, JS=pikepdf.String(f"app.alert('{SECRET}')")
    )
    document.Root.OpenAction = document.make_indirect(script)
    document.Root.AA = pikepdf.Dictionary(WC=script)
    document.attachments["notes.txt"] = SECRET.encode()
    group = document.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("off"))
    )
    document.Root.OCProperties = pikepdf.Dictionary(
        OCGs=[group], D=pikepdf.Dictionary(OFF=[group], Order=[group])
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(F=font), Properties=pikepdf.Dictionary(L=group)
    )
    text = SECRET.encode()
    page.Contents = document.make_stream(
        b"BT /F 20 Tf 20 100 Td (keep this) Tj ET "
        b"BT 3 Tr /F 20 Tf 20 60 Td (" + text + b") Tj ET "
        b"/OC /L BDC BT 0 Tr /F 20 Tf 20 20 Td (" + text + b") Tj ET EMC"
    )
    document.save(buffer)
    return buffer.getvalue()


def gamma_png(gamma: float = 0.01) -> bytes:
    """Text three levels under white, and a gamma by which viewers that heed it show it black."""
    page = np.full((120, 320, 3), 255, np.uint8)
    cv2.putText(page, "13800000123", (20, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (252,) * 3, 2)
    plain = io.BytesIO()
    Image.fromarray(page).save(plain, "PNG")
    content = plain.getvalue()
    return content[:33] + chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000))) + content[33:]


def palette_png() -> bytes:
    """Text in a colour of the palette that is fully transparent, on an opaque ground."""
    indices = np.zeros((120, 320), np.uint8)
    cv2.putText(indices, "13800000123", (20, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (1,), 2)
    image = Image.fromarray(indices, "P")
    image.putpalette([255, 255, 255, 0, 0, 0])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=b"\xff\x00")
    return buffer.getvalue()


def polyglot() -> bytes:
    """A PNG that is a ZIP, too, with a PDF's head in a comment."""
    page = io.BytesIO()
    Image.fromarray(leaky_files.page()).save(page, "PNG")
    content = page.getvalue()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("secret.txt", SECRET)
    text = chunk(b"tEXt", b"Comment\0%PDF-1.7 " + SECRET.encode())
    return content[:33] + text + content[33:] + archive.getvalue()


def cmyk_jpeg() -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(leaky_files.page()).convert("CMYK")
    image.save(buffer, "JPEG", quality=90, exif=leaky_files.EXIF_BYTES + leaky_files.exif())
    return buffer.getvalue()


def deep_png() -> bytes:
    """16 bits a sample; what the lower eight say must not come back."""
    deep = leaky_files.page().astype(np.uint16) * 257
    deep[20:40, 20:200] += 90  # less than one of the 256 levels that are kept
    ok, packed = cv2.imencode(".png", deep)
    assert ok
    return bytes(packed)


def thousand_pages() -> bytes:
    return hostile_files.tiff([{256: 64, 257: 64}] * 1000)


def circle_tiff() -> bytes:
    return hostile_files.tiff([{256: 64, 257: 64}] * 2, circle=True)


def tiny_code() -> NDArray[np.uint8]:
    """A page with nothing on it but a QR code of two pixels a module."""
    encoder = cv2.QRCodeEncoder.create()
    code = encoder.encode(SECRET)
    small = cv2.resize(code, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    page = np.full((600, 450), 255, np.uint8)
    page[400 : 400 + small.shape[0], 60 : 60 + small.shape[1]] = small
    return np.dstack([page] * 3)


REFUSED: Mapping[str, tuple[Callable[[], bytes], frozenset[str]]] = {
    "pdf of ten thousand pages": (lambda: raw_pdf(count=10_000), frozenset({"IMAGE_TOO_LARGE"})),
    "pdf of a huge page": (
        lambda: raw_pdf(box="0 0 99999999 99999999"),
        frozenset({"IMAGE_TOO_LARGE", "DECOMPRESSION_BOMB"}),
    ),
    "pdf that lists itself": (
        lambda: raw_pdf(count=3, kids="2 0 R 2 0 R 3 0 R"),
        frozenset({"INVALID_IMAGE"}),
    ),
    "pdf with a password": (encrypted_pdf, frozenset({"PDF_LOCKED"})),
    "tiff of a thousand pages": (thousand_pages, frozenset({"IMAGE_TOO_LARGE"})),
    "tiff in a circle": (circle_tiff, frozenset({"INVALID_IMAGE"})),
    "moving webp": (lambda: leaky_files.animated("WEBP"), frozenset({"ANIMATED"})),
    "moving png": (lambda: leaky_files.animated("PNG"), frozenset({"ANIMATED"})),
    "a page of html": (lambda: b"<html>13800000123</html>", frozenset({"UNSUPPORTED_FORMAT"})),
    "svg": (lambda: b"<svg><text>13800000123</text></svg>", frozenset({"UNSUPPORTED_FORMAT"})),
}
CLEANED: Mapping[str, Callable[[], bytes]] = {
    "pdf of a page without a size": lambda: raw_pdf(box="0 0 nan inf"),  # drawn as a sheet
    "pdf with everything": busy_pdf,
    "polyglot": polyglot,
    "cmyk jpeg": cmyk_jpeg,
    "16 bits": deep_png,
}
