"""Stores what a harvest gave: one transaction per workflow that replaces its tally. The only writer of tallies and answers.

A crash anywhere leaves the old numbers whole. An equal tally changes nothing but its time. An answer with fewer rows than
the one before (events never go away; an archived workflow answers with an empty list) is refused and the old numbers stay.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import models, transaction

from monitoring.announcing import announce
from monitoring.justin.harvest import (
    AUTO_PAUSED,
    FILE_STATES,
    OUTPUTS,
    Capped,
    Harvest,
    Reading,
    Readings,
)
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow
from monitoring.models import (
    Answer,
    FailedJob,
    FileTally,
    HourTally,
    JobTally,
    RseTally,
    Tally,
    Verb,
    Workflow,
)
from monitoring.outcomes import ENDED, Outcome
from monitoring.sites import SiteEnds, turns
from monitoring.tally import WorkflowTally, tally_workflow


class WorseAnswer(Exception):
    """justIN answered with less than before; nothing was stored."""

    kind = "worse"


def store_harvest(workflow: Workflow, harvest: Harvest, *, final: bool = False) -> bool:
    """Put a harvest in the place of what was known. Returns whether any number changed.

    Raises WorseAnswer, with nothing changed, when an answer holds fewer rows than the one it would replace.
    """
    read_before = workflow.read_at
    with transaction.atomic():
        workflow = Workflow.objects.select_for_update().get(pk=workflow.pk)
        earlier = {(answer.stage_id, answer.kind): answer for answer in workflow.answers.defer("body")}
        for key, reading in harvest.readings.items():
            if key in earlier:
                _refuse_worse(earlier[key], reading)
        if workflow.read_at != read_before:
            return False  # somebody else stored a reading while this one was made
        known = {**readings_of(workflow), **harvest.readings}
        tally = tally_workflow(known, files_processed=workflow.files_processed, files_total=workflow.files_total)
        unknown_to_justin = harvest.is_empty and workflow.listed_at is None
        jobs_forgotten = bool(workflow.files_processed) and not tally.n_started  # archived before it was ever read
        if not earlier and (unknown_to_justin or jobs_forgotten):
            _mark_read(workflow, harvest, final=final)  # no numbers rather than zeros
            return False
        _keep_answers(workflow, harvest.readings.values(), earlier, keep_bodies=not final)
        changed = _replace_tally(workflow, tally, harvest)
        if changed and not workflow.is_finished:
            _tell_of_sites(workflow, tally)
        _mark_read(workflow, harvest, final=final)
        return changed


def readings_of(workflow: Workflow) -> Readings:
    """The newest answers to each question of the workflow, as far as their rows are kept."""
    return {
        (answer.stage_id, answer.kind): Reading(
            answer.stage_id,
            answer.kind,
            unpack(answer.kind, bytes(answer.body or b"")),
            answer.as_of,
            [Capped(**capped) for capped in answer.capped],
            answer.was_split,
        )
        for answer in workflow.answers.filter(body__isnull=False)
    }


def _refuse_worse(before: Answer, now: Reading) -> None:
    fewer = len(now.rows) < before.n_rows
    if fewer or (before.complete and not now.complete and len(now.rows) <= before.n_rows):
        raise WorseAnswer(
            f"{now.kind} of stage {now.stage_id}: justIN sent {len(now.rows):,} rows, before it sent {before.n_rows:,}"
        )


def _keep_answers(
    workflow: Workflow,
    readings: Iterable[Reading],
    earlier: dict[tuple[int, str], Answer],
    *,
    keep_bodies: bool,
) -> None:
    answers = [
        Answer(
            workflow=workflow,
            stage_id=reading.stage_id,
            kind=reading.kind,
            as_of=reading.as_of,
            n_rows=len(reading.rows),
            complete=reading.complete,
            capped=[capped.as_dict() for capped in reading.capped],
            was_split=reading.was_split,
            body=pack(reading) if keep_bodies else None,
        )
        for reading in readings
    ]
    Answer.objects.bulk_create(
        answers,
        update_conflicts=True,
        unique_fields=["workflow", "stage_id", "kind"],
        update_fields=["as_of", "n_rows", "complete", "capped", "was_split", "body"],
    )
    if not keep_bodies:
        workflow.answers.filter(body__isnull=False).update(body=None)


def _replace_tally(workflow: Workflow, tally: WorkflowTally, harvest: Harvest) -> bool:
    digest = tally.digest()
    old = Tally.objects.filter(workflow=workflow).first()
    full_as_of = harvest.as_of if harvest.is_full or old is None else old.full_as_of
    if old is not None and old.digest == digest and old.n_stages == harvest.n_stages:
        Tally.objects.filter(pk=old.pk).update(as_of=harvest.as_of, full_as_of=full_as_of)
        return False
    count = tally.by_outcome
    Tally.objects.update_or_create(
        workflow=workflow,
        defaults={
            "as_of": harvest.as_of,
            "full_as_of": full_as_of,
            "complete": tally.complete,
            "jobs_complete": tally.jobs_complete,
            "incomplete": tally.incomplete,
            "n_stages": harvest.n_stages,
            "n_submitted": tally.n_submitted,
            "submitted_complete": tally.submitted_complete,
            "n_started": tally.n_started,
            "n_ended": tally.n_ended,
            "n_running": count[Outcome.RUNNING],
            "n_queued": count[Outcome.QUEUED],
            "n_exit_zero": tally.n_exit_zero,
            "n_outputting": tally.n_outputting,
            "n_good": count[Outcome.FINISHED],
            "n_script_error": count[Outcome.SCRIPT_ERROR],
            "n_result_lost": count[Outcome.RESULT_LOST],
            "n_output_failed": count[Outcome.OUTPUT_FAILED],
            "n_aborted": count[Outcome.ABORTED],
            "n_stalled": count[Outcome.STALLED],
            "n_output_files": tally.n_output_files,
            "output_bytes": tally.output_bytes,
            "output_bytes_estimated": tally.output_bytes_estimated,
            "digest": digest,
        },
    )
    for rows in _rows_of(workflow, tally):
        model = type(rows[0]) if rows else None
        if model is not None:
            model._default_manager.bulk_create(rows, batch_size=2000)
    return True


def _rows_of(workflow: Workflow, tally: WorkflowTally) -> list[list[Any]]:
    """The tally's rows, after the old ones are gone."""
    for model in (JobTally, HourTally, RseTally, FileTally, FailedJob):
        model._default_manager.filter(workflow=workflow).delete()
    jobs = [JobTally(workflow=workflow, **key._asdict(), **vars(count)) for key, count in tally.jobs.items()]
    hours = [
        HourTally(workflow=workflow, stage_id=stage_id, hour=hour, **vars(count))
        for (stage_id, hour), count in tally.hours.items()
    ]
    read = [
        RseTally(
            workflow=workflow, stage_id=stage_id, use=RseTally.Use.READ, rse_name=rse_name, outcome=outcome,
            exit_code=code, **vars(count),
        )
        for (stage_id, rse_name, outcome, code), count in tally.read_from.items()
    ]  # fmt: skip
    written = [
        RseTally(workflow=workflow, stage_id=stage_id, use=RseTally.Use.WRITTEN, rse_name=rse_name, **vars(count))
        for (stage_id, rse_name), count in tally.written_to.items()
    ]
    files = [
        FileTally(workflow=workflow, stage_id=stage_id, state=state, n_attempts=attempts, **vars(count))
        for (stage_id, state, attempts), count in tally.files.items()
    ]
    failed = [FailedJob(workflow=workflow, **sample._asdict()) for sample in tally.failed]
    return [jobs, hours, read, written, files, failed]


