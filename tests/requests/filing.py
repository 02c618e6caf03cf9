"""Requests for tests, filed through the same actions as on the pages."""

from __future__ import annotations

import copy
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from zeal import zeal_context

from campaigns.models import Detector, OfficialRepository, ProductionRequest, RequestState, WorkingGroup
from campaigns.requests import services
from portal.models import User

WHOLE: dict[str, Any] = {
    "title": "Beam reconstruction, autumn runs",
    "working_group": "Beam group",
    "detector": "ProtoDUNE-VD",
    "kind": "reconstruction",
    "contact": "requester1",
    "wanted_by": "",
    "why": "The autumn runs are to be compared with the summer's.",
    "code": {"package": "dunesw", "tag": "v10_12_01d00", "repository": "DUNE/dunesw"},
    "steps": [
        {"name": "reco", "fcl": "standard_reco_protodunevd_keepup.fcl", "events_per_job": "30"},
        {"name": "ntuple", "fcl": "pdvd_ana.fcl", "events_per_job": "30"},
    ],
    "validation": {"what": "run 39252", "events": "3,000", "judge": "requester1"},
    "outputs": [{"pattern": "*reco.root", "files": "100,000", "size": "1", "unit": "GB"}],
    "resources": {"cpu_seconds_per_event": "48", "memory_mib": "4,000", "storage_mb_per_event": "33"},
    "samples": [
        {"kind": "dataset", "what": "vd-protodune:vd-beam-physics", "files": "62,104", "events": "1,863,120"},
        {"kind": "runs", "what": "39301-39344", "files": "37,896", "events": "1,136,880"},
    ],
    "datasets": ["vd-protodune:pdvd-reco-full"],
}  # fmt: skip


def whole(**changed: Any) -> dict[str, Any]:
    """A content with all eight items, some parts changed; 3,000,000 events, 100 TB to tape, 40,000 CPU hours."""
    return copy.deepcopy(WHOLE) | changed


def filed(actor: User, *, state: str = RequestState.SUBMITTED, **changed: Any) -> ProductionRequest:
    """A request of this person, submitted unless a draft is asked for; what it names is made where it is missing."""
    content = whole(**changed)
    WorkingGroup.objects.get_or_create(name=content["working_group"])
    Detector.objects.get_or_create(name=content["detector"])
    OfficialRepository.objects.get_or_create(name="DUNE/dunesw", defaults={"package": "dunesw"})
    request = services.create_request(actor=actor, content=content)
    return request if state == RequestState.DRAFT else services.submit(request, actor=actor)


def filed_many(actor: User, n: int, **changed: Any) -> list[ProductionRequest]:
    """Many submitted requests at once, copied from one that was filed."""
    first = filed(actor, **changed)
    rows = []
    for number in range(2, n + 1):
        row = copy.copy(first)
        row.pk = None
        row._state = copy.copy(first._state)
        row._state.adding = True
        row.title = f"{first.title}, request {number}"
        row.search_text = f"{first.search_text} request"
        rows.append(row)
    return [first, *ProductionRequest.objects.bulk_create(rows)]


def cost(client: Client, path: str) -> int:
    """How many queries a page makes; reading a relation row by row fails the test."""
    with CaptureQueriesContext(connection) as queries, zeal_context():
        assert client.get(path).status_code == 200
    return len(queries)
