"""docs/monitoring: every metric named there exists, and every one that exists is named."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from admin import PanelServices, create_app
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.clock import ManualClock
from daemon.domain.delivery import DeliveryState
from daemon.domain.job import State
from daemon.domain.tallies import Tallies
from daemon.services.health import DaemonStatus, write_status
from daemon.store import schema

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "monitoring.md").read_text()
ALERTS = DOCS / "monitoring" / "alerts.yaml"
_NAME = re.compile(r"\bboothd_[a-z_]+\b")
_SELECTOR = re.compile(r"\b(boothd_[a-z_]+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)(=~|=|!=)"([^"]*)"')


@pytest.fixture
def scraped(booth, manual_clock: ManualClock) -> dict[str, Any]:
    """Metric → its samples, of a booth that has some of everything."""
    webhook = {"url": "https://hr.example/booth"}
    config = booth(webhooks=[webhook])
    schema.upgrade(config.layout.database)
    tallies = Tallies()
    quality = {"quality": {"score": 0.7, "profile": "hr"}}
    tallies.add({"decode": 12.0}, quality, {})
    now_ms = manual_clock.now_ms()
    status = DaemonStatus(
        1, "0.1.0", now_ms, now_ms, "ready", now_ms,
        device="cuda:0", gpu_mib=5, load_ms=7, figures=tallies.as_json(),
    )  # fmt: skip
    write_status(config.layout, status)
    with panel_parts(config, manual_clock) as parts:
        api = ApiServices.of(parts)
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, manual_clock, api)
        client = create_app(config, services).test_client()
        database = parts.api.monitor._database()
        _tell_somebody(database)
        client.get("/api/v1/jobs")
        text = client.get("/metrics").text
    return {family.name: family for family in text_string_to_metric_families(text)}


def _tell_somebody(database: Any) -> None:
    from daemon.domain.delivery import Endpoint

    with database.write() as uow:
        uow.outbox.add("x", "photo.done", "hr.example", b"{}", 1)
        uow.endpoints.put(Endpoint("hr.example", "https://hr.example/booth", disabled_ms=1))


def _expressions() -> list[str]:
    rules = yaml.safe_load(ALERTS.read_text())["groups"]
    found = [rule["expr"] for group in rules for rule in group["rules"]]
    dashboard = json.loads((DOCS / "monitoring" / "grafana-dashboard.json").read_text())
    found += [one["expr"] for panel in dashboard["panels"] for one in panel["targets"]]
    return [*found, *(one["query"] for one in dashboard["templating"]["list"])]


def _samples(found: dict[str, Any]) -> dict[str, set[str]]:
    """Sample → names of its labels."""
    return {
        sample.name: set(sample.labels) for family in found.values() for sample in family.samples
    }


def test_what_is_drawn_and_alarmed_exists_with_its_labels(scraped) -> None:
    samples = _samples(scraped)
    known_states = {*map(str, State), *map(str, DeliveryState)}
    known_states |= {"starting", "ready", "recycling", "backing_off", "broken", "stopped"}
    for expression in _expressions():
        assert set(_NAME.findall(expression)) <= samples.keys(), expression
        for name, inside in _SELECTOR.findall(expression):
            for label, kind, value in _MATCHER.findall(inside):
                assert label in samples[name], expression
                if label == "state" and kind == "=~":
                    assert set(value.split("|")) <= known_states, expression
                elif label == "state":
                    assert value in known_states, expression


def test_every_metric_has_its_row_and_no_other_has(scraped) -> None:
    rows = dict(re.findall(r"^\| `(boothd_\w+)(?:\{([\w,]*)\})?`", PAGE, re.MULTILINE))
    shown = {name: set(filter(None, labels.split(","))) for name, labels in rows.items()}
    exists = {
        f"{family.name}_total" if family.type == "counter" else family.name: {
            label for sample in family.samples for label in sample.labels if label != "le"
        }
        for family in scraped.values()
        if not family.name.endswith("_created")
    }
    assert shown == exists


def test_every_metric_is_drawn_or_alarmed(scraped) -> None:
    used = {name for expression in _expressions() for name in _NAME.findall(expression)}
    for family in scraped.values():
        if not family.name.endswith("_created"):
            assert used & {sample.name for sample in family.samples}, family.name


def test_every_alert_has_its_row() -> None:
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    assert re.findall(r"^\| `(Booth\w+)` \|", PAGE, re.MULTILINE) == [r["alert"] for r in rules]
    for rule in rules:
        assert rule["annotations"]["summary"].endswith((".", "?"))
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_the_rules_pass_promtool() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    done = subprocess.run(
        [promtool, "check", "rules", ALERTS],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_of_the_dashboard_do_not_overlap() -> None:
    dashboard = json.loads((DOCS / "monitoring" / "grafana-dashboard.json").read_text())
    cells = [
        (x, y)
        for panel in dashboard["panels"]
        for at in (panel["gridPos"],)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23


def test_healthz_is_what_the_page_shows(booth, manual_clock: ManualClock) -> None:
    (shown,) = re.findall(r"```json healthz\n(.*?)```", PAGE, re.DOTALL)
    config = booth()
    schema.upgrade(config.layout.database)
    now_ms = manual_clock.now_ms()
    status = DaemonStatus(1, "0.1.0", now_ms, now_ms, "ready", now_ms, device="cpu", rss_mib=412)
    write_status(config.layout, DaemonStatus(**{**asdict(status), "load_ms": 830}))
    with panel_parts(config, manual_clock) as parts:
        said = parts.api.monitor.pulse().as_json()
        assert list(said) == list(json.loads(shown))
        assert (said["status"], said["load_time_ms"], said["queue_depth"]) == ("ok", 830, 0)
        manual_clock.advance(60)
        assert parts.api.monitor.pulse().as_json()["status"] == "degraded"
