"""Walks a PDF that should be pages of one picture each, and nothing else.

Every object is looked at by its keys, every picture by its own walk; what is left of the bytes
between the streams may only be names and numbers of such objects. Source of the structure: ISO
32000-1, 7.5, 7.7, 8.9.5; annex F for the linearised form.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Sequence
from typing import Any

import pikepdf

from daemon.imaging.leaks_found import Data, Leak, LeakKind, Size, Torn, check_pages
from daemon.imaging.leaks_jpeg import walk_stream

_PICTURE_KEYS = frozenset({
    "/BitsPerComponent", "/ColorSpace", "/DecodeParms", "/Filter", "/Height", "/Subtype", "/Type",
    "/Width", "/Length", "/Decode",
})  # fmt: skip
_KEYS: dict[str, frozenset[str]] = {
    "/Catalog": frozenset({"/Type", "/Pages"}),
    "/Pages": frozenset({"/Type", "/Kids", "/Count"}),
    "/Page": frozenset({"/Type", "/Contents", "/MediaBox", "/Parent", "/Resources"}),
}
_TRAILER = frozenset({"/Root", "/Size", "/ID", "/Prev"})
_CONTENT = re.compile(rb"q\s+[\d.]+ 0(?:\.0+)? 0(?:\.0+)? [\d.]+ [\d.]+ [\d.]+ cm\s+/Im0 Do\s+Q\s*")
_ACTIVE = frozenset({
    "/JavaScript", "/JS", "/OpenAction", "/AA", "/AcroForm", "/EmbeddedFiles", "/Names", "/Annots",
    "/Outlines", "/StructTreeRoot", "/Font",
})  # fmt: skip
_NAME = re.compile(rb"/[^\s/<>\[\]()]+")
_KNOWN_NAMES = frozenset({
    b"/Linearized", b"/L", b"/H", b"/O", b"/E", b"/N", b"/T", b"/Root", b"/Size", b"/Prev", b"/ID",
    b"/Pages", b"/Type", b"/Catalog", b"/Filter", b"/FlateDecode", b"/S", b"/Length", b"/Contents",
    b"/MediaBox", b"/Parent", b"/Resources", b"/XObject", b"/Im0", b"/Page", b"/BitsPerComponent",
    b"/ColorSpace", b"/DeviceRGB", b"/DeviceGray", b"/DecodeParms", b"/Colors", b"/Columns",
    b"/Predictor", b"/Height", b"/Subtype", b"/Image", b"/Width", b"/DCTDecode", b"/BlackIs1",
    b"/K", b"/Rows", b"/CCITTFaxDecode", b"/Count", b"/Kids", b"/Indexed", b"/Decode",
})  # fmt: skip
_STREAM = re.compile(rb"stream\r?\n.*?\nendstream", re.DOTALL)
_COMMENT = re.compile(rb"%[^\r\n]*")
_PALETTE = re.compile(rb"<[0-9a-fA-F]*>|\((?:[^()\\]|\\.)*\)", re.DOTALL)
_PIECE = 1 << 20


def walk_pdf(data: Data, sizes: Sequence[Size], found: list[Leak]) -> None:
    """A PDF of pictures; see ``leaks_of``."""
    if not data[max(0, len(data) - 8) :].endswith(b"%%EOF\n"):
        found.append(Leak(LeakKind.TRAILING, "the end mark is not the end"))
    content = bytes(data[:])
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
            _judge_document(pdf, sizes, found)
    except pikepdf.PdfError as error:
        raise Torn("not a sound PDF") from error
    _judge_bytes(content, found)


def _judge_document(pdf: pikepdf.Pdf, sizes: Sequence[Size], found: list[Leak]) -> None:
    extra = {str(key) for key in pdf.trailer.keys()} - _TRAILER  # noqa: SIM118 - no mapping
    _named(found, extra, "trailer")
    seen: list[Size] = []
    known = 0
    for page in pdf.pages:
        number = len(seen) + 1
        _named(found, {str(key) for key in page.obj.keys()} - _KEYS["/Page"], f"page {number}")  # noqa: SIM118
        picture = page.obj.Resources.XObject.Im0
        extra = {str(key) for key in page.obj.Resources.keys()} - {"/XObject"}  # noqa: SIM118
        extra |= {str(key) for key in page.obj.Resources.XObject.keys()} - {"/Im0"}  # noqa: SIM118
        _named(found, extra, f"resources of page {number}")
        if not _draws_one_picture(page.obj.Contents):
            found.append(Leak(LeakKind.ACTIVE, f"page {number} draws more than a picture"))
        _judge_picture(picture, number, found)
        seen.append((int(picture.Width), int(picture.Height)))
        known += 3
    check_pages(found, sizes, seen)
    for item in pdf.objects:
        _judge_object(item, found)
    others = len([item for item in pdf.objects if item is not None]) - known
    if others > 4:  # catalogue, page tree, and two of the linearised form
        found.append(Leak(LeakKind.UNREFERENCED, f"{others} objects that no page needs"))


def _draws_one_picture(contents: Any) -> bool:
    if not isinstance(contents, pikepdf.Stream):
        return False
    return _CONTENT.fullmatch(contents.read_bytes()) is not None


def _judge_object(item: Any, found: list[Leak]) -> None:
    if not isinstance(item, pikepdf.Dictionary):
        return
    kind = str(item.get("/Type", ""))
    if kind in _KEYS:
        extra = {str(key) for key in item.keys()} - _KEYS[kind]  # noqa: SIM118
        _named(found, extra, kind)
    elif "/Linearized" not in item:
        found.append(Leak(LeakKind.FIELD, f"an object of type {kind or 'none'}"))


def _named(found: list[Leak], extra: set[str], where: str) -> None:
    for key in sorted(extra):
        kind = LeakKind.ACTIVE if key in _ACTIVE else LeakKind.FIELD
        if key in {"/Info", "/Metadata", "/PieceInfo", "/LastModified"}:
            kind = LeakKind.METADATA
        elif key in {"/Thumb", "/SMask", "/Mask", "/Alternates"}:
            kind = LeakKind.SECOND_PICTURE
        found.append(Leak(kind, f"{key} in {where}"))


def _judge_picture(picture: Any, number: int, found: list[Leak]) -> None:
    extra = {str(key) for key in picture.keys()} - _PICTURE_KEYS  # noqa: SIM118
    _named(found, extra, f"picture {number}")
    filters = picture.get("/Filter")
    names = [str(one) for one in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    packed = picture.read_raw_bytes()
    if names == ["/DCTDecode"]:
        end, sizes = walk_stream(packed, 0, found)
        if end != len(packed):
            found.append(Leak(LeakKind.TRAILING, f"picture {number}: behind its end marker"))
        if sizes != [(int(picture.Width), int(picture.Height))]:
            found.append(Leak(LeakKind.SIZE, f"picture {number}: coded in another size"))
    elif names == ["/FlateDecode"]:
        _judge_flate(packed, picture, number, found)
    elif names != ["/CCITTFaxDecode"]:
        found.append(Leak(LeakKind.FIELD, f"picture {number}: filter {names}"))


def _judge_flate(packed: bytes, picture: Any, number: int, found: list[Leak]) -> None:
    parms = picture.get("/DecodeParms") or {}
    colours, columns = int(parms.get("/Colors", 1)), int(parms.get("/Columns", picture.Width))
    row = (columns * colours * int(picture.BitsPerComponent) + 7) // 8
    wanted = int(picture.Height) * (row + 1)
    unpacker, total = zlib.decompressobj(), 0
    piece = packed
    try:
        while piece:
            total += len(unpacker.decompress(piece, _PIECE))
            piece = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Torn("a picture that does not unpack") from error
    if total != wanted or unpacker.unused_data or not unpacker.eof:
        text = f"picture {number}: {total} bytes instead of {wanted}"
        found.append(Leak(LeakKind.UNREFERENCED, text))


def _judge_bytes(content: bytes, found: list[Leak]) -> None:
    """What stands between the streams: names we know, numbers, the words of the format."""
    if content.count(b"%%EOF") > 2:
        found.append(Leak(LeakKind.UNREFERENCED, "more than one version of the document"))
    rest = _STREAM.sub(b" ", content)
    comments = [c for c in _COMMENT.findall(rest) if c != b"%%EOF"]
    if len(comments) > 2 or any(len(comment) > 9 for comment in comments):
        found.append(Leak(LeakKind.METADATA, "a comment"))
    rest = _PALETTE.sub(b" ", _COMMENT.sub(b" ", rest))
    strange = {name for name in _NAME.findall(rest) if name not in _KNOWN_NAMES}
    found += [
        Leak(LeakKind.FIELD, f"name {name[:40].decode('ascii', 'replace')}")
        for name in sorted(strange)[:5]
    ]
    words = set(re.findall(rb"[A-Za-z_]+", _NAME.sub(b" ", rest)))
    words -= {b"obj", b"endobj", b"xref", b"trailer", b"startxref", b"n", b"f", b"R", b"true",
              b"null", b"false"}  # fmt: skip
    if words:
        found.append(Leak(LeakKind.METADATA, f"{len(words)} words outside of any object"))
