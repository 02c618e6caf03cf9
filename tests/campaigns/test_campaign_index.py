"""The index of campaigns: filtered by year, detector, kind, status, shifter and words, all in its address."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from campaigns import campaign_services as services
from campaigns.models import Campaign
from portal.roles import Role
from tests.campaigns.serving import accepted
from tests.factories import NOW, Jobs, make_campaign, make_service, make_tally, make_workflow
from tests.requests.filing import cost

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


@pytest.fixture
def three(db, coordinator, shifter, make_user):
    """hd-2024 (finished, shifter1 then), vd-2026 (active, shifter2 now), plain-2026 (paused, nothing said)."""
    make_service()
    hd = make_campaign(
        "hd-2024", 402, status="finished", detector_name="ProtoDUNE-HD", kind="reconstruction",
        created_at=datetime(2024, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    vd = make_campaign("vd-2026", 403, detector_name="ProtoDUNE-VD", kind="simulation", purpose="Single particles")
    make_campaign("plain-2026", status="paused")
    then = NOW.date() - timedelta(days=600)
    services.appoint(hd, shifter, actor=coordinator, from_on=then, until_on=then + timedelta(days=9))
    services.appoint(vd, make_user("shifter2", Role.SHIFTERS), actor=coordinator)
    never = services.appoint(vd, shifter, actor=coordinator, from_on=NOW.date() + timedelta(days=5))
    services.end_appointment(never, actor=coordinator)


def page(client, query=""):
    answer = client.get(f"/campaigns/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def names(html):
    return re.findall(r'<tr id="c-([a-z0-9-]+)"', html)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?year=2024", ["hd-2024"]),
        ("?year=2026", ["plain-2026", "vd-2026"]),
        ("?detector=ProtoDUNE-VD", ["vd-2026"]),
        ("?kind=reconstruction", ["hd-2024"]),
        ("?shifter=shifter1", ["hd-2024"]),
        ("?shifter=shifter2", ["vd-2026"]),
        ("?status=paused&year=2026", ["plain-2026"]),
        ("?status=paused&year=2024", []),
        ("?q=particles+vd", ["vd-2026"]),
        ("?q=particles+hd", []),
        ("?sort=detector", ["plain-2026", "hd-2024", "vd-2026"]),
        ("?sort=made", ["hd-2024", "plain-2026", "vd-2026"]),
        ("?year=never&kind=x&status=y&sort=z", ["plain-2026", "vd-2026", "hd-2024"]),
        ("?year=%D9%A2%D9%A0%D9%A2%D9%A4", ["plain-2026", "vd-2026", "hd-2024"]),
        ("?year=0000&page=x", ["plain-2026", "vd-2026", "hd-2024"]),
    ],
)
def test_a_filter_in_the_address_finds_what_it_says(client, three, query, found):
    assert names(page(client, query)) == found


def test_statuses_count_what_the_other_filters_leave(client, three):
    html = page(client, "?year=2026")
    assert ">All 2</a>" in html
    assert ">Active 1</a>" in html
    assert "Finished" not in html
    assert 'aria-current="true">Finished 0</a>' in page(client, "?year=2026&status=finished")


def test_the_selects_offer_what_there_is_and_show_what_is_asked(client, three):
    html = page(client, "?kind=simulation&shifter=shifter2&year=2026")
    assert '<option value="simulation" selected>Simulation</option>' in html
    assert "data-processing" not in html
    assert "<option selected>shifter2</option>" in html
    assert "<option selected>2026</option>" in html
    assert "Show all" in html


def test_former_names_and_what_is_asked_for_are_searched(client, three, coordinator, requester):
    campaign = Campaign.objects.get(name="plain-2026")
    services.rename(campaign, "renamed-2026", actor=coordinator)
    assert names(page(client, "?q=plain")) == ["renamed-2026"]
    accepted(requester, coordinator, campaign, title="Cosmic rays of spring")
    assert names(page(client, "?q=cosmic+SPRING")) == ["renamed-2026"]


def test_a_row_says_detector_kind_and_who_is_on_shift_now(client, three):
    html = page(client)
    row = html.split('id="c-vd-2026"')[1].split("</tr>")[0]
    assert "ProtoDUNE-VD</td><td>Simulation</td><td>shifter2</td>" in row
    assert "ProtoDUNE-HD</td><td>Reconstruction</td><td>–</td>" in html


def test_csv_and_json_keep_the_filters(client, three):
    make_tally(make_workflow(3206, campaign=403, files=(173, 350)), [Jobs("CERN", "finished", 9)])
    rows = list(csv.DictReader(io.StringIO(client.get("/campaigns/list.csv?kind=simulation").content.decode())))
    assert [(row["campaign"], row["files_processed"], row["files_total"], row["on_shift"]) for row in rows] == [
        ("vd-2026", "173", "350", "shifter2")
    ]
    rows = client.get("/campaigns/list.json?year=2024").json()["rows"]
    assert [(row["campaign"], row["status"], row["success_rate"]) for row in rows] == [("hd-2024", "finished", None)]


def test_the_index_is_for_everybody_where_the_public_reads(client, three, settings):
    assert len(names(page(client))) == 3
    settings.PUBLIC_READ = False
    assert client.get("/campaigns/").status_code == 302
    assert client.get("/campaigns/list.json").status_code == 302


def test_it_costs_the_same_with_many_campaigns_and_shifters(client, three, coordinator, make_user):
    costs = []
    for number in range(30):
        campaign = make_campaign(f"many-{number}", 500 + number, detector_name=f"Detector {number % 4}")
        services.appoint(campaign, make_user(f"on{number}", Role.SHIFTERS), actor=coordinator)
        if number in (1, 29):
            costs.append(cost(client, "/campaigns/"))
    assert costs[0] == costs[1] <= 25
