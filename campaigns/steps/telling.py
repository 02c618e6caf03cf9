"""Who is told what happens to a campaign's steps. Inside the transactions of the actions; mails go out later."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Team
from campaigns.steps.standing import SignStands, StepStands
from portal.models import User
from portal.notices import tell
from portal.roles import Role


def step_path(campaign: Campaign, step: str, anchor: str = "") -> str:
    """The address of a step's page."""
    return reverse("campaigns:step-detail", args=[campaign.slug, step]) + (f"#{anchor}" if anchor else "")


def people_with(*roles: Role) -> list[User]:
    return list(User.objects.filter(groups__name__in=roles, is_active=True).distinct())


def shifters_of(campaign: Campaign) -> list[User]:
    """Appointed today."""
    today = timezone.localdate()
    on_shift = campaign.appointments.filter(Q(until_on=None) | Q(until_on__gte=today), from_on__lte=today)
    return list(User.objects.filter(pk__in=on_shift.values("user"), is_active=True))


def requesters_of(campaign: Campaign) -> list[User]:
    """Who filed the requests that the campaign serves."""
    return list(User.objects.filter(production_requests__campaigns=campaign, is_active=True).distinct())


def tell_people(
    people: Iterable[User], actor: User | None, subject: str, text: str = "", path: str = "", *, urgent: bool = False
) -> int:
    """Tell these people, but not the person who did it; returns how many."""
    others = [user for user in people if actor is None or user.pk != actor.pk]
    return len(tell(others, subject, text, path=path, urgent=urgent)) if others else 0


def tell_lapsed(campaign: Campaign, step: StepStands, sign: SignStands, why: str) -> None:
    """The signer hears that the signature no longer counts."""
    signer = User.objects.filter(pk=sign.act.actor).first() if sign.act and sign.act.actor else None
    if signer is not None:
        tell(
            [signer], f"{campaign}: your sign-off of {step.step} for {sign.team.label.lower()} lapsed",
            f"{why[:1].upper()}{why[1:]}. What you signed: {sign.act.fingerprint[:8] if sign.act else ''}; "
            f"what stands now: {step.print.fingerprint[:8]}.",
            path=step_path(campaign, step.key, "sign"),
        )  # fmt: skip


def tell_validation_opened(campaign: Campaign, step: StepStands) -> int:
    return tell_people(
        people_with(Role.PRODUCTION), None, f"{campaign}: the validation sample begins",
        "The test is complete; validation workflows are submitted next.", step_path(campaign, step.key),
    )  # fmt: skip


def tell_refused(campaign: Campaign, step: StepStands, team: Team, actor: User, comment: str) -> None:
    """The shifters hear what must change."""
    tell_people(
        [*shifters_of(campaign), *people_with(Role.COORDINATORS)], actor,
        f"{campaign}: {team.label.lower()} refused to sign {step.step}", comment, step_path(campaign, step.key),
    )  # fmt: skip


def tell_completed(campaign: Campaign, step: StepStands, following: str, actor: User) -> None:
    text = f"Next: {following}." if following else "All steps are complete."
    people = {user.pk: user for user in [*shifters_of(campaign), *requesters_of(campaign)]}
    tell_people(people.values(), actor, f"{campaign}: {step.step} is complete", text, step_path(campaign, step.key))


def tell_reopened(campaign: Campaign, step: StepStands, signers: Iterable[int], actor: User, reason: str) -> None:
    """Shifters, and whoever signed what is void now."""
    people = {user.pk: user for user in [*shifters_of(campaign), *User.objects.filter(pk__in=set(signers), is_active=True)]}
    tell_people(
        people.values(), actor, f"{campaign}: {step.step} was reopened",
        f"{reason}\nSign-offs of this step and of later ones are void.", step_path(campaign, step.key),
    )  # fmt: skip
