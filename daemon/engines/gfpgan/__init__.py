"""GFPGAN, RestoreFormer and CodeFormer: draw a face anew, 512 pixels square.

The networks are spandrel's (CodeFormer's lies in a package of its own, whose networks are not for
commercial use), but for the first GFPGAN's; that and what surrounds them is written here. Needs
the ``gpu`` extra and weights in the model store (docs/engines.md). May import
``daemon.engines.base`` and its neighbours outside the engines' own folders, ``daemon.imaging``
and below; never another engine.
"""
