"""justIN over HTTP: one question, one checked answer. Knows HTTP and parsing, nothing of the ORM or of what to ask next.

The justIN contract, sections 2 to 4 and 10, says what is checked and why. Raises the errors of
monitoring.justin.errors and no other for anything justIN or the network does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from operator import attrgetter
from typing import Any, Generic
from urllib.parse import urlencode

import requests

from monitoring.fetching import Fetcher, Ways, first_bytes, plain, retry_after
from monitoring.justin.errors import (
    JustinCut,
    JustinErrorPage,
    JustinGarbage,
    JustinLoginWanted,
    JustinServerError,
    JustinSlow,
    JustinUnreachable,
    JustinWrongRows,
)
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow, RowT, WorkflowRow, decode

ROW_CAP = 10_000  # an answer of this many rows is cut, silently
LARGEST_ID = 2**31 - 1
NAME = re.compile(r"[A-Za-z0-9_-]+\Z")  # anything else drops the filter it is in
WAYS = Ways(unreachable=JustinUnreachable, slow=JustinSlow, cut=JustinCut, garbage=JustinGarbage)


@dataclass(frozen=True)
class Answered(Generic[RowT]):
    """A good answer: its rows and justIN's clock when it was given. `is_cut`: there may be more rows than these."""

    rows: list[RowT]
    as_of: datetime

    @property
    def is_cut(self) -> bool:
        return len(self.rows) >= ROW_CAP


@dataclass(frozen=True)
class JustinSettings:
    """Where justIN is and how politely it is asked. Times in seconds; `ca_bundle` is a path, empty for the system's."""

    url: str
    info_url: str = ""
    pause_seconds: float = 1.0
    timeout_seconds: float = 90.0
    ca_bundle: str = ""
    contact: str = ""


@dataclass
class JustinClient:
    """Asks one question at a time, a pause apart; no redirects, no cookies. Not for use by two threads."""

    settings: JustinSettings
    on_answer: Callable[[datetime], None] | None = None  # told justIN's clock at each good answer

    def __post_init__(self) -> None:
        self._fetcher = Fetcher(
            WAYS, self.settings.timeout_seconds, self.settings.pause_seconds, self.settings.ca_bundle, self.settings.contact
        )

    @property
    def n_requests(self) -> int:
        return self._fetcher.n_requests

    # --- the questions ---

    def campaign_workflows(self, campaign_id: int) -> Answered[WorkflowRow]:
        """The workflows of a justIN campaign, newest first; an unknown campaign is an empty list."""
        return self._ask(WorkflowRow, "download-campaign-workflows", campaign_id=_checked_id(campaign_id))

    def events(
        self,
        workflow_id: int,
        stage_id: int,
        event_type_name: str,
        *,
        site_name: str | None = None,
        entry_name: str | None = None,
        rse_name: str | None = None,
        jobscript_exit: int | None = None,
    ) -> Answered[EventRow]:
        """Events of one type of one stage (0: of the workflow itself), oldest first, with equality filters.

        Raises ValueError for a name that justIN would drop as a filter; see `can_filter`.
        """
        names = {"site_name": site_name, "entry_name": entry_name, "rse_name": rse_name}
        for value in (event_type_name, *names.values()):
            if value is not None and not can_filter(value):
                raise ValueError(f"justIN would drop the filter {value!r}")
        filters: dict[str, Any] = {
            "event_type_name": event_type_name,
            **names,
            "jobscript_exit": jobscript_exit,
        }
        sent = {key: value for key, value in filters.items() if value is not None}
        checks = {"workflow_id": _checked_id(workflow_id), "stage_id": int(stage_id), **sent}
        return self._ask(EventRow, "download-events", must_match=tuple(checks), **checks)

    def file_states(self, workflow_id: int, stage_id: int, state: str | None = None) -> Answered[FileStateRow]:
        """Input files of a stage in the order of finding; no rows when there is no such stage."""
        if state is not None and not can_filter(state):
            raise ValueError(f"justIN would refuse the state {state!r}")
        wanted = {"state": state} if state else {}
        return self._ask(
            FileStateRow, "download-file-states", must_match=tuple(wanted),
            workflow_id=_checked_id(workflow_id), stage_id=int(stage_id), **wanted,
        )  # fmt: skip

    def output_file_stats(self, workflow_id: int, stage_id: int) -> Answered[OutputRow]:
        """Uploaded outputs of a stage."""
        return self._ask(
            OutputRow, "download-output-file-stats",
            workflow_id=_checked_id(workflow_id), stage_id=int(stage_id),
        )  # fmt: skip

    def sites(self) -> list[tuple[str, bool]]:
        """Names of sites, and whether each is enabled; from the information service."""
        return [(name, enabled == "True") for name, enabled in self._info("sites.csv", 2)]

    def storages(self) -> list[tuple[str, bool, bool]]:
        """Names of storages, and whether each can be read and written."""
        return [(name, read == "True", write == "True") for name, read, write in self._info("storages.csv", 3)]

    # --- asking ---

    def _ask(
        self,
        row_type: type[RowT],
        method: str,
        *,
        must_match: tuple[str, ...] = (),
        **parameters: Any,
    ) -> Answered[RowT]:
        query = urlencode({"method": method, **parameters, "format": "json"})
        body, as_of = self._get(f"{self.settings.url}?{query}")
        try:
            found = decode(row_type, body)
            for key in must_match:
                _check_filter(found, key, parameters[key])
        except (JustinGarbage, JustinCut, JustinWrongRows) as error:
            raise type(error)(f"{method} {_say(parameters)}: justIN {error}") from error
        if self.on_answer:
            self.on_answer(as_of)
        return Answered(found, as_of)

    def _info(self, name: str, n_columns: int) -> list[list[str]]:
        body, _as_of = self._get(self.settings.info_url + name)
        try:
            lines = [line.split(",") for line in body.decode("ascii").splitlines() if line]
        except UnicodeDecodeError as error:
            raise JustinGarbage(f"{name}: answered with bytes that are no text") from error
        for line in lines:
            if len(line) != n_columns or not can_filter(line[0]) or set(line[1:]) - {"True", "False"}:
                raise JustinGarbage(f"{name}: a line that cannot be read: {','.join(line)[:80]!r}")
        if not lines:
            raise JustinGarbage(f"{name}: empty")
        return lines

    def _get(self, url: str) -> tuple[bytes, datetime]:
        asked = url.rsplit("/", 1)[-1].removeprefix("?method=")
        body, as_of = self._fetcher.fetch(url, asked=asked, check=_check_status)
        if body[:200].lstrip().startswith(b"<"):
            raise JustinErrorPage(f"{asked}: {_page_says(body)}")
        return body, as_of


