"""What waits for me: everybody sees what they may act on, nobody anything else, at a price that does not grow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.campaign_services import add_request, appoint, end_appointment, set_status
from campaigns.models import Campaign, QueueItem, StepVerb, Team, WorkingGroup
from campaigns.steps.feedback import ask_feedback
from campaigns.steps.loading import read_situation
from campaigns.steps.mine import Waits, my_queue, people_of, waiting_by_team, waiting_now
from campaigns.steps.process import Who
from campaigns.steps.services import complete_step, reopen_step
from campaigns.steps.signing import ask_for_sign_offs, may_sign, sign_step
from campaigns.steps.states import CriterionState
from portal.models import User
from portal.roles import Role, set_roles
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import begin, fill, ready, sign_both, stands, walk_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def both(make_user) -> User:
    """In both teams."""
    return make_user("production2", Role.PRODUCTION, Role.DATA_MANAGEMENT)


def words(user: User) -> list[str]:
    return [one.words for one in my_queue(user, n_shown=100).items]


def signs(user: User) -> list[str]:
    return [one.words for one in my_queue(user, n_shown=100).items if one.is_sign_off]


FOR_PRODUCTION = "sign step 1, Set up, for production, or refuse"
FOR_DATA = "sign step 1, Set up, for data management, or refuse"


# --- who sees what ---


def test_each_sees_what_they_can_act_on(cast, requester, outsider):
    campaign = begin(cast)
    assert {one.who for one in my_queue(cast.shifter).items} == {Who.SHIFTERS}
    assert {one.who for one in my_queue(cast.coordinator).items} >= {Who.COORDINATORS}
    assert words(cast.production) == words(cast.data_manager) == words(requester) == words(outsider) == []
    assert my_queue(AnonymousUser()).items == []
    fill(campaign, "setup", cast)
    assert words(cast.production) == [FOR_PRODUCTION]
    assert words(cast.data_manager) == [FOR_DATA]
    assert words(cast.shifter) == words(cast.coordinator) == []
    sign_both(campaign, "setup", cast)
    assert words(cast.production) == []
    assert words(cast.shifter) == ["complete step 1, Set up"]


def test_only_shifters_appointed_today_are_waited_for(cast, make_user):
    today = timezone.localdate()
    campaign = begin(cast)
    other, later, former = (make_user(f"shifter{n}", Role.SHIFTERS) for n in (2, 3, 4))
    appoint(campaign, later, actor=cast.coordinator, from_on=today + timedelta(days=1))
    appoint(campaign, former, actor=cast.coordinator, from_on=today - timedelta(days=9), until_on=today - timedelta(days=1))
    for nobody in (other, later, former):
        assert my_queue(nobody).items == []
    assert my_queue(cast.shifter).items
    assert my_queue(later, timezone.now() + timedelta(days=1)).items
    end_appointment(campaign.appointments.get(user=cast.shifter), actor=cast.coordinator)
    assert my_queue(cast.shifter).items, "today is the last day"
    assert not my_queue(cast.shifter, timezone.now() + timedelta(days=1)).items
    set_roles(later, [])
    assert not my_queue(User.objects.get(pk=later.pk), timezone.now() + timedelta(days=1)).items


def test_whoever_may_not_sign_is_not_asked_to(cast, make_user, both):
    """Against the rule that signing itself asks, for everybody who holds a team's role."""
    campaign = begin(cast)
    served = make_user("shifter2", Role.SHIFTERS, Role.PRODUCTION)
    appoint(campaign, served, actor=cast.coordinator, from_on=timezone.localdate() + timedelta(days=20))
    asker = make_user("requester2", Role.REQUESTERS, Role.DATA_MANAGEMENT)
    accepted(asker, cast.coordinator, campaign)
    fill(campaign, "setup", cast)
    people = [cast.production, cast.data_manager, served, asker, both, cast.shifter, cast.coordinator]

    def seen_and_allowed() -> list[tuple[list[str], list[str]]]:
        situation = read_situation(campaign)
        step = situation.standing.step("setup")
        assert step is not None
        # after a refusal it is the shifters' turn, although the team could say something else
        missing = [one for one in step.missing if one.state is not CriterionState.REFUSED]
        wanted = {str(one.criterion.team) for one in missing if one.sign is not None}
        return [
            (
                sorted(str(one.who) for one in my_queue(user).items if one.is_sign_off),
                sorted(team for team in Team if team in wanted and not may_sign(situation, step, team, user)),
            )
            for user in people
        ]

    def check() -> None:
        for user, (seen, allowed) in zip(people, seen_and_allowed(), strict=True):
            assert seen == allowed, user

    check()
    assert signs(both) == [FOR_PRODUCTION, FOR_DATA] or signs(both) == [FOR_DATA, FOR_PRODUCTION]
    assert signs(served) == signs(asker) == []
    sign_step(campaign, "setup", team=Team.PRODUCTION, actor=both, revision=stands(campaign, "setup").print.fingerprint)
    check()
    assert signs(both) == []
    assert signs(cast.data_manager) == [FOR_DATA]
    sign_step(
        campaign, "setup", team=Team.PRODUCTION, actor=cast.production, verdict="refuse", comment="The plan is old.",
        revision=stands(campaign, "setup").print.fingerprint,
    )  # fmt: skip
    check()
    assert signs(both) == [FOR_DATA], "somebody else says no for production now"