def _tell_of_sites(workflow: Workflow, tally: WorkflowTally) -> None:
    """Announce sites that went bad for the workflow, or are well again, since they were last announced."""
    ended: Counter[str] = Counter()
    zero: Counter[str] = Counter()
    for key, count in tally.jobs.items():
        if key.outcome in ENDED:
            ended[key.site_name] += count.n_jobs
            zero[key.site_name] += count.n_exit_zero
    told = workflow.events.filter(verb__in=(Verb.SITE_BAD, Verb.SITE_RECOVERED)).order_by("pk").values_list("verb", "data")
    newest = {str(data["site"]): verb for verb, data in told}
    known_bad = {site for site, verb in newest.items() if verb == Verb.SITE_BAD}
    for turn in turns((SiteEnds(site, n, zero[site]) for site, n in ended.items()), known_bad):
        announce(
            Verb.SITE_BAD if turn.is_bad else Verb.SITE_RECOVERED, workflow=workflow, note=turn.words, site=turn.here.site,
            ended=turn.here.ended, exit_zero=turn.here.zero, elsewhere_ended=turn.elsewhere.ended,
            elsewhere_exit_zero=turn.elsewhere.zero,
        )  # fmt: skip


def _mark_read(workflow: Workflow, harvest: Harvest, *, final: bool) -> None:
    was_failing = workflow.is_failing
    workflow.read_at = harvest.as_of
    workflow.read_state = workflow.state
    workflow.read_files_processed = workflow.files_processed
    if harvest.is_full:
        workflow.full_read_at = harvest.as_of
    if final:
        workflow.final_read_at = harvest.as_of
        announce(Verb.FINALLY_READ, workflow=workflow)
    pauses = [row.at for kind in AUTO_PAUSED for row in _rows(harvest.readings, 0, kind)]
    if pauses and max(pauses) != workflow.auto_paused_at:
        workflow.auto_paused_at = max(pauses)
        announce(Verb.AUTO_PAUSED, workflow=workflow, at=max(pauses))
    if was_failing:
        announce(Verb.READING_RECOVERED, workflow=workflow, note=workflow.error_text)
    clear_failure(workflow)
    workflow.save()


def clear_failure(polled: models.Model) -> None:
    """Take back what a failure left on a Polled row; the caller saves it."""
    for name, value in {
        "failing_since": None, "n_failures": 0, "error_kind": "", "error_text": "", "next_try_at": None,
        "told_to_wait": False,
    }.items():  # fmt: skip
        setattr(polled, name, value)


def _rows(readings: Readings, stage_id: int, kind: str) -> list[EventRow]:
    reading = readings.get((stage_id, kind))
    return reading.rows if reading is not None else []  # type: ignore[return-value]


# --- answers as compact bytes ---

ROW_TYPES: dict[str, type] = {FILE_STATES: FileStateRow, OUTPUTS: OutputRow}


def pack(reading: Reading) -> bytes:
    """The rows of a reading, compressed: 10,000 events are some 200 kB."""
    return zlib.compress(msgspec.msgpack.encode(reading.rows), level=1)


def unpack(kind: str, body: bytes) -> list[Any]:
    """The rows that `pack` packed."""
    return msgspec.msgpack.decode(zlib.decompress(body), type=list[ROW_TYPES.get(kind, EventRow)])  # type: ignore[misc]
