"""The log by API: one line of curl writes an entry; what comes back is what the page shows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from rest_framework.test import APIClient
from zeal import zeal_context

from campaigns.campaign_tokens import make_token
from campaigns.log.services import amend_entry, reply, strike_entry
from campaigns.models import Appointment, Campaign, EntryKind, LogEntry
from portal.models import User
from portal.tokens import create_token
from tests.factories import a_picture, make_campaign, make_entry

pytestmark = pytest.mark.django_db
LOG = "/api/v1/campaigns/pdhd-reco-2026b/log/"


@pytest.fixture
def campaign(shifter: User, settings, tmp_path) -> Campaign:
    settings.MEDIA_ROOT = tmp_path / "media"
    campaign = make_campaign("pdhd-reco-2026b", 402)
    Appointment.objects.create(campaign=campaign, user=shifter)
    return campaign


@pytest.fixture
def as_user() -> Callable[[User], APIClient]:
    def as_user(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {create_token(user)}")
        return client

    return as_user


def test_a_program_writes_an_entry_and_reads_it_back(campaign: Campaign, shifter: User, as_user):
    answer = as_user(shifter).post(
        LOG,
        {"kind": "submission", "body": "Submitted #3225.", "happened_at": "2026-11-30T07:12:00+01:00", "tags": ["Slice-2"],
         "workflows": [3226], "sites": ["UK_Brunel"], "step": "production"},
    )  # fmt: skip
    assert answer.status_code == 201
    said = answer.json()
    assert answer.headers["Location"] == f"http://testserver{LOG}1/"
    assert (said["number"], said["kind"], said["author"], said["step"]) == (1, "submission", "shifter1", "production")
    assert said["happened_at"] == "2026-11-30T06:12:00Z"
    assert said["tags"] == ["slice-2"]
    assert {(one["kind"], one["value"]) for one in said["references"]} == {
        ("workflow", "3226"), ("workflow", "3225"), ("site", "UK_Brunel"), ("tag", "slice-2"),
    }  # fmt: skip
    assert said["url"] == "http://testserver/campaigns/pdhd-reco-2026b/log/1/"
    assert APIClient().get(f"{LOG}1/").json() == said


def test_an_entry_shows_the_name_of_the_token_and_not_the_token(campaign: Campaign, shifter: User):
    token = create_token(shifter)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    said = client.post(LOG, {"body": "By a script."}).json()
    assert said["token"] == f"token {token[:8]}"
    assert token not in str(APIClient().get(LOG).json())


def test_a_form_with_files_writes_an_entry_whose_pictures_it_shows(campaign: Campaign, shifter: User, as_user):
    answer = as_user(shifter).post(
        LOG,
        {"kind": "incident", "body": "![disk](file:1)", "tags": "disk, np04", "workflows": "3225",
         "files": [a_picture(), a_picture("b.jpg")]},
        format="multipart",
    )  # fmt: skip
    assert answer.status_code == 201, answer.json()
    said = answer.json()
    assert said["tags"] == ["disk", "np04"]
    assert [(one["number"], one["name"], one["content_type"], one["width"]) for one in said["files"]] == [
        (1, "plot.png", "image/png", 64), (2, "b.jpg", "image/jpeg", 64),
    ]  # fmt: skip
    kept = APIClient().get(said["files"][0]["url"])
    assert kept.headers["Content-Type"] == "image/png"
    assert b"".join(kept.streaming_content).startswith(b"\x89PNG")


@pytest.mark.django_db(transaction=True)
def test_one_line_of_curl_writes_an_entry(campaign: Campaign, shifter: User, live_server, tmp_path: Path):
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("needs curl")
    picture = tmp_path / "disk.png"
    picture.write_bytes(a_picture().read())
    done = subprocess.run(
        [curl, "-sS", "-H", f"Authorization: Token {create_token(shifter)}", "-F", "kind=check", "-F", "body=All well. #3225",
         "-F", f"files=@{picture}", live_server.url + LOG],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    entry = LogEntry.objects.get()
    assert (entry.kind, entry.body, entry.author) == ("check", "All well. #3225", shifter)
    assert entry.files.get().name == "disk.png"
    assert '"number":1' in done.stdout


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "body"),
        ({"body": ""}, "body"),
        ({"body": 5}, "body"),
        ({"body": "x", "kind": "machine"}, "kind"),
        ({"body": "x", "mood": "good"}, "mood"),
        ({"body": "x", "workflows": ["3225"]}, "workflows.0"),
        ({"body": "x", "workflows": 3225}, "workflows"),
        ({"body": "x", "tags": ["two words"]}, "tags"),
        ({"body": "x", "happened_at": "yesterday"}, "happened_at"),
        ({"body": "x", "happened_at": "2040-01-01T00:00:00Z"}, "happened_at"),
        ({"body": "x", "step": "lunch"}, "step"),
        ({"body": "x", "sites": [""]}, "sites"),
        ({"body": "x", "files": ["hello"]}, "files.0"),
    ],
)
def test_what_cannot_be_used_is_named(campaign: Campaign, shifter: User, as_user, sent, field: str):
    answer = as_user(shifter).post(LOG, sent)
    assert answer.status_code == 400, answer.json()
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not LogEntry.objects.exists()


def test_who_may_not_is_told_why(campaign: Campaign, requester: User, outsider: User, as_user):
    assert APIClient().post(LOG, {"body": "x"}).status_code == 401
    assert as_user(outsider).post(LOG, {"body": "x"}).status_code == 403
    refused = as_user(requester).post(LOG, {"body": "x", "kind": "check"})
    assert (refused.status_code, "write a note instead" in refused.json()["detail"]) == (403, True)
    assert as_user(requester).post(LOG, {"body": "x"}).status_code == 201
    assert APIClient().get("/api/v1/campaigns/nothing/log/").status_code == 404
    assert APIClient().get(f"{LOG}99/").status_code == 404


def test_a_reply_is_read_with_its_entry(campaign: Campaign, shifter: User, requester: User, as_user):
    make_entry(campaign, shifter)
    answered = as_user(requester).post(LOG, {"body": "Thank you.", "in_reply_to": 1})
    assert (answered.status_code, answered.json()["in_reply_to"]) == (201, 1)
    listed = APIClient().get(LOG).json()
    assert listed["count"] == 1
    assert [one["body"] for one in listed["results"][0]["replies"]] == ["Thank you."]
    assert as_user(requester).post(LOG, {"body": "x", "in_reply_to": 77}).status_code == 404


def test_the_author_edits_and_who_comes_later_gets_the_newer_text(campaign: Campaign, shifter: User, as_user):
    make_entry(campaign, shifter, "first")
    client = as_user(shifter)
    assert client.patch(f"{LOG}1/", {"version": 1, "body": "second", "tags": ["a"]}).json()["body"] == "second"
    late = client.patch(f"{LOG}1/", {"version": 1, "body": "another"})
    assert late.status_code == 409
    assert (late.json()["body"], late.json()["version"]) == ("second", 2)
    client.post(f"{LOG}1/amendments/", {"body": "And more."})
    assert [(one["kind"], one["body"]) for one in client.get(f"{LOG}1/versions/").json()] == [
        ("written", "first"), ("edited", "second"), ("amended", "And more."),
    ]  # fmt: skip
    assert [one["body"] for one in client.get(f"{LOG}1/").json()["amendments"]] == ["And more."]


def test_a_struck_entry_says_who_and_why(campaign: Campaign, shifter: User, coordinator: User, as_user):
    make_entry(campaign, shifter)
    assert as_user(shifter).post(f"{LOG}1/strike/", {"reason": "x"}).status_code == 403
    said = as_user(coordinator).post(f"{LOG}1/strike/", {"reason": "Another campaign."}).json()["struck"]
    assert (said["by"], said["because"]) == ("coordinator1", "Another campaign.")


def test_the_list_is_filtered_and_searched_and_says_no_to_filters_there_are_none_of(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter, "Brunel fails", tags=["site"], kind="incident")
    make_entry(campaign, shifter, "All well", workflows=[3225], kind="check")
    make_entry(campaign, body="Workflow #3225 finished: brunel did well.", topic="workflow-finished")
    numbers = lambda query: [one["number"] for one in APIClient().get(LOG + query).json()["results"]]  # noqa: E731
    assert numbers("") == [3, 2, 1]
    assert numbers("?order=oldest") == [1, 2, 3]
    assert numbers("?q=brunel+well") == [3]
    assert numbers("?kind=check,incident") == [2, 1]
    assert numbers("?workflow_id=3225") == [3, 2]
    assert numbers("?by=machines") == [3]
    assert numbers("?topic=workflow-finished") == [3]
    assert numbers("?tag=site") == [1]
    assert numbers("?author=shifter1&page_size=1") == [2]
    assert numbers("?until=2020-01-01T00:00:00Z") == []
    assert APIClient().get(f"{LOG}?mood=good").status_code == 400
    assert APIClient().get(f"{LOG}?kind=poem").status_code == 400


def test_the_list_costs_the_same_for_many_entries_as_for_few(
    campaign: Campaign, shifter: User, coordinator: User, django_assert_num_queries
):
    def more() -> None:
        one = make_entry(campaign, shifter, "With all: @coordinator1 #3225.", kind=EntryKind.CHECK, files=[a_picture()])
        reply(one, actor=coordinator, body="Seen.", files=[a_picture()])
        amend_entry(one, actor=shifter, body="More.")
        strike_entry(one, actor=coordinator, reason="Twice.")

    more()
    with django_assert_num_queries(12):
        APIClient().get(LOG)
    for _time in range(4):
        more()
    with django_assert_num_queries(12), zeal_context():
        assert len(APIClient().get(LOG).json()["results"]) == 5


# --- tokens of the campaign ---


def with_token(campaign: Campaign, user: User, scope: str) -> APIClient:
    client = APIClient()
    _token, text = make_token(campaign, actor=user, scope=scope, name="dunegpvm03", days=7)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def test_a_campaigns_token_writes_into_its_log_under_its_own_name(campaign: Campaign, shifter: User):
    answer = with_token(campaign, shifter, "log").post(LOG, {"kind": "submission", "body": "Submitted #3225."})
    assert answer.status_code == 201
    assert (answer.json()["author"], answer.json()["token"]) == ("shifter1", "dunegpvm03")
    assert campaign.tokens.get().last_used_at is not None


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_for_reporting_ids_neither_writes_nor_reads_a_log(campaign: Campaign, shifter: User, method: str):
    answer = getattr(with_token(campaign, shifter, "report"), method)(LOG, {"body": "Seen."} if method == "post" else None)
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This token is good for reporting workflow ids only."
    assert not LogEntry.objects.exists()


def test_a_campaigns_token_writes_into_no_other_log(campaign: Campaign, shifter: User):
    client = with_token(campaign, shifter, "log")
    make_campaign("pdvd-autumn", 403)
    answer = client.post("/api/v1/campaigns/pdvd-autumn/log/", {"body": "Seen."})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This token is good for pdhd-reco-2026b only."


def test_a_campaigns_token_may_no_more_than_whoever_made_it(campaign: Campaign, shifter: User):
    client = with_token(campaign, shifter, "log")
    campaign.appointments.all().delete()
    assert client.post(LOG, {"kind": "submission", "body": "Submitted #3225."}).status_code == 403
    assert client.post(LOG, {"kind": "note", "body": "Seen."}).status_code == 201
