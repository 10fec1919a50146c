"""Where the routes' options models are: ``daemon.routes.<name>.options``.

Only that module of a route may be imported here; it is plain pydantic, while the rest of a
route knows arrays.
"""

from __future__ import annotations

import importlib
import importlib.util

from pydantic import BaseModel

from daemon.config.route_options import NoOptions
from daemon.domain.route import RouteId


def options_of(route: str) -> type[BaseModel] | None:
    """The model of a route's options; ``None`` for routes that are not ours (development)."""
    if route not in {str(one) for one in RouteId}:
        return None
    folder = importlib.util.find_spec(f"daemon.routes.{route}")
    # A route in a single file has nothing to choose.
    if folder is None or folder.submodule_search_locations is None:
        return NoOptions
    model: type[BaseModel] = importlib.import_module(f"daemon.routes.{route}.options").Options
    return model
