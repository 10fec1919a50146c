"""Loosens the fixed input size of an ONNX file, on the level of its protobuf wire format.

The detector's file was exported for one input size (10 × 3 × 32 × 32), although the network is
fully convolutional. ONNX Runtime refuses other sizes unless the graph says nothing about them,
so the shapes of the named inputs and outputs are dropped. Doing it on the bytes spares the
``onnx`` package, which nothing else here needs.

Field numbers are those of the published ``onnx.proto``: ModelProto.graph 7; GraphProto.input
11, .output 12; ValueInfoProto.name 1, .type 2; TypeProto.tensor_type 1; Tensor.shape 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

_GRAPH, _INPUT, _OUTPUT = 7, 11, 12
_NAME, _TYPE, _TENSOR_TYPE, _SHAPE = 1, 2, 1, 2
_BYTES = 2  # the wire type of everything that has a length

Rewrite = Callable[[bytes], bytes]


def without_fixed_shapes(model: bytes, names: frozenset[str]) -> bytes:
    """The same model with no shape declared for the graph inputs and outputs in ``names``.

    Args:
        model: A serialised ONNX ``ModelProto``.
        names: Names of graph inputs and outputs (an ONNX file may list its weights as inputs
            too; those keep their shapes).

    Raises:
        ValueError: The bytes are not well-formed protobuf.
    """

    def value(info: bytes) -> bytes:
        if _name(info) not in names:
            return info
        return _mapped(info, {_TYPE: lambda t: _mapped(t, {_TENSOR_TYPE: _without_shape})})

    return _mapped(model, {_GRAPH: lambda graph: _mapped(graph, {_INPUT: value, _OUTPUT: value})})


def _without_shape(tensor: bytes) -> bytes:
    return b"".join(raw for field, _, raw in _fields(tensor) if field != _SHAPE)


def _name(info: bytes) -> str:
    for field, payload, _ in _fields(info):
        if field == _NAME and payload is not None:
            return payload.decode()
    return ""


def _mapped(message: bytes, rewrites: dict[int, Rewrite]) -> bytes:
    """The message with the payload of some length-delimited fields rewritten."""
    parts: list[bytes] = []
    for field, payload, raw in _fields(message):
        if payload is None or field not in rewrites:
            parts.append(raw)
            continue
        changed = rewrites[field](payload)
        parts.extend((_varint_bytes(field << 3 | _BYTES), _varint_bytes(len(changed)), changed))
    return b"".join(parts)


def _fields(message: bytes) -> Iterator[tuple[int, bytes | None, bytes]]:
    """Every field as (number, payload of a length-delimited one, the field's whole bytes)."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        payload = None
        match key & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 2:  # _BYTES
                length, at = _varint(message, at)
                payload = message[at : at + length]
                at += length
            case 5:
                at += 4
            case other:
                msg = f"unknown protobuf wire type {other}"
                raise ValueError(msg)
        if at > len(message):
            msg = "protobuf message ends inside a field"
            raise ValueError(msg)
        yield key >> 3, payload, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        if at >= len(message):
            msg = "protobuf message ends inside a number"
            raise ValueError(msg)
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _varint_bytes(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
