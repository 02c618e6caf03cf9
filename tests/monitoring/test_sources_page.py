"""What justIN said: how asking goes, and what to do when it fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.models import JustinCampaign, MonitoringEvent, Service, Verb
from tests.factories import NOW, make_campaign, make_service, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


def page(client, query=""):
    response = client.get(f"/sources/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_before_the_first_poll_nothing_is_claimed(client):
    html = page(client)
    assert "never asked yet" in html
    assert "No justIN campaign is watched yet." in html
    assert not Service.objects.exists()  # looking changes nothing


def test_all_well_says_when_justin_answered(client):
    make_service(read_at=NOW - timedelta(minutes=2))
    html = page(client)
    assert '<span class="status pill" data-state="ok">answers</span>' in html
    assert "2026-11-23 18:40:00 UTC" in html
    assert "Every workflow that was asked for could be read." in html


@pytest.mark.parametrize(
    ("kind", "words"),
    [("login-wanted", "wants a log-in"), ("unreachable", "does not answer"), ("cut", "sent an answer that ends in the middle")],
)
def test_a_failure_is_told_with_since_when_tries_text_and_next_try(client, kind, words):
    make_service(failing_since=NOW - timedelta(hours=2), error_kind=kind, error_text="<i>as it came</i>", n_failures=7,
                 next_try_at=NOW + timedelta(minutes=32))  # fmt: skip
    html = page(client)
    assert f'data-state="bad">{words}</span>' in html
    assert "2026-11-23 16:42:00 UTC" in html
    assert "7 failed in a row" in html
    assert "&lt;i&gt;as it came" in html
    assert "2026-11-23 19:14:00 UTC; the wait doubles, up to an hour" in html
    assert "What to do when it fails" in html


def test_a_wait_that_justin_asked_for_is_named_as_its_wish(client):
    make_service(failing_since=NOW, error_kind="server-error", next_try_at=NOW + timedelta(minutes=5), told_to_wait=True)
    assert "18:47:00 UTC, as justIN asked" in page(client)


def test_each_failing_reading_has_its_row(client):
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    JustinCampaign.objects.filter(justin_id=402).update(
        failing_since=NOW, error_kind="garbage", error_text="not JSON", n_failures=1
    )
    make_workflow(
        3206, failing_since=NOW - timedelta(hours=1), error_kind="worse", error_text="JOB_STARTED: 3 rows", n_failures=2
    )
    make_workflow(3207)
    html = page(client)
    assert "answers with something unreadable" in html
    assert "1 try since" in html
    assert "not JSON" in html
    assert 'href="/workflows/3206/"' in html
    assert "answered with less than before" in html
    assert 'href="/workflows/3207/"' not in html


def test_the_newest_events_are_told(client):
    make_service()
    workflow = make_workflow(3206)
    MonitoringEvent.objects.create(verb=Verb.STATE_CHANGED, workflow=workflow, data={"old": "running", "new": "paused"}, at=NOW)
    MonitoringEvent.objects.create(verb=Verb.READING_FAILED, note="time ran out", at=NOW)
    html = page(client)
    assert "changed state from running to paused" in html
    assert "justIN could not be read" in html


def test_many_failures_are_paged_at_constant_cost(client):
    make_service()
    n_queries = []
    for number in range(3001, 3061):
        make_workflow(number, failing_since=NOW, error_kind="slow")
        if number in (3002, 3060):
            with CaptureQueriesContext(connection) as queries:
                html = page(client)
            n_queries.append(len(queries))
    assert n_queries[0] == n_queries[1] <= 25
    assert "1 to 50 of 60" in html
