"""Shares and local disks: probing, naming, writing, moving.

Bytes in, bytes out. May import ``daemon.config``, ``daemon.telemetry`` and below; must never
see a row or decode a picture.
"""
