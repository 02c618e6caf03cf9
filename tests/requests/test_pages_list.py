"""The list of requests: filters in the address, search, order, paging, saved views, and the list for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client

from campaigns.models import RequestState, SavedView, WorkingGroup
from campaigns.requests import services
from portal.models import User
from portal.roles import Role
from tests.requests.filing import cost, filed, filed_many

pytestmark = pytest.mark.django_db


def titles(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/requests/{query}")
    assert answer.status_code == 200
    return [row.title for row in answer.context["page"]]


def test_a_list_without_requests_says_what_to_do(client_of: Callable[[User], Client], requester: User) -> None:
    page = client_of(requester).get("/requests/").content.decode()
    assert "No request yet." in page
    assert 'href="/requests/new/"' in page
    assert "New request" not in Client().get("/requests/").content.decode()


def test_drafts_are_seen_by_their_requester_group_and_coordinators_only(
    client_of: Callable[[User], Client], requester: User, coordinator: User, outsider: User, make_user: Callable[..., User]
) -> None:
    friend = make_user("requester2", Role.REQUESTERS)
    draft = filed(requester, title="A draft", state=RequestState.DRAFT)
    assert draft.working_group is not None
    draft.working_group.members.add(friend)
    assert titles(client_of(requester)) == titles(client_of(friend)) == titles(client_of(coordinator)) == ["A draft"]
    assert titles(client_of(outsider)) == titles(Client()) == []
    assert Client().get(draft.get_absolute_url()).status_code == 404


def test_every_filter_of_the_address_narrows_the_list(
    client_of: Callable[[User], Client], requester: User, make_user: Callable[..., User]
) -> None:
    other = make_user("requester2", Role.REQUESTERS)
    filed(requester, title="One", kind="simulation", detector="ProtoDUNE-VD", working_group="Beam group")
    filed(other, title="Two", kind="reconstruction", detector="ProtoDUNE-HD", working_group="Calibration group")
    filed(other, title="Three", kind="reconstruction", detector="ProtoDUNE-VD", working_group="Calibration group")
    client = client_of(requester)
    assert titles(client) == ["Three", "Two", "One"]
    assert titles(client, "?kind=simulation") == ["One"]
    assert titles(client, "?detector=ProtoDUNE-VD") == ["Three", "One"]
    assert titles(client, "?group=Calibration+group&detector=ProtoDUNE-VD") == ["Three"]
    assert titles(client, "?mine=1") == ["One"]
    WorkingGroup.objects.get(name="Calibration group").members.add(requester)
    assert titles(client, "?mine=1") == ["Three", "Two", "One"]
    assert titles(client, "?state=draft") == []


def test_states_are_counted_under_the_other_filters(
    client_of: Callable[[User], Client], requester: User, coordinator: User
) -> None:
    filed(requester, title="One", kind="simulation")
    filed(requester, title="Two", kind="reconstruction")
    services.present(filed(requester, title="Three", kind="simulation"), actor=coordinator)
    answer = client_of(requester).get("/requests/?kind=simulation")
    assert {label: n for label, n, _current, _href in answer.context["chips"]} == {
        "All": 2, "In review": 2, "Submitted": 1, "Presented": 1,
    }  # fmt: skip
    assert titles(client_of(requester), "?kind=simulation&state=presented") == ["Three"]
    assert titles(client_of(requester), "?state=open") == ["Three", "Two", "One"]


def test_the_search_wants_every_word_and_knows_numbers(client_of: Callable[[User], Client], requester: User) -> None:
    first = filed(requester, title="Xenon runs in autumn")
    filed(requester, title="Cosmic runs in autumn")
    client = client_of(requester)
    assert titles(client, "?q=AUTUMN+xenon") == ["Xenon runs in autumn"]
    assert titles(client, f"?q=%23{first.pk}") == ["Xenon runs in autumn"]
    assert titles(client, "?q=winter") == []
    assert "No request fits." in client.get("/requests/?q=winter").content.decode()


@pytest.mark.parametrize(
    "query", ["?state=nonsense", "?kind=%00", "?sort=password", "?page=99", "?page=x", "?detector=%27--", "?q=%25"]
)
def test_nonsense_in_the_address_does_no_harm(client_of: Callable[[User], Client], requester: User, query: str) -> None:
    filed(requester, title="One")
    assert client_of(requester).get(f"/requests/{query}").status_code == 200


def test_a_column_sorts_both_ways_and_what_has_no_value_comes_last(
    client_of: Callable[[User], Client], requester: User, coordinator: User
) -> None:
    one, two, _three = (filed(requester, title=title) for title in ("One", "Two", "Three"))
    services.set_priority(one, 2, actor=coordinator)
    services.set_priority(two, 1, actor=coordinator)
    client = client_of(requester)
    assert titles(client, "?sort=priority") == ["Two", "One", "Three"]
    assert titles(client, "?sort=-priority") == ["One", "Two", "Three"]
    assert titles(client, "?sort=title") == ["One", "Three", "Two"]


def test_the_second_page_goes_on_where_the_first_ends(requester: User) -> None:
    filed_many(requester, 60)
    client = Client()
    assert [len(titles(client, query)) for query in ("", "?page=2")] == [50, 10]
    assert not set(titles(client)) & set(titles(client, "?page=2"))


def test_a_list_of_fifty_costs_no_more_queries_than_one_of_five(
    client_of: Callable[[User], Client], coordinator: User, requester: User
) -> None:
    client = client_of(coordinator)
    costs = []
    for n in (5, 45):
        filed_many(requester, n)
        costs.append(cost(client, "/requests/?q=request&sort=events"))
    assert costs[0] == costs[1] <= 25


def test_csv_and_json_hold_all_that_fits_and_no_formula(client_of: Callable[[User], Client], requester: User) -> None:
    filed_many(requester, 60, kind="simulation")
    filed(requester, title="=1+1", kind="reconstruction")
    client = client_of(requester)
    rows = list(csv.DictReader(io.StringIO(client.get("/requests/list.csv?kind=simulation").content.decode())))
    assert len(rows) == 60
    assert {row["state"] for row in rows} == {"submitted"}
    (odd,) = csv.DictReader(io.StringIO(client.get("/requests/list.csv?kind=reconstruction").content.decode()))
    assert odd["title"] == "'=1+1"
    (same,) = client.get("/requests/list.json?kind=reconstruction").json()["rows"]
    assert same["title"] == "=1+1"
    assert same["events"] == 3_000_000
    assert same["tape_bytes"] == 100 * 10**12


def test_filters_are_saved_under_a_name_opened_changed_and_deleted(
    client_of: Callable[[User], Client], requester: User, coordinator: User
) -> None:
    filed(requester, title="One", kind="simulation")
    filed(requester, title="Two", kind="reconstruction")
    client = client_of(requester)
    answer = client.post("/views/save/", {"name": " My  runs ", "query": "kind=simulation&page=3&evil=1"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/requests/?kind=simulation"
    view = SavedView.objects.get()
    assert (view.name, view.query, view.user) == ("My runs", "kind=simulation", requester)
    assert 'href="?kind=simulation"' in answer.content.decode()
    client.post("/views/save/", {"name": "My runs", "query": "kind=reconstruction"})
    assert SavedView.objects.get().query == "kind=reconstruction"
    assert client_of(coordinator).post(f"/views/{view.pk}/delete/").status_code == 404
    assert client.post(f"/views/{view.pk}/delete/")["Location"] == "/requests/?kind=reconstruction"
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_refused_and_the_filters_stay(client_of: Callable[[User], Client], requester: User) -> None:
    answer = client_of(requester).post("/views/save/", {"name": " ", "query": "kind=simulation"}, follow=True)
    assert "Give the view a name" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/requests/?kind=simulation"
    assert not SavedView.objects.exists()


def test_the_home_page_shows_each_person_what_waits(
    client_of: Callable[[User], Client], requester: User, coordinator: User, shifter: User, make_user: Callable[..., User]
) -> None:
    other = make_user("requester2", Role.REQUESTERS)
    filed(requester, title="Asked one")
    back = filed(requester, title="Sent back one")
    services.want_changes(back, actor=coordinator, reason="The tag is old.")
    filed(requester, title="Drafted one", state=RequestState.DRAFT)
    filed(other, title="Another's draft", state=RequestState.DRAFT)

    def waiting(user: User) -> list[str]:
        return [one.request.title for one in client_of(user).get("/").context["waiting"].first]

    assert waiting(requester) == ["Sent back one", "Drafted one"]
    assert waiting(coordinator) == ["Asked one"]
    assert waiting(shifter) == []
    assert "Requests that wait for you" not in client_of(shifter).get("/").content.decode()


def test_what_waits_costs_the_home_page_no_more_for_fifty_than_for_ten(
    client_of: Callable[[User], Client], coordinator: User, requester: User
) -> None:
    client = client_of(coordinator)
    costs = []
    for n in (10, 50):
        filed_many(requester, n)
        costs.append(cost(client, "/"))
    assert costs[0] == costs[1] <= 25
    assert client.get("/").context["waiting"].n_more == 60 - 8
