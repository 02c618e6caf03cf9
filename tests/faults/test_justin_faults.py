"""Each way in which justIN fails: no number lost or wrong, the page says so in words, and the next poll recovers."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from monitoring.models import Failure, Service, Tally, Workflow
from monitoring.polling import poll_round
from tests.replay import Replay, Replied, body_of, rows_of

pytestmark = pytest.mark.django_db

ERROR_PAGE = body_of({"file": "error-missing-stage.as-text-plain.html"})
OTHER_ROWS = json.dumps(rows_of("download-events.usertests-3302.all.json")[:10]).encode()

OF_SERVICE = {
    "down": (Replied(0), Failure.UNREACHABLE),
    "slow": (Replied(body=b"[" + b" " * 100 + b"]", drip_seconds=0.5), Failure.SLOW),
    "500": (Replied(500, b"DB connection lost and cannot reconnect"), Failure.SERVER_ERROR),
    "log-in wanted": (Replied(302, b"", {"Location": "/dashboard/?method=x&login"}), Failure.LOGIN_WANTED),
}
OF_ONE_ANSWER = {
    "HTML with 200": (Replied(body=ERROR_PAGE), Failure.ERROR_PAGE),
    "cut JSON": (Replied(body=b'[\n{"workflow_id": 32'), Failure.CUT),
    "cut body": (Replied(body=b'[{"workflow_id": 2251}]', cut=9), Failure.CUT),
    "garbage": (Replied(body=b"\x00\xff\xfe"), Failure.GARBAGE),
}


def _numbers() -> tuple[object, ...]:
    tally = Tally.objects.values().get()
    workflow = Workflow.objects.values("state", "files_processed", "files_total", "read_at").get()
    return tally, workflow


@pytest.fixture
def read_before(recorded: Replay, watch, settings) -> Replay:
    """A campaign read well; justIN's clock then moves on by two hours, so that everything is due."""
    settings.JUSTIN_TIMEOUT_SECONDS = 2.0
    watch(318)
    assert poll_round().failures == []
    recorded.date = "Mon, 23 Nov 2026 20:40:00 GMT"
    return recorded


@pytest.mark.parametrize("fault", [*OF_SERVICE, *OF_ONE_ANSWER])
def test_a_failed_listing_keeps_the_numbers_and_is_shown(read_before: Replay, client: Client, fault: str) -> None:
    reply, kind = {**OF_SERVICE, **OF_ONE_ANSWER}[fault]
    before = _numbers()
    read_before.answer = lambda asked: reply
    assert len(poll_round().failures) == 1
    assert _numbers() == before
    for address in ("/", "/campaigns/pdhd-reco-2026b/", "/workflows/2251/"):
        page = client.get(address)
        assert page.status_code == 200
        text = page.content.decode()
        assert Failure(kind).label in text, f"{address} does not say that justIN {Failure(kind).label}"
    assert "300" in client.get("/workflows/2251/").content.decode()
    read_before.answer = lambda asked: None
    assert poll_round(by_person=True).failures == []
    assert not Service.justin().is_failing
    assert Failure(kind).label not in client.get("/campaigns/pdhd-reco-2026b/").content.decode()
    assert Workflow.objects.get().final_read_at is not None


@pytest.mark.parametrize("fault", [*OF_SERVICE, *OF_ONE_ANSWER, "wrong rows", "empty"])
def test_a_harvest_that_fails_half_way_keeps_the_numbers(read_before: Replay, client: Client, fault: str) -> None:
    """The listing is good, the fourth question about events is not."""
    more = {"wrong rows": (Replied(body=OTHER_ROWS), Failure.WRONG_ROWS), "empty": (Replied(), Failure.WORSE)}
    reply, kind = {**OF_SERVICE, **OF_ONE_ANSWER, **more}[fault]
    before = Tally.objects.values().get()
    read_before.answer = lambda asked: reply if asked.parameters.get("event_type_name") == "JOB_FINISHED" else None
    done = poll_round()
    assert len(done.failures) == 1
    assert Tally.objects.values().get() == before
    workflow = Workflow.objects.get()
    assert workflow.error_kind == kind
    assert workflow.final_read_at is None
    page = client.get("/workflows/2251/").content.decode()
    assert Failure(kind).label in page
    assert workflow.error_text.split(":")[0].split("&")[0] in page or Failure(kind).label in page
    read_before.answer = lambda asked: None
    assert poll_round(by_person=True).failures == []
    assert not Workflow.objects.get().is_failing
    assert Failure(kind).label not in client.get("/workflows/2251/").content.decode()
