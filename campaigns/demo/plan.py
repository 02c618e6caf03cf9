"""The demonstration's plan: the LBL2 sample in five slices, as it is really submitted in the simulated justIN.

The number of files is the request's. The simulated MetaCat has 17 more by now, which came after the last slice was submitted.
"""

from __future__ import annotations

from typing import Any

from campaigns.models import Campaign, PlanDraft, ProductionRequest
from campaigns.plan_services import publish_plan, save_plan
from portal.models import User

SAMPLE = "files from hd-protodune:hd-protodune-raw-2026 where core.data_tier=raw and core.run_type=hd-protodune"
N_FILES = 20_784
SLICES = [(0, 6000), (6000, 1000), (7000, 5000), (12000, 5000), (17000, None)]


def publish_lbl2_plan(campaign: Campaign, *, actor: User) -> None:
    """Draft and publish it, unless something is planned already."""
    if PlanDraft.objects.filter(campaign=campaign).exists():
        return
    request = ProductionRequest.objects.filter(campaigns=campaign).order_by("pk").first()
    draft = save_plan(
        campaign, _content(f"request {request.pk}" if request else "the production meeting"), actor=actor, version=0
    )
    publish_plan(campaign, actor=actor, version=draft.version, note="in slices, the validation sample first")


def _content(source: str) -> dict[str, Any]:
    def row(key: str, step: str, skip: int, limit: int | None, **more: Any) -> dict[str, Any]:
        return {"key": key, "step": step, "sample": "s1", "skip": skip, "limit": limit} | more

    return {
        "common": {
            "description": "lbl2-reco-2026", "scope": "hd-protodune", "campaign_id": 402, "test_campaign_id": 437,
            "jobscript_git": "DUNE/production-jobscripts/lbl2/reco.jobscript:v1.2", "rss_mib": 4000, "lifetime_days": 365,
            "output_patterns": ["*_reco.root:lbl2-reco-2026"], "n_jobs_reference": 2000,
        },
        "samples": [{"key": "s1", "label": "LBL2 raw", "mql": SAMPLE, "n_files": N_FILES, "n_files_from": source}],
        "rows": [
            row("test-1", "test", 0, 10, notes="about ten jobs, one or two events each"),
            row("small-1", "validation", 0, 10, use="small-run", notes="clean before the validation sample"),
            row("validation-1", "validation", 0, 100),
            *(row(f"r{number}", "production", skip, limit) for number, (skip, limit) in enumerate(SLICES, start=1)),
        ],
    }  # fmt: skip
