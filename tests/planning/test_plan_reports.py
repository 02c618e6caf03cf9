"""Which workflow is which row: told by scripts and people, taken back, chosen where several rows fit; seen by steps at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from campaigns.campaign_services import set_status
from campaigns.campaign_tokens import make_token, revoke_token
from campaigns.jobscript_services import keep_version
from campaigns.models import (
    Alert,
    Campaign,
    CampaignToken,
    PlannedWorkflow,
    RegisteredWorkflow,
    StepEvent,
    StepVerb,
    StepWorkflow,
)
from campaigns.plan_listening import after_poll
from campaigns.plan_reports import report_workflow, take_back_report
from campaigns.plan_services import publish_plan, save_plan
from campaigns.steps.attaching import attach_workflow
from monitoring.models import Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin, stands, walk_to
from tests.planning.plans import lbl2
from tests.planning.watched import planned, take

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
PAGE = "/campaigns/lbl2-reco-2026/plan/"
API = "/api/v1/campaigns/lbl2-reco-2026/plan/reports/"


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return planned(cast)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("&#x27;", "'").split())


def workflows(client: Client) -> dict[str, list[int]]:
    rows = client.get("/api/v1/campaigns/lbl2-reco-2026/plan/").json()["rows"]
    return {row["key"]: row["computed"]["workflows"] for row in rows}


# --- what a report does ---


def test_a_reported_workflow_serves_its_row_whatever_its_description_and_query(
    campaign: Campaign, client_of: ClientOf, cast: Cast
) -> None:
    take(1700, 3, 5, description="something else")
    assert workflows(client_of(cast.shifter))["r2"] == []
    done = report_workflow(campaign, "r2", 1700, actor=cast.shifter)
    assert (done.is_new, done.planned.how, done.planned.reported_by) == (True, "person", cast.shifter)
    assert workflows(client_of(cast.shifter))["r2"] == [1700]


def test_a_report_overrules_a_match_by_description(campaign: Campaign, client_of: ClientOf, cast: Cast) -> None:
    take(1701, 0, 6000, description="lbl2-reco-2026 r1")
    report_workflow(campaign, "r3", 1701, actor=cast.shifter)
    found = workflows(client_of(cast.shifter))
    assert (found["r1"], found["r3"]) == ([], [1701])


def test_it_is_watched_and_attached_to_its_step_at_once_so_that_guards_see_it(campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "production", cast)
    report_workflow(campaign, "r1", 9001, actor=cast.shifter)
    assert Workflow.objects.get(justin_id=9001).is_watched
    attached = StepWorkflow.objects.get()
    assert (attached.workflow.justin_id, attached.step, attached.use) == (9001, "production", "main")
    take(9002, 6000, 1000, scope_name="usertests")
    report_workflow(campaign, "r2", 9002, actor=cast.shifter)
    assert Alert.objects.get(closed_at=None).workflow.justin_id == 9002


def test_what_is_watched_by_its_justin_campaign_is_not_registered_once_more(campaign: Campaign, cast: Cast) -> None:
    take(1650, 0, 6000)
    report_workflow(campaign, "r1", 1650, actor=cast.shifter)
    assert not RegisteredWorkflow.objects.exists()


def test_a_row_of_a_step_that_is_not_open_is_recorded_and_attached_when_it_opens(campaign: Campaign, cast: Cast) -> None:
    take(1650, 0, 6000)
    done = report_workflow(campaign, "r1", 1650, actor=cast.shifter)
    assert "is not open yet" in done.note
    assert not StepWorkflow.objects.exists()
    after_poll()
    assert not StepWorkflow.objects.exists()
    walk_to(campaign, "production", cast)
    after_poll()
    assert StepWorkflow.objects.get().step == "production"
    assert not PlannedWorkflow.objects.get().is_waiting
    StepWorkflow.objects.all().delete()
    after_poll()
    assert not StepWorkflow.objects.exists(), "what a person took from its step is not put back"


def test_the_criterion_of_finished_workflows_counts_what_was_reported(campaign: Campaign, cast: Cast) -> None:
    publish_plan(campaign, actor=cast.shifter, version=1)
    walk_to(campaign, "production", cast)
    for number, (key, (skip, limit)) in enumerate(
        {"r1": (0, 6000), "r2": (6000, 1000), "r3": (7000, 5000), "r4": (12000, 5000), "r5": (17000, None)}.items()
    ):
        take(1600 + number, skip + 1, limit, description="by hand", files=(1, 1))
        report_workflow(campaign, key, 1600 + number, actor=cast.shifter)
    found = stands(campaign, "production").criterion("production-finished")
    assert found is not None
    assert found.fact.saw.startswith("5 of 5 planned workflows finished")


def test_saying_it_again_changes_nothing_and_another_row_is_refused(campaign: Campaign, cast: Cast) -> None:
    take(1650, 0, 6000)
    report_workflow(campaign, "r1", 1650, actor=cast.shifter)
    n_acts = StepEvent.objects.count()
    assert not report_workflow(campaign, "r1", 1650, actor=cast.coordinator).is_new
    assert StepEvent.objects.count() == n_acts
    with pytest.raises(Conflict, match="is row r1: shifter1 recorded it"):
        report_workflow(campaign, "r2", 1650, actor=cast.shifter)
    other = begin(cast, "other-2026")
    save_plan(other, lbl2(), actor=cast.shifter, version=0)
    with pytest.raises(Conflict, match="is row r1 of lbl2-reco-2026"):
        report_workflow(other, "r1", 1650, actor=cast.shifter)
    assert PlannedWorkflow.objects.count() == 1


def test_the_database_keeps_one_row_for_one_workflow(campaign: Campaign, cast: Cast) -> None:
    workflow = take(1650, 0, 6000)
    report_workflow(campaign, "r1", 1650, actor=cast.shifter)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedWorkflow.objects.create(
            campaign=campaign, row_key="r2", workflow=workflow, how="person", reported_by=cast.shifter
        )


def test_several_workflows_of_a_row_are_its_tries(campaign: Campaign, client_of: ClientOf, cast: Cast) -> None:
    for justin_id in (1702, 1701):
        take(justin_id, 1, 2, description="by hand")
        report_workflow(campaign, "r2", justin_id, actor=cast.shifter)
    assert workflows(client_of(cast.shifter))["r2"] == [1701, 1702]


@pytest.mark.parametrize(
    ("row", "justin_id", "sha", "field"),
    [
        ("r9", 1650, "", "row"),
        ("", 1650, "", "row"),
        ("r1", 0, "", "workflow_id"),
        ("r1", 2**31, "", "workflow_id"),
        ("r1", 1650, "xyz", "command_sha"),
        ("r1", 1650, "a" * 65, "command_sha"),
    ],
)
def test_what_cannot_be_a_report_names_the_field(
    campaign: Campaign, cast: Cast, row: str, justin_id: int, sha: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        report_workflow(campaign, row, justin_id, actor=cast.shifter, command_sha=sha)
    assert refused.value.field == field
    assert not PlannedWorkflow.objects.exists()


def test_a_workflow_of_another_step_and_a_campaign_that_is_over_are_refused(campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "test", cast)
    take(1700, 0, 10, scope_name="usertests")
    attach_workflow(campaign, "test", 1700, actor=cast.shifter)
    with pytest.raises(Conflict, match="is attached to step 2, Test"):
        report_workflow(campaign, "r1", 1700, actor=cast.shifter)
    set_status(campaign, "cancelled", actor=cast.coordinator, reason="no more")
    with pytest.raises(Conflict, match="reopen it first"):
        report_workflow(campaign, "test-1", 1700, actor=cast.shifter)
    assert not PlannedWorkflow.objects.exists()


def test_only_those_who_work_in_the_campaign_report_and_take_back(campaign: Campaign, cast: Cast, outsider: User) -> None:
    for user in (outsider, cast.production, cast.data_manager):
        with pytest.raises(NotAllowed):
            report_workflow(campaign, "r1", 1650, actor=user)
    report_workflow(campaign, "r1", 1650, actor=cast.coordinator)
    with pytest.raises(NotAllowed):
        take_back_report(campaign, 1650, actor=outsider, reason="x")


def test_a_report_names_the_revision_and_the_command_it_was_made_from(campaign: Campaign, cast: Cast) -> None:
    publish_plan(campaign, actor=cast.shifter, version=1)
    made = report_workflow(campaign, "r1", 1650, actor=cast.shifter, command_sha="0123456789ab").planned
    assert (made.revision, made.command_sha) == (1, "0123456789ab")


def test_a_report_keeps_the_hash_of_the_jobscript_and_the_page_tells_when_another_version_is_run_since(
    campaign: Campaign, cast: Cast, client_of: ClientOf
) -> None:
    plan = lbl2(jobscript="reco.jobscript")
    del plan["common"]["jobscript_git"]
    save_plan(campaign, plan, actor=cast.shifter, version=1)
    first = keep_version(campaign, "reco.jobscript", actor=cast.shifter, version=0, text="lar -c a.fcl\n")
    take(1650, 0, 6000)
    made = report_workflow(campaign, "r1", 1650, actor=cast.shifter).planned
    assert made.jobscript_sha256 == first.sha256 == hashlib.sha256(b"lar -c a.fcl\n").hexdigest()
    where = f"{PAGE}?lane=production.s1"
    assert "another version of the jobscript" not in text(client_of(cast.shifter).get(where))
    keep_version(campaign, "reco.jobscript", actor=cast.shifter, version=1, text="lar -c b.fcl\n")
    assert f"another version of the jobscript, {first.sha256[:4]}·" in text(client_of(cast.shifter).get(where))
    assert PlannedWorkflow.objects.get().jobscript_sha256 == first.sha256


# --- taking back ---


def test_a_report_that_is_taken_back_leaves_no_watch_and_no_attachment_but_its_history(
    campaign: Campaign, cast: Cast, client: Client
) -> None:
    walk_to(campaign, "production", cast)
    report_workflow(campaign, "r1", 9001, actor=cast.shifter)
    take_back_report(campaign, 9001, actor=cast.coordinator, reason="a slip of the pen")
    assert not PlannedWorkflow.objects.exists()
    assert not StepWorkflow.objects.exists()
    assert not RegisteredWorkflow.objects.exists()
    assert not Workflow.objects.get(justin_id=9001).is_watched
    verbs = (StepVerb.WORKFLOW_REPORTED, StepVerb.REPORT_TAKEN_BACK)
    told = [(act.verb, act.note) for act in StepEvent.objects.filter(verb__in=verbs).order_by("number")]
    assert told == [("workflow-reported", ""), ("report-taken-back", "a slip of the pen")]
    history = text(client.get("/campaigns/lbl2-reco-2026/history/"))
    assert "recorded workflow 9001 for row r1 of the plan" in history
    assert "took back that workflow 9001 is row r1 of the plan" in history
    assert "a slip of the pen" in history
    report_workflow(campaign, "r2", 9001, actor=cast.shifter)
    assert PlannedWorkflow.objects.get().row_key == "r2"


def test_taking_back_needs_a_reason_and_something_to_take_back(campaign: Campaign, cast: Cast) -> None:
    with pytest.raises(Invalid, match="recorded for no row"):
        take_back_report(campaign, 9001, actor=cast.shifter, reason="x")
    report_workflow(campaign, "r1", 9001, actor=cast.shifter)
    with pytest.raises(Invalid, match="Give a reason"):
        take_back_report(campaign, 9001, actor=cast.shifter, reason=" ")
    assert PlannedWorkflow.objects.exists()


def test_what_a_person_watched_and_attached_stays_when_the_report_is_taken_back(campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "production", cast)
    take(1650, 0, 6000)
    attach_workflow(campaign, "production", 1650, actor=cast.shifter)
    report_workflow(campaign, "r1", 1650, actor=cast.shifter)
    take_back_report(campaign, 1650, actor=cast.shifter, reason="wrong row")
    assert StepWorkflow.objects.get().workflow.justin_id == 1650


# --- pages ---


def test_a_workflow_that_fits_two_rows_is_offered_with_a_button_for_each_and_never_guessed(
    cast: Cast, client: Client, client_of: ClientOf
) -> None:
    plan = lbl2()
    plan["rows"] += [{"key": "r1b", "step": "production", "sample": "s1", "skip": 0, "limit": 6000, "notes": "more memory"}]
    campaign = planned(cast, plan)
    publish_plan(campaign, actor=cast.shifter, version=1)
    take(1650, 0, 6000, description="by hand")
    shifter = client_of(cast.shifter)
    answer = shifter.get(f"{PAGE}?lane=production.s1")
    told = text(answer)
    assert "Which row is it?" in told
    assert "It is row 2 r1" in told
    assert "It is row 7 r1b, more memory" in told
    assert workflows(shifter)["r1"] == workflows(shifter)["r1b"] == []
    seen = text(client.get(PAGE))
    assert "Which row is it?" in seen
    assert "It is row" not in seen
    sent = shifter.post(f"{PAGE}record/", {"workflow": "1650", "row": "r1b", "choice": "on"})
    assert sent.headers["Location"] == f"{PAGE}#r1b"
    assert PlannedWorkflow.objects.get().how == "matched-by-choice"
    assert workflows(shifter)["r1b"] == [1650]
    assert "Which row is it?" not in text(shifter.get(PAGE))


def test_a_person_records_an_id_and_takes_it_back_with_a_reason(campaign: Campaign, cast: Cast, client_of: ClientOf) -> None:
    shifter = client_of(cast.shifter)
    assert shifter.get(f"{PAGE}record/").headers["Location"] == f"{PAGE}#record"
    wrong = shifter.post(f"{PAGE}record/", {"workflow": "12 34", "row": "r1"})
    assert wrong.status_code == 400
    assert 'value="12 34"' in wrong.content.decode()
    assert "Give the workflow’s number" in text(wrong)
    unknown = shifter.post(f"{PAGE}record/", {"workflow": "1650", "row": "r99"})
    assert unknown.status_code == 400
    assert "has no row r99" in text(unknown)
    assert shifter.post(f"{PAGE}record/", {"workflow": "1650", "row": "r1"}).status_code == 302
    told = text(shifter.get(f"{PAGE}?lane=production.s1"))
    assert "recorded by shifter1" in told
    clash = shifter.post(f"{PAGE}record/", {"workflow": "1650", "row": "r2"})
    assert clash.status_code == 409
    assert "One workflow serves one row" in text(clash)
    back = f"{PAGE}record/1650/"
    assert "Workflow 1650 is not row r1?" in text(shifter.get(back))
    assert shifter.post(back, {"reason": ""}).status_code == 400
    assert shifter.post(back, {"reason": "another row"}).headers["Location"] == PAGE
    assert shifter.get(back).status_code == 404
    assert not PlannedWorkflow.objects.exists()


def test_a_record_made_with_another_command_than_the_row_has_now_is_told(
    campaign: Campaign, cast: Cast, client_of: ClientOf
) -> None:
    take(1650, 0, 6000)
    report_workflow(campaign, "r1", 1650, actor=cast.shifter, command_sha="0123456789ab")
    assert "submitted with another command" in text(client_of(cast.shifter).get(f"{PAGE}?lane=production.s1"))


def test_a_workflow_of_no_row_leads_to_the_form_that_says_which(campaign: Campaign, cast: Cast, client_of: ClientOf) -> None:
    take(1700, 17, 5, description="by hand")
    shifter = client_of(cast.shifter)
    assert 'href="?workflow=1700#record"' in shifter.get(PAGE).content.decode()
    assert 'value="1700"' in shifter.get(f"{PAGE}?workflow=1700").content.decode()


# --- the API, and tokens ---


@pytest.fixture
def token(campaign: Campaign, cast: Cast) -> str:
    return make_token(campaign, actor=cast.shifter, scope="report", name="dunegpvm03", days=7)[1]


def send(client: Client, text: str, row: str = "r1", workflow_id: object = 1650, where: str = API, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {text}"} if text else {}
    body = {"row": row, "workflow_id": workflow_id} | more
    return client.post(where, body, content_type="application/json", headers=headers)


def test_a_token_reports_ids_and_the_report_says_by_which_token(campaign: Campaign, client: Client, token: str) -> None:
    answer = send(client, token, command_sha="0123456789ab")
    assert answer.status_code == 201, answer.content
    assert answer.json()["row"] == "r1"
    assert answer.json()["how"] == "script"
    assert "not open yet" in answer.json()["note"]
    made = PlannedWorkflow.objects.get()
    assert (made.how, made.reported_by.username, made.token.name) == ("script", "shifter1", "dunegpvm03")
    assert CampaignToken.objects.get().last_used_at is not None
    assert send(client, token, command_sha="0123456789ab").status_code == 200
    assert [one["workflow_id"] for one in client.get(API).json()["reports"]] == [1650]


def test_a_token_does_nothing_else(campaign: Campaign, client: Client, cast: Cast, token: str) -> None:
    other = begin(cast, "other-2026")
    save_plan(other, lbl2(), actor=cast.shifter, version=0)
    elsewhere = send(client, token, where="/api/v1/campaigns/other-2026/plan/reports/")
    assert elsewhere.status_code == 403
    assert "good for lbl2-reco-2026 only" in elsewhere.json()["detail"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get(API, headers=bearer).status_code == 403
    plan = lbl2() | {"version": 1}
    put = client.put("/api/v1/campaigns/lbl2-reco-2026/plan/", plan, content_type="application/json", headers=bearer)
    assert put.status_code == 401
    publish = "/api/v1/campaigns/lbl2-reco-2026/plan/publish/"
    assert client.post(publish, {"version": 1}, content_type="application/json", headers=bearer).status_code == 401
    log = make_token(campaign, actor=cast.shifter, scope="log", name="log", days=7)[1]
    assert "writing log entries only" in send(client, log).json()["detail"]
    assert not PlannedWorkflow.objects.exists()


def test_a_token_that_is_unknown_revoked_or_expired_is_refused_in_words(
    campaign: Campaign, client: Client, cast: Cast, token: str
) -> None:
    for wrong in ("dpt_nothing", token[:-1], "x", f"{token} {token}", "dpt_" + "é"):
        assert send(client, wrong).status_code == 401
    made = CampaignToken.objects.get()
    CampaignToken.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert "It expired on 2020-01-01" in send(client, token).json()["detail"]
    CampaignToken.objects.update(expires_at="2100-01-01T00:00:00Z")
    revoke_token(made, actor=cast.coordinator)
    assert "It was revoked on" in send(client, token).json()["detail"]
    assert not PlannedWorkflow.objects.exists()


def test_a_token_may_no_more_than_whoever_made_it(campaign: Campaign, client: Client, cast: Cast, token: str) -> None:
    campaign.appointments.update(from_on="2020-01-01", until_on="2020-01-02")
    assert send(client, token).status_code == 403
    User.objects.filter(pk=cast.shifter.pk).update(is_active=False)
    assert send(client, token).status_code == 401


def test_only_a_digest_of_a_token_is_kept(token: str) -> None:
    made = CampaignToken.objects.get()
    assert token not in str(vars(made))
    assert made.start == token[:8]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"workflow_id": 1650}, "row"),
        ({"row": "r1"}, "workflow_id"),
        ({"row": "r1", "workflow_id": "1650"}, "workflow_id"),
        ({"row": "r1", "workflow_id": True}, "workflow_id"),
        ({"row": "r9", "workflow_id": 1650}, "row"),
        ({"row": "r1", "workflow_id": 1650, "command_sha": "?"}, "command_sha"),
        ({"row": "r1", "workflow_id": 1650, "extra": 1}, "extra"),
    ],
)
def test_a_report_that_cannot_be_read_names_the_field(
    campaign: Campaign, client: Client, token: str, body: dict[str, Any], field: str
) -> None:
    answer = client.post(API, body, content_type="application/json", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 400, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_people_report_by_api_with_their_own_token_and_take_back(campaign: Campaign, client_of: ClientOf, cast: Cast) -> None:
    shifter = client_of(cast.shifter)
    assert send(shifter, "").json()["how"] == "person"
    assert send(shifter, "", row="r2").status_code == 409
    assert shifter.delete(f"{API}1650/", {}, content_type="application/json").status_code == 400
    assert shifter.delete(f"{API}1650/", {"reason": "no"}, content_type="application/json").status_code == 204
    assert shifter.delete(f"{API}1650/", {"reason": "no"}, content_type="application/json").status_code == 404


def test_a_token_is_made_on_its_page_shown_once_listed_and_revoked(
    campaign: Campaign, cast: Cast, client: Client, client_of: ClientOf, outsider: User
) -> None:
    where = f"{PAGE}tokens/"
    assert client.get(where).status_code == 302
    assert client_of(outsider).get(where).status_code == 403
    shifter = client_of(cast.shifter)
    for wrong in ({"name": "", "days": "7"}, {"name": "x", "days": "0"}, {"name": "x", "days": "999"}, {"name": "x" * 101}):
        assert shifter.post(where, wrong).status_code == 400
    made = shifter.post(where, {"name": "dunegpvm03, production", "days": "7"})
    found = re.search(r"dpt_[A-Za-z0-9_-]{20,}", made.content.decode())
    assert found is not None
    assert "no-store" in made.headers["Cache-Control"]
    assert send(client, found.group()).status_code == 201
    listed = shifter.get(where)
    assert found.group() not in listed.content.decode()
    assert "dunegpvm03, production" in text(listed)
    assert "never" not in text(listed).split("Tokens of this campaign")[1].split("Make a token")[0]
    token = CampaignToken.objects.get()
    assert "Revoke" in text(shifter.get(f"{where}{token.pk}/"))
    assert shifter.post(f"{where}{token.pk}/").status_code == 302
    assert send(client, found.group()).status_code == 401
    assert "revoked by shifter1" in text(shifter.get(where))
    assert shifter.get(f"{where}{token.pk}/").status_code == 302
    history = text(client.get("/campaigns/lbl2-reco-2026/history/"))
    assert "made a token for reporting workflow ids: dunegpvm03, production" in history
    assert "revoked the token for" in history


def test_a_token_of_another_campaign_is_not_found_here(campaign: Campaign, cast: Cast, client_of: ClientOf) -> None:
    other = begin(cast, "other-2026")
    foreign, _text = make_token(other, actor=cast.shifter, scope="report", name="x", days=7)
    assert client_of(cast.shifter).get(f"{PAGE}tokens/{foreign.pk}/").status_code == 404


def test_there_are_no_more_than_twenty_good_tokens(campaign: Campaign, cast: Cast) -> None:
    for number in range(20):
        made, _text = make_token(campaign, actor=cast.shifter, scope="report", name=str(number), days=7)
    with pytest.raises(Conflict, match="20 tokens already"):
        make_token(campaign, actor=cast.shifter, scope="report", name="one more", days=7)
    revoke_token(made, actor=cast.shifter)
    make_token(campaign, actor=cast.shifter, scope="report", name="one more", days=7)


def test_the_history_can_be_narrowed_to_tokens(campaign: Campaign, client: Client, cast: Cast) -> None:
    make_token(campaign, actor=cast.shifter, scope="report", name="x", days=7)
    report_workflow(campaign, "r1", 1650, actor=cast.shifter)
    assert "made a token" in text(client.get("/campaigns/lbl2-reco-2026/history/?kind=tokens"))
    assert "recorded workflow 1650" in text(client.get("/campaigns/lbl2-reco-2026/history/?kind=steps"))
