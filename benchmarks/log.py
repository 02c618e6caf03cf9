"""The log in numbers: lists, search and writing in a log of 100,000 entries, against one of 1,000. LOG_BENCH_DATABASE_URL names
a database of PostgreSQL that may be filled, for the same there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import Client

from benchmarks.measuring import best_of, say
from benchmarks.pages import page
from campaigns.log.reading import Filters, entries_of, with_all
from campaigns.log.rendering import Renderer
from campaigns.log.services import write_entry
from campaigns.models import Campaign, EntryKind, LogEntry, LogReference, LogVersion
from campaigns.services import appoint_shifter, create_campaign
from portal.models import User
from portal.roles import Role, set_roles

FEW, MANY = 1_000, 100_000
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = [EntryKind.NOTE, EntryKind.CHECK, EntryKind.MACHINE, EntryKind.INCIDENT, EntryKind.SUBMISSION]
SITES = ["UK_Brunel", "CERN", "US_FNAL", "NL_NIKHEF", "CZ_FZU"]


def measure() -> None:
    shifter = User.objects.create_user("shifter-of-logs")
    set_roles(shifter, [Role.SHIFTERS])
    client = Client(headers={"host": "localhost"})
    times: dict[int, dict[str, tuple[float, int]]] = {}
    for n in (FEW, MANY):
        campaign = _campaign(n, shifter)
        api = f"/api/v1/campaigns/{campaign.slug}/log/"
        addresses = {
            "newest 50": api,
            "page 1,000 (of the few: 20)": f"{api}?page={n // 50}",
            "of one kind": f"{api}?kind=incident",
            "about one workflow": f"{api}?workflow_id=3007",
            "a word that many have": f"{api}?q=brunel",
            "a word that one has": f"{api}?q=needle",
            "words that none has": f"{api}?q=haystack+brunel",
            "one entry": f"{api}{n // 2}/",
            "the page": f"/campaigns/{campaign.slug}/log/",
        }
        times[n] = {what: page(client, address) for what, address in addresses.items()}
        times[n]["a feed, rendered"] = (best_of(lambda: _feed(campaign)), 0)  # noqa: B023
        times[n]["writing an entry"] = (best_of(lambda: _write(campaign, shifter)), 0)  # noqa: B023
    for what, (seconds, n_queries) in times[MANY].items():
        few = times[FEW][what]
        queries = f"; queries {n_queries} and {few[1]}" if n_queries else ""
        say(f"log of {MANY:,} entries ({connection.vendor}): {what}", seconds, few[0], f"{FEW:,}", queries)


def _feed(campaign: Campaign) -> None:
    entries = list(with_all(entries_of(campaign, Filters()))[:50])
    renderer = Renderer(entries)
    for entry in entries:
        renderer.body(entry)


def _write(campaign: Campaign, shifter: User) -> None:
    write_entry(campaign, actor=shifter, kind=EntryKind.CHECK, body="All well; see #3007.", tags=["morning"])


def _campaign(n: int, shifter: User) -> Campaign:
    campaign = create_campaign(f"bench-log-{n}", actor=None)
    appoint_shifter(campaign, shifter, actor=None)
    rows = []
    for number in range(1, n + 1):
        kind = KINDS[number % len(KINDS)]
        body = f"Entry {number}: {SITES[number % 5]} had {number % 13} jobs with exit code {number % 97}"
        body += f" of #{3000 + number % 400}."
        body += " It was looked at with the people of the site and is followed by tomorrow’s shifter." * 3
        body += " A needle." if number == n // 3 else ""
        rows.append(
            LogEntry(
                campaign=campaign, number=number, kind=kind, author=None if kind == EntryKind.MACHINE else shifter, body=body,
                happened_at=FIRST + timedelta(minutes=4 * number), written_at=FIRST + timedelta(minutes=4 * number),
                search_text=body.lower(), fact=f"made {number}" if kind == EntryKind.MACHINE else "",
            )
        )  # fmt: skip
    LogEntry.objects.bulk_create(rows, batch_size=2000)
    made = list(LogEntry.objects.filter(campaign=campaign).values_list("pk", "number", "body"))
    LogReference.objects.bulk_create(
        (LogReference(entry_id=pk, kind="workflow", value=str(3000 + number % 400)) for pk, number, _body in made),
        batch_size=2000,
    )
    LogVersion.objects.bulk_create(
        (LogVersion(entry_id=pk, number=1, kind="written", body=body, author=shifter) for pk, _number, body in made),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return campaign
