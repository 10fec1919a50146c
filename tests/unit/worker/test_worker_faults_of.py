"""What an exception at the job boundary means."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from daemon.domain.codes import explain
from daemon.domain.route import Plan
from daemon.errors import (
    DiskFull,
    EngineUnavailable,
    FaultVerdict,
    GpuExhausted,
    InputError,
    UsageError,
)
from daemon.protocol import Fault, Work, decode, encode
from daemon.worker.faults import fault_of

WORK = Work("j1", 2, "/s/in", "王五.jpg", "/s/2", Plan.of(["copy"]), "zh")


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "code", "verdict"),
    [
        (InputError("TRUNCATED"), "TRUNCATED", FaultVerdict.FAIL),
        (UsageError("strength must be 0..1"), "OPTIONS_INVALID", FaultVerdict.FAIL),
        (EngineUnavailable(engine="gpen"), "ENGINE_UNAVAILABLE", FaultVerdict.FAIL),
        (GpuExhausted(), "GPU_RESOURCE_EXHAUSTED", FaultVerdict.RETRY),
        (DiskFull(), "DISK_FULL", FaultVerdict.HOLD_QUEUE),
        (OSError(errno.ENOSPC, "full"), "DISK_FULL", FaultVerdict.HOLD_QUEUE),
        (OSError(errno.EDQUOT, "quota"), "DISK_FULL", FaultVerdict.HOLD_QUEUE),
        (OSError(errno.EIO, "bad disk"), "INTERNAL_ERROR", FaultVerdict.RETRY),
        (MemoryError(), "OUT_OF_MEMORY", FaultVerdict.RESTART_WORKER),
        (KeyError("王五.jpg"), "INTERNAL_ERROR", FaultVerdict.RETRY),
    ],
)
def test_each_error_has_its_code_and_verdict(
    error: Exception, code: str, verdict: FaultVerdict
) -> None:
    fault = fault_of(WORK, raised(error))
    assert (fault.job_id, fault.attempt) == ("j1", 2)
    assert (fault.reason.code, fault.fault) == (code, verdict)


def test_the_detail_tells_type_and_place_and_nobodys_name() -> None:
    fault = fault_of(WORK, raised(KeyError("王五.jpg")))
    assert fault.detail.startswith("KeyError at tests/unit/worker/test_worker_faults_of.py:")
    assert fault.detail.endswith(" raised")
    assert "王五" not in encode(fault).decode("unicode-escape")


def test_the_detail_names_our_own_frame_beside_a_librarys() -> None:
    try:
        decode(os.devnull)
    except Exception as error:  # noqa: BLE001 - whichever it is
        detail = fault_of(WORK, error).detail
    assert "daemon/protocol.py" in detail


def test_facts_that_are_no_json_become_text() -> None:
    error = InputError("IMAGE_TOO_SMALL", actual=Path("/x"), limit=16)
    fault = fault_of(WORK, raised(error))
    assert decode(encode(fault)) == fault
    assert isinstance(fault, Fault)
    assert fault.reason.facts == {"actual": "/x", "limit": 16}


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert fault_of(WORK, ValueError()).detail == "ValueError at an unknown place"


def test_an_engine_that_cannot_be_had_is_told_with_the_command_that_mends_it() -> None:
    message = "no weights in the model store (boothd models pull gpen-bfr-512)"
    fault = fault_of(WORK, raised(EngineUnavailable(message, engine="gpen")))
    for language in ("zh", "en"):
        told, _ = explain(fault.reason, language)
        assert "gpen" in told
        assert "boothd models pull gpen-bfr-512" in told
