"""Rows for tests, made by hand: campaigns, workflows and tallies whose counts agree with each other.

campaign = make_campaign("pdhd-reco-2026b", 402)
workflow = make_workflow(3206, campaign=402, state="finished", files=(341, 350))
make_tally(workflow, [Jobs("UK_Brunel", "script-error", 13, code=65), Jobs("CERN", "finished", 348)])
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from campaigns.log.machine import note_fact
from campaigns.log.reading import last_number
from campaigns.log.services import write_entry
from campaigns.models import Campaign, EntryKind, LogEntry
from campaigns.services import create_campaign, watch_justin_campaign
from monitoring.models import (
    Dataset,
    FailedFile,
    FailedJob,
    FileTally,
    HourTally,
    JobTally,
    JustinCampaign,
    RseTally,
    Service,
    Tally,
    Workflow,
)
from monitoring.outcomes import ENDED, Outcome
from portal.models import User

NOW = datetime(2026, 11, 23, 18, 42, tzinfo=UTC)  # justIN's clock in these tests
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Jobs:
    """So many jobs at a site with one outcome. `exited_zero`: of those, jobscript exited 0 (all, for finished ones)."""

    site: str
    outcome: str
    n: int
    code: int | None = None
    exited_zero: int | None = None
    entry: str = "ce01"
    stage: int = 1


def make_campaign(name: str = "pdhd-reco-2026b", *justin_ids: int, **fields: Any) -> Campaign:
    """A campaign that watches these justIN campaigns."""
    campaign = create_campaign(name, actor=None)
    for justin_id in justin_ids:
        watch_justin_campaign(campaign, justin_id, actor=None)
        JustinCampaign.objects.filter(justin_id=justin_id).update(read_at=NOW, n_listed=1)
    if fields:
        Campaign.objects.filter(pk=campaign.pk).update(**fields)
        campaign.refresh_from_db()
    return campaign


def make_service(**fields: Any) -> Service:
    """justIN, asked a moment ago, on the portal's own clock."""
    healthy = {"read_at": NOW, "round_began_at": NOW, "round_ended_at": NOW, "clock_offset_seconds": 0}
    return Service.objects.update_or_create(name=Service.JUSTIN, defaults=healthy | fields)[0]


def make_workflow(
    justin_id: int,
    *,
    campaign: int | None = 402,
    state: str = "running",
    files: tuple[int | None, int | None] = (173, 350),
    **fields: Any,
) -> Workflow:
    """A workflow listed a moment ago in that justIN campaign (None: registered by its own id) and read since."""
    defaults: dict[str, Any] = {
        "description": f"PDHD reco, part {justin_id}",
        "mql": f"files from hd-protodune:fnal-w3100s1p1 ordered skip {justin_id} limit 350",
        "scope_name": "hd-protodune",
        "user_name": "shifter1",
        "state": state,
        "state_since": NOW - timedelta(hours=19),
        "started_at": NOW - timedelta(hours=19),
        "files_processed": files[0],
        "files_total": files[1],
        "listed_at": NOW,
        "read_at": NOW,
        "full_read_at": NOW,
    }
    if campaign is None:
        defaults |= {"is_watched": True, "listed_at": None}
    else:
        defaults["justin_campaign"] = JustinCampaign.objects.get_or_create(
            justin_id=campaign, defaults={"read_at": NOW, "n_listed": 1}
        )[0]
    return Workflow.objects.create(justin_id=justin_id, **defaults | fields)


def make_tally(workflow: Workflow, jobs: Iterable[Jobs] = (), *, submitted: int | None = None, **fields: Any) -> Tally:
    """The workflow's totals and its rows by site, made from `jobs`; `fields` of Tally override what follows from them."""
    jobs = list(jobs)
    by_outcome: Counter[Outcome] = Counter()
    zero = outputting = started = 0
    rows = []
    for group in jobs:
        outcome = Outcome(group.outcome)
        by_outcome[outcome] += group.n
        exits_zero = outcome in (Outcome.FINISHED, Outcome.OUTPUT_FAILED)
        n_zero = group.exited_zero if group.exited_zero is not None else group.n if exits_zero else 0
        n_started = 0 if outcome is Outcome.QUEUED else group.n
        zero, started = zero + n_zero, started + n_started
        if outcome is Outcome.RUNNING:
            outputting += n_zero
        code = group.code if outcome is Outcome.SCRIPT_ERROR else 0 if exits_zero else None
        rows.append(
            JobTally(
                workflow=workflow, stage_id=group.stage, site_name=group.site, entry_name=group.entry if group.site else "",
                outcome=outcome, exit_code=code, n_jobs=group.n, n_started=n_started, n_exit_zero=n_zero,
            )
        )  # fmt: skip
    JobTally.objects.bulk_create(rows)
    counts = {
        "n_submitted": submitted if submitted is not None else sum(by_outcome.values()),
        "n_started": started,
        "n_ended": sum(by_outcome[outcome] for outcome in ENDED),
        "n_running": by_outcome[Outcome.RUNNING],
        "n_queued": by_outcome[Outcome.QUEUED],
        "n_exit_zero": zero,
        "n_outputting": outputting,
        "n_good": by_outcome[Outcome.FINISHED],
        "n_script_error": by_outcome[Outcome.SCRIPT_ERROR],
        "n_result_lost": by_outcome[Outcome.RESULT_LOST],
        "n_output_failed": by_outcome[Outcome.OUTPUT_FAILED],
        "n_aborted": by_outcome[Outcome.ABORTED],
        "n_stalled": by_outcome[Outcome.STALLED],
    }
    digest = hashlib.sha256(repr(jobs).encode()).hexdigest()
    when = {"as_of": workflow.read_at or NOW, "full_as_of": workflow.full_read_at or NOW}
    tally = Tally.objects.create(workflow=workflow, digest=digest, **when | counts | fields)
    workflow.tally = tally
    return tally


