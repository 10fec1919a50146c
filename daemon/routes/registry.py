"""Every route by name, in one literal table.

A route's module, and the array libraries behind it, is imported when a plan first names it, so
that a worker that only copies starts in no time.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from daemon.domain.route import RouteId
from daemon.routes.base import Route

# Route → module that has it as ``ROUTE``.
_MODULES: dict[str, str] = {
    RouteId.COPY: "daemon.routes.copy",
    RouteId.IDPHOTO: "daemon.routes.idphoto",
    RouteId.PRIVACY: "daemon.routes.privacy",
    RouteId.QUALITY: "daemon.routes.quality",
    RouteId.RESTORE: "daemon.routes.restore",
}


class _Table(Mapping[str, Route]):
    def __getitem__(self, name: str) -> Route:
        route: Route = importlib.import_module(_MODULES[name]).ROUTE
        return route

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


ROUTES: Mapping[str, Route] = _Table()