def test_a_signature_that_lapsed_is_wanted_again_and_binds_nobody(cast, both):
    campaign = begin(cast)
    fill(campaign, "setup", cast)
    sign_step(campaign, "setup", team=Team.PRODUCTION, actor=both, revision=stands(campaign, "setup").print.fingerprint)
    sign_step(
        campaign, "setup", team=Team.DATA_MANAGEMENT, actor=cast.data_manager,
        revision=stands(campaign, "setup").print.fingerprint,
    )  # fmt: skip
    complete_step(campaign, "setup", actor=cast.shifter)
    reopen_step(campaign, "setup", actor=cast.coordinator, reason="The name changed.")
    mine = [one for one in my_queue(both).items if one.is_sign_off]
    assert {one.who for one in mine} == {Who.PRODUCTION, Who.DATA_MANAGEMENT}
    assert {one.state(timezone.localdate()) for one in mine} == {"lapsed"}
    assert all("again" in one.words for one in mine)


def test_a_refusal_waits_for_the_shifters(cast):
    campaign = begin(cast)
    fill(campaign, "setup", cast)
    sign_step(
        campaign, "setup", team=Team.PRODUCTION, actor=cast.production, verdict="refuse", comment="The directory is personal.",
        revision=stands(campaign, "setup").print.fingerprint,
    )  # fmt: skip
    (one,) = [one for one in my_queue(cast.shifter).items if one.anchor == "sign"]
    assert one.words == "Production refused to sign: The directory is personal."
    assert (one.verb, one.state(timezone.localdate())) == ("Look", "refused")
    assert words(cast.production) == []


def test_the_requesters_group_is_waited_for(cast, requester, make_user):
    campaign = begin(cast)
    asked = accepted(requester, cast.coordinator, campaign)
    member, other = make_user("requester2", Role.REQUESTERS), make_user("requester3", Role.REQUESTERS)
    without_role = make_user("member1")
    group = WorkingGroup.objects.get(pk=asked.working_group_id)
    group.members.add(member, without_role)
    walk_to(campaign, "validation", cast)
    ask_feedback(campaign, actor=cast.shifter)
    # what feedback rules see of the question is their business; here only whose a row is
    QueueItem.objects.update_or_create(
        campaign=campaign, step="validation", criterion="requester-feedback", who="requesters",
        defaults={"words": "look and answer", "due_on": timezone.localdate() + timedelta(days=7)},
    )  # fmt: skip
    for user in (requester, member):
        (one,) = my_queue(user).items
        assert one.url == f"/campaigns/{campaign.slug}/steps/validation/#feedback"
        assert (one.verb, one.due_on) == ("Answer", timezone.localdate() + timedelta(days=7))
        assert one.state(timezone.localdate()) == "todo"
        assert one.state(timezone.localdate() + timedelta(days=8)) == "warning"
    for user in (other, without_role, cast.coordinator):
        assert not any(one.who is Who.REQUESTERS for one in my_queue(user).items)


def test_what_a_requester_would_do_waits_for_coordinators_while_there_is_no_request(cast, requester):
    campaign = begin(cast)
    QueueItem.objects.update_or_create(campaign=campaign, step="setup", criterion="request-complete", who="requesters")

    def sees(user: User) -> bool:
        return any(one.item.criterion == "request-complete" for one in my_queue(user, n_shown=99).items)

    assert (sees(cast.coordinator), sees(requester)) == (True, False)
    accepted(requester, cast.coordinator, campaign)
    QueueItem.objects.update_or_create(campaign=campaign, step="setup", criterion="request-complete", who="requesters")
    assert (sees(cast.coordinator), sees(requester)) == (False, True)


def test_a_superuser_is_waited_for_in_roles_held_only(cast, administrator):
    begin(cast)
    assert my_queue(administrator).items == []
    set_roles(administrator, [Role.COORDINATORS])
    assert my_queue(User.objects.get(pk=administrator.pk)).items


def test_nothing_waits_in_campaigns_that_are_over(cast):
    campaign = begin(cast)
    paused = begin(cast, "vd-mc-2026b")
    set_status(paused, "paused", actor=cast.coordinator)
    QueueItem.objects.create(campaign=campaign, step="setup", criterion="name-agreed", who="somebody", words="of another")
    assert {one.campaign for one in my_queue(cast.shifter, n_shown=99).items} == {campaign, paused}
    Campaign.objects.filter(pk=campaign.pk).update(status="cancelled")  # without the actions, which would empty its queue
    assert {one.campaign for one in my_queue(cast.shifter, n_shown=99).items} == {paused}
    assert {one.campaign for team in waiting_by_team().values() for one in team} == {paused}


