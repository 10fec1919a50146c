"""Route ``privacy``: covers what identifies people and proves on the written file that it is gone.

``options`` validates, ``policy`` turns options into what the domain knows, ``looking`` finds on a
page what must go, ``places`` says where each finding lies, ``covering`` paints, ``proof`` opens
the written file and looks again with other eyes, ``record`` says what was done, ``page`` draws
it, ``steps`` is the route. May import ``daemon.catalogue``, ``daemon.engines``,
``daemon.imaging`` and below; never another route, never an engine by name. Must never let a value
that was read on a page into a record, a log, a name, a picture or an error.
"""

from __future__ import annotations

from daemon.routes.privacy.steps import Privacy

ROUTE = Privacy()
