"""What the address of the list of requests asks for: filters, search and order, read once and applied in one place."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.http import HttpRequest, QueryDict

from campaigns.models import RequestKind, RequestQuerySet, RequestState
from campaigns.views.columns import Column
from portal.models import User
from portal.roles import Anyone

OPEN = "open"  # a state of the filter, not of a request: what review has still to do with
OPEN_STATES = (RequestState.SUBMITTED, RequestState.PRESENTED, RequestState.CHANGES_WANTED)
NAMES = ("state", "kind", "detector", "group", "mine", "q", "sort")  # what a saved view keeps
LONGEST_SEARCH = 200
MOST_WORDS = 8

COLUMNS = [
    Column("number", "No."),
    Column("title", "Request", is_number=False, falls_first=False),
    Column("state", "State", is_number=False, falls_first=False),
    Column("kind", "Kind", is_number=False, falls_first=False),
    Column("detector", "Detector", is_number=False, falls_first=False),
    Column("group", "Asked by", is_number=False, falls_first=False),
    Column("priority", "Priority", falls_first=False),
    Column("wanted", "Wanted by", falls_first=False),
    Column("events", "Events"),
    Column("tape", "To tape"),
    Column("cpu", "CPU", "hours"),
    Column("changed", "Changed"),
]
SORTS = {
    "number": "pk",
    "title": "title",
    "state": "state",
    "kind": "kind",
    "detector": "detector__name",
    "group": "working_group__name",
    "priority": "priority",
    "wanted": "wanted_by_on",
    "events": "n_events",
    "tape": "tape_bytes",
    "cpu": "cpu_hours",
    "changed": "saved_at",
}


@dataclass(frozen=True)
class Filters:
    """What was asked; words that are none of ours count as not asked."""

    state: str
    kind: str
    detector: str
    group: str
    mine: bool
    q: str
    sort: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.state or self.kind or self.detector or self.group or self.mine or self.q)

    def apply(self, requests: RequestQuerySet, user: Anyone) -> RequestQuerySet:
        """The requests that fit, in the order asked for."""
        return self.ordered(self.narrowed(self.without_state(requests, user)))

    def without_state(self, requests: RequestQuerySet, user: Anyone) -> RequestQuerySet:
        """All filters but the state's: what the counts beside the states are of."""
        if self.kind:
            requests = requests.filter(kind=self.kind)
        if self.detector:
            requests = requests.filter(detector__name=self.detector)
        if self.group:
            requests = requests.filter(working_group__name=self.group)
        if self.mine:
            requests = requests.filter(of(user))
        for word in self.q.lower().split()[:MOST_WORDS]:
            found = Q(search_text__contains=word)
            number = word.removeprefix("#")
            if number.isascii() and number.isdigit() and len(number) < 10:
                found |= Q(pk=int(number))
            requests = requests.filter(found)
        return requests

    def narrowed(self, requests: RequestQuerySet) -> RequestQuerySet:
        if self.state == OPEN:
            return requests.filter(state__in=OPEN_STATES)
        return requests.filter(state=self.state) if self.state else requests

    def ordered(self, requests: RequestQuerySet) -> RequestQuerySet:
        """What has no value comes last, whichever way it is sorted."""
        field = F(SORTS[self.sort.removeprefix("-")])
        falls = self.sort.startswith("-")
        return requests.order_by(field.desc(nulls_last=True) if falls else field.asc(nulls_last=True), "-pk")


def filters_of(request: HttpRequest) -> Filters:
    """The filters in the address."""
    asked = request.GET
    state, kind, sort = _word(asked, "state"), _word(asked, "kind"), _word(asked, "sort")
    return Filters(
        state=state if state in (OPEN, *RequestState.values) else "",
        kind=kind if kind in RequestKind.values else "",
        detector=_word(asked, "detector"),
        group=_word(asked, "group"),
        mine=bool(_word(asked, "mine")) and request.user.is_authenticated,
        q=_word(asked, "q"),
        sort=sort if sort.removeprefix("-") in SORTS else "-number",
    )


def of(user: Anyone) -> Q:
    """A person's own requests and those of the person's working groups."""
    if not isinstance(user, User):
        return Q(pk__in=[])
    return Q(requester=user) | Q(working_group__in=user.working_groups.values("pk"))


def counts_by_state(requests: RequestQuerySet) -> dict[str, int]:
    """How many there are in each state, in one query."""
    return dict(requests.order_by().values_list("state").annotate(Count("pk")))


def kept_query(text: str) -> str:
    """Of a query string, what is a filter of this list; the rest (e.g. the page) is dropped."""
    asked = QueryDict(text.lstrip("?"))
    kept = QueryDict(mutable=True)
    for name in NAMES:
        value = _word(asked, name)
        if value:
            kept[name] = value
    return kept.urlencode()


def _word(asked: QueryDict, name: str) -> str:
    return asked.get(name, "").replace("\0", "").strip()[:LONGEST_SEARCH]
