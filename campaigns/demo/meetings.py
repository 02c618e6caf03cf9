"""The production meeting of the demonstration: every week, the next one tomorrow, those before on the days that its decisions
name. A portal that has a series already stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

from django.utils import timezone

from campaigns.demo.steps import People
from campaigns.meetings.actions import add_action, finish_action
from campaigns.meetings.agenda import propose_item
from campaigns.meetings.reading import next_meeting
from campaigns.meetings.series import make_ahead, make_series
from campaigns.meetings.services import write_minutes
from campaigns.models import Campaign, Meeting, MeetingSeries
from portal.models import User

WEEK = timedelta(days=7)
WEEKS_BEFORE = 7
MINUTES = "\n\n".join([
    "Present: coordination, production, data management, the shifters, one requester.",
    "### Round table",
    "- **LBL2**: the requester had remarks on the validation sample and is content. Full-scale production is approved in five "
    "slices, the first two at once.\n"
    "- **PDHD beam runs**: the fields of the metadata are those of the parent dataset; the validation sample is next.\n"
    "- **VD single particles**: the report was presented; the campaign is finished.",
    "### Sites",
    "UK_Brunel ends most jobs with exit code 65. @shifter1 asks the site; nothing is resubmitted before it answers.",
])  # fmt: skip


def meeting_day(weeks_ago: int = 0) -> date:
    """The day of the latest meeting, or of one so many weeks before: the next one is tomorrow."""
    return timezone.localdate() + timedelta(days=1) - WEEK * (weeks_ago + 1)


def load_meetings(people_of: Callable[[str], People]) -> None:
    """Make the series with its past, minutes and actions of the latest meeting, and items for the next."""
    if MeetingSeries.objects.exists():
        return
    people = people_of("lbl2-reco-2026")
    first = meeting_day(WEEKS_BEFORE)
    make_series(
        {
            "name": "Production meeting", "weekday": first.weekday(), "every_weeks": 1, "begins": time(16), "n_minutes": 60,
            "time_zone": "Europe/Zurich", "where": "https://example.org/production-meeting", "from_on": first,
        },
        actor=people.coordinator, now=timezone.now() - WEEK * (WEEKS_BEFORE + 1),
    )  # fmt: skip
    make_ahead()
    latest, before = (Meeting.objects.get(held_on=meeting_day(weeks)) for weeks in (0, 1))
    write_minutes(latest, actor=people.coordinator, text=MINUTES, version=0)
    lbl2 = Campaign.objects.get(name="lbl2-reco-2026")
    add_action(
        latest, actor=people.coordinator, text="Ask UK_Brunel when CVMFS is mounted again", responsible=people.shifter,
        due_on=timezone.localdate() + timedelta(days=1), campaign=lbl2,
    )  # fmt: skip
    done = add_action(
        before, actor=people.coordinator, text="Reserve disk for the validation sample at FNAL", responsible=people.data_manager
    )
    finish_action(done, actor=people.data_manager, outcome="20 TB, for three months.")
    following = next_meeting()
    if following is not None:
        text = "Since #3203 it fails more than it ends."
        _propose(following, people.shifter, "UK_Brunel: shall its jobs go elsewhere?", text, lbl2)
        _propose(following, people.requester, "Which runs come after LBL2?", "", None)


def _propose(meeting: Meeting, who: User, title: str, text: str, campaign: Campaign | None) -> None:
    propose_item(meeting, actor=who, title=title, text=text, campaign=campaign)
