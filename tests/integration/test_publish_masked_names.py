"""Results under masked names: numbered, never over each other; originals keep their names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.domain.route import Plan
from daemon.services.fsck import examine
from daemon.services.review import ReviewDesk
from daemon.services.review_carry import ReviewCarrier
from tests.fakes.jobs import record_beside
from tests.integration.conftest import Bench

PLAN = Plan.of(["privacy"], {"privacy": {"mask_name": True}})


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_files_that_become_one_name_are_numbered(
    make_bench: Callable[..., Bench], *, overwrite: bool
) -> None:
    bench = make_bench(output={"overwrite": overwrite})
    for name in (b"13800000123", b"13900000456"):
        bench.drop(name, relative=b"sub/" + name + b".jpg", plan=PLAN)
        bench.decide(outputs={OutputKind.RESULT: b"masked " + name})
        bench.publish_all()
    out = bench.config.layout.out("in") / "sub"
    assert (out / "xxxxxxxxxxx.jpg").read_bytes() == b"masked 13800000123"
    assert (out / "xxxxxxxxxxx (2).jpg").read_bytes() == b"masked 13900000456"
    (day,) = bench.config.layout.archive("in").iterdir()
    original = day / "sub/13800000123.jpg"
    assert original.read_bytes() == b"13800000123"
    assert record_beside(original)["outputs"][0]["path"] == str(out / "xxxxxxxxxxx.jpg")
    assert examine(bench.config, bench.database) == []


def test_an_accepted_result_never_replaces_anothers_of_its_masked_name(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(output={"overwrite": True})
    for name, verdict in ((b"13800000123", Verdict.DONE), (b"13900000456", Verdict.REVIEW)):
        job = bench.drop(name, relative=name + b".jpg", plan=PLAN)
        bench.decide(verdict, outputs={OutputKind.RESULT: b"masked " + name})
        bench.publish_all()
    ReviewDesk(bench.config, lambda: bench.database, bench.clock).accept(job.id, by="alice")
    ReviewCarrier(bench.config, bench.database, bench.clock, bench.publisher).step()
    out = bench.config.layout.out("in")
    assert (out / "xxxxxxxxxxx.jpg").read_bytes() == b"masked 13800000123"
    assert (out / "xxxxxxxxxxx (2).jpg").read_bytes() == b"masked 13900000456"
    assert examine(bench.config, bench.database) == []


def test_in_review_everything_stays_with_the_original(bench: Bench) -> None:
    bench.drop(relative=b"13800000123.jpg", plan=PLAN)
    why = {OutputKind.WHY_PICTURE: b"annotated"}
    bench.decide(Verdict.REVIEW, ("PRIVACY_UNVERIFIED",), why)
    bench.publish_all()
    names = sorted(path.name for path in bench.config.layout.review("in").iterdir())
    assert names == [
        "13800000123.jpg", "13800000123.jpg.boothd.json", "13800000123.why.jpg",
        "13800000123.why.txt",
    ]  # fmt: skip
