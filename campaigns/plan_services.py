"""Save and publish a plan. Each action checks role and input, writes in one transaction, or raises portal.errors.Refused."""

from __future__ import annotations

from django.utils import timezone

from campaigns.models import Campaign, PlanDraft, PlanRevision, StepVerb
from campaigns.planning.content import PlanContent, hash_of, read_content, written
from campaigns.steps.loading import held
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_work
from campaigns.steps.services import OVER, checked_reason
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

PLANNING = "Only shifters of {campaign} and coordinators plan its workflows."


def save_plan(campaign: Campaign, raw: object, *, actor: User, version: int) -> PlanDraft:
    """Keep a plan as the draft. `version` is the one the change began from, 0 when there was none."""
    check_planner(actor, campaign)
    content = read_content(raw)
    with held(campaign):
        _check_goes_on(campaign)
        draft = PlanDraft.objects.filter(campaign=campaign).select_related("saved_by").first()
        told = written(content)
        if draft is not None and draft.content == told:
            return draft
        if (draft.version if draft else 0) != version:
            by = f"{draft.saved_by} saved it on {draft.saved_at:%Y-%m-%d at %H:%M} UTC" if draft else "it is not there any more"
            raise Conflict(f"The plan was changed in the meantime: {by}. Look at that version first.", field="version")
        draft = draft or PlanDraft(campaign=campaign, version=0)
        draft.content, draft.version = told, version + 1
        draft.saved_by, draft.saved_at = actor, timezone.now()
        draft.save()
        refresh(campaign)
    return draft


def publish_plan(campaign: Campaign, *, actor: User, version: int, note: str = "") -> PlanRevision:
    """Make the draft (of this version) the plan's next revision. Sign-offs that are bound to the plan lapse."""
    check_planner(actor, campaign)
    note = checked_reason(note, needed=False, field="note")
    with held(campaign):
        _check_goes_on(campaign)
        draft = PlanDraft.objects.filter(campaign=campaign).first()
        if draft is None or not draft.content.get("rows"):
            raise Invalid("There is no row to publish yet.", field="rows")
        if draft.version != version:
            raise Conflict("The plan was changed in the meantime; look at it, then publish.", field="version")
        content = read_content(draft.content)
        last = newest_revision(campaign)
        if last is not None and last.sha256 == hash_of(content):
            raise Conflict(f"Revision {last.number} says the same already.", field="version")
        revision = PlanRevision.objects.create(
            campaign=campaign, number=last.number + 1 if last else 1, content=written(content), sha256=hash_of(content),
            author=actor, note=note,
        )  # fmt: skip
        record(
            campaign, StepVerb.PLAN_PUBLISHED, actor=actor, note=note, revision=revision.number, sha256=revision.sha256,
            n_rows=len(content.rows), old=last.number if last else None,
        )  # fmt: skip
        refresh(campaign)
    return revision


def check_planner(actor: User, campaign: Campaign) -> None:
    """Raise NotAllowed for whoever does not plan this campaign's workflows: before what they sent is looked at."""
    if not can_work(actor, campaign):
        raise NotAllowed(PLANNING.format(campaign=campaign))


def newest_revision(campaign: Campaign) -> PlanRevision | None:
    return PlanRevision.objects.filter(campaign=campaign).last()


def draft_of(campaign: Campaign) -> tuple[PlanContent, int]:
    """The draft's content and version; an empty plan and 0 where there is none."""
    draft = PlanDraft.objects.filter(campaign=campaign).first()
    return (read_content(draft.content), draft.version) if draft else (PlanContent(), 0)


def _check_goes_on(campaign: Campaign) -> None:
    if campaign.status in OVER:
        raise Conflict(f"{campaign} is {campaign.get_status_display()}; nothing is planned for it.", field="campaign")
