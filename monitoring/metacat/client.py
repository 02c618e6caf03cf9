"""MetaCat over HTTP: one question, one checked answer. Knows HTTP and parsing, nothing of the ORM.

Reads only, without a log-in: no token is ever sent, and no parameter that writes. docs/metacat.md says what is relied on and
why. Raises the errors of monitoring.metacat.errors and no other for anything MetaCat or the network does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import requests

from monitoring.fetching import Fetcher, Ways, first_bytes, plain, retry_after
from monitoring.metacat.datasets import ListedDataset, datasets_in
from monitoring.metacat.errors import (
    MetacatBusy,
    MetacatCut,
    MetacatErrorPage,
    MetacatGarbage,
    MetacatLoginWanted,
    MetacatRefused,
    MetacatServerError,
    MetacatSlow,
    MetacatUnknownDataset,
    MetacatUnreachable,
    MetacatWrongAnswer,
)
from monitoring.metacat.queries import DID, checked, datasets_of

WAYS = Ways(unreachable=MetacatUnreachable, slow=MetacatSlow, cut=MetacatCut, garbage=MetacatGarbage)
BUSY = frozenset({429, 502, 503, 504, 521, 524})
LARGEST_BODY_BYTES = 1_000_000  # a count has some 40 bytes, a dataset some hundreds
RECORD_SEPARATOR = b"\x1e"
MOST_DATASETS = 20


@dataclass(frozen=True)
class Counted:
    """How many files a query has and their size. `doubt` says why the number may not mean what it seems, '' if nothing does."""

    n_files: int
    n_bytes: int
    as_of: datetime
    doubt: str = ""


@dataclass(frozen=True)
class Dataset:
    """A dataset. `n_files` is counted, not the cached counter, which holds retired files too. A frozen one never changes."""

    did: str
    n_files: int
    is_frozen: bool
    as_of: datetime


@dataclass(frozen=True)
class DatasetList:
    """Datasets of workflows and of a `dune.campaign`, out of `n_listed`."""

    datasets: list[ListedDataset]
    n_listed: int
    as_of: datetime


@dataclass(frozen=True)
class MetacatSettings:
    """Where MetaCat is (without `/data/…`) and how politely it is asked. Times in seconds; `ca_bundle` empty: the system's."""

    url: str
    pause_seconds: float = 1.0
    timeout_seconds: float = 60.0
    ca_bundle: str = ""
    contact: str = ""


