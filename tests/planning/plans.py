"""Plans for tests: the tutorial's sample of 20,784 files in five slices."""

from __future__ import annotations

from typing import Any

N_FILES = 20_784
SLICES = [(0, 6000), (6000, 1000), (7000, 5000), (12000, 5000), (17000, None)]
REMAINING = [14784, 13784, 8784, 3784, 0]
MQL = "files from fardet-hd:lbl2-nu-fhc"


def lbl2(**common: Any) -> dict[str, Any]:
    """The plan as a document."""
    return {
        "common": {
            "description": "lbl2-reco-2026", "scope": "fardet-hd", "campaign_id": 377, "test_campaign_id": 437,
            "jobscript_git": "DUNE/prod/hd/reco.jobscript:v1", "rss_mib": 4000, "lifetime_days": 365,
            "output_patterns": ["*reco2.root:lbl2-reco-2026"],
        } | common,
        "samples": [{"key": "s1", "label": "nu, FHC", "mql": MQL, "n_files": N_FILES, "n_files_from": "request 1"}],
        "rows": [
            {"key": "test-1", "step": "test", "sample": "s1", "limit": 10},
            *(
                {"key": f"r{number}", "step": "production", "sample": "s1", "skip": skip, "limit": limit}
                for number, (skip, limit) in enumerate(SLICES, start=1)
            ),
        ],
    }  # fmt: skip
