"""The lists that administrators keep: official repositories, working groups, detectors; and a reading against them."""

from __future__ import annotations

from typing import Any, TypedDict

from campaigns.models import Detector, OfficialRepository, WorkingGroup
from campaigns.requests.content import Reading, read


class Lists(TypedDict):
    repositories: list[OfficialRepository]
    groups: list[str]
    detectors: list[str]


def official_lists() -> Lists:
    """What may be chosen now, for `read(content, **official_lists())`. Three queries."""
    return {
        "repositories": list(OfficialRepository.objects.filter(is_active=True)),
        "groups": list(WorkingGroup.objects.filter(is_active=True).values_list("name", flat=True)),
        "detectors": list(Detector.objects.filter(is_active=True).values_list("name", flat=True)),
    }


def read_now(content: dict[str, Any]) -> Reading:
    """The content read against the lists as they are."""
    return read(content, **official_lists())