class MetacatClient:
    """Asks one question at a time, a pause apart. Not for use by two threads."""

    def __init__(self, settings: MetacatSettings) -> None:
        self.settings = settings
        self._base = settings.url.rstrip("/")  # it has a path, which must stay
        self._fetcher = Fetcher(
            WAYS, settings.timeout_seconds, settings.pause_seconds, settings.ca_bundle, settings.contact, LARGEST_BODY_BYTES,
            keeps_connection=False,
        )  # fmt: skip

    @property
    def n_requests(self) -> int:
        return self._fetcher.n_requests

    def count(self, mql: str) -> Counted:
        """How many files a query has now. Raises MetacatTrap, unasked, for a query that MetaCat would count wrongly.

        Zero is believed only when every dataset named in the query exists: MetaCat says the same of those that do not.
        """
        query = checked(mql)
        told, as_of = self._ask("query", f"count of “{' '.join(query.split())[:80]}”", text=query, summary="count")
        n_files, n_bytes = _number(told, "count", "count"), _number(told, "total_size", "count")
        doubt = ""
        if n_files == 0:
            for did in datasets_of(query)[:MOST_DATASETS]:
                self.dataset(did)
            doubt = "its datasets exist; a key or value of its conditions may be misspelt, which MetaCat does not tell"
            if not datasets_of(query):
                doubt = "MetaCat says the same of a misspelt key or value"
        return Counted(n_files, n_bytes, as_of, doubt)

    def dataset(self, did: str) -> Dataset:
        """A dataset by NAMESPACE:NAME. Raises MetacatUnknownDataset; ValueError for what cannot be a name."""
        if not DID.fullmatch(did):
            raise ValueError(f"no dataset can be called {did!r}")
        told, as_of = self._ask("dataset", f"dataset {did}", dataset=did, exact_file_count="yes")
        if told.get("namespace") != did.partition(":")[0] or told.get("name") != did.partition(":")[2]:
            raise MetacatWrongAnswer(f"dataset {did}: MetaCat told of another one")
        return Dataset(did, _number(told, "file_count", f"dataset {did}"), told.get("frozen") is True, as_of)

    def datasets(self, largest_body_bytes: int) -> DatasetList:
        """Every dataset of a workflow or of a `dune.campaign`. MetaCat has one list of all, without paging or filter; one that
        is longer than `largest_body_bytes` is MetacatGarbage.
        """
        asked = "list of datasets"
        body, as_of = self._fetch("datasets", asked, {}, largest=largest_body_bytes)
        if body.lstrip()[:1] == b"{":
            raise MetacatWrongAnswer(f"{asked}: no list came")
        datasets, n_listed = datasets_in(body, asked)
        return DatasetList(datasets, n_listed, as_of)

    # --- asking ---

    def _fetch(
        self, method: str, asked: str, parameters: Mapping[str, str], text: str | None = None, largest: int | None = None
    ) -> tuple[bytes, datetime]:
        url = f"{self._base}/data/{method}" + (f"?{urlencode(parameters, safe=':/')}" if parameters else "")
        body, as_of = self._fetcher.fetch(url, asked=asked, check=_check_status, text=text, largest_body_bytes=largest)
        start = body[:200].lstrip()
        if start.startswith(b"<"):
            raise MetacatErrorPage(f"{asked}: an HTML page instead of data: {plain(body[:2000])}")
        if start.startswith(RECORD_SEPARATOR):
            raise MetacatWrongAnswer(f"{asked}: records came where one answer was asked for")
        return body, as_of

    def _ask(self, method: str, asked: str, *, text: str | None = None, **parameters: str) -> tuple[dict[str, Any], datetime]:
        body, as_of = self._fetch(method, asked, parameters, text)
        try:
            told = json.loads(body)
        except ValueError as error:
            if body.lstrip().startswith(b"{"):
                raise MetacatCut(f"{asked}: the answer ends in the middle") from error
            raise MetacatGarbage(f"{asked}: an answer that is no JSON") from error
        except RecursionError as error:
            raise MetacatGarbage(f"{asked}: an answer nested without end") from error
        if not isinstance(told, dict):
            raise MetacatWrongAnswer(f"{asked}: {'a list' if isinstance(told, list) else 'no object'} came")
        return told, as_of


def _number(told: dict[str, Any], key: str, asked: str) -> int:
    value = told.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise MetacatGarbage(f"{asked}: {key} is {str(value)[:60]!r}, no number")
    return value


def _check_status(response: requests.Response, asked: str) -> None:
    """Decided by status alone: errors are labelled as HTML, mostly are plain text, and echo the query."""
    status = response.status_code
    if status == 200:
        return
    if status in (401, 403) or (300 <= status < 400 and "login" in response.headers.get("Location", "").lower()):
        raise MetacatLoginWanted(f"{asked}: status {status}, a log-in is wanted")
    if 300 <= status < 400:
        raise MetacatErrorPage(f"{asked}: redirected elsewhere (status {status}); METACAT_URL may be wrong")
    body = first_bytes(response, 4000)
    if status in BUSY:
        raise MetacatBusy(f"{asked}: status {status}, {plain(body)}", retry_after_seconds=retry_after(response))
    if status >= 500:
        raise MetacatServerError(f"{asked}: MetaCat could not run this query: {_heading(body)}")
    if status == 400:
        raise MetacatRefused(f"{asked}: {_refusal(body)}")
    if status == 404 and b"Dataset not found" in body:
        raise MetacatUnknownDataset(f"{asked}: MetaCat knows no such dataset")
    raise MetacatErrorPage(f"{asked}: status {status}, {plain(body)} (METACAT_URL may be wrong)")


def _heading(body: bytes) -> str:
    """The sentence of an error page, which stands in its <h3>."""
    found = re.search(r"<h3>\s*([^<]*)", body.decode("utf-8", "replace"))
    return " ".join(unescape(found[1]).split())[:200] if found and found[1].strip() else plain(body)


def _refusal(body: bytes) -> str:
    """What is wrong with a query: the first lines of a syntax error, the last of a traceback."""
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("{"):
        try:
            return str(json.loads(text)["message"])[:200]
        except (ValueError, KeyError, TypeError):
            return text[:200]
    lines = [line.strip() for line in text.split("Expected one of")[0].splitlines() if line.strip(" ^\t")]
    if not lines:
        return "refused, without a reason"
    if "Traceback" in lines[0]:
        return lines[-1][:200]
    return " ".join(lines)[:300]
