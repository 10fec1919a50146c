"""Cuts people out with BiRefNet on PyTorch: Swin-L trunk, deformable decoder.

May import ``torch``, ``torchvision``, ``daemon.engines.base`` and what lies beside it,
``daemon.imaging`` and below; never another engine.
"""
