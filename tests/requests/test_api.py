"""Requests by the API: the same rules as the form, said in JSON."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from knox.models import AuthToken

from campaigns.models import ProductionRequest
from campaigns.requests.services import create_request, submit
from portal.models import User
from tests.requests.contents import content

pytestmark = pytest.mark.django_db
LIST = "/api/v1/requests/"


@pytest.fixture
def api() -> Callable[[User], Client]:
    """`api(requester)`: a client with this person's token."""

    def api(user: User) -> Client:
        _instance, token = AuthToken.objects.create(user)
        return Client(headers={"authorization": f"Token {token}"})

    return api


def post(client: Client, path: str, data: object) -> object:
    return client.post(path, data, content_type="application/json")


def test_a_request_is_filed_and_submitted(api, requester: User) -> None:
    client = api(requester)
    answer = post(client, LIST, content(validation__events=3000, outputs__0__files="100 000"))
    assert answer.status_code == 201
    made = answer.json()
    assert made["state"] == "draft"
    assert made["n_complete"] == 8
    assert made["totals"] == {
        "n_events": 3_000_000, "n_files": 100_000, "tape_bytes": 100 * 10**12, "tape_rows": [100 * 10**12],
        "n_tape_files": 100_000, "cpu_hours": 40_000.0, "storage_bytes": 99 * 10**12,
    }  # fmt: skip
    assert made["values"]["steps"][0] == {
        "name": "reco", "fcl": "standard_reco_protodunevd_keepup.fcl", "n_events_per_job": 30,
    }  # fmt: skip
    assert answer["Location"].endswith(f"/api/v1/requests/{made['id']}/")
    answer = post(client, f"{LIST}{made['id']}/submit/", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "submitted")
    [listed] = Client().get(LIST).json()["results"]
    assert (listed["id"], listed["detector"], listed["tape_bytes"]) == (made["id"], "ProtoDUNE-VD", 100 * 10**12)


def test_every_field_that_is_wrong_is_named_with_the_remedy(api, requester: User) -> None:
    wrong = content(
        code__tag="develop", code__repository="larsoft/larsoft", resources__memory_mib=4, outputs__0__files="1e5",
        steps__0__fcl="/home/me/reco.fcl",
    )  # fmt: skip
    answer = post(api(requester), LIST, wrong)
    assert answer.status_code == 400
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert set(errors) == {"code.tag", "code.repository", "resources.memory_mib", "outputs.0.files", "steps.0.fcl"}
    assert errors["code.tag"]["message"].startswith("“develop” is a branch.")
    assert "outside DUNE's organisation" in errors["code.repository"]["message"]
    assert errors["resources.memory_mib"]["message"] == "4 MiB cannot run art. Did you mean 4,000?"
    assert "100,000" in errors["outputs.0.files"]["message"]
    assert all(error["remedy"] for error in errors.values())
    assert not ProductionRequest.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({"titel": "x"}, "titel"),
        ({"code": "v10"}, "code"),
        ({"steps": [{"fhicl": "a.fcl"}]}, "steps.0.fhicl"),
        ({"title": True}, "title"),
        ({"samples": {}}, "samples"),
        ({"datasets": "a:b"}, "datasets"),
        ({"title": "a\u0000b"}, "title"),
        ({"detector": "CMS"}, "detector"),
        ({"kind": "magic"}, "kind"),
    ],
)
def test_what_is_misspelt_or_of_the_wrong_type_is_refused(api, requester: User, body: object, field: str) -> None:
    answer = post(api(requester), LIST, body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_submitting_an_incomplete_draft_names_what_is_missing(api, requester: User) -> None:
    client = api(requester)
    number = post(client, LIST, content(datasets=[], steps__1__events_per_job="")).json()["id"]
    answer = post(client, f"{LIST}{number}/submit/", {})
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["steps.1.events_per_job", "datasets"]
    assert "Items 2 and 8 first." in answer.json()["detail"]


def test_a_change_names_the_version_it_began_from(api, requester: User) -> None:
    client = api(requester)
    made = create_request(actor=requester, content=content())
    body = {"version": 1, "content": content(title="Another title")}
    answer = client.put(f"{LIST}{made.pk}/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    body = {"version": 1, "content": content(title="A third title")}
    answer = client.put(f"{LIST}{made.pk}/", body, content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "version"
    made.refresh_from_db()
    assert made.title == "Another title"


def test_who_may_not_file_is_told_which_role_may(api, shifter: User, outsider: User) -> None:
    assert post(Client(), LIST, content()).status_code == 401
    for user in (shifter, outsider):
        answer = post(api(user), LIST, content())
        assert answer.status_code == 403
        assert "requesters" in answer.json()["detail"]


def test_a_draft_is_hidden_from_others_and_shown_to_coordinators(api, requester, make_user, coordinator) -> None:
    made = create_request(actor=requester, content=content())
    stranger = make_user("requester2", "requesters")
    for client, code in ((Client(), 404), (api(stranger), 404), (api(requester), 200), (api(coordinator), 200)):
        assert client.get(f"{LIST}{made.pk}/").status_code == code
        assert client.get(LIST).json()["count"] == (1 if code == 200 else 0)
    assert post(api(stranger), f"{LIST}{made.pk}/submit/", {}).status_code == 404


def test_filters_find_and_wrong_ones_are_refused(api, requester: User) -> None:
    submit(create_request(actor=requester, content=content()), actor=requester)
    client = Client()
    for query, n in (
        ("state=submitted", 1), ("state=draft", 0), ("kind=simulation", 0), ("detector=protodune-vd", 1),
        ("search=autumn 39301-39344", 1), ("search=autumn nothing", 0), ("ordering=-tape_bytes", 1),
        ("requester=requester1", 1),
    ):  # fmt: skip
        assert client.get(f"{LIST}?{query}").json()["count"] == n, query
    assert client.get(f"{LIST}?stat=draft").status_code == 400
    assert client.get(f"{LIST}?state=gone").status_code == 400
    assert client.get(f"{LIST}{2**70}/").status_code == 404


def test_the_list_costs_the_same_queries_with_more_rows(requester, django_assert_max_num_queries) -> None:
    for _ in range(30):
        submit(create_request(actor=requester, content=content()), actor=requester)
    with django_assert_max_num_queries(4):
        assert len(Client().get(LIST).json()["results"]) == 30
