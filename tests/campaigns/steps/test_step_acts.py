"""The forms of a step's page: what they do, where they lead, and what is kept of what was typed when they are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from campaigns import campaign_services
from campaigns.models import Campaign, CampaignStatus, Evidence, StepEvent, StepVerb, StepWorkflow, Team
from campaigns.services import watch_justin_campaign
from campaigns.steps.evidence import add_evidence
from campaigns.steps.feedback import ask_feedback
from campaigns.steps.loading import read_situation
from campaigns.steps.services import complete_step, waive
from campaigns.steps.signing import sign_step
from campaigns.steps.states import CriterionState, SignState, StepState
from portal.models import User
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import (
    SMALL_NEXT,
    Cast,
    fill,
    keep_template,
    ready,
    stands,
    walk_to,
)
from tests.factories import make_service, make_workflow

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


def at(campaign: Campaign, below: str) -> str:
    return f"/campaigns/{campaign.slug}/steps/{below}"


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).replace("&#x27;", "'").split())


def state_of(campaign: Campaign, criterion: str) -> CriterionState:
    found = read_situation(campaign).standing.of_criterion(criterion)
    assert found is not None
    return found[1].state


def signature(revision: str, team: str = "production", verdict: str = "approve", comment: str = "") -> dict[str, str]:
    return {"team": team, "verdict": verdict, "revision": revision, "comment": comment}


# --- what they do ---


def test_evidence_meets_a_criterion_and_leads_back_to_it(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    client = client_of(cast.shifter)
    answer = client.post(at(small, "first/shown/evidence/"), {"text": "dunegpvm03, exit 0"})
    assert answer.headers["Location"] == at(small, "first/#c-shown")
    assert state_of(small, "shown") is CriterionState.MET
    assert "Your evidence is there." in text(client.get(at(small, "first/")))


def test_a_file_is_kept_as_evidence_and_served_only_as_a_download(
    client: Client, client_of: ClientOf, small: Campaign, cast: Cast
) -> None:
    file = SimpleUploadedFile("run.txt", b"<script>alert(1)</script>")
    client_of(cast.shifter).post(at(small, "first/shown/evidence/"), {"text": "", "file": file})
    kept = Evidence.objects.get()
    answer = client.get(f"/evidence/{kept.pk}/")
    assert answer.getvalue() == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="run.txt"'
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_file_that_is_gone_and_evidence_that_is_no_file_are_not_found(client: Client, small: Campaign, cast: Cast) -> None:
    kept = add_evidence(small, "shown", actor=cast.shifter, file=SimpleUploadedFile("run.txt", b"exit 0"))
    said = add_evidence(small, "shown", actor=cast.shifter, text="exit 0")
    kept.file.storage.delete(kept.file.name)
    assert client.get(f"/evidence/{kept.pk}/").status_code == 404
    assert client.get(f"/evidence/{said.pk}/").status_code == 404
    assert client.get("/evidence/99999/").status_code == 404


def test_files_are_read_by_those_who_see_the_campaign(
    client: Client, client_of: ClientOf, small: Campaign, cast: Cast, settings: Any, outsider: User
) -> None:
    kept = add_evidence(small, "shown", actor=cast.shifter, file=SimpleUploadedFile("run.txt", b"exit 0"))
    settings.PUBLIC_READ = False
    assert client.get(f"/evidence/{kept.pk}/").headers["Location"].startswith("/accounts/login/")
    assert client_of(outsider).get(f"/evidence/{kept.pk}/").status_code == 200


def test_evidence_is_taken_back(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    add_evidence(small, "shown", actor=cast.shifter, text="exit 0")
    answer = client_of(cast.shifter).post(at(small, "first/shown/take-back/"), {"reason": "it was 1"})
    assert answer.headers["Location"] == at(small, "first/#c-shown")
    assert state_of(small, "shown") is CriterionState.NOT_MET


def test_a_decision_is_recorded_with_the_day_of_its_meeting(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    on = timezone.localdate() - timedelta(days=1)
    sent = {"verdict": "agreed", "meeting_on": on.isoformat(), "note": ""}
    client_of(cast.coordinator).post(at(small, "first/agreed/decision/"), sent)
    act = StepEvent.objects.get(verb=StepVerb.DECIDED)
    assert act.data["meeting_on"] == on.isoformat()
    assert state_of(small, "agreed") is CriterionState.MET


def test_a_criterion_is_waived_and_asked_for_again(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    client = client_of(cast.coordinator)
    client.post(at(small, "first/known/waive/"), {"reason": "Nobody can know."})
    assert state_of(small, "known") is CriterionState.WAIVED
    client.post(at(small, "first/known/waive/end/"), {"reason": ""})
    assert state_of(small, "known") is CriterionState.NOT_AVAILABLE


def test_all_that_is_not_available_is_waived_for_one_reason(client_of: ClientOf, campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "test", cast)
    client = client_of(cast.coordinator)
    answer = client.post(at(campaign, "test/waive/"), {"reason": "Looked at by hand."}, follow=True)
    assert "waived, with your reason in the history" in text(answer)
    assert CriterionState.NOT_AVAILABLE not in {one.state for one in stands(campaign, "test").criteria}


def test_one_click_signs_what_stood_on_the_page(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    client = client_of(cast.production)
    html = client.get(at(small, "first/")).content.decode()
    form = re.search(r'<form class="at-once"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', html, re.S)
    assert form is not None
    sent = dict(re.findall(r'name="(team|verdict|revision)" value="([^"]*)"', form[2]))
    answer = client.post(form[1], sent)
    assert answer.headers["Location"] == at(small, "first/#sign")
    sign = stands(small, "first").signs[Team.PRODUCTION]
    assert (sign.state, sign.act.actor_name if sign.act else "") == (SignState.SIGNED, "production1")


def test_a_step_is_refused_with_a_comment(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    seen = stands(small, "first").print.fingerprint
    client_of(cast.production).post(at(small, "first/sign/"), signature(seen, verdict="refuse", comment="Which machine?"))
    assert stands(small, "first").state is StepState.SENT_BACK


def test_both_teams_are_asked_before_the_rest_is_there(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    client = client_of(cast.shifter)
    client.post(at(small, "first/ask/"), {"note": "I am away till Monday."})
    html = text(client.get(at(small, "first/")))
    assert "shifter1 asked for them just now although something else is missing: “I am away till Monday.”" in html


def test_a_step_is_completed_and_the_page_says_what_is_next(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    ready(small, "first", cast)
    answer = client_of(cast.shifter).post(at(small, "first/complete/"), follow=True)
    assert "Step 1 is complete. Next: step 2, Second." in text(answer)
    assert stands(small, "second").is_open


def test_after_the_last_step_the_campaign_is_finished_and_takes_nothing_more(
    client_of: ClientOf, small: Campaign, cast: Cast
) -> None:
    walk_to(small, "third", cast)
    ready(small, "third", cast)
    client = client_of(cast.coordinator)
    answer = client.post(at(small, "third/complete/"), follow=True)
    assert "Step 3 is complete. pdhd-small is finished." in text(answer)
    small.refresh_from_db()
    assert small.status == CampaignStatus.FINISHED
    html = client.get(at(small, "third/")).content.decode()
    assert re.findall(r'action="[^"]*/steps/third/([^"]*)"', html) == ["reopen/"]


def test_a_step_is_reopened_with_a_reason(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    walk_to(small, "second", cast)
    client_of(cast.coordinator).post(at(small, "first/reopen/"), {"reason": "A slice was forgotten."})
    assert stands(small, "first").is_open
    assert not stands(small, "second").is_open


def test_workflows_are_attached_by_choice_or_number_and_detached(client_of: ClientOf, campaign: Campaign, cast: Cast) -> None:
    make_service()
    walk_to(campaign, "test", cast)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    make_workflow(3302, scope_name="usertests")
    make_workflow(3303, scope_name="usertests")
    client = client_of(cast.shifter)
    answer = client.post(at(campaign, "test/workflows/"), {"workflow": "3302", "other": "", "use": "main"})
    assert answer.headers["Location"] == at(campaign, "test/#workflows")
    client.post(at(campaign, "test/workflows/"), {"workflow": "", "other": "3303", "use": "small-run"})
    assert {(one.workflow.justin_id, one.use) for one in StepWorkflow.objects.all()} == {(3302, "main"), (3303, "small-run")}
    client.post(at(campaign, "test/workflows/3302/detach/"))
    assert [one.workflow.justin_id for one in StepWorkflow.objects.all()] == [3303]
    answer = client.post(at(campaign, "setup/workflows/3303/detach/"))
    assert answer.status_code == 409
    assert "Workflow 3303 is attached to another step." in text(answer)


@pytest.fixture
def validating(coordinator: User, requester: User, cast: Cast) -> Campaign:
    """In the validation step, for a request of requester1."""
    campaign = accepted(requester, coordinator, campaign_name="pdvd-reco-2026c").campaigns.get()
    campaign_services.appoint(campaign, cast.shifter, actor=coordinator)
    walk_to(campaign, "validation", cast)
    return campaign


def test_the_requester_is_asked_and_answers(client_of: ClientOf, validating: Campaign, cast: Cast, requester: User) -> None:
    due = timezone.localdate() + timedelta(days=3)
    sent = {"due_on": due.isoformat(), "note": "Run 39252."}
    answer = client_of(cast.shifter).post(at(validating, "validation/feedback/ask/"), sent, follow=True)
    assert f"The requester is asked, until {due.isoformat()}. The campaign is paused." in text(answer)
    client = client_of(requester)
    answer = client.post(at(validating, "validation/feedback/"), {"verdict": "no", "text": ""})
    assert answer.status_code == 400
    assert "Say what should change." in text(answer)
    answer = client.post(at(validating, "validation/feedback/"), {"verdict": "remarks", "text": "Keep the ntuples."})
    assert answer.headers["Location"] == at(validating, "validation/#feedback")
    assert "requester1 says yes, with remarks" in text(client.get(at(validating, "validation/")))


def test_a_coordinator_goes_on_without_a_reply_only_once_it_is_overdue(
    client_of: ClientOf, validating: Campaign, cast: Cast, time_machine: Any
) -> None:
    ask_feedback(validating, actor=cast.shifter)
    skip = at(validating, "validation/feedback/skip/")
    answer = client_of(cast.coordinator).post(skip, {"reason": "They are on a ship."})
    assert answer.status_code == 409
    assert "The requester has until" in text(answer)
    time_machine.move_to(timezone.now() + timedelta(days=8), tick=False)
    client_of(cast.coordinator).post(skip, {"reason": "They are on a ship."})
    html = text(client_of(cast.coordinator).get(at(validating, "validation/")))
    assert "coordinator1 went on without a reply just now : “They are on a ship.”" in html


# --- what is refused ---


def test_a_refused_form_is_shown_again_with_what_was_typed_and_why(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    answer = client_of(cast.shifter).post(
        at(small, "first/shown/evidence/"), {"text": "see there", "url": "javascript:alert(1)", "workflow": ""}
    )
    assert answer.status_code == 400
    html = answer.content.decode()
    assert "see there</textarea>" in html
    assert 'value="javascript:alert(1)"' in html
    assert "Give a link that begins with https://" in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'<details class="act" open>\s*<summary[^>]*>Give evidence', html)
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("below", "sent", "said"),
    [
        ("first/shown/evidence/", {"text": ""}, "Give a text, a link, a file, a workflow or a log entry"),
        ("first/shown/evidence/", {"workflow": "many"}, "Give the workflow’s number"),
        ("first/shown/evidence/", {"workflow": "99"}, "Workflow 99 is none of pdhd-small"),
        ("first/agreed/decision/", {"verdict": "not-agreed", "note": ""}, "Say what is to be done instead."),
        ("first/agreed/decision/", {"verdict": "perhaps"}, "Choose agreed or did not agree."),
        ("first/agreed/decision/", {"verdict": "agreed", "meeting_on": "tomorrow"}, "Give the day as year-month-day"),
        ("first/known/waive/", {"reason": " "}, "Give a reason; it stays in the history."),
        ("first/workflows/", {"use": "main"}, "Choose a workflow, or give its number."),
        ("first/workflows/", {"workflow": "3302", "use": "main"}, "Workflow 3302 is none of pdhd-small"),
        ("first/complete/", {}, "Step 1, First is not ready"),
        ("first/reopen/", {"reason": "why"}, "only a complete step is reopened"),
        ("first/sign/", {"team": "painters", "verdict": "approve", "revision": "0" * 64}, "Choose a team"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    client_of: ClientOf, small: Campaign, administrator: User, below: str, sent: dict[str, str], said: str
) -> None:
    n = StepEvent.objects.count()
    answer = client_of(administrator).post(at(small, below), sent)
    assert answer.status_code in (400, 409)
    assert said in text(answer)
    assert StepEvent.objects.count() == n


def test_of_two_signatures_the_second_is_told_who_was_first(
    client_of: ClientOf, small: Campaign, cast: Cast, make_user: Callable[..., User]
) -> None:
    seen = stands(small, "first").print.fingerprint
    other = make_user("production2", "production")
    client_of(cast.production).post(at(small, "first/sign/"), signature(seen))
    answer = client_of(other).post(at(small, "first/sign/"), signature(seen))
    assert answer.status_code == 409
    assert "production1 signed for production on" in text(answer)


def test_of_two_completions_the_second_is_told_who_was_first(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    ready(small, "first", cast)
    complete_step(small, "first", actor=cast.coordinator)
    answer = client_of(cast.shifter).post(at(small, "first/complete/"))
    assert answer.status_code == 409
    assert "Step 1, First was completed by coordinator1" in text(answer)


def test_a_signature_of_what_changed_meanwhile_is_refused_and_the_new_is_offered(
    client_of: ClientOf, small: Campaign, cast: Cast
) -> None:
    seen = stands(small, "first").print.fingerprint
    add_evidence(small, "shown", actor=cast.shifter, text="exit 0")
    now = stands(small, "first").print.fingerprint
    answer = client_of(cast.production).post(at(small, "first/sign/"), signature(seen))
    assert answer.status_code == 409
    assert "Look at what changed, then sign that." in text(answer)
    assert f'name="revision" value="{now}"' in answer.content.decode()
    assert seen not in answer.content.decode()


def test_a_refusal_without_a_comment_asks_for_one(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    seen = stands(small, "first").print.fingerprint
    answer = client_of(cast.production).post(at(small, "first/sign/"), signature(seen, verdict="refuse"))
    assert answer.status_code == 400
    assert "Say what must change; the step goes back with your words." in text(answer)
    assert stands(small, "first").signs[Team.PRODUCTION].act is None


def test_a_form_that_has_no_place_any_more_is_answered_on_top_with_what_was_typed(
    client_of: ClientOf, small: Campaign, cast: Cast
) -> None:
    ready(small, "first", cast)
    complete_step(small, "first", actor=cast.coordinator)
    answer = client_of(cast.shifter).post(at(small, "first/shown/evidence/"), {"text": "one thing <more>"})
    assert answer.status_code == 409
    html = text(answer)
    assert "Step 1, First was completed by coordinator1" in html
    assert "What it shows, as you typed it: one thing &lt;more&gt;" in html


@pytest.mark.parametrize(
    ("below", "sent", "who"),
    [
        ("first/shown/evidence/", {"text": "seen"}, "production"),
        ("first/shown/take-back/", {}, "production"),
        ("first/agreed/decision/", {"verdict": "agreed"}, "shifter"),
        ("first/known/waive/", {"reason": "why"}, "shifter"),
        ("first/known/waive/end/", {}, "shifter"),
        ("first/waive/", {"reason": "why"}, "shifter"),
        ("first/sign/", {"team": "production", "verdict": "approve", "revision": "0" * 64}, "coordinator"),
        ("first/sign/", {"team": "data-management", "verdict": "approve", "revision": "0" * 64}, "production"),
        ("first/ask/", {}, "production"),
        ("first/complete/", {}, "production"),
        ("first/reopen/", {"reason": "why"}, "shifter"),
        ("first/workflows/", {"workflow": "3302", "use": "main"}, "production"),
        ("first/feedback/ask/", {}, "production"),
        ("first/feedback/skip/", {"reason": "why"}, "shifter"),
        ("template/", {"template": "902"}, "shifter"),
    ],
)
def test_who_may_not_is_told_so_and_nothing_changes(
    client: Client, client_of: ClientOf, small: Campaign, request: Any, below: str, sent: dict[str, str], who: str
) -> None:
    n = StepEvent.objects.count()
    answer = client_of(request.getfixturevalue(who)).post(at(small, below), sent)
    assert answer.status_code == 403
    assert client.post(at(small, below), sent).headers["Location"].startswith("/accounts/login/")
    assert StepEvent.objects.count() == n


def test_a_form_address_that_is_only_opened_leads_to_its_place_on_the_page(
    client_of: ClientOf, small: Campaign, cast: Cast
) -> None:
    client = client_of(cast.shifter)
    assert client.get(at(small, "first/shown/evidence/")).headers["Location"] == at(small, "first/#c-shown")
    assert client.get(at(small, "first/complete/")).headers["Location"] == at(small, "first/")
    assert client.get(at(small, "first/tried/evidence/")).status_code == 404  # of the second step
    assert client.post(at(small, "sixth/complete/")).status_code == 404


# --- another template ---


def test_a_coordinator_sees_how_a_newer_template_differs_and_moves_to_it(
    client_of: ClientOf, small: Campaign, cast: Cast
) -> None:
    client = client_of(cast.coordinator)
    assert "The campaign runs by the newest version of the steps, template 901." in text(client.get(at(small, "template/")))
    keep_template(SMALL_NEXT)
    assert "there is template 902" in text(client.get(at(small, "first/")))
    html = text(client.get(at(small, "template/")))
    assert "First thought criterion added – It was thought over" in html
    assert "Fourth – step added – Fourth" in html
    answer = client.post(at(small, "template/"), {"template": "902", "reason": "The meeting wants it."}, follow=True)
    assert "pdhd-small runs by template 902 now." in text(answer)
    assert "It was thought over" in text(client.get(at(small, "first/")))
    answer = client.post(at(small, "template/"), {"template": "902"})
    assert answer.status_code == 409
    assert client.post(at(small, "template/"), {"template": "x"}).status_code == 400


def test_a_waiver_that_is_refused_keeps_its_reason(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    waive(small, "known", actor=cast.coordinator, reason="Nobody knows.")
    answer = client_of(cast.coordinator).post(at(small, "first/known/waive/"), {"reason": "I waive it too."})
    assert answer.status_code == 409
    assert "coordinator1 waived it on" in text(answer)
    assert "as you typed it: I waive it too." in text(answer)


def test_one_person_cannot_sign_for_both_teams(client_of: ClientOf, small: Campaign, cast: Cast, make_user: Any) -> None:
    both = make_user("both1", "production", "data-management")
    fill(small, "first", cast)
    seen = stands(small, "first").print.fingerprint
    sign_step(small, "first", team=Team.PRODUCTION, actor=both, revision=seen)
    answer = client_of(both).post(at(small, "first/sign/"), signature(seen, "data-management"))
    assert answer.status_code == 403
    assert "the two teams need two people" in text(answer)
    sign_step(small, "first", team=Team.DATA_MANAGEMENT, actor=cast.data_manager, revision=seen)
    assert stands(small, "first").may_be_completed
