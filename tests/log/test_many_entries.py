"""A log of very many entries: a page of it is found by an index, in as many queries as one of a few entries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from campaigns.log.reading import Entries, Filters, entries_of, everywhere, last_number, with_all, written_since
from campaigns.log.rendering import Renderer
from campaigns.models import Campaign, LogEntry, LogFile, LogReference, LogVersion
from portal.models import User
from tests.factories import NOW, make_campaign, make_entries

pytestmark = pytest.mark.django_db
MANY = 2_000
PAGE = 50


@pytest.fixture
def long_log(campaign: Campaign, shifter: User) -> Campaign:
    """Beside another log of the same length. Every 25th entry is about the same workflow."""
    make_entries(make_campaign("fd-sim-2026a"), MANY, shifter, every=timedelta(minutes=5))
    make_entries(campaign, MANY, shifter, every=timedelta(minutes=5))
    made = LogEntry.objects.values_list("pk", "number")
    LogReference.objects.bulk_create(
        LogReference(entry_id=pk, kind="workflow", value=str(3225 + number % 25)) for pk, number in made
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # disks without moving parts; what other tests left in the files is not to decide between a scan and an index
            cursor.execute("SET LOCAL random_page_cost = 1.0")
            cursor.execute("SET LOCAL cpu_tuple_cost = 0.05")
        cursor.execute("ANALYZE")
    return campaign


def plan_of(entries: QuerySet[Any]) -> str:
    """How the database goes about it, as it says itself."""
    return entries.explain(**({"format": "json"} if connection.vendor == "postgresql" else {}))


def scans(plan: str) -> list[str]:
    """Tables of the log that are read from one end to the other, or sorted as a whole."""
    if connection.vendor == "postgresql":
        return [
            f"{node['Node Type']} {node.get('Relation Name', '')}"
            for node in _nodes(json.loads(plan)[0]["Plan"])
            if (node["Node Type"] == "Seq Scan" and str(node["Relation Name"]).startswith("campaigns_log"))
            or node["Node Type"] == "Sort"
        ]
    return [
        line
        for line in plan.splitlines()
        if ("SCAN campaigns_log" in line and "INDEX" not in line) or "TEMP B-TREE FOR ORDER BY" in line
    ]


def _nodes(node: dict) -> list[dict]:
    return [node, *(inner for one in node.get("Plans", ()) for inner in _nodes(one))]


LISTS: dict[str, Callable[[Campaign], Entries]] = {
    "newest first": lambda campaign: entries_of(campaign),
    "in order": lambda campaign: entries_of(campaign, order=("happened_at", "number")),
    "of one kind": lambda campaign: entries_of(campaign, Filters(kinds=frozenset({"incident"}))),
    "of machines": lambda campaign: entries_of(campaign, Filters(by="machines")),
    "of people": lambda campaign: entries_of(campaign, Filters(by="people")),
    "since a day": lambda campaign: entries_of(campaign, Filters(since=NOW + timedelta(days=10))),
    "written since": lambda campaign: written_since(campaign, MANY - 20),
}


@pytest.mark.parametrize("which", LISTS)
def test_a_page_of_a_long_log_is_found_by_an_index(long_log: Campaign, which: str):
    plan = plan_of(with_all(LISTS[which](long_log))[:PAGE])
    assert scans(plan) == [], plan


def test_the_newest_of_all_logs_are_found_by_an_index(long_log: Campaign, shifter: User):
    plan = plan_of(with_all(everywhere(shifter))[:PAGE])
    assert scans(plan) == [], plan


def test_the_check_itself_notices_a_scan(long_log: Campaign):
    assert scans(plan_of(LogEntry.objects.order_by("body")[:PAGE])) != []


def test_what_belongs_to_a_page_of_entries_is_found_by_indexes(long_log: Campaign):
    pks = list(entries_of(long_log).values_list("pk", flat=True)[:PAGE])
    for rows in (
        LogEntry.objects.filter(parent__in=pks),
        LogVersion.objects.filter(entry__in=pks).order_by(),
        LogFile.objects.filter(entry__in=pks).order_by(),
        LogReference.objects.filter(entry__in=pks).order_by(),
    ):
        plan = plan_of(rows.order_by())
        # tables without a row are read as a whole by a database that knows them to be empty
        assert not [one for one in scans(plan) if "logentry" in one.lower() or "logreference" in one.lower()], plan


def test_entries_about_a_workflow_are_found_by_what_they_point_to(long_log: Campaign):
    about = entries_of(long_log, Filters().about_workflow(3225))
    assert about.count() == MANY / 25
    plan = plan_of(about[:PAGE])
    assert not [one for one in scans(plan) if "logreference" in one.lower()], plan


def test_words_are_found_by_an_index_where_the_database_has_one(long_log: Campaign):
    found = LogEntry.objects.filter(search_text__contains="entry 1711")
    assert found.count() == 2
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows are sooner read as a whole
        assert "log_words" in plan_of(found)


def test_the_number_of_the_newest_is_read_at_once(long_log: Campaign):
    assert last_number(long_log) == MANY
    newest = LogEntry.objects.filter(campaign=long_log).order_by("-number").values_list("number")[:1]
    assert scans(newest.explain(**({"format": "json"} if connection.vendor == "postgresql" else {}))) == []


@pytest.mark.parametrize("filters", [Filters(), Filters(words="brunel 1711"), Filters().about_workflow(3225)], ids=str)
def test_a_page_takes_as_many_queries_as_one_of_a_short_log(
    long_log: Campaign, shifter: User, filters: Filters, django_assert_max_num_queries
):
    with django_assert_max_num_queries(13):
        page = list(with_all(entries_of(long_log, filters))[:PAGE])
        renderer = Renderer(page)
        assert all(renderer.body(entry) for entry in page)
    assert page
