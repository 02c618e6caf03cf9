"""Plays a scene to its end: which jobs run where and when, how they end, and what becomes of the files.

Everything is drawn from the seed, so the same scene always has the same life. Jobs are slots that take files
one after the other; a file that fails goes back to the heap of files that wait.
"""

import heapq
import random
from bisect import bisect
from collections import deque
from dataclasses import dataclass
from itertools import accumulate

from monitoring.simulator.files import first_stage_files, output_name
from monitoring.simulator.places import SITE_BY_NAME, SITES, storage_for_output
from monitoring.simulator.records import EXITS_ZERO, FINISHES, STALLS, File, Job, Outcome, Output
from monitoring.simulator.scenes import HOUR, Scene, Stage

FINDER_CYCLE_SECONDS = 60
HEARTBEAT_LIMIT_SECONDS = 3660
_LOGS_ABORTS = (
    "JOB_ABORT_RUCIO_UPLOAD_LOGS", "JOB_ABORT_RUCIO_UPLOAD_LOGS", "JOB_ABORT_CREATING_LOGS_TGZ",
    "JOB_ABORT_METACAT_LOGS_CREATION", "JOB_ABORT_METACAT_LOGS_REGISTRATION",
)  # fmt: skip
_OUTPUT_ABORTS = (
    "JOB_ABORT_RUCIO_UPLOAD_FILE", "JOB_ABORT_RUCIO_UPLOAD_FILE", "JOB_ABORT_WEBDAV_UPLOAD",
    "JOB_ABORT_CREATING_METADATA", "JOB_ABORT_METACAT_REGISTRATION", "JOB_ABORT_METACAT_UPLOADED",
    "JOB_ABORT_METACAT_CONFIRMED", "JOB_ABORT_RUCIO_SILENT_FAILURE", "JOB_ABORT_RUCIO_UPLOAD_LOGS",
)  # fmt: skip


@dataclass(slots=True)
class Life:
    """All that ever happens in a workflow. `files` holds a list per stage, `pauses_by_itself` the automatic ones."""

    scene: Scene
    jobs: list[Job]
    files: list[list[File]]
    outputs: list[Output]
    pauses: tuple[tuple[int, int | None], ...]
    paused_by_itself_at: list[int]
    finishing_at: int | None = None
    finished_at: int | None = None


def play(scene: Scene, seed: int) -> Life:
    """The life of `scene`; when justIN pauses the workflow itself it is played again with that pause."""
    pauses = scene.pauses
    by_itself: list[int] = []
    while True:
        life = _Player(scene.with_pauses(pauses), seed).play()
        life.paused_by_itself_at = by_itself
        if not scene.pauses_itself or len(by_itself) >= 3:
            return life
        restart = scene.restarted_after_seconds
        at = _first_automatic_pause(life.jobs, after=by_itself[-1] + (restart or 0) + HOUR if by_itself else 0)
        if at is None:
            return life
        pauses = (*pauses, (at, None if restart is None else at + restart))
        by_itself = [*by_itself, at]
        if restart is None:
            life = _Player(scene.with_pauses(pauses), seed).play()
            life.paused_by_itself_at = by_itself
            return life


def _first_automatic_pause(jobs: list[Job], after: int) -> int | None:
    """justIN's rule: more than 10 jobs with a jobscript error in the last hour, and more than ended well in it."""
    ends = sorted((j.ended_at, j.outcome is Outcome.SCRIPT_ERROR) for j in jobs if j.ended_at and (
        j.outcome is Outcome.SCRIPT_ERROR or j.outcome in FINISHES))  # fmt: skip
    window: deque[tuple[int, bool]] = deque()
    n_failed = 0
    for end in ends:
        window.append(end)
        n_failed += end[1]
        while window[0][0] <= end[0] - HOUR:
            n_failed -= window.popleft()[1]
        if end[0] > after and n_failed > 10 and n_failed > len(window) - n_failed:
            return end[0] + FINDER_CYCLE_SECONDS
    return None


