"""``/api/v1``: every route of the API, behind its tokens, with errors in its own words."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from admin.api import reading
from admin.api.asking import asking_routes
from admin.api.batches import batches_routes
from admin.api.enhance import enhance_routes
from admin.api.jobs import jobs_routes
from admin.api.openapi import BASE, describe
from admin.api.operations import connect, scopes
from admin.api.problems import explain_problems
from admin.api.reviewing import reviewing_routes
from admin.api.throttle import Throttle
from admin.api.tokens import Tokens, demand
from admin.services import ApiServices
from daemon.clock import Clock
from daemon.config.model import Config
from daemon.services.desk import Desk

# Beside the pictures: fields, boundaries, JSON around base64.
_SLACK_BYTES = 64 * 1024


def api_v1(
    config: Config, desk: Desk, services: ApiServices, tokens: Tokens, clock: Clock
) -> Blueprint:
    """The API's first version."""
    api = Blueprint("api_v1", __name__, url_prefix=BASE)
    explain_problems(api, config)
    demand(api, tokens, scopes(), Throttle(config.api.calls_per_minute, clock))

    @api.before_request
    def allow_pictures() -> None:
        # Two of them in base64, which takes four bytes for three.
        request.max_content_length = 2 * (config.api.max_bytes * 4 // 3) + _SLACK_BYTES
        request.max_form_memory_size = _SLACK_BYTES
        if request.endpoint == "api_v1.submit_batch":
            request.max_content_length = config.api.max_batch_bytes + _SLACK_BYTES

    enhance_routes(api, config, services)
    jobs_routes(api, config, desk, services)
    asking_routes(api, config, services)
    batches_routes(api, config, services)
    reviewing_routes(api, desk.review)

    def openapi() -> ResponseReturnValue:
        return describe(config)

    def docs() -> ResponseReturnValue:
        return reading.page(config)

    connect(api, openapi, docs)
    return api
