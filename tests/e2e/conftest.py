"""A portal with something of everything on it, for the browser. Real time: pages age while they are looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.services import appoint_shifter, comment_on_workflow
from monitoring.models import JustinCampaign, MonitoringEvent, Verb, Workflow
from portal.models import User
from tests.factories import (
    Jobs,
    make_campaign,
    make_failed_jobs,
    make_files,
    make_hours,
    make_service,
    make_storage,
    make_tally,
    make_workflow,
)


@pytest.fixture
def world(transactional_db: None, shifter: User) -> Campaign:
    """Campaign pdhd-reco-2026b, shifter1 on shift: running, paused, finished, submitted, cut, stale and unread workflows."""
    now = timezone.now()
    fresh = {"listed_at": now, "read_at": now, "full_read_at": now, "state_since": now - timedelta(hours=19)}
    make_service(read_at=now, round_began_at=now, round_ended_at=now)
    campaign = make_campaign("pdhd-reco-2026b", 402, purpose="Reconstruction of beam runs for the PDHD analysis group")
    JustinCampaign.objects.update(read_at=now, n_listed=8)
    appoint_shifter(campaign, shifter, actor=None)
    running = make_workflow(3222, **fresh)
    make_tally(
        running, [Jobs("CERN", "finished", 170), Jobs("UK_Brunel", "script-error", 30, code=65), Jobs("CERN", "running", 101)]
    )
    make_hours(running, now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=30),
               [(20, n % 7, n % 3, n % 7) for n in range(30)])  # fmt: skip
    make_files(
        running,
        {("processed", 1): 150, ("processed", 2): 23, ("allocated", 1): 101, ("failed", 3): 4, ("unallocated", None): 72},
    )
    make_storage(running, "DUNE_US_FNAL_DISK_STAGE", n_jobs=200, outcome="finished", n_files=200)
    make_storage(running, "DUNE_CERN_EOS", "written", n_files=173, n_bytes=10**12)
    make_failed_jobs(running, 30)
    comment_on_workflow(campaign, running, "30 of 30 errors are exit 65 at UK_Brunel; site told", actor=shifter)
    paused = make_workflow(3223, state="paused", auto_paused_at=now - timedelta(hours=14), **fresh)
    make_tally(paused, [Jobs("US_Wisconsin", "script-error", 91, code=71), Jobs("CERN", "finished", 145)])
    make_workflow(3224, state="submitted", files=(0, 0), **fresh | {"read_at": None, "full_read_at": None})
    for number in range(3201, 3221):
        done = make_workflow(number, state="finished", files=(350, 350), **fresh)
        make_tally(done, [Jobs("CERN", "finished", 340 + number % 11), Jobs("ES_PIC", "script-error", number % 17, code=1)])
    cut = make_workflow(2988, state="running", files=(22000, 22000), **fresh)
    slices = [{"slice": "JOB_FINISHED of stage 1 at US_FNAL-FermiGrid", "n_rows": 10000, "why": "an entry cannot be split"}]
    jobs = [Jobs("US_FNAL-FermiGrid", "finished", 20261)]
    make_tally(cut, jobs, complete=False, jobs_complete=False, incomplete=slices)
    stale = make_workflow(3221, **fresh | {"listed_at": now - timedelta(hours=5), "read_at": now - timedelta(hours=5)})
    make_tally(stale, [Jobs("CERN", "finished", 640), Jobs("CERN", "stalled", 12)])
    make_workflow(3225, read_at=None, full_read_at=None, listed_at=now)
    make_workflow(3226, state="hibernating", **fresh)
    MonitoringEvent.objects.create(verb=Verb.AUTO_PAUSED, workflow=paused, at=now)
    return campaign


@pytest.fixture
def running(world: Campaign) -> Workflow:
    return Workflow.objects.get(justin_id=3222)
