"""A campaign with a log of its own, a request and a shifter; PDFs only where the machine can make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.log.services import amend_entry, edit_entry, reply, strike_entry
from campaigns.log_documents.system_parts import missing_packages
from campaigns.models import Appointment, Campaign, CampaignRequest
from portal.models import User
from tests.factories import a_picture, make_campaign, make_entry
from tests.requests.filing import filed

BEGAN = datetime(2026, 11, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)

needs_pdf = pytest.mark.skipif(bool(missing_packages()), reason=f"no PDFs here: apt-get install {' '.join(missing_packages())}")

CODE = "justin simple-workflow --mql 'files from hd-protodune:fnal-w3100s1p1' --env LONG=" + "0123456789" * 20


@pytest.fixture
def campaign(db: None, shifter: User) -> Campaign:
    """shifter1 is appointed to it."""
    campaign = make_campaign("pdhd-reco-2026b", 402, purpose="Reconstruction of beam runs for the beam group")
    Appointment.objects.create(campaign=campaign, user=shifter, from_on=datetime(2026, 9, 1, tzinfo=UTC).date())
    return campaign


@pytest.fixture
def log(campaign: Campaign, shifter: User, coordinator: User, requester: User) -> Campaign:
    """A log with one of everything that a document shows."""
    CampaignRequest.objects.create(campaign=campaign, request=filed(requester))
    for n in range(3):
        make_entry(
            campaign, body=f"Workflow #{3200 + n} finished: 350 files.", fact=f"finished {n}", state="ok",
            happened_at=BEGAN + n * HOUR,
        )  # fmt: skip
    incident = make_entry(
        campaign, shifter, kind="incident", happened_at=BEGAN + 4 * HOUR, tags=["brunel"],
        files=[a_picture("disk.png", (640, 360))],
        body="# Disk full\n\njustIN paused #3201.\n\n| Site | Ended |\n|---|---:|\n| US_Wisconsin | 91 |\n\n"
        f"```\n{CODE}\n```\n\n![free disk](file:1)",
    )  # fmt: skip
    reply(incident, actor=coordinator, body="A ticket was opened.")
    amend_entry(incident, actor=shifter, body="The node is out of production.")
    note = make_entry(campaign, shifter, "Was 47 of 672.", happened_at=BEGAN + 30 * HOUR)
    edit_entry(note, actor=shifter, version=1, body="Was 48 of 672.")
    wrong = make_entry(campaign, shifter, "This was about another campaign.", happened_at=BEGAN + 31 * HOUR)
    strike_entry(wrong, actor=coordinator, reason="Written into the wrong log.")
    return campaign


@pytest.fixture(autouse=True)
def _uploads_go_elsewhere(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
