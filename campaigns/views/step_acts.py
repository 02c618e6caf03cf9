"""What people do to a campaign's steps by a form: each address takes what was sent and leads back to the step's page, or shows
that page again with what is wrong beside what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaigns.models import Alert, Campaign, Team
from campaigns.step_forms import (
    AnswerForm,
    AskForm,
    AttachForm,
    DecisionForm,
    EvidenceForm,
    MaybeReasonForm,
    NoteForm,
    ReasonForm,
    SignForm,
    StepForm,
)
from campaigns.steps import attaching, feedback, services, signing
from campaigns.steps.alerts import close_alert
from campaigns.steps.evidence import add_evidence
from campaigns.steps.process import differences, process_of, read_process
from campaigns.steps.rules import can_decide
from campaigns.steps.telling import step_path
from campaigns.views.steps import campaign_of, show_alerts, show_step
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User

CarryOut = Callable[[Campaign, dict[str, Any], User], str]

# --- criteria ---


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evidence_add(request: HttpRequest, slug: str, step: str, criterion: str) -> HttpResponse:
    """A text, a link, a file, a workflow or an entry of the log that shows it."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        shown = {name: data[name] for name in ("text", "url", "file", "workflow", "log_entry")}
        add_evidence(campaign, criterion, actor=user, **shown)
        return "Your evidence is there."

    form = EvidenceForm(request.POST, request.FILES, part=f"c-{criterion}-evidence")
    return _take(request, slug, step, form, carry_out, f"c-{criterion}", criterion)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def evidence_take_back(request: HttpRequest, slug: str, step: str, criterion: str) -> HttpResponse:
    """It is not met after all."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        services.take_back(campaign, criterion, actor=user, reason=data["reason"])
        return "It is taken back; what was given stays readable."

    form = MaybeReasonForm(request.POST, part=f"c-{criterion}-back")
    return _take(request, slug, step, form, carry_out, f"c-{criterion}", criterion)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision_record(request: HttpRequest, slug: str, step: str, criterion: str) -> HttpResponse:
    """What a meeting decided."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        agreed = data["verdict"] == DecisionForm.AGREED
        services.decide(campaign, criterion, actor=user, is_agreed=agreed, meeting_on=data["meeting_on"], note=data["note"])
        return "The decision is recorded."

    form = DecisionForm(request.POST, part=f"c-{criterion}-decision")
    return _take(request, slug, step, form, carry_out, f"c-{criterion}", criterion)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def criterion_waive(request: HttpRequest, slug: str, step: str, criterion: str) -> HttpResponse:
    """The step may be completed without it."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        services.waive(campaign, criterion, actor=user, reason=data["reason"])
        return "It is waived, with your reason in the history."

    form = ReasonForm(request.POST, part=f"c-{criterion}-waive")
    return _take(request, slug, step, form, carry_out, f"c-{criterion}", criterion)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def waiver_end(request: HttpRequest, slug: str, step: str, criterion: str) -> HttpResponse:
    """It is asked for again."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        services.end_waiver(campaign, criterion, actor=user, reason=data["reason"])
        return "The waiver is ended."

    form = MaybeReasonForm(request.POST, part=f"c-{criterion}-unwaive")
    return _take(request, slug, step, form, carry_out, f"c-{criterion}", criterion)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unavailable_waive(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """All criteria of the step that the portal cannot see yet, for one reason."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        n = len(services.waive_unavailable(campaign, step, actor=user, reason=data["reason"]))
        return f"{n} criteri{'on is' if n == 1 else 'a are'} waived, with your reason in the history."

    return _take(request, slug, step, ReasonForm(request.POST, part="waive-all"), carry_out, "criteria")


# --- sign-offs ---


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_sign(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """A team's yes or no to the revision that stood on the page."""
    verdict, team = request.POST.get("verdict", "approve"), request.POST.get("team", "")

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        signing.sign_step(
            campaign, step, team=team, actor=user, revision=data["revision"], verdict=verdict, comment=data["comment"]
        )
        name = Team(team).label.lower()
        return f"You signed for {name}." if verdict == "approve" else f"You refused for {name}; the shifters are told."

    form = SignForm(request.POST, part=f"{'refuse' if verdict == 'refuse' else 'sign'}-{team[:40]}")
    return _take(request, slug, step, form, carry_out, "sign")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_offs_ask(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Both teams are asked although something is missing still."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        signing.ask_for_sign_offs(campaign, step, actor=user, note=data["note"])
        return "Both teams are asked."

    return _take(request, slug, step, NoteForm(request.POST, part="ask"), carry_out, "sign")


# --- the step as a whole ---


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_complete(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Nothing is missing; the next step opens."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        services.complete_step(campaign, step, actor=user)
        process = process_of(campaign)
        done = process.step(step)
        following = process.after(done) if done else None
        said = f"Step {done.position} is complete." if done else "The step is complete."
        return f"{said} Next: {following}." if following else f"{said} {campaign} is finished."

    return _take(request, slug, step, NoteForm(request.POST, part="complete"), carry_out)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_reopen(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """A complete step goes on after all."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        services.reopen_step(campaign, step, actor=user, reason=data["reason"])
        return "The step is open again. Sign-offs of it and of later steps are void; whoever signed is told."

    return _take(request, slug, step, ReasonForm(request.POST, part="reopen"), carry_out)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workflow_attach(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Say that a workflow was run for this step."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        attaching.attach_workflow(campaign, step, data["justin_id"], actor=user, use=data["use"])
        return f"Workflow {data['justin_id']} is attached to this step."

    return _take(request, slug, step, AttachForm(request.POST, part="attach"), carry_out, "workflows")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workflow_detach(request: HttpRequest, slug: str, step: str, justin_id: int) -> HttpResponse:
    """It was not run for this step after all."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        attached_here = campaign.step_workflows.filter(step=step, workflow__justin_id=justin_id).exists()
        if not attached_here and campaign.step_workflows.filter(workflow__justin_id=justin_id).exists():
            raise Conflict(f"Workflow {justin_id} is attached to another step.", field="workflow")
        attaching.detach_workflow(campaign, justin_id, actor=user, reason=data["reason"])
        return f"Workflow {justin_id} is detached."

    return _take(request, slug, step, MaybeReasonForm(request.POST, part=f"detach-{justin_id}"), carry_out, "workflows")


# --- the requester's word ---


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def feedback_ask(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Ask the requester, until a day."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        before = campaign.status
        event = feedback.ask_feedback(campaign, actor=user, due_on=data["due_on"], note=data["note"])
        said = f"The requester is asked, until {event.data['due_on']}."
        return f"{said} The campaign is paused." if campaign.status != before else said

    return _take(request, slug, step, AskForm(request.POST, part="feedback-ask"), carry_out, "feedback")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def feedback_give(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """The requester's yes or no."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        feedback.give_feedback(campaign, actor=user, verdict=data["verdict"], text=data["text"])
        return "Your answer is there; the shifters are told."

    return _take(request, slug, step, AnswerForm(request.POST, part="feedback"), carry_out, "feedback")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def feedback_skip(request: HttpRequest, slug: str, step: str) -> HttpResponse:
    """Go on without a reply that is overdue."""

    def carry_out(campaign: Campaign, data: dict[str, Any], user: User) -> str:
        feedback.skip_feedback(campaign, actor=user, reason=data["reason"])
        return "The campaign goes on without the requester’s reply."

    return _take(request, slug, step, ReasonForm(request.POST, part="feedback-skip"), carry_out, "feedback")


# --- the template, and alerts ---


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def template_move(request: HttpRequest, slug: str) -> HttpResponse:
    """How a newer version of the steps differs from the campaign's, and the move to it."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_decide(user):
        raise PermissionDenied(f"Moving to another template: {services.COORDINATORS}")
    newer = services.newer_template(campaign)
    form = MaybeReasonForm(request.POST if request.method == "POST" else None, part="template")
    status = 200
    if request.method == "POST" and form.is_valid():
        asked = request.POST.get("template", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
        try:
            services.move_template(campaign, number, actor=user, reason=form.cleaned_data["reason"])
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            form.refuse(refused)
            status = 409 if isinstance(refused, Conflict) else 400
        else:
            messages.success(request, f"{campaign} runs by template {number} now.")
            return redirect("campaigns:step-list", campaign.slug)
    old = process_of(campaign)
    found = differences(old, read_process(newer.content)) if newer else []
    context = {
        "campaign": campaign, "current": "step-list", "form": form, "newer": newer, "version": old.version,
        "differences": found,
    }  # fmt: skip
    return render(request, "steps/template_move.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alert_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an alert with a reason; `back=list` leads to the list of alerts instead of the step's page."""
    user = cast(User, request.user)
    visible = Campaign.objects.visible_to(user).select_related("template")
    alert = get_object_or_404(Alert.objects.filter(campaign__in=visible).select_related("campaign__template"), pk=pk)
    campaign = alert.campaign
    to_list = request.POST.get("back") == "list" or process_of(campaign).step(alert.step) is None
    back = reverse("campaigns:alert-list") if to_list else step_path(campaign, alert.step)
    if request.method != "POST":
        return redirect(back)
    form = ReasonForm(request.POST, part=f"alert-{pk}")
    if form.is_valid():
        try:
            close_alert(alert, actor=user, reason=form.cleaned_data["reason"])
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            form.refuse(refused)
            status = 409 if isinstance(refused, Conflict) else 400
            if to_list:
                return show_alerts(request, sent=form, status=status)
            return show_step(request, campaign, alert.step, sent=form, status=status)
        messages.success(request, "The alert is closed, with your reason in the history.")
    return redirect(back)


def _take(
    request: HttpRequest, slug: str, step: str, form: StepForm, carry_out: CarryOut, anchor: str = "", criterion: str = ""
) -> HttpResponse:
    """Carry out what a form asks and lead back to its place on the step's page, or show the page with what is wrong."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    known = process_of(campaign).step(step)
    if known is None or (criterion and all(one.key != criterion for one in known.criteria)):
        raise Http404(f"There is no step or criterion of this name in {campaign}.")
    if request.method != "POST":  # e.g. back from the log-in page; what was typed is gone
        return redirect(step_path(campaign, step, anchor))
    status = 400
    if form.is_valid():
        try:
            said = carry_out(campaign, form.cleaned_data, user)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            form.refuse(refused)
            status = 409 if isinstance(refused, Conflict) else 400
            campaign = campaign_of(request, slug)
        else:
            messages.success(request, said)
            return redirect(step_path(campaign, step, anchor))
    else:
        form.point_out()
    return show_step(request, campaign, step, sent=form, status=status)
