"""Networks published as ONNX files that restore and parse faces, tell them apart, see them hidden.

They run in ONNX Runtime; no PyTorch is needed. May import ``daemon.engines.base`` and what lies
beside it, ``daemon.imaging`` and below; never another engine.
"""
