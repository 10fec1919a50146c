"""RTS: a 512-number description of a face and one number on how far to rely on it.

Needs the ``gpu`` extra (torch) and weights in the model store (docs/engines.md). The network is
written here from published facts. May import ``daemon.engines.base``, ``daemon.imaging`` and
below; never another engine.
"""
