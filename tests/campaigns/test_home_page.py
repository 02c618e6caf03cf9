"""The home page answers: what needs somebody, and how are the campaigns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from tests.factories import NOW, Jobs, make_campaign, make_service, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


def page(client: Client, path: str = "/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_an_empty_portal_says_what_to_do_next(client, client_of, coordinator, requester):
    html = page(client)
    assert "No campaign yet" in html
    assert "manage.py watch_campaign 402 --campaign pdhd-reco-2026b" in html
    assert "/campaigns/new/" not in html
    assert "A coordinator makes a campaign" in page(client_of(requester))
    assert 'href="/campaigns/new/"' in page(client_of(coordinator))


def test_when_all_is_well_the_page_says_so(client):
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(3206, state="finished", files=(350, 350)), [Jobs("CERN", "finished", 350)])
    html = page(client)
    assert "Nothing is wrong that the portal knows of." in html
    assert "350 of 350" in html
    assert 'class="num">100.0<' in html


def test_what_is_wrong_comes_with_its_campaign_and_its_workflow(client):
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    paused = make_workflow(3223, state="paused", auto_paused_at=NOW - timedelta(hours=14))
    make_tally(paused, [Jobs("US_Wisconsin", "script-error", 91, code=71), Jobs("CERN", "finished", 145)])
    html = page(client)
    assert "3223 paused by justIN" in html
    assert 'href="/workflows/3223/"' in html
    assert "14 h ago" in html
    assert "91 of 91 errors are exit 71 at US_Wisconsin" in html


def test_justin_being_down_is_the_first_thing_said_and_old_numbers_stay(client):
    since = NOW - timedelta(hours=3)
    make_service(failing_since=since, error_kind="login-wanted", error_text="302 to log-in", n_failures=5,
                 next_try_at=NOW + timedelta(minutes=20), read_at=since)  # fmt: skip
    make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(3206, listed_at=since, read_at=since), [Jobs("CERN", "finished", 9)])
    html = page(client)
    assert html.index("justIN wants a log-in") < html.index("Active campaigns")
    assert "2026-11-23 15:42:00 UTC" in html  # since when, exactly
    assert "2026-11-23 19:02:00 UTC" in html  # the next try
    assert "173 of 350" in html
    assert 'data-state="stale" datetime="2026-11-23T15:42:00Z"' in html


def test_a_campaign_never_read_shows_unknown_and_not_zero(client):
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    make_workflow(3206, read_at=None, full_read_at=None)
    row = page(client).split('id="c-pdhd-reco-2026b"')[1].split("</tr>")[0]
    assert row.count(">unknown<") == 2  # success, running
    assert ">0<" not in row


def test_finished_campaigns_are_not_among_the_active(client):
    make_service()
    campaign = make_campaign("old-reco-2025", 402)
    Campaign.objects.filter(pk=campaign.pk).update(status="finished")
    html = page(client)
    assert "old-reco-2025" not in html
    assert "No campaign is active." in html


def test_queries_do_not_grow_with_campaigns(client_of, shifter):
    make_service()
    client = client_of(shifter)
    n_queries = []
    for index in range(8):
        make_campaign(f"reco-{index}", 400 + index)
        make_tally(make_workflow(3200 + index, campaign=400 + index), [Jobs("CERN", "finished", 9)])
        with CaptureQueriesContext(connection) as queries:
            page(client)
        n_queries.append(len(queries))
    assert len(set(n_queries)) == 1
    assert n_queries[0] <= 25
