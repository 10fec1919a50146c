"""The admin panel: looks at the booth through its services, from a process of its own.

``create_app`` builds it, ``python -m admin`` serves it. May import ``daemon.bootstrap``,
``daemon.services``, ``daemon.domain``, ``daemon.config``, ``daemon.telemetry``,
``daemon.errors`` and ``daemon.clock``; never a database driver, a share or a picture decoder.
Without a password it listens on this machine alone.
"""

from __future__ import annotations

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined

from admin.api.health import health_api
from admin.api.metrics import metrics_api
from admin.api.problems import speak_json
from admin.api.tokens import Tokens
from admin.api.v1 import api_v1
from admin.gate import Gate, guard
from admin.language import speak
from admin.pages.batches import batches_pages
from admin.pages.bulk import bulk_pages
from admin.pages.compare import compare_page
from admin.pages.doctor import doctor_page
from admin.pages.drop import drop_page
from admin.pages.engines import engines_page
from admin.pages.errors import explain_errors
from admin.pages.inboxes import inboxes_page
from admin.pages.jobs import jobs_pages
from admin.pages.login import login_page
from admin.pages.navigation import navigation
from admin.pages.orders import orders_pages
from admin.pages.overview import overview_page
from admin.pages.records import records_pages
from admin.pages.rejects import rejects_pages
from admin.pages.review import review_pages
from admin.pages.settings import settings_page
from admin.security import is_closed, protect
from admin.services import PanelServices
from admin.times import tell_times
from daemon.config.model import Config
from daemon.services.accounts import Accounts

__all__ = ["PanelServices", "create_app"]


class _InOrder(DefaultJSONProvider):
    sort_keys = False  # checks read best in the order of their facts


def create_app(config: Config, services: PanelServices) -> Flask:
    """A panel over the given services; nothing is kept in module globals."""
    app = Flask(__name__)
    app.json = _InOrder(app)
    app.jinja_env.undefined = StrictUndefined
    accounts = Accounts(config.layout.accounts)
    gate = Gate(config.panel, accounts, services.clock, is_closed=is_closed(config.panel))
    protect(app, config.panel)
    guard(app, gate)
    speak(app, config.language)
    tell_times(app)
    explain_errors(app, config.language)
    speak_json(app, config)
    app.jinja_env.globals["navigation"] = navigation
    app.register_blueprint(login_page(gate, config.language))
    app.register_blueprint(health_api(services))
    app.register_blueprint(overview_page(config, services))
    app.register_blueprint(jobs_pages(config, services))
    app.register_blueprint(orders_pages(services))
    app.register_blueprint(bulk_pages(config, services))
    app.register_blueprint(review_pages(config, services))
    app.register_blueprint(rejects_pages(config, services))
    app.register_blueprint(batches_pages(config, services))
    app.register_blueprint(inboxes_page(config, services))
    app.register_blueprint(drop_page(config, services))
    app.config["LONG_FORMS"]["drop.take"] = config.panel.upload_mib << 20
    app.register_blueprint(records_pages(services))
    app.register_blueprint(settings_page(config, services.origins))
    if services.pages is not None:
        app.register_blueprint(compare_page(app, config, services.pages.comparisons))
        app.register_blueprint(engines_page(config, services, services.pages.engine_room))
        app.register_blueprint(doctor_page(config, services, services.pages.checkup))
    if services.api is not None:
        tokens = Tokens(config, accounts)
        app.register_blueprint(api_v1(config, services.desk, services.api, tokens, services.clock))
        app.register_blueprint(metrics_api(app, config, services, services.api.monitor, tokens))
    return app
