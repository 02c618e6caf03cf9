"""A campaign's page as text for a wiki: the same facts, requests and weekly table, made from the same reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from campaigns.models import Appointment, CampaignJustinCampaign
from campaigns.requests.amounts import plainly
from campaigns.summary import Totals, WeeklyRow, WeeklyTable
from campaigns.wiki_text import Block, Code, Facts, Heading, Items, Link, Paragraph, Part, Table, Words
from monitoring.justin.links import show_campaign
from portal.templatetags.portal_format import at_least, bytes_decimal, count, exact_utc, percent, percent_unit

if TYPE_CHECKING:
    from campaigns.views.campaign_overview import Overview, Served
    from campaigns.views.request_sheet import Amount

UNIT_S, UNIT_MIB = " s", " MiB"


def page_of(overview: Overview, table: WeeklyTable, *, site: str, now: datetime) -> list[Block]:
    """The page in blocks. `site` is the portal's address without a slash at its end."""
    campaign = overview.campaign
    blocks: list[Block] = [Heading(1, campaign.name)]
    if campaign.purpose:
        blocks.append(Paragraph(campaign.purpose))
    blocks += [Facts(_facts(overview, site)), Heading(2, "How far"), Facts(_how_far(table.totals))]
    for served in overview.served:
        blocks += _request(served, site)
    if table.totals.n_workflows:
        blocks += [Heading(2, "Workflows"), _workflows(table.rows, site)]
    written = f"Written by the DUNE production portal on {exact_utc(now)} from "
    return [*blocks, Paragraph([written, Link("the campaign's page", site + f"/c/{campaign.pk}/"), "."])]


def _facts(overview: Overview, site: str) -> list[tuple[str, Words]]:
    campaign, shifts = overview.campaign, overview.shifts
    rows: list[tuple[str, Words]] = [("Status", campaign.get_status_display())]
    if campaign.name_is_provisional:
        rows.append(("Name", "provisional, till a meeting agrees"))
    given: list[tuple[str, Words]] = [
        ("Detector", campaign.detector_name),
        ("Kind", overview.kind),
        ("On shift", _people(shifts.now)),
        ("Next on shift", _people(shifts.next)),
        ("Earlier shifters", _people(shifts.earlier)),
        ("justIN campaigns", _justin(overview.justin)),
        ("Working directory", Code(campaign.working_directory) if campaign.working_directory else ""),
        ("Jobscript", _jobscript(overview)),
        ("Jobs to keep running", count(campaign.n_jobs_reference) if campaign.n_jobs_reference else ""),
        ("Links", _joined([Link(link["label"], link["url"]) for link in campaign.links])),
    ]
    rows += [row for row in given if row[1]]
    address = f"{site}/c/{campaign.pk}/"
    return [*rows, ("Page", Link(address, address))]


def _jobscript(overview: Overview) -> Words:
    """The one that is kept, with its place in git or the beginning of its hash; else what the settings say."""
    kept = overview.jobscript
    if kept is not None:
        return Code(kept.git_reference or f"{kept.name} version {kept.number}, sha256 {kept.short_hash}")
    return Code(overview.campaign.jobscript_reference) if overview.campaign.jobscript_reference else ""


def _people(appointments: Iterable[Appointment]) -> str:
    return ", ".join(f"{one.user} ({_days(one)})" for one in appointments)


def _days(one: Appointment) -> str:
    return f"{one.from_on.isoformat()} to {one.until_on.isoformat()}" if one.until_on else f"from {one.from_on.isoformat()}"


def _justin(links: Iterable[CampaignJustinCampaign]) -> list[Part]:
    return _joined(
        [
            Link(
                f"{link.justin_campaign.justin_id}" + (f" ({link.get_purpose_display()})" if link.purpose else ""),
                show_campaign(link.justin_campaign.justin_id),
            )
            for link in links
        ]
    )


def _joined(parts: list[Link]) -> list[Part]:
    found: list[Part] = []
    for part in parts:
        found += [", ", part] if found else [part]
    return found


def _how_far(totals: Totals) -> list[tuple[str, Words]]:
    n, cut = totals.n_workflows, not totals.n_cut
    rows: list[tuple[str, Words]] = [("Workflows", count(n))]
    if not n:
        return rows
    of = "at least " if totals.n_files_unknown else ""
    share = f" ({percent_unit(totals.files_share)})" if totals.files_share is not None and not of else ""
    rows.append(("Files processed", f"{count(totals.files_processed)} of {of}{count(totals.files_total)}{share}"))
    rate = f" ({percent_unit(totals.success_rate)})" if totals.success_rate is not None else ""
    rows.append(("Jobs with exit code 0", f"{at_least(totals.exit_zero, cut)} of {at_least(totals.jobs, cut)} ended{rate}"))
    rows.append(("Good jobs", f"{at_least(totals.good, cut)}, with outputs in place"))
    if totals.n_unknown:
        rows.append(("Not counted", f"the jobs of {count(totals.n_unknown)} workflows that were not read yet"))
    rows.append(("As of", f"files {exact_utc(totals.listed_at)}, jobs {exact_utc(totals.as_of)}"))
    return rows


