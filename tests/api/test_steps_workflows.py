"""Which workflows were run for a step, by the API: attached, attached again, to the wrong step, and taken away."""

import pytest

from campaigns.models import StepEvent, StepVerb, StepWorkflow
from campaigns.services import watch_justin_campaign
from campaigns.steps.services import complete_step
from tests.campaigns.steps.walking import Cast, begin, ready
from tests.factories import make_service, make_workflow

pytestmark = pytest.mark.django_db

STEPS = "/api/v1/campaigns/pdhd-reco-2026b/steps"
SETUP = f"{STEPS}/setup/workflows/"


@pytest.fixture
def cast(shifter, production, data_manager, coordinator) -> Cast:
    make_service()
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast):
    campaign = begin(cast)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    make_workflow(3206, campaign=402, scope_name="usertests", state="finished")
    return campaign


def test_a_workflow_is_attached_and_told_with_its_scope(api_of, campaign, cast) -> None:
    answer = api_of(cast.shifter).post(SETUP, {"workflow_id": 3206, "use": "small-run"})
    assert answer.status_code == 201
    (told,) = answer.json()["workflows"]
    assert told["attached_at"]
    assert {name: told[name] for name in ("workflow_id", "use", "scope", "status", "attached_by")} == {
        "workflow_id": 3206,
        "use": "small-run",
        "scope": "usertests",
        "status": "finished",
        "attached_by": "shifter1",
    }


def test_attaching_it_again_answers_200_and_another_use_replaces_the_first(api_of, campaign, cast) -> None:
    client = api_of(cast.shifter)
    assert client.post(SETUP, {"workflow_id": 3206}).status_code == 201
    assert client.post(SETUP, {"workflow_id": 3206, "use": "main"}).status_code == 200
    assert StepEvent.objects.filter(verb=StepVerb.WORKFLOW_ATTACHED).count() == 1
    answer = client.post(SETUP, {"workflow_id": 3206, "use": "small-run"})
    assert (answer.status_code, [one["use"] for one in answer.json()["workflows"]]) == (200, ["small-run"])


def test_a_workflow_of_another_step_is_409_and_says_which(api_of, campaign, cast) -> None:
    client = api_of(cast.shifter)
    client.post(SETUP, {"workflow_id": 3206})
    answer = client.post(f"{STEPS}/test/workflows/", {"workflow_id": 3206})
    assert (answer.status_code, "step 1, Set up" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "workflow_id"), ({"workflow_id": 77}, "workflow_id"), ({"workflow_id": "3206"}, "workflow_id"),
        ({"workflow_id": 2**40}, "workflow_id"), ({"workflow_id": 3206, "use": "all"}, "use"), ({"workflow": 3206}, "workflow"),
    ],
)  # fmt: skip
def test_what_cannot_be_attached_is_400_and_names_the_field(api_of, campaign, cast, body: dict, field: str) -> None:
    answer = api_of(cast.shifter).post(SETUP, body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not StepWorkflow.objects.exists()


def test_a_workflow_is_taken_away_once(api_of, campaign, cast) -> None:
    client = api_of(cast.shifter)
    client.post(SETUP, {"workflow_id": 3206})
    elsewhere = client.delete(f"{STEPS}/test/workflows/3206/")
    assert (elsewhere.status_code, "not attached to this step" in elsewhere.json()["detail"]) == (404, True)
    assert client.delete(f"{SETUP}3206/").status_code == 204
    assert not StepWorkflow.objects.exists()
    assert StepEvent.objects.filter(verb=StepVerb.WORKFLOW_DETACHED).exists()
    assert client.delete(f"{SETUP}3206/").status_code == 404
    assert client.delete(f"{SETUP}{2**70}/").status_code == 404


def test_a_complete_step_keeps_its_workflows(api_of, campaign, cast) -> None:
    client = api_of(cast.shifter)
    client.post(SETUP, {"workflow_id": 3206})
    ready(campaign, "setup", cast)
    complete_step(campaign, "setup", actor=cast.shifter)
    assert client.delete(f"{SETUP}3206/").status_code == 409
    make_workflow(3207, campaign=402)
    assert client.post(SETUP, {"workflow_id": 3207}).status_code == 409
    assert StepWorkflow.objects.count() == 1


@pytest.mark.parametrize("person", ["requester", "production", "data_manager", "outsider"])
def test_only_shifters_of_the_campaign_and_coordinators_attach_and_detach(
    api, api_of, campaign, cast, person: str, request
) -> None:
    client = api_of(request.getfixturevalue(person))
    assert api.post(SETUP, {"workflow_id": 3206}).status_code == 401
    assert client.post(SETUP, {"workflow_id": 3206}).status_code == 403
    assert api_of(cast.coordinator).post(SETUP, {"workflow_id": 3206}).status_code == 201
    assert api.delete(f"{SETUP}3206/").status_code == 401
    answer = client.delete(f"{SETUP}3206/")
    assert (answer.status_code, "shifters" in answer.json()["detail"]) == (403, True)
    assert StepWorkflow.objects.exists()
