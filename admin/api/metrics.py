"""``/metrics`` for Prometheus: what the booth's database and this process really know."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from admin.api.problems import PREFIX, explain_problems
from admin.api.tokens import Tokens, demand
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.errors import BoothError
from daemon.services.tasks import Tasks

_BUCKETS_S = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0, 60.0)


class _Booth:
    """Asked anew at every scrape; a booth that cannot answer has no numbers, and says so."""

    def __init__(self, services: PanelServices, tasks: Tasks) -> None:
        self._services = services
        self._tasks = tasks

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("boothd_check_ok", "A check of /readyz passes.", labels=["check"])
        for check in self._services.checks():
            up.add_metric([check.name], float(check.is_ok))
        yield up
        try:
            counts = self._tasks.counts()
        except BoothError:
            yield GaugeMetricFamily("boothd_store_up", "The database answers.", value=0)
            return
        yield GaugeMetricFamily("boothd_store_up", "The database answers.", value=1)
        jobs = GaugeMetricFamily("boothd_jobs", "Jobs there are.", labels=["inbox", "state"])
        for (inbox, state), number in counts["jobs"].items():
            jobs.add_metric([inbox, state], number)
        yield jobs
        yield GaugeMetricFamily(
            "boothd_queue_oldest_seconds",
            "How long the oldest queued photo waits.",
            value=counts["oldest_queued_s"],
        )


def metrics_api(
    app: Flask, config: Config, services: PanelServices, tasks: Tasks, tokens: Tokens
) -> Blueprint:
    """Count the API's calls, and answer ``/metrics``; a token with that scope is asked for."""
    registry = CollectorRegistry()
    registry.register(_Booth(services, tasks))
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
