"""``/metrics`` for Prometheus: what the booth's database and this process really know."""

from __future__ import annotations

import time

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from admin.api.gauges import BoothGauges
from admin.api.problems import PREFIX, explain_problems
from admin.api.tokens import Tokens, demand
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.services.monitor import Monitor

_BUCKETS_S = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0, 60.0)


def metrics_api(
    app: Flask, config: Config, services: PanelServices, monitor: Monitor, tokens: Tokens
) -> Blueprint:
    """Count the API's calls, and answer ``/metrics``; a token with that scope is asked for."""
    registry = CollectorRegistry()
    registry.register(BoothGauges(services.checks, monitor))
    requests = Counter(
        "boothd_requests", "Calls of the API.", ["status", "route"], registry=registry
    )
    seconds = Histogram(
        "boothd_request_seconds",
        "Time until a call was answered, waiting included.",
        ["route"],
        buckets=_BUCKETS_S,
        registry=registry,
    )

    @app.after_request
    def count(response: Response) -> Response:
        if request.path.startswith(PREFIX):
            # The endpoint, never the path: there are few of them, whatever is asked.
            route = (request.endpoint or "none").rpartition(".")[2]
            requests.labels(str(response.status_code), route).inc()
            seconds.labels(route).observe(time.monotonic() - g.get("began_s", time.monotonic()))
        return response

    api = Blueprint("metrics", __name__)
    explain_problems(api, config)
    demand(api, tokens, {"metrics": "metrics"})

    @api.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return api
