"""What the API changes, who may, and how it says no."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from campaigns.models import Campaign, CampaignEvent
from campaigns.services import appoint_shifter
from monitoring.models import JustinCampaign, Workflow
from portal.models import User
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db

CAMPAIGNS = "/api/v1/campaigns/"
ADD = "/api/v1/campaigns/pdhd-reco-2026b/justin-campaigns/"
REGISTER = "/api/v1/campaigns/pdhd-reco-2026b/workflows/"


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign("pdhd-reco-2026b")


def error_of(answer, field: str) -> dict[str, str]:
    told = answer.json()
    assert told["detail"]
    assert told["remedy"]
    (error,) = [error for error in told["errors"] if error["field"] == field]
    assert error["message"]
    assert error["remedy"]
    return error


def test_a_coordinator_makes_a_campaign(api_of, coordinator: User) -> None:
    answer = api_of(coordinator).post(CAMPAIGNS, {"name": "pdhd-reco-2026b"})
    assert answer.status_code == 201
    assert answer.json()["slug"] == "pdhd-reco-2026b"
    assert answer["Location"] == "http://testserver/api/v1/campaigns/pdhd-reco-2026b/"
    assert api_of(coordinator).get(answer["Location"]).json()["name"] == "pdhd-reco-2026b"
    assert Campaign.objects.get().created_by == coordinator
    assert CampaignEvent.objects.get().actor == coordinator


def test_so_does_an_administrator_and_a_purpose_may_be_given(api_of, administrator: User) -> None:
    answer = api_of(administrator).post(CAMPAIGNS, {"name": "x.1_a", "purpose": " for a test "})
    assert (answer.status_code, answer.json()["purpose"]) == (201, "for a test")


@pytest.mark.parametrize("person", ["shifter", "requester", "production", "data_manager", "outsider"])
def test_nobody_else_does_and_is_told_which_role_may(api_of, person: str, request) -> None:
    answer = api_of(request.getfixturevalue(person)).post(CAMPAIGNS, {"name": "x1"})
    assert answer.status_code == 403
    assert "coordinators" in answer.json()["detail"]
    assert answer.json()["remedy"]
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("path", [CAMPAIGNS, ADD, REGISTER])
def test_without_a_token_it_is_401_with_how_to_send_one(api: APIClient, campaign, path: str) -> None:
    answer = api.post(path, {"name": "x1"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert "Authorization: Token" in answer.json()["remedy"]


def test_a_token_that_is_wrong_or_of_someone_who_left_is_401(api: APIClient, api_of, coordinator: User) -> None:
    api.credentials(HTTP_AUTHORIZATION="Token 0123456789")
    assert api.post(CAMPAIGNS, {"name": "x1"}).status_code == 401
    left = api_of(coordinator)
    User.objects.update(is_active=False)
    assert left.post(CAMPAIGNS, {"name": "x1"}).status_code == 401


def test_a_session_without_a_csrf_token_cannot_write(coordinator: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(coordinator, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(CAMPAIGNS, {"name": "x1"})
    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 101, "two words", "a/b", "ümlaut", "-x", ".", "a\nb", "a\x00b", "<b>", 7, None, True, ["x"], {"x": 1}],
)
def test_a_name_that_cannot_be_used_is_400_and_names_the_field(api_of, coordinator: User, name: object) -> None:
    answer = api_of(coordinator).post(CAMPAIGNS, {"name": name})
    assert answer.status_code == 400
    error_of(answer, "name")
    assert not Campaign.objects.exists()


def test_a_name_of_100_characters_will_do(api_of, coordinator: User) -> None:
    answer = api_of(coordinator).post(CAMPAIGNS, {"name": "x" * 100})
    assert answer.status_code == 201
    assert api_of(coordinator).get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("name", ["pdhd-reco-2026b", "PDHD-Reco-2026B", "pdhd-reco-2026b "])
def test_a_name_that_is_taken_is_409_whatever_its_case(api_of, campaign, coordinator: User, name: str) -> None:
    answer = api_of(coordinator).post(CAMPAIGNS, {"name": name})
    assert answer.status_code == 409
    error_of(answer, "name")
    assert Campaign.objects.count() == 1


def test_a_name_left_out_or_misspelt_says_so(api_of, coordinator: User) -> None:
    client = api_of(coordinator)
    assert error_of(client.post(CAMPAIGNS, {}), "name")["remedy"] == "Add it to the JSON object."
    misspelt = client.post(CAMPAIGNS, {"name": "x1", "porpuse": "…"})
    assert misspelt.status_code == 400
    assert "purpose" in error_of(misspelt, "porpuse")["message"]


@pytest.mark.parametrize("body", ["{", "[]", '"x1"', "null", "7", "\xff"])
def test_a_body_that_is_no_json_object_is_400_in_json(api_of, coordinator: User, body: str) -> None:
    answer = api_of(coordinator).generic("POST", CAMPAIGNS, body.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert answer.json()["remedy"]


def test_other_types_and_methods_are_refused_in_json(api_of, campaign, coordinator: User) -> None:
    client = api_of(coordinator)
    xml = client.generic("POST", CAMPAIGNS, b"<name/>", content_type="text/xml")
    assert (xml.status_code, xml.json()["remedy"]) == (415, "Send JSON, with the header “Content-Type: application/json”.")
    for method, path in (("delete", "/api/v1/campaigns/pdhd-reco-2026b/"), ("put", CAMPAIGNS), ("post", "/api/v1/sources/")):
        answer = getattr(client, method)(path, {})
        assert (answer.status_code, answer.json()["remedy"]) == (405, "/api/v1/docs/ lists what each address takes.")
    assert client.post("/api/v1/nonsense/", {}).status_code == 404
    assert Campaign.objects.exists()


def test_a_coordinator_adds_a_justin_campaign(api_of, campaign, coordinator: User) -> None:
    answer = api_of(coordinator).post(ADD, {"justin_campaign_id": 402})
    assert answer.status_code == 201
    assert answer.json()["justin_campaign_id"] == 402
    assert list(campaign.justin_campaigns.values_list("justin_id", "is_watched")) == [(402, True)]
    assert api_of(coordinator).get(ADD).json()["count"] == 1


def test_adding_it_again_is_200_and_changes_nothing(api_of, campaign, coordinator: User) -> None:
    client = api_of(coordinator)
    client.post(ADD, {"justin_campaign_id": 402})
    n_events = CampaignEvent.objects.count()
    again = client.post(ADD, {"justin_campaign_id": 402})
    assert (again.status_code, again.json()["justin_campaign_id"]) == (200, 402)
    assert JustinCampaign.objects.count() == 1
    assert CampaignEvent.objects.count() == n_events


def test_a_shifter_of_the_campaign_adds_too_and_only_while_appointed(api_of, campaign, shifter: User) -> None:
    client = api_of(shifter)
    refused = client.post(ADD, {"justin_campaign_id": 402})
    assert refused.status_code == 403
    assert "shifters of pdhd-reco-2026b and coordinators" in refused.json()["detail"].lower()
    appointment = appoint_shifter(campaign, shifter, actor=None)
    assert client.post(ADD, {"justin_campaign_id": 402}).status_code == 201
    appointment.from_on = appointment.until_on = timezone.localdate() - timedelta(days=1)
    appointment.save()
    assert client.post(ADD, {"justin_campaign_id": 403}).status_code == 403


@pytest.mark.parametrize("person", ["requester", "production", "data_manager", "outsider"])
def test_others_do_not_add(api_of, campaign, person: str, request) -> None:
    assert api_of(request.getfixturevalue(person)).post(ADD, {"justin_campaign_id": 402}).status_code == 403
    assert not JustinCampaign.objects.exists()


@pytest.mark.parametrize("wrong", ["402", 0, -1, 2**31, 10**30, 402.0, 1.5, True, False, None, [402], {}, "abc", ""])
@pytest.mark.parametrize(("path", "field"), [(ADD, "justin_campaign_id"), (REGISTER, "workflow_id")])
def test_an_id_that_is_no_positive_whole_number_is_refused_with_the_remedy(
    api_of, campaign, coordinator: User, wrong: object, path: str, field: str
) -> None:
    answer = api_of(coordinator).post(path, {field: wrong})
    assert answer.status_code == 400
    error_of(answer, field)
    assert not JustinCampaign.objects.exists()
    assert not Workflow.objects.exists()


def test_the_largest_id_will_do(api_of, campaign, coordinator: User) -> None:
    assert api_of(coordinator).post(ADD, {"justin_campaign_id": 2**31 - 1}).status_code == 201


def test_adding_to_a_campaign_that_is_not_there_is_404(api_of, coordinator: User) -> None:
    answer = api_of(coordinator).post("/api/v1/campaigns/no-such/justin-campaigns/", {"justin_campaign_id": 402})
    assert answer.status_code == 404
    assert answer.json()["remedy"]


def test_a_workflow_is_registered_by_its_id_once(api_of, campaign, coordinator: User) -> None:
    client = api_of(coordinator)
    answer = client.post(REGISTER, {"workflow_id": 2251})
    assert answer.status_code == 201
    assert answer.json().items() >= {"workflow_id": 2251, "status": None, "files_total": None}.items()
    assert client.get(answer["Location"]).json()["workflow_id"] == 2251
    assert client.post(REGISTER, {"workflow_id": 2251}).status_code == 200
    assert Workflow.objects.get().is_watched
