"""The engines of this folder, and of which models they are made."""

from __future__ import annotations

from daemon.engines.onnx_kind import Kind

MODNET = Kind("modnet-onnx", "MODNet", ("modnet-photographic-onnx",))
