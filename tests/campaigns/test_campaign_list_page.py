"""The index of campaigns: found by name, status and page."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, Jobs, make_campaign, make_service, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


def page(client, query=""):
    response = client.get(f"/campaigns/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def names(html):
    return re.findall(r'<tr id="c-([a-z0-9-]+)"', html)


@pytest.fixture
def campaigns(db):
    make_service()
    make_campaign("b-reco-2026", 402, purpose="for the beam group")
    make_campaign("a-mc-2026", 403, status="paused")
    make_campaign("c-old-2025", 404, status="finished")


def test_status_chips_count_and_choose(client, campaigns):
    html = page(client)
    assert set(names(html)) == {"a-mc-2026", "b-reco-2026", "c-old-2025"}
    assert 'href="?status=finished">Finished 1</a>' in html
    assert "Cancelled" not in html
    assert names(page(client, "?status=paused")) == ["a-mc-2026"]
    assert len(names(page(client, "?status=nonsense"))) == 3


def test_search_looks_into_names_and_purposes_and_keeps_the_status(client, campaigns):
    assert names(page(client, "?q=BEAM")) == ["b-reco-2026"]
    assert names(page(client, "?q=2026&sort=name")) == ["a-mc-2026", "b-reco-2026"]
    html = page(client, "?status=paused&q=nothing")
    assert 'type="hidden" name="status" value="paused"' in html
    assert "No campaign fits." in html


def test_a_head_sorts(client, campaigns):
    assert names(page(client, "?sort=name")) == ["a-mc-2026", "b-reco-2026", "c-old-2025"]
    html = page(client, "?sort=-name")
    assert names(html) == ["c-old-2025", "b-reco-2026", "a-mc-2026"]
    assert 'aria-sort="descending"' in html


def test_progress_is_shown_for_each(client, campaigns):
    make_tally(make_workflow(3206, files=(173, 350)), [Jobs("CERN", "finished", 9)])
    assert "173 of 350" in page(client)
    assert "no workflow yet" in page(client, "?q=a-mc")


def test_many_campaigns_are_paged_at_constant_cost(client, db):
    make_service()
    n_queries = []
    for index in range(60):
        make_campaign(f"reco-{index:02}", 500 + index)
        if index in (1, 59):
            with CaptureQueriesContext(connection) as queries:
                html = page(client, "?sort=name")
            n_queries.append(len(queries))
    assert n_queries[0] == n_queries[1] <= 25
    assert len(names(html)) == 50
    assert "1 to 50 of 60" in html
    assert len(names(page(client, "?sort=name&page=2"))) == 10


def test_only_coordinators_are_offered_to_make_one(client, client_of, coordinator, shifter, db):
    assert "/campaigns/new/" in page(client_of(coordinator))
    assert "/campaigns/new/" not in page(client_of(shifter))
    assert "A coordinator makes one" in page(client)
