"""Where the routes' options models are: ``daemon/routes/<name>/options.py``.

That module of a route is plain pydantic, while the rest of a route knows arrays; so it is
loaded by its file: importing it by name would run the route's package, and bring them in.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from daemon.config.route_options import NoOptions
from daemon.domain.route import RouteId


@cache
def options_of(route: str) -> type[BaseModel] | None:
    """The model of a route's options; ``None`` for routes that are not ours (development)."""
    if route not in {str(one) for one in RouteId}:
        return None
    package = importlib.util.find_spec(f"daemon.routes.{route}")
    # A route in a single file has nothing to choose.
    if package is None or not package.submodule_search_locations:
        return NoOptions
    name = f"daemon.routes.{route}.options"
    if name in sys.modules:  # the pixel tower is here already: in a test, say
        return model_in(sys.modules[name])
    path = Path(package.submodule_search_locations[0], "options.py")
    spec = importlib.util.spec_from_file_location(f"options_of_{route}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = model_in(module)
    # The module is in no table of modules, so its annotations are resolved here.
    model.model_rebuild(_types_namespace=vars(module))
    return model


def model_in(module: ModuleType) -> type[BaseModel]:
    """The options model, by the name that every route gives it."""
    model: type[BaseModel] = module.Options
    return model
