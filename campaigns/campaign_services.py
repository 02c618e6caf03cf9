"""Actions of people who lead and set up a campaign. Each checks role and input, writes the change and its event row with old
and new values in one transaction, or raises portal.errors.Refused and changes nothing. What begins a campaign and what is
watched for it is in campaigns/services.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.campaign_fields import SETTINGS
from campaigns.models import (
    Appointment,
    Campaign,
    CampaignEvent,
    CampaignJustinCampaign,
    CampaignRequest,
    CampaignStatus,
    CampaignVerb,
    FormerName,
    ProductionRequest,
    RequestState,
)
from campaigns.names import checked_name
from campaigns.rules import can_lead, can_set_up
from campaigns.signals import campaign_changed
from monitoring.models import JustinCampaign, Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.notices import tell
from portal.roles import Role, has_role
from portal.wording import joined

LEADING = "This needs the role coordinators."
LONGEST_REASON = 2_000


def rename(campaign: Campaign, name: str, *, actor: User, provisional: bool = False, reason: str = "") -> Campaign:
    """Give the campaign another name, or say that its name is agreed. The old address goes on working."""
    _check_may_lead(actor)
    reason = _reason(reason)
    try:
        with transaction.atomic():
            _lock(campaign)
            old, old_slug, was_provisional = campaign.name, campaign.slug, campaign.name_is_provisional
            name, slug = checked_name(name, of=campaign)
            if (name, provisional) == (old, was_provisional):
                return campaign
            campaign.name, campaign.slug, campaign.name_is_provisional = name, slug, provisional
            campaign.save(update_fields=["name", "slug", "name_is_provisional"])
            if slug != old_slug:
                FormerName.objects.filter(slug=slug).delete()  # its own name of earlier: the address is in use again
                FormerName.objects.create(campaign=campaign, name=old, slug=old_slug)
            _happened(
                campaign, CampaignVerb.RENAMED, actor,
                old=_standing(old, was_provisional), new=_standing(name, provisional), reason=reason,
            )  # fmt: skip
            campaign_changed.send(Campaign, campaign=campaign)
    except IntegrityError as error:
        raise Conflict(f"Somebody took the name {name} a moment ago.", field="name") from error
    return campaign


def change_settings(
    campaign: Campaign, values: Mapping[str, Any], *, actor: User, seen: Mapping[str, Any] | None = None
) -> list[str]:
    """Set the settings given (names of campaigns.campaign_fields.SETTINGS); returns the labels of those that changed.

    `seen` holds the values that the person had before their eyes: one that somebody else changed since is refused (Conflict).
    """
    for name in values:
        if not (can_lead(actor) or (SETTINGS[name].of_shifters and can_set_up(actor, campaign))):
            raise NotAllowed(f"The {SETTINGS[name].label} is set by coordinators.")
    with transaction.atomic():
        _lock(campaign)
        found = []
        for name, given in values.items():
            setting, old = SETTINGS[name], getattr(campaign, name)
            new = setting.checked(campaign, given)
            if new == old:
                continue
            if seen is not None and name in seen and seen[name] != old:
                shown = setting.in_words(old) or "nothing"
                raise Conflict(f"Somebody set the {setting.label} to “{shown}” in the meantime.", field=name)
            setattr(campaign, name, new)
            found.append(_change(name, setting.label, setting.in_words(old), setting.in_words(new)))
        if found:
            campaign.save(update_fields=[one["field"] for one in found])
            _changed(campaign, actor, joined([one["label"] for one in found]), found)
            campaign_changed.send(Campaign, campaign=campaign)
    return [one["label"] for one in found]


def set_status(campaign: Campaign, status: str, *, actor: User, reason: str = "", seen: str = "") -> Campaign:
    """Set the status; every one can be set back. `seen` is the status it had when the person decided."""
    _check_may_lead(actor)
    if status not in CampaignStatus.values:
        raise Invalid(f"Choose one of {', '.join(CampaignStatus.values)}.", field="status")
    reason = _reason(reason)
    with transaction.atomic():
        _lock(campaign)
        old = campaign.status
        if status == old:
            return campaign
        if seen and seen != old:
            raise Conflict(f"{campaign} was set to {campaign.get_status_display()} in the meantime.", field="status")
        change_status_held(campaign, CampaignStatus(status), actor=actor, reason=reason)
        campaign_changed.send(Campaign, campaign=campaign)
    return campaign


def change_status_held(campaign: Campaign, status: CampaignStatus, *, actor: User | None, reason: str = "") -> None:
    """Set the status as part of another action, which checked the role and holds the campaign's row."""
    old = campaign.status
    campaign.status = status
    campaign.save(update_fields=["status"])
    _watch_while_active(campaign)
    _happened(campaign, CampaignVerb.STATUS_CHANGED, actor, old=old, new=str(status), reason=reason)


