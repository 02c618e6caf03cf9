"""What a document of the log begins with: what for whom, the period, who was on shift, and the requests' eight items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, Min

from campaigns.log_documents.paper import site
from campaigns.log_documents.state import LogState, changed_at
from campaigns.models import Appointment, Campaign, LogEntry, LogFile, ProductionRequest, RequestKind
from campaigns.requests.amounts import plainly
from campaigns.requests.content import read
from campaigns.requests.inputs import SampleKind
from campaigns.requests.reading import Reading
from portal.templatetags.portal_format import bytes_decimal

NOT_GIVEN = "not given"
UNREAD = "–"


@dataclass(frozen=True)
class Table:
    """`numbers` are the columns that are right-aligned, `last` the row of sums where there are several."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    last: Sequence[str] = ()

    def cells(self) -> list[list[tuple[str, bool]]]:
        return [self._marked(row) for row in self.rows]

    def heads(self) -> list[tuple[str, bool]]:
        return self._marked(self.head)

    def sums(self) -> list[tuple[str, bool]]:
        return self._marked(self.last) if len(self.rows) > 1 else []

    def _marked(self, row: Sequence[str]) -> list[tuple[str, bool]]:
        return [(cell, n in self.numbers) for n, cell in enumerate(row)]


@dataclass(frozen=True)
class Item:
    """One of the eight items (6 and 7 are told together): facts, a table or lines, whichever it has."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    lines: Sequence[str] | None = None


@dataclass(frozen=True)
class Asked:
    """A request that the campaign serves, as its newest version has it."""

    request: ProductionRequest
    title: str
    about: Sequence[tuple[str, str]]
    items: Sequence[Item]

    @property
    def address(self) -> str:
        return site() + self.request.get_absolute_url()

    @property
    def anchor(self) -> str:
        return f"request-{self.request.pk}"


@dataclass(frozen=True)
class Opening:
    campaign: Campaign
    state: LogState
    changed_at: datetime | None
    first_at: datetime | None
    last_at: datetime | None
    n_files: int
    shifters: Sequence[tuple[str, str]]
    asked: Sequence[Asked]

    @property
    def n_machine(self) -> int:
        return self.state.n_entries - self.state.n_people

    @property
    def address(self) -> str:
        return site() + self.campaign.get_absolute_url()


def read_opening(campaign: Campaign, state: LogState) -> Opening:
    """Six queries, whatever there is."""
    period = LogEntry.objects.filter(campaign=campaign).aggregate(first=Min("happened_at"), last=Max("happened_at"))
    appointed = Appointment.objects.filter(campaign=campaign).exclude(until_on__lt=F("from_on")).select_related("user")
    return Opening(
        campaign, state, changed_at(campaign), period["first"], period["last"],
        n_files=LogFile.objects.filter(entry__campaign=campaign).count(),
        shifters=[(one.user.username, _span(one)) for one in appointed.order_by("from_on", "pk")],
        asked=read_asked(campaign),
    )  # fmt: skip


def read_asked(campaign: Campaign) -> list[Asked]:
    """The requests that the campaign serves; one query."""
    served = ProductionRequest.objects.filter(campaigns=campaign).select_related("requester").order_by("pk")
    return [asked_of(request) for request in served]


def asked_of(request: ProductionRequest) -> Asked:
    """The request in words. Read without the lists that administrators keep, which may change while the request does not."""
    reading = read(request.content)
    values = reading.values
    kind = dict(RequestKind.choices).get(values.kind, values.kind)
    about = [
        ("State", f"{request.get_state_display()}, version {request.version} of {request.saved_at:%Y-%m-%d %H:%M} UTC"),
        ("Working group", values.working_group), ("Detector", values.detector), ("Kind", str(kind)),
        ("Contact", values.contact or request.requester.username),
        ("Wanted by", request.wanted_by_on.isoformat() if request.wanted_by_on else ""),
        ("Priority", str(request.priority or "")), ("Why", values.why),
    ]  # fmt: skip
    return Asked(request, values.title or f"Request {request.pk}", [(k, v or NOT_GIVEN) for k, v in about], _items(reading))


def _items(reading: Reading) -> list[Item]:
    values, totals = reading.values, reading.totals
    code, need, validation = values.code, values.resources, values.validation
    kinds = dict(SampleKind.choices)
    whole = (
        UNREAD if totals.cpu_hours is None else f"{totals.cpu_hours:,.0f} CPU hours, {_size(totals.storage_bytes)} of storage"
    )
    return [
        Item("1 Code version", _facts(("Package", code.package), ("Tag", code.tag), ("Repository", code.repository))),
        Item("2 Processing steps", table=Table(
            ["Step", "fcl file", "Events per job"],
            [[f"{n} {one.name}", one.fcl, _n(one.n_events_per_job)] for n, one in enumerate(values.steps, 1)],
            frozenset({2}),
        )),
        Item("3 Validation sample", _facts(
            ("Sample", validation.what), ("Events", _n(validation.n_events)), ("Judged by", validation.judge),
        )),
        Item("4 Outputs to copy to tape", table=Table(
            ["File pattern", "Files", "Size of one", "Total"],
            [[one.pattern, _n(one.n_files), _size(one.size_bytes), _size(one.total_bytes)] for one in values.outputs],
            frozenset({1, 2, 3}), ["All", _n(totals.n_tape_files), "", _size(totals.tape_bytes)],
        )),
        Item("5 Resources", _facts(
            ("CPU per event", UNREAD if need.cpu_seconds_per_event is None else f"{plainly(need.cpu_seconds_per_event)} s"),
            ("Memory", UNREAD if need.memory_mib is None else f"{plainly(need.memory_mib)} MiB"),
            ("Storage per event", _size(need.storage_bytes_per_event)),
            ("Whole request", whole),
        )),
        Item("6 and 7 Samples by priority, with their events", table=Table(
            ["Priority", "Kind", "Dataset, query or runs", "Files", "Events"],
            [
                [str(n), str(kinds.get(one.kind, one.kind)), one.what, _n(one.n_files), _n(one.n_events)]
                for n, one in enumerate(values.samples, 1)
            ],
            frozenset({0, 3, 4}), ["All", "", "", _n(totals.n_files), _n(totals.n_events)],
        )),
        Item("8 Final output datasets", lines=values.datasets),
    ]  # fmt: skip


def _facts(*facts: tuple[str, str]) -> list[tuple[str, str]]:
    return [(name, said or NOT_GIVEN) for name, said in facts]


def _n(n: int | None) -> str:
    return UNREAD if n is None else f"{n:,}"


def _size(n_bytes: object) -> str:
    return UNREAD if n_bytes is None else bytes_decimal(float(n_bytes))  # type: ignore[arg-type]


def _span(one: Appointment) -> str:
    return f"{one.from_on} to {one.until_on}" if one.until_on else f"from {one.from_on} on"
