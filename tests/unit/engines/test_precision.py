"""bf16 is taken where it draws the same picture, and the record says what was taken and why."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from daemon.engines.precision import PARITY_DB, agreement_db, proven, settled

_SUMS = map(str, itertools.count())


def drawing(error: float):
    """A network whose bf16 is off by so many grey levels everywhere."""

    def draw(half):
        return np.full((2, 4, 4, 3), 100.0 + (error if half else 0), np.float32)

    return draw


def never(_half):
    pytest.fail("nothing is to be proven")


def test_fp32_needs_no_proof() -> None:
    precision = proven([next(_SUMS)], "fp32", "cuda:0", never)
    assert precision.as_json() == {"precision": "fp32"}


@pytest.mark.parametrize("asked", ["bf16", "fp16"])
def test_the_cpu_computes_in_fp32_and_says_so(asked) -> None:
    precision = proven([next(_SUMS)], asked, "cpu", never)
    assert precision.as_json() == {
        "precision": "fp32",
        "precision_note": f"{asked} was asked for; the CPU computes in fp32",
    }


def test_bf16_that_draws_the_same_picture_is_taken() -> None:
    precision = proven([next(_SUMS)], "bf16", "cuda:0", drawing(1.0))
    assert precision.as_json() == {"precision": "bf16", "parity_db": 48.1}


def test_fp16_is_taken_for_bf16_and_said_to_be() -> None:
    line = proven([next(_SUMS)], "fp16", "cuda:0", drawing(1.0)).as_json()
    assert line["precision"] == "bf16"
    assert line["precision_note"].startswith("fp16 was asked for")


def test_bf16_that_draws_another_picture_is_not_taken() -> None:
    line = proven([next(_SUMS)], "bf16", "cuda:0", drawing(2.0)).as_json()
    assert line["precision"] == "fp32"
    assert line["parity_db"] == 42.1
    assert line["precision_note"] == "bf16 was asked for; bf16 gave 42.1 dB, 45 dB are needed"


def test_bf16_that_gives_no_number_is_not_taken() -> None:
    line = proven([next(_SUMS)], "bf16", "cuda:0", drawing(math.nan)).as_json()
    assert line["precision"] == "fp32"
    assert "no number" in line["precision_note"]


def test_the_proof_is_made_once_and_known_to_whoever_writes_the_record() -> None:
    sums = [next(_SUMS), next(_SUMS)]
    assert "proven" in settled(sums, "bf16", "cuda:0").as_json()["precision_note"]
    found = proven(sums, "bf16", "cuda:0", drawing(2.0))
    assert settled(reversed(sums), "bf16", "cuda:0") == found
    assert proven(sums, "bf16", "cuda:0", never) == found
    assert settled(sums, "bf16", "cuda:1") != found


def test_the_worst_picture_counts() -> None:
    exact = np.zeros((2, 8, 8, 3), np.float32)
    found = exact.copy()
    found[1] += 10
    assert agreement_db(found, exact) == pytest.approx(20 * math.log10(25.5))
    assert agreement_db(found, exact) < PARITY_DB
    assert agreement_db(exact, exact) == math.inf
