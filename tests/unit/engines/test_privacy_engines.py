"""The engines of privacy masking are told in every record, and refused where they are not here."""

from __future__ import annotations

import sys

import pytest

from daemon.engines.registry import Engines
from daemon.engines.tasks import CODES, READ, RESWEEP, SWEEP
from daemon.errors import EngineUnavailable, FaultVerdict
from daemon.services.engine_facts import TASKS_OF, TERMS

TOLD = (READ, CODES, SWEEP, RESWEEP)


def test_all_four_are_told_before_any_is_loaded():
    engines = Engines()
    described = engines.describe()
    assert set(TOLD) == set(TASKS_OF["privacy"])
    for task in TOLD:
        facts = described[task]
        assert facts["name"] in TERMS
        assert "missing" not in facts["version"]
    assert not engines.loaded() & set(TOLD)
    assert described[SWEEP]["name"] != described[RESWEEP]["name"]
    assert described[SWEEP]["weights"]


@pytest.mark.parametrize(
    ("library", "folder", "task"),
    [("zxingcpp", "zxing", "codes"), ("onnxruntime", "rapidocr", "reader")],
)
def test_a_library_that_is_not_here_is_refused_and_not_tried_again(
    monkeypatch, library, folder, task
):
    for name in [one for one in sys.modules if one.startswith(f"daemon.engines.{folder}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with Engines() as engines, pytest.raises(EngineUnavailable) as caught:
        getattr(engines, task)
    assert caught.value.code == "ENGINE_UNAVAILABLE"
    assert caught.value.fault is FaultVerdict.FAIL