def _watch_while_active(campaign: Campaign) -> None:
    """justIN is asked for what some active or paused campaign needs; finished workflows still get their last reading."""
    active = Campaign.objects.active()
    for watched in campaign.justin_campaigns.all():
        JustinCampaign.objects.filter(pk=watched.pk).update(is_watched=active.filter(justin_campaigns=watched).exists())
    for workflow in campaign.registered_workflows.all():
        Workflow.objects.filter(pk=workflow.pk).update(is_watched=active.filter(registered_workflows=workflow).exists())


def add_request(campaign: Campaign, request: ProductionRequest, *, actor: User) -> bool:
    """Let the campaign serve one more accepted request. Doing it again changes nothing. Returns whether it was new."""
    _check_may_lead(actor)
    with transaction.atomic():
        _lock(campaign)
        if request.state != RequestState.ACCEPTED:
            raise Invalid(
                f"Request {request.pk} is {request.get_state_display()}. Accept it on its page, which asks for the campaign.",
                field="request",
            )
        _link, is_new = CampaignRequest.objects.get_or_create(campaign=campaign, request=request, defaults={"added_by": actor})
        if is_new:
            _happened(campaign, CampaignVerb.REQUEST_ADDED, actor, str(request.pk), request=request.pk, title=request.title)
            campaign_changed.send(Campaign, campaign=campaign)
    return is_new


def remove_request(campaign: Campaign, request: ProductionRequest, *, actor: User) -> None:
    """Take a request from the campaign, for when it was tied to the wrong one. Another campaign must serve it already."""
    _check_may_lead(actor)
    with transaction.atomic():
        _lock(campaign)
        links = CampaignRequest.objects.filter(request=request)
        if not links.filter(campaign=campaign).exists():
            return
        if not links.exclude(campaign=campaign).exists():
            raise Conflict(
                f"No other campaign serves request {request.pk}. Add it to the right campaign first.", field="request"
            )
        links.filter(campaign=campaign).delete()
        _changed(
            campaign, actor, f"request {request.pk}",
            [_change("requests", f"request {request.pk}", request.title or "served", "no longer served here")],
        )  # fmt: skip
        campaign_changed.send(Campaign, campaign=campaign)


def appoint(
    campaign: Campaign, user: User, *, actor: User, from_on: date | None = None, until_on: date | None = None
) -> Appointment:
    """Make a person a shifter of the campaign from a day (today) to a day, both included; without an end until it is ended."""
    _check_may_lead(actor)
    from_on = from_on or timezone.localdate()
    if not user.is_active or not has_role(user, Role.SHIFTERS):
        raise Invalid(f"{user} does not hold the role shifters; an administrator gives it.", field="user")
    with transaction.atomic():
        _lock(campaign)
        _check_dates(campaign, user, from_on, until_on)
        made = Appointment.objects.create(campaign=campaign, user=user, from_on=from_on, until_on=until_on, appointed_by=actor)
        _happened(
            campaign, CampaignVerb.SHIFTER_APPOINTED, actor, user.username,
            from_on=from_on.isoformat(), until_on=_day(until_on),
        )  # fmt: skip
        campaign_changed.send(Campaign, campaign=campaign)
        _tell(campaign, user, actor, f"You are appointed shifter of {campaign} {_span(from_on, until_on)}")
    return made


def change_appointment(
    appointment: Appointment, *, actor: User, from_on: date, until_on: date | None, seen: tuple[date, date | None] | None = None
) -> Appointment:
    """Set the days of an appointment. `seen` are those the person had before their eyes."""
    _check_may_lead(actor)
    with transaction.atomic():
        campaign = appointment.campaign
        _lock(campaign)
        appointment.refresh_from_db()
        old = (appointment.from_on, appointment.until_on)
        if old == (from_on, until_on):
            return appointment
        if seen is not None and seen != old:
            raise Conflict(f"Somebody set it to {_span(*old)} in the meantime.", field="until_on")
        _check_dates(campaign, appointment.user, from_on, until_on, but_for=appointment)
        appointment.from_on, appointment.until_on = from_on, until_on
        appointment.save(update_fields=["from_on", "until_on"])
        name = appointment.user.username
        days = (("from", old[0], from_on), ("until", old[1], until_on))
        found = [
            _change(f"{which}_on", f"appointment of {name}, {which}", _day(was), _day(now))
            for which, was, now in days
            if was != now
        ]
        _changed(campaign, actor, f"the appointment of {name}", found)
        campaign_changed.send(Campaign, campaign=campaign)
        _tell(campaign, appointment.user, actor, f"You are shifter of {campaign} {_span(from_on, until_on)} now")
    return appointment


