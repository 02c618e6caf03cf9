"""Guard rails: a workflow in the wrong scope opens a red alert within one poll, blocks its step, and tells people once."""

from __future__ import annotations

import pytest

from campaigns.campaign_services import set_justin_purpose
from campaigns.models import Alert, StepEvent, StepVerb, StepWorkflow
from campaigns.services import watch_justin_campaign
from campaigns.steps.alerts import close_alert
from campaigns.steps.attaching import attach_workflow, detach_workflow
from campaigns.steps.facts import read_material
from campaigns.steps.guards import broken, keep_alerts
from campaigns.steps.loading import held, read_situation
from campaigns.steps.refreshing import look_again
from monitoring.models import JustinCampaign, Workflow
from monitoring.polling import Round
from monitoring.signals import polled
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from tests.campaigns.steps.walking import Cast, begin, stands, walk_to
from tests.factories import NOW, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


@pytest.fixture
def cast(shifter, production, data_manager, coordinator):
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast):
    """At the beginning of its test, with two justIN campaigns."""
    campaign = begin(cast)
    for justin_id in (401, 402):
        watch_justin_campaign(campaign, justin_id, actor=cast.coordinator)
    walk_to(campaign, "test", cast)
    Notice.objects.all().delete()
    return campaign


def breaches(campaign):
    situation = read_situation(campaign)
    return broken(situation.process, read_material(situation, NOW))


def attach(campaign, workflow, step="test", use="main"):
    return StepWorkflow.objects.create(campaign=campaign, workflow=workflow, step=step, use=use)


def a_round_of_the_poll():
    for _receiver, answer in polled.send_robust(sender=Round):
        assert not isinstance(answer, Exception), answer


def open_alerts(campaign):
    return Alert.objects.filter(campaign=campaign, closed_at=None)


@pytest.mark.parametrize(
    ("step", "scope", "breaks"),
    [
        ("test", "usertests", False),
        ("test", "hd-protodune", True),
        ("test", "", False),
        ("test", "USERTESTS", True),
        ("validation", "usertests", True),
        ("validation", "hd-protodune", False),
        ("validation", "", False),
        ("production", "usertests", True),
        ("production", "hd-protodune", False),
        ("setup", "usertests", False),
        ("close-out", "hd-protodune", False),
        ("no-such-step", "usertests", False),
    ],
)
def test_each_step_says_which_scope_contradicts_it(campaign, step, scope, breaks):
    for use in ("main", "small-run"):
        StepWorkflow.objects.all().delete()
        Workflow.objects.all().delete()
        attach(campaign, make_workflow(3206, scope_name=scope), step, use)
        assert bool(breaches(campaign)) is breaks


def test_a_title_says_what_is_wrong_and_what_would_be_right(campaign):
    attach(campaign, make_workflow(3206))
    attach(campaign, make_workflow(3302, scope_name="usertests"), "validation")
    assert [one.title for one in breaches(campaign)] == [
        "Workflow 3206 of step 2, Test, has the scope hd-protodune; tests run in usertests",
        "Workflow 3302 of step 3, Validation sample, has the scope usertests; only tests run there",
    ]


def test_an_endless_scope_still_makes_an_alert(campaign):
    attach(campaign, make_workflow(3206, scope_name="<b>" + "x" * 250))
    look_again([campaign])
    alert = open_alerts(campaign).get()
    assert alert.title.endswith("…; tests run in usertests")
    assert len(alert.title) <= 300


def test_an_alert_opens_within_one_poll_and_blocks_the_step(campaign, cast):
    attach(campaign, make_workflow(3206))
    a_round_of_the_poll()
    alert = open_alerts(campaign).get()
    assert (alert.step, alert.kind, alert.workflow.justin_id, alert.opened_at) == ("test", "scope", 3206, NOW)
    step = stands(campaign, "test")
    assert step.blocked_by == (alert.title,)
    assert not step.may_be_completed
    opened = StepEvent.objects.get(campaign=campaign, verb=StepVerb.ALERT_OPENED)
    assert (opened.step, opened.actor, opened.data) == (
        "test", None, {"alert": alert.pk, "workflow": 3206, "scope": "hd-protodune"},
    )  # fmt: skip


