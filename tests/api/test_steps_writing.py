"""What the API does to a campaign's steps, who may, and how it says no: 403 with the rule, 409 with what is missing."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from campaigns.models import CampaignStatus, Evidence, StepEvent, StepVerb
from campaigns.services import watch_justin_campaign
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, begin, fill, ready, stands, walk_to
from tests.factories import NOW, make_service, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=True)]

HERE = "/api/v1/campaigns/pdhd-reco-2026b"
SETUP = f"{HERE}/steps/setup/"
TALK = f"{HERE}/criteria/metadata-discussion/"
PLAN = f"{HERE}/criteria/plan-agreed/"
DRAFT = f"{HERE}/criteria/plan-drafted/"
FEEDBACK = f"{HERE}/steps/validation/feedback/"


@pytest.fixture
def cast(shifter, production, data_manager, coordinator) -> Cast:
    make_service()
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast):
    return begin(cast)


@pytest.fixture
def asked(campaign, cast, requester):
    """A campaign in its validation step that serves a request of requester1."""
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "validation", cast)
    return campaign


def criterion(answer, key: str) -> dict:
    (found,) = [one for one in answer.json()["criteria"] if one["key"] == key]
    return found


def fields(answer) -> list[str]:
    told = answer.json()
    assert told["detail"]
    assert told["remedy"]
    return [error["field"] for error in told["errors"]]


# --- signing ---


def test_each_team_signs_what_it_saw_and_the_step_is_completed(api_of, campaign, cast) -> None:
    fill(campaign, "setup", cast)
    seen = api_of(cast.production).get(SETUP).json()
    body = {"team": "production", "verdict": "approve", "revision": seen["revision"], "comment": "Good."}
    answer = api_of(cast.production).post(f"{SETUP}sign-offs/", body)
    assert answer.status_code == 201
    assert [(one["state"], one["by"]) for one in answer.json()["sign_offs"]] == [("signed", "production1"), ("none", None)]
    short = {"team": "data-management", "verdict": "approve", "revision": answer.json()["fingerprint"]}
    answer = api_of(cast.data_manager).post(f"{SETUP}sign-offs/", short)
    assert answer.status_code == 201
    assert answer.json()["may_be_completed"] is True
    answer = api_of(cast.shifter).post(f"{SETUP}complete/", {})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["completed_by"]) == ("complete", "shifter1")
    assert api_of(cast.shifter).get(f"{HERE}/steps/").json()["current"] == "test"


def test_a_refusal_needs_a_comment_and_sends_the_step_back(api_of, campaign, cast) -> None:
    body = {"team": "production", "verdict": "refuse", "revision": stands(campaign, "setup").print.short}
    client = api_of(cast.production)
    wanting = client.post(f"{SETUP}sign-offs/", body)
    assert (wanting.status_code, fields(wanting)) == (400, ["comment"])
    answer = client.post(f"{SETUP}sign-offs/", body | {"comment": "The directory is personal."})
    assert (answer.status_code, answer.json()["state"]) == (201, "sent-back")
    (missing,) = [one for one in answer.json()["missing"] if one["key"] == "setup-production"]
    assert (missing["state"], missing["who"], missing["saw"]) == ("refused", "shifters", "The directory is personal.")


def test_a_revision_that_is_not_the_one_that_stands_is_409_and_writes_nothing(api_of, campaign, cast) -> None:
    fill(campaign, "setup", cast)
    n_before = StepEvent.objects.count()
    body = {"team": "production", "verdict": "approve", "revision": "0123456789abcdef"}
    answer = api_of(cast.production).post(f"{SETUP}sign-offs/", body)
    assert (answer.status_code, fields(answer)) == (409, ["revision"])
    assert stands(campaign, "setup").print.short in answer.json()["detail"]
    assert StepEvent.objects.count() == n_before


def test_a_second_signature_for_the_team_is_409_and_says_who_was_first(api_of, campaign, cast, make_user) -> None:
    ready(campaign, "setup", cast)
    second = make_user("production2", "production")
    body = {"team": "production", "verdict": "approve", "revision": stands(campaign, "setup").print.fingerprint}
    answer = api_of(second).post(f"{SETUP}sign-offs/", body)
    assert answer.status_code == 409
    assert "production1" in answer.json()["detail"]


@pytest.mark.parametrize("left_out", ["team", "verdict", "revision"])
def test_a_sign_off_without_one_of_its_fields_is_400_and_names_it(api_of, campaign, cast, left_out: str) -> None:
    body = {"team": "production", "verdict": "approve", "revision": stands(campaign, "setup").print.fingerprint}
    del body[left_out]
    answer = api_of(cast.production).post(f"{SETUP}sign-offs/", body)
    assert (answer.status_code, fields(answer)) == (400, [left_out])
    assert not StepEvent.objects.filter(verb=StepVerb.SIGNED).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("team", "shifters"), ("team", 1), ("team", ["production"]), ("verdict", "yes"), ("verdict", True), ("revision", 7),
        ("revision", ""), ("revision", "0123"), ("revision", None), ("comment", 3), ("comment", "a\x00b"), ("reviosn", "x"),
    ],
)  # fmt: skip
def test_a_sign_off_with_something_wrong_is_400_and_names_the_field(api_of, campaign, cast, field: str, value) -> None:
    body = {"team": "production", "verdict": "approve", "revision": stands(campaign, "setup").print.fingerprint}
    answer = api_of(cast.production).post(f"{SETUP}sign-offs/", body | {field: value})
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert not StepEvent.objects.filter(verb=StepVerb.SIGNED).exists()


@pytest.mark.parametrize("person", ["shifter", "data_manager", "coordinator", "requester", "outsider"])
def test_who_does_not_hold_the_teams_role_is_told_which_it_needs(api_of, campaign, person: str, request) -> None:
    body = {"team": "production", "verdict": "approve", "revision": stands(campaign, "setup").print.fingerprint}
    answer = api_of(request.getfixturevalue(person)).post(f"{SETUP}sign-offs/", body)
    assert answer.status_code == 403
    assert "the role production" in answer.json()["detail"]


def test_who_holds_both_roles_signs_once(api_of, campaign, cast, make_user) -> None:
    both = api_of(make_user("both1", "production", "data-management"))
    revision = stands(campaign, "setup").print.fingerprint
    body = {"verdict": "approve", "revision": revision}
    assert both.post(f"{SETUP}sign-offs/", body | {"team": "production"}).status_code == 201
    answer = both.post(f"{SETUP}sign-offs/", body | {"team": "data-management"})
    assert answer.status_code == 403
    assert "two people" in answer.json()["detail"]


# --- completing and reopening ---


def test_completing_what_is_not_ready_is_409_with_all_that_is_missing(api_of, campaign, cast) -> None:
    client = api_of(cast.shifter)
    answer = client.post(f"{SETUP}complete/", {})
    assert answer.status_code == 409
    told = answer.json()
    assert "not ready" in told["detail"]
    assert told["errors"] == []
    assert told["blocked_by"] == []
    assert {one["key"]: one["who"] for one in told["missing"]}["setup-production"] == "production"
    assert {"key", "state", "who", "text"} <= set(told["missing"][0])
    # the refusal looked at the facts of its moment, and nothing of what it saw is kept
    assert {one["key"] for one in told["missing"]} <= {one["key"] for one in client.get(SETUP).json()["missing"]}
    assert stands(campaign, "setup").completed is None


def test_completing_a_step_that_is_not_open_is_409_and_says_what_comes_first(api_of, campaign, cast) -> None:
    answer = api_of(cast.shifter).post(f"{HERE}/steps/production/complete/", {})
    assert answer.status_code == 409
    assert "Step 1, Set up comes first" in answer.json()["detail"]
    assert "production-finished" in {one["key"] for one in answer.json()["missing"]}


def test_the_second_who_completes_a_step_is_told_who_was_first(api_of, campaign, cast) -> None:
    ready(campaign, "setup", cast)
    assert api_of(cast.shifter).post(f"{SETUP}complete/", {}).status_code == 200
    answer = api_of(cast.coordinator).post(f"{SETUP}complete/", {})
    assert answer.status_code == 409
    assert "completed by shifter1" in answer.json()["detail"]
    assert answer.json()["missing"] == []


def test_reopening_needs_a_coordinator_and_a_reason_and_makes_sign_offs_void(api_of, campaign, cast) -> None:
    walk_to(campaign, "validation", cast)
    path = f"{SETUP}reopen/"
    refused = api_of(cast.shifter).post(path, {"reason": "The plan changed."})
    assert (refused.status_code, "coordinators" in refused.json()["detail"]) == (403, True)
    client = api_of(cast.coordinator)
    assert [fields(client.post(path, body)) for body in ({}, {"reason": " "}, {"reason": 7})] == [["reason"]] * 3
    answer = client.post(path, {"reason": "The plan changed."})
    assert (answer.status_code, answer.json()["state"]) == (200, "open")
    assert {one["state"] for one in answer.json()["sign_offs"]} == {"void"}
    later = client.get(f"{HERE}/steps/test/").json()
    assert later["state"] == "not-open"
    again = client.post(path, {"reason": "Again."})
    assert (again.status_code, again.json()["errors"]) == (409, [])


# --- evidence, decisions, waivers ---


def test_a_text_is_evidence(api_of, campaign, cast) -> None:
    answer = api_of(cast.shifter).post(f"{TALK}evidence/", {"text": "Opened <today>."})
    assert answer.status_code == 201
    kept = Evidence.objects.get()
    told = answer.json()
    assert (told["id"], told["kind"], told["text"], told["author"]) == (kept.pk, "text", "Opened <today>.", "shifter1")
    assert told["sha256"] == kept.sha256
    assert criterion(api_of(cast.shifter).get(SETUP), "metadata-discussion")["state"] == "met"


def test_so_are_a_link_and_a_workflow(api_of, campaign, cast) -> None:
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    make_workflow(3206, campaign=402)
    client = api_of(cast.shifter)
    link = client.post(f"{TALK}evidence/", {"url": "https://example.org/talk"})
    workflow = client.post(f"{TALK}evidence/", {"workflow_id": 3206, "text": "This one."})
    assert (link.status_code, link.json()["kind"], link.json()["url"]) == (201, "link", "https://example.org/talk")
    assert (workflow.status_code, workflow.json()["kind"], workflow.json()["workflow_id"]) == (201, "workflow", 3206)


def test_a_file_is_sent_as_multipart_and_fetched_again(api_of, campaign, cast) -> None:
    file = SimpleUploadedFile("numbers.csv", b"what,TB\nreco,1\n")
    answer = api_of(cast.shifter).post(f"{TALK}evidence/", {"file": file, "text": "As measured."}, format="multipart")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["kind"], told["file_name"], told["size_bytes"], told["text"]) == ("file", "numbers.csv", 15, "As measured.")
    with Evidence.objects.get().file.open() as kept:
        assert kept.read() == b"what,TB\nreco,1\n"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"), ({"text": ""}, "text"), ({"text": 7}, "text"), ({"url": "javascript:alert(1)"}, "url"),
        ({"url": ["https://example.org"]}, "url"), ({"workflow_id": 77}, "workflow_id"),
        ({"workflow_id": "3206"}, "workflow_id"), ({"workflow_id": True}, "workflow_id"),
        ({"file": "run.fcl"}, "file"), ({"txt": "x"}, "txt"),
        ({"url": "https://example.org", "workflow_id": 3206}, "url"),
    ],
)  # fmt: skip
def test_evidence_that_cannot_be_used_is_400_and_names_the_field(api_of, campaign, cast, body: dict, field: str) -> None:
    answer = api_of(cast.shifter).post(f"{TALK}evidence/", body)
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert not Evidence.objects.exists()


def test_a_file_of_a_kind_that_is_not_kept_is_400(api_of, campaign, cast) -> None:
    file = SimpleUploadedFile("run.sh", b"#!/bin/sh\n")
    answer = api_of(cast.shifter).post(f"{TALK}evidence/", {"file": file}, format="multipart")
    assert (answer.status_code, fields(answer)) == (400, ["file"])


def test_evidence_for_a_step_that_is_not_open_is_409(api_of, campaign, cast) -> None:
    answer = api_of(cast.shifter).post(f"{HERE}/criteria/interactive-clean/evidence/", {"text": "Clean."})
    assert (answer.status_code, answer.json()["errors"]) == (409, [])
    assert "not open yet" in answer.json()["detail"]


def test_evidence_is_taken_back_and_stays_readable(api_of, campaign, cast) -> None:
    client = api_of(cast.shifter)
    assert client.post(f"{TALK}take-back/", {}).status_code == 409
    client.post(f"{TALK}evidence/", {"text": "Opened."})
    answer = client.post(f"{TALK}take-back/", {"reason": "The wrong one."})
    one = criterion(answer, "metadata-discussion")
    assert (answer.status_code, one["state"], one["withdrawn"][0]["text"]) == (200, "not-met", "Opened.")


def test_a_coordinator_records_a_decision_for_and_against(api_of, campaign, cast) -> None:
    client = api_of(cast.coordinator)
    answer = client.post(f"{PLAN}decision/", {"agreed": True, "meeting_on": "2026-11-20", "note": "As shown."})
    one = criterion(answer, "plan-agreed")
    assert (answer.status_code, one["state"], one["agreed"], one["meeting_on"]) == (200, "met", True, "2026-11-20")
    assert fields(client.post(f"{PLAN}decision/", {"agreed": False})) == ["note"]
    answer = client.post(f"{PLAN}decision/", {"agreed": False, "note": "Fewer files."})
    one = criterion(answer, "plan-agreed")
    assert (one["state"], one["agreed"], one["meeting_on"]) == ("not-met", False, "2026-11-23")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("agreed", "true"), ("agreed", 1), ("agreed", None), ("meeting_on", "tomorrow"), ("meeting_on", 20261120),
        ("meeting_on", "2027-01-01"), ("note", 3), ("agree", True),
    ],
)  # fmt: skip
def test_a_decision_with_something_wrong_is_400_and_names_the_field(api_of, campaign, cast, field: str, value) -> None:
    answer = api_of(cast.coordinator).post(f"{PLAN}decision/", {"agreed": True} | {field: value})
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert not StepEvent.objects.filter(verb=StepVerb.DECIDED).exists()


def test_what_is_no_decision_cannot_be_decided(api_of, campaign, cast) -> None:
    assert api_of(cast.coordinator).post(f"{TALK}decision/", {"agreed": True}).status_code == 400


def test_a_coordinator_waives_with_a_reason_and_ends_it_again(api_of, campaign, cast) -> None:
    client = api_of(cast.coordinator)
    assert fields(client.post(f"{DRAFT}waive/", {})) == ["reason"]
    answer = client.post(f"{DRAFT}waive/", {"reason": "It is on paper."})
    assert (answer.status_code, criterion(answer, "plan-drafted")["state"]) == (200, "waived")
    again = client.post(f"{DRAFT}waive/", {"reason": "It is on paper."})
    assert (again.status_code, "coordinator1 waived it" in again.json()["detail"]) == (409, True)
    answer = client.post(f"{DRAFT}end-waiver/", {})
    assert (answer.status_code, criterion(answer, "plan-drafted")["state"]) == (200, "not-met")
    assert client.post(f"{DRAFT}end-waiver/", {}).status_code == 409


def test_a_sign_off_cannot_be_waived(api_of, campaign, cast) -> None:
    answer = api_of(cast.coordinator).post(f"{HERE}/criteria/setup-production/waive/", {"reason": "On holiday."})
    assert answer.status_code == 409


# --- the requester's word ---


def test_the_requester_is_asked_answers_and_the_campaign_waits(api_of, asked, cast, requester) -> None:
    due = (timezone.localdate() + timedelta(days=3)).isoformat()
    answer = api_of(cast.shifter).post(f"{FEEDBACK}ask/", {"due_on": due, "note": "Run 39252."})
    assert (answer.status_code, answer.json()["key"]) == (200, "validation")
    asked.refresh_from_db()
    assert asked.status == CampaignStatus.PAUSED
    client = api_of(requester)
    assert fields(client.post(FEEDBACK, {"verdict": "remarks"})) == ["text"]
    answer = client.post(FEEDBACK, {"verdict": "remarks", "text": "Fewer hits than expected."})
    assert answer.status_code == 200
    assert StepEvent.objects.get(verb=StepVerb.FEEDBACK_GIVEN).data["verdict"] == "remarks"
    assert client.post(FEEDBACK, {"verdict": "yes"}).status_code == 409


def test_going_on_without_a_reply_has_to_wait_until_it_is_overdue(api_of, asked, cast, time_machine) -> None:
    client = api_of(cast.coordinator)
    client.post(f"{FEEDBACK}ask/", {})
    answer = client.post(f"{FEEDBACK}skip/", {"reason": "Nobody is there."})
    assert (answer.status_code, "2026-11-30" in answer.json()["detail"]) == (409, True)
    time_machine.move_to(NOW + timedelta(days=9))
    assert client.post(f"{FEEDBACK}skip/", {"reason": "Nobody is there."}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"verdict": "maybe"}, {"verdict": True}, {"verdict": None}])
def test_an_answer_that_is_none_is_400(api_of, asked, requester, body: dict) -> None:
    answer = api_of(requester).post(FEEDBACK, body)
    assert (answer.status_code, fields(answer)) == (400, ["verdict"])


def test_a_step_without_feedback_says_where_it_is(api_of, campaign, cast) -> None:
    for path in ("", "ask/", "skip/"):
        answer = api_of(cast.coordinator).post(f"{SETUP}feedback/{path}", {"reason": "x"})
        assert (answer.status_code, "validation" in answer.json()["remedy"]) == (404, True)


# --- what all of them share ---

WRITES = [
    (f"{SETUP}sign-offs/", {"team": "production", "verdict": "approve", "revision": "0123456789"}),
    (f"{SETUP}complete/", {}),
    (f"{SETUP}reopen/", {"reason": "x"}),
    (f"{TALK}evidence/", {"text": "x"}),
    (f"{TALK}take-back/", {}),
    (f"{PLAN}decision/", {"agreed": True}),
    (f"{DRAFT}waive/", {"reason": "x"}),
    (f"{DRAFT}end-waiver/", {}),
    (FEEDBACK, {"verdict": "yes"}),
    (f"{FEEDBACK}ask/", {}),
    (f"{FEEDBACK}skip/", {"reason": "x"}),
]


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_without_a_token_it_is_401_and_without_a_role_403_with_the_rule(
    api: APIClient, api_of, campaign, outsider, path: str, body: dict
) -> None:
    n_before = StepEvent.objects.count()
    assert api.post(path, body).status_code == 401
    answer = api_of(outsider).post(path, body)
    assert answer.status_code == 403
    assert len(answer.json()["detail"]) > 20
    assert StepEvent.objects.count() == n_before


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_a_name_that_is_unknown_or_a_body_that_is_no_object_is_400(
    api_of, campaign, coordinator, path: str, body: dict
) -> None:
    n_before = StepEvent.objects.count()
    client = api_of(coordinator)
    answer = client.post(path, body | {"nmae": "x"})
    assert (answer.status_code, fields(answer)) == (400, ["nmae"])
    for whole in ("[]", "null", "7", '"x"', "{"):
        assert client.generic("POST", path, whole, content_type="application/json").status_code == 400
    assert StepEvent.objects.count() == n_before


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_a_key_that_is_not_there_is_404_with_those_that_are(api_of, campaign, coordinator, path: str, body: dict) -> None:
    client = api_of(coordinator)
    head, _, act = path.removeprefix(f"{HERE}/").partition("/")
    wrong = f"{HERE}/{head}/nonsense/{act.partition('/')[2]}"
    answer = client.post(wrong, body)
    assert answer.status_code == 404
    assert ("metadata-discussion" if head == "criteria" else "close-out") in answer.json()["remedy"]
    assert client.post(path.replace("pdhd-reco-2026b", "none"), body).status_code == 404


def test_the_last_step_finishes_the_campaign(api_of, campaign, cast) -> None:
    walk_to(campaign, "close-out", cast)
    ready(campaign, "close-out", cast)
    assert api_of(cast.shifter).post(f"{HERE}/steps/close-out/complete/", {}).status_code == 200
    told = api_of(cast.shifter).get(f"{HERE}/steps/").json()
    assert told["current"] is None
    assert {step["state"] for step in told["steps"]} == {"complete"}
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.FINISHED
