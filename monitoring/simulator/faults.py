"""Faults that can be switched on: each does to an answer what justIN, or the way to it, sometimes does."""

import math
import random
import threading
from dataclasses import asdict, dataclass
from typing import Any

from monitoring.simulator import pages
from monitoring.simulator.answers import Answer, Rows, body_answer, error_answer, redirect_to_login

KINDS: dict[str, str] = {
    "down": "the connection is closed without an answer",
    "slow": "the answer comes after `seconds` (default 5)",
    "error500": "justIN's database is away: 500 with its text",
    "error500_html": "a fault inside justIN: 500 with Apache's page",
    "html200": "an error page with status 200 and the type of good answers",
    "cut": "the connection ends before Content-Length is reached",
    "cut_json": "the body ends in the middle, with a Content-Length that fits",
    "login": "302 to the login, as by a justIN that gives no downloads without one",
    "wrong_rows": "download-events loses its filters: rows of other workflows",
    "empty": "an empty list",
    "fewer_rows": "the newest fifth of the rows is missing",
    "retry_after": "503 with Retry-After of `seconds` (default 120)",
    "garbage": "bytes that are no text",
    "wrong_types": "numbers come as text",
    "new_state": "running workflows are in a state that nobody has heard of",
}
NEW_STATE = "quarantined"
_ROW_FAULTS = {"wrong_rows", "empty", "fewer_rows", "wrong_types", "new_state"}
_KEPT_FILTERS = {"method", "format"}


@dataclass
class Fault:
    """One fault: for the next `times` requests (None: until it is cleared) whose address holds `match`."""

    kind: str
    times: int | None = None
    match: str | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind!r}; there are {', '.join(KINDS)}")
        if self.times is not None and (not isinstance(self.times, int) or self.times < 1):
            raise ValueError("times must be a whole number from 1, or null")
        if self.match is not None and not isinstance(self.match, str):
            raise ValueError("match must be a text")
        if self.seconds is not None and not 0 <= float(self.seconds) <= 3600:
            raise ValueError("seconds must be from 0 to 3600")


class Faults:
    """The faults that are on, oldest first; the first that matches a request is used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._active.append(fault)

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._active.clear()

    def listed(self) -> list[dict[str, Any]]:
        """The faults that are on."""
        with self._lock:
            return [asdict(fault) for fault in self._active]

    def take(self, address: str) -> Fault | None:
        """The fault for a request to `address` (path and query), counted down."""
        with self._lock:
            for fault in self._active:
                if not fault.match or fault.match in address:
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times <= 0:
                            self._active.remove(fault)
                    return fault
        return None


def without_filters(params: dict[str, str]) -> dict[str, str]:
    """The parameters of an events query when its filters are lost."""
    return {name: value for name, value in params.items() if name in _KEPT_FILTERS}


def changes_rows(kind: str) -> bool:
    """Whether the fault is in the rows, not in the transport."""
    return kind in _ROW_FAULTS


def spoil_rows(kind: str, rows: Rows, format_: str) -> Answer:
    """A good answer whose rows are not what they should be."""
    kept = rows.rows
    if kind == "empty":
        kept = []
    elif kind == "fewer_rows":
        n_lost = math.ceil(len(kept) / 5)
        # The list of a campaign begins with the newest, all others end with it.
        kept = kept[n_lost:] if "mql" in rows.csv_columns else kept[: len(kept) - n_lost]
    elif kind == "wrong_types":
        kept = [{k: str(v) if isinstance(v, int) else v for k, v in row.items()} for row in kept]
    elif kind == "new_state" and "mql" in rows.csv_columns:
        kept = [row | {"state": NEW_STATE} if row["state"] == "running" else row for row in kept]
    return body_answer(Rows(kept, rows.csv_columns), format_)


def spoil(fault: Fault, good: Answer, query: str, now: int) -> Answer:
    """What the fault makes of a good answer on its way out."""
    kind = fault.kind
    if kind == "error500":
        text = ("DB connection lost and cannot reconnect: (2003, \"Can't connect to MySQL server on 'db.example' "
                '([Errno 111] Connection refused)")')  # fmt: skip
        return Answer(500, "Internal Server Error", text.encode(), "text/plain", [("Connection", "close")], close=True)
    if kind == "error500_html":
        html = pages.apache_page(
            "500 Internal Server Error", "Internal Server Error",
            "The server encountered an internal error or misconfiguration and was unable to complete your request.",
        )  # fmt: skip
        return Answer(500, "Internal Server Error", html.encode(), "text/html; charset=iso-8859-1",
                      [("Connection", "close")], close=True)  # fmt: skip
    if kind == "html200":
        return error_answer("simulated fault", query, now, "text/plain")
    if kind == "cut":
        return Answer(good.status, good.reason, good.body[: len(good.body) // 2], good.content_type, good.headers,
                      length=max(len(good.body), 1), close=True)  # fmt: skip
    if kind == "cut_json":
        return Answer(good.status, good.reason, good.body[: len(good.body) // 2], good.content_type, good.headers)
    if kind == "login":
        return redirect_to_login(query)
    if kind == "retry_after":
        seconds = 120 if fault.seconds is None else math.ceil(fault.seconds)
        html = pages.apache_page("503 Service Unavailable", "Service Unavailable", "The server is busy.")
        return Answer(503, "Service Unavailable", html.encode(), "text/html; charset=iso-8859-1",
                      [("Retry-After", str(seconds))])  # fmt: skip
    if kind == "garbage":
        noise = random.Random(4).randbytes(4096)  # noqa: S311 (no secret)
        return Answer(body=b"\x00\xff\xfe" + noise, headers=[("Content-Disposition", "inline")])
    return good
