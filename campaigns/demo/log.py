"""What people of the demonstration wrote into the logs of its campaigns, beside what the portal writes there by itself. Numbers
are those that were read; a log in which somebody wrote already stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from campaigns.demo.meetings import meeting_day
from campaigns.demo.steps import People
from campaigns.log.services import amend_entry, edit_entry, reply, write_entry
from campaigns.models import Campaign, EntryKind, LogEntry
from portal.models import User

TOP = [("CERN", 231, "#2f6f4f"), ("US FNAL", 187, "#2f6f4f"), ("NL NIKHEF", 96, "#2f6f4f"), ("UK Brunel", 13, "#a33")]


@dataclass(frozen=True)
class Page:
    """A campaign's log and who writes in it."""

    campaign: Campaign
    people: People

    def write(self, author: User, kind: EntryKind, body: str, *, hours_ago: float, **more: object) -> LogEntry:
        at = timezone.now() - timedelta(hours=hours_ago)
        return write_entry(self.campaign, actor=author, kind=kind, body=body, happened_at=at, **more)  # type: ignore[arg-type]


def load_log(people_of: Callable[[str], People]) -> None:
    """Write what people would have written. Run it once the workflows were read."""
    for name, happens in PAGES.items():
        campaign = Campaign.objects.get(name=name)
        written = LogEntry.objects.filter(campaign=campaign, kind__in=(EntryKind.NOTE, EntryKind.INCIDENT), parent=None)
        if campaign.workflows().filter(tally__isnull=False).exists() and not written.filter(author__isnull=False).exists():
            happens(Page(campaign, people_of(name)))


def _slices(page: Page) -> None:
    shifter, people = page.people.shifter, page.people
    submitted = page.write(
        shifter, EntryKind.SUBMISSION,
        "Submitted slices 1 and 2 as #3201 and #3202, from `dunegpvm03`:\n\n"
        "```\njustin create-workflow --description \"LBL2 reco, slice 1\" --mql \"files from lbl2:sample ordered skip 0 "
        "limit 4200\" --scope lbl2 --jobscript-git DUNE/production-jobscripts/lbl2/reco.jobscript:v1.2\n```",
        hours_ago=70, workflows=[3201, 3202], tags=["slice-1", "slice-2"], step="production",
    )  # fmt: skip
    reply(submitted, actor=people.requester, body="Thank you. We look at the first files as soon as they are at FNAL.")
    incident = page.write(
        shifter, EntryKind.INCIDENT,
        "**UK_Brunel** ends most of our jobs with exit code 65; everywhere else the same code runs. Reported to the site; "
        "nothing is resubmitted before they answer.\n\n![jobs that ended, by site](file:1)\n\n"
        "| site | exit code | what |\n|---|--:|---|\n| UK_Brunel | 65 | no access to `/cvmfs/larsoft.opensciencegrid.org` |\n",
        hours_ago=26, tags=["site", "cvmfs"], references=[("site", "UK_Brunel")], files=[_chart()], step="production",
    )  # fmt: skip
    reply(incident, actor=people.production, body="Same there with another campaign since yesterday. @coordinator1 knows.")
    reply(incident, actor=shifter, body="The site mounted CVMFS again; the next jobs will show.")
    amend_entry(incident, actor=shifter, body="The jobs that failed are run again in slice 5, not one by one.")
    page.write(
        people.coordinator, EntryKind.DECISION,
        "Slices 3 to 5 are submitted one after the other: the next one when fewer than 300 jobs are running.",
        hours_ago=24, tags=["plan"], step="production", references=[("meeting", meeting_day().isoformat())],
    )  # fmt: skip


def _runs(page: Page) -> None:
    shifter = page.people.shifter
    note = page.write(
        shifter, EntryKind.NOTE,
        "The validation sample is complete. Energy scale and hit efficiency are with the analysis group; plots by Friday, they "
        "say.", hours_ago=18, tags=["validation"],
    )  # fmt: skip
    edit_entry(note, actor=shifter, version=1, body=note.body.replace("by Friday, they say", "by Thursday, they say"))
    reply(note, actor=page.people.requester, body="Thursday it is. Is the drift velocity the one of run 27304?")
    page.write(
        page.people.data_manager, EntryKind.NOTE,
        "Replicas of the validation sample are at FNAL and CERN; the rule keeps them for three months.",
        hours_ago=9, tags=["replicas"],
    )  # fmt: skip


def _cosmics(page: Page) -> None:
    page.write(
        page.people.shifter, EntryKind.INCIDENT,
        "The test of the second jobscript was submitted with the scope of the production by mistake, see #3306. Paused it and "
        "asked @datamanager1 whether anything has to be removed.", hours_ago=4, workflows=[3306], tags=["scope"],
    )  # fmt: skip


def _keep_up(page: Page) -> None:
    page.write(
        page.people.shifter, EntryKind.NOTE,
        "#2988 is too large for justIN’s downloads to be complete: numbers marked ≥ are lower bounds. New workflows take at "
        "most 8,000 files.", hours_ago=52, workflows=[2988], tags=["row-cap"],
    )  # fmt: skip


PAGES: dict[str, Callable[[Page], None]] = {
    "lbl2-reco-2026": _slices,
    "pdhd-reco-2026b": _runs,
    "pdhd-cosmics-2026": _cosmics,
    "fdhd-keepup-2026": _keep_up,
}


def _chart() -> SimpleUploadedFile:
    """A picture as it comes from the clipboard: bars with names."""
    image = Image.new("RGB", (640, 220), "white")
    draw = ImageDraw.Draw(image)
    for row, (site, n, colour) in enumerate(TOP):
        y = 20 + row * 48
        draw.text((16, y + 8), site, fill="#222")
        draw.rectangle((130, y, 130 + 2 * n, y + 30), fill=colour)
        draw.text((140 + 2 * n, y + 8), f"{n} jobs with exit code 0", fill="#222")
    out = BytesIO()
    image.save(out, "PNG")
    return SimpleUploadedFile("jobs-by-site.png", out.getvalue(), content_type="image/png")
