"""What a document may read while it is laid out: pictures of its own log, and its style sheet. Nothing else, from nowhere.

Bodies cannot name other pictures (portal/markdown.py); this is the second fence. No address is ever opened: what may be read is
looked up in a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings

from campaigns.models import Campaign, LogFile

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

STATIC = "static:"
STYLE_SHEETS = {"css/log-document.css": "text/css"}
LARGEST_BYTES = 25 * 10**6


class NotOurs(ValueError):
    """The document named something that it may not read."""


def pictures_of(campaign: Campaign, base: str) -> dict[str, int]:
    """The pictures of the campaign's log: where a document finds them, and which they are."""
    found = LogFile.objects.filter(entry__campaign=campaign, width__isnull=False).select_related("entry__campaign")
    return {base + file.get_absolute_url(): file.pk for file in found.iterator()}


def read_own(address: str, pictures: Mapping[str, int]) -> tuple[bytes, str]:
    """The bytes and type of what an address stands for. Raises NotOurs for everything that is not in the tables."""
    if address.startswith(STATIC):
        name = address.removeprefix(STATIC)
        if name in STYLE_SHEETS:
            return (settings.BASE_DIR / "static" / name).read_bytes(), STYLE_SHEETS[name]
        raise NotOurs(f"{address[:200]} is no style sheet of the document.")
    pk = pictures.get(address)
    if pk is None:
        raise NotOurs(f"{address[:200]} is no picture of this log.")
    file = LogFile.objects.get(pk=pk)
    with _opened(file) as kept:
        body: bytes = kept.read(LARGEST_BYTES + 1)
    if len(body) > LARGEST_BYTES:
        raise NotOurs(f"{file.name} is larger than any picture that is kept.")
    return body, file.content_type


def fetcher(pictures: Mapping[str, int]) -> URLFetcher:
    """For the library that lays out: in place of its own, which would open any address."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFetcher(URLFetcher):
        """Asks `read_own`, whatever way it is asked."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            body, content_type = read_own(url, pictures)
            return URLFetcherResponse(url, body, {"Content-Type": content_type})

        def open(self, url: Any, data: Any = None, timeout: Any = None) -> URLFetcherResponse:
            return self.fetch(url if isinstance(url, str) else url.full_url)

    return OwnFetcher(allowed_protocols=())


@contextmanager
def _opened(file: LogFile) -> Iterator[Any]:
    with file.file.open("rb") as kept:
        yield kept
