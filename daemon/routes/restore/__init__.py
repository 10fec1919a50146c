"""Route ``restore``: gives faces back what blur, noise and compression took from them.

``options`` validates, ``hands`` picks the engines, ``selection`` chooses faces, ``looks`` has them
looked at, ``drawing`` drawn, ``parsed`` says where they may change, ``face`` puts one back under
``guard`` (or ``modelscope`` in that library's way), ``crowd`` and ``page`` work through all of
them, ``record`` says what was done. May import ``daemon.engines``,
``daemon.imaging`` and below; never another route, never an engine by name.
"""

from __future__ import annotations

from daemon.routes.restore.steps import Restore

ROUTE = Restore()
