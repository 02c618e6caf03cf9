"""Recording which workflow a row became, choosing among rows that fit, and taking a record back."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaigns.campaign_forms import line
from campaigns.models import PlannedWorkflow
from campaigns.plan_reports import WHO, report_workflow, take_back_report
from campaigns.step_forms import NAMED_ELSEWHERE, ReasonForm, StepForm
from campaigns.steps.rules import can_work
from campaigns.views.plan import show_plan
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User

ID = {"invalid": "Give the workflow’s number, for example 3302.", "required": "Give the number that justin printed."}


class ReportForm(StepForm):
    """justIN's id of a row. `choice`: the row was chosen among several that fit."""

    row = forms.CharField(max_length=40, label="Row", error_messages={"required": "Say which row it is."})
    workflow = forms.IntegerField(label="justIN’s workflow id", widget=line(inputmode="numeric"), error_messages=ID)
    choice = forms.BooleanField(required=False, widget=forms.HiddenInput)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_report(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep that a workflow is a row; what was typed stays when it is refused."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    here = reverse("campaigns:campaign-plan", args=[campaign.slug])
    if request.method != "POST":
        return redirect(f"{here}#record")
    if not can_work(user, campaign):
        raise PermissionDenied(WHO.format(campaign=campaign))
    form = ReportForm(request.POST, part="record")
    if not form.is_valid():
        return show_plan(request, campaign, report_form=form, status=400)
    data = form.cleaned_data
    how = PlannedWorkflow.How.CHOICE if data["choice"] else PlannedWorkflow.How.PERSON
    try:
        done = report_workflow(campaign, data["row"], data["workflow"], actor=user, how=how)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        form.add_error(_field_of(form, refused), refused.message)
        return show_plan(request, campaign, report_form=form, status=409 if isinstance(refused, Conflict) else 400)
    said = f"Workflow {data['workflow']} is row {data['row']}"
    messages.success(request, f"{said}. {done.note}" if done.is_new else f"{said} already; nothing was changed.")
    return redirect(f"{here}#{data['row']}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_unreport(request: HttpRequest, slug: str, justin_id: int) -> HttpResponse:
    """Ask for the reason, then take the record back."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_work(user, campaign):
        raise PermissionDenied(WHO.format(campaign=campaign))
    found = PlannedWorkflow.objects.filter(campaign=campaign, workflow__justin_id=justin_id).select_related("reported_by")
    planned = found.first() if justin_id < 2**31 else None
    if planned is None:
        raise Http404(f"Workflow {justin_id} is recorded for no row of this plan; it may have been taken back already.")
    form = ReasonForm(request.POST or None, part="take-back")
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            take_back_report(campaign, justin_id, actor=user, reason=form.cleaned_data["reason"])
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            form.refuse(refused)
            status = 409 if isinstance(refused, Conflict) else 400
        else:
            messages.success(request, f"Workflow {justin_id} is not row {planned.row_key} any more.")
            return redirect("campaigns:campaign-plan", campaign.slug)
    context = {"campaign": campaign, "current": "campaign-plan", "form": form, "planned": planned, "justin_id": justin_id}
    return render(request, "plan/plan_unreport.html", context, status=status)


def _field_of(form: ReportForm, refused: Refused) -> str | None:
    field = NAMED_ELSEWHERE.get(refused.field, refused.field)
    return field if field in form.fields else None
