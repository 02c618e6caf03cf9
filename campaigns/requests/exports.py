"""A request as JSON, CSV and PDF, for keeping and for other programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from campaigns.models import ProductionRequest
from campaigns.requests.content import Reading, without_empty_rows
from campaigns.requests.csv_samples import export
from campaigns.requests.lists import read_now
from campaigns.requests.pdf import written


def as_data(request: ProductionRequest, reading: Reading | None = None) -> dict[str, Any]:
    """The request as plain data: what was typed (`content`), what it means (`values`), totals, the eight items, problems.

    Numbers in `values` and `totals` are numbers, sizes bytes, times ISO 8601 in UTC; None where unknown. `reading` saves
    a second reading where there is one; without it the request is read against the lists as they are now.
    """
    reading = reading or read_now(request.content)
    return {
        "id": request.pk,
        "url": f"{settings.SITE_URL.rstrip('/')}{request.get_absolute_url()}",
        "state": request.state,
        "version": request.version,
        "requester": request.requester.username,
        "created_at": _plain(request.created_at),
        "saved_at": _plain(request.saved_at),
        "submitted_at": _plain(request.submitted_at),
        "priority": request.priority,
        "wanted_by_on": _plain(request.wanted_by_on),
        "cloned_from": request.cloned_from_id,
        "campaigns": [campaign.slug for campaign in request.campaigns.all()],
        "content": without_empty_rows(request.content),
        "values": _plain(asdict(reading.values)),
        "totals": _plain(asdict(reading.totals)),
        "n_complete": reading.n_complete,
        "items": [
            {"number": item.number, "title": item.title, "state": item.state, "words": item.words, "field": item.path}
            for item in reading.items
        ],
        "problems": [
            {"field": problem.path, "level": problem.level, "message": problem.message}
            for problem in (*reading.problems, *reading.missing)
        ],
    }


def as_json(request: ProductionRequest) -> str:
    """The same as a JSON document."""
    return json.dumps(as_data(request), indent=2, ensure_ascii=False) + "\n"


def as_csv(request: ProductionRequest) -> str:
    """Its samples in the columns of production's job lists; see campaigns/requests/csv_samples.py."""
    return export([request])


def as_pdf(request: ProductionRequest) -> bytes:
    """The eight items with their totals on paper. The same request gives the same bytes."""
    return written(request, read_now(request.content))


def _plain(value: Any) -> Any:
    """Numbers, texts, lists and dictionaries only."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
