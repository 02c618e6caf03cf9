"""The way of a request through review, and who may go it."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign, CampaignEvent, ProductionRequest, RequestVerb, WorkingGroup
from campaigns.requests.errors import Incomplete, Stale
from campaigns.requests.life import TRANSITIONS, allowed_moves
from campaigns.requests.services import (
    accept,
    change,
    clone,
    create_request,
    decline,
    discard,
    present,
    save_draft,
    set_priority,
    set_wanted_by,
    submit,
    want_changes,
    withdraw,
)
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role
from tests.requests.contents import content

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(requester) -> ProductionRequest:
    return submit(create_request(actor=requester, content=content()), actor=requester)


@pytest.fixture
def presented(submitted, coordinator) -> ProductionRequest:
    return present(submitted, actor=coordinator)


def test_a_request_goes_from_an_empty_draft_to_a_campaign(requester, coordinator) -> None:
    request = create_request(actor=requester)
    assert (request.state, request.n_complete, request.version) == ("draft", 0, 1)
    save_draft(request, content(), actor=requester, version=1)
    assert (request.n_complete, request.n_events, request.tape_bytes) == (8, 3_000_000, 100 * 10**12)
    assert request.cpu_hours == pytest.approx(40_000)
    submit(request, actor=requester)
    assert request.revisions.count() == 1
    present(request, actor=coordinator)
    campaign = accept(request, actor=coordinator, campaign_name="pdvd-reco-2026c")
    assert request.state == "accepted"
    assert list(campaign.requests.all()) == [request]
    assert (campaign.detector_name, campaign.kind, campaign.name_is_provisional) == ("ProtoDUNE-VD", "reconstruction", False)
    assert [event.verb for event in request.events.order_by("pk")] == ["created", "submitted", "presented", "accepted"]
    assert CampaignEvent.objects.filter(campaign=campaign, verb="request-added", note=str(request.pk)).exists()


def test_submitting_needs_all_eight_items_and_says_which_are_missing(requester) -> None:
    request = create_request(actor=requester, content=content(code__tag="develop", resources__memory_mib="4", datasets=[]))
    with pytest.raises(Incomplete) as refused:
        submit(request, actor=requester)
    assert refused.value.message == "Not everything is there yet. Items 1, 5 and 8 first."
    assert [problem.path for problem in refused.value.problems] == ["code.tag", "resources.memory_mib", "datasets"]
    request.refresh_from_db()
    assert (request.state, request.revisions.count()) == ("draft", 0)


def test_what_is_wrong_about_the_request_itself_is_said_too(requester) -> None:
    request = create_request(actor=requester, content=content(title="", detector="CMS"))
    with pytest.raises(Incomplete, match="Give the request a title"):
        submit(request, actor=requester)


# --- who may: every move by every role in every state, against the table ---

ROLES = ["requester", "shifter", "production", "data_manager", "coordinator", "outsider"]
REVIEWS = {"coordinator"}
WHO = {move.name: REVIEWS for move in TRANSITIONS} | {
    "submit": {"requester", "coordinator"},
    "withdraw": {"requester", "coordinator"},
}


def carry_out(name: str, request: ProductionRequest, actor) -> None:
    {
        "submit": lambda: submit(request, actor=actor),
        "present": lambda: present(request, actor=actor),
        "accept": lambda: accept(request, actor=actor, campaign_name="pdvd-reco-2026c"),
        "want-changes": lambda: want_changes(request, actor=actor, reason="The tag is old."),
        "decline": lambda: decline(request, actor=actor, reason="Done already."),
        "withdraw": lambda: withdraw(request, actor=actor, reason="No longer needed."),
    }[name]()


@pytest.mark.parametrize("move", TRANSITIONS, ids=lambda move: move.name)
@pytest.mark.parametrize("role", ROLES)
def test_each_move_is_made_by_whom_the_table_names_and_by_nobody_else(request, requester, move, role: str) -> None:
    actor = request.getfixturevalue(role)
    for state in ("draft", "submitted", "presented", "changes-wanted", "accepted", "declined", "withdrawn"):
        asked = create_request(actor=requester, content=content())
        ProductionRequest.objects.filter(pk=asked.pk).update(state=state)
        asked.refresh_from_db()
        allowed = role in WHO[move.name] and state in move.from_states
        assert (move in allowed_moves(actor, asked)) is allowed
        if not allowed:
            with pytest.raises(NotAllowed if role not in WHO[move.name] else Conflict):
                carry_out(move.name, asked, actor)
            asked.refresh_from_db()
            assert asked.state == state
            continue
        carry_out(move.name, asked, actor)
        asked.refresh_from_db()
        assert asked.state == move.to
        event = asked.events.first()
        assert (event.verb, event.actor, event.data["old"], event.data["new"]) == (move.verb, actor, state, move.to)
        assert bool(event.note) is move.needs_reason
        if move.name == "accept":
            served = asked.campaigns.get()
            asked.campaigns.clear()
            Campaign.objects.filter(pk=served.pk).update(name=f"was-{served.pk}", slug=f"was-{served.pk}")


@pytest.mark.parametrize("carry", [want_changes, decline, withdraw])
def test_saying_no_needs_a_reason(submitted, coordinator, carry) -> None:
    with pytest.raises(Invalid) as refused:
        carry(submitted, actor=coordinator, reason="  ")
    assert refused.value.field == "reason"
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_whoever_comes_second_is_told_who_was_first(submitted, coordinator, requester) -> None:
    late = ProductionRequest.objects.get(pk=submitted.pk)
    withdraw(submitted, actor=requester, reason="No longer needed.")
    with pytest.raises(Conflict, match=r"is withdrawn: requester1 withdrew it on .* UTC"):
        present(late, actor=coordinator)


def test_a_group_edits_its_drafts_and_no_other_group_does(requester, make_user) -> None:
    mate, other = make_user("requester2", Role.REQUESTERS), make_user("requester3", Role.REQUESTERS)
    request = create_request(actor=requester, content=content())
    WorkingGroup.objects.get(name="VD reconstruction").members.add(mate)
    save_draft(request, content(title="By a mate"), actor=mate, version=1)
    assert (request.title, request.saved_by, request.requester) == ("By a mate", mate, requester)
    assert request.events.first().data["changes"][0]["label"] == "Title"
    with pytest.raises(NotAllowed):
        save_draft(request, content(title="By a stranger"), actor=other, version=2)
    assert ProductionRequest.objects.visible_to(mate).exists()
    assert not ProductionRequest.objects.visible_to(other).exists()


def test_a_late_save_is_shown_what_changed_and_loses_nothing(requester, coordinator) -> None:
    request = create_request(actor=requester, content=content())
    mine = ProductionRequest.objects.get(pk=request.pk)
    save_draft(request, content(title="Theirs", code__tag="v10_13_00d00"), actor=coordinator, version=1)
    with pytest.raises(Stale) as stale:
        save_draft(mine, content(why="Mine"), actor=requester, version=1)
    assert stale.value.current.saved_by == coordinator
    assert {change.path: (change.old, change.new) for change in stale.value.changed} == {
        "title": ("ProtoDUNE-VD beam reconstruction, autumn runs", "Theirs"),
        "code.tag": ("v10_12_01d00", "v10_13_00d00"),
    }
    assert [change.path for change in stale.value.mine] == ["why"]
    mine.refresh_from_db()
    assert (mine.version, mine.title) == (2, "Theirs")
    # once seen, saving from the version that stands goes through
    save_draft(mine, content(title="Theirs", code__tag="v10_13_00d00", why="Mine"), actor=requester, version=2)
    assert mine.content["why"] == "Mine"


def test_saving_again_what_stands_is_no_new_version(requester) -> None:
    request = create_request(actor=requester, content=content())
    save_draft(request, content(title="B"), actor=requester, version=1)
    save_draft(request, content(title="B"), actor=requester, version=1)  # the answer to the first was lost
    assert request.version == 2


def test_only_the_last_saves_are_kept(requester) -> None:
    request = create_request(actor=requester)
    for n in range(1, 31):
        save_draft(request, {"title": f"Title {n}"}, actor=requester, version=n)
    assert request.saves.count() == 20
    with pytest.raises(Stale) as stale:
        save_draft(request, {"title": "late"}, actor=requester, version=3)
    assert stale.value.base is None
    assert [(change.old, change.new) for change in stale.value.changed] == [("late", "Title 30")]


def test_a_change_after_submitting_is_a_new_revision_with_old_and_new(submitted, requester, coordinator) -> None:
    change(submitted, content(samples__1__events="2,000,000"), actor=requester, version=submitted.version)
    assert [revision.number for revision in submitted.revisions.all()] == [1, 2]
    [told] = submitted.events.filter(verb=RequestVerb.CHANGED)
    assert told.data["changes"] == [
        {"path": "samples.1.events", "label": "Sample 2, events", "old": "1,136,880", "new": "2,000,000"}
    ]
    assert submitted.n_events == 3_863_120
    assert Notice.objects.filter(user=coordinator, text__contains="1,136,880 → 2,000,000").exists()
    with pytest.raises(Incomplete):
        change(submitted, content(datasets=[]), actor=requester, version=submitted.version)
    with pytest.raises(Conflict):
        save_draft(submitted, content(title="x"), actor=requester, version=submitted.version)


def test_what_is_decided_stays_as_it_is(presented, requester, coordinator) -> None:
    accept(presented, actor=coordinator, campaign_name="a1")
    with pytest.raises(Conflict, match="stays as it is"):
        change(presented, content(title="x"), actor=coordinator, version=presented.version)
    assert not presented.saves.exists()


def test_changes_wanted_and_submitted_again_keeps_both_revisions(presented, requester, coordinator) -> None:
    first = presented.submitted_at
    want_changes(presented, actor=coordinator, reason="Another tag.")
    change(presented, content(code__tag="v10_13_00d00"), actor=requester, version=presented.version)
    submit(presented, actor=requester)
    assert (presented.state, presented.revisions.count(), presented.submitted_at) == ("submitted", 2, first)


def test_accepting_may_extend_a_campaign_or_name_it_later(presented, requester, coordinator) -> None:
    campaign = accept(presented, actor=coordinator)
    assert (campaign.name, campaign.name_is_provisional) == (f"request-{presented.pk}", True)
    another = present(submit(create_request(actor=requester, content=content()), actor=requester), actor=coordinator)
    assert accept(another, actor=coordinator, campaign=campaign) == campaign
    assert campaign.requests.count() == 2
    third = present(submit(create_request(actor=requester, content=content()), actor=requester), actor=coordinator)
    with pytest.raises(Conflict):  # the name is taken: nothing of the acceptance stays
        accept(third, actor=coordinator, campaign_name=campaign.name)
    third.refresh_from_db()
    assert third.state == "presented"
    campaign.status = "finished"
    campaign.save()
    with pytest.raises(Conflict, match="finished"):
        accept(third, actor=coordinator, campaign=campaign)


def test_a_clone_says_the_same_but_for_title_and_date(submitted, make_user) -> None:
    other = make_user("requester2", Role.REQUESTERS)
    made = clone(submitted, actor=other)
    assert made.content == submitted.content | {"title": f"{submitted.title} (copy)", "wanted_by": ""}
    assert (made.state, made.requester, made.cloned_from) == ("draft", other, submitted)
    assert clone(made, actor=other).title == made.title
    with pytest.raises(NotAllowed):
        clone(made, actor=make_user("requester3", Role.REQUESTERS))


def test_coordinators_set_priority_and_date_with_history(submitted, coordinator, requester) -> None:
    from datetime import date

    assert submitted.wanted_by_on == date(2035, 1, 15)
    set_priority(submitted, 2, actor=coordinator, reason="Before the collaboration meeting.")
    set_wanted_by(submitted, date(2034, 1, 1), actor=coordinator)
    change(submitted, content(wanted_by="2036-01-01"), actor=requester, version=submitted.version)
    assert (submitted.priority, submitted.wanted_by_on) == (2, date(2034, 1, 1))
    event = submitted.events.get(verb=RequestVerb.PRIORITY_SET)
    assert (event.data, event.note) == ({"old": None, "new": 2}, "Before the collaboration meeting.")
    assert submitted.events.get(verb=RequestVerb.WANTED_BY_SET).data == {"old": "2035-01-15", "new": "2034-01-01"}
    for wrong in (0, 1000, True):
        with pytest.raises(Invalid):
            set_priority(submitted, wrong, actor=coordinator)
    with pytest.raises(NotAllowed):
        set_priority(submitted, 1, actor=requester)


def test_a_draft_is_discarded_and_a_submitted_request_is_not(submitted, requester) -> None:
    draft = create_request(actor=requester)
    discard(draft, actor=requester)
    assert ProductionRequest.objects.count() == 1
    with pytest.raises(Conflict, match="withdraw"):
        discard(submitted, actor=requester)


def test_the_group_and_the_coordinators_hear_of_it_and_the_actor_does_not(requester, coordinator, make_user) -> None:
    mate = make_user("requester2", Role.REQUESTERS)
    WorkingGroup.objects.get(name="VD reconstruction").members.add(mate)
    request = submit(create_request(actor=requester, content=content()), actor=requester)
    assert sorted(Notice.objects.values_list("user__username", flat=True)) == ["coordinator1", "requester2"]
    decline(request, actor=coordinator, reason="It was done in spring.")
    told = Notice.objects.filter(subject__contains="was declined")
    assert sorted(notice.user.username for notice in told) == ["requester1", "requester2"]
    assert {(notice.text, notice.path) for notice in told} == {("It was done in spring.", f"/requests/{request.pk}/")}
