"""MetaCat's recorded answers over a real server on loopback: `metacat = Metacat(httpserver)`; `metacat.url` is METACAT_URL.

A question that was not recorded gets a 500 that says so. `say(…)` puts another answer in the place of all recorded ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

RECORDINGS = Path(__file__).parent / "recordings" / "metacat"
BASE = "/dune_meta_prod/app"


def index() -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads((RECORDINGS / "index.json").read_text())["recordings"]}


def recorded(name: str) -> Response:
    """An answer as it was recorded; its length is that of the file, as pages were shortened."""
    one = index()[name]
    body = (RECORDINGS / one["body_file"]).read_bytes() if one.get("body_file") else b""
    return Response(body, one["status"], [(key, value) for key, value in one["headers"] if key != "Content-Length"])


def query_of(name: str) -> str:
    return str(index()[name]["request"]["body"])


class Metacat:
    """`asked`: (method, path with its query, body) of each question. `counts` are answers by text of the query, made up."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.asked: list[tuple[str, str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.counts: dict[str, int] = {}
        self.instead: Response | None = None
        self._recorded = {self._key(one["request"]): name for name, one in index().items()}
        server.expect_request(self._any()).respond_with_handler(self._answer)

    @property
    def url(self) -> str:
        return self.server.url_for(BASE)

    def say(self, response: Response | str | None) -> None:
        """This, or the recorded answer of this name, whatever is asked; None for what was recorded again."""
        self.instead = recorded(response) if isinstance(response, str) else response

    def _answer(self, request: Request) -> Response:
        path = request.full_path.rstrip("?").removeprefix(BASE)
        body = request.get_data(as_text=True)
        self.asked.append((request.method, path, body))
        self.headers.append(dict(request.headers))
        if not request.full_path.startswith(f"{BASE}/"):
            return Response("404 Not Found", 404)
        if self.instead is not None:
            return Response(self.instead.get_data(), self.instead.status, self.instead.headers)
        if path == "/data/query?summary=count" and body in self.counts:
            return Response(json.dumps({"count": self.counts[body], "total_size": self.counts[body] * 1000}))
        question = f"{request.method} {path} {body}"
        # that there is no such dataset was recorded of the question without a true count
        name = self._recorded.get(question) or self._recorded.get(question.replace("&exact_file_count=yes", ""))
        return recorded(name) if name else Response(f"not recorded: {request.method} {path} {body}", 500)

    @staticmethod
    def _any() -> Any:
        import re

        return re.compile(".*", re.DOTALL)

    @staticmethod
    def _key(request: dict[str, Any]) -> str:
        return f"{request['method']} {request['path']} {request.get('body') or ''}"
