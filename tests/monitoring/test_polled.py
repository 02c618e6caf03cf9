"""The floor above hears of each round of the poll once, after what it found is committed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from monitoring.models import Tally
from monitoring.polling import POLL_LOCK, Round, poll_round
from monitoring.signals import polled
from portal.locks import exclusive
from tests.replay import Replay, Replied


@pytest.fixture
def heard() -> Iterator[list[tuple[object, int, bool]]]:
    """Of each round: who sent it, how many tallies were to be seen, and whether a transaction was still open."""
    rounds: list[tuple[object, int, bool]] = []

    def hear(sender: object, **_how: object) -> None:
        rounds.append((sender, Tally.objects.count(), connection.in_atomic_block))

    polled.connect(hear)
    yield rounds
    polled.disconnect(hear)


@pytest.mark.django_db(transaction=True)
def test_a_round_is_heard_of_once_with_everything_committed(recorded: Replay, watch, heard) -> None:
    watch(318)
    poll_round()
    assert heard == [(Round, 1, False)]
    poll_round()
    assert len(heard) == 2


@pytest.mark.django_db
def test_a_round_that_gave_up_is_heard_of_too(recorded: Replay, watch, heard) -> None:
    watch(318)
    recorded.answer = lambda asked: Replied(503, b"busy", {"Retry-After": "600"})
    assert poll_round().failures
    assert len(heard) == 1


@pytest.mark.django_db
def test_a_round_that_was_skipped_is_not_heard_of(recorded: Replay, watch, heard) -> None:
    watch(318)
    recorded.answer = lambda asked: Replied(503, b"busy", {"Retry-After": "600"})
    poll_round()
    assert poll_round().skipped
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_second_announces_no_round(recorded: Replay, watch, heard) -> None:
    watch(318)
    began, end = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(POLL_LOCK):
            began.set()
            end.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert began.wait(10)
    assert poll_round().skipped == "another poll is going on"
    end.set()
    holder.join()
    assert heard == []


@pytest.mark.django_db
def test_a_listener_that_fails_fails_no_round(recorded: Replay, watch, heard) -> None:
    def fail(**_how: object) -> None:
        raise RuntimeError("no room")

    polled.connect(fail)
    try:
        watch(318)
        done = poll_round()
    finally:
        polled.disconnect(fail)
    assert (done.n_workflows_read, done.failures) == (1, [])
    assert len(heard) == 1
