"""Fifty people and programs write at once: every entry is there exactly once, and numbers have no gap. LOG_WRITING_SECONDS=60
makes it the minute that the log promises to stand.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import pytest
from django.db import connection
from rest_framework.test import APIClient

from campaigns.log.errors import Newer
from campaigns.log.machine import note_fact
from campaigns.log.services import edit_entry, write_entry
from campaigns.models import Campaign, LogEntry, LogReference, LogVersion
from portal.models import User
from tests.factories import make_entry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
WRITERS = 50
SECONDS = float(os.environ.get("LOG_WRITING_SECONDS", "3"))


def test_of_fifty_writers_at_once_every_entry_is_there_exactly_once(campaign: Campaign, shifter: User):
    written: Counter[str] = Counter()
    failed: list[str] = []
    start = threading.Barrier(WRITERS)
    lock = threading.Lock()

    def run(writer: int) -> None:
        client = APIClient()
        person = User.objects.get(pk=shifter.pk)
        client.force_authenticate(person)
        mine, problems, number = Counter[str](), [], 0
        try:
            start.wait()
            until = time.monotonic() + SECONDS
            while time.monotonic() < until or number < 2:
                number += 1
                body = f"writer {writer} says {number}, see #{3000 + writer}"
                try:
                    if writer % 2:
                        write_entry(Campaign.objects.get(pk=campaign.pk), actor=person, kind="note", body=body)
                    else:
                        answer = client.post(f"/api/v1/campaigns/{campaign.slug}/log/", {"body": body})
                        assert answer.status_code == 201, answer.json()
                except Exception as error:
                    problems.append(f"{type(error).__name__}: {error}")
                else:
                    mine[body] += 1
        finally:
            connection.close()
            with lock:
                written.update(mine)
                failed.extend(problems)

    threads = [threading.Thread(target=run, args=[writer]) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(written) >= 2 * WRITERS
    assert Counter(LogEntry.objects.values_list("body", flat=True)) == written
    numbers = list(LogEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(written) + 1))
    assert LogVersion.objects.count() == LogReference.objects.count() == len(written)


def test_a_fact_that_twenty_tasks_see_at_once_is_one_entry(campaign: Campaign):
    start = threading.Barrier(20)
    made: list[bool] = []

    def run() -> None:
        try:
            start.wait()
            made.append(note_fact(campaign, fact="workflow-finished 3206", topic="workflow-finished", body="Done.") is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(made) == {True: 1, False: 19}
    assert LogEntry.objects.count() == 1


def test_of_ten_tabs_that_save_one_entry_one_is_first_and_the_others_see_its_text(campaign: Campaign, shifter: User):
    entry = make_entry(campaign, shifter, "first")
    start = threading.Barrier(10)
    outcomes: list[str] = []

    def run(tab: int) -> None:
        mine = LogEntry.objects.get(pk=entry.pk)
        try:
            start.wait()
            edit_entry(mine, actor=shifter, version=1, body=f"from tab {tab}")
            outcomes.append("saved")
        except Newer as newer:
            outcomes.append("newer" if newer.version == 2 and newer.body.startswith("from tab") else "?")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[tab]) for tab in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"saved": 1, "newer": 9}
    assert LogVersion.objects.count() == 2
