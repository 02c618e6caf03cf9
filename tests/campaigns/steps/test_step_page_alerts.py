"""The list of alerts, and closing one: from there or from the step that it blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Alert, Campaign
from campaigns.services import watch_justin_campaign
from campaigns.steps.attaching import attach_workflow
from portal.models import User
from tests.campaigns.steps.walking import Cast, walk_to
from tests.factories import make_service, make_workflow

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).replace("&#x27;", "'").split())


@pytest.fixture
def alert(campaign: Campaign, cast: Cast) -> Alert:
    """A production scope in the step Test."""
    make_service()
    walk_to(campaign, "test", cast)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    make_workflow(3206)
    attach_workflow(campaign, "test", 3206, actor=cast.shifter)
    return Alert.objects.get()


def test_a_coordinator_closes_an_alert_with_a_reason(client_of: ClientOf, alert: Alert, cast: Cast) -> None:
    client, address = client_of(cast.coordinator), f"/alerts/{alert.pk}/close/"
    answer = client.post(address, {"reason": ""})
    assert answer.status_code == 400
    assert "Give a reason" in text(answer)
    assert "Criteria and evidence" in text(answer)
    answer = client.post(address, {"reason": "", "back": "list"})
    assert answer.status_code == 400
    assert "Open first, then closed" in text(answer)
    assert client_of(cast.shifter).post(address, {"reason": "It is meant so."}).status_code == 403
    assert client.post(address, {"reason": "It is meant so.", "back": "list"}).headers["Location"] == "/alerts/"
    alert.refresh_from_db()
    assert alert.closed_because == "It is meant so."
    answer = client.post(address, {"reason": "Again."})
    assert answer.status_code == 409
    assert "coordinator1 closed it on" in text(answer)


def test_the_list_of_alerts_shows_open_ones_first_and_keeps_its_filters(
    client: Client, alert: Alert, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    campaign, workflow = alert.campaign, alert.workflow
    for number in range(60):
        Alert.objects.create(
            campaign=campaign, workflow=workflow, step="test", kind="scope", title=f"=old {number}",
            opened_at=timezone.now() + timedelta(minutes=number), closed_at=timezone.now(), closed_because="gone",
        )  # fmt: skip
    with django_assert_max_num_queries(12):
        html = text(client.get("/alerts/"))
    assert html.index(alert.title) < html.index("=old 59")
    assert "All 61 Open 1 Closed 60" in html
    assert "=old 59" not in text(client.get("/alerts/?state=open"))
    assert alert.title not in text(client.get("/alerts/?state=closed"))
    assert "No alert was opened in this campaign." in text(client.get("/alerts/?campaign=other"))
    table = client.get("/alerts/?state=closed&format=csv").content.decode().splitlines()
    assert len(table) == 61
    assert ",'=old " in table[1]