def _request(served: Served, site: str) -> list[Block]:
    """The eight items, as the opening of the campaign's log has them."""
    request, sheet = served.request, served.sheet
    values, totals = sheet.values, sheet.reading.totals
    asked: list[tuple[str, Words]] = [
        ("Asked by", f"{request.requester}" + (f" for {request.working_group}" if request.working_group else "")),
        ("Contact", values.contact),
        ("Wanted by", _day(request.wanted_by_on)),
        ("Why", values.why),
        ("1 Code version", _code(served)),
    ]
    blocks: list[Block] = [
        Heading(2, [Link(f"Request {request.pk}", site + request.get_absolute_url()), f": {request.title}"]),
        Facts([row for row in asked if row[1]]),
        Heading(3, "2 Processing steps"),
        Table(
            ["Step", "fcl file", "Events per job"],
            [[f"{n} {step.name}", Code(step.fcl), _amount(events)] for n, (step, events) in enumerate(sheet.steps, start=1)],
            frozenset({2}),
        ),
        Heading(3, "3 Validation sample"),
        Paragraph(_validation(served)),
        Heading(3, "4 Outputs to tape"),
        Table(
            ["File pattern", "Files", "Size of one", "Total"],
            [
                [Code(output.pattern), _amount(files), _amount(size, as_bytes=True), bytes_decimal(total)]
                for output, files, size, total in sheet.outputs
            ],
            frozenset({1, 2, 3}),
        ),
        Paragraph(f"All outputs: {bytes_decimal(totals.tape_bytes)}."),
        Heading(3, "5 Resources"),
        Facts(
            [
                ("CPU per event", _amount(sheet.cpu_seconds) + UNIT_S),
                ("Memory", _amount(sheet.memory) + UNIT_MIB),
                ("Storage per event", _amount(sheet.storage, as_bytes=True)),
                ("Whole request", f"{count(totals.cpu_hours)} CPU hours, {bytes_decimal(totals.storage_bytes)} of storage"),
            ]
        ),
        Heading(3, "6 and 7 Samples by priority, with their events"),
        Table(
            ["Priority", "Kind", "Dataset, query or runs", "Files", "Events"],
            [
                [str(n), kind, Code(sample.what), _amount(files), _amount(events)]
                for n, (sample, kind, files, events) in enumerate(sheet.samples, start=1)
            ],
            frozenset({0, 3, 4}),
        ),
        Paragraph(f"All samples: {count(totals.n_events)} events."),
        Heading(3, "8 Final output datasets"),
        Items([Code(name) for name in values.datasets]),
    ]
    return blocks


def _code(served: Served) -> list[Part]:
    code = served.sheet.values.code
    parts: list[Part] = [Code(f"{code.package} {code.tag}".strip())] if code.package or code.tag else []
    return [*parts, f" from {code.repository}"] if code.repository else parts


def _validation(served: Served) -> str:
    validation = served.sheet.values.validation
    judge = f", judged by {validation.judge}" if validation.judge else ""
    return f"{_amount(served.sheet.validation_events)} events of {validation.what or 'a sample not named'}{judge}."


def _amount(amount: Amount, *, as_bytes: bool = False) -> str:
    """A number as the page writes it, or the words typed in its place."""
    if amount.value is None:
        return amount.typed.strip() or "not given"
    return bytes_decimal(float(amount.value)) if as_bytes else plainly(amount.value)


def _workflows(rows: Iterable[WeeklyRow], site: str) -> Table:
    heads = ["Workflow", "Status", "Jobs ended", "Exit code 0", "Success %", "Good", "Files done", "Files", "Comment"]
    return Table(heads, [_row(row, site) for row in rows], frozenset(range(2, 8)))


def _row(row: WeeklyRow, site: str) -> list[Words]:
    complete = row.jobs is not None and row.workflow.tally.jobs_complete
    number = Link(str(row.workflow.justin_id), site + row.workflow.get_absolute_url())
    rate = "unknown" if row.success_rate is None and (row.rate_problem or row.jobs is None) else percent(row.success_rate)
    jobs = [at_least(n, complete) for n in (row.jobs, row.exit_zero)]
    files = [count(row.files_processed), count(row.files_total)]
    return [number, row.status or "unknown", *jobs, rate, at_least(row.good, complete), *files, row.comment_text]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
