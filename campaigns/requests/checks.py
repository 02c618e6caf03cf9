"""What must hold of the eight items: each function reads one part of a content, notes what is wrong, and gives typed values.

Limits are production's experience in numbers. A warning leaves the judgement to a reviewer, an error needs another input.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from campaigns.requests.amounts import UNITS, NotANumber, plainly, positive, whole
from campaigns.requests.inputs import DID, what_is_wrong_with
from campaigns.requests.reading import Notes, Output, Resources, Sample, Step, Validation
from campaigns.requests.shape import is_empty_row
from portal.templatetags.portal_format import bytes_decimal, duration

LONGEST_LINE = 300
LARGEST_FILE_BYTES = 10**12
LARGE_FILE_BYTES = 5 * 10**10
SMALL_FILE_BYTES = 10**6
MOST_TAPE_BYTES = 10**18
LEAST_MEMORY_MIB, LOW_MEMORY_MIB, HIGH_MEMORY_MIB, MOST_MEMORY_MIB = 100, 500, 16_000, 256_000
LONG_JOB_SECONDS = 72 * 3600
MOST_CPU_SECONDS = 30 * 86400
MOST_COUNTED = 10**12

T = TypeVar("T")


def line(notes: Notes, path: str, typed: str) -> str:
    """A text of one line without blanks around it."""
    text = " ".join(typed.split())
    if len(text) > LONGEST_LINE:
        notes.error(path, f"It has {len(text):,} characters; use at most {LONGEST_LINE}.", "too long")
    return text


def amount(notes: Notes, path: str, typed: str, reads: Callable[[object], T | None], short: str) -> T | None:
    """A number as typed, or None with the reason noted."""
    try:
        return reads(typed)
    except NotANumber as error:
        notes.error(path, str(error), short)
        return None


def counted(notes: Notes, path: str, typed: str, short: str) -> int | None:
    """A whole number from 1 to a million million."""
    n = amount(notes, path, typed, whole, short)
    if n is not None and n > MOST_COUNTED:
        notes.error(path, f"{n:,} is more than this can be. Count the digits.", short)
        return None
    return n


def read_steps(notes: Notes, rows: list[dict[str, Any]]) -> tuple[Step, ...]:
    """Item 2: ordered steps, each with its fcl file and events per job."""
    steps: list[Step] = []
    for index, row in enumerate(rows):
        if is_empty_row("steps", row):
            continue
        at = f"steps.{index}"
        name = line(notes, f"{at}.name", row["name"])
        if not name:
            notes.need(f"{at}.name", f"Name step {index + 1}, for example reco.", "name missing")
        elif name.lower() in {step.name.lower() for step in steps}:
            notes.warn(f"{at}.name", f"Two steps are named {name}; give each its own name.", "same names")
        fcl = row["fcl"].strip()
        if not fcl:
            notes.need(f"{at}.fcl", f"Name the fcl file of step {index + 1}, for example standard_reco.fcl.", "fcl missing")
        else:
            _check_fcl(notes, f"{at}.fcl", fcl)
        n_events = counted(notes, f"{at}.events_per_job", row["events_per_job"], "events per job")
        if not row["events_per_job"].strip():
            notes.need(
                f"{at}.events_per_job", f"Say how many events a job of step {index + 1} processes.", "events per job missing"
            )
        steps.append(Step(name, fcl, n_events))
    if not steps:
        notes.need("steps.0.name", "Give at least one processing step.", "none yet")
    return tuple(steps)


def _check_fcl(notes: Notes, path: str, fcl: str) -> None:
    if len(fcl) > LONGEST_LINE:
        notes.error(path, f"It has {len(fcl):,} characters; use at most {LONGEST_LINE}.", "fcl")
    elif re.search(r"\s|,|;", fcl):
        notes.error(
            path, f"“{_cut(fcl)}” looks like more than one name. One step has one fcl file; add a step for the next.", "fcl"
        )
    elif "/" in fcl:
        name = fcl.rsplit("/", 1)[1] or "standard_reco.fcl"
        notes.error(
            path,
            f"“{_cut(fcl)}” is a path that others may not have. "
            f"Give the name alone, {_cut(name)}, as found in the tagged version.",
            "fcl is a path",
        )
    elif not fcl.endswith(".fcl"):
        stem = re.sub(r"\.(fhicl|FCL|fc|txt|py)$", "", fcl)
        notes.error(path, f"“{_cut(fcl)}” is not the name of a fcl file. Did you mean {_cut(stem)}.fcl?", "not a fcl file")
    elif not re.fullmatch(r"[A-Za-z0-9_.+-]+\.fcl", fcl):
        notes.error(
            path,
            "Names of fcl files have letters, digits, dots, hyphens and underscores, for example standard_reco.fcl.",
            "fcl",
        )


def read_validation(notes: Notes, row: dict[str, Any]) -> Validation:
    """Item 3: what the requester judges before full production, and how many events of it."""
    what = line(notes, "validation.what", row["what"])
    if not what:
        notes.need("validation.what", "Say what is processed first, for example run 39252, first 100 files.", "none yet")
    n_events = counted(notes, "validation.events", row["events"], "events")
    if not row["events"].strip():
        notes.need("validation.events", "Say how many events the validation sample has.", "events missing")
    return Validation(what, n_events, line(notes, "validation.judge", row["judge"]))


def read_outputs(notes: Notes, rows: list[dict[str, Any]]) -> tuple[tuple[Output, ...], tuple[int | None, ...]]:
    """Item 4: what goes to tape. Returns the rows that say something, and the total of each row as typed, in bytes."""
    outputs: list[Output] = []
    totals: list[int | None] = []
    for index, row in enumerate(rows):
        output = None if is_empty_row("outputs", row) else _read_output(notes, f"outputs.{index}", row, index + 1, outputs)
        totals.append(output.total_bytes if output else None)
        if output:
            outputs.append(output)
    if not outputs:
        notes.need(
            "outputs.0.pattern", "Give at least one pattern of files that go to tape, for example *_reco.root.", "none yet"
        )
    if sum(filter(None, totals)) > MOST_TAPE_BYTES:
        notes.error(
            f"outputs.{max(range(len(totals)), key=lambda i: totals[i] or 0)}.size",
            f"{bytes_decimal(sum(filter(None, totals)))} is more than there is tape. Check the unit.", "too much",
        )  # fmt: skip
    return tuple(outputs), tuple(totals)


def _read_output(notes: Notes, at: str, row: dict[str, Any], n: int, before: list[Output]) -> Output:
    pattern = row["pattern"].strip()
    if not pattern:
        notes.need(f"{at}.pattern", f"Give the pattern of row {n}, for example *_reco.root.", "pattern missing")
    elif re.search(r"\s", pattern):
        notes.error(
            f"{at}.pattern", f"“{_cut(pattern)}” holds a blank. Give one pattern a row, for example *_reco.root.", "pattern"
        )
    elif pattern in ("*", "*.*", "**"):
        notes.warn(
            f"{at}.pattern",
            f"{pattern} takes every file, logs too. Name the ending, for example *_reco.root.",
            "takes every file",
        )
    elif len(pattern) > LONGEST_LINE:
        notes.error(f"{at}.pattern", f"It has {len(pattern):,} characters; use at most {LONGEST_LINE}.", "too long")
    elif pattern in {output.pattern for output in before}:
        notes.error(f"{at}.pattern", f"{_cut(pattern)} is there already; its files would be counted twice.", "pattern twice")
    n_files = counted(notes, f"{at}.files", row["files"], "files")
    if not row["files"].strip():
        notes.need(f"{at}.files", f"Say how many files match row {n}.", "files missing")
    size = amount(notes, f"{at}.size", row["size"], positive, "size")
    if not row["size"].strip():
        notes.need(f"{at}.size", f"Say how large one file of row {n} is.", "size missing")
    return Output(pattern, n_files, *_size(notes, at, size, row["unit"].strip(), n_files))


def _size(notes: Notes, at: str, size: Decimal | None, unit: str, n_files: int | None) -> tuple[int | None, int | None]:
    if not unit:
        if size is not None:
            notes.need(f"{at}.unit", "Choose the unit of the size: kB, MB, GB or TB.", "unit missing")
        return None, None
    if unit not in UNITS:
        meant = {"K": "kB", "M": "MB", "G": "GB", "T": "TB"}.get(unit[:1].upper(), "GB")
        what = "counts in 1,024s; sizes here are decimal" if unit.endswith("iB") else "is no unit of size here"
        notes.error(f"{at}.unit", f"“{_cut(unit)}” {what}. Choose kB, MB, GB or TB. Did you mean {meant}?", "unit")
        return None, None
    if size is None:
        return None, None
    exact = size * UNITS[unit]
    size_bytes = int(exact)
    if exact < 1:
        notes.error(f"{at}.size", f"{plainly(size)} {unit} is less than a byte. Check the unit.", "size")
        return None, None
    if size_bytes > LARGEST_FILE_BYTES:
        notes.error(
            f"{at}.size",
            f"No file of {bytes_decimal(size_bytes)} can be written to tape. Check the unit; is it the size of all files?",
            "size",
        )
        return None, None
    if size_bytes > LARGE_FILE_BYTES:
        notes.warn(f"{at}.size", f"{bytes_decimal(size_bytes)} is a very large file. Is it the size of one?", "large files")
    elif size_bytes < SMALL_FILE_BYTES:
        notes.warn(
            f"{at}.size",
            f"{bytes_decimal(size_bytes)} is very small for tape. Check the unit, or merge files first.",
            "small files",
        )
    return size_bytes, int(exact * n_files) if n_files is not None else None


def read_resources(notes: Notes, row: dict[str, Any], steps: tuple[Step, ...]) -> Resources:
    """Item 5: CPU seconds and storage of one event, memory of a job. Storage is decimal MB, memory MiB as justIN has it."""
    cpu = amount(notes, "resources.cpu_seconds_per_event", row["cpu_seconds_per_event"], positive, "CPU")
    memory = amount(notes, "resources.memory_mib", row["memory_mib"], positive, "memory")
    storage = amount(notes, "resources.storage_mb_per_event", row["storage_mb_per_event"], positive, "storage")
    for name, ask, short in (
        ("cpu_seconds_per_event", "Say how many seconds of CPU one event takes.", "CPU missing"),
        ("memory_mib", "Say how much memory a job needs, in MiB.", "memory missing"),
        ("storage_mb_per_event", "Say how much one event takes on disk, in MB.", "storage missing"),
    ):
        if not row[name].strip():
            notes.need(f"resources.{name}", ask, "none yet" if not any(v.strip() for v in row.values()) else short)
    if cpu is not None:
        cpu = _check_cpu(notes, cpu, steps)
    if memory is not None:
        memory = _check_memory(notes, memory)
    if storage is not None and storage > 10**6:
        notes.error(
            "resources.storage_mb_per_event",
            f"{bytes_decimal(int(storage * 10**6))} for one event cannot be. The unit is MB.", "storage",
        )  # fmt: skip
        storage = None
    return Resources(cpu, memory, storage * 10**6 if storage is not None else None)


def _check_cpu(notes: Notes, cpu: Decimal, steps: tuple[Step, ...]) -> Decimal | None:
    path = "resources.cpu_seconds_per_event"
    if cpu > MOST_CPU_SECONDS:
        notes.error(path, f"{plainly(cpu)} s are {duration(float(cpu))} for one event. Did you give milliseconds?", "CPU")
        return None
    most = max((step.n_events_per_job or 0 for step in steps), default=0)
    if most and cpu * most > LONG_JOB_SECONDS:
        notes.warn(
            path,
            f"{most:,} events of {plainly(cpu)} s make a job of {duration(float(cpu * most))}; sites end jobs that long. "
            "Give fewer events per job, or check the seconds.",
            "long jobs",
        )
    return cpu


def _check_memory(notes: Notes, memory: Decimal) -> Decimal | None:
    path = "resources.memory_mib"
    shown = plainly(memory)
    if memory < LEAST_MEMORY_MIB:
        meant = memory * 1000
        hint = f" Did you mean {plainly(meant)}?" if LOW_MEMORY_MIB <= meant <= HIGH_MEMORY_MIB * 4 else " The unit is MiB."
        notes.error(path, f"{shown} MiB cannot run art.{hint}", "memory")
        return None
    if memory > MOST_MEMORY_MIB:
        notes.error(path, f"No site has {shown} MiB for a job. Did you give kB or bytes? The unit is MiB.", "memory")
        return None
    if memory < LOW_MEMORY_MIB:
        notes.warn(path, f"{shown} MiB is little for art; 2,000 is usual.", "little memory")
    elif memory > HIGH_MEMORY_MIB:
        notes.warn(path, f"Few sites have {shown} MiB for a job; reviewers will ask.", "much memory")
    return memory


def read_samples(notes: Notes, rows: list[dict[str, Any]]) -> tuple[Sample, ...]:
    """Items 6 and 7: what to process, in the order of priority, and the events of each."""
    samples: list[Sample] = []
    seen: dict[tuple[str, str], int] = {}
    for index, row in enumerate(rows):
        if is_empty_row("samples", row):
            continue
        at, n = f"samples.{index}", index + 1
        kind, what = row["kind"].strip(), " ".join(row["what"].split())
        if not what:
            notes.need(f"{at}.what", f"Say what sample {n} is: a dataset, a query, runs, or what is simulated.", "name missing")
        elif wrong := what_is_wrong_with(kind, what):
            notes.error(f"{at}.{wrong.field}", wrong.message, f"sample {n}")
        elif (kind, what) in seen:
            notes.warn(
                f"{at}.what",
                f"Sample {n} is the same as sample {seen[kind, what]}; it would be processed twice.",
                "sample twice",
            )
        else:
            seen[kind, what] = n
        if not kind:
            notes.need(f"{at}.kind", f"Choose what sample {n} is: dataset, query, run list or Monte Carlo.", "kind missing")
        n_files = counted(notes, f"{at}.files", row["files"], f"files of sample {n}")
        n_events = counted(notes, f"{at}.events", row["events"], f"events of sample {n}")
        if not row["events"].strip():
            notes.need(f"{at}.events", f"Say how many events sample {n} has.", f"sample {n} missing")
        samples.append(Sample(kind, what, n_files, n_events))
    if not samples:
        notes.need("samples.0.what", "Give at least one sample.", "none yet")
        notes.need("samples.0.events", "Give the events of each sample.", "none yet")
    return tuple(samples)


def read_datasets(notes: Notes, names: list[str], samples: tuple[Sample, ...]) -> tuple[str, ...]:
    """Item 8: names of the final output datasets, SCOPE:NAME."""
    inputs = {sample.what for sample in samples if sample.kind == "dataset"}
    for index, name in enumerate(names):
        wrong = ""
        if not DID.fullmatch(name):
            wrong = f"“{_cut(name)}” is no dataset's name. Write SCOPE:NAME, one a line, as hd-protodune:reco-2026-full."
        elif name.startswith("usertests:"):
            wrong = f"{_cut(name)} is in the scope usertests, which is for tests only. Name the scope of the detector."
        elif name in names[:index]:
            wrong = f"{_cut(name)} is there twice."
        elif name in inputs:
            wrong = f"{_cut(name)} is a sample to process; give the output a name of its own."
        if wrong:
            notes.error("datasets", wrong, "not a dataset" if not DID.fullmatch(name) else "name")
    if not names:
        notes.need(
            "datasets", "Name the datasets that shall come out, for example vd-protodune:pdvd-reco-2026c-full.", "none yet"
        )
    return tuple(names)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
