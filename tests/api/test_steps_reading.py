"""What the API tells of a campaign's steps: the five with their keys, what is missing and who acts, evidence and sign-offs."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.api.steps_serializers import CriterionSerializer, StepSerializer
from campaigns.models import Alert, StepWorkflow
from campaigns.services import watch_justin_campaign
from campaigns.steps.evidence import add_evidence
from campaigns.steps.services import decide, take_back, waive
from campaigns.steps.signing import sign_step
from tests.campaigns.steps.walking import Cast, begin, fill, stands, walk_to
from tests.factories import make_service, make_workflow

pytestmark = pytest.mark.django_db

STEPS = "/api/v1/campaigns/pdhd-reco-2026b/steps/"
KEYS = ["setup", "test", "validation", "production", "close-out"]


@pytest.fixture
def cast(shifter, production, data_manager, coordinator) -> Cast:
    make_service()
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast):
    return begin(cast)


def criterion(step: dict, key: str) -> dict:
    (found,) = [one for one in step["criteria"] if one["key"] == key]
    return found


def test_the_five_steps_come_in_order_and_the_first_is_current(api, campaign) -> None:
    answer = api.get(STEPS)
    assert answer.status_code == 200
    told = answer.json()
    assert [step["key"] for step in told["steps"]] == KEYS
    assert [step["position"] for step in told["steps"]] == [1, 2, 3, 4, 5]
    assert (told["campaign"], told["template"], told["current"]) == ("pdhd-reco-2026b", 1, "setup")
    assert [step["state"] for step in told["steps"]] == ["open", *["not-open"] * 4]
    assert {step["may_be_completed"] for step in told["steps"]} == {False}
    for step in told["steps"]:
        assert set(step) == set(StepSerializer().fields)
        assert step["n_criteria"] == len(step["criteria"])
        assert step["n_criteria"] - step["n_held"] == len(step["missing"])
        assert {team["team"] for team in step["sign_offs"]} == {"production", "data-management"}
        assert all(set(one) == set(CriterionSerializer().fields) for one in step["criteria"])


def test_a_step_alone_is_the_same_as_among_all(api, campaign) -> None:
    for step in api.get(STEPS).json()["steps"]:
        assert api.get(f"{STEPS}{step['key']}/").json() == step


def test_what_is_missing_names_who_acts_next(api, campaign) -> None:
    missing = {one["key"]: one for one in api.get(f"{STEPS}setup/").json()["missing"]}
    assert missing["metadata-discussion"] == {
        "key": "metadata-discussion",
        "text": "The discussion of the metadata is opened",
        "kind": "manual",
        "state": "not-met",
        "who": "shifters",
        "saw": "",
    }
    assert (missing["plan-agreed"]["kind"], missing["plan-agreed"]["who"]) == ("decision", "coordinators")
    assert (missing["setup-production"]["kind"], missing["setup-production"]["who"]) == ("sign-off", "production")
    assert missing["setup-data-management"]["who"] == "data-management"


def test_a_walk_through_shows_who_completed_what_and_when(api, campaign, cast) -> None:
    walk_to(campaign, "validation", cast)
    told = api.get(STEPS).json()
    setup, test, validation = told["steps"][:3]
    assert told["current"] == "validation"
    assert [step["state"] for step in told["steps"]] == ["complete", "complete", "open", "not-open", "not-open"]
    assert (setup["completed_by"], setup["missing"]) == ("shifter1", [])
    assert setup["completed_at"] == test["opened_at"]
    assert test["completed_at"] == validation["opened_at"] != setup["completed_at"]
    assert validation["completed_by"] is validation["completed_at"] is None
    assert {(one["state"], one["by"]) for one in setup["sign_offs"]} == {("signed", "production1"), ("signed", "datamanager1")}
    assert {one["revision"] for one in setup["sign_offs"]} == {setup["revision"]}
    assert len(setup["revision"]) == 64
    assert setup["fingerprint"] == f"{setup['revision'][:4]}·{setup['revision'][4:8]}"


def test_evidence_comes_with_author_hash_and_where_to_fetch_it(api, campaign, cast) -> None:
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    make_workflow(3206, campaign=402)
    add_evidence(campaign, "metadata-discussion", actor=cast.shifter, url="https://example.org/talk", text="Opened.")
    add_evidence(campaign, "jobscript", actor=cast.shifter, file=SimpleUploadedFile("run.fcl", b"physics: {}\n"))
    add_evidence(campaign, "working-directory", actor=cast.shifter, text="dunegpvm01:/exp/dune/app/users/dunepro/x")
    add_evidence(campaign, "working-directory", actor=cast.coordinator, workflow=3206)
    step = api.get(f"{STEPS}setup/").json()
    (link,) = criterion(step, "metadata-discussion")["evidence"]
    assert (link["kind"], link["url"], link["text"], link["author"]) == (
        "link", "https://example.org/talk", "Opened.", "shifter1",
    )  # fmt: skip
    assert (link["file_url"], link["workflow_id"], link["size_bytes"]) == ("", None, None)
    (file,) = criterion(step, "jobscript")["evidence"]
    assert (file["kind"], file["file_name"], file["size_bytes"]) == ("file", "run.fcl", 12)
    assert file["file_url"].startswith("http://testserver/evidence/")
    assert len(file["sha256"]) == 64
    text, workflow = criterion(step, "working-directory")["evidence"]
    assert (text["kind"], workflow["kind"], workflow["workflow_id"], workflow["author"]) == (
        "text", "workflow", 3206, "coordinator1",
    )  # fmt: skip
    assert criterion(step, "metadata-discussion")["state"] == "met"
    assert criterion(step, "metadata-discussion")["by"] == "shifter1"


def test_what_was_taken_back_is_still_there_and_no_longer_counts(api, campaign, cast) -> None:
    add_evidence(campaign, "metadata-discussion", actor=cast.shifter, text="Opened.")
    take_back(campaign, "metadata-discussion", actor=cast.shifter, reason="The wrong one.")
    one = criterion(api.get(f"{STEPS}setup/").json(), "metadata-discussion")
    assert (one["state"], one["evidence"]) == ("not-met", [])
    assert [gone["text"] for gone in one["withdrawn"]] == ["Opened."]


def test_decisions_and_waivers_say_who_when_and_why(api, campaign, cast) -> None:
    decide(campaign, "plan-agreed", actor=cast.coordinator, is_agreed=False, note="Fewer files a workflow.")
    waive(campaign, "plan-drafted", actor=cast.coordinator, reason="It is on paper.")
    step = api.get(f"{STEPS}setup/").json()
    decided, waived = criterion(step, "plan-agreed"), criterion(step, "plan-drafted")
    assert (decided["state"], decided["agreed"], decided["saw"]) == ("not-met", False, "Fewer files a workflow.")
    assert decided["meeting_on"]
    assert (waived["state"], waived["saw"], waived["by"], waived["agreed"]) == (
        "waived", "It is on paper.", "coordinator1", None,
    )  # fmt: skip


def test_a_sign_off_that_lapsed_says_why_and_which_parts_changed(api, campaign, cast) -> None:
    fill(campaign, "setup", cast)
    seen = stands(campaign, "setup").print.fingerprint
    sign_step(campaign, "setup", team="production", actor=cast.production, revision=seen, comment="Good.")
    add_evidence(campaign, "working-directory", actor=cast.shifter, text="dunegpvm02:/exp/dune/app/users/dunepro/y")
    step = api.get(f"{STEPS}setup/").json()
    by_team = {one["team"]: one for one in step["sign_offs"]}
    lapsed, none = by_team["production"], by_team["data-management"]
    assert (lapsed["state"], lapsed["by"], lapsed["comment"], lapsed["revision"]) == ("lapsed", "production1", "Good.", seen)
    assert lapsed["changed"] == ["evidence"]
    assert lapsed["parts"]["evidence"] != step["parts"]["evidence"]
    assert "evidence" in lapsed["why"]
    assert lapsed["ended_at"]
    assert step["revision"] != seen
    assert (none["state"], none["by"], none["revision"], none["changed"]) == ("none", None, "", [])


def test_an_open_alert_blocks_its_step_and_is_told(api, campaign, cast) -> None:
    Alert.objects.create(campaign=campaign, step="setup", kind="scope", title="Workflow 3206 has the wrong scope")
    assert api.get(f"{STEPS}setup/").json()["blocked_by"] == ["Workflow 3206 has the wrong scope"]


def test_a_campaign_that_began_before_there_were_steps_has_them_too(api, campaign) -> None:
    campaign.template = None
    campaign.save()
    campaign.standings.all().delete()
    assert [step["key"] for step in api.get(STEPS).json()["steps"]] == KEYS


@pytest.mark.parametrize("path", ["testing/", "SETUP/", "setup-production/"])
def test_a_step_that_is_not_there_is_404_with_the_keys_there_are(api, campaign, path: str) -> None:
    answer = api.get(STEPS + path)
    assert answer.status_code == 404
    assert "setup, test, validation, production, close-out" in answer.json()["remedy"]


def test_a_campaign_that_is_not_there_is_404(api, campaign) -> None:
    assert api.get("/api/v1/campaigns/none/steps/").status_code == 404
    assert api.get("/api/v1/campaigns/none/steps/setup/").status_code == 404


def test_a_parameter_that_is_unknown_is_400(api, campaign) -> None:
    assert api.get(f"{STEPS}?state=open").status_code == 400


def test_reading_needs_a_log_in_where_the_site_says_so(api, api_of, campaign, outsider, settings) -> None:
    settings.PUBLIC_READ = False
    assert api.get(STEPS).status_code == 401
    assert api_of(outsider).get(STEPS).status_code == 200


def test_reading_costs_the_same_however_much_there_is(api, campaign, cast, make_user) -> None:
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    costs = []
    for n in (1, 30):
        for k in range(n):
            person = make_user(f"shifter{n}{k}x")
            add_evidence(campaign, "metadata-discussion", actor=cast.coordinator, text=f"{n} {k}")
            workflow = make_workflow(4000 + 100 * n + k, campaign=402)
            StepWorkflow.objects.create(campaign=campaign, workflow=workflow, step="test", added_by=person)
        for path in (STEPS, f"{STEPS}setup/"):
            api.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert api.get(path).status_code == 200
            costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2] == costs[3] <= 10
    assert len(api.get(STEPS).json()["steps"][1]["workflows"]) == 31
