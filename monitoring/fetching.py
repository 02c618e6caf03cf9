"""One question over HTTP, as all clients of outside systems ask: no redirects, cookies or passwords, a pause between two
questions, a time limit for the whole answer, and a body that is as long as was announced.

Knows no system: whoever asks says which of its own errors stands for which way of failing (`Ways`).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3

CONNECT_SECONDS = 10.0
LARGEST_BODY_BYTES = 200_000_000


@dataclass(frozen=True)
class Ways:
    """The errors in which a client tells of what the network does."""

    unreachable: type[Exception]
    slow: type[Exception]
    cut: type[Exception]
    garbage: type[Exception]


@dataclass
class Fetcher:
    """`fetch` asks one question at a time. Not for use by two threads. Times in seconds; `ca_bundle` empty: the system's.

    `keeps_connection`: False for a server that closes after each answer without saying so, where the next question would run
    into a connection that is about to end.
    """

    ways: Ways
    timeout_seconds: float
    pause_seconds: float = 1.0
    ca_bundle: str = ""
    contact: str = ""
    largest_body_bytes: int = LARGEST_BODY_BYTES
    keeps_connection: bool = True
    n_requests: int = 0
    _ended_at: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.auth = _no_auth  # else requests would send what a .netrc file holds
        contact = self.contact or "no contact set"
        self._session.headers.update(
            {
                "User-Agent": f"dune-production-portal/1 ({contact})",
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            }
        )

    def fetch(
        self,
        url: str,
        *,
        asked: str,
        check: Callable[[requests.Response, str], None],
        text: str | None = None,
        largest_body_bytes: int | None = None,
    ) -> tuple[bytes, datetime]:
        """The body and the source's clock. `asked` names the question in errors; `check` raises for a status that is no
        answer; `text` is posted as it is; `largest_body_bytes` for an answer that may be longer than others. Raises one of
        `ways` for all that the network does.
        """
        self._wait()
        deadline = time.monotonic() + self.timeout_seconds
        self.n_requests += 1
        try:
            with self._session.request(
                "GET" if text is None else "POST",
                url,
                data=None if text is None else text.encode(),
                headers=None if text is None else {"Content-Type": "text/plain; charset=utf-8"},
                timeout=(min(CONNECT_SECONDS, self.timeout_seconds), self.timeout_seconds),
                allow_redirects=False,
                stream=True,
                verify=self.ca_bundle or None,  # given here, as the environment's bundle overrules a session's
            ) as response:
                check(response, asked)
                body = self._body(response, deadline, asked, largest_body_bytes or self.largest_body_bytes)
        except requests.ConnectTimeout as error:
            raise self.ways.unreachable(f"{asked}: no connection within {CONNECT_SECONDS:g} s") from error
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise self.ways.slow(f"{asked}: no whole answer within {self.timeout_seconds:g} s") from error
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError) as error:
            raise self.ways.cut(f"{asked}: the connection ended in the middle of the answer") from error
        except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError) as error:
            raise self.ways.garbage(f"{asked}: an answer that cannot be unpacked") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self.ways.unreachable(f"{asked}: {_reason(error)}") from error
        finally:
            self._ended_at = time.monotonic()
            if not self.keeps_connection:
                self._session.close()
        return body, clock_of(response)

    def _wait(self) -> None:
        pause = self.pause_seconds * (1 + 0.1 * random.random())  # noqa: S311  (politeness, no secret)
        left = self._ended_at + pause - time.monotonic()
        if self._ended_at and left > 0:
            time.sleep(left)

    def _body(self, response: requests.Response, deadline: float, asked: str, largest: int) -> bytes:
        """The whole body: within the deadline even when it comes in drops, and as long as it was announced."""
        parts: list[bytes] = []
        size = 0
        while part := response.raw.read1(1 << 18, decode_content=True):
            parts.append(part)
            size += len(part)
            if time.monotonic() > deadline:
                raise self.ways.slow(f"{asked}: still sending when the time was up")
            if size > largest:
                raise self.ways.garbage(f"{asked}: more than {largest:,} bytes")
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and "Content-Encoding" not in response.headers and size != int(announced):
            raise self.ways.cut(f"{asked}: {size:,} of {int(announced):,} bytes")
        return b"".join(parts)


def clock_of(response: requests.Response) -> datetime:
    """The source's clock; ours where it tells none."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return datetime.now(UTC).replace(microsecond=0)


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the source asked to wait, if it did."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock_of(response)).total_seconds())
    except (ValueError, TypeError):
        return None


def first_bytes(response: requests.Response, n: int = 400) -> bytes:
    """The beginning of an answer that is none, for what it says."""
    found: bytes = response.raw.read(n, decode_content=True)
    return found


def plain(body: bytes) -> str:
    """The words of a page, without its tags; at most 200 characters."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body.decode("utf-8", "replace"))).split())[:200] or "no text"


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _reason(error: BaseException) -> str:
    """The innermost reason of a failed connection, without object addresses."""
    while isinstance(getattr(error, "reason", None), BaseException) or error.__cause__ or error.args:
        inner = getattr(error, "reason", None) or error.__cause__ or error.args[0]
        if not isinstance(inner, BaseException):
            break
        error = inner
    text = re.sub(r"<[^>]*>(: )?", "", str(error)).strip()
    return text[:200] or type(error).__name__
