"""Cuts a person out by face-seeded colour models, GrabCut and closed-form alpha; no weights.

May import ``daemon.engines.base``, ``daemon.imaging`` and below, and ``pymatting``, which compiles
itself at its first import; never another engine.
"""
