"""The tutorial's plan as it was really submitted: one workflow took another slice, one was a second try, one row is open."""

from __future__ import annotations

from typing import Any

from campaigns.models import Campaign
from campaigns.plan_services import save_plan
from campaigns.services import watch_justin_campaign
from monitoring.models import Workflow
from tests.campaigns.steps.walking import Cast, begin
from tests.factories import Jobs, make_files, make_service, make_tally, make_workflow
from tests.planning.plans import MQL, lbl2


def planned(cast: Cast, plan: dict[str, Any] | None = None) -> Campaign:
    """A campaign that watches justIN campaign 377, with this plan as its draft."""
    make_service()
    campaign = begin(cast, "lbl2-reco-2026")
    watch_justin_campaign(campaign, 377, actor=None)
    save_plan(campaign, plan or lbl2(), actor=cast.shifter, version=0)
    return campaign


def take(justin_id: int, skip: int, limit: int | None, **fields: Any) -> Workflow:
    """A workflow of the sample."""
    end = "" if limit is None else f" limit {limit}"
    values = {"campaign": 377, "scope_name": "fardet-hd", "mql": f"{MQL} ordered skip {skip}{end}", "state": "finished"}
    return make_workflow(justin_id, **values | {"files": (limit, limit)} | fields)


def submitted(campaign: Campaign) -> None:
    """Rows 2 to 5 of the plan as in the tutorial's second weekly table; workflow 1631 took 11,800 to 16,849."""
    take(1501, 0, 10, description="lbl2-reco-2026 test-1", scope_name="usertests")
    make_tally(take(1650, 0, 6000), [Jobs("CERN", "finished", 6000), Jobs("ES_PIC", "script-error", 412, code=1)])
    take(1513, 6000, 1000, files=(40, 1000))
    make_tally(take(1638, 6000, 1000), [Jobs("CERN", "finished", 1000), Jobs("CERN", "aborted", 45)])
    third = take(1639, 7000, 5000, files=(4691, 5000))
    make_tally(third, [Jobs("CERN", "finished", 4691), Jobs("ES_PIC", "script-error", 1010, code=65)])
    make_files(third, {("processed", 1): 4691, ("failed", 6): 308, ("notfound", None): 1})
    fourth = take(1661, 11800, 5050, state="running", files=(3557, 5050), description="lbl2-reco-2026 r4")
    make_tally(fourth, [Jobs("CERN", "finished", 3557), Jobs("UK_Brunel", "running", 212)])
    assert campaign.workflows().count() == 6
