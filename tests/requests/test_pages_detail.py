"""A request's page: what is asked for, where it stands, who may do what, and its way to a campaign."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import strip_tags

from campaigns.models import Campaign, ProductionRequest, RequestEvent, RequestState, RequestVerb
from campaigns.requests import services
from campaigns.requests.life import MOVES, TRANSITIONS
from campaigns.services import create_campaign
from campaigns.views.request_review import PAGES
from portal.models import User
from portal.roles import Role
from tests.requests.filing import cost, filed, whole

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


def page_of(client: Client, request: ProductionRequest) -> str:
    answer = client.get(request.get_absolute_url())
    assert answer.status_code == 200
    return answer.content.decode()


def buttons(client: Client, request: ProductionRequest) -> list[str]:
    return [move.name for move, _page in client.get(request.get_absolute_url()).context["moves"]]


# --- reading ---


def test_everybody_reads_all_eight_items_with_computed_totals(requester: User) -> None:
    page = " ".join(strip_tags(page_of(Client(), filed(requester))).split())
    for words in (
        "dunesw v10_12_01d00", "from DUNE/dunesw", "standard_reco_protodunevd_keepup.fcl", "3,000 events of run 39252",
        "judged by requester1", "*reco.root", "100 TB", "33.0 MB", "40,000 CPU hours", "4,000 MiB",
        "vd-protodune:vd-beam-physics",
        "1,863,120", "100,000", "3,000,000", "vd-protodune:pdvd-reco-full", "compared with the summer",
        "A coordinator presents it",
    ):  # fmt: skip
        assert words in page


def test_what_cannot_be_read_in_a_draft_is_shown_as_typed_with_the_reason(client_of: ClientOf, requester: User) -> None:
    draft = filed(
        requester, state=RequestState.DRAFT,
        outputs=[{"pattern": "*.root", "files": "many", "size": "", "unit": "GB"}], steps=[], datasets=[],
    )  # fmt: skip
    page = page_of(client_of(requester), draft)
    assert "“many” is not a number" in page
    assert 'data-state="bad">many</span>' in page
    assert "5 of 8 items complete" in page


def test_an_empty_draft_is_readable(client_of: ClientOf, requester: User) -> None:
    draft = services.create_request(actor=requester)
    page = page_of(client_of(requester), draft)
    assert "Without a title" in page
    assert "0 of 8 items complete" in page
    assert buttons(client_of(requester), draft) == []


def test_what_is_typed_is_never_html(client_of: ClientOf, requester: User) -> None:
    bad = "<script>alert(1)</script>"
    page = page_of(
        client_of(requester),
        filed(requester, title=bad, why=bad, contact=bad, validation={"what": bad, "events": "1", "judge": bad}),
    )
    assert bad not in page
    assert "&lt;script&gt;" in page


def test_problems_and_warnings_are_for_those_who_act(client_of: ClientOf, requester: User, coordinator: User) -> None:
    for _ in range(3):
        filed(requester, outputs=[{"pattern": "*.root", "files": "1,000", "size": "1", "unit": "GB"}], detector="ProtoDUNE-HD")
    request = filed(requester)
    assert "times what the last" in page_of(client_of(coordinator), request)
    assert "times what the last" in page_of(client_of(requester), request)
    assert "times what the last" not in page_of(Client(), request)


def test_a_request_much_like_it_is_named_to_reviewers(client_of: ClientOf, requester: User, coordinator: User) -> None:
    first, second = filed(requester), filed(requester)
    page = page_of(client_of(coordinator), second)
    assert "Asks for the same as" in page
    assert first.get_absolute_url() in page


def test_a_page_with_fifty_comments_costs_no_more_than_one_with_five(
    client_of: ClientOf, requester: User, coordinator: User, shifter: User
) -> None:
    request = filed(requester)
    client, costs = client_of(coordinator), []
    for n in (5, 45):
        for number in range(n):
            said = services.comment(
                request, f"@shifter1 see #{request.pk}", actor=requester,
                files=[SimpleUploadedFile(f"note{number}.txt", b"text")],
            )  # fmt: skip
            services.comment(request, "Seen, @requester1.", actor=shifter, parent=said)
            services.set_priority(request, number + 1, actor=coordinator)
        costs.append(cost(client, request.get_absolute_url()))
    assert costs[0] == costs[1] <= 25


# --- moves ---


def test_every_move_of_the_table_has_its_page() -> None:
    assert set(PAGES) == set(MOVES)


def test_only_moves_that_are_possible_are_offered(
    client_of: ClientOf, requester: User, coordinator: User, shifter: User
) -> None:
    request = filed(requester, state=RequestState.DRAFT)
    assert buttons(client_of(requester), request) == ["submit"]
    assert buttons(client_of(coordinator), request) == ["submit"]
    services.submit(request, actor=requester)
    assert buttons(client_of(requester), request) == ["withdraw"]
    assert buttons(client_of(coordinator), request) == ["present", "want-changes", "decline", "withdraw"]
    assert buttons(client_of(shifter), request) == buttons(Client(), request) == []
    services.present(request, actor=coordinator)
    assert buttons(client_of(coordinator), request) == ["accept", "want-changes", "decline", "withdraw"]


@pytest.mark.parametrize("move", [move.name for move in TRANSITIONS])
def test_a_move_by_somebody_who_may_not_is_refused_with_who_may(
    client_of: ClientOf, requester: User, shifter: User, coordinator: User, move: str
) -> None:
    request = filed(requester)
    answer = client_of(shifter).post(f"/requests/{request.pk}/{move}/", {"reason": "No"})
    assert answer.status_code == 403
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED
    assert "/accounts/login/" in Client().post(f"/requests/{request.pk}/{move}/")["Location"]


def test_a_move_that_came_too_late_changes_nothing_and_says_so(client_of: ClientOf, requester: User, coordinator: User) -> None:
    request = filed(requester)
    services.decline(request, actor=coordinator, reason="Not now.")
    answer = client_of(coordinator).post(f"/requests/{request.pk}/present/", follow=True)
    assert "The request is declined by now; nothing was changed." in answer.content.decode()


def test_a_word_that_is_no_move_is_not_found(client_of: ClientOf, coordinator: User, requester: User) -> None:
    request = filed(requester)
    assert client_of(coordinator).get(f"/requests/{request.pk}/explode/").status_code == 404


@pytest.mark.parametrize("move", ["want-changes", "decline"])
def test_a_reason_is_wanted_and_what_was_typed_stays(
    client_of: ClientOf, requester: User, coordinator: User, move: str
) -> None:
    request = filed(requester)
    client = client_of(coordinator)
    assert client.get(f"/requests/{request.pk}/{move}/").status_code == 200
    answer = client.post(f"/requests/{request.pk}/{move}/", {"reason": "  "})
    assert answer.status_code == 400
    assert "Give the reason" in answer.content.decode()
    client.post(f"/requests/{request.pk}/{move}/", {"reason": "The fcl is <old>."})
    request.refresh_from_db()
    assert request.state == MOVES[move].to
    page = page_of(Client(), request)
    assert "The fcl is &lt;old&gt;." in page


def test_what_cannot_be_undone_says_so_before(client_of: ClientOf, requester: User, coordinator: User) -> None:
    request = filed(requester)
    client = client_of(coordinator)
    assert "This cannot be undone" in client.get(f"/requests/{request.pk}/decline/").content.decode()
    assert "This cannot be undone" not in client.get(f"/requests/{request.pk}/want-changes/").content.decode()


def test_a_draft_is_submitted_from_its_page(client_of: ClientOf, requester: User) -> None:
    request = filed(requester, state=RequestState.DRAFT)
    answer = client_of(requester).post(f"/requests/{request.pk}/submit/", follow=True)
    assert "Submitted." in answer.content.decode()
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED


def test_an_incomplete_draft_is_not_submitted_and_what_is_missing_is_said(client_of: ClientOf, requester: User) -> None:
    request = filed(requester, state=RequestState.DRAFT, steps=[])
    answer = client_of(requester).post(f"/requests/{request.pk}/submit/")
    assert answer.status_code == 400
    assert "Item 2 first" in answer.content.decode()
    request.refresh_from_db()
    assert request.state == RequestState.DRAFT


def test_a_draft_is_discarded_after_asking_and_nothing_else_is(
    client_of: ClientOf, requester: User, outsider: User, coordinator: User
) -> None:
    draft = filed(requester, state=RequestState.DRAFT)
    client = client_of(requester)
    assert f"/requests/{draft.pk}/discard/" in page_of(client, draft)
    assert "This cannot be undone" in client.get(f"/requests/{draft.pk}/discard/").content.decode()
    assert client_of(outsider).post(f"/requests/{draft.pk}/discard/").status_code == 404
    assert client.post(f"/requests/{draft.pk}/discard/")["Location"] == "/requests/"
    assert not ProductionRequest.objects.exists()
    submitted = filed(requester)
    assert "/discard/" not in page_of(client, submitted)
    assert "withdraw it instead" in client.post(f"/requests/{submitted.pk}/discard/", follow=True).content.decode()
    assert client_of(outsider).post(f"/requests/{submitted.pk}/discard/").status_code == 403
    assert ProductionRequest.objects.get() == submitted


def presented(requester: User, coordinator: User) -> ProductionRequest:
    return services.present(filed(requester), actor=coordinator)


@pytest.mark.parametrize("standing", ["agreed", "provisional"])
def test_accepting_makes_a_campaign_with_the_name_typed(
    client_of: ClientOf, requester: User, coordinator: User, standing: str
) -> None:
    request = presented(requester, coordinator)
    answer = client_of(coordinator).post(
        f"/requests/{request.pk}/accept/",
        {"into": "new", "name": "pdvd-reco-2026c", "standing": standing, "meeting_on": "2026-11-23", "note": "As asked."},
    )
    campaign = Campaign.objects.get()
    assert answer["Location"] == campaign.get_absolute_url()
    assert campaign.name_is_provisional is (standing == "provisional")
    assert list(campaign.requests.all()) == [request]
    event = RequestEvent.objects.get(verb=RequestVerb.ACCEPTED)
    assert (event.note, event.data["meeting_on"]) == ("As asked.", "2026-11-23")
    assert campaign.get_absolute_url() in page_of(Client(), request)


def test_accepting_extends_a_campaign_there_is(client_of: ClientOf, requester: User, coordinator: User) -> None:
    request = presented(requester, coordinator)
    campaign = create_campaign("pdvd-reco-2026b", actor=coordinator)
    client_of(coordinator).post(
        f"/requests/{request.pk}/accept/", {"into": "existing", "campaign": campaign.pk, "name": "ignored"}
    )
    assert list(campaign.requests.all()) == [request]
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, "Say whether the campaign is new"),
        ({"into": "new", "name": " "}, "A campaign needs a name"),
        ({"into": "new", "name": "no good"}, "Use letters, digits"),
        ({"into": "new", "name": "taken"}, "There is a campaign named taken"),
        ({"into": "existing"}, "Choose the campaign"),
        ({"into": "existing", "campaign": "999999"}, "Choose one of the active campaigns"),
        ({"into": "new", "name": "fine", "meeting_on": "yesterday"}, "year-month-day"),
    ],
)
def test_an_acceptance_that_cannot_be_is_refused_beside_its_field(
    client_of: ClientOf, requester: User, coordinator: User, typed: dict[str, str], why: str
) -> None:
    request = presented(requester, coordinator)
    create_campaign("taken", actor=coordinator)
    answer = client_of(coordinator).post(f"/requests/{request.pk}/accept/", typed)
    assert answer.status_code == 400
    assert why in answer.content.decode()
    request.refresh_from_db()
    assert request.state == RequestState.PRESENTED


# --- changes, priority, exports ---


def test_two_revisions_are_compared_old_beside_new(client_of: ClientOf, requester: User) -> None:
    request = filed(requester)
    changed = whole(code={"package": "dunesw", "tag": "v10_13_00d00", "repository": "DUNE/dunesw"})
    services.change(request, changed, actor=requester, version=request.version)
    services.change(request, changed | {"title": "Another title"}, actor=requester, version=request.version)
    answer = Client().get(f"/requests/{request.pk}/changes/")
    assert [(one.label, one.old, one.new) for one in answer.context["changes"]] == [
        ("Title", "Beam reconstruction, autumn runs", "Another title")
    ]
    page = Client().get(f"/requests/{request.pk}/changes/?from=1&to=3").content.decode()
    assert "v10_12_01d00" in page
    assert "v10_13_00d00" in page
    assert Client().get(f"/requests/{request.pk}/changes/?from=x&to=99999999999999").status_code == 200
    history = page_of(Client(), request)
    assert "v10_13_00d00" in history
    assert "Compare its 3 revisions" in history


def test_a_draft_has_no_revisions_and_says_why(client_of: ClientOf, requester: User) -> None:
    draft = filed(requester, state=RequestState.DRAFT)
    assert "No revision yet." in client_of(requester).get(f"/requests/{draft.pk}/changes/").content.decode()


def test_coordinators_set_priority_and_date_with_history(client_of: ClientOf, requester: User, coordinator: User) -> None:
    request = filed(requester)
    client = client_of(coordinator)
    answer = client.post(
        f"/requests/{request.pk}/priority/", {"priority": "2", "wanted_by_on": "2027-01-15", "reason": "Before the review."}
    )
    assert answer["Location"] == f"{request.get_absolute_url()}#priority"
    client.post(f"/requests/{request.pk}/priority/", {"priority": "1", "wanted_by_on": "2027-01-15"})
    request.refresh_from_db()
    assert (request.priority, str(request.wanted_by_on)) == (1, "2027-01-15")
    kept = [(one.verb, one.data["old"], one.data["new"]) for one in request.events.order_by("pk") if "set" in one.verb]
    assert [verb for verb, _old, _new in kept] == ["priority-set", "wanted-by-set", "priority-set"]
    page = page_of(Client(), request)
    assert "Before the review." in page
    assert "</span>2</span> → 1" in page


def test_a_priority_that_is_none_is_refused_with_the_reason(client_of: ClientOf, requester: User, coordinator: User) -> None:
    request = filed(requester)
    for typed, why in (
        ({"priority": "0"}, "The first priority is 1."),
        ({"priority": "high"}, "whole number"),
        ({"wanted_by_on": "soon"}, "year-month-day"),
    ):
        answer = client_of(coordinator).post(f"/requests/{request.pk}/priority/", typed)
        assert answer.status_code == 400
        assert why in answer.content.decode()
    assert client_of(requester).post(f"/requests/{request.pk}/priority/", {"priority": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("kind", "content_type"), [("csv", "text/csv"), ("json", "application/json"), ("pdf", "application/pdf")]
)
def test_a_request_is_taken_along_in_three_forms(requester: User, kind: str, content_type: str) -> None:
    request = filed(requester)
    answer = Client().get(f"/requests/{request.pk}/request.{kind}")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith(content_type)
    assert answer["Content-Disposition"] == f'attachment; filename="request-{request.pk}.{kind}"'
    assert len(answer.content) > 100
    draft = filed(requester, state=RequestState.DRAFT)
    assert Client().get(f"/requests/{draft.pk}/request.{kind}").status_code == 404


def test_members_of_the_working_group_go_on_with_a_draft(
    client_of: ClientOf, requester: User, make_user: Callable[..., User]
) -> None:
    friend = make_user("requester2", Role.REQUESTERS)
    draft = filed(requester, state=RequestState.DRAFT)
    assert draft.working_group is not None
    draft.working_group.members.add(friend)
    assert "Go on with the draft" in page_of(client_of(friend), draft)


@pytest.mark.django_db
def test_a_decision_on_what_was_changed_after_it_was_opened_is_refused(
    requester: User, coordinator: User, client_of: ClientOf
) -> None:
    request = presented(requester, coordinator)
    request.refresh_from_db()
    page = client_of(coordinator).get(request.get_absolute_url()).content.decode()
    address = f"/requests/{request.pk}/accept/?seen={request.version}"
    assert address in page
    form = client_of(coordinator).get(address).content.decode()
    assert f'name="seen" value="{request.version}"' in form
    seen = request.version
    services.change(request, {**request.content, "title": "Another title"}, actor=requester, version=seen)
    typed = {"into": "new", "name": "vd-reco-2026", "seen": seen}
    answer = client_of(coordinator).post(f"/requests/{request.pk}/accept/", typed)
    assert answer.status_code == 400
    assert "requester1 changed the request" in answer.content.decode()
    request.refresh_from_db()
    assert request.state == RequestState.PRESENTED
    answer = client_of(coordinator).post(f"/requests/{request.pk}/accept/", {**typed, "seen": request.version})
    assert answer.status_code == 302
