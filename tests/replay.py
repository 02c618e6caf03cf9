"""A server on loopback that answers as recorded, and records what it was asked.

A question that was recorded with fewer filters is answered by filtering the recorded rows the way justIN does; one that was
not recorded at all gets a 500 that says so, unless `missing` is "empty".
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

RECORDINGS = Path(__file__).parent / "recordings" / "justin"
FILTERS = {
    "workflow_id",
    "stage_id",
    "event_type_name",
    "site_name",
    "entry_name",
    "rse_name",
    "jobscript_exit",
    "state",
}
INTEGERS = {"workflow_id", "stage_id", "jobscript_exit"}


@dataclass(frozen=True)
class Asked:
    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class Replied:
    """What goes out: raw status, headers and body; `cut` closes the connection that many bytes into the body."""

    status: int = 200
    body: bytes = b"[]"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip_seconds: float = 0.0  # between pieces of a tenth of the body


def index() -> list[dict[str, Any]]:
    return json.loads((RECORDINGS / "index.json").read_text())["recordings"]


def body_of(recording: dict[str, Any]) -> bytes:
    raw = (RECORDINGS / recording["file"]).read_bytes()
    if recording["file"].endswith(".gz"):
        return gzip.decompress(raw)
    return raw.split(b"\r\n\r\n", 1)[-1].split(b"\n\n", 1)[-1] if recording.get("file_contains") else raw


def rows_of(file: str) -> list[dict[str, Any]]:
    return json.loads(body_of({"file": file}))


def parameters_of(request: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request).query, keep_blank_values=True))


class Replay:
    """`with Replay() as replay: client(replay.url)`. `answer` may be set to a function that overrides what is recorded."""

    def __init__(self, *, poll: int | None = None, missing: str = "500") -> None:
        self.poll = poll
        self.missing = missing
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Replied | None] = lambda asked: None
        self.date = "Mon, 23 Nov 2026 18:36:00 GMT"
        self._recordings = [one for one in index() if one["method"] == "GET" and not one.get("request_headers")]

    def __enter__(self) -> Replay:
        replay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = Asked(parts.path, parameters_of(self.path), dict(self.headers))
                replay.asked.append(asked)
                replay._send(self, replay.answer(asked) or replay._recorded(asked, self.path))

            def log_message(self, format: str, *args: object) -> None:
                pass

            def date_time_string(self, timestamp: float | None = None) -> str:
                return replay.date

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/dashboard/"

    @property
    def info_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/api/info/"

    def _send(self, handler: BaseHTTPRequestHandler, reply: Replied) -> None:
        if reply.status == 0:  # closed without an answer
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(reply.status)
        for name, value in {
            "Content-Length": str(len(reply.body)),
            "Content-Type": "text/plain",
            **reply.headers,
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        if reply.cut is not None:
            handler.wfile.write(reply.body[: reply.cut])
            handler.close_connection = True
            return
        step = max(1, len(reply.body) // 10) if reply.drip_seconds else max(1, len(reply.body))
        try:
            for start in range(0, len(reply.body), step):
                handler.wfile.write(reply.body[start : start + step])
                handler.wfile.flush()
                if reply.drip_seconds:
                    threading.Event().wait(reply.drip_seconds)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True

    def _recorded(self, asked: Asked, request: str) -> Replied:
        exact = [one for one in self._candidates() if one["request"] == request]
        if exact:
            found = exact[0]
            location = {key: value for key, value in found["headers"] if key in ("Location", "Set-Cookie")}
            kind = {key: value for key, value in found["headers"] if key == "Content-Type"}
            return Replied(found["status"], body_of(found), {**location, **kind})
        near = [
            (len(recorded), one)
            for one in self._candidates()
            if one["status"] == 200
            and one.get("rows") is not None
            and one["request"].endswith("format=json")
            and (recorded := parameters_of(one["request"])).items() <= asked.parameters.items()
            and "workflow_id" in recorded
        ]
        if not near:
            if self.missing == "empty":
                return Replied()
            return Replied(500, f"not recorded: {request}".encode())
        _n, found = max(near, key=lambda one: one[0])
        rows = [row for row in json.loads(body_of(found)) if _matches(row, asked.parameters)]
        return Replied(body=json.dumps(rows, indent=0).encode())

    def _candidates(self) -> list[dict[str, Any]]:
        """Recordings of the chosen poll first; of no other poll."""
        mine = [one for one in self._recordings if self.poll and one["file"].startswith(f"poll{self.poll}.")]
        return mine + [one for one in self._recordings if not one["file"].startswith("poll")]


def _matches(row: dict[str, Any], parameters: dict[str, str]) -> bool:
    return all(str(row[key]) == value for key, value in parameters.items() if key in FILTERS and key in row)