def test_the_shifter_and_the_coordinators_are_told_at_once_and_once(campaign, cast):
    attach(campaign, make_workflow(3206))
    a_round_of_the_poll()
    a_round_of_the_poll()
    notices = Notice.objects.filter(subject__contains="Workflow 3206")
    assert {one.user.username for one in notices} == {"shifter1", "coordinator1"}
    assert notices.count() == 2
    for one in notices:
        assert one.is_urgent
        assert one.path == "/campaigns/pdhd-reco-2026b/steps/test/"


def test_many_breaches_at_once_are_one_notice(campaign, cast):
    for number in range(30):
        attach(campaign, make_workflow(3200 + number))
    look_again([campaign])
    assert open_alerts(campaign).count() == 30
    notice = Notice.objects.get(user=cast.shifter)
    assert "30 workflows" in notice.subject
    assert "Workflow 3219" in notice.text
    assert "and 10 more" in notice.text
    assert "Workflow 3220" not in notice.text


def test_attaching_the_wrong_workflow_opens_the_alert_straight_away(campaign, cast):
    make_workflow(3206)
    attach_workflow(campaign, "test", 3206, actor=cast.shifter)
    assert open_alerts(campaign).count() == 1
    detach_workflow(campaign, 3206, actor=cast.shifter)
    alert = Alert.objects.get(campaign=campaign)
    assert (alert.closed_at, alert.closed_by) == (NOW, None)
    assert alert.closed_because == "workflow 3206, of scope hd-protodune, no longer contradicts the step"
    assert not stands(campaign, "test").blocked_by


def test_keeping_alerts_twice_with_what_was_read_before_opens_one(campaign):
    attach(campaign, make_workflow(3206))
    with held(campaign) as situation:
        material = read_material(situation, NOW)
        keep_alerts(campaign, situation.process, material)
        keep_alerts(campaign, situation.process, material)
    assert Alert.objects.filter(campaign=campaign).count() == 1


def test_a_scope_that_is_put_right_closes_the_alert(campaign):
    workflow = make_workflow(3206)
    attach(campaign, workflow)
    look_again([campaign])
    Workflow.objects.update(scope_name="usertests")
    look_again([campaign])
    assert not open_alerts(campaign).exists()
    closed = StepEvent.objects.get(campaign=campaign, verb=StepVerb.ALERT_CLOSED)
    assert closed.actor is None
    assert closed.data["scope"] == "hd-protodune"


def test_another_wrong_scope_is_another_alert(campaign):
    attach(campaign, make_workflow(3206))
    look_again([campaign])
    Workflow.objects.update(scope_name="vd-protodune")
    look_again([campaign])
    closed, opened = Alert.objects.filter(campaign=campaign).order_by("pk")
    assert closed.closed_because == "workflow 3206 has the scope vd-protodune now"
    assert "vd-protodune" in opened.title
    assert opened.is_open


def test_a_scope_that_is_not_known_any_more_closes_nothing(campaign):
    attach(campaign, make_workflow(3206))
    look_again([campaign])
    Workflow.objects.update(scope_name="")
    look_again([campaign])
    assert open_alerts(campaign).count() == 1


# --- workflows that are attached to no step ---


@pytest.fixture
def purposes(campaign, cast):
    for justin_id, purpose in ((401, "test"), (402, "production")):
        set_justin_purpose(campaign, JustinCampaign.objects.get(justin_id=justin_id), purpose, actor=cast.coordinator)


def test_what_a_justin_campaign_serves_for_is_guarded_too(campaign, purposes):
    make_workflow(3206, campaign=401)
    make_workflow(3207, campaign=401, scope_name="usertests")
    make_workflow(3208, campaign=401, scope_name="")
    make_workflow(3302, campaign=402, scope_name="usertests")
    make_workflow(3303, campaign=402)
    make_workflow(3304, campaign=None, scope_name="usertests")
    assert [(one.key, one.title) for one in breaches(campaign)] == [
        (
            (3206, "test"),
            "Workflow 3206 of justIN campaign 401, which serves for test, has the scope hd-protodune; tests run in usertests",
        ),
        (
            (3302, "production"),
            "Workflow 3302 of justIN campaign 402, which serves for production, has the scope usertests; only tests run there",
        ),
    ]


