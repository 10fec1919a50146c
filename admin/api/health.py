"""``/healthz``: this process answers. ``/readyz``: a photo dropped now would come out."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from admin.services import PanelServices


def health_api(services: PanelServices) -> Blueprint:
    """The two questions of a monitor."""
    api = Blueprint("health", __name__)

    @api.get("/healthz")
    def healthz() -> ResponseReturnValue:
        if services.api is None:
            return {"ok": True}
        return services.api.monitor.pulse().as_json()

    @api.get("/readyz")
    def readyz() -> ResponseReturnValue:
        checks = services.checks()
        is_ready = all(check.is_ok for check in checks)
        body = {"ok": is_ready, "checks": [check.as_json() for check in checks]}
        return body, 200 if is_ready else 503

    return api
