"""Models behind task interfaces: one folder per engine, never importing each other.

May import ``daemon.imaging``, ``daemon.files``, ``daemon.catalogue`` and below. Weights load
with safe unpickling only, from package data or the model store; nothing downloads here.
"""