def make_hours(
    workflow: Workflow, first: datetime, rows: Iterable[tuple[int, int, int, int]], *, stage: int = 1, step_hours: int = 1
) -> None:
    """Hours from `first` on, one for each (started, ended with 0, ended otherwise, files processed)."""
    HourTally.objects.bulk_create(
        HourTally(
            workflow=workflow, stage_id=stage, hour=first + timedelta(hours=index * step_hours),
            n_started=started, n_ended_zero=zero, n_ended_other=other, n_files_processed=files,
        )
        for index, (started, zero, other, files) in enumerate(rows)
    )  # fmt: skip


def make_files(workflow: Workflow, states: Mapping[tuple[str, int | None], int], *, stage: int = 1, **fields: Any) -> None:
    """Input files of a stage: {(state, attempts): number}."""
    FileTally.objects.bulk_create(
        FileTally(workflow=workflow, stage_id=stage, state=state, n_attempts=attempts, n_files=n, **fields)
        for (state, attempts), n in states.items()
    )


def make_failed_files(workflow: Workflow, dids: Iterable[str], state: str = "failed", *, stage: int = 1) -> None:
    """Files that no job processed, by name, in the order of finding; and that these are all."""
    first = FailedFile.objects.filter(workflow=workflow, stage_id=stage).count()
    names = list(dids)
    FailedFile.objects.bulk_create(
        FailedFile(
            workflow=workflow, stage_id=stage, file_did=did, state=state, n_attempts=6, exit_code=65, position=first + index
        )
        for index, did in enumerate(names)
    )  # fmt: skip
    FileTally.objects.create(workflow=workflow, stage_id=stage, state=state, n_attempts=6, n_files=len(names))
    Tally.objects.filter(workflow=workflow).update(failed_files_complete=True)


def make_dataset(name: str, **fields: Any) -> Dataset:
    """A dataset of MetaCat's list, made an hour before it was first seen."""
    defaults: dict[str, Any] = {
        "namespace": "hd-protodune", "n_files_listed": 485, "creator": "dunepro", "created_at": NOW - HOUR,
        "first_seen_at": NOW,
    }  # fmt: skip
    return Dataset.objects.create(name=name, **defaults | fields)


def make_storage(workflow: Workflow, rse_name: str, use: str = "read", *, stage: int = 1, **fields: Any) -> RseTally:
    return RseTally.objects.create(workflow=workflow, stage_id=stage, use=use, rse_name=rse_name, **fields)


def make_failed_jobs(
    workflow: Workflow, n: int, *, site: str = "UK_Brunel", outcome: str = "script-error", code: int | None = 65
) -> list[FailedJob]:
    """Samples, a minute apart, the first the newest."""
    first = FailedJob.objects.count()
    return FailedJob.objects.bulk_create(
        FailedJob(
            workflow=workflow, stage_id=1, jobsub_id=f"48121885.{first + index}@dunegpschedd02", outcome=outcome,
            exit_code=code, site_name=site, entry_name="ce01", rse_name="NIKHEF",
            file_did=f"hd-protodune:np04hd_raw_run027304_{index:04}", ended_at=NOW - timedelta(minutes=index),
        )
        for index in range(n)
    )  # fmt: skip


def make_entry(campaign: Campaign, author: User | None = None, body: str = "All jobs run.", **fields: Any) -> LogEntry:
    """An entry of the log, written by the real action; without an author a machine's. `fields` as write_entry has them."""
    if author is None:
        fact = fields.pop("fact", f"seen {LogEntry.objects.filter(campaign=campaign).count()}")
        noted = note_fact(campaign, fact=fact, body=body, **{"topic": "seen", **fields})
        assert noted is not None, f"{fact} is noted already"
        return noted
    return write_entry(campaign, actor=author, body=body, **{"kind": EntryKind.NOTE, **fields})


def make_entries(campaign: Campaign, n: int, author: User, *, first: datetime = NOW, every: timedelta = HOUR) -> None:
    """Many plain entries at once, numbered on from those there are, with neither versions nor files: for lists and speed."""
    last = last_number(campaign)
    kinds = [EntryKind.NOTE, EntryKind.CHECK, EntryKind.MACHINE, EntryKind.INCIDENT]
    LogEntry.objects.bulk_create(
        (
            LogEntry(
                campaign=campaign, number=last + index + 1, kind=(kind := kinds[index % len(kinds)]),
                author=None if kind == EntryKind.MACHINE else author, happened_at=first + index * every,
                written_at=first + index * every, body=(body := f"Entry {index}: site UK_Brunel had code {index % 97}."),
                search_text=body.lower(), fact=f"made {last + index}" if kind == EntryKind.MACHINE else "",
            )
            for index in range(n)
        ),
        batch_size=2000,
    )  # fmt: skip


def a_picture(name: str = "plot.png", size: tuple[int, int] = (64, 48), **how: Any) -> SimpleUploadedFile:
    """A picture as a browser uploads it; `how` as Pillow's save takes it."""
    out = BytesIO()
    kind = "JPEG" if name.endswith((".jpg", ".jpeg")) else name.rsplit(".", 1)[-1].upper()
    Image.new("RGB", size, "#246").save(out, kind, **how)
    return SimpleUploadedFile(name, out.getvalue())
