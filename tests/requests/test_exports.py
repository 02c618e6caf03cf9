"""A request for other programs and on paper."""

from __future__ import annotations

import json
from typing import Any

import pytest

from campaigns.models import Detector, OfficialRepository, WorkingGroup
from campaigns.requests import pdf
from campaigns.requests.csv_samples import parse
from campaigns.requests.exports import as_csv, as_json, as_pdf
from campaigns.requests.lists import official_lists
from campaigns.requests.services import create_request
from tests.requests.contents import content

pytestmark = pytest.mark.django_db


def test_json_holds_what_was_typed_and_what_it_means(requester, settings) -> None:
    settings.SITE_URL = "https://portal.example.org"
    request = create_request(actor=requester, content=content(samples=[*content()["samples"], {"kind": "dataset"}]))
    data = json.loads(as_json(request))
    assert data["url"] == f"https://portal.example.org/requests/{request.pk}/"
    assert data["content"] == content()
    assert data["values"]["wanted_by_on"] == "2035-01-15"
    assert data["values"]["resources"] == {
        "cpu_seconds_per_event": 48, "memory_mib": 4000, "storage_bytes_per_event": 33_000_000,
    }  # fmt: skip
    assert data["totals"]["tape_bytes"] == 100 * 10**12
    assert create_request(actor=requester, content=data["content"]).content == data["content"]


def test_csv_is_a_list_that_can_be_imported(requester) -> None:
    request = create_request(actor=requester, content=content())
    found = parse(as_csv(request))
    assert [row["NAMESPACE"] for row in (one.raw for one in found.rows)] == ["vd-protodune", ""]
    assert found.rows[0].is_good


@pytest.mark.parametrize("with_fonts", [True, False])
def test_pdf_is_made_for_any_content_and_the_same_each_time(
    requester, monkeypatch: pytest.MonkeyPatch, with_fonts: bool
) -> None:
    if not with_fonts:
        monkeypatch.setattr(pdf, "_fonts", lambda: ("", ""))
    hard: dict[str, Any] = content(
        title="Über → “ΔE” 漢字 …", why="lorem " * 1600, resources__memory_mib="4",
        samples=[{"kind": "mql", "what": "files from " + "a" * 4000, "files": "1", "events": "5"}] * 200,
    )  # fmt: skip
    for what in (content(), {}, hard):
        request = create_request(actor=requester, content=what)
        document = as_pdf(request)
        assert document.startswith(b"%PDF-")
        assert as_pdf(request) == document


def test_the_lists_are_there_from_the_first_migration_and_only_active_ones_are_offered() -> None:
    lists = official_lists()
    assert "DUNE/dunesw" in {repository.name for repository in lists["repositories"]}
    assert {"ProtoDUNE-HD", "ProtoDUNE-VD", "Far Detector HD", "Far Detector VD"} <= set(lists["detectors"])
    assert lists["groups"]
    for model in (OfficialRepository, WorkingGroup, Detector):
        model.objects.update(is_active=False)
    assert official_lists() == {"repositories": [], "groups": [], "detectors": []}
