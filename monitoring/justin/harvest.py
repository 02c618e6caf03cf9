"""Whole answers to questions about one workflow, past the row cap, with as few requests as it takes.

Up to 10,000 rows justIN answers in one piece. At the cap the question is split by site, then by entry (jobscript errors
by exit code first; allocations and outputs also by storage), as the justIN contract says in section 8. A slice that is
still at the cap is named in `Reading.capped`, and its count is a lower bound.

What need not be asked is not: events of lost, stalled, aborted jobs only while some job's end is not known, upload
errors only while a job exited 0 and is not good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from operator import attrgetter

from monitoring.justin.client import ROW_CAP, Answered, JustinClient, can_filter
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow

FILE_STATES = "file-states"
OUTPUTS = "output-file-stats"

SUBMITTED = "JOB_SUBMITTED"
STARTED = "JOB_STARTED"
OUTPUTTING = "JOB_OUTPUTTING"
FINISHED = "JOB_FINISHED"
SCRIPT_ERROR = "JOB_SCRIPT_ERROR"
RESULT_LOST = "JOB_ABORT_RECORDING_RESULT"
ALLOCATED = "FILE_ALLOCATED"
PROCESSED = "FILE_PROCESSED"
CREATED = "FILE_CREATED"
OUTPUT_FAILED = (
    "JOB_ABORT_CREATING_LOGS_TGZ",
    "JOB_ABORT_METACAT_LOGS_CREATION",
    "JOB_ABORT_METACAT_LOGS_REGISTRATION",
    "JOB_ABORT_RUCIO_UPLOAD_LOGS",
    "JOB_ABORT_WEBDAV_UPLOAD",
    "JOB_ABORT_CREATING_METADATA",
    "JOB_ABORT_METACAT_REGISTRATION",
    "JOB_ABORT_RUCIO_UPLOAD_FILE",
    "JOB_ABORT_METACAT_UPLOADED",
    "JOB_ABORT_METACAT_CONFIRMED",
    "JOB_ABORT_RUCIO_SILENT_FAILURE",
)
ABORTED = ("JOB_ABORT_CVMFS_CHECKS",)  # JOB_ABORTED is filed under workflow 0 and cannot be asked for
STALLED_HTCONDOR = "JOB_STALLED_HTCONDOR"
STALLED = ("JOB_STALLED_HEARTBEAT", STALLED_HTCONDOR)
AUTO_PAUSED = ("WORKFLOW_PAUSED_JOBSCRIPT_ERROR", "WORKFLOW_PAUSED_NONE_PROCESSED")
TOO_MANY_FILES = "WORKFLOW_FAILED_TOO_MANY_FILES"

QUICK = (STARTED, FINISHED, SCRIPT_ERROR)
KNOWN_FILE_STATES = ("finding", "unallocated", "allocated", "outputting", "processed", "notfound", "failed")
MAY_LACK_SITE = {SUBMITTED, STALLED_HTCONDOR}  # of all job types; the rest adds up over the sites
BY_STORAGE = {ALLOCATED, CREATED}
MOST_STAGES = 20


@dataclass(frozen=True)
class Capped:
    """A slice of which only the oldest 10,000 rows could be had."""

    slice: str
    n_rows: int
    why: str

    def as_dict(self) -> dict[str, object]:
        return {"slice": self.slice, "n_rows": self.n_rows, "why": self.why}


@dataclass
class Reading:
    """justIN's answer to one question, whole unless `capped` names what is missing. `as_of` is justIN's clock."""

    stage_id: int
    kind: str
    rows: list[EventRow] | list[FileStateRow] | list[OutputRow]
    as_of: datetime
    capped: list[Capped] = field(default_factory=list)
    was_split: bool = False

    @property
    def complete(self) -> bool:
        return not self.capped


Readings = dict[tuple[int, str], Reading]


@dataclass
class Prior:
    """What is known before asking: earlier readings (by stage and kind), number of stages, listed file counts, sites.

    `sites` is asked for only when a question must be split; it returns None when no list of sites is to be had.
    """

    readings: Readings = field(default_factory=dict)
    n_stages: int = 1
    state: str = ""
    files_processed: int | None = None
    files_total: int | None = None
    sites: Callable[[], Iterable[str] | None] = lambda: None


@dataclass
class Harvest:
    """All that was read of a workflow in one go."""

    workflow_id: int
    is_full: bool
    readings: Readings
    n_stages: int
    as_of: datetime

    @property
    def is_empty(self) -> bool:
        return not any(reading.rows for reading in self.readings.values())


def harvest(client: JustinClient, workflow_id: int, prior: Prior, *, full: bool) -> Harvest:
    """Read a workflow: started, finished and failed jobs of each stage, or (`full`) everything a tally counts.

    Raises the client's errors; then nothing of this harvest is to be used.
    """
    asking = _Asking(client, workflow_id, prior)
    if not full:
        for stage_id in range(1, prior.n_stages + 1):
            for kind in QUICK:
                asking.events(stage_id, kind)
        n_stages = prior.n_stages
    else:
        # a stage that does not exist has no files: the way to learn how many there are
        has_files = bool(asking.file_states(1))
        asking.stage(1)
        n_stages = 1
        while n_stages < MOST_STAGES and (n_stages < prior.n_stages or (has_files and asking.file_states(n_stages + 1))):
            n_stages += 1
            if (n_stages, FILE_STATES) not in asking.readings:
                asking.file_states(n_stages)
            asking.stage(n_stages)
        asking.workflow_events()
    return Harvest(workflow_id, full, asking.readings, n_stages, asking.as_of())


class _Asking:
    """One harvest in progress: what was read so far, and which sites, entries, codes and storages were seen in it."""

    def __init__(self, client: JustinClient, workflow_id: int, prior: Prior) -> None:
        self.client = client
        self.workflow_id = workflow_id
        self.prior = prior
        self.readings: Readings = {}
        self.entries: dict[str, set[str]] = defaultdict(set)
        self.codes: set[int] = set()
        self.storages: set[str] = set()
        self.times: list[datetime] = []
        self.lacks_storage = False  # outputs on scratch have no storage to ask for
        for reading in prior.readings.values():
            if reading.kind not in (FILE_STATES, OUTPUTS):
                self._note(reading.rows)  # type: ignore[arg-type]

    # --- what to ask of a stage ---

    def stage(self, stage_id: int) -> None:
        """Every event type that the tally of this stage needs; file states were read already."""
        submitted = self.jobs(stage_id, SUBMITTED)
        started = self.jobs(stage_id, STARTED)
        if not submitted and not started:
            return
        outputting = self.jobs(stage_id, OUTPUTTING)
        ended = self.jobs(stage_id, FINISHED) | self.jobs(stage_id, SCRIPT_ERROR)
        not_in_place = outputting - ended
        unfinished = (started | outputting) - ended
        if unfinished or self._uncertain(stage_id):
            unfinished -= self.jobs(stage_id, RESULT_LOST)
        if not_in_place & unfinished or self._uncertain(stage_id):
            for kind in OUTPUT_FAILED:
                unfinished -= self.jobs(stage_id, kind) & not_in_place
        if unfinished or self._uncertain(stage_id):
            for kind in (*ABORTED, STALLED[0]):
                unfinished -= self.jobs(stage_id, kind)
        if unfinished or submitted - started or self._uncertain(stage_id):
            self.jobs(stage_id, STALLED_HTCONDOR)
        if started:
            self.events(stage_id, ALLOCATED)
        if outputting:
            self.events(stage_id, PROCESSED)
            self.outputs(stage_id)

    def workflow_events(self) -> None:
        """Events of the workflow itself, filed under stage 0; asked only where the state suggests one."""
        if self.prior.state == "paused":
            for kind in AUTO_PAUSED:
                self.events(0, kind)
        if self.prior.state == "finished" and not self.prior.files_total:
            self.events(0, TOO_MANY_FILES)

    def _uncertain(self, stage_id: int) -> bool:
        """Whether the jobs whose end is not known cannot be told from a cut answer."""
        return any(
            not self.readings[stage_id, kind].complete
            for kind in (STARTED, OUTPUTTING, FINISHED, SCRIPT_ERROR)
            if (stage_id, kind) in self.readings
        )

    # --- questions, whole ---

    def jobs(self, stage_id: int, kind: str) -> set[str]:
        return {row.jobsub_id for row in self.events(stage_id, kind) if row.jobsub_id}

    def events(self, stage_id: int, kind: str) -> list[EventRow]:
        """All events of a type, split as far as needed."""
        prior = self.prior.readings.get((stage_id, kind))
        if prior is not None and kind == SUBMITTED and prior.capped:
            # frozen: newer events never appear in an answer at the cap, and this type cannot be split
            self.readings[stage_id, kind] = prior
            return prior.rows  # type: ignore[return-value]
        found: dict[int, EventRow] = {}  # by event id: slices of one question may overlap
        capped: list[Capped] = []
        times: list[datetime] = []

        def ask(**slice_: str | int) -> bool:
            """Ask one slice, take its rows, and say whether it was cut."""
            answer: Answered[EventRow] = self.client.events(self.workflow_id, stage_id, kind, **slice_)  # type: ignore[arg-type]
            self._note(answer.rows)
            found.update((row.event_id, row) for row in answer.rows)
            if kind in BY_STORAGE and not self.lacks_storage:
                self.lacks_storage = any(not row.rse_name for row in answer.rows)
            times.append(answer.as_of)
            return answer.is_cut

        skip_whole = prior is not None and prior.was_split and kind != SUBMITTED
        was_split = skip_whole or ask()
        if was_split:
            if kind == SUBMITTED:
                capped.append(self._capped(stage_id, kind, "", "justIN gives this type no site, so it cannot be split"))
            else:
                if not skip_whole and kind in MAY_LACK_SITE and any(not row.site_name for row in found.values()):
                    capped.append(self._capped(stage_id, kind, "", "some of these jobs have no site"))
                capped.extend(self._by_site(stage_id, kind, ask, found))
        rows = [found[event_id] for event_id in sorted(found)]
        self._keep(Reading(stage_id, kind, rows, min(times), capped, was_split))
        return rows

    def _by_site(self, stage_id: int, kind: str, ask: Callable[..., bool], found: dict[int, EventRow]) -> Iterator[Capped]:
        listed = self.prior.sites()
        if listed is None:
            yield self._capped(stage_id, kind, "", "the list of sites could not be read; asked the sites seen so far")
        for site in sorted(self._sites(stage_id, kind, listed or ())):
            if not can_filter(site):
                yield self._capped(stage_id, kind, f"at {site}", "justIN cannot filter by this site's name")
            elif ask(site_name=site):
                yield from self._within_site(stage_id, kind, site, ask)

    def _sites(self, stage_id: int, kind: str, listed: Iterable[str]) -> set[str]:
        """Sites to ask. Every later event of a job is at the site it started at, so that whole starts narrow the list."""
        started = self.readings.get((stage_id, STARTED))
        if kind not in (STARTED, STALLED_HTCONDOR) and started is not None and self._covers_all_sites(started):
            return {row.site_name for row in started.rows if row.site_name}  # type: ignore[union-attr]
        return set(listed) | {site for site in self.entries if site}

    def _covers_all_sites(self, started: Reading) -> bool:
        return started.complete or all(" at " in capped.slice for capped in started.capped)

    def _within_site(self, stage_id: int, kind: str, site: str, ask: Callable[..., bool]) -> Iterator[Capped]:
        """A site at the cap. Errors by code first, allocations and outputs by storage first; then by entry."""
        at = f"at {site}"
        values: list[tuple[str, str | int]] = []
        if kind == SCRIPT_ERROR:
            values = [("jobscript_exit", code) for code in sorted(self.codes)]
        elif kind in BY_STORAGE and not self.lacks_storage:
            values = [("rse_name", name) for name in sorted(filter(can_filter, self.storages))]
        cut = [(key, value) for key, value in values if ask(site_name=site, **{key: value})]
        if values and not cut:
            # codes or storages nobody has seen yet would be missing: the entries show them, at a few requests more
            self._entries_cut(site, ask)
            return
        if not values:
            for entry in self._entries_cut(site, ask):
                yield self._capped(stage_id, kind, f"{at}, entry {entry}", "an entry cannot be split further")
            return
        for key, value in cut:
            for entry in self._entries_cut(site, ask, **{key: value}):
                yield self._capped(stage_id, kind, f"{at}, {value}, entry {entry}", "cannot be split further")

    def _entries_cut(self, site: str, ask: Callable[..., bool], **more: str | int) -> list[str]:
        """Ask each entry (CE) seen at the site in any row; return those still at the cap."""
        cut: list[str] = []
        asked: set[str] = set()
        while new := sorted(self.entries[site] - asked - {""}):
            for entry in new:
                asked.add(entry)
                if not can_filter(entry) or ask(site_name=site, entry_name=entry, **more):
                    cut.append(entry)
        return cut if asked else ["unknown"]

    def file_states(self, stage_id: int) -> list[FileStateRow]:
        """Input files of a stage, by state when there are more than the cap. No rows: no such stage."""
        prior = self.prior.readings.get((stage_id, FILE_STATES))
        many = stage_id == 1 and (self.prior.files_total or 0) >= ROW_CAP
        rows: dict[str, FileStateRow] = {}
        times: list[datetime] = []
        capped: list[Capped] = []

        def ask(state: str | None = None) -> bool:
            answer = self.client.file_states(self.workflow_id, stage_id, state)
            rows.update((row.file_did, row) for row in answer.rows)
            times.append(answer.as_of)
            return answer.is_cut

        was_split = many or (prior is not None and prior.was_split) or ask()
        if was_split:
            for state in KNOWN_FILE_STATES:
                if ask(state):
                    capped.append(self._capped(stage_id, FILE_STATES, f"in state {state}", "a state cannot be split"))
        found = list(rows.values())
        if found or stage_id == 1 or prior is not None:
            self._keep(Reading(stage_id, FILE_STATES, found, min(times), capped, was_split))
        return found

    def outputs(self, stage_id: int) -> None:
        """Uploaded outputs; over the cap their number comes from the events of their creation."""
        answer = self.client.output_file_stats(self.workflow_id, stage_id)
        capped = [self._capped(stage_id, OUTPUTS, "", "justIN lists no more; bytes are estimated")] if answer.is_cut else []
        self._keep(Reading(stage_id, OUTPUTS, answer.rows, answer.as_of, capped))
        if answer.is_cut:
            self.events(stage_id, CREATED)

    # --- small things ---

    def as_of(self) -> datetime:
        """justIN's clock at the first answer of this harvest."""
        return min(self.times)

    def _keep(self, reading: Reading) -> None:
        self.readings[reading.stage_id, reading.kind] = reading
        self.times.append(reading.as_of)

    def _note(self, rows: Iterable[EventRow]) -> None:
        """Remember what questions can be split by. One pass at the speed of C: rows are many, distinct values few."""
        places = attrgetter("site_name", "entry_name", "rse_name", "jobscript_exit")
        for site, entry, storage, code in set(map(places, rows)):
            if site:
                self.entries[site].add(entry or "")
            if storage:
                self.storages.add(storage)
            if code:
                self.codes.add(code)

    @staticmethod
    def _capped(stage_id: int, kind: str, where: str, why: str) -> Capped:
        return Capped(" ".join(filter(None, (kind, f"of stage {stage_id}", where))), ROW_CAP, why)


def all_rows(readings: Readings, kinds: Iterable[str], stage_id: int) -> Iterator[EventRow]:
    """Event rows of these kinds of a stage; kinds that were not asked hold none."""
    return chain.from_iterable(
        readings[stage_id, kind].rows  # type: ignore[misc]
        for kind in kinds
        if (stage_id, kind) in readings
    )
