"""GPEN: draws a face anew from what is left of it, 256 to 2048 pixels square.

Needs the ``gpu`` extra (torch) and weights in the model store (docs/engines.md). The network is
written here from published facts. May import ``daemon.engines.base`` and its neighbours outside
the engines' own folders, ``daemon.imaging`` and below; never another engine.
"""
