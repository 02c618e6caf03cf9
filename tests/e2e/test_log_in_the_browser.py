"""The log in a real browser: looked at, written with a pasted picture, kept through lost connections and second windows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone

from campaigns.log import services
from campaigns.log.unread import mark_read
from campaigns.models import Campaign
from tests.log_pages.conftest import saw, write

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LOG = "/campaigns/pdhd-reco-2026b/log/"
SHOTS = Path(os.environ["LOG_SHOTS"]) if os.environ.get("LOG_SHOTS") else None
TABLE = """justIN paused #3223. All but 5 of the errors are exit 71 on one node of US_Wisconsin with a full disk, the others are fine:

| Site | Ended | Exit 0 | 71 | other |
|---|--:|--:|--:|--:|
| US_Wisconsin | 91 | 0 | 91 | 0 |
| all others | 161 | 145 | 0 | 16 |

Asked the site, @coordinator1. I will resume when the node is out."""


@pytest.fixture
def log(world: Campaign, shifter, coordinator) -> Campaign:
    """Two days of a log with something of everything."""
    day = timezone.timedelta(days=1)
    now = timezone.now().replace(hour=16, minute=2) - day
    write(world, shifter, "Row 23, inputs 7,700 to 8,049, is workflow #3223. Command as in the plan, 4,000 MiB.", kind="submission",
          happened_at=now, token_name="gpvm03")  # fmt: skip
    saw(world, "[3223](/workflows/3223/) started, 350 files", state="running", at=now + day / 6)
    saw(world, "3221 stage 1 complete, 350 of 350", state="ok", at=now + day / 5)
    saw(world, "3223 paused: more than 10 jobscript errors in an hour", state="paused", at=now + day / 4)
    saw(world, "UK_Brunel went bad in 3225", state="bad", at=now + day / 4.1)
    write(world, shifter, "3223 paused in the night, looking into it. Running 588 of 600.", kind="check")
    mark_read(world, shifter, 6)
    incident = write(world, shifter, TABLE, kind="incident", tags=["disk"], references=[("site", "US_Wisconsin")])
    services.reply(incident, actor=coordinator, body="Agreed. Site ticket opened; no need to restrict the site.")
    services.amend_entry(incident, actor=shifter, body="The node is out since 14:00.")
    wrong = write(world, coordinator, "Decided in the wrong campaign.", kind="decision")
    services.strike_entry(wrong, actor=coordinator, reason="Belongs to pdvd-keepup.")
    saw(world, "3224 submitted by shifter1", state="todo")
    return world


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_the_page_is_readable_for_all(visit, log, shifter, width, dark):
    seen = visit(LOG, as_user=shifter, width=width, dark=dark)
    if SHOTS:
        seen.shoot(SHOTS / f"log-{width}-{'dark' if dark else 'light'}.png")
    assert seen.axe() == []
    assert seen.overflow() <= 0
