"""The page of a step: what is missing and who must act, what shows each criterion, who signed what, who sees which form."""

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
from campaigns.models import Alert, Campaign, Evidence, StepEvent, StepStanding, StepVerb, StepWorkflow, Team
from campaigns.services import watch_justin_campaign
from campaigns.steps.attaching import attach_workflow
from campaigns.steps.evidence import add_evidence
from campaigns.steps.feedback import ask_feedback
from campaigns.steps.services import complete_step, decide, reopen_step, take_back, waive
from campaigns.steps.signing import ask_for_sign_offs, sign_step
from campaigns.steps.states import StepState
from portal.models import User
from portal.roles import Role, set_roles
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, fill, ready, sign_both, stands, walk_to
from tests.factories import Jobs, make_service, make_tally, make_workflow

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
FIVE = ["setup", "test", "validation", "production", "close-out"]


def at(campaign: Campaign, step: str) -> str:
    return f"/campaigns/{campaign.slug}/steps/{step}/"


def text(answer: Any) -> str:
    """What is written on the page, without tags."""
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).replace("&#x27;", "'").split())


def forms(answer: Any) -> list[str]:
    """Where the page's forms go, below the step's address."""
    found = re.findall(r'<form[^>]* action="([^"]*/steps/[^"]*)"', answer.content.decode())
    return [address.split("/steps/")[1].split("/", 1)[1] for address in found]


# --- addresses ---


def test_the_list_of_steps_leads_to_the_current_one_and_at_the_end_to_the_last(
    client: Client, small: Campaign, cast: Cast
) -> None:
    address = f"/campaigns/{small.slug}/steps/"
    assert client.get(address).headers["Location"] == at(small, "first")
    walk_to(small, "second", cast)
    assert client.get(address).headers["Location"] == at(small, "second")
    walk_to(small, "third", cast)
    ready(small, "third", cast)
    complete_step(small, "third", actor=cast.shifter)
    assert client.get(address).headers["Location"] == at(small, "third")


def test_a_step_or_campaign_that_is_none_is_not_found(client: Client, campaign: Campaign) -> None:
    assert client.get(at(campaign, "sixth")).status_code == 404
    assert client.get("/campaigns/nowhere/steps/").status_code == 404
    assert client.get("/campaigns/nowhere/steps/setup/").status_code == 404


def test_everybody_reads_every_step_and_nobody_gets_a_form_without_logging_in(client: Client, campaign: Campaign) -> None:
    for step in FIVE:
        answer = client.get(at(campaign, step))
        assert "Criteria and evidence" in text(answer)
        assert forms(answer) == []


# --- the bar ---


