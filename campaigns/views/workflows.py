"""A campaign's workflows: the comment in the weekly table, edited in place or on a page of its own."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.forms import CommentForm
from campaigns.models import Campaign, WorkflowComment
from campaigns.rules import can_comment
from campaigns.services import comment_on_workflow
from monitoring.models import Workflow
from portal.errors import Invalid, Refused
from portal.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workflow_comment(request: HttpRequest, slug: str, justin_id: int) -> HttpResponse:
    """The form and, once it is sent, the comment. htmx gets the table's cell, a plain browser a page."""
    user = cast(User, request.user)
    campaign = get_object_or_404(Campaign.objects.visible_to(user), slug=slug)
    workflow = get_object_or_404(campaign.workflows(), justin_id=justin_id)
    if not can_comment(user, campaign):
        raise PermissionDenied(f"Commenting needs a shifter of {campaign} or a coordinator. Ask a coordinator to appoint you.")
    context = {"campaign": campaign, "workflow": workflow, "may_comment": True}
    if _in_place(request) and "show" in request.GET:
        return _cell(request, context)
    newest = _newest(campaign, workflow)
    form = CommentForm(request.POST or None, initial={"text": newest.text if newest else ""})
    if request.method == "POST" and form.is_valid():
        try:
            comment_on_workflow(campaign, workflow, form.cleaned_data["text"], actor=user)
        except Invalid as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            if _in_place(request):
                return _cell(request, context)
            return redirect(f"{campaign.get_absolute_url()}#w{workflow.justin_id}")
    template = "campaigns/_comment_form.html" if _in_place(request) else "campaigns/workflow_comment.html"
    return render(request, template, {**context, "form": form, "newest": newest})


def _in_place(request: HttpRequest) -> bool:
    """Whether htmx asks, for the cell alone."""
    return request.headers.get("HX-Request") == "true"


def _newest(campaign: Campaign, workflow: Workflow) -> WorkflowComment | None:
    return WorkflowComment.objects.filter(campaign=campaign, workflow=workflow).select_related("author").first()


def _cell(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    newest = _newest(cast(Campaign, context["campaign"]), cast(Workflow, context["workflow"]))
    return render(request, "campaigns/_comment.html", {**context, "comment": newest, "focus": True})
