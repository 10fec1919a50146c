"""The size that an HEVC or AV1 sequence header really asks the decoder to allocate.

A file may declare a small picture around a stream of an enormous one; decoders believe the
stream.
"""

from __future__ import annotations


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise EOFError
        return (1 << zeros) - 1 + self.take(zeros)


def coded_size(kind: bytes, body: bytes) -> tuple[int, int] | None:
    """Width and height in the configuration property ``hvcC`` or ``av1C``; ``None`` without."""
    try:
        if kind == b"hvcC":
            return _hevc(body)
        if kind == b"av1C":
            return _av1(body)
    except (EOFError, IndexError):
        return None
    return None


def _hevc(body: bytes) -> tuple[int, int] | None:
    """Source: ISO/IEC 14496-15, 8.3.2.1 (the record); ITU-T H.265, 7.3.2.2 (the set)."""
    at = 23
    for _ in range(body[22]):
        kind, count = body[at] & 63, int.from_bytes(body[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            length = int.from_bytes(body[at : at + 2], "big")
            if kind == 33:
                return _hevc_set(body[at + 4 : at + 2 + min(length, 256)])
            at += 2 + length
    return None


def _hevc_set(payload: bytes) -> tuple[int, int]:
    bits = _Bits(payload.replace(b"\0\0\x03", b"\0\0"))
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 88 + 8)
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)
    bits.golomb()
    if bits.golomb() == 3:
        bits.take(1)
    return bits.golomb(), bits.golomb()


def _av1(body: bytes) -> tuple[int, int] | None:
    """Source: AV1 Bitstream & Decoding Process v1.0.0, 5.3 and 5.5 (still pictures only)."""
    if len(body) < 7:
        return None
    head, at = body[4], 5
    if head & 0x78 != 0x08:
        return None
    if head & 2:
        while body[at] & 0x80:
            at += 1
        at += 1
    bits = _Bits(body[at + (1 if head & 4 else 0) :][:64])
    bits.take(3 + 1)
    if not bits.take(1):
        return None
    bits.take(5)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(wide) + 1, bits.take(high) + 1