def test_the_steps_are_on_every_page_of_the_campaign_with_their_words(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    walk_to(small, "second", cast)
    watch_justin_campaign(small, 402, actor=cast.coordinator)
    make_workflow(3206)
    client = client_of(cast.coordinator)
    done = f"complete {timezone.now():%-d %b}"
    for below in ("", "history/", "wiki/", "settings/", "watch/", "workflows/3206/comment/", "steps/third/"):
        html = text(client.get(f"/campaigns/{small.slug}/{below}"))
        assert f"1 First {done} 2 Second 0 of 4 met 3 Third not open yet" in html, below


def test_the_bar_is_worked_out_where_nothing_was_kept(client: Client, small: Campaign) -> None:
    address = f"/campaigns/{small.slug}/wiki/"
    bar = "1 First 0 of 6 met 2 Second not open yet 3 Third not open yet"
    assert bar in text(client.get(address))
    StepStanding.objects.all().delete()
    assert bar in text(client.get(address))


# --- missing, and who must act ---


def test_the_first_panel_says_what_is_missing_and_who_must_act(client_of: ClientOf, campaign: Campaign, cast: Cast) -> None:
    html = text(client_of(cast.shifter).get(at(campaign, "setup")))
    assert "The discussion of the metadata is opened You : give evidence." in html
    assert "The plan is agreed at a meeting A coordinator : record the decision." in html
    assert "as the portal cannot see this yet" not in html, "nothing in this step waits for another system"
    assert "Production has not signed A member of production : sign once the rest is there." in html
    html = text(client_of(cast.coordinator).get(at(campaign, "setup")))
    assert "The discussion of the metadata is opened shifter1 : give evidence." in html
    assert "The plan is agreed at a meeting You, or another coordinator : record the decision." in html


def test_without_a_shifter_the_page_says_that_one_must_be_appointed(client: Client, campaign: Campaign, cast: Cast) -> None:
    campaign_services.end_appointment(campaign.appointments.get(), actor=cast.coordinator)
    campaign.appointments.update(until_on=timezone.localdate() - timedelta(days=1))
    assert "A shifter, once one is appointed : give evidence." in text(client.get(at(campaign, "setup")))


def test_a_step_that_is_not_open_says_what_comes_first_and_takes_nothing(
    client_of: ClientOf, campaign: Campaign, cast: Cast
) -> None:
    answer = client_of(cast.coordinator).get(at(campaign, "validation"))
    assert "Step 1, Set up comes first." in text(answer)
    assert "not open yet" in text(answer)
    assert forms(answer) == []


def test_a_step_in_which_nothing_is_missing_is_completed_by_one_button(
    client_of: ClientOf, small: Campaign, cast: Cast
) -> None:
    ready(small, "first", cast)
    answer = client_of(cast.shifter).get(at(small, "first"))
    assert "ready to complete" in text(answer)
    assert "Complete step 1" in text(answer)
    assert "complete/" in forms(answer)
    assert "complete/" not in forms(client_of(cast.production).get(at(small, "first")))


def test_a_step_that_cannot_be_completed_says_why_instead_of_a_button(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    answer = client_of(cast.shifter).get(at(small, "first"))
    assert "Step 1 cannot be completed yet : 6 things are missing." in text(answer)
    assert "complete/" not in forms(answer)


def test_a_complete_step_tells_who_completed_it_and_what_is_next(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    walk_to(small, "second", cast)
    answer = client_of(cast.coordinator).get(at(small, "first"))
    assert "shifter1 completed the step just now . Next: step 2, Second ." in text(answer)
    assert forms(answer) == ["jobscript/evidence/", "reopen/"]


def test_a_step_after_one_whose_sign_off_lapsed_says_where_to_sign_again(client: Client, small: Campaign, cast: Cast) -> None:
    walk_to(small, "third", cast)
    campaign_services.change_settings(small, {"jobscript_reference": "DUNE/prod/reco.jobscript:v2"}, actor=cast.shifter)
    answer = client.get(at(small, "third"))
    assert "A sign-off of step 2, Second lapsed Its team : sign again." in text(answer)
    assert f'href="{at(small, "second")}#sign"' in answer.content.decode()
    html = text(client.get(at(small, "second")))
    assert "a sign-off lapsed" in html
    assert "Production’s sign-off lapsed" in html


# --- criteria and evidence ---


def test_evidence_is_shown_with_author_age_size_and_hash(client: Client, campaign: Campaign, cast: Cast) -> None:
    add_evidence(
        campaign, "metadata-discussion", actor=cast.shifter, url="https://docs.example/thread", text="<b>The</b> thread"
    )
    file = SimpleUploadedFile("reco.fcl", b"physics: {}" * 200)
    kept = add_evidence(campaign, "jobscript", actor=cast.shifter, file=file)
    html = client.get(at(campaign, "setup")).content.decode()
    assert '<a href="https://docs.example/thread" rel="noreferrer nofollow">' in html
    assert "&lt;b&gt;The&lt;/b&gt; thread" in html
    assert f'<a href="/evidence/{kept.pk}/" download>reco.fcl</a>' in html
    assert f'2.2 kB, sha256 <span class="print" title="{kept.sha256}">{kept.sha256[:8]}</span>' in html
    assert "shifter1, <time" in html


def test_what_was_taken_back_is_folded_and_can_be_read(client: Client, campaign: Campaign, cast: Cast) -> None:
    add_evidence(campaign, "metadata-discussion", actor=cast.shifter, text="first try")
    take_back(campaign, "metadata-discussion", actor=cast.shifter)
    add_evidence(campaign, "metadata-discussion", actor=cast.shifter, text="second try")
    html = client.get(at(campaign, "setup")).content.decode()
    assert "1 piece taken back" in html
    assert html.index("second try") < html.index("1 piece taken back") < html.index("first try")


def test_decisions_and_waivers_tell_who_and_why(client: Client, campaign: Campaign, cast: Cast) -> None:
    on = timezone.localdate() - timedelta(days=2)
    decide(campaign, "plan-agreed", actor=cast.coordinator, is_agreed=False, meeting_on=on, note="Name the slices.")
    waive(campaign, "plan-drafted", actor=cast.coordinator, reason="It is in the minutes.")
    html = text(client.get(at(campaign, "setup")))
    assert f"Not agreed at the meeting of {on:%-d %b %Y}, recorded by coordinator1. “Name the slices.”" in html
    assert "coordinator1 waived this: “It is in the minutes.”" in html


def test_each_reader_gets_the_forms_that_they_may_send(
    client_of: ClientOf, campaign: Campaign, cast: Cast, requester: User, outsider: User
) -> None:
    of_shifter = forms(client_of(cast.shifter).get(at(campaign, "setup")))
    assert "metadata-discussion/evidence/" in of_shifter
    assert "ask/" in of_shifter
    assert not [one for one in of_shifter if one.endswith(("waive/", "decision/"))]
    of_coordinator = forms(client_of(cast.coordinator).get(at(campaign, "setup")))
    assert {"plan-agreed/decision/", "plan-drafted/waive/", "metadata-discussion/evidence/"} <= set(of_coordinator)
    assert forms(client_of(cast.production).get(at(campaign, "setup"))) == ["sign/", "sign/"]
    assert forms(client_of(requester).get(at(campaign, "setup"))) == []
    assert forms(client_of(outsider).get(at(campaign, "setup"))) == []


def test_the_data_management_team_gives_evidence_for_what_it_is_to_do(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    walk_to(small, "second", cast)
    found = forms(client_of(cast.data_manager).get(at(small, "second")))
    assert "tried/evidence/" in found
    assert "jobs/evidence/" not in found


# --- sign-offs ---


def test_a_signer_sees_the_fingerprint_that_the_button_signs(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    seen = stands(small, "first").print
    answer = client_of(cast.production).get(at(small, "first"))
    assert f"You sign {seen.short} for production." in text(answer)
    assert f'name="revision" value="{seen.fingerprint}"' in answer.content.decode()
    assert "Sign for production</button>" in answer.content.decode()
    assert "Sign for data management" not in answer.content.decode()


def test_a_lapsed_sign_off_shows_what_was_signed_and_what_stands(client_of: ClientOf, small: Campaign, cast: Cast) -> None:
    walk_to(small, "second", cast)
    fill(small, "second", cast)
    sign_both(small, "second", cast)
    before = stands(small, "second").print.parts["jobscript"]
    campaign_services.change_settings(small, {"jobscript_reference": "DUNE/prod/reco.jobscript:v2"}, actor=cast.shifter)
    now = stands(small, "second").print.parts["jobscript"]
    html = text(client_of(cast.production).get(at(small, "second")))
    assert "lapsed just now : the jobscript changed since it was signed." in html
    assert f"Jobscript {before[:4]}·{before[4:8]} → {now[:4]}·{now[4:8]}" in html
    assert "Plan none published same" in html
    assert "Production’s sign-off lapsed You, or another member of production : sign again, or refuse." in html


def test_whoever_is_of_the_team_but_may_not_sign_sees_why(
    client_of: ClientOf, small: Campaign, cast: Cast, make_user: Callable[..., User]
) -> None:
    set_roles(cast.shifter, [Role.SHIFTERS, Role.PRODUCTION])
    client = client_of(User.objects.get(pk=cast.shifter.pk))
    html = text(client.get(at(small, "first")))
    assert "You are of this team but cannot sign here: You are or were a shifter of this campaign" in html
    assert "Who can: production1" in html
    both = make_user("both1", Role.PRODUCTION, Role.DATA_MANAGEMENT)
    sign_step(small, "first", team=Team.PRODUCTION, actor=both, revision=stands(small, "first").print.fingerprint)
    assert "You signed for production; the two teams need two people." in text(client_of(both).get(at(small, "first")))


def test_a_refusal_is_read_by_everybody_and_sends_the_step_back(client: Client, small: Campaign, cast: Cast) -> None:
    seen = stands(small, "first").print.fingerprint
    sign_step(
        small, "first", team=Team.PRODUCTION, actor=cast.production, revision=seen, verdict="refuse", comment="Which machine?"
    )
    html = text(client.get(at(small, "first")))
    assert "sent back, 6 things missing" in html
    assert "Production refused to sign: Which machine? shifter1 : change what was refused." in html
    assert stands(small, "first").state is StepState.SENT_BACK


def test_a_refusal_that_was_answered_waits_for_another_look(client: Client, small: Campaign, cast: Cast) -> None:
    seen = stands(small, "first").print.fingerprint
    sign_step(
        small, "first", team=Team.PRODUCTION, actor=cast.production, revision=seen, verdict="refuse", comment="Which machine?"
    )
    ask_for_sign_offs(small, "first", actor=cast.shifter, note="dunegpvm03, as the log says.")
    html = text(client.get(at(small, "first")))
    assert "The refusal was answered by shifter1: “dunegpvm03, as the log says.”. It waits for another look." in html
    add_evidence(small, "shown", actor=cast.shifter, text="dunegpvm03")
    assert "The refusal was answered: what was refused has changed." in text(client.get(at(small, "first")))


def test_after_reopening_sign_offs_are_void_and_said_so(client: Client, small: Campaign, cast: Cast) -> None:
    walk_to(small, "second", cast)
    reopen_step(small, "first", actor=cast.coordinator, reason="A slice was forgotten.")
    html = text(client.get(at(small, "first")))
    assert "Production’s sign-off is void" in html
    assert "was reopened (“A slice was forgotten.”)" in html


# --- workflows and alerts ---


@pytest.fixture
def in_test(campaign: Campaign, cast: Cast) -> Campaign:
    """In the step Test, with a quick workflow attached and one in a production scope beside it."""
    make_service()
    walk_to(campaign, "test", cast)
    watch_justin_campaign(campaign, 402, actor=cast.coordinator)
    quick = make_workflow(3302, state="finished", scope_name="usertests", files=(10, 10))
    make_tally(quick, [Jobs("CERN", "finished", 8), Jobs("CERN", "script-error", 2, code=65)])
    make_workflow(3206)
    attach_workflow(campaign, "test", 3302, actor=cast.shifter)
    return campaign


def test_the_workflows_of_the_step_are_listed_and_others_are_offered(
    client_of: ClientOf, in_test: Campaign, cast: Cast
) -> None:
    answer = client_of(cast.shifter).get(at(in_test, "test"))
    assert "3302 of the step usertests finished 8 / 10 shifter1, just now Detach workflow 3302" in text(answer)
    assert '<option value="3206">3206 hd-protodune · running' in answer.content.decode()
    assert {"workflows/", "workflows/3302/detach/"} <= set(forms(answer))


def test_a_wrong_scope_is_red_on_top_and_in_what_is_missing(client_of: ClientOf, in_test: Campaign, cast: Cast) -> None:
    attach_workflow(in_test, "test", 3206, actor=cast.shifter)
    alert = Alert.objects.get()
    answer = client_of(cast.shifter).get(at(in_test, "test"))
    html = answer.content.decode()
    assert f'id="alert-{alert.pk}"' in html
    assert html.index(alert.title) < html.index("Missing, and who must act")
    assert "shifter1 : stop the workflow, or detach it." in text(answer)
    assert '<span class="status" data-state="bad"><code>hd-protodune</code></span>' in html
    assert f"/alerts/{alert.pk}/close/" not in html
    assert f"/alerts/{alert.pk}/close/" in client_of(cast.coordinator).get(at(in_test, "test")).content.decode()


def test_where_no_workflow_is_attached_the_shifter_is_led_to_the_form(client: Client, campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "test", cast)
    answer = client.get(at(campaign, "test"))
    assert "The quick workflow has the scope usertests shifter1 : attach the workflow that was run for it." in text(answer)
    assert 'href="#workflows"' in answer.content.decode()


# --- the requester's word ---


@pytest.fixture
def asked(coordinator: User, requester: User, cast: Cast) -> Campaign:
    """In the validation step, of a request of requester1, who was asked."""
    campaign = accepted(requester, coordinator, campaign_name="pdvd-reco-2026c").campaigns.get()
    campaign_services.appoint(campaign, cast.shifter, actor=coordinator)
    walk_to(campaign, "validation", cast)
    ask_feedback(campaign, actor=cast.shifter, note="Run 39252.")
    return campaign


def test_the_requester_answers_where_they_were_asked_and_silence_is_seen(
    client: Client, client_of: ClientOf, asked: Campaign, cast: Cast, requester: User, time_machine: Any
) -> None:
    due = timezone.localdate() + timedelta(days=7)
    answer = client_of(requester).get(at(asked, "validation"))
    assert f"shifter1 asked just now , due {due:%-d %b %Y}: no reply yet, 7 days left. “Run 39252.”" in text(answer)
    assert f"You : answer by {due:%-d %b}." in text(answer)
    assert "feedback/" in forms(answer)
    of_coordinator = client_of(cast.coordinator).get(at(asked, "validation"))
    assert {"feedback/", "feedback/skip/"}.isdisjoint(forms(of_coordinator))
    assert f"The requester has until {due:%-d %b}." in text(of_coordinator)
    time_machine.move_to(timezone.now() + timedelta(days=9), tick=False)
    assert "no reply yet, overdue since 2 days" in text(client.get(at(asked, "validation")))
    assert "feedback/skip/" in forms(client_of(cast.coordinator).get(at(asked, "validation")))


# --- how much it costs ---


def test_a_full_step_takes_as_many_queries_as_an_empty_one(
    client_of: ClientOf, in_test: Campaign, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    client = client_of(cast.coordinator)
    add_evidence(in_test, "interactive-clean", actor=cast.shifter, text="seen")
    with django_assert_max_num_queries(25) as first:
        client.get(at(in_test, "test"))
    for number in range(60):
        row = Evidence.objects.create(
            campaign=in_test, step="test", criterion="interactive-clean", kind="text", text=f"seen {number}", sha256="0" * 64,
            author=cast.shifter,
        )  # fmt: skip
        StepEvent.objects.create(
            campaign=in_test, number=StepEvent.objects.filter(campaign=in_test).count() + 1, verb=StepVerb.EVIDENCE_ADDED,
            step="test", criterion="interactive-clean", actor=cast.shifter, data={"evidence": row.pk, "sha256": row.sha256},
        )  # fmt: skip
    for justin_id in range(4001, 4031):
        workflow = make_workflow(justin_id, scope_name="usertests")
        make_tally(workflow, [Jobs("CERN", "finished", 10)])
        StepWorkflow.objects.create(campaign=in_test, workflow=workflow, step="test", added_by=cast.shifter)
    with django_assert_max_num_queries(25) as full:
        html = text(client.get(at(in_test, "test")))
    assert len(full) == len(first)
    assert "57 earlier pieces" in html
    assert "4030 of the step" in html