def end_appointment(appointment: Appointment, *, actor: User, until_on: date | None = None) -> Appointment:
    """End an appointment with a day (today) as its last. One that has not begun ends before it begins."""
    _check_may_lead(actor)
    with transaction.atomic():
        campaign = appointment.campaign
        _lock(campaign)
        appointment.refresh_from_db()
        old = appointment.until_on
        last = until_on or timezone.localdate()
        if last < appointment.from_on:
            last = appointment.from_on - timedelta(days=1)  # it never counts, and stays in the history
        if old is not None and old <= last:
            raise Conflict(f"The appointment of {appointment.user} ended with {old.isoformat()} already.", field="until_on")
        appointment.until_on = last
        appointment.save(update_fields=["until_on"])
        _happened(
            campaign, CampaignVerb.APPOINTMENT_ENDED, actor, appointment.user.username, old=_day(old), new=last.isoformat()
        )
        campaign_changed.send(Campaign, campaign=campaign)
        _tell(campaign, appointment.user, actor, f"Your appointment as shifter of {campaign} ends with {last.isoformat()}")
    return appointment


def set_justin_purpose(campaign: Campaign, justin_campaign: JustinCampaign, purpose: str, *, actor: User) -> None:
    """Say what a justIN campaign serves for: test or production; '' takes it back."""
    if not can_set_up(actor, campaign):
        raise NotAllowed(f"Only shifters of {campaign} and coordinators say what a justIN campaign is for.")
    if purpose and purpose not in CampaignJustinCampaign.Purpose.values:
        raise Invalid("Choose test or production.", field="purpose")
    with transaction.atomic():
        _lock(campaign)
        link = CampaignJustinCampaign.objects.filter(campaign=campaign, justin_campaign=justin_campaign).first()
        if link is None:
            raise Invalid(
                f"justIN campaign {justin_campaign.justin_id} is not watched for {campaign}.", field="justin_campaign"
            )
        old = link.purpose
        if old == purpose:
            return
        link.purpose = purpose
        link.save(update_fields=["purpose"])
        label = f"purpose of justIN campaign {justin_campaign.justin_id}"
        _changed(campaign, actor, label, [_change("justin_purpose", label, old, purpose)])
        campaign_changed.send(Campaign, campaign=campaign)


def _check_may_lead(actor: User) -> None:
    if not can_lead(actor):
        raise NotAllowed(LEADING)


def _check_dates(
    campaign: Campaign, user: User, from_on: date, until_on: date | None, but_for: Appointment | None = None
) -> None:
    if until_on is not None and until_on < from_on:
        raise Invalid(f"{until_on.isoformat()} is before {from_on.isoformat()}.", field="until_on")
    others = campaign.appointments.filter(Q(until_on=None) | Q(until_on__gte=from_on), user=user)
    if until_on is not None:
        others = others.filter(from_on__lte=until_on)
    if but_for is not None:
        others = others.exclude(pk=but_for.pk)
    # one that was ended before it began never counts
    other = next((one for one in others if one.until_on is None or one.until_on >= one.from_on), None)
    if other:
        raise Conflict(
            f"{user} is appointed {_span(other.from_on, other.until_on)} already; change those days.", field="from_on"
        )


def _lock(campaign: Campaign) -> None:
    """Read the row anew and hold it to the end of the transaction; SQLite holds the whole database."""
    campaign.refresh_from_db(from_queryset=Campaign.objects.select_for_update())


def _reason(text: str) -> str:
    text = text.replace("\0", "").strip()
    if len(text) > LONGEST_REASON:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_REASON:,}.", field="reason")
    return text


def _standing(name: str, provisional: bool) -> str:
    return f"{name} (provisional)" if provisional else name


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _span(from_on: date, until_on: date | None) -> str:
    return f"from {from_on.isoformat()}" + (f" to {until_on.isoformat()}" if until_on else " on")


def _change(field: str, label: str, old: str, new: str) -> dict[str, str]:
    return {"field": field, "label": label, "old": old, "new": new}


def _changed(campaign: Campaign, actor: User, what: str, changes: list[dict[str, str]]) -> None:
    _happened(campaign, CampaignVerb.CHANGED, actor, what, changes=changes)


def _happened(campaign: Campaign, verb: CampaignVerb, actor: User | None, note: str = "", **data: object) -> None:
    kept = {name: value for name, value in data.items() if name != "reason" or value}
    CampaignEvent.objects.create(campaign=campaign, verb=verb, actor=actor, note=note, data=kept)


def _tell(campaign: Campaign, user: User, actor: User, subject: str) -> None:
    if user.pk != actor.pk:
        tell([user], subject, path=campaign.get_absolute_url())