# --- what is said of it ---


def test_each_leads_straight_to_the_spot(cast):
    campaign = begin(cast)
    here = f"/campaigns/{campaign.slug}/steps/setup/"
    assert my_queue(cast.coordinator).items[0].step_title == "1 Set up"
    at = {one.item.criterion: (one.url, one.verb) for one in [*my_queue(cast.shifter).items, *my_queue(cast.coordinator).items]}
    assert at["working-directory"] == (f"{here}#c-working-directory", "Show")
    assert at["name-agreed"] == (f"{here}#c-name-agreed", "Record")
    ready(campaign, "setup", cast)
    (one,) = my_queue(cast.shifter).items
    assert (one.url, one.verb) == (here, "Complete")


def test_sign_offs_lead_to_the_signature_also_when_asked_for_early(cast):
    campaign = begin(cast)
    ask_for_sign_offs(campaign, "setup", actor=cast.shifter)
    (one,) = my_queue(cast.production).items
    assert (one.url, one.verb) == (f"/campaigns/{campaign.slug}/steps/setup/#sign", "Sign")


def test_an_open_guard_alert_is_bad_and_leads_to_the_step(cast):
    campaign = begin(cast)
    QueueItem.objects.create(campaign=campaign, step="setup", criterion="alert-1", who="shifters", words="guard broken: scope")
    (one,) = [one for one in my_queue(cast.shifter, n_shown=99).items if one.is_alert]
    assert (one.state(timezone.localdate()), one.verb) == ("bad", "Look")
    assert one.url == f"/campaigns/{campaign.slug}/steps/setup/"


def test_a_criterion_that_the_template_no_longer_has_harms_nothing(cast):
    campaign = begin(cast)
    QueueItem.objects.create(campaign=campaign, step="sixth", criterion="gone", who="shifters", words="show: something")
    (one,) = [one for one in my_queue(cast.shifter, n_shown=99).items if one.item.criterion == "gone"]
    assert (one.step_title, one.anchor) == ("sixth", "")


def test_the_oldest_comes_first_and_the_rest_is_counted(cast):
    now = timezone.now()
    for n in range(3):
        campaign = begin(cast, f"reco-{n}")
        QueueItem.objects.filter(campaign=campaign).update(since=now - timedelta(hours=n))
    queue = my_queue(cast.shifter, n_shown=4)
    n_all = QueueItem.objects.filter(who="shifters").count()
    assert len(queue.items) == 4
    assert queue.n_more == n_all - 4
    assert [one.campaign.name for one in queue.items][:1] == ["reco-2"]
    everything = my_queue(cast.shifter, n_shown=n_all)
    assert everything.n_more == 0
    assert [one.since for one in everything.items] == sorted(one.since for one in everything.items)


# --- for all at once ---


def test_people_of_agrees_with_each_persons_own_queue(cast, both, requester, administrator, make_user):
    for n, step in enumerate(("setup", "test")):
        campaign = begin(cast, f"reco-{n}")
        accepted(requester, cast.coordinator, campaign, title=f"Run {n}")
        walk_to(campaign, step, cast)
        fill(campaign, step, cast) if step == "setup" else None
    retired = make_user("shifter9", Role.SHIFTERS, is_active=False)
    found = waiting_now()
    whose = people_of(found)
    assert {Who.PRODUCTION, Who.DATA_MANAGEMENT, Who.SHIFTERS, Who.COORDINATORS} <= {one.who for one in found}
    for user in (*vars(cast).values(), both, requester, administrator, retired):
        mine = [one.item.pk for one in my_queue(user, n_shown=999).items]
        assert mine == [pk for pk, people in whose.items() if user in people], user
    assert sum(len(team) for team in waiting_by_team().values()) == len(found)


def test_queries_do_not_grow(cast, both, requester):
    def n_queries(function) -> int:
        with CaptureQueriesContext(connection) as queries:
            function()
        return len(queries)

    def look() -> list[Waits]:
        user = User.objects.get(pk=cast.shifter.pk)
        user.groups.add(*both.groups.all(), *requester.groups.all(), *cast.coordinator.groups.all())
        return my_queue(user).items

    campaign = begin(cast)
    accepted(requester, cast.coordinator, campaign)
    few = n_queries(look)
    all_of_few = n_queries(lambda: people_of(waiting_now()))
    for n in range(30):
        more = begin(cast, f"reco-{n}")
        add_request(more, campaign.requests.get(), actor=cast.coordinator)
        ask_for_sign_offs(more, "setup", actor=cast.shifter)
        more.step_events.create(number=999, verb=StepVerb.SIGNED, step="setup", team="production", actor=both, criterion="x")
    assert QueueItem.objects.count() >= 200
    assert len(look()) == 20
    assert n_queries(look) == few
    assert n_queries(lambda: people_of(waiting_now())) == all_of_few <= 8
    mine = n_queries(lambda: my_queue(User.objects.get(pk=cast.shifter.pk)))
    assert mine <= 8  # the person and the roles among them
