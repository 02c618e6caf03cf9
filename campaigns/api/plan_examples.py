"""Examples of the plan's API in the OpenAPI document: the tutorial's sample of 20,784 files. A test asks them of the portal."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

SLICES = [
    {"skip": 0, "limit": 6000}, {"skip": 6000, "limit": 1000}, {"skip": 7000, "limit": 5000}, {"skip": 12000, "limit": 5000},
    {"skip": 17000, "limit": -1},
]  # fmt: skip
ROWS = [(0, 6000, 6000, 14784), (6000, 1000, 1000, 13784), (7000, 5000, 5000, 8784), (12000, 5000, 5000, 3784),
        (17000, None, 3784, 0)]  # fmt: skip
SAMPLE = "fardet-hd:lbl2-nu-fhc"

DRAFT_EXAMPLES = [
    OpenApiExample(
        "equal slices", value={"sample": SAMPLE, "n_files": 20784, "files_per_workflow": 5000}, request_only=True
    ),
    OpenApiExample("slices of one's own", value={"sample": SAMPLE, "n_files": 20784, "slices": SLICES}, request_only=True),
    OpenApiExample(
        "slices of one's own",
        summary="The commands are cut short here",
        value={
            "n_files": 20784,
            "rows": [
                {
                    "skip": skip, "limit": limit, "n_files": n_files, "remaining": remaining, "problems": [], "warning": "",
                    "command": f"justin simple-workflow … --mql 'files from {SAMPLE} ordered skip {skip}"
                    f"{'' if limit is None else f' limit {limit}'}' --scope fardet-hd …",
                }
                for skip, limit, n_files, remaining in ROWS
            ],
            "gaps": [],
            "overlaps": [],
        },
        response_only=True,
        status_codes=["200"],
    ),
]  # fmt: skip

COVERED = {
    "planned": 20784, "submitted": 20634, "processed": 14248, "processed_exact": True, "gaps": [[16850, 17000]],
    "overlaps": [[11800, 12000, [1639, 1661]]],
}  # fmt: skip
COVERAGE_EXAMPLES = [
    OpenApiExample(
        "a sample with a gap and an overlap",
        value={
            "campaign": "lbl2-reco-2026",
            "samples": [
                {
                    "sample": f"files from {SAMPLE}", "label": "nu, FHC", "n_files": 20784, "past_end": [],
                    "workflows": [1638, 1639, 1650, 1661, 1662],
                } | COVERED
            ],
            "together": COVERED,
            "unread": [],
        },
        response_only=True,
        status_codes=["200"],
    )
]  # fmt: skip

PLAN_EXAMPLES = [
    OpenApiExample(
        "a plan of one sample",
        value={
            "version": 0,
            "common": {
                "description": "lbl2-reco-2026", "scope": "fardet-hd", "campaign_id": 377, "test_campaign_id": 437,
                "jobscript_git": "DUNE/prod/hd/reco.jobscript:v1", "rss_mib": 4000, "lifetime_days": 365,
                "output_patterns": ["*reco2.root:lbl2-reco-2026"],
            },
            "samples": [{"key": "s1", "label": "nu, FHC", "mql": f"files from {SAMPLE}", "n_files": 20784}],
            "rows": [
                {"key": "test-1", "step": "test", "sample": "s1", "limit": 10},
                {"key": "small-1", "step": "validation", "use": "small-run", "sample": "s1", "limit": 50},
                {"key": "validation-1", "step": "validation", "sample": "s1", "limit": 100},
                *(
                    {"key": f"r{n}", "step": "production", "sample": "s1", "skip": skip} | ({"limit": limit} if limit else {})
                    for n, (skip, limit, _taken, _left) in enumerate(ROWS, start=1)
                ),
            ],
        },
        request_only=True,
    ),
    OpenApiExample(
        "workflows of two stages",
        summary="What stage 1 makes for stage 2 are its next_patterns",
        value={
            "version": 0,
            "common": {
                "description": "mc-2026", "scope": "fardet-hd", "jobscript_git": "DUNE/prod/hd/gen.jobscript:v1",
                "rss_mib": 2000, "lifetime_days": 30, "next_patterns": ["*_gen.root"],
                "later_stages": [
                    {
                        "jobscript_git": "DUNE/prod/hd/reco.jobscript:v1", "rss_mib": 4000, "lifetime_days": 365,
                        "output_patterns": ["*_reco.root:mc-2026"],
                    }
                ],
            },
            "samples": [{"key": "s1", "label": "nu"}],
            "rows": [{"key": "r1", "step": "production", "sample": "s1", "n_jobs": 500}],
        },
        request_only=True,
    ),
]  # fmt: skip
