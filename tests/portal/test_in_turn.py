"""Those who write at once go one after another, and nobody waits for themselves."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from portal.locks import in_turn


@pytest.mark.django_db(transaction=True)
def test_two_are_never_inside_at_once():
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL queues for rows by itself")
    inside, most = [0], [0]

    def run() -> None:
        for _time in range(5):
            with in_turn("a-test"):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.002)
                inside[0] -= 1
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_nothing_is_waited_for():
    with in_turn("a-test"), transaction.atomic(), in_turn("a-test"):
        assert connection.in_atomic_block
