"""A booth with a database and the services behind the worker, but no threads and no worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.job import Claim, Job, Verdict
from daemon.services.dispatch import Dispatch
from daemon.services.orders import Orders
from daemon.services.publish import Publisher
from daemon.store import schema
from daemon.store.database import Database
from tests.fakes.batch_office import Office, offices
from tests.fakes.jobs import queued_job, work_like_a_worker


@dataclass(frozen=True, slots=True)
class Bench:
    """The parts under test, wired, with shorthands for the steps between them."""

    config: Config
    database: Database
    clock: ManualClock
    dispatch: Dispatch
    publisher: Publisher
    orders: Orders

    def drop(self, content: bytes = b"a photo", **facts: Any) -> Job:
        return queued_job(self.config, self.database, content, now_ms=self.clock.now_ms(), **facts)

    def claim(self, *, alone: bool = True) -> Claim:
        (handed,) = self.dispatch.next_work(1, alone=alone)
        return handed.claim

    def decide(
        self,
        verdict: Verdict = Verdict.DONE,
        codes: tuple[str, ...] = (),
        outputs: dict[OutputKind, bytes] | None = None,
    ) -> Job:
        """Claim the next job and commit what a worker made of it."""
        claim = self.claim()
        result = work_like_a_worker(
            self.config,
            claim,
            verdict=verdict,
            reasons=tuple(Reason(code) for code in codes),
            outputs=outputs,
        )
        self.dispatch.finish(claim, result)
        return self.job(claim.job.id)

    def publish_all(self) -> list[Job]:
        ended = [self.publisher.publish(job) for job in self.publisher.pending()]
        return [job for job in ended if job is not None]

    def job(self, job_id: str) -> Job:
        with self.database.read() as uow:
            job = uow.jobs.get(job_id)
        assert job is not None
        return job


@pytest.fixture
def make_bench(
    booth: Callable[..., Config], manual_clock: ManualClock
) -> Iterator[Callable[..., Bench]]:
    opened: list[Database] = []

    def make(**sections: Any) -> Bench:
        config = booth(**sections)
        schema.upgrade(config.layout.database)
        database = Database(config.layout.database, manual_clock)
        opened.append(database)
        return Bench(
            config,
            database,
            manual_clock,
            Dispatch(config, database, manual_clock, "test"),
            Publisher(config, database, manual_clock),
            Orders(config, database, manual_clock),
        )

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def make_office(booth: Callable[..., Config]) -> Iterator[Callable[..., Office]]:
    """``make_office(intake={…})``: a booth of one inbox that takes batches."""
    with offices(booth) as make:
        yield make


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    url = "https://hr.example.org/booth"
    hook = {"name": "hr", "url": url, "events": ["batch.finished"], "secret_file": "hr.secret"}
    return make_office(webhooks=[hook])


@pytest.fixture
def open_api(make_bench) -> Iterator[Any]:
    """``open_api(api={…})``: a bench and a client of its API, on which nobody needs a token."""
    opened = []

    def make(**sections: Any) -> tuple[Any, FlaskClient]:
        sections.setdefault("api", {"inbox": "in", "sync_timeout_s": 0})
        sections.setdefault("inboxes", [{"name": "in", "plan": ["restore"]}])
        bench = make_bench(**sections)
        context = panel_parts(bench.config, bench.clock)
        parts = context.__enter__()
        opened.append(context)
        api = ApiServices.of(parts)
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, bench.clock, api)
        app = create_app(bench.config, services)
        app.config["PARTS"] = parts
        return bench, app.test_client()

    yield make
    for context in opened:
        context.__exit__(None, None, None)


@pytest.fixture
def api(open_api) -> tuple[Any, FlaskClient]:
    made: tuple[Any, FlaskClient] = open_api()
    return made
