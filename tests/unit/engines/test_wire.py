from __future__ import annotations

import pytest

from daemon.engines.centerface.wire import without_fixed_shapes


def field(number: int, payload: bytes) -> bytes:
    assert len(payload) < 128
    return bytes([number << 3 | 2, len(payload)]) + payload


def value_info(name: bytes, shape: bytes) -> bytes:
    element_type = bytes([1 << 3, 1])
    tensor = element_type + field(2, shape)
    return field(1, name) + field(2, field(1, tensor))


def model(*infos: bytes) -> bytes:
    version = bytes([1 << 3, 8])
    return version + field(7, b"".join(infos))


def test_only_the_named_shapes_are_dropped() -> None:
    shape = b"\x0a\x02\x08\x0a"
    before = model(field(11, value_info(b"x", shape)), field(11, value_info(b"w", shape)))
    after = without_fixed_shapes(before, frozenset({"x"}))
    bare = field(1, b"x") + field(2, field(1, bytes([1 << 3, 1])))
    assert after == model(field(11, bare), field(11, value_info(b"w", shape)))


def test_a_model_without_the_names_stays_byte_for_byte() -> None:
    before = model(field(12, value_info(b"y", b"\x0a\x02\x08\x0a")))
    assert without_fixed_shapes(before, frozenset({"x"})) == before


@pytest.mark.parametrize("cut", [b"\x3a", b"\x3a\x05ab", b"\x0b", b"\xff" * 3])
def test_broken_bytes_are_refused(cut: bytes) -> None:
    with pytest.raises(ValueError, match="protobuf"):
        without_fixed_shapes(cut, frozenset())
