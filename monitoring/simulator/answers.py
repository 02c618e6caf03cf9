"""From a query of the dashboard to justIN's answer: filters, order, row cap, JSON and CSV.

What the real service does is kept, faults included: filters that it cannot read are dropped in silence, errors
are HTML pages with status 200, and a CSV with a character outside ASCII is cut short.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from monitoring.simulator import pages
from monitoring.simulator.clock import time_text
from monitoring.simulator.events import ENTRY, EXIT, FILE, JOB, KEYS, RSE, SITE, STAGE, TIME, TYPE, WORKFLOW, Event
from monitoring.simulator.workflow import STATES, Row
from monitoring.simulator.world import World

ROW_CAP = 10_000

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_JOB_ID = re.compile(r"[A-Za-z0-9_.@-]+")
_FILE = re.compile(r"[A-Za-z0-9_.:-]+")
_INTEGERS = {"workflow_id": WORKFLOW, "stage_id": STAGE, "jobscript_exit": EXIT}
_TEXTS = {
    "event_type_name": (TYPE, _NAME), "site_name": (SITE, _NAME), "entry_name": (ENTRY, _NAME),
    "rse_name": (RSE, _NAME), "jobsub_id": (JOB, _JOB_ID), "file_did": (FILE, _FILE),
}  # fmt: skip
_EVENT_CSV = (
    "event_id", "event_time", "event_type_name", "workflow_id", "stage_id", "jobsub_id", "site_name", "entry_name",
    "file_did", "rse_name", "jobscript_exit",
)  # fmt: skip
_STATES_CSV = (
    "file_did", "allocations", "state", "last_allocation_time", "rse_name", "site_name", "jobsub_id",
    "last_jobscript_exit",
)  # fmt: skip
_STATS_CSV = (
    "file_did", "jobsub_id", "site_name", "rse_name", "size_bytes", "seconds", "distance", "job_finish_time",
)  # fmt: skip
_CAMPAIGN_CSV = (
    "workflow_id", "description", "user_name", "state", "mql", "start_time", "finish_time", "scope_name",
    "files_processed", "files_total",
)  # fmt: skip
DOWNLOADS = {
    "download-campaign-workflows", "download-events", "download-file-states", "download-input-file-stats",
    "download-output-file-stats",
}  # fmt: skip


@dataclass
class Answer:
    """An HTTP answer without Date and Server, which the server adds. `length` is the Content-Length if it lies."""

    status: int = 200
    reason: str = "OK"
    body: bytes = b""
    content_type: str | None = "text/plain"
    headers: list[tuple[str, str]] = field(default_factory=list)
    length: int | None = None
    close: bool = False  # the connection is closed after the body


class Refused(Exception):
    """justIN shows its error page with this text."""


@dataclass
class Rows:
    """Rows of a download with the columns that its CSV has."""

    rows: list[Row]
    csv_columns: tuple[str, ...]


def integer(text: str | None) -> int | None:
    """A parameter as justIN reads integers: what does not parse is as if it were not there."""
    try:
        return int(text) if text else None
    except ValueError:
        return None


def answer(world: World, query: str, params: dict[str, str], now: int, cap: int = ROW_CAP) -> Answer:
    """The answer to GET /dashboard/?query at `now` (simulated seconds since 1970)."""
    method = params.get("method", "")
    if "login" in params:
        return Answer(body=pages.login_page(now).encode(), content_type="text/html")
    if not method.startswith("download-"):
        return redirect_to_login(query)
    try:
        rows = download(world, method, params, now, cap)
    except Refused as refused:
        readable = params.get("format") in ("json", "csv")
        return error_answer(str(refused), query, now, "text/plain" if readable else "text/html")
    return body_answer(rows, params["format"])


def error_answer(text: str, query: str, now: int, content_type: str) -> Answer:
    """justIN's error page as downloads have it: status 200, and nothing in the headers that tells it apart."""
    page = pages.error_page(text, query, now)
    return Answer(body=page.encode(), content_type=content_type, headers=[("Content-Disposition", "inline")])


def redirect_to_login(query: str) -> Answer:
    """What every address that needs a login gives to those without one."""
    where = f"/dashboard/?{query}&login" if query else "/dashboard/?login"
    return Answer(302, "Moved", content_type=None, headers=[("Location", where)])


