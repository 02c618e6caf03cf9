"""The demonstration's requests, filed and reviewed through the same actions that people use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import Campaign, ProductionRequest, WorkingGroup
from campaigns.requests import services
from campaigns.requests.discussion import comment
from portal.models import User


def load_requests(requester: User, coordinator: User) -> int:
    """File the demonstration's requests, if there are none yet. Returns how many."""
    if ProductionRequest.objects.exists():
        return 0
    for name in ("Long-baseline oscillations", "ProtoDUNE analysis", "VD reconstruction"):
        WorkingGroup.objects.get_or_create(name=name)[0].members.add(requester)
    for title, about, samples, outcome in REQUESTS:
        request = services.create_request(actor=requester, content=_content(title, about, samples))
        _take_to(outcome, request, requester, coordinator)
    return len(REQUESTS)


def _take_to(outcome: str, request: ProductionRequest, requester: User, coordinator: User) -> None:
    if outcome == "draft":
        return
    services.submit(request, actor=requester)
    if outcome == "submitted":
        services.set_priority(request, 2, actor=coordinator)
        comment(request, "@requester1, are the photon detectors *simulated* here, or switched off?", actor=coordinator)
        return
    meeting_on = timezone.localdate() - timedelta(days=41)
    services.present(request, actor=coordinator, meeting_on=meeting_on)
    if outcome == "changes wanted":
        services.want_changes(
            request, actor=coordinator, reason="Item 4 keeps every file. Say which ones are really read later."
        )
    elif outcome == "declined":
        services.decline(request, actor=coordinator, reason="The same sample is produced already, with a newer version.")
    elif outcome == "provisional":
        services.accept(request, actor=coordinator, campaign_name="pdvd-autumn", provisional=True, meeting_on=meeting_on)
    elif outcome != "presented":
        services.accept(request, actor=coordinator, campaign=Campaign.objects.get(name=outcome), meeting_on=meeting_on)


def _content(title: str, about: dict[str, Any], samples: list[tuple[str, str, int, int]]) -> dict[str, Any]:
    n_files, n_events = sum(sample[2] for sample in samples), sum(sample[3] for sample in samples)
    wanted_by: date = timezone.localdate() + timedelta(days=60)
    return {
        "title": title,
        "contact": "requester1",
        "wanted_by": wanted_by.isoformat(),
        "why": "For the next round of analyses; the results are wanted for the spring collaboration meeting.",
        "code": {"package": "dunesw", "tag": "v10_12_01d00", "repository": "DUNE/dunesw"},
        "validation": {"what": f"{samples[0][1]}, first 100 files", "events": 3000, "judge": "requester1"},
        "outputs": [{"pattern": "*_reco.root", "files": n_files, "size": about["gigabytes"], "unit": "GB"}],
        "resources": {"cpu_seconds_per_event": 48, "memory_mib": 4000, "storage_mb_per_event": 33},
        "samples": [{"kind": kind, "what": what, "files": files, "events": events} for kind, what, files, events in samples],
        "datasets": [about["dataset"]] if n_events else [],
        **{name: about[name] for name in ("working_group", "detector", "kind", "steps")},
    }


RECO = [
    {"name": "reco", "fcl": "standard_reco_protodunehd_keepup.fcl", "events_per_job": 30},
    {"name": "ntuple", "fcl": "pdhd_ana.fcl", "events_per_job": 30},
]
SIMULATION = [
    {"name": "gen", "fcl": "prod_single_particle_protodunevd.fcl", "events_per_job": 100},
    {"name": "g4", "fcl": "standard_g4_protodunevd.fcl", "events_per_job": 100},
    {"name": "detsim", "fcl": "standard_detsim_protodunevd.fcl", "events_per_job": 100},
    {"name": "reco", "fcl": "standard_reco_protodunevd.fcl", "events_per_job": 100},
]
HD = {"detector": "ProtoDUNE-HD", "kind": "reconstruction", "steps": RECO, "gigabytes": 0.7}
VD = {"detector": "ProtoDUNE-VD", "kind": "simulation", "steps": SIMULATION, "gigabytes": 1.5}

REQUESTS: list[tuple[str, dict[str, Any], list[tuple[str, str, int, int]], str]] = [
    (
        "Single particles in ProtoDUNE-VD, first set",
        {**VD, "working_group": "VD reconstruction", "dataset": "vd-protodune:pdvd-mc-2026a"},
        [("monte-carlo", "single pions, 1 GeV", 500, 50_000)],
        "vd-mc-2026a",
    ),
    (
        "LBL2 reconstruction",
        {**HD, "working_group": "Long-baseline oscillations", "dataset": "hd-protodune:lbl2-reco-2026"},
        [("dataset", "hd-protodune:hd-protodune-raw-2026", 20_784, 623_520)],
        "lbl2-reco-2026",
    ),
    (
        "ProtoDUNE-HD beam runs 27304 and 27305",
        {**HD, "working_group": "ProtoDUNE analysis", "dataset": "hd-protodune:pdhd-reco-2026b"},
        [("runs", "27304-27305", 2_050, 61_500)],
        "pdhd-reco-2026b",
    ),
    (
        "Single particles in ProtoDUNE-VD, second set",
        {**VD, "working_group": "VD reconstruction", "dataset": "vd-protodune:pdvd-mc-2026b"},
        [("monte-carlo", "single pions, 0.5 GeV", 1_000, 100_000), ("monte-carlo", "single protons, 1 GeV", 500, 50_000)],
        "submitted",
    ),
    (
        "ProtoDUNE-HD cosmic runs for calibration",
        {**HD, "working_group": "ProtoDUNE analysis", "dataset": "hd-protodune:pdhd-cosmics-2026"},
        [("runs", "27400-27412", 3_600, 108_000)],
        "pdhd-cosmics-2026",
    ),
    (
        "ProtoDUNE-VD beam runs of the autumn",
        {
            **VD,
            "kind": "reconstruction",
            "steps": SIMULATION[3:],
            "working_group": "VD reconstruction",
            "dataset": "vd-protodune:pdvd-autumn-2026",
        },
        [("runs", "39252-39260", 1_800, 54_000)],
        "provisional",
    ),
    (
        "ProtoDUNE-HD cosmic runs for calibration, second set",
        {**HD, "working_group": "ProtoDUNE analysis", "dataset": "hd-protodune:pdhd-cosmics-2026b"},
        [("runs", "27413-27420", 2_400, 72_000)],
        "presented",
    ),
    (
        "ProtoDUNE-HD beam runs, all of them",
        {**HD, "working_group": "ProtoDUNE analysis", "dataset": "hd-protodune:pdhd-all-2026", "gigabytes": 4},
        [("runs", "27300-27399", 40_000, 1_200_000)],
        "changes wanted",
    ),
    (
        "LBL2 reconstruction, once more",
        {**HD, "working_group": "Long-baseline oscillations", "dataset": "hd-protodune:lbl2-again-2026"},
        [("dataset", "hd-protodune:hd-protodune-raw-2026", 20_784, 623_520)],
        "declined",
    ),
    (
        "ProtoDUNE-VD, a first try",
        {**VD, "working_group": "VD reconstruction", "dataset": ""},
        [("monte-carlo", "single electrons", 0, 0)],
        "draft",
    ),
]
