"""One workflow seen at one instant: its line in the campaign's list, its events, file states and statistics."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitoring.simulator.clock import time_text
from monitoring.simulator.events import TYPE, Event, events_of
from monitoring.simulator.life import Life, play
from monitoring.simulator.places import distance
from monitoring.simulator.records import EXITS_ZERO, File, Job, Outcome
from monitoring.simulator.scenes import Scene

STATES = {"finding", "unallocated", "allocated", "outputting", "processed", "notfound", "failed"}
Row = dict[str, Any]


@dataclass(slots=True)
class Facts:
    """The little that the campaign's list needs, kept when the life itself is forgotten."""

    scene: Scene
    added_at: list[int]
    processed_at: list[int]
    pauses: tuple[tuple[int, int | None], ...]
    finishing_at: int | None
    finished_at: int | None
    outputs_at: list[list[int]]  # by stage, when each came into the catalogue

    def state_at(self, now: int) -> str:
        """The workflow's state by justIN's name."""
        scene = self.scene
        if scene.draft:
            return "draft"
        if scene.started_at is None or now < scene.started_at:
            return "submitted"
        if scene.ended_by_person_at is not None and now >= scene.ended_by_person_at:
            return "finished"
        if self.finished_at is not None and now >= self.finished_at:
            return "finished"
        if self.finishing_at is not None and now >= self.finishing_at:
            return "finishing"
        paused = any(begin <= now and (end is None or now < end) for begin, end in self.pauses)
        return "paused" if paused else "running"

    def row_at(self, now: int) -> Row:
        """The workflow's line in download-campaign-workflows, keys in justIN's order."""
        scene = self.scene
        state = self.state_at(now)
        started = scene.started_at if state not in ("draft", "submitted") else None
        # Ended with the web button, or for too many files: justIN never writes the time.
        unwritten = scene.too_many_files or scene.ended_by_person_at is not None
        finished = self.finished_at if state == "finished" and not unwritten else None
        return {
            "workflow_id": scene.workflow_id,
            "description": scene.description,
            "user_name": scene.user,
            "state": state,
            "mql": scene.mql,
            "start_time": time_text(started),
            "finish_time": time_text(finished),
            "scope_name": scene.scope,
            "files_processed": bisect_right(self.processed_at, now),
            "files_total": bisect_right(self.added_at, now),
        }


class Workflow:
    """A workflow's whole life with its events."""

    def __init__(self, scene: Scene, seed: int, lane: int, origin: int) -> None:
        self.scene = scene
        self.life: Life = play(scene, seed)
        all_events = events_of(self.life, lane, origin)
        self.events: list[Event] = [event for event in all_events if event[2] == scene.workflow_id]
        self.events_of_zero: list[Event] = [event for event in all_events if event[2] == 0]
        self.by_type: dict[str, list[Event]] = {}
        for event in self.events:
            self.by_type.setdefault(event[TYPE], []).append(event)

    def facts(self) -> Facts:
        """What stays known about the workflow without its life."""
        files = self.life.files[0] if self.life.files else []
        return Facts(
            scene=self.scene,
            added_at=sorted(file.added_at for file in files),
            processed_at=sorted(file.processed_at for file in files if file.processed_at is not None),
            pauses=self.life.pauses,
            finishing_at=self.life.finishing_at,
            finished_at=self.life.finished_at,
            outputs_at=[
                sorted(one.created_at for one in self.life.outputs if one.stage_id == stage_id and one.rse is not None)
                for stage_id in range(1, len(self.scene.stages) + 1)
            ],
        )

    def file_states(self, stage_id: int, state: str | None, now: int) -> Iterator[Row]:
        """Rows of download-file-states; `stage_id` 0 gives the outputs."""
        if stage_id == 0:
            yield from self._output_states(state, now)
        elif 1 <= stage_id <= len(self.life.files):
            for file in self.life.files[stage_id - 1]:
                name = file.state_at(now)
                if name is not None and (state is None or name == state):
                    yield _state_row(file, name, now)

    def _output_states(self, state: str | None, now: int) -> Iterator[Row]:
        for output in self.life.outputs:
            if output.recorded_at > now or output.for_next_stage:
                continue
            name = "output" if output.confirmed_at <= now else "recorded"
            if state is None or name == state:
                yield {
                    "file_did": output.did, "state": name, "last_allocation_time": None, "rse_name": None,
                    "jobsub_id": None, "site_name": None, "allocations": 0, "max_allocations": 6,
                    "last_jobscript_exit": None,
                }  # fmt: skip

    def input_stats(self, stage_id: int, now: int) -> Iterator[Row]:
        """Rows of download-input-file-stats: files processed, with the job that did it."""
        if not 1 <= stage_id <= len(self.life.files):
            return
        for file in self.life.files[stage_id - 1]:
            if file.processed_at is None or file.processed_at > now:
                continue
            allocated_at, job, rse = file.attempts[-1]
            yield {
                "file_did": file.did,
                "jobsub_id": job.jobsub_id,
                "site_name": job.site,
                "rse_name": rse,
                "size_bytes": file.size_bytes,
                "seconds": (job.exited_at or allocated_at) - allocated_at,
                "distance": distance(job.site or "", rse) * 100,
                "job_finish_time": time_text(job.ended_at),
            }

    def output_stats(self, stage_id: int, now: int) -> Iterator[Row]:
        """Rows of download-output-file-stats: outputs uploaded by that stage."""
        for output in self.life.outputs:
            if output.stage_id == stage_id and output.created_at <= now:
                yield {
                    "file_did": output.did,
                    "jobsub_id": output.job.jobsub_id,
                    "site_name": output.job.site,
                    "rse_name": output.rse,
                    "size_bytes": output.size_bytes,
                    "seconds": output.upload_seconds,
                    "distance": None if output.rse is None else distance(output.job.site or "", output.rse) * 100,
                    "job_finish_time": time_text(output.created_at),
                }


def _state_row(file: File, state: str, now: int) -> Row:
    last = None
    n_attempts = 0
    for attempt in file.attempts:
        if attempt[0] > now:
            break
        last = attempt
        n_attempts += 1
    job: Job | None = last[1] if last else None
    return {
        "file_did": file.did,
        "state": state,
        "last_allocation_time": time_text(last[0]) if last else None,
        "rse_name": last[2] if last else None,
        "jobsub_id": job.jobsub_id if job else None,
        "site_name": job.site if job else None,
        "allocations": n_attempts,
        "max_allocations": file.max_allocations,
        "last_jobscript_exit": _last_exit(job, now) if job else None,
    }


def _last_exit(job: Job, now: int) -> int:
    """The code of the attempt once the jobscript has ended; 0 while it runs, and for stalled and aborted jobs."""
    ended = job.exited_at is not None and job.exited_at <= now
    return job.exit_code if ended and (job.outcome is Outcome.SCRIPT_ERROR or job.outcome in EXITS_ZERO) else 0
