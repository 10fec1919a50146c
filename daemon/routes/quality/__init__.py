"""Route ``quality``: does this photo deserve trust, and if not, why and what to do.

``look`` prepares the face once for all, ``light``, ``detail`` and ``shape`` measure it, ``table``
has one row for each measure, ``score`` makes one number of them, ``tiles`` says where, ``judge``
holds them against a profile, ``assess`` is the whole without a profile, ``steps`` the route.
May import ``daemon.engines``, ``daemon.imaging`` and below; never another route, never an
engine by name.
"""

from __future__ import annotations

from daemon.routes.quality.steps import Gate

ROUTE = Gate()
