"""What the poll noticed is told in the logs of the campaigns it concerns: once each, also when nobody listened for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.log.of_monitoring import catch_up
from campaigns.models import Campaign, CampaignStatus, LogEntry, LogFollowed, StepWorkflow
from campaigns.services import register_workflow
from monitoring.announcing import announce
from monitoring.models import MonitoringEvent, Verb, Workflow
from monitoring.polling import poll_round
from tests.factories import Jobs, make_campaign, make_tally, make_workflow
from tests.replay import Replay

pytestmark = pytest.mark.django_db


def changed(workflow: Workflow, old: str, new: str, *, is_read: bool = True, **fields: object) -> MonitoringEvent:
    """As a listing and, unless it is still to come, the reading after it leave it."""
    values = {"state": new, "read_state": new if is_read else old} | fields
    Workflow.objects.filter(pk=workflow.pk).update(**values)
    return announce(Verb.STATE_CHANGED, workflow=workflow, old=old, new=new)


def told(campaign: Campaign) -> list[tuple[str, str]]:
    return list(LogEntry.objects.filter(campaign=campaign).order_by("number").values_list("topic", "state"))


def test_a_poll_of_what_justin_answered_tells_of_every_workflow_it_found_once(recorded: Replay, watch, campaign: Campaign):
    watch(402)
    poll_round()
    found = LogEntry.objects.filter(campaign=campaign, topic="workflow-found")
    assert found.count() == Workflow.objects.count() == 25
    numbers = list(LogEntry.objects.filter(campaign=campaign).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    LogFollowed.objects.update(last_event=0)
    assert catch_up() == 0, "telling all of it again tells nothing twice"
    poll_round()
    assert LogEntry.objects.filter(campaign=campaign, topic="workflow-found").count() == 25


def test_what_happened_while_nobody_listened_is_told_with_the_next_poll(campaign: Campaign):
    workflow = make_workflow(3206)
    announce(Verb.WORKFLOW_FOUND, workflow=workflow, state="running")
    assert told(campaign) == []
    assert catch_up() == 1
    entry = LogEntry.objects.get()
    assert entry.body == (
        "Workflow #3206 was found in justIN, submitted by shifter1: running. “PDHD reco, part 3206” Scope hd-protodune."
    )
    assert list(entry.references.values_list("kind", "value")) == [("workflow", "3206")]
    assert entry.happened_at == MonitoringEvent.objects.get().at
    assert catch_up() == 0


def test_a_finish_waits_for_the_reading_and_then_tells_its_numbers(campaign: Campaign):
    workflow = make_workflow(3206, state="running", files=(350, 350))
    event = changed(workflow, "running", "finished", is_read=False)
    assert catch_up() == 0
    make_tally(
        workflow, [Jobs("CERN", "finished", 348), Jobs("UK_Brunel", "script-error", 13, code=65)],
        n_output_files=348, output_bytes=1_200_000_000_000,
    )  # fmt: skip
    Workflow.objects.filter(pk=workflow.pk).update(read_state="finished", seen_finished_at=event.at)
    assert catch_up() == 1
    entry = LogEntry.objects.get()
    assert entry.body == (
        "Workflow #3206 finished: 350 of 350 files processed; 361 jobs ended, 348 with exit code 0; "
        "348 output files, 1.2 TB; 13 of 13 errors are exit 65 at UK_Brunel."
    )
    assert (entry.topic, entry.state, entry.data["n_good"]) == ("workflow-finished", "ok", 348)
    announce(Verb.FINALLY_READ, workflow=workflow)
    assert catch_up() == 0, "the last reading said the same"


def test_numbers_that_came_after_the_finish_are_told_by_the_last_reading(campaign: Campaign):
    workflow = make_workflow(3206, files=(340, 350))
    make_tally(workflow, [Jobs("CERN", "finished", 340)])
    changed(workflow, "running", "finished", seen_finished_at=timezone.now())
    catch_up()
    assert LogEntry.objects.get().state == "warning", "ten files were never processed"
    workflow.tally.n_ended, workflow.tally.n_stalled = 350, 10
    workflow.tally.save()
    announce(Verb.FINALLY_READ, workflow=workflow)
    assert catch_up() == 1
    last = LogEntry.objects.latest("number")
    assert last.body == (
        "Workflow #3206 was read for the last time: jobs ended 350 (told before: 340), stalled 10 (told before: 0)."
    )


def test_a_workflow_that_had_finished_before_it_was_found_is_told_with_its_numbers(campaign: Campaign):
    workflow = make_workflow(3206, state="finished", files=(350, 350), seen_finished_at=timezone.now())
    make_tally(workflow, [Jobs("CERN", "finished", 350)])
    announce(Verb.WORKFLOW_FOUND, workflow=workflow, state="finished")
    announce(Verb.FINALLY_READ, workflow=workflow)
    catch_up()
    assert told(campaign) == [("workflow-found", "ok"), ("workflow-finished", "ok")]


def test_a_pause_by_justin_is_one_fact_however_it_is_noticed(campaign: Campaign):
    workflow = make_workflow(3206)
    changed(workflow, "running", "paused", is_read=False)
    assert catch_up() == 0, "who paused it is known once its events were read"
    announce(Verb.AUTO_PAUSED, workflow=workflow, at=timezone.now() - timedelta(minutes=7))
    Workflow.objects.update(read_state="paused")
    assert catch_up() == 1
    entry = LogEntry.objects.get()
    assert (entry.topic, entry.state, entry.data) == ("paused", "paused", {"by": "justIN"})
    assert "paused by justIN: too many of its jobs" in entry.body
    assert catch_up() == 0


def test_a_pause_without_such_an_event_is_by_a_person_and_resuming_is_told(campaign: Campaign):
    workflow = make_workflow(3206)
    announce(Verb.AUTO_PAUSED, workflow=workflow, at=timezone.now() - timedelta(days=3))  # of an earlier pause
    changed(workflow, "paused", "running")
    changed(workflow, "running", "paused")
    changed(workflow, "paused", "running")
    catch_up()
    entries = LogEntry.objects.order_by("number")
    assert [(one.topic, one.data.get("by", "")) for one in entries] == [
        ("paused", "justIN"), ("resumed", ""), ("paused", "a person"), ("resumed", ""),
    ]  # fmt: skip


def test_who_paused_is_not_waited_for_without_end(campaign: Campaign):
    workflow = make_workflow(3206)
    changed(workflow, "running", "paused", is_read=False)
    assert catch_up() == 0
    assert catch_up(timezone.now() + timedelta(hours=2)) == 1


def test_what_waits_does_not_hold_up_what_comes_after_it(campaign: Campaign):
    changed(make_workflow(3206), "running", "finished", is_read=False)
    announce(Verb.WORKFLOW_FOUND, workflow=make_workflow(3207), state="submitted")
    assert catch_up() == 1
    Workflow.objects.update(read_state="finished")
    assert catch_up() == 1
    assert [topic for topic, _state in told(campaign)] == ["workflow-found", "workflow-finished"]


def test_a_draft_that_was_submitted_and_a_registered_one_that_is_listed_are_told(campaign: Campaign):
    changed(make_workflow(3206, state="draft"), "draft", "submitted")
    registered = make_workflow(3207, campaign=None, state="")
    register_workflow(campaign, 3207, actor=None)
    changed(registered, "", "running")
    catch_up()
    assert told(campaign) == [("workflow-submitted", "running"), ("workflow-found", "running")]


def test_a_site_that_went_bad_and_recovered_is_told_with_its_numbers(campaign: Campaign):
    workflow = make_workflow(3206)
    announce(
        Verb.SITE_BAD, workflow=workflow, note="UK_Brunel: 13 of 14 jobs failed; elsewhere 4 of 300", site="UK_Brunel", ended=14
    )
    announce(
        Verb.SITE_RECOVERED, workflow=workflow, note="UK_Brunel: 13 of 80 jobs failed; elsewhere 4 of 300", site="UK_Brunel"
    )
    catch_up()
    bad, well = LogEntry.objects.order_by("number")
    assert bad.body == ("UK_Brunel does badly in workflow #3206: 13 of 14 jobs failed; elsewhere 4 of 300.")
    assert set(bad.references.values_list("kind", "value")) == {("workflow", "3206"), ("site", "UK_Brunel")}
    assert (bad.state, well.state, well.topic) == ("bad", "ok", "site-recovered")


def test_an_outage_of_justin_is_one_entry_in_every_campaign_that_goes_on(campaign: Campaign):
    other, idle = make_campaign("fd-sim-2026a", 403), make_campaign("nothing-watched")
    over = make_campaign("long-ago", 404, status=CampaignStatus.FINISHED)
    lost = announce(Verb.READING_FAILED, note="justIN did not answer within 90 s")
    after = lost.at + timedelta(minutes=16)
    assert catch_up(after) == 2, "told while justIN is still away"
    assert catch_up(after) == 0
    assert LogEntry.objects.filter(campaign=other).latest("number").happened_at == lost.at, "since when it is lost"
    later = make_campaign("begun-meanwhile", 405)
    announce(Verb.READING_RECOVERED, at=lost.at + timedelta(minutes=25))
    catch_up()
    for one in (campaign, other):
        assert told(one) == [("justin-lost", "bad"), ("justin-found", "ok")]
    assert LogEntry.objects.filter(campaign=other).latest("number").body == "The portal found justIN again, after 25 min."
    for one in (idle, over, later):
        assert told(one) == []


def test_a_short_outage_leaves_no_entry_and_what_came_meanwhile_is_told_at_once(campaign: Campaign):
    lost = announce(Verb.READING_FAILED, note="time ran out")
    announce(Verb.WORKFLOW_FOUND, workflow=make_workflow(3206), state="running")
    assert catch_up(lost.at + timedelta(minutes=14)) == 1
    announce(Verb.READING_RECOVERED, at=lost.at + timedelta(minutes=14))
    for minutes in (14, 16, 600):
        assert catch_up(lost.at + timedelta(minutes=minutes)) == 0
    assert told(campaign) == [("workflow-found", "running")]
    assert LogFollowed.objects.get().last_event == MonitoringEvent.objects.latest("pk").pk


def test_each_outage_is_judged_by_its_own_length(campaign: Campaign):
    Campaign.objects.update(created_at=timezone.now() - timedelta(days=1))
    first = announce(Verb.READING_FAILED, at=timezone.now() - timedelta(hours=5))
    announce(Verb.READING_RECOVERED, at=first.at + timedelta(minutes=3))
    announce(Verb.READING_FAILED, at=first.at + timedelta(hours=1))
    announce(Verb.READING_RECOVERED, at=first.at + timedelta(hours=2))
    catch_up()
    assert told(campaign) == [("justin-lost", "bad"), ("justin-found", "ok")]
    assert LogEntry.objects.latest("number").body == "The portal found justIN again, after 1 h."


def test_how_long_justin_is_away_before_it_is_told_is_a_setting(campaign: Campaign, settings):
    settings.LOG_LOST_AFTER_MINUTES = 0
    announce(Verb.READING_FAILED, note="time ran out")
    assert catch_up() == 1


def test_justin_that_stays_away_is_told_by_rounds_that_fail_and_by_those_that_wait(
    recorded: Replay, watch, campaign: Campaign, settings
):
    settings.JUSTIN_URL = "http://127.0.0.1:9"  # nobody answers there
    Campaign.objects.update(created_at=timezone.now() - timedelta(days=1))
    watch(402)
    assert poll_round().failures
    assert told(campaign) == []
    long_ago = timezone.now() - timedelta(minutes=20)
    MonitoringEvent.objects.update(at=long_ago)
    assert "not asked before" in poll_round().skipped
    assert told(campaign) == [("justin-lost", "bad")]
    assert LogEntry.objects.get().happened_at == long_ago
    assert poll_round(everything=True).failures
    assert told(campaign) == [("justin-lost", "bad")]


def test_one_campaigns_reading_that_fails_is_no_outage_of_justin(campaign: Campaign):
    workflow = make_workflow(3206)
    announce(Verb.READING_FAILED, workflow=workflow, note="no rows")
    announce(Verb.READING_FAILED, justin_campaign=workflow.justin_campaign, note="no listing")
    assert catch_up() == 0


def test_an_entry_belongs_to_the_step_its_workflow_was_run_for(campaign: Campaign):
    workflow = make_workflow(3206)
    StepWorkflow.objects.create(campaign=campaign, workflow=workflow, step="validation")
    announce(Verb.WORKFLOW_FOUND, workflow=workflow, state="running")
    announce(Verb.WORKFLOW_FOUND, workflow=make_workflow(3207), state="running")
    announce(Verb.WORKFLOW_FOUND, workflow=make_workflow(3208), state="running", at=timezone.now() - timedelta(days=9))
    catch_up()
    assert list(LogEntry.objects.order_by("number").values_list("step", flat=True)) == ["validation", "setup", ""]


def test_one_event_that_cannot_be_told_holds_nothing_up_and_is_tried_again(campaign: Campaign, monkeypatch):
    announce(Verb.WORKFLOW_FOUND, workflow=make_workflow(3206), state="running")
    announce(Verb.WORKFLOW_FOUND, workflow=make_workflow(3207), state="running")
    from campaigns.log import of_monitoring

    real = of_monitoring.note_fact

    def broken(campaign: Campaign, **how: object) -> object:
        if "3206" in str(how["fact"]):
            raise RuntimeError("no")
        return real(campaign, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(of_monitoring, "note_fact", broken)
    assert catch_up() == 1
    monkeypatch.undo()
    assert catch_up() == 1
    assert LogEntry.objects.count() == 2


def test_the_names_of_others_are_shown_as_they_stand(campaign: Campaign):
    workflow = make_workflow(3206, description="*big* [x](javascript:alert(1)) <b>", user_name="a_b")
    announce(Verb.WORKFLOW_FOUND, workflow=workflow, state="running")
    catch_up()
    from campaigns.log.rendering import Renderer

    entry = LogEntry.objects.get()
    shown = Renderer([entry]).body(entry)
    assert "*big* [x](javascript:alert(1)) &lt;b&gt;" in shown
    assert '<a href="/workflows/3206/" rel="noreferrer nofollow">#3206</a>' in shown
