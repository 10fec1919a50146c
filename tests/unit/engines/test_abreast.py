"""Calls side by side."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from daemon.engines.abreast import abreast, cores


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_results_come_in_the_order_of_the_calls(threads):
    assert abreast([partial(pow, base, 2) for base in range(20)], threads) == [
        base * base for base in range(20)
    ]


def test_two_calls_run_at_once():
    met = threading.Barrier(2, timeout=20)
    assert sorted(abreast([met.wait, met.wait], 2)) == [0, 1]


def test_one_thread_is_the_callers_own():
    assert set(abreast([threading.get_ident] * 3, 1)) == {threading.get_ident()}
    assert abreast([], 4) == []


def test_what_a_call_raises_comes_out():
    with pytest.raises(ZeroDivisionError):
        abreast([partial(divmod, 1, 1), partial(divmod, 1, 0)], 2)


def test_threads_are_bounded_as_configured():
    assert cores(3) == 3
    assert cores(0) >= 1
