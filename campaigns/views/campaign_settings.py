"""A campaign's settings: one page of small forms, each with an address of its own that takes what was sent and leads back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import campaign_services as services
from campaigns.campaign_fields import personal_path
from campaigns.campaign_forms import (
    AboutForm,
    AddRequestForm,
    AppointForm,
    DaysForm,
    NameForm,
    SettingsForm,
    StatusForm,
    WorkForm,
)
from campaigns.models import Campaign, CampaignJustinCampaign, CampaignStatus, ProductionRequest
from campaigns.rules import can_lead, can_set_up
from campaigns.shift.due import schedule_row
from campaigns.shift.services import set_schedule
from campaigns.shift_forms import ChecksForm
from campaigns.shifts import is_over
from portal.errors import NotAllowed, Refused
from portal.models import User

CLOSING = {  # what is asked before, as it takes the campaign from the pages of what goes on
    CampaignStatus.FINISHED: ("Finish", "finished"),
    CampaignStatus.CANCELLED: ("Cancel", "cancelled"),
}
NOTHING = "Nothing was changed."


@login_required
@require_safe
def campaign_settings(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, _campaign(request, slug))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_rename(request: HttpRequest, slug: str) -> HttpResponse:
    """Another name, or the word that it is agreed."""

    def carry_out(campaign: Campaign, form: NameForm, user: User) -> str:
        data, old = form.cleaned_data, campaign.name
        provisional = data["standing"] == NameForm.PROVISIONAL
        services.rename(campaign, data["name"], actor=user, provisional=provisional, reason=data["reason"])
        return f"It is named {campaign} now; addresses with {old} lead here." if campaign.name != old else "The name is noted."

    return _take(request, slug, lambda campaign: NameForm(request.POST), carry_out, leads=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_about(request: HttpRequest, slug: str) -> HttpResponse:
    """Purpose, detector and kind."""
    return _take(request, slug, lambda campaign: AboutForm.of(campaign, request.POST), _change, leads=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_work(request: HttpRequest, slug: str) -> HttpResponse:
    """Working directory, jobscript, jobs to keep running, values of dune.campaign, links."""
    return _take(request, slug, lambda campaign: WorkForm.of(campaign, request.POST), _change)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_status(request: HttpRequest, slug: str) -> HttpResponse:
    """Set the status; to finish or cancel is asked once more on a page of its own."""
    form = StatusForm(request.POST)
    if request.method == "POST" and form.is_valid() and not form.cleaned_data["confirmed"]:
        campaign, status = _campaign(request, slug, leads=True), form.cleaned_data["status"]
        if status in CLOSING and status != campaign.status:
            verb, word = CLOSING[CampaignStatus(status)]
            context = {"campaign": campaign, "form": form, "verb": verb, "word": word}
            return render(request, "campaigns/campaign_status.html", context)

    def carry_out(campaign: Campaign, form: StatusForm, user: User) -> str:
        data, old = form.cleaned_data, campaign.status
        services.set_status(campaign, data["status"], actor=user, reason=data["reason"], seen=data["seen_status"])
        if campaign.status == old:
            return NOTHING
        return f"{campaign} is {campaign.get_status_display()} now. It can be set back here at any time."

    return _take(request, slug, lambda campaign: form, carry_out, leads=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_appoint(request: HttpRequest, slug: str) -> HttpResponse:
    """One more shifter, from a day to a day."""

    def carry_out(campaign: Campaign, form: AppointForm, user: User) -> str:
        data = form.cleaned_data
        services.appoint(campaign, data["user"], actor=user, from_on=data["from_on"], until_on=data["until_on"])
        return f"{data['user']} is appointed and told."

    return _take(request, slug, lambda campaign: AppointForm(request.POST), carry_out, leads=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_appointment(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Other days for an appointment, or its end today."""

    def carry_out(campaign: Campaign, form: DaysForm, user: User) -> str:
        one = form.appointment
        if "end" in request.POST:
            services.end_appointment(one, actor=user)
            began = one.until_on is not None and one.until_on >= one.from_on
            return f"The appointment of {one.user} " + (f"ends with {one.until_on}." if began else "is taken back.")
        data = form.cleaned_data
        services.change_appointment(one, actor=user, from_on=data["from_on"], until_on=data["until_on"], seen=form.seen_days())
        return f"The days of {one.user} are set."

    def form_of(campaign: Campaign) -> DaysForm:
        one = get_object_or_404(campaign.appointments.select_related("user", "campaign"), pk=pk)
        return DaysForm(request.POST if request.method == "POST" else None, appointment=one)

    return _take(request, slug, form_of, carry_out, leads=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_checks(request: HttpRequest, slug: str) -> HttpResponse:
    """When checks are due."""

    def carry_out(campaign: Campaign, form: ChecksForm, user: User) -> str:
        data = form.cleaned_data
        changed = set_schedule(
            campaign, actor=user, is_wanted=data["is_wanted"] == ChecksForm.WANTED, time_zone=data["time_zone"],
            slots=data["slots"], first_slots=data["first_slots"], n_first_days=data["n_first_days"], seen=form.seen(),
        )  # fmt: skip
        return f"Set: {', '.join(changed)}." if changed else NOTHING

    return _take(request, slug, lambda campaign: ChecksForm.of(schedule_row(campaign), request.POST), carry_out)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_justin_purpose(request: HttpRequest, slug: str, justin_id: int) -> HttpResponse:
    """Whether a justIN campaign is for tests or production."""

    def carry_out(campaign: Campaign, form: SettingsForm, user: User) -> str:
        justin_campaign = get_object_or_404(campaign.justin_campaigns, justin_id=justin_id)
        services.set_justin_purpose(campaign, justin_campaign, request.POST.get("purpose", ""), actor=user)
        return f"It is noted what justIN campaign {justin_id} is for."

    return _take(request, slug, lambda campaign: _Plain(request.POST, part="justin"), carry_out)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_request_add(request: HttpRequest, slug: str) -> HttpResponse:
    """One more accepted request that the campaign serves."""

    def carry_out(campaign: Campaign, form: AddRequestForm, user: User) -> str:
        asked = form.cleaned_data["request"]
        services.add_request(campaign, asked, actor=user)
        return f"{campaign} serves request {asked.pk} too."

    return _take(request, slug, lambda campaign: AddRequestForm(request.POST, campaign=campaign), carry_out, leads=True)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_request_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take away a request that was tied to the wrong campaign."""

    def carry_out(campaign: Campaign, form: SettingsForm, user: User) -> str:
        services.remove_request(campaign, get_object_or_404(campaign.requests, pk=pk), actor=user)
        return f"{campaign} no longer serves request {pk}."

    return _take(request, slug, lambda campaign: _Plain(request.POST, part="requests"), carry_out, leads=True)


class _Plain(SettingsForm):
    """For what is a button alone."""

    def __init__(self, data: Any, *, part: str) -> None:
        self.part = part
        super().__init__(data)


def _change(campaign: Campaign, form: SettingsForm, user: User) -> str:
    changed = services.change_settings(campaign, form.changed(), actor=user, seen=form.seen())
    if not changed:
        return NOTHING
    said = f"Set: {', '.join(changed)}."
    if "working directory" in changed and personal_path(campaign.working_directory):
        said += " The directory looks like a person's own; what production needs belongs under the production account."
    return said


def _campaign(request: HttpRequest, slug: str, *, leads: bool = False) -> Campaign:
    """The campaign, for those who may change something of it; `leads`: for coordinators only."""
    user = cast(User, request.user)
    campaign = get_object_or_404(Campaign.objects.visible_to(user), slug=slug)
    if leads and not can_lead(user):
        raise PermissionDenied(f"This of {campaign} is set by coordinators. Ask one of them.")
    if not can_set_up(user, campaign):
        raise PermissionDenied(f"{campaign} is set up by its shifters and coordinators. Ask a coordinator to appoint you.")
    return campaign


def _take(
    request: HttpRequest,
    slug: str,
    form_of: Callable[[Campaign], Any],
    carry_out: Callable[[Campaign, Any, User], str],
    *,
    leads: bool = False,
) -> HttpResponse:
    """Carry out what a form asks and lead back to its part of the page, or show the page with what is wrong."""
    user, campaign = cast(User, request.user), _campaign(request, slug, leads=leads)
    form = form_of(campaign)
    address = f"{reverse('campaigns:campaign-settings', args=[campaign.slug])}#{form.part}"
    if request.method != "POST":  # e.g. back from the log-in page; what was typed is gone
        return redirect(address)
    if form.is_valid() or "end" in request.POST:
        try:
            said = carry_out(campaign, form, user)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            campaign.refresh_from_db()
        else:
            messages.success(request, said)
            return redirect(address.replace(f"/{slug}/", f"/{campaign.slug}/", 1))
    return _page(request, campaign, form)


def _page(request: HttpRequest, campaign: Campaign, sent: SettingsForm | None = None) -> HttpResponse:
    """Every part with its form; `sent` is the one that could not be taken, with what was typed."""
    user = cast(User, request.user)
    leads = can_lead(user)

    def form(part: type[SettingsForm], make: Callable[[], SettingsForm]) -> SettingsForm:
        return sent if isinstance(sent, part) else make()

    context: dict[str, Any] = {
        "campaign": campaign,
        "current": "campaign-settings",
        "leads": leads,
        "work": form(WorkForm, lambda: WorkForm.of(campaign)),
        "checks": form(ChecksForm, lambda: ChecksForm.of(schedule_row(campaign))),
        "justin": list(
            CampaignJustinCampaign.objects.filter(campaign=campaign)
            .select_related("justin_campaign")
            .order_by("justin_campaign__justin_id")
        ),
        "purposes": CampaignJustinCampaign.Purpose.choices,
        "directory_is_personal": personal_path(campaign.working_directory),
        "wrong_elsewhere": sent if isinstance(sent, _Plain) else None,
    }
    if leads:
        appointments = list(campaign.appointments.select_related("user", "appointed_by"))
        days = {one.pk: DaysForm(appointment=one) for one in appointments if not is_over(one)}
        if isinstance(sent, DaysForm):
            days[sent.appointment.pk] = sent
        context |= {
            "name": form(NameForm, lambda: NameForm.of(campaign)),
            "former_names": list(campaign.former_names.order_by("-until")),
            "about": form(AboutForm, lambda: AboutForm.of(campaign)),
            "status": form(StatusForm, lambda: StatusForm.of(campaign)),
            "appoint": form(AppointForm, AppointForm),
            "days": list(days.values()),
            "today": timezone.localdate(),
            "over": [one for one in appointments if one.pk not in days],
            "add_request": form(AddRequestForm, lambda: AddRequestForm(campaign=campaign)),
            "requests": _requests(campaign),
        }
    return render(request, "campaigns/campaign_settings.html", context, status=400 if sent else 200)


def _requests(campaign: Campaign) -> list[tuple[ProductionRequest, bool]]:
    """Its requests, and whether another campaign serves them too, so that this one may let go of it."""
    served = campaign.requests.only("pk", "title").order_by("pk").prefetch_related("campaigns")
    return [(one, len(one.campaigns.all()) > 1) for one in served]
