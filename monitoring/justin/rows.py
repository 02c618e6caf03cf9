"""justIN's JSON rows as typed, frozen rows. The justIN contract, section 3, is the source of keys and types.

Bytes are decoded and checked in one pass: a wrong type is refused with the field's name, unknown further fields are ignored.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

import msgspec

from monitoring.justin.errors import JustinCut, JustinGarbage

NEVER = datetime(1970, 1, 1)  # justIN's word for "not yet"; its times are UTC and carry no zone

Count = Annotated[int, msgspec.Meta(ge=0)]
ExitCode = Annotated[int, msgspec.Meta(ge=-128, le=127)]


class WorkflowRow(msgspec.Struct, frozen=True):
    """A workflow as its campaign's listing gives it. Both file counts are of stage 1, and exact whatever their size."""

    workflow_id: Count
    description: str | None
    user_name: str | None
    state: str
    mql: str | None
    start_time: datetime
    finish_time: datetime
    scope_name: str | None
    files_processed: Count
    files_total: Count

    @property
    def started_at(self) -> datetime | None:
        return _aware(self.start_time)

    @property
    def finished_at(self) -> datetime | None:
        """None too for workflows finished with justIN's web button, or failed for too many files."""
        return _aware(self.finish_time)


class EventRow(msgspec.Struct, frozen=True, gc=False):
    """An event. `jobscript_exit` is 0 on events that carry no code."""

    event_id: int
    event_type_name: str | None
    workflow_id: int
    stage_id: int
    file_did: str | None
    jobsub_id: str | None
    site_name: str | None
    entry_name: str | None
    rse_name: str | None
    event_time: datetime
    jobscript_exit: ExitCode

    @property
    def at(self) -> datetime:
        return self.event_time.replace(tzinfo=UTC)


class FileStateRow(msgspec.Struct, frozen=True, gc=False):
    """An input file of a stage, with the number of attempts on it and the exit code of the last one, 0 where none ended."""

    file_did: str
    state: str
    allocations: Count
    last_jobscript_exit: ExitCode | None = None


class OutputRow(msgspec.Struct, frozen=True, gc=False):
    """An uploaded output; scratch has no storage."""

    file_did: str
    jobsub_id: str | None
    rse_name: str | None
    size_bytes: Count


RowT = TypeVar("RowT", WorkflowRow, EventRow, FileStateRow, OutputRow)

_decoders = {
    row_type: msgspec.json.Decoder(list[row_type])  # type: ignore[valid-type]
    for row_type in (WorkflowRow, EventRow, FileStateRow, OutputRow)
}


def decode(row_type: type[RowT], body: bytes) -> list[RowT]:
    """The rows of a body. Raises JustinCut when it ends in the middle, JustinGarbage when it cannot be read."""
    try:
        return _decoders[row_type].decode(body)
    except msgspec.ValidationError as error:
        raise JustinGarbage(f"sent rows that cannot be read: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if body.lstrip()[:1] == b"[" and body.rstrip()[-1:] != b"]":
            raise JustinCut(f"sent {len(body):,} bytes of JSON that end in the middle") from error
        raise JustinGarbage(f"sent something that is no JSON: {body[:60].decode('utf-8', 'replace')!r}") from error


def _aware(time: datetime) -> datetime | None:
    return None if time == NEVER else time.replace(tzinfo=UTC)
