"""The page of a campaign's plan, a first draft from its requests, and publishing."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.campaign_forms import line
from campaigns.jobscripts.kept import current_jobscript
from campaigns.models import Campaign, CampaignJustinCampaign, PlanDraft, ProductionRequest
from campaigns.plan.slices import MOST_FILES_OF_A_WORKFLOW
from campaigns.plan_services import PLANNING, publish_plan, save_plan
from campaigns.planning.content import PlanContent, read_content, written
from campaigns.planning.drafting import FILES_PER_WORKFLOW, JOBS_PER_WORKFLOW, draft_plan
from campaigns.requests.content import read
from campaigns.sample_counts import numbers_for
from campaigns.step_forms import StepForm
from campaigns.steps.rules import can_work
from campaigns.views.plan_page import plan_page
from campaigns.views.plan_sizes import found_by, sizes_for
from campaigns.views.sent import whole_sent
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User
from portal.wording import counted, listed

NUMBER = {
    "invalid": "Give a whole number.",
    "required": "Give a number.",
    "min_value": f"Give a number from 1 to {MOST_FILES_OF_A_WORKFLOW:,}.",
    "max_value": f"Give a number from 1 to {MOST_FILES_OF_A_WORKFLOW:,}.",
}


class DraftForm(StepForm):
    """How a first plan is cut; `replace` is the version of the draft that it is to stand in place of."""

    files_per_workflow = forms.IntegerField(
        label="Files in a workflow",
        min_value=1,
        max_value=MOST_FILES_OF_A_WORKFLOW,
        widget=line(inputmode="numeric"),
        error_messages=NUMBER,
        help_text="The last one takes what is left.",
    )
    jobs_per_workflow = forms.IntegerField(
        label="Jobs in a Monte Carlo workflow",
        min_value=1,
        max_value=MOST_FILES_OF_A_WORKFLOW,
        widget=line(inputmode="numeric"),
        error_messages=NUMBER,
    )
    replace = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @classmethod
    def blank(cls) -> DraftForm:
        initial = {"files_per_workflow": FILES_PER_WORKFLOW, "jobs_per_workflow": JOBS_PER_WORKFLOW}
        return cls(part="draft", initial=initial)


@require_safe
def campaign_plan(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft for those who work in the campaign, else the newest revision; `?revision=N` any, `?lane=` which part."""
    return show_plan(request, campaign_of(request, slug))


def show_plan(request: HttpRequest, campaign: Campaign, *, status: int = 200, **sent: Any) -> HttpResponse:
    """The page; `sent` is what a form that could not be taken said."""
    asked = request.GET.get("revision", "")
    number = whole_sent(asked)
    page = plan_page(campaign, request.user, number=number if asked else None, lane=request.GET.get("lane", ""))
    if page is None or (asked and number is None):
        raise Http404(f"There is no revision {asked[:20]} of this plan.")
    page.error, page.note = sent.get("error", ""), sent.get("note", "")
    asked_of = page.situation.requests if page.may_edit else []
    context = {
        "campaign": campaign,
        "current": "campaign-plan",
        "page": page,
        "standing": page.situation.standing,
        "draft_form": sent.get("draft_form") or (DraftForm.blank() if asked_of else None),
        "n_requests": len(asked_of),
        "sizes": sizes_for(page.content, found_by(line for lane in page.lanes for line in lane.lines)),
        "report_form": sent.get("report_form"),
        "workflow_asked": asked_workflow if (asked_workflow := request.GET.get("workflow", "")[:12]).isdigit() else "",
    }
    return render(request, "plan/plan_detail.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """A first plan from the campaign's requests. One that is there already is replaced only when that was asked once more."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    here = reverse("campaigns:campaign-plan", args=[campaign.slug])
    if request.method != "POST":
        return redirect(here)
    if not can_work(user, campaign):
        raise PermissionDenied(PLANNING.format(campaign=campaign))
    form = DraftForm(request.POST, part="draft")
    if not form.is_valid():
        form.point_out()
        return show_plan(request, campaign, draft_form=form, status=400)
    there = PlanDraft.objects.filter(campaign=campaign).select_related("saved_by").first()
    replace = form.cleaned_data["replace"]
    if there is not None and there.content.get("rows") and replace != there.version:
        context = {"campaign": campaign, "current": "campaign-plan", "form": form, "there": there, "stale": replace is not None}
        return render(request, "plan/plan_draft.html", context, status=409 if replace is not None else 200)
    try:
        content = _drafted(campaign, form.cleaned_data, user)
        save_plan(campaign, written(content), actor=user, version=there.version if there else 0)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        form.refuse(refused)
        return show_plan(request, campaign, draft_form=form, status=409 if isinstance(refused, Conflict) else 400)
    messages.success(
        request, f"{counted(len(content.rows), 'row')} drafted. Look at them, put right what is missing, then publish."
    )
    sliced = {row.sample for row in content.rows}
    left = [f"{one.key} ({one.label})" for one in content.samples if one.key not in sliced]
    if left:
        messages.warning(request, f"No row for {listed(left)}: write a query there, then slice it.")
    return redirect(here)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the draft that stood on the page the next revision."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if request.method != "POST":
        return redirect("campaigns:campaign-plan", campaign.slug)
    version, note = whole_sent(request.POST.get("version", "")), request.POST.get("note", "")
    try:
        revision = publish_plan(campaign, actor=user, version=-1 if version is None else version, note=note)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        status = 409 if isinstance(refused, Conflict) else 400
        return show_plan(request, campaign_of(request, slug), error=refused.message, note=note, status=status)
    messages.success(request, f"Revision {revision.number} is published.")
    return redirect("campaigns:campaign-plan", campaign.slug)


def _requests(campaign: Campaign) -> list[ProductionRequest]:
    return list(ProductionRequest.objects.filter(campaigns=campaign).order_by("pk"))


def _drafted(campaign: Campaign, data: dict[str, Any], user: User) -> PlanContent:
    """From the requests, with what the campaign says of itself: its jobscript, justIN campaigns and jobs to keep running."""
    asked = [(one.pk, read(one.content).values) for one in _requests(campaign)]
    content = draft_plan(
        campaign.name, asked, files_per_workflow=data["files_per_workflow"], jobs_per_workflow=data["jobs_per_workflow"],
        jobscript="" if current_jobscript(campaign) else campaign.jobscript_reference.strip(),  # a kept one is taken by itself
        told=numbers_for(campaign, asked, actor=user),
    )  # fmt: skip
    ids = justin_ids(campaign)
    common = written(content)["common"] | {
        key: value
        for key, value in {
            "campaign_id": ids.get(CampaignJustinCampaign.Purpose.PRODUCTION),
            "test_campaign_id": ids.get(CampaignJustinCampaign.Purpose.TEST),
            "n_jobs_reference": campaign.n_jobs_reference,
        }.items()
        if value
    }
    return read_content(written(content) | {"common": common})


def justin_ids(campaign: Campaign) -> dict[str, int]:
    """The newest justIN campaign of each purpose."""
    links = CampaignJustinCampaign.objects.filter(campaign=campaign).exclude(purpose="").order_by("pk")
    return dict(links.values_list("purpose", "justin_campaign__justin_id"))
