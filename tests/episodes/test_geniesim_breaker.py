"""The circuit breaker: opens at the threshold, half-opens after the recovery time, and survives what goes on around."""

from datetime import UTC, datetime, timedelta
from multiprocessing.pool import ThreadPool

import pytest

from blueprint.episodes.geniesim.breaker import BREAKER, CircuitBreaker, CircuitOpenError

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(tmp_path, clock):
    return CircuitBreaker(tmp_path, "demo", threshold=3, recovery_s=600, now=clock)


def fail(breaker, times):
    for number in range(times):
        breaker.failed(f"refused {number}")


def test_stays_closed_below_the_threshold_and_a_success_forgets(breaker):
    fail(breaker, 2)
    assert breaker.before_call().status == "closed"
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.before_call().failure_count == 2


def test_opens_at_the_threshold_and_says_until_when(breaker):
    fail(breaker, 3)
    with pytest.raises(CircuitOpenError, match=r"3 failures in a row \(last: refused 2\).*00:10:00"):
        breaker.before_call()


def test_half_opens_after_the_recovery_time_for_one_probe_only(breaker, clock):
    fail(breaker, 3)
    clock.pass_s(599)
    with pytest.raises(CircuitOpenError):
        breaker.before_call()
    clock.pass_s(1)
    assert breaker.before_call().status == "half_open"
    with pytest.raises(CircuitOpenError, match="being probed"):
        breaker.before_call()


def test_a_probe_that_succeeds_closes_and_one_that_fails_opens_again(breaker, clock):
    fail(breaker, 3)
    clock.pass_s(600)
    breaker.before_call()
    assert breaker.failed("still down").status == "open"
    clock.pass_s(600)
    breaker.before_call()
    assert breaker.succeeded().status == "closed"
    assert breaker.before_call().failure_count == 0


def test_a_killed_probe_blocks_the_others_for_the_recovery_time_only(breaker, clock):
    fail(breaker, 3)
    clock.pass_s(600)
    breaker.before_call()
    clock.pass_s(600)
    assert breaker.before_call().status == "half_open"


def test_failures_of_many_threads_are_all_counted(tmp_path, clock):
    with ThreadPool(8) as pool:
        pool.map(lambda n: CircuitBreaker(tmp_path, "demo", threshold=100, now=clock).failed(str(n)), range(40))
    assert CircuitBreaker(tmp_path, "demo", threshold=100, now=clock).state().failure_count == 40


def test_an_unreadable_file_is_a_closed_breaker_that_counts_again(breaker, tmp_path):
    (tmp_path / BREAKER).write_text("{garbage")
    assert breaker.before_call().status == "closed"
    assert breaker.failed("again").failure_count == 1


def test_a_long_reason_is_cut(breaker):
    assert len(breaker.failed("x" * 10_000).last_failure_reason) == 500
