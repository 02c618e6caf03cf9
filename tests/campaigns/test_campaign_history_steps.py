"""The history of a campaign's steps: each act in words with old and new values, what went round the rules in red."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.history import Timeline
from campaigns.models import Evidence, ProcessTemplate, StepEvent, StepVerb
from campaigns.services import watch_justin_campaign
from campaigns.steps import feedback
from campaigns.steps.attaching import attach_workflow, detach_workflow
from campaigns.steps.evidence import add_evidence
from campaigns.steps.process import content_hash, file_content
from campaigns.steps.refreshing import look_again
from campaigns.steps.services import complete_step, decide, end_waiver, move_template, reopen_step, take_back, waive
from campaigns.steps.signing import sign_step
from campaigns.steps.standing import short_print
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, begin, fill, ready, stands, walk_to
from tests.factories import NOW, make_service, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=True)]

HISTORY = "/campaigns/pdhd-reco-2026b/history"
SETUP = "/campaigns/pdhd-reco-2026b/steps/setup/"


@pytest.fixture
def cast(shifter, production, data_manager, coordinator) -> Cast:
    make_service()
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast):
    return begin(cast)


def newest(campaign, verb: StepVerb):
    return next(entry for entry in Timeline(campaign, campaign.appointments.get().user)[0:1000] if entry.verb == verb)


def changes(entry) -> list[tuple[str, str, str]]:
    return [(one.label, one.old, one.new) for one in entry.changes]


def page(client, query: str = "") -> str:
    answer = client.get(f"{HISTORY}/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_evidence_is_told_with_what_it_is_its_hash_and_where_it_stands(campaign, cast):
    add_evidence(
        campaign, "jobscript", actor=cast.shifter, file=SimpleUploadedFile("run.fcl", b"physics: {}\n"), text="As run."
    )
    entry = newest(campaign, StepVerb.EVIDENCE_ADDED)
    assert (entry.who, entry.about, entry.kind) == ("shifter1", "step 1, Set up", "steps")
    assert entry.what == "gave evidence for “The jobscript is prepared and recorded”"
    assert entry.path == f"{SETUP}#c-jobscript"
    assert changes(entry) == [("file", "", "run.fcl"), ("sha256", "", Evidence.objects.get().sha256)]
    assert (entry.note, entry.is_red) == ("As run.", False)


def test_a_long_text_is_cut_where_it_says_so(campaign, cast):
    add_evidence(campaign, "metadata-discussion", actor=cast.shifter, text="x" * 1000)
    assert newest(campaign, StepVerb.EVIDENCE_ADDED).note == "x" * 300 + "…"


def test_what_was_taken_back_says_how_much_counts_no_more(campaign, cast):
    for text in ("One.", "Two."):
        add_evidence(campaign, "metadata-discussion", actor=cast.shifter, text=text)
    take_back(campaign, "metadata-discussion", actor=cast.shifter, reason="Both wrong.")
    entry = newest(campaign, StepVerb.TAKEN_BACK)
    assert (changes(entry), entry.note) == ([("evidence that counts", "2 pieces", "")], "Both wrong.")


def test_decisions_say_for_or_against_and_at_which_meeting(campaign, cast):
    decide(campaign, "plan-agreed", actor=cast.coordinator, is_agreed=False, note="Fewer files.", meeting_on=date(2026, 11, 20))
    entry = newest(campaign, StepVerb.DECIDED)
    assert entry.what == "recorded the decision on “The plan is agreed at a meeting” at the meeting of 2026-11-20"
    assert (changes(entry), entry.note) == ([("decision", "", "not agreed")], "Fewer files.")
    decide(campaign, "plan-agreed", actor=cast.coordinator, is_agreed=True)
    assert changes(newest(campaign, StepVerb.DECIDED)) == [("decision", "", "agreed")]


def test_a_waiver_is_red_with_its_reason_and_its_end_is_not(client, campaign, cast):
    waive(campaign, "plan-drafted", actor=cast.coordinator, reason="It is on paper.")
    entry = newest(campaign, StepVerb.WAIVED)
    assert changes(entry) == [("state", "not met", "waived")]
    assert (entry.note, entry.alarm, entry.weight) == ("It is on paper.", "waived", "high")
    html = page(client)
    assert '<span class="status pill" data-state="bad">waived</span> coordinator1 waived “The plan for' in html
    assert f'<a href="{SETUP}#c-plan-drafted">step 1, Set up</a>' in html
    end_waiver(campaign, "plan-drafted", actor=cast.coordinator)
    assert newest(campaign, StepVerb.WAIVER_ENDED).is_red is False


def test_sign_offs_name_team_revision_and_comment_and_a_refusal_is_red(campaign, cast):
    fill(campaign, "setup", cast)
    seen = stands(campaign, "setup").print
    sign_step(campaign, "setup", team="production", actor=cast.production, revision=seen.fingerprint, comment="Good.")
    signed = newest(campaign, StepVerb.SIGNED)
    assert (signed.what, signed.kind, signed.note, signed.is_red) == ("signed for production", "sign-offs", "Good.", False)
    assert changes(signed)[0] == ("revision", "", seen.short)
    assert ("evidence", "", seen.parts["evidence"]) in changes(signed)
    sign_step(
        campaign, "setup", team="data-management", actor=cast.data_manager, revision=seen.short, verdict="refuse", comment="No."
    )
    refused = newest(campaign, StepVerb.REFUSED)
    assert (refused.what, refused.note, refused.alarm) == ("refused to sign for data management", "No.", "refused")


def test_a_lapse_says_why_and_what_each_part_was_and_is(client, campaign, cast):
    ready(campaign, "setup", cast)
    before = stands(campaign, "setup").print
    add_evidence(campaign, "working-directory", actor=cast.shifter, text="dunegpvm02:/exp/dune/app/users/dunepro/y")
    after = stands(campaign, "setup").print
    entry = newest(campaign, StepVerb.LAPSED)
    assert (entry.who, entry.kind) == ("the portal", "sign-offs")
    assert entry.what in ("let the sign-off for production lapse", "let the sign-off for data management lapse")
    assert entry.note == "the evidence changed since it was signed"
    assert changes(entry) == [
        ("revision", before.short, after.short),
        ("evidence", before.parts["evidence"], after.parts["evidence"]),
    ]
    assert f'<span class="visually-hidden">was </span>{before.short}</span> → {after.short}' in page(client, "?kind=sign-offs")


def test_the_jobscripts_hash_is_short_where_parts_differ(campaign, cast):
    campaign.jobscript_reference = "DUNE/dune-prod/reco.jobscript:v1"
    campaign.save()
    walk_to(campaign, "test", cast)
    ready(campaign, "test", cast)
    campaign.jobscript_reference = "DUNE/dune-prod/reco.jobscript:v2"
    campaign.save()
    look_again([campaign])
    ((_label, old, new),) = [one for one in changes(newest(campaign, StepVerb.LAPSED)) if one[0] == "jobscript"]
    assert len(old) == len(new) == 9
    assert old != new


def test_a_completed_step_says_what_did_not_plainly_hold(campaign, cast):
    ready(campaign, "setup", cast)
    complete_step(campaign, "setup", actor=cast.shifter)
    entry = newest(campaign, StepVerb.COMPLETED)
    assert (entry.what, entry.about, entry.path) == ("completed the step", "step 1, Set up", SETUP)
    assert ("The plan for the validation and the full sample is drafted", "", "waived") in changes(entry)
    assert ("The plan is agreed at a meeting", "", "met") not in changes(entry)


def test_reopening_is_red_and_names_every_step_and_sign_off_that_it_undid(client, campaign, cast):
    walk_to(campaign, "validation", cast)
    reopen_step(campaign, "setup", actor=cast.coordinator, reason="The plan changed.")
    entry = newest(campaign, StepVerb.REOPENED)
    assert (entry.alarm, entry.note) == ("reopened", "The plan changed.")
    assert changes(entry) == [
        ("step 1, Set up", "complete", "not complete"),
        ("step 2, Test", "complete", "not complete"),
        ("sign-off of step 1, Set up for production", "", "void"),
        ("sign-off of step 1, Set up for data management", "", "void"),
        ("sign-off of step 2, Test for production", "", "void"),
        ("sign-off of step 2, Test for data management", "", "void"),
    ]
    assert '<span class="status pill" data-state="bad">reopened</span> coordinator1 reopened the step' in page(client)


def test_feedback_is_told_from_the_question_to_the_answer(campaign, cast, requester):
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "validation", cast)
    told = newest(campaign, StepVerb.TOLD)
    assert told.what == "told the production team that the validation sample begins"
    assert changes(told) == [("people told", "", "1")]
    feedback.ask_feedback(campaign, actor=cast.shifter, note="Run 39252.")
    assert changes(newest(campaign, StepVerb.FEEDBACK_ASKED)) == [("due", "", "2026-11-30")]
    feedback.give_feedback(campaign, actor=requester, verdict="remarks", text="Fewer hits.")
    entry = newest(campaign, StepVerb.FEEDBACK_GIVEN)
    assert (changes(entry), entry.note) == ([("answer", "", "yes, with remarks")], "Fewer hits.")


def test_going_on_without_a_reply_is_red(campaign, cast, requester, time_machine):
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "validation", cast)
    feedback.ask_feedback(campaign, actor=cast.shifter)
    time_machine.move_to(NOW + timedelta(days=9))
    feedback.skip_feedback(campaign, actor=cast.coordinator, reason="Nobody is there.")
    entry = newest(campaign, StepVerb.FEEDBACK_SKIPPED)
    assert (entry.alarm, entry.note) == ("without a reply", "Nobody is there.")


def test_workflows_attached_and_detached_and_alerts_they_raise(campaign, cast):
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    make_workflow(3206, campaign=402)
    walk_to(campaign, "test", cast)
    attach_workflow(campaign, "test", 3206, actor=cast.shifter)
    attached = newest(campaign, StepVerb.WORKFLOW_ATTACHED)
    assert (attached.what, attached.about, changes(attached)) == (
        "attached workflow 3206", "step 2, Test", [("use", "", "of the step itself")],
    )  # fmt: skip
    alert = newest(campaign, StepVerb.ALERT_OPENED)
    assert (alert.who, alert.kind, alert.alarm) == ("the portal", "alerts", "guard broken")
    assert "3206" in alert.note
    assert "hd-protodune" in alert.note
    detach_workflow(campaign, 3206, actor=cast.shifter, reason="The wrong one.")
    detached = newest(campaign, StepVerb.WORKFLOW_DETACHED)
    assert (changes(detached), detached.note) == ([("use", "of the step itself", "")], "The wrong one.")
    closed = newest(campaign, StepVerb.ALERT_CLOSED)
    assert (closed.kind, closed.is_red) == ("alerts", False)
    assert closed.changes[0].new == "closed"


def test_facts_say_what_was_seen_first_and_from_what_to_what_they_changed(campaign, cast, requester):
    look_again([campaign])
    accepted(requester, cast.coordinator, campaign)
    look_again([campaign])
    entries = Timeline(campaign, cast.shifter)[0:1000]
    *_, change, first = [one for one in entries if one.path.endswith("#c-request-complete")]
    assert (first.who, first.what) == ("the portal", "first looked at “The request is complete: all eight items”")
    assert changes(first) == [("state", "", "not met")]
    assert change.what == "saw a change in “The request is complete: all eight items”"
    assert changes(change) == [("state", "not met", "met")]
    assert change.note


def test_a_move_to_another_template_lists_each_difference(campaign, cast):
    content = {**file_content(), "version": 99}
    steps = [{**step, "criteria": [dict(one) for one in step["criteria"]]} for step in content["steps"]]
    steps[0]["criteria"][0]["text"] = "The request is whole"
    content["steps"] = steps
    ProcessTemplate.objects.create(number=99, content=content, sha256=content_hash(content))
    move_template(campaign, 99, actor=cast.coordinator, reason="As decided.")
    entry = newest(campaign, StepVerb.TEMPLATE_MOVED)
    assert (entry.what, entry.about, entry.path) == (
        "moved to template 99", "steps", "/campaigns/pdhd-reco-2026b/steps/",
    )  # fmt: skip
    assert changes(entry) == [
        ("template", "1", "99"),
        ("Set up · request-complete · text", "The request is complete: all eight items", "The request is whole"),
    ]


def test_csv_and_json_carry_the_weight(client, campaign, cast):
    waive(campaign, "plan-drafted", actor=cast.coordinator, reason="It is on paper.")
    rows = list(csv.DictReader(io.StringIO(client.get(f"{HISTORY}.csv?kind=steps").content.decode())))
    waived = next(row for row in rows if row["what"].startswith("waived"))
    assert (waived["weight"], waived["old"], waived["new"]) == ("high", "not met", "waived")
    assert {row["weight"] for row in rows if row is not waived} == {"normal"}
    told = client.get(f"{HISTORY}.json?kind=steps").json()["entries"]
    assert [one["weight"] for one in told if one["verb"] == "waived"] == ["high"]
    assert told[0]["path"].startswith(SETUP)


def test_what_an_older_or_newer_portal_kept_breaks_nothing(client, campaign, cast):
    """Rows stay for ever: keys that are gone from the template, values of another shape, verbs of a later version."""
    number = StepEvent.objects.filter(campaign=campaign).count()
    odd = {"changes": [["x"], "y", None], "parts": [1], "criteria": "?", "void": ["gone"], "completed": [7], "evidence": 3}
    for verb in [*StepVerb.values, "dreamt"]:
        for data in ({}, odd, []):
            number += 1
            StepEvent.objects.create(
                campaign=campaign, number=number, verb=verb, step="gone", criterion="gone", team="gone", data=data
            )
    html = page(client)
    assert "“gone”" in html
    assert client.get(f"{HISTORY}.csv").status_code == 200
    entries = client.get(f"{HISTORY}.json").json()["entries"]
    assert {"dreamt"} <= {one["verb"] for one in entries}


def test_what_people_typed_is_shown_as_typed(client, campaign, cast):
    waive(campaign, "plan-drafted", actor=cast.coordinator, reason="<script>alert(1)</script>")
    html = page(client)
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_short_prints_are_the_ones_of_the_step_page(campaign, cast):
    ready(campaign, "setup", cast)
    assert changes(newest(campaign, StepVerb.SIGNED))[0][2] == short_print(stands(campaign, "setup").print.fingerprint)
