"""The settings of a campaign one by one: what each may be, how a change of it reads, and who may make it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from campaigns.models import Campaign, Detector, RequestKind
from portal.errors import Invalid

LONGEST_PURPOSE = 1_000
LONGEST_LINE = 300
LONGEST_ADDRESS = 500
LONGEST_LABEL = 60
MOST_LINKS = 30
MOST_JOBS = 1_000_000
LONGEST_TAG = 100
MOST_TAGS = 20
TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")  # what a query of MetaCat can name without quoting
DIRECTORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*:/\S*\Z")
PERSONAL = re.compile(r"/(?:home|user|users|nashome)/(?:[a-z]/)?(?!dunepro(?:/|\Z))[^/]+")  # dunepro: production's account

Link = dict[str, str]


@dataclass(frozen=True)
class Setting:
    """One setting. `of_shifters`: the campaign's shifters may change it too, not only coordinators."""

    label: str
    checked: Callable[[Campaign, Any], Any]
    in_words: Callable[[Any], str] = str
    of_shifters: bool = False


def personal_path(directory: str) -> bool:
    """Whether a directory looks like one person's own; what production needs must outlive a person's account."""
    return bool(PERSONAL.search(directory))


def _line(value: Any, field: str, longest: int = LONGEST_LINE) -> str:
    text = " ".join(str(value or "").replace("\0", "").split())
    if len(text) > longest:
        raise Invalid(f"It has {len(text):,} characters; use at most {longest:,}.", field=field)
    return text


def _purpose(campaign: Campaign, value: Any) -> str:
    return _line(value, "purpose", LONGEST_PURPOSE)


def _detector(campaign: Campaign, value: Any) -> str:
    name = _line(value, "detector_name", 100)
    if name and name != campaign.detector_name and not Detector.objects.filter(name=name).exists():
        raise Invalid(f"“{name}” is not on the list of detectors. Administrators keep it.", field="detector_name")
    return name


def _kind(campaign: Campaign, value: Any) -> str:
    kind = str(value or "")
    if kind and kind not in RequestKind.values:
        raise Invalid(f"Choose one of {', '.join(RequestKind.values)}.", field="kind")
    return kind


def _kind_in_words(value: Any) -> str:
    return RequestKind(value).label if value in RequestKind.values else str(value)


def _directory(campaign: Campaign, value: Any) -> str:
    text = str(value or "").replace("\0", "").strip()
    if len(text) > LONGEST_LINE:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_LINE}.", field="working_directory")
    if text and not DIRECTORY.match(text):
        raise Invalid(
            "Give machine and path, for example dunegpvm03:/exp/dune/app/users/dunepro/pdhd-reco-2026b.",
            field="working_directory",
        )
    return text


def _jobscript(campaign: Campaign, value: Any) -> str:
    return _line(value, "jobscript_reference")


def _n_jobs(campaign: Campaign, value: Any) -> int | None:
    if value in (None, ""):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_JOBS:
        raise Invalid(f"Give a whole number from 1 to {MOST_JOBS:,}, or nothing.", field="n_jobs_reference")
    return value


def tags_in(text: str) -> list[str]:
    """The values in a text that has commas or blanks between them, each once."""
    return list(dict.fromkeys(filter(None, re.split(r"[\s,\0]+", text))))


def _tags(campaign: Campaign, value: Any) -> list[str]:
    tags = list(dict.fromkeys(str(tag) for tag in value or []))
    if len(tags) > MOST_TAGS:
        raise Invalid(f"{len(tags)} values; use at most {MOST_TAGS}.", field="metadata_campaigns")
    for tag in tags:
        if len(tag) > LONGEST_TAG or not TAG.fullmatch(tag):
            raise Invalid(
                f"“{tag[:60]}” is no value of dune.campaign: use letters, digits and . _ - + /, at most {LONGEST_TAG}, for "
                "example fd_mc_2026a, with commas between several.",
                field="metadata_campaigns",
            )
    return tags


def _links(campaign: Campaign, value: Any) -> list[Link]:
    rows = value if isinstance(value, list) else []
    if len(rows) > MOST_LINKS:
        raise Invalid(f"{len(rows)} links; at most {MOST_LINKS}.", field="links")
    return [_link(row, number) for number, row in enumerate(rows, start=1)]


def _link(row: Any, number: int) -> Link:
    label, url = _line(row.get("label"), "links", LONGEST_LABEL), str(row.get("url") or "").strip()
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s\0<>\"]", url)
    except ValueError:  # a bracket that is never closed
        is_address = False
    if not is_address:
        raise Invalid(f"Link {number}: give the whole address, beginning with https://.", field="links")
    if len(url) > LONGEST_ADDRESS:
        raise Invalid(f"Link {number}: the address has {len(url):,} characters; use at most {LONGEST_ADDRESS}.", field="links")
    return {"label": label or str(parts.hostname), "url": url}


def _links_in_words(value: Any) -> str:
    return "\n".join(f"{link.get('label', '')}: {link.get('url', '')}" for link in value or [])


def _n_in_words(value: Any) -> str:
    return "" if value is None else f"{value:,}"


SETTINGS: dict[str, Setting] = {
    "purpose": Setting("purpose", _purpose),
    "detector_name": Setting("detector", _detector),
    "kind": Setting("kind", _kind, _kind_in_words),
    "working_directory": Setting("working directory", _directory, of_shifters=True),
    "jobscript_reference": Setting("jobscript", _jobscript, of_shifters=True),
    "n_jobs_reference": Setting("jobs to keep running", _n_jobs, _n_in_words, of_shifters=True),
    "metadata_campaigns": Setting("values of dune.campaign", _tags, ", ".join, of_shifters=True),
    "links": Setting("links", _links, _links_in_words, of_shifters=True),
}