def can_filter(name: str) -> bool:
    """Whether justIN takes this name as a filter's value instead of dropping the filter."""
    return bool(NAME.match(name))


def _checked_id(number: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= LARGEST_ID:
        raise ValueError(f"not a justIN id: {number!r}")
    return number


def _check_status(response: requests.Response, asked: str) -> None:
    status = response.status_code
    if status == 200:
        return
    if 300 <= status < 400:
        if "login" in response.headers.get("Location", ""):
            raise JustinLoginWanted(f"{asked}: redirected to the log-in")
        raise JustinErrorPage(f"{asked}: redirected elsewhere (status {status})")
    if status >= 500 or status == 429:
        says = plain(first_bytes(response)) if status >= 500 else "too many requests"
        raise JustinServerError(f"{asked}: status {status}, {says}", retry_after_seconds=retry_after(response))
    hint = " (JUSTIN_URL needs its final slash)" if status == 404 else ""
    raise JustinErrorPage(f"{asked}: status {status}{hint}")


def _check_filter(rows: list[Any], key: str, sent: object) -> None:
    """Every row must match: justIN drops a filter it does not like. Names are equal whatever their case."""
    for value in set(map(attrgetter(key), rows)):
        if value != sent and str(value).casefold() != str(sent).casefold():
            raise JustinWrongRows(f"sent rows of {key} {str(value)[:60]!r} when asked for {sent!r}")


def _page_says(body: bytes) -> str:
    """The sentence of an error page, e.g. "workflow_id and stage_id must be given"."""
    text = body.decode("utf-8", "replace")
    found = re.search(r"<h1>\s*Error\s*</h1>\s*(?:<p>)?([^<]*)", text, re.IGNORECASE)
    says = unescape(found.group(1)).strip() if found else ""
    return f"an error page, {says!r}" if says else "an HTML page instead of data"


def _say(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in parameters.items())