class _Player:
    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.rng = random.Random(f"{seed}/{scene.workflow_id}")  # noqa: S311 (no secret: a play that repeats itself)
        self.jobs: list[Job] = []
        self.outputs: list[Output] = []
        self.forced = deque(scene.forced)
        changed = dict(scene.site_weights)
        sites = [s for s in SITES if changed.get(s.name, s.weight) > 0]
        self.sites = [s.name for s in sites]
        self.site_sums = list(accumulate(changed.get(s.name, s.weight) for s in sites))
        self.first_entry_share = dict(scene.one_entry_share)
        self.n_clusters = 0
        self.n_procs = 0
        self.n_outputs = 0
        f = scene.failures
        chances = (
            (Outcome.SCRIPT_ERROR, f.script_error), (Outcome.RESULT_LOST, f.result_lost),
            (Outcome.OUTPUT_FAILED, f.output_failed), (Outcome.STALLED_HEARTBEAT, f.stalled * 0.7),
            (Outcome.STALLED_HTCONDOR, f.stalled * 0.3), (Outcome.CVMFS, f.cvmfs),
            (Outcome.NONE_PROCESSED, f.none_processed), (Outcome.LATE, f.late), (Outcome.GOOD, 1.0),
        )  # fmt: skip
        self.outcomes = [outcome for outcome, _ in chances]
        self.outcome_sums = list(accumulate(chance for _, chance in chances))
        self.outcome_sums[-1] = 1.0
        self.codes = [code for code, _ in f.codes]
        self.code_sums = list(accumulate(weight for _, weight in f.codes))

    def play(self) -> Life:
        scene = self.scene
        life = Life(scene, self.jobs, [], self.outputs, scene.pauses, [])
        if scene.started_at is None or scene.draft:
            return life
        if scene.too_many_files:
            life.finished_at = scene.started_at + 30
            return life
        found = first_stage_files(scene, self.rng)
        for number, stage in enumerate(scene.stages, start=1):
            if number > 1:
                found = self._next_stage_files(number)
            life.files.append(found)
            self._play_stage(number, stage, found)
        self._jobs_that_never_start()
        self.jobs.sort(key=lambda job: (job.submitted_at, job.jobsub_id))
        self.outputs.sort(key=lambda output: (output.recorded_at, output.did))
        self._finish(life)
        return life

    def _finish(self, life: Life) -> None:
        ends = [f.processed_at or f.given_up_at for files in life.files for f in files]
        if ends and all(end is not None for end in ends):
            last = max(end for end in ends if end is not None)
            life.finishing_at = last + self.rng.randint(5, FINDER_CYCLE_SECONDS)
            life.finished_at = life.finishing_at + 90

    def _next_stage_files(self, number: int) -> list[File]:
        files: list[File] = []
        for output in sorted(self.outputs, key=lambda o: o.confirmed_at):
            if output.stage_id == number - 1 and output.for_next_stage:
                at = output.confirmed_at + self.rng.randint(5, FINDER_CYCLE_SECONDS)
                file = File(len(files), output.did, at, output.size_bytes, (output.rse or "FNAL_DCACHE",), 6)
                file.changes += [(at, "finding"), (at + 30, "unallocated")]
                files.append(file)
        return files

    def _play_stage(self, number: int, stage: Stage, files: list[File]) -> None:
        scene, rng = self.scene, self.rng
        waiting = [(f.changes[-1][0], i) for i, f in enumerate(files) if f.changes[-1][1] == "unallocated"]
        heapq.heapify(waiting)
        if not waiting:
            return
        first = waiting[0][0]
        groups = len(waiting) / stage.files_per_job
        n_slots = max(1, round(groups * (stage.mean_seconds + 500) * 1.1 / scene.lasts_seconds))
        ramp = min(scene.lasts_seconds // 6, 2 * HOUR)
        slots = [(first + 120 + int(rng.random() * ramp), slot) for slot in range(n_slots)]
        heapq.heapify(slots)
        while slots:
            at, slot = heapq.heappop(slots)
            moved = self._after_pauses(at)
            if moved is None or (scene.ended_by_person_at and moved >= scene.ended_by_person_at):
                continue
            if moved > at:
                heapq.heappush(slots, (moved + int(rng.random() * 1800), slot))
                continue
            if not waiting:
                if rng.random() < scene.failures.late * 10:
                    self._run(number, stage, at, Outcome.LATE, [], files)
                continue
            if waiting[0][0] > at:
                heapq.heappush(slots, (waiting[0][0] + int(rng.random() * 240), slot))
                continue
            job = self._run(number, stage, at, None, waiting, files)
            heapq.heappush(slots, ((job.ended_at or at) + 60 + int(rng.random() * 600), slot))

    def _after_pauses(self, at: int) -> int | None:
        """`at`, or the end of the pause that it lies in; None when that pause does not end."""
        for begin, end in self.scene.pauses:
            if begin <= at and (end is None or at < end):
                if end is None:
                    return None
                at = end
        return at

    def _new_job(self, number: int, submitted_at: int, outcome: Outcome) -> Job:
        if self.n_procs == 0 or self.rng.random() < 0.012:
            self.n_clusters += 1
            self.n_procs = 0
        cluster = 40_000_000 + self.scene.workflow_id * 3000 + self.n_clusters
        job = Job(f"{cluster}.{self.n_procs}@dunegpschedd0{1 + self.n_clusters % 2}.fnal.gov",
                  number, submitted_at, outcome)  # fmt: skip
        self.n_procs += 1
        self.jobs.append(job)
        return job

    def _run(
        self, number: int, stage: Stage, at: int, outcome: Outcome | None,
        waiting: list[tuple[int, int]], files: list[File],
    ) -> Job:  # fmt: skip
        """One job that starts at `at`, takes files from `waiting` and gives back those that it did not do."""
        rng, random_ = self.rng, self.rng.random
        site = self.sites[bisect(self.site_sums, random_() * self.site_sums[-1])]
        exit_code = 0
        if outcome is None:
            outcome, exit_code = self._draw(site, at)
        queued = 60 + int(rng.expovariate(1 / 2400))
        job = self._new_job(number, max(at - queued, (self.scene.started_at or 0) + 45), outcome)
        job.site, job.entry, job.started_at, job.exit_code = site, self._entry(site), at, exit_code
        if outcome is Outcome.CVMFS:
            job.ended_at = at + 5 + int(random_() * 40)
            return job
        asked_at = at + 15 + int(random_() * 180)
        if outcome is not Outcome.LATE:
            job.allocated_at = asked_at
            while waiting and len(job.files) < stage.files_per_job and waiting[0][0] <= asked_at:
                file = files[heapq.heappop(waiting)[1]]
                rse = file.rses[0] if len(file.rses) == 1 or random_() < 0.8 else file.rses[1]
                file.attempts.append((asked_at, job, rse))
                file.changes.append((asked_at, "allocated"))
                job.files.append(file)
        run = int(stage.mean_seconds * rng.lognormvariate(-0.08, 0.4))
        if outcome is Outcome.SCRIPT_ERROR:
            run = min(run, 60 + int(rng.expovariate(1 / 900)))
        elif outcome is Outcome.LATE:
            run = 5 + int(random_() * 30)
        self._end(job, stage, asked_at + max(run, 20))
        self._settle(job, waiting)
        return job

    def _draw(self, site: str, at: int) -> tuple[Outcome, int]:
        """How a job at this site and time ends, with the jobscript's exit code."""
        if self.forced:
            name = self.forced.popleft()
            if name.lstrip("-").isdigit():
                return Outcome.SCRIPT_ERROR, int(name)
            return Outcome[name], 0
        for trouble in self.scene.troubles:
            if trouble.site == site and trouble.from_at <= at < trouble.to_at and self.rng.random() < trouble.share:
                return Outcome.SCRIPT_ERROR, trouble.exit_code
        outcome = self.outcomes[bisect(self.outcome_sums, self.rng.random() * 0.999999)]
        if outcome is Outcome.SCRIPT_ERROR:
            return outcome, self.codes[bisect(self.code_sums, self.rng.random() * self.code_sums[-1] * 0.999999)]
        return outcome, 0

    def _entry(self, site: str) -> str:
        entries = SITE_BY_NAME[site].entries
        if len(entries) == 1:
            return entries[0]
        share = self.first_entry_share.get(site, 1 / len(entries))
        return entries[0] if self.rng.random() < share else self.rng.choice(entries[1:])

    def _end(self, job: Job, stage: Stage, exited_at: int) -> None:
        """Sets the times of the job's end, and makes its outputs."""
        rng, outcome = self.rng, job.outcome
        if outcome in STALLS:
            job.ended_at = exited_at + (
                HEARTBEAT_LIMIT_SECONDS + rng.randint(0, FINDER_CYCLE_SECONDS)
                if outcome is Outcome.STALLED_HEARTBEAT
                else rng.randint(600, 1800)
            )
            return
        job.exited_at = exited_at
        if outcome is Outcome.RESULT_LOST:
            job.ended_at = exited_at
        elif outcome is Outcome.SCRIPT_ERROR:
            job.ended_at = exited_at + rng.randint(20, 240)
            lost = rng.random() < self.scene.failures.logs_lost
            job.abort_event = rng.choice(_LOGS_ABORTS) if lost else "JOB_ABORT_SCRIPT_ERROR"
        elif outcome is Outcome.OUTPUT_FAILED:
            job.ended_at = exited_at + rng.randint(60, 900)
            job.abort_event = rng.choice(_OUTPUT_ABORTS)
        else:
            job.ended_at = exited_at + rng.randint(60, 210)
            if outcome is Outcome.GOOD and job.files:
                self._make_outputs(job, stage, exited_at)

    def _make_outputs(self, job: Job, stage: Stage, exited_at: int) -> None:
        rng, scene = self.rng, self.scene
        created_at = job.ended_at or exited_at
        for number in range(stage.outputs_per_job):
            self.n_outputs += 1
            size = int(stage.output_bytes * len(job.files) * rng.lognormvariate(0, 0.35) / (1 if number == 0 else 20))
            job.outputs.append(Output(
                did=output_name(scene, stage, job.stage_id, number, self.n_outputs, created_at),
                job=job, stage_id=job.stage_id, rse=None if stage.scratch else storage_for_output(job.site or ""),
                size_bytes=size, upload_seconds=round((created_at - exited_at) * (0.6 + 0.35 * rng.random()), 3),
                recorded_at=exited_at, created_at=created_at, confirmed_at=created_at,
                for_next_stage=number == 0 and job.stage_id < len(scene.stages),
            ))  # fmt: skip
        self.outputs += job.outputs

    def _settle(self, job: Job, waiting: list[tuple[int, int]]) -> None:
        """What the job's end means for its files: done, back to the others, or given up."""
        ended_at = job.ended_at or 0
        exited_at = job.exited_at
        if job.outcome is not Outcome.SCRIPT_ERROR and job.outcome not in FINISHES and job.files:
            job.reset_at = ended_at + self.rng.randint(20, 90)
        for file in job.files:
            if job.outcome in EXITS_ZERO and job.outcome is not Outcome.NONE_PROCESSED and exited_at is not None:
                file.changes.append((exited_at, "outputting"))
            if job.outcome is Outcome.GOOD:
                file.changes.append((ended_at, "processed"))
                file.processed_at = ended_at
                continue
            at = job.reset_at or (exited_at if job.outcome is Outcome.SCRIPT_ERROR else ended_at) or ended_at
            if len(file.attempts) >= file.max_allocations:
                file.changes.append((at, "failed"))
                file.given_up_at = at
            else:
                file.changes.append((at, "unallocated"))
                heapq.heappush(waiting, (at, file.number))

    def _jobs_that_never_start(self) -> None:
        """Jobs submitted in vain: turned away, gone from HTCondor, or still waiting."""
        started = [job for job in self.jobs if job.started_at is not None]
        usual: tuple[Outcome, ...] = (Outcome.NOT_USED,) * 10 + (Outcome.TURNED_AWAY,) * 2 + (Outcome.LOST_IN_QUEUE,) * 5
        usual += (Outcome.WAITING,) * 3
        forced = deque(self.scene.forced_unstarted)
        for model in started:
            if not forced and self.rng.random() >= self.scene.failures.never_started:
                continue
            fate = Outcome[forced.popleft()] if forced else self.rng.choice(usual)
            job = self._new_job(model.stage_id, model.submitted_at + self.rng.randint(0, 120), fate)
            if fate is not Outcome.WAITING:
                job.ended_at = job.submitted_at + self.rng.randint(1800, 4 * HOUR)
