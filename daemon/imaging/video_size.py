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


def hevc_size(config: bytes) -> tuple[int, int] | None:
    """Width and height in the configuration property ``hvcC``; ``None`` where it has none.

    Source: ISO/IEC 14496-15, 8.3.2.1 (the record); ITU-T H.265, 7.3.2.2 (the set).
    """
    try:
        return _hevc(config)
    except (EOFError, IndexError):
        return None


def av1_size(stream: bytes) -> tuple[int, int] | None:
    """Largest width and height in the sequence header that a stream begins with.

    Source: AV1 Bitstream & Decoding Process v1.0.0, 5.3 and 5.5.
    """
    try:
        return _av1(stream)
    except (EOFError, IndexError):
        return None


def _hevc(body: bytes) -> tuple[int, int] | None:
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


def _av1(stream: bytes) -> tuple[int, int] | None:
    at = 0
    while at < len(stream):
        head = stream[at]
        at += 2 if head & 4 else 1
        length, shift = 0, 0
        while head & 2:
            length |= (stream[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if not stream[at - 1] & 128:
                break
        if head >> 3 & 15 == 1:
            return _sequence(_Bits(stream[at : at + 128]))
        if not head & 2:
            return None
        at += length
    return None


def _sequence(bits: _Bits) -> tuple[int, int]:
    bits.take(3 + 1)
    if bits.take(1):
        bits.take(5)
    else:
        _operating_points(bits)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(wide) + 1, bits.take(high) + 1


def _operating_points(bits: _Bits) -> None:
    has_model, delay_bits = 0, 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            bits.golomb()
        has_model = bits.take(1)
        if has_model:
            delay_bits = bits.take(5) + 1
            bits.take(32 + 5 + 5)
    has_display = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if has_model and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_display and bits.take(1):
            bits.take(4)
