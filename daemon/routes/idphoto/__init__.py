"""Route ``idphoto``: ID photos that were opened again and measured before they are called done.

``order`` reads options and instruction, ``target`` turns a preset into rules, ``portrait`` cuts the
person out, ``head`` measures and ``framing`` decides where the frame lies; ``placing``,
``finishing`` and ``painting`` make the pixels, ``making`` writes, ``selfcheck`` opens and measures
the file with the ``check_*`` modules, ``mending`` says what a second try does differently;
``printing`` lays out sheets, ``steps`` is the route.
May import ``daemon.catalogue``, ``daemon.engines``, ``daemon.imaging`` and below; never another
route, never an engine by name.
"""

from __future__ import annotations

from daemon.routes.idphoto.steps import IdPhoto

ROUTE = IdPhoto()
