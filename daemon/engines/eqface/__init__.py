"""EQ-Face: how good a face is for telling who it is, and 512 numbers of it.

Needs the ``gpu`` extra (torch) and two weight files in the model store (docs/engines.md). The
network is written here from published facts. May import ``daemon.engines.base`` and what lies
beside it, ``daemon.imaging`` and below; never another engine.
"""
