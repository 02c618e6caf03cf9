"""Who may sign, what a signature is about, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.campaign_services import add_request, appoint, change_settings, end_appointment
from campaigns.models import Campaign, CampaignRequest, ProductionRequest, QueueItem, RequestState, StepEvent, StepVerb, Team
from campaigns.steps.evidence import add_evidence
from campaigns.steps.loading import read_situation
from campaigns.steps.services import complete_step, decide, end_waiver, reopen_step, take_back, waive
from campaigns.steps.signing import ask_for_sign_offs, may_sign, sign_step
from campaigns.steps.states import SignState, StepState
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice, User
from portal.roles import Role, set_roles
from tests.campaigns.steps.walking import Cast, begin, fill, ready, sign_both, stands, walk_to

pytestmark = pytest.mark.django_db
PRODUCTION, DATA_MANAGEMENT = Team.PRODUCTION, Team.DATA_MANAGEMENT


def sign(campaign: Campaign, actor: User, team: str = PRODUCTION, step: str = "first", **how: str) -> StepEvent:
    """With the revision that stands now, unless another is given."""
    how.setdefault("revision", stands(campaign, step).print.fingerprint)
    return sign_step(campaign, step, team=team, actor=actor, **how)


def sign_state(campaign: Campaign, team: Team = PRODUCTION, step: str = "first") -> SignState:
    return stands(campaign, step).signs[team].state


def asked_for(campaign: Campaign, requester: User, tag: str = "v10") -> ProductionRequest:
    """An accepted request that another campaign serves; coordinators may add it to this one."""
    content = {"code": {"package": "dunesw", "tag": tag}}
    request = ProductionRequest.objects.create(requester=requester, state=RequestState.ACCEPTED, content=content)
    other = Campaign.objects.create(name=f"other-{tag}", slug=f"other-{tag}")
    CampaignRequest.objects.create(campaign=other, request=request)
    return request


# --- who ---


def test_one_of_each_team_signs(small: Campaign, cast: Cast):
    event = sign(small, cast.production, comment="looks right")
    assert (event.verb, event.team, event.note, event.actor) == ("signed", "production", "looks right", cast.production)
    assert event.fingerprint == stands(small, "first").print.fingerprint
    assert set(event.data["parts"]) == {"plan", "evidence"}
    sign(small, cast.data_manager, DATA_MANAGEMENT)
    assert {sign_state(small, team) for team in Team} == {SignState.SIGNED}


def test_whoever_is_not_of_the_team_is_refused(small: Campaign, cast: Cast, requester, outsider):
    for person in (cast.data_manager, cast.shifter, cast.coordinator, requester, outsider):
        with pytest.raises(NotAllowed, match="needs the role production"):
            sign(small, person)
    assert not StepEvent.objects.filter(verb=StepVerb.SIGNED).exists()


def test_a_person_who_is_not_active_any_more_is_refused(small: Campaign, cast: Cast):
    User.objects.filter(pk=cast.production.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        sign(small, User.objects.get(pk=cast.production.pk))


def test_sign_off_by_the_campaigns_shifter_is_refused(small: Campaign, cast: Cast):
    set_roles(cast.shifter, [Role.SHIFTERS, Role.PRODUCTION])
    with pytest.raises(NotAllowed, match="shifter of this campaign"):
        sign(small, cast.shifter)


def test_sign_off_by_a_former_shifter_is_refused(small: Campaign, cast: Cast, make_user):
    earlier = make_user("shifter2", Role.SHIFTERS, Role.PRODUCTION)
    appointment = appoint(small, earlier, actor=cast.coordinator, from_on=timezone.localdate() - timedelta(days=30))
    end_appointment(appointment, actor=cast.coordinator, until_on=timezone.localdate() - timedelta(days=3))
    with pytest.raises(NotAllowed, match="are or were a shifter"):
        sign(small, earlier)


def test_sign_off_by_a_shifter_appointed_from_next_week_is_refused(small: Campaign, cast: Cast, make_user):
    later = make_user("shifter2", Role.SHIFTERS, Role.PRODUCTION)
    appointment = appoint(small, later, actor=cast.coordinator, from_on=timezone.localdate() + timedelta(days=7))
    with pytest.raises(NotAllowed, match="shifter of this campaign"):
        sign(small, later)
    end_appointment(appointment, actor=cast.coordinator)  # before it began: never a shifter
    assert sign(small, later).verb == StepVerb.SIGNED


def test_sign_off_by_a_shifter_who_lost_the_role_is_refused(small: Campaign, cast: Cast):
    set_roles(cast.shifter, [Role.PRODUCTION])
    with pytest.raises(NotAllowed, match="shifter of this campaign"):
        sign(small, cast.shifter)


def test_sign_off_by_the_requester_is_refused(small: Campaign, cast: Cast, requester):
    set_roles(requester, [Role.REQUESTERS, Role.DATA_MANAGEMENT])
    add_request(small, asked_for(small, requester), actor=cast.coordinator)
    with pytest.raises(NotAllowed, match="You asked for"):
        sign(small, requester, DATA_MANAGEMENT)


def test_one_person_in_both_teams_signs_for_one_only(small: Campaign, cast: Cast, make_user):
    both = make_user("both1", Role.PRODUCTION, Role.DATA_MANAGEMENT)
    sign(small, both)
    with pytest.raises(NotAllowed, match="two people"):
        sign(small, both, DATA_MANAGEMENT)
    with pytest.raises(NotAllowed, match="two people"):
        sign(small, both, DATA_MANAGEMENT, verdict="refuse", comment="no")
    sign(small, cast.data_manager, DATA_MANAGEMENT)


def test_whoever_refused_for_one_team_does_not_sign_for_the_other(small: Campaign, cast: Cast, make_user):
    both = make_user("both1", Role.PRODUCTION, Role.DATA_MANAGEMENT)
    sign(small, both, verdict="refuse", comment="no")
    with pytest.raises(NotAllowed, match="two people"):
        sign(small, both, DATA_MANAGEMENT)


def test_whose_signature_lapsed_may_sign_for_the_other_team_but_then_not_for_the_first_again(small, cast, make_user):
    both = make_user("both1", Role.PRODUCTION, Role.DATA_MANAGEMENT)
    sign(small, both)
    add_evidence(small, "shown", actor=cast.shifter, text="more")
    sign(small, both, DATA_MANAGEMENT)
    with pytest.raises(NotAllowed, match="two people"):
        sign(small, both)


def test_a_superuser_signs_for_one_team_only(small: Campaign, make_user):
    superuser = make_user("superuser1", is_superuser=True)
    sign(small, superuser)
    with pytest.raises(NotAllowed, match="two people"):
        sign(small, superuser, DATA_MANAGEMENT)


def test_pages_are_told_the_same(small: Campaign, cast: Cast, make_user):
    both = make_user("both1", Role.PRODUCTION, Role.DATA_MANAGEMENT)
    sign(small, both)
    situation = read_situation(small)
    [step] = [one for one in situation.standing.steps if one.key == "first"]
    assert may_sign(situation, step, DATA_MANAGEMENT, cast.data_manager) == ""
    assert "two people" in may_sign(situation, step, DATA_MANAGEMENT, both)
    assert "needs the role" in may_sign(situation, step, DATA_MANAGEMENT, cast.production)


# --- what was seen ---


def test_a_signature_on_an_earlier_revision_is_refused_and_says_what_it_is_now(small: Campaign, cast: Cast):
    seen = stands(small, "first").print
    add_evidence(small, "shown", actor=cast.shifter, text="more")
    with pytest.raises(Conflict) as refused:
        sign(small, cast.production, revision=seen.fingerprint)
    assert seen.short in refused.value.message
    assert stands(small, "first").print.short in refused.value.message
    assert refused.value.field == "revision"
    assert sign_state(small) == SignState.NONE


def test_the_first_eight_digits_are_enough_in_whatever_way_they_are_written(small: Campaign, cast: Cast):
    seen = stands(small, "first").print
    assert sign(small, cast.production, revision=f" {seen.short.upper()} ").fingerprint == seen.fingerprint
    assert sign(small, cast.data_manager, DATA_MANAGEMENT, revision=seen.fingerprint[:8])


@pytest.mark.parametrize("revision", ["", "1234567", "····", "\0" * 64, "abc" + "\0" * 5])
def test_too_little_of_a_fingerprint_is_refused(small: Campaign, cast: Cast, revision):
    with pytest.raises(Invalid) as refused:
        sign(small, cast.production, revision=revision)
    assert refused.value.field == "revision"


@pytest.mark.parametrize("revision", ["0" * 64, "%" * 8, "'; drop table", "🂡" * 40, "0" * 10**6])
def test_what_is_no_fingerprint_signs_nothing(small: Campaign, cast: Cast, revision):
    with pytest.raises(Conflict):
        sign(small, cast.production, revision=revision)


def test_more_digits_than_a_fingerprint_has_are_another_one(small: Campaign, cast: Cast):
    with pytest.raises(Conflict):
        sign(small, cast.production, revision=stands(small, "first").print.fingerprint + "0")


def test_words_that_are_no_team_or_verdict_are_refused(small: Campaign, cast: Cast):
    with pytest.raises(Invalid, match="Choose a team"):
        sign(small, cast.production, "shifters")
    with pytest.raises(Invalid, match="approve or refuse"):
        sign(small, cast.production, verdict="perhaps")


def test_a_step_that_does_not_exist_is_named_with_those_that_do(small: Campaign, cast: Cast):
    with pytest.raises(Invalid, match="first, second, third"):
        sign_step(small, "fourth", team=PRODUCTION, actor=cast.production, revision="0" * 64)


def test_a_step_that_is_not_open_is_not_signed(small: Campaign, cast: Cast):
    with pytest.raises(Conflict, match="Step 1, First comes first"):
        sign(small, cast.production, step="second")
    walk_to(small, "second", cast)
    with pytest.raises(Conflict, match="was completed by shifter1"):
        sign(small, cast.production)


def test_a_campaign_that_is_over_is_not_signed(small: Campaign, cast: Cast):
    Campaign.objects.filter(pk=small.pk).update(status="cancelled")
    with pytest.raises(Conflict, match="is cancelled"):
        sign(small, cast.production)


# --- once a team ---


def test_a_second_signature_of_a_team_is_told_who_was_first(small: Campaign, cast: Cast, make_user):
    sign(small, cast.production)
    for person in (cast.production, make_user("production2", Role.PRODUCTION)):
        with pytest.raises(Conflict, match="production1 signed for production on"):
            sign(small, person)
    assert StepEvent.objects.filter(verb=StepVerb.SIGNED).count() == 1


def test_another_verdict_of_the_team_takes_the_place_of_the_first(small: Campaign, cast: Cast, make_user):
    second = make_user("production2", Role.PRODUCTION)
    sign(small, cast.production)
    sign(small, second, verdict="refuse", comment="the path is personal")
    assert sign_state(small) == SignState.REFUSED
    sign(small, second)
    assert sign_state(small) == SignState.SIGNED
    assert [one.verb for one in StepEvent.objects.filter(team=PRODUCTION).order_by("number")] == ["signed", "refused", "signed"]


# --- no ---


def test_a_refusal_needs_a_comment(small: Campaign, cast: Cast):
    for comment in ("", "  \n", "\0"):
        with pytest.raises(Invalid) as refused:
            sign(small, cast.production, verdict="refuse", comment=comment)
        assert refused.value.field == "comment"


def test_a_comment_is_not_endless(small: Campaign, cast: Cast):
    with pytest.raises(Invalid, match="1,000,000 characters"):
        sign(small, cast.production, comment="x" * 10**6)


def test_a_refusal_sends_the_step_back_and_tells_shifters_and_coordinators(small: Campaign, cast: Cast):
    sign(small, cast.data_manager, DATA_MANAGEMENT)
    Notice.objects.all().delete()
    sign(small, cast.production, verdict="refuse", comment="the path is personal")
    assert stands(small, "first").state == StepState.SENT_BACK
    assert set(Notice.objects.values_list("user__username", "text")) == {
        ("shifter1", "the path is personal"),
        ("coordinator1", "the path is personal"),
    }
    with pytest.raises(Conflict, match="not ready"):
        complete_step(small, "first", actor=cast.shifter)
    assert sign_state(small, DATA_MANAGEMENT) == SignState.SIGNED
    add_evidence(small, "shown", actor=cast.shifter, text="moved")
    assert sign_state(small) == SignState.ANSWERED
    assert stands(small, "first").state == StepState.OPEN


# --- what ends a signature ---


def lapse_of(campaign: Campaign, team: str = PRODUCTION) -> StepEvent:
    return StepEvent.objects.filter(campaign=campaign, verb=StepVerb.LAPSED, team=team).latest("number")


def test_more_evidence_ends_both_signatures_and_tells_the_signers_why(small: Campaign, cast: Cast):
    sign_both(small, "first", cast)
    seen = stands(small, "first").print
    Notice.objects.all().delete()
    add_evidence(small, "shown", actor=cast.shifter, text="more")
    lapsed = lapse_of(small)
    assert lapsed.note == "the evidence changed since it was signed"
    assert (lapsed.data["old"], lapsed.fingerprint) == (seen.fingerprint, stands(small, "first").print.fingerprint)
    assert lapsed.data["parts_old"] == dict(seen.parts)
    assert lapsed.actor is None
    told = Notice.objects.filter(subject__contains="lapsed").order_by("pk")
    assert [one.user for one in told] == [cast.production, cast.data_manager]
    assert told[0].text.startswith("The evidence changed since it was signed.")
    assert told[0].path == f"/campaigns/{small.slug}/steps/first/#sign"


def test_a_signature_that_lapsed_is_told_once(small: Campaign, cast: Cast):
    sign_both(small, "first", cast)
    for text in ("more", "and more"):
        add_evidence(small, "shown", actor=cast.shifter, text=text)
    assert StepEvent.objects.filter(verb=StepVerb.LAPSED).count() == 2


def test_evidence_taken_back_ends_signatures_and_the_same_evidence_again_does_not_revive_them(small: Campaign, cast: Cast):
    add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    sign_both(small, "first", cast)
    seen = stands(small, "first").print.fingerprint
    take_back(small, "shown", actor=cast.shifter)
    add_evidence(small, "shown", actor=cast.shifter, text="ran clean")
    assert stands(small, "first").print.fingerprint == seen
    assert sign_state(small) == SignState.LAPSED
    sign(small, cast.production)
    assert sign_state(small) == SignState.SIGNED


def test_a_waiver_ends_signatures_and_ending_it_does_not_revive_them(small: Campaign, cast: Cast):
    sign_both(small, "first", cast)
    waive(small, "known", actor=cast.coordinator, reason="nobody knows")
    end_waiver(small, "known", actor=cast.coordinator)
    assert {sign_state(small, team) for team in Team} == {SignState.LAPSED}


def test_a_decision_does_not_end_signatures(small: Campaign, cast: Cast):
    sign_both(small, "first", cast)
    decide(small, "agreed", actor=cast.coordinator, is_agreed=True)
    assert sign_state(small) == SignState.SIGNED


def test_another_code_version_ends_the_signatures_bound_to_it(small: Campaign, cast: Cast, requester):
    walk_to(small, "second", cast)
    sign_both(small, "second", cast)
    add_request(small, asked_for(small, requester), actor=cast.coordinator)
    assert lapse_of(small).note == "the code version changed since it was signed"
    assert sign_state(small, step="first") == SignState.SIGNED


def test_another_jobscript_ends_the_signatures_bound_to_it_and_names_all_that_changed(small: Campaign, cast: Cast):
    walk_to(small, "second", cast)
    sign_both(small, "second", cast)
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.py:v2"}, actor=cast.shifter)
    assert lapse_of(small).note == "the jobscript changed since it was signed"


def test_another_jobscript_after_the_test_ends_its_signatures_blocks_what_follows_and_is_signed_again(campaign, cast):
    change_settings(campaign, {"jobscript_reference": "DUNE/jobs/reco.py:v1"}, actor=cast.shifter)
    walk_to(campaign, "validation", cast)
    change_settings(campaign, {"jobscript_reference": "DUNE/jobs/reco.py:v2"}, actor=cast.shifter)
    assert stands(campaign, "setup").state == StepState.COMPLETE
    assert stands(campaign, "test").state == StepState.LAPSED
    ready(campaign, "validation", cast)
    with pytest.raises(Conflict, match="Step 2, Test is not complete any more: a sign-off lapsed"):
        complete_step(campaign, "validation", actor=cast.shifter)
    change_settings(campaign, {"jobscript_reference": "DUNE/jobs/reco.py:v1"}, actor=cast.shifter)
    assert stands(campaign, "test").state == StepState.LAPSED
    sign_both(campaign, "test", cast)
    assert stands(campaign, "test").state == StepState.COMPLETE
    sign_both(campaign, "validation", cast)
    complete_step(campaign, "validation", actor=cast.shifter)


def test_of_a_complete_step_only_the_signature_that_lapsed_is_given_again(small: Campaign, cast: Cast):
    walk_to(small, "third", cast)
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.py:v2"}, actor=cast.shifter)
    with pytest.raises(Conflict, match="was completed"):
        add_evidence(small, "tried", actor=cast.shifter, text="again")
    sign(small, cast.production, step="second")
    with pytest.raises(Conflict, match="already"):
        sign(small, cast.production, step="second")
    assert stands(small, "second").state == StepState.LAPSED
    sign(small, cast.data_manager, DATA_MANAGEMENT, "second")
    assert stands(small, "second").state == StepState.COMPLETE


def test_a_step_refused_after_it_was_complete_stays_incomplete_whatever_changes_next(small: Campaign, cast: Cast):
    walk_to(small, "third", cast)
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.py:v2"}, actor=cast.shifter)
    for team, person in ((PRODUCTION, cast.production), (DATA_MANAGEMENT, cast.data_manager)):
        sign(small, person, team, "second", verdict="refuse", comment="not with v2")
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.py:v3"}, actor=cast.shifter)
    assert stands(small, "second").state == StepState.LAPSED
    ready(small, "third", cast)
    with pytest.raises(Conflict, match="Step 2, Second is not complete any more"):
        complete_step(small, "third", actor=cast.shifter)


def test_a_signature_of_a_finished_campaign_lapses_and_can_be_given_again(small: Campaign, cast: Cast):
    walk_to(small, "", cast)
    small.refresh_from_db()
    assert small.status == "finished"
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.py:v2"}, actor=cast.shifter)
    assert stands(small, "third").state == StepState.LAPSED
    sign_both(small, "third", cast)
    assert stands(small, "third").state == StepState.COMPLETE


def test_a_signature_of_a_cancelled_campaign_is_not_given_again(small: Campaign, cast: Cast):
    walk_to(small, "third", cast)
    change_settings(small, {"jobscript_reference": "DUNE/jobs/reco.py:v2"}, actor=cast.shifter)
    Campaign.objects.filter(pk=small.pk).update(status="cancelled")
    with pytest.raises(Conflict, match="is cancelled"):
        sign(small, cast.production, step="second")


def test_reopening_voids_signatures_and_tells_whose_they_were(small: Campaign, cast: Cast, make_user):
    walk_to(small, "third", cast)
    second = make_user("production2", Role.PRODUCTION)
    sign(small, second, step="third")
    Notice.objects.all().delete()
    event = reopen_step(small, "second", actor=cast.coordinator, reason="a site lost files")
    assert event.data["void"] == ["second production", "second data-management", "third production"]
    assert event.data["completed"] == ["second"]
    told = Notice.objects.values_list("user__username", flat=True)
    assert sorted(told) == ["datamanager1", "production1", "production2", "shifter1"]
    assert sign_state(small, step="second") == sign_state(small, step="third") == SignState.VOID
    assert sign_state(small, step="first") == SignState.SIGNED


def test_whose_signature_is_void_already_is_not_told_of_a_second_reopening(small: Campaign, cast: Cast, make_user):
    walk_to(small, "third", cast)
    second = make_user("production2", Role.PRODUCTION)
    sign(small, second, step="third")
    reopen_step(small, "second", actor=cast.coordinator, reason="a site lost files")
    Notice.objects.all().delete()
    reopen_step(small, "first", actor=cast.coordinator, reason="another plan")
    assert "production2" not in Notice.objects.values_list("user__username", flat=True)


def test_a_void_signature_does_not_keep_its_signer_from_signing_for_the_other_team(small, cast, make_user):
    both = make_user("both1", Role.PRODUCTION, Role.DATA_MANAGEMENT)
    fill(small, "first", cast)
    sign(small, both)
    sign(small, cast.data_manager, DATA_MANAGEMENT)
    complete_step(small, "first", actor=cast.shifter)
    reopen_step(small, "first", actor=cast.coordinator, reason="another plan")
    sign(small, both, DATA_MANAGEMENT)
    sign(small, cast.production)
    complete_step(small, "first", actor=cast.shifter)


# --- asking ---


def test_sign_offs_are_asked_for_once_by_whoever_works_in_the_campaign(small: Campaign, cast: Cast, outsider):
    for person in (outsider, cast.production):
        with pytest.raises(NotAllowed):
            ask_for_sign_offs(small, "first", actor=person)
    ask_for_sign_offs(small, "first", actor=cast.shifter, note="only the metadata are missing")
    with pytest.raises(Conflict, match="shifter1 asked for them"):
        ask_for_sign_offs(small, "first", actor=cast.coordinator)
    waiting = set(small.queue_items.filter(who__in=list(Team)).values_list("who", "words"))  # type: ignore[attr-defined]
    assert waiting == {
        ("production", "sign step 1, First, for production, or refuse"),
        ("data-management", "sign step 1, First, for data management, or refuse"),
    }


def test_asking_again_answers_a_refusal_where_no_evidence_had_to_change(cast: Cast) -> None:
    campaign = begin(cast)
    fill(campaign, "setup", cast)
    seen = stands(campaign, "setup").print.fingerprint
    sign_step(
        campaign, "setup", team="production", actor=cast.production, revision=seen, verdict="refuse",
        comment="Which machine is it on?",
    )  # fmt: skip
    assert stands(campaign, "setup").state == "sent-back"
    ask_for_sign_offs(campaign, "setup", actor=cast.shifter, note="dunegpvm03, as the settings say")
    step = stands(campaign, "setup")
    assert (step.state, step.signs[Team.PRODUCTION].state) == ("open", "answered")
    assert QueueItem.objects.filter(campaign=campaign, who="production").exists()
    with pytest.raises(Conflict, match="asked for them"):
        ask_for_sign_offs(campaign, "setup", actor=cast.shifter)
    sign_step(campaign, "setup", team="production", actor=cast.production, revision=seen)
    assert stands(campaign, "setup").signs[Team.PRODUCTION].state == "signed"
