"""Contents that tests begin from."""

from __future__ import annotations

import copy
from typing import Any

COMPLETE: dict[str, Any] = {
    "title": "ProtoDUNE-VD beam reconstruction, autumn runs",
    "working_group": "VD reconstruction",
    "detector": "ProtoDUNE-VD",
    "kind": "reconstruction",
    "contact": "requester1",
    "wanted_by": "2035-01-15",
    "why": "Energy scale for the autumn runs.",
    "code": {"package": "dunesw", "tag": "v10_12_01d00", "repository": "DUNE/dunesw"},
    "steps": [
        {"name": "reco", "fcl": "standard_reco_protodunevd_keepup.fcl", "events_per_job": "30"},
        {"name": "ntuple", "fcl": "pdvd_ana.fcl", "events_per_job": "30"},
    ],
    "validation": {"what": "Run 39252, first 100 files", "events": "3,000", "judge": "requester1"},
    "outputs": [{"pattern": "*reco.root", "files": "100,000", "size": "1", "unit": "GB"}],
    "resources": {"cpu_seconds_per_event": "48", "memory_mib": "4,000", "storage_mb_per_event": "33"},
    "samples": [
        {"kind": "dataset", "what": "vd-protodune:vd-beam-2026-physics", "files": "62,104", "events": "1,863,120"},
        {"kind": "runs", "what": "39301-39344", "files": "37,896", "events": "1,136,880"},
    ],
    "datasets": ["vd-protodune:pdvd-reco-2026c-full"],
}


def content(**changed: Any) -> dict[str, Any]:
    """The complete content with changes by path, `__` for its dots: content(code__tag="develop", steps__0__fcl="x")."""
    made = copy.deepcopy(COMPLETE)
    for path, value in changed.items():
        *way, last = path.split("__")
        place: Any = made
        for part in way:
            place = place[int(part)] if part.isdigit() else place[part]
        if last.isdigit():
            place[int(last)] = value
        else:
            place[last] = value
    return made
