"""Checks by API: what is due with its answers, and recording by the same rules as the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import Check
from campaigns.shift.services import record_check
from monitoring.models import Workflow
from portal.tokens import create_token
from tests.shift.conftest import MORNING, at, campaign, zurich  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db
URL = "/api/v1/campaigns/pdhd-reco-2026b/checks/"


@pytest.fixture
def post(zurich):  # noqa: F811
    """As a program of shifter1 does."""
    token = create_token(zurich)

    def post(body):
        headers = {"Authorization": f"Token {token}"}
        return Client().post(URL, body, content_type="application/json", headers=headers)

    return post


def test_what_is_due_comes_with_every_point_answered(campaign, client):  # noqa: F811
    told = client.get(URL).json()
    assert told["due"] | {"points": []} == {
        "name": "morning", "opens_at": "2026-11-23T05:00:00Z", "closes_at": "2026-11-23T11:00:00Z", "is_missed": False,
        "nothing_new": True, "points": [],
    }  # fmt: skip
    assert [point["key"] for point in told["due"]["points"]] == ["paused", "exit-codes", "finished", "running", "held"]
    assert told["due"]["points"][3] == {
        "key": "running", "question": "Running jobs against the agreed 600", "state": "ok", "words": "600", "is_new": False,
        "as_of": "2026-11-23T08:30:00Z", "about": [],
    }  # fmt: skip
    assert (told["next_opens_at"], told["count"], told["results"]) == ("2026-11-23T15:00:00Z", 0, [])


def test_a_program_records_a_check_with_its_persons_name(campaign, post, client):  # noqa: F811
    answer = post({"nothing_new": True})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["by"], told["nothing_new"], told["is_late"]) == ("done", "shifter1", True, False)
    assert answer.headers["Location"].endswith(f"/api/v1/campaigns/pdhd-reco-2026b/log/{told['entry']}/")
    listed = client.get(URL).json()
    assert (listed["due"], listed["count"]) == (None, 1)
    assert listed["results"] == [told]
    assert Check.objects.get().entry.token_name


def test_refusals_are_those_of_the_pages(campaign, post, zurich):  # noqa: F811
    assert Client().post(URL, {}, content_type="application/json").status_code == 401
    Workflow.objects.update(state="paused")
    answer = post({"nothing_new": True})
    assert (answer.status_code, "Something is new" in answer.json()["detail"]) == (409, True)
    answer = post({})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "text")
    assert post({"text": "x", "nothing_new": True}).status_code == 400
    assert post({"words": "x"}).json()["errors"][0]["field"] == "words"
    record_check(campaign, actor=zurich, text="The site is down.")
    answer = post({"text": "Second."})
    assert (answer.status_code, "shifter1 recorded the morning check" in answer.json()["detail"]) == (409, True)


def test_who_may_not_record_is_told_the_rule(campaign, outsider):  # noqa: F811
    headers = {"Authorization": f"Token {create_token(outsider)}"}
    answer = Client().post(URL, {"nothing_new": True}, content_type="application/json", headers=headers)
    assert answer.status_code == 403
    assert "recorded by its shifters and coordinators" in answer.json()["detail"]


def test_queries_of_the_list_do_not_grow_with_checks(campaign, zurich, client, at):  # noqa: F811
    n = []
    for hours in (0, 8, 24, 32):
        at(MORNING + timedelta(hours=hours))
        record_check(campaign, actor=zurich, text="All is well.")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        n.append(len(queries))
    assert len(set(n)) == 1
    assert n[0] <= 25