def test_a_workflow_of_a_step_is_judged_by_that_step_alone(campaign, purposes):
    attach(campaign, make_workflow(3302, campaign=402, scope_name="usertests"), "test")
    assert breaches(campaign) == []


def test_attaching_to_a_step_without_guard_is_no_way_round(campaign, purposes):
    attach(campaign, make_workflow(3302, campaign=402, scope_name="usertests"), "setup")
    assert [one.key for one in breaches(campaign)] == [(3302, "production")]


def test_a_purpose_of_another_campaign_means_nothing_here(campaign, cast, purposes):
    other = begin(cast, "pdvd-reco-2026a")
    watch_justin_campaign(other, 401, actor=cast.coordinator)
    make_workflow(3206, campaign=401)
    assert breaches(other) == []
    assert len(breaches(campaign)) == 1


def test_taking_the_purpose_back_closes_what_it_opened(campaign, cast, purposes):
    make_workflow(3206, campaign=401)
    look_again([campaign])
    assert open_alerts(campaign).count() == 1
    set_justin_purpose(campaign, JustinCampaign.objects.get(justin_id=401), "", actor=cast.coordinator)
    assert not open_alerts(campaign).exists()


@pytest.mark.parametrize("n", [1, 40])
def test_what_is_read_for_rules_and_guards_takes_the_same_queries(campaign, purposes, n, django_assert_num_queries):
    for number in range(n):
        attach(campaign, make_workflow(3000 + number, campaign=402))
        make_workflow(4000 + number, campaign=401)
    situation = read_situation(campaign)
    with django_assert_num_queries(16):
        material = read_material(situation, NOW)
    with django_assert_num_queries(0):
        assert len(broken(situation.process, material)) == 2 * n


# --- closing by hand ---


@pytest.fixture
def alert(campaign):
    attach(campaign, make_workflow(3206))
    look_again([campaign])
    return open_alerts(campaign).get()


def test_a_coordinator_closes_an_alert_with_a_reason_and_it_stays_closed(campaign, cast, alert):
    close_alert(alert, actor=cast.coordinator, reason="The group's own scope is used for this test.")
    assert not stands(campaign, "test").blocked_by
    look_again([campaign])
    kept = Alert.objects.get(campaign=campaign)
    assert (kept.closed_by, kept.closed_because) == (cast.coordinator, "The group's own scope is used for this test.")
    act = StepEvent.objects.get(campaign=campaign, verb=StepVerb.ALERT_CLOSED)
    assert (act.actor, act.step, act.data["workflow"], act.data["scope"]) == (cast.coordinator, "test", 3206, "hd-protodune")


def test_what_was_closed_by_hand_is_another_breach_in_another_scope_or_step(campaign, cast, alert):
    close_alert(alert, actor=cast.coordinator, reason="Agreed.")
    Workflow.objects.update(scope_name="vd-protodune")
    look_again([campaign])
    assert open_alerts(campaign).get().step == "test"
    Workflow.objects.update(scope_name="usertests")
    StepWorkflow.objects.update(step="validation")
    look_again([campaign])
    assert open_alerts(campaign).get().step == "validation"


def test_only_coordinators_close_alerts(campaign, cast, alert, requester, outsider):
    for person in (cast.shifter, cast.production, cast.data_manager, requester, outsider):
        with pytest.raises(NotAllowed):
            close_alert(alert, actor=person, reason="It is fine.")
    assert open_alerts(campaign).count() == 1


@pytest.mark.parametrize("reason", ["", "  \0 ", "x" * 5_001])
def test_closing_needs_a_reason_that_can_be_read(campaign, cast, alert, reason):
    with pytest.raises(Invalid):
        close_alert(alert, actor=cast.coordinator, reason=reason)
    assert open_alerts(campaign).count() == 1


def test_whoever_closes_second_is_told_who_was_first(campaign, cast, alert):
    seen_before = Alert.objects.get(pk=alert.pk)
    close_alert(alert, actor=cast.coordinator, reason="Agreed.")
    with pytest.raises(Conflict, match=r"coordinator1 closed it on 2026-11-23 at 18:42 UTC: Agreed\."):
        close_alert(seen_before, actor=cast.coordinator, reason="Mine.")
