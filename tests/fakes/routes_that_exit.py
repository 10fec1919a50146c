"""A module of routes whose import ends the process: a worker that cannot boot."""

from __future__ import annotations

msg = "libfake.so.1: cannot open shared object file"
raise ImportError(msg)
