"""Keep a version of a campaign's jobscript or input file, or withdraw a file. Each action checks role and input, writes in one
transaction, or raises portal.errors.Refused. Sign-offs that are bound to the jobscript lapse by both.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from campaigns.jobscripts.checking import Content, checked_git, checked_name, checked_text
from campaigns.models import Campaign, JobscriptKind, JobscriptVersion, StepVerb
from campaigns.steps.loading import held
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_work
from campaigns.steps.services import OVER, checked_reason
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

KEEPING = "Only shifters of {campaign} and coordinators keep its jobscript and input files."
MOST_FILES = 50


def keep_version(
    campaign: Campaign,
    name: str,
    *,
    actor: User,
    version: int,
    kind: str = JobscriptKind.JOBSCRIPT,
    text: str = "",
    git_reference: str = "",
    git_commit: str = "",
    note: str = "",
    based_on: int | None = None,
) -> JobscriptVersion:
    """Keep the next version of a file: its text, a git reference with its commit, or both.

    `version` is the one that the change began from, 0 for a file that is not there yet. `based_on`: key of the version, of
    whatever campaign, that it was made from; left out, the one before.
    """
    check_keeper(actor, campaign)
    name = checked_name(name)
    if kind not in JobscriptKind.values:
        raise Invalid(f"Choose one of {', '.join(JobscriptKind.values)}.", field="kind")
    reference, commit = checked_git(git_reference, git_commit)
    if not text and not reference:
        raise Invalid("Give the file, its text, or where it is in git.", field="text")
    content = Content(checked_text(text) if text else "", reference, commit)
    note = checked_reason(note, needed=False, field="note")
    with held(campaign):
        _check_goes_on(campaign)
        before = newest_of(campaign, name)
        _check_follows(campaign, name, before, version)
        if before is not None and before.kind != kind and not before.is_withdrawn:
            raise Invalid(f"{name} is kept as {before.get_kind_display()} here; use another name.", field="kind")
        if before is not None and not before.is_withdrawn and _is_same(before, content):
            raise Conflict(f"{before} says the same already.", field="text")
        made = _write(
            JobscriptVersion(
                campaign=campaign, kind=kind, name=name, text=content.text, git_reference=reference, git_commit=commit,
                sha256=content.sha256, size_bytes=content.size_bytes, based_on=_based_on(campaign, based_on, before, actor),
                author=actor, note=note,
            ),
            before,
        )  # fmt: skip
        record(
            campaign, StepVerb.FILE_ADDED, actor=actor, note=note, file=made.pk, name=name, kind=str(kind), number=made.number,
            sha256=made.sha256, git_reference=reference, git_commit=commit, old=before.sha256 if before else "",
            old_git=f"{before.git_reference} {before.git_commit}".strip() if before else "", based_on=_told(made),
        )  # fmt: skip
        refresh(campaign)
    return made


def withdraw_file(campaign: Campaign, version: JobscriptVersion, *, actor: User, reason: str) -> JobscriptVersion:
    """Say that a file is not used any more; what was kept of it stays readable. `version`: the newest, as it was seen."""
    check_keeper(actor, campaign)
    reason = checked_reason(reason)
    with held(campaign):
        _check_goes_on(campaign)
        before = newest_of(campaign, version.name)
        if before is None or before.is_withdrawn:
            raise Conflict(f"{version.name} is withdrawn already.", field="version")
        _check_follows(campaign, version.name, before, version.number)
        made = _write(
            JobscriptVersion(
                campaign=campaign, kind=before.kind, name=before.name, is_withdrawn=True, sha256="", author=actor, note=reason
            ),
            before,
        )
        record(
            campaign, StepVerb.FILE_WITHDRAWN, actor=actor, note=reason, file=made.pk, name=made.name, kind=made.kind,
            number=made.number, old=before.sha256,
        )  # fmt: skip
        refresh(campaign)
    return made


def check_keeper(actor: User, campaign: Campaign) -> None:
    """Raise NotAllowed for whoever keeps no files of this campaign: before what they sent is looked at."""
    if not can_work(actor, campaign):
        raise NotAllowed(KEEPING.format(campaign=campaign))


def newest_of(campaign: Campaign, name: str) -> JobscriptVersion | None:
    """The newest version of a file, withdrawn or not."""
    return JobscriptVersion.objects.filter(campaign=campaign, name=name).select_related("author").last()


def _check_goes_on(campaign: Campaign) -> None:
    if campaign.status in OVER:
        raise Conflict(f"{campaign} is {campaign.get_status_display()}; its files stay as they are.", field="campaign")


def _check_follows(campaign: Campaign, name: str, before: JobscriptVersion | None, version: int) -> None:
    if before is not None and before.number != version:
        if version == 0:
            raise Conflict(
                f"{name} is there already: {before.author} kept version {before.number} on {before.at:%Y-%m-%d at %H:%M} UTC. "
                "Begin from that one, or choose another name.",
                field="version",
            )
        raise Conflict(
            f"{before.author} kept version {before.number} on {before.at:%Y-%m-%d at %H:%M} UTC, after the version {version} "
            "that yours began from. Look at what changed first.",
            field="version",
        )
    if before is None and version != 0:
        raise Conflict(f"There is no {name} in {campaign}. The first version follows 0.", field="version")
    if before is None and JobscriptVersion.objects.filter(campaign=campaign, number=1).count() >= MOST_FILES:
        raise Invalid(f"A campaign keeps at most {MOST_FILES} files. Put many into a tar file in cvmfs.", field="name")


def _is_same(before: JobscriptVersion, content: Content) -> bool:
    return (before.text, before.git_reference, before.git_commit) == (content.text, content.git_reference, content.git_commit)


def _based_on(campaign: Campaign, pk: int | None, before: JobscriptVersion | None, actor: User) -> JobscriptVersion | None:
    if pk is None:
        return before
    visible = Campaign.objects.visible_to(actor)
    found = JobscriptVersion.objects.filter(pk=pk, campaign__in=visible, is_withdrawn=False) if 0 < pk < 2**63 else None
    origin = found.select_related("campaign").first() if found is not None else None
    if origin is None:
        raise Invalid("The version that it is said to be based on is not there.", field="based_on")
    return origin


def _told(made: JobscriptVersion) -> str:
    """Where it comes from, for the history; '' where that is the version before."""
    origin = made.based_on
    return f"{origin} of {origin.campaign.name}" if origin is not None and origin.campaign_id != made.campaign_id else ""


def _write(made: JobscriptVersion, before: JobscriptVersion | None) -> JobscriptVersion:
    """Give it the next number. The database takes each number once, also from code that forgets to hold the campaign."""
    made.number = before.number + 1 if before else 1
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"Somebody kept a version of {made.name} a moment ago; look again.", field="version") from error
    return made