def body_answer(rows: Rows, format_: str) -> Answer:
    """The rows as a good answer."""
    inline = [("Content-Disposition", "inline")]
    if format_ == "json":
        return Answer(body=json_text(rows.rows).encode(), headers=inline)
    text = csv_text(rows)
    # justIN counts characters where it should count bytes: text outside ASCII pushes the end off the answer.
    return Answer(body=text.encode()[: len(text)], headers=inline)


def download(world: World, method: str, params: dict[str, str], now: int, cap: int = ROW_CAP) -> Rows:
    """The rows of a download. Raises Refused where justIN shows its error page."""
    format_ = params.get("format")
    if not format_:
        raise Refused("format must be given")
    if format_ not in ("json", "csv"):
        raise Refused("format must be csv or json")
    if method not in DOWNLOADS:
        raise Refused("Download method not recognised!")
    if method == "download-events":
        events = islice(_events(world, params, now), cap)
        return Rows([_event_row(event) for event in events], _EVENT_CSV)
    if method == "download-campaign-workflows":
        campaign_id = integer(params.get("campaign_id"))
        if not campaign_id:
            raise Refused("campaign_id must be given")
        listed = [facts.row_at(now) for facts in world.campaign(campaign_id, now)]
        return Rows(listed[:cap], _CAMPAIGN_CSV)
    workflow_id, stage_id = integer(params.get("workflow_id")), integer(params.get("stage_id"))
    if workflow_id is None or stage_id is None:
        raise Refused("workflow_id and stage_id must be given")
    state = params.get("state") or None
    if method == "download-file-states" and state and not _NAME.fullmatch(state):
        raise Refused("Invalid characters in state")
    workflow = world.visible(workflow_id, now)
    if method == "download-file-states":
        known = state.lower() if state and state.lower() in STATES else None
        found = workflow.file_states(stage_id, known, now) if workflow else iter(())
        return Rows(list(islice(found, cap)), _STATES_CSV)
    if method == "download-input-file-stats":
        found = workflow.input_stats(stage_id, now) if workflow else iter(())
    else:
        found = workflow.output_stats(stage_id, now) if workflow else iter(())
    return Rows(list(islice(found, cap)), _STATS_CSV)


def _events(world: World, params: dict[str, str], now: int) -> Iterator[Event]:
    """Events that match the filters that justIN can read; the others are dropped without a word."""
    integers = {column: integer(params.get(name)) for name, column in _INTEGERS.items()}
    wanted: list[tuple[int, Any]] = [(column, value) for column, value in integers.items() if value is not None]
    texts = [
        (column, value.lower())
        for name, (column, allowed) in _TEXTS.items()
        if (value := params.get(name)) and allowed.fullmatch(value)
    ]
    workflow_id = integers[WORKFLOW]
    event_type = next((value for column, value in texts if column == TYPE), None)
    for event in _candidates(world, workflow_id, event_type, now):
        if (
            event[TIME] <= now
            and all(event[column] == value for column, value in wanted)
            and all(str(event[column] or "").lower() == value for column, value in texts)
        ):
            yield event


def _candidates(world: World, workflow_id: int | None, event_type: str | None, now: int) -> Iterable[Event]:
    if workflow_id is None:
        return world.all_events(now)
    if workflow_id == 0:
        return world.events_of_zero(now)
    workflow = world.visible(workflow_id, now)
    if workflow is None:
        return ()
    return workflow.events if event_type is None else workflow.by_type.get(event_type.upper(), ())


def _event_row(event: Event) -> Row:
    row = dict(zip(KEYS, event, strict=True))
    row["event_time"] = time_text(event[TIME])
    return row


def json_text(rows: list[Row]) -> str:
    """JSON as justIN writes it: pure ASCII, a newline after every element; `[]` when there is nothing."""
    if not rows:
        return "[]"
    encode = json.JSONEncoder(separators=(",\n", ": ")).encode
    return "[\n" + ",\n".join(f"{{\n{encode(row)[1:-1]}\n}}" for row in rows) + "\n]"


def csv_text(rows: Rows) -> str:
    """CSV as justIN writes it: header line, strings in quotes, numbers bare, null empty."""
    lines = [",".join(rows.csv_columns)]
    lines += [",".join(_csv_cell(row[column]) for column in rows.csv_columns) for row in rows.rows]
    return "\n".join(lines) + "\n"


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)
