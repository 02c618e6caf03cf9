"""Plans of the demonstration's campaigns: published, with rows that workflows of the simulated justIN serve, one workflow that
fits two rows, one that left files to run again, and rows still to be submitted.
"""

from __future__ import annotations

from typing import Any

from campaigns.models import Campaign, PlanDraft
from campaigns.plan_reports import report_workflow
from campaigns.plan_services import publish_plan, save_plan
from monitoring.models import Workflow
from portal.models import User

RAW = "files from hd-protodune:hd-protodune-raw-2026 where core.data_tier=raw and core.run_type=hd-protodune"
FROM = "the request"


def _common(name: str, jobscript: str, scope: str = "hd-protodune", **values: Any) -> dict[str, Any]:
    return {
        "description": name, "scope": scope, "jobscript_git": f"DUNE/production-jobscripts/{jobscript}", "rss_mib": 4000,
        "max_distance": 30, "lifetime_days": 365, "output_patterns": [f"*_reco.root:{name}"],
    } | values  # fmt: skip


def _rows(sample: str, slices: list[tuple[int, int | None]], first: int = 1) -> list[dict[str, Any]]:
    return [
        {"key": f"r{number}", "step": "production", "sample": sample, "skip": skip, "limit": limit}
        for number, (skip, limit) in enumerate(slices, start=first)
    ]


def _lbl2() -> dict[str, Any]:
    """The tutorial's five slices, all submitted, and a second sample that waits."""
    late = f"{RAW} and core.runs>=29000"
    return {
        "common": _common("lbl2-reco-2026", "lbl2/reco.jobscript:v1.2", campaign_id=402, test_campaign_id=437),
        "samples": [
            {"key": "s1", "label": "LBL2, beam runs", "mql": RAW, "n_files": 20_784, "n_files_from": FROM},
            {"key": "s2", "label": "LBL2, late runs", "mql": late, "n_files": 6_400, "n_files_from": FROM},
        ],
        "rows": [
            {"key": "test-1", "step": "test", "sample": "s1", "limit": 10},
            {"key": "small-1", "step": "validation", "use": "small-run", "sample": "s1", "limit": 10},
            {"key": "validation-1", "step": "validation", "sample": "s1", "limit": 100},
            *_rows("s1", [(0, 6000), (6000, 1000), (7000, 5000), (12000, 5000), (17000, None)]),
            *_rows("s2", [(0, 3200), (3200, None)], first=6),
        ],
    }  # fmt: skip


def _pdhd() -> dict[str, Any]:
    """Slices of which one was run twice by plan, first as a small run: its workflow fits both rows."""
    return {
        "common": _common("pdhd-reco-2026b", "pdhd/reco.jobscript:v3", campaign_id=403, test_campaign_id=437),
        "samples": [
            {"key": "s1", "label": "beam runs", "mql": f"{RAW} and core.runs>=27999", "n_files": 2_400, "n_files_from": FROM}
        ],
        "rows": [
            {"key": "validation-1", "step": "validation", "sample": "s1", "skip": 700, "limit": 400},
            {"key": "small-1", "step": "production", "use": "small-run", "sample": "s1", "skip": 1800, "limit": 300,
             "notes": "a first look at the new calibration"},
            *_rows("s1", [(0, 700), (700, 400), (1100, 350), (1450, 350), (1800, 300), (2100, None)]),
        ],
    }  # fmt: skip


def _vd() -> dict[str, Any]:
    return {
        "common": _common("vd-mc-2026a", "pdvd/singles.jobscript:v2", "vd-protodune", campaign_id=318, max_distance=100),
        "samples": [{"key": "mc", "label": "single particles, gen to reco"}],
        "rows": [
            {"key": "validation-1", "step": "validation", "sample": "mc", "n_jobs": 20, "notes": "of last year"},
            {"key": "r1", "step": "production", "sample": "mc", "n_jobs": 500},
        ],
    }  # fmt: skip


PLANS = {"lbl2-reco-2026": _lbl2, "pdhd-reco-2026b": _pdhd, "vd-mc-2026a": _vd}
REPORTED = {"lbl2-reco-2026": {"r1": 3201, "r3": 3203}}


def plan(campaign: Campaign, shifter: User) -> bool:
    """Draft and publish the campaign's plan, if it has one. Returns whether it has."""
    made = PLANS.get(campaign.name)
    if made is None:
        return False
    if not PlanDraft.objects.filter(campaign=campaign).exists():
        save_plan(campaign, made(), actor=shifter, version=0)
        publish_plan(campaign, actor=shifter, version=1, note="In slices, as agreed at the meeting.")
    return True


def report(campaign: Campaign, shifter: User) -> None:
    """Say which workflow some rows became; the others are matched by what they take."""
    for key, justin_id in REPORTED.get(campaign.name, {}).items():
        if Workflow.objects.filter(justin_id=justin_id).exists():
            report_workflow(campaign, key, justin_id, actor=shifter)
