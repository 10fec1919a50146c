"""Restoring, parsing and telling apart with networks published as ONNX files.

They run in ONNX Runtime; no PyTorch is needed. May import ``daemon.engines.base`` and what lies
beside it, ``daemon.imaging`` and below; never another engine.
"""
