"""The admin panel: looks at the booth through its services, from a process of its own.

``create_app`` builds it, ``python -m admin`` serves it. May import ``daemon.bootstrap``,
``daemon.services``, ``daemon.domain``, ``daemon.config``, ``daemon.telemetry``,
``daemon.errors`` and ``daemon.clock``; never a database driver, a share or a picture decoder.
In this version it only shows: there is no password yet, so it listens on this machine alone.
"""

from __future__ import annotations

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from admin.api.health import health_api
from admin.pages.overview import overview_page
from admin.security import protect
from admin.services import PanelServices
from daemon.config.model import Config

__all__ = ["PanelServices", "create_app"]


class _InOrder(DefaultJSONProvider):
    sort_keys = False  # checks read best in the order of their facts


def create_app(config: Config, services: PanelServices) -> Flask:
    """A panel over the given services; nothing is kept in module globals."""
    app = Flask(__name__)
    app.json = _InOrder(app)
    protect(app)
    app.register_blueprint(health_api(services))
    app.register_blueprint(overview_page(config, services))
    return app
