"""The booth's numbers as Prometheus has them, asked anew at every scrape.

A number that cannot be had is left out, never made 0: a monitor tells what is missing from what
is nought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from daemon.domain.tallies import SCORE_BOUNDS, STAGE_BOUNDS_S, Histogram
from daemon.errors import BoothError
from daemon.services.health import Check, DaemonStatus
from daemon.services.monitor import Counts, Monitor

WORKER_STATES = ("starting", "ready", "recycling", "backing_off", "broken", "stopped")
_MIB = 1 << 20


class BoothGauges(Collector):
    """Everything but the API's own calls.

    Args:
        checks: Those of ``/readyz``.
        monitor: The rest.
    """

    def __init__(self, checks: Callable[[], tuple[Check, ...]], monitor: Monitor) -> None:
        self._checks = checks
        self._monitor = monitor

    def collect(self) -> Iterator[Metric]:
        checks = GaugeMetricFamily(
            "boothd_check_ok", "A check of /readyz passes.", labels=["check"]
        )
        for check in self._checks():
            checks.add_metric([check.name], float(check.is_ok))
        yield checks
        status = self._monitor.daemon()
        yield GaugeMetricFamily(
            "boothd_daemon_up", "The daemon runs and says so.", value=float(status is not None)
        )
        if status is not None:
            yield from _of_daemon(status)
        free = GaugeMetricFamily("boothd_disk_free_bytes", "Free space.", labels=["place"])
        for place, free_mib in self._monitor.free_mib().items():
            free.add_metric([place], free_mib * _MIB)
        yield free
        try:
            counts = self._monitor.counts()
        except BoothError:
            yield GaugeMetricFamily("boothd_store_up", "The database answers.", value=0)
            return
        yield GaugeMetricFamily("boothd_store_up", "The database answers.", value=1)
        yield from _of_store(counts)


def _of_daemon(status: DaemonStatus) -> Iterator[Metric]:
    info = GaugeMetricFamily("boothd_info", "Version and device.", labels=["version", "device"])
    info.add_metric([status.version, status.device], 1)
    yield info
    state = GaugeMetricFamily("boothd_worker_state", "What the worker does.", labels=["state"])
    for name in WORKER_STATES:
        state.add_metric([name], float(status.worker == name))
    yield state
    yield CounterMetricFamily(
        "boothd_worker_restarts", "Workers started after the first.", value=status.restarts
    )
    yield GaugeMetricFamily(
        "boothd_worker_memory_bytes", "Resident memory of the worker.", value=status.rss_mib * _MIB
    )
    if status.gpu_mib is not None:
        yield GaugeMetricFamily(
            "boothd_worker_gpu_memory_bytes",
            "Memory the worker holds on the GPU.",
            value=status.gpu_mib * _MIB,
        )
    if status.load_ms is not None:
        yield GaugeMetricFamily(
            "boothd_worker_load_seconds",
            "How long the worker took to be ready.",
            value=status.load_ms / 1000,
        )
    try:
        yield from _histograms(status.figures)
    except (ValueError, KeyError, TypeError):
        return  # a daemon of another version counts in other buckets: its figures are left out


def _histograms(figures: Mapping[str, Any]) -> Iterator[Metric]:
    stages = HistogramMetricFamily(
        "boothd_stage_seconds", "Time of a step of a photo, in the worker.", labels=["stage"]
    )
    for name, data in figures.get("stages", {}).items():
        _put(stages, [name], Histogram.from_json(STAGE_BOUNDS_S, data))
    yield stages
    scores = HistogramMetricFamily("boothd_quality_score", "Scores of the quality gate.", labels=[])
    if "scores" in figures:
        _put(scores, [], Histogram.from_json(SCORE_BOUNDS, figures["scores"]))
    yield scores


def _put(family: HistogramMetricFamily, labels: list[str], found: Histogram) -> None:
    bounds = [*map(str, found.bounds), "+Inf"]
    buckets = list(zip(bounds, map(float, accumulate(found.counts)), strict=True))
    family.add_metric(labels, buckets=buckets, sum_value=found.total)


def _of_store(counts: Counts) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("boothd_jobs", "Jobs there are.", labels=["inbox", "state"])
    for (inbox, state), number in counts.jobs.items():
        jobs.add_metric([inbox, state], number)
    yield jobs
    yield GaugeMetricFamily(
        "boothd_queue_oldest_seconds",
        "How long the oldest queued photo waits.",
        value=counts.oldest_queued_s,
    )
    told = GaugeMetricFamily(
        "boothd_webhook_deliveries", "Announcements, by what became of them.",
        labels=["endpoint", "state"],
    )  # fmt: skip
    for (endpoint, delivery), number in sorted(counts.deliveries.items()):
        told.add_metric([endpoint, delivery.value], number)
    yield told
    off = GaugeMetricFamily(
        "boothd_webhook_disabled", "A receiver that was switched off.", labels=["endpoint"]
    )
    for endpoint in sorted(counts.disabled):
        off.add_metric([endpoint], 1)
    yield off
