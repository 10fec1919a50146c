"""Walks a PNG. Source of the structure: W3C PNG (third edition), 5 and 11."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from daemon.imaging.leaks_found import Data, Leak, LeakKind, Size, Torn, check_pages

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ALLOWED = frozenset({b"IHDR", b"PLTE", b"pHYs", b"IDAT", b"IEND"})
_KINDS = {
    b"tEXt": LeakKind.METADATA, b"zTXt": LeakKind.METADATA, b"iTXt": LeakKind.METADATA,
    b"eXIf": LeakKind.METADATA, b"tIME": LeakKind.METADATA, b"iCCP": LeakKind.PROFILE,
    b"tRNS": LeakKind.ALPHA, b"acTL": LeakKind.SECOND_PICTURE, b"fdAT": LeakKind.SECOND_PICTURE,
    b"fcTL": LeakKind.SECOND_PICTURE,
}  # fmt: skip
_PIECE = 1 << 20
MAX_CHUNKS = 100_000


@dataclass
class _Inflated:
    """What the data chunks unpack to, counted and thrown away."""

    count: int = 0
    _unpacker: zlib._Decompress = field(default_factory=zlib.decompressobj)

    def take(self, piece: bytes) -> None:
        if self._unpacker.eof:
            raise Torn("picture data behind their own end")
        while piece:
            try:
                self.count += len(self._unpacker.decompress(piece, _PIECE))
            except zlib.error as error:
                raise Torn("picture data that do not unpack") from error
            piece = self._unpacker.unconsumed_tail
        if self._unpacker.unused_data:
            raise Torn("bytes behind the packed data of a chunk")

    @property
    def is_whole(self) -> bool:
        return self._unpacker.eof


def walk_png(data: Data, sizes: Sequence[Size], found: list[Leak]) -> None:
    """A PNG; see ``leaks_of``."""
    at, names, packed = 8, list[bytes](), _Inflated()
    header = b""
    for _ in range(MAX_CHUNKS):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + length]
        checksum = data[at + 8 + length : at + 12 + length]
        if len(kind) != 4 or len(checksum) != 4:
            raise Torn("no end chunk")
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(checksum, "big"):
            found.append(Leak(LeakKind.FIELD, f"checksum of {_shown(kind)}"))
        _judge(found, kind, body, names)
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed.take(body)
        names.append(kind)
        at += 12 + length
        if kind == b"IEND":
            break
    else:
        raise Torn("too many chunks")
    if at != len(data):
        found.append(Leak(LeakKind.TRAILING, f"{len(data) - at} bytes behind IEND"))
    _judge_header(found, header, sizes, packed)


def _judge(found: list[Leak], kind: bytes, body: bytes, before: list[bytes]) -> None:
    if kind not in _ALLOWED:
        found.append(Leak(_KINDS.get(kind, LeakKind.FIELD), f"chunk {_shown(kind)}"))
    elif kind != b"IDAT" and kind in before:
        found.append(Leak(LeakKind.FIELD, f"a second chunk {_shown(kind)}"))
    elif kind == b"IEND" and body:
        found.append(Leak(LeakKind.TRAILING, f"{len(body)} bytes in IEND"))
    elif kind == b"pHYs" and len(body) != 9:
        found.append(Leak(LeakKind.FIELD, "pHYs of a wrong length"))
    elif kind == b"PLTE" and (len(body) % 3 or len(body) > 768):
        found.append(Leak(LeakKind.FIELD, "PLTE of a wrong length"))


def _judge_header(
    found: list[Leak], header: bytes, sizes: Sequence[Size], packed: _Inflated
) -> None:
    if len(header) != 13:
        raise Torn("a header of a wrong length")
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, colour, interlaced = header[8], header[9], header[12]
    check_pages(found, sizes, [(width, height)])
    if colour in {4, 6}:
        found.append(Leak(LeakKind.ALPHA, f"colour type {colour}"))
    if colour not in _CHANNELS or interlaced or depth not in {1, 2, 4, 8}:
        found.append(Leak(LeakKind.FIELD, f"colour type {colour}, {depth} bits, {interlaced}"))
        return
    wanted = height * (1 + (width * depth * _CHANNELS[colour] + 7) // 8)
    if packed.count != wanted or not packed.is_whole:
        text = f"{packed.count} bytes of picture data instead of {wanted}"
        found.append(Leak(LeakKind.UNREFERENCED, text))


def _shown(kind: bytes) -> str:
    return kind.decode("ascii", "replace") if kind.isalpha() else kind.hex()
