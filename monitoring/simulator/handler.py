"""One HTTP request: routing, headers as the real service's Apache writes them, and the simulator's own controls."""

import json
import socket
import time
from email.utils import formatdate
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from monitoring.simulator import faults as faults_module
from monitoring.simulator import metacat, pages
from monitoring.simulator.answers import Answer, Refused, answer, download
from monitoring.simulator.faults import Fault
from monitoring.simulator.places import information_file
from monitoring.simulator.play import Play, Recorded

_MAX_BODY_BYTES = 10_000
_SESSION_COOKIES = {"justin_session", "justin_secret"}
_UNAUTHORISED = "To authorize this computer to run the justin command, visit the page of the real justIN."


class _Serves(Protocol):
    """The server that a handler is made by."""

    simulator: Play


class Handler(BaseHTTPRequestHandler):
    """Answers as justIN does, and as the catalogue beside it; a fault that is switched on may spoil the answer."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    @property
    def simulator(self) -> Play:
        """The simulator that this request came to."""
        return cast(_Serves, self.server).simulator

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are kept by the simulator, not written to the terminal."""

    def do_GET(self) -> None:
        """Downloads, information files, pages for people, and the simulator's status."""
        self._handle()

    def do_HEAD(self) -> None:
        """The whole query runs, only the headers are sent."""
        self._handle()

    def do_POST(self) -> None:
        """Forbidden at the dashboard; the simulator's own controls."""
        self._handle()

    def do_DELETE(self) -> None:
        """Clears the simulator's faults."""
        self._handle()

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        # The first value of a repeated parameter counts, also when it is empty.
        params: dict[str, str] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            params.setdefault(name, value)
        body = self._body()
        if parts.path.startswith("/simulator/"):
            self._send(self._control(parts.path, body))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.simulator.record(Recorded(self.command, parts.path, parts.query, params, headers, time.time()))
        fault = self.simulator.faults.take(self.path)
        if fault is not None and fault.kind == "down":
            self._hang_up()
            return
        if fault is not None and fault.kind == "slow":
            self.simulator.wait(5.0 if fault.seconds is None else fault.seconds)
        now = self.simulator.clock.now()
        if metacat.is_metacats(parts.path):
            good = metacat.answer(self.simulator.world, parts.path, parts.query, self.command, body, now)
            spoilt = metacat.spoil(fault, good) if fault is not None else good
            if fault is not None and spoilt is None:
                spoilt = faults_module.spoil(fault, good, parts.query, now)
            self._send(spoilt or good, is_dated=False)
            return
        if fault is not None and faults_module.changes_rows(fault.kind):
            good = self._with_spoilt_rows(fault, parts.path, parts.query, params, now)
        else:
            good = self._good_answer(parts.path, parts.query, params, now)
        self._send(good if fault is None else faults_module.spoil(fault, good, parts.query, now))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _MAX_BODY_BYTES:
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    def _good_answer(self, path: str, query: str, params: dict[str, str], now: int) -> Answer:
        if path.startswith("/api/"):
            return self._ui_service(path, query)
        if path.startswith("/wrapperlogs/"):
            return Answer(302, "Moved", content_type=None, headers=[("Location", f"{self.path}&login")])
        if path != "/dashboard/":
            return _apache(404, "Not Found", "Not Found", "The requested URL was not found on this server.")
        if self.command == "POST":
            return Answer(403, "Forbidden", pages.error_page("You need to login", query, now).encode(), "text/html")
        if self.command == "DELETE":
            return _apache(405, "Method Not Allowed", "Method Not Allowed", "The method is not allowed for this URL.")
        if self._has_half_a_session():
            return _apache(500, "Internal Server Error", "Internal Server Error", "The server met an internal error.")
        found = answer(self.simulator.world, query, params, now, self.simulator.row_cap)
        if "login" in params:
            found.headers += [
                ("Set-Cookie", f"{name}=simulated; Max-Age=86400; Path=/; Secure ; HttpOnly")
                for name in ("justin_session", "justin_secret")
            ]
        return found

    def _with_spoilt_rows(self, fault: Fault, path: str, query: str, params: dict[str, str], now: int) -> Answer:
        method = params.get("method", "")
        if path != "/dashboard/" or not method.startswith("download-") or self.command not in ("GET", "HEAD"):
            return self._good_answer(path, query, params, now)
        if fault.kind == "wrong_rows" and method == "download-events":
            params = faults_module.without_filters(params)
        try:
            rows = download(self.simulator.world, method, params, now, self.simulator.row_cap)
        except Refused:
            return self._good_answer(path, query, params, now)
        return faults_module.spoil_rows(fault.kind, rows, params["format"])

    def _ui_service(self, path: str, query: str) -> Answer:
        """The service of information files and commands: it has other manners than the dashboard."""
        only_post = Answer(405, "Method not allowed", b"We only support POST")
        if path.startswith("/api/commands"):
            if self.command != "POST":
                return only_post
            text = json.dumps({"session": "simulated", "secret": "simulated", "message": _UNAUTHORISED})
            return Answer(401, "Authorization Required", text.encode())
        text_or_none = information_file(path.removeprefix("/api/info/"))
        if "?" in self.path or self.command not in ("GET", "HEAD") or text_or_none is None:
            return only_post
        return Answer(body=text_or_none.encode(), content_type="text/csv")

    def _has_half_a_session(self) -> bool:
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return False
        return len(_SESSION_COOKIES & cookies.keys()) == 1

    def _control(self, path: str, body: bytes) -> Answer:
        """The simulator's own addresses, for tests and demonstrations."""
        simulator = self.simulator
        try:
            if path == "/simulator/" and self.command in ("GET", "HEAD"):
                return _json(simulator.status())
            if path.startswith("/simulator/truth/") and self.command == "GET":
                return _json(simulator.truth(int(path.rpartition("/")[2])).as_dict())
            if path == "/simulator/fault" and self.command == "DELETE":
                simulator.clear_faults()
                return _json(simulator.status())
            if self.command == "POST" and path in ("/simulator/fault", "/simulator/clock"):
                # A page of some other site in a browser cannot send this type without being asked first.
                if not self.headers.get("Content-Type", "").startswith("application/json"):
                    return _json({"error": "send Content-Type: application/json"}, 415, "Unsupported Media Type")
                sent = json.loads(body)
                if path == "/simulator/clock":
                    simulator.advance(float(sent["advance_seconds"]))
                else:
                    simulator.faults.add(Fault(**sent))
                return _json(simulator.status())
        except (ValueError, TypeError, KeyError) as error:
            return _json({"error": str(error)}, 400, "Bad Request")
        return _json({"error": "there is nothing here"}, 404, "Not Found")

    def _hang_up(self) -> None:
        self.close_connection = True
        # The socket itself, as the handler's files would keep it open.
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, found: Answer, *, is_dated: bool = True) -> None:
        """`is_dated`: as justIN's Apache does; MetaCat's own server tells no time."""
        length = len(found.body) if found.length is None else found.length
        lines = [f"HTTP/1.1 {found.status} {found.reason}"]
        if is_dated:
            lines += [f"Date: {formatdate(self.simulator.clock.now(), usegmt=True)}", "Server: Apache"]
        own = [f"{name}: {value}" for name, value in found.headers]
        size = [f"Content-Length: {length}"]
        lines += own + size if found.status == 302 else size + own
        if found.content_type is not None:
            lines.append(f"Content-Type: {found.content_type}")
        if found.close:
            self.close_connection = True
        # Header values hold what a client wrote in its query: nothing in it may begin a line of its own.
        head = "\r\n".join(line.replace("\r", "").replace("\n", "") for line in lines)
        body = b"" if self.command == "HEAD" else found.body
        self.wfile.write(head.encode("latin-1", "replace") + b"\r\n\r\n" + body)


def _apache(status: int, reason: str, heading: str, text: str) -> Answer:
    html = pages.apache_page(f"{status} {reason}", heading, text)
    return Answer(status, reason, html.encode(), "text/html; charset=iso-8859-1")


def _json(value: dict[str, Any], status: int = 200, reason: str = "OK") -> Answer:
    return Answer(status, reason, (json.dumps(value, indent=1) + "\n").encode(), "application/json")
