"""A plan in numbers: 1,000 rows against 100, worked out, compared with as many workflows, written and read as a list, shown."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from benchmarks.measuring import best_of, say
from benchmarks.pages import page
from campaigns.models import Campaign
from campaigns.plan_services import save_plan
from campaigns.planning.actual import against, coverages, workflows_of
from campaigns.planning.content import PlanContent, read_content, written
from campaigns.planning.list_reading import read_list
from campaigns.planning.list_taking import take_list
from campaigns.planning.list_writing import list_of
from campaigns.planning.rows import lay_out
from campaigns.services import appoint_shifter, create_campaign, watch_justin_campaign
from monitoring.csv_tables import csv_response
from monitoring.models import JustinCampaign, Workflow
from portal.models import User
from portal.roles import Role, set_roles

FEW, MANY = 100, 1000
MQL = "files from fardet-hd:bench-plan"


def measure() -> None:
    planner, _made = User.objects.get_or_create(username="planner1")
    set_roles(planner, [Role.SHIFTERS])
    client = Client(headers={"host": "localhost"})
    client.force_login(planner)
    few, many = (_times(n, planner, client) for n in (FEW, MANY))
    for what, seconds in many.items():
        say(f"{what}, {MANY} rows", seconds[0], few[what][0], f"{FEW} rows", seconds[1])


def _times(n: int, planner: User, client: Client) -> dict[str, tuple[float, str]]:
    campaign, content = _campaign(n, planner)
    layout, reads = lay_out(content), workflows_of(campaign)
    actuals = against(content, layout, reads, {})
    head, lines = list_of(actuals, campaign=campaign.name)
    text = csv_response("x", head, lines).content
    here = f"{campaign.get_absolute_url()}plan/"
    shown, n_queries = page(client, here)
    edited, n_edit_queries = page(client, f"{here}edit/")
    return {
        "plan laid out": (best_of(lambda: lay_out(content)), ""),
        "plan against workflows": (best_of(lambda: against(content, layout, reads, {})), ""),
        "coverage of a plan": (best_of(lambda: coverages(content, reads)), ""),
        "list of a plan read and taken": (best_of(lambda: take_list(content, read_list(text))), ""),
        "page of a plan": (shown, f"; {n_queries} queries, at most 25"),
        "editor of a plan": (edited, f"; {n_edit_queries} queries, at most 25"),
    }


def _campaign(n: int, planner: User) -> tuple[Campaign, PlanContent]:
    """A campaign whose every second row was submitted."""
    campaign = create_campaign(f"bench-plan-{n}", actor=None)
    appoint_shifter(campaign, planner, actor=None)
    watch_justin_campaign(campaign, 9_000 + n, actor=None)
    justin_campaign = JustinCampaign.objects.get(justin_id=9_000 + n)
    content = read_content(
        {
            "common": {
                "description": campaign.name, "scope": "fardet-hd", "campaign_id": 9_000 + n, "lifetime_days": 90,
                "jobscript_git": "DUNE/prod/hd/reco.jobscript:v1", "output_patterns": ["*reco.root:bench"],
            },
            "samples": [{"key": "s1", "mql": MQL, "n_files": 40 * n}],
            "rows": [{"key": f"r{at}", "step": "production", "sample": "s1", "skip": 40 * at, "limit": 40} for at in range(n)],
        }
    )  # fmt: skip
    now = timezone.now()
    Workflow.objects.bulk_create(
        Workflow(
            justin_id=1_000_000 * (n // FEW) + at, justin_campaign=justin_campaign, description="bench", state="finished",
            mql=f"{MQL} ordered skip {40 * at} limit 40", scope_name="fardet-hd", files_processed=40, files_total=40,
            listed_at=now, started_at=now - timedelta(days=1),
        )
        for at in range(0, n, 2)
    )  # fmt: skip
    save_plan(campaign, written(content), actor=planner, version=0)
    return campaign, content
