"""``boothd review``: what waits, and decisions from a terminal or a script."""

from __future__ import annotations

import json

import pytest
import yaml

from daemon.cli import main
from daemon.cli.exits import Exit
from daemon.domain.artifact import OutputKind
from daemon.domain.job import State, Verdict
from daemon.services.review_carry import ReviewCarrier


@pytest.fixture
def ask(bench, tmp_path, capsys):
    """``ask("list")``: status, and what was said as JSON."""
    path = tmp_path / "boothd.yaml"
    root = str(bench.config.layout.root)
    path.write_text(yaml.safe_dump({"root": root, "inboxes": [{"name": "in", "plan": ["copy"]}]}))

    def say(*arguments):
        capsys.readouterr()
        code = main(["--config", str(path), "review", *arguments, "--json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return say


def in_review(bench):
    job = bench.drop()
    bench.decide(Verdict.REVIEW, ("IDENTITY_CHANGED",), {OutputKind.RESULT: b"better"})
    bench.publish_all()
    return bench.job(job.id)


def carry_out(bench):
    ReviewCarrier(bench.config, bench.database, bench.clock, bench.publisher).step()


def test_the_list_tells_what_waits(ask, bench):
    job = in_review(bench)
    code, (line,) = ask("list", "--code", "identity_changed")
    assert code == Exit.OK
    assert (line["job"], line["codes"], line["looked_at"]) == (job.id, ["IDENTITY_CHANGED"], None)
    assert ask("list", "--inbox", "elsewhere") == (Exit.OK, [])


def test_a_photo_is_accepted(ask, bench):
    job = in_review(bench)
    code, (told,) = ask("accept", job.id)
    assert code == Exit.OK
    assert (told["job"], told["decision"]) == (job.id, "accept")
    assert told["by"].startswith("cli:")
    carry_out(bench)
    assert bench.job(job.id).state is State.DONE
    assert ask("accept", job.id)[0] == Exit.USAGE, "it is decided already"


def test_a_photo_is_turned_down_with_a_reason(ask, bench):
    job = in_review(bench)
    assert ask("reject", job.id, "--code", "NONE")[0] == Exit.USAGE
    assert ask("reject", job.id, "--code", "DECLINED_OTHER")[0] == Exit.USAGE
    assert ask("reject", job.id, "--code", "declined_pose", "--note", "eyes")[0] == Exit.OK
    carry_out(bench)
    assert bench.job(job.id).reasons[0].code == "DECLINED_POSE"


def test_a_photo_is_done_again(ask, bench):
    job = in_review(bench)
    assert ask("redo", job.id, "--set", "nonsense")[0] == Exit.USAGE
    assert ask("redo", job.id, "--plan", "restore", "--set", "restore.strength=7")[0] == Exit.USAGE
    again = ("--plan", "quality,restore", "--set", "restore.strength=0.4", "--instruct", "softly")
    assert ask("redo", job.id, *again)[0] == Exit.OK
    carry_out(bench)
    found = bench.job(job.id)
    assert (found.state, found.instruct, found.plan.label) == (
        State.QUEUED, "softly", "quality+restore",
    )  # fmt: skip


def test_without_a_photo_of_that_id_it_is_said(ask, bench):
    in_review(bench)
    assert ask("accept", "0" * 22)[0] == Exit.USAGE
