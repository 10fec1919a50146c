"""Route ``restore``: gives faces back what blur, noise and compression took from them.

``options`` validates, ``selection`` chooses faces, ``face`` restores one under ``guard``,
``page`` works through a page, ``record`` says what was done. May import ``daemon.engines``,
``daemon.imaging`` and below; never another route, never an engine by name.
"""

from __future__ import annotations

from daemon.routes.restore.steps import Restore

ROUTE = Restore()
