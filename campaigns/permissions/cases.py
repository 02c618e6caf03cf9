"""Who asks, before what, at which address: the parts of which the table of permissions is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser

from campaigns.models import Appointment, Campaign, ProductionRequest, RequestState
from portal.models import User
from portal.roles import Anyone, Role

GROUP = 1  # of the request in question
S = RequestState


@dataclass(frozen=True)
class Reader:
    """One kind of person, in relation to the campaign or request that an action is about."""

    key: str
    label: str
    role: Role | None = None
    is_logged_in: bool = True
    asked_for_it: bool = False
    is_of_its_group: bool = False
    is_on_shift: bool = False


READERS = (
    Reader("anonymous", "not logged in", is_logged_in=False),
    Reader("outsider", "no role"),
    Reader("requester", "requester of another group", Role.REQUESTERS),
    Reader("colleague", "requester of its group", Role.REQUESTERS, is_of_its_group=True),
    Reader("owner", "requester who asked for it", Role.REQUESTERS, asked_for_it=True),
    Reader("shifter", "shifter of another campaign", Role.SHIFTERS),
    Reader("on_shift", "shifter of it", Role.SHIFTERS, is_on_shift=True),
    Reader("production", "production team", Role.PRODUCTION),
    Reader("data_management", "data-management team", Role.DATA_MANAGEMENT),
    Reader("coordinator", "coordinator", Role.COORDINATORS),
    Reader("administrator", "administrator", Role.ADMINISTRATORS),
)


class _Shifters:
    """What the rules ask of a campaign's appointments, for a campaign that is in no database."""

    def __init__(self, pks: set[int]) -> None:
        self.pks = pks

    def filter(self, *_of_today: object, user_id: int | None = None, **_days: object) -> _Shifters:
        return self if user_id is None else _Shifters(self.pks & {user_id})

    def exclude(self, **_days: object) -> _Shifters:
        return self

    def exists(self) -> bool:
        return bool(self.pks)

    def all(self) -> list[Appointment]:
        return [Appointment(user_id=pk, from_on=date(2026, 1, 1)) for pk in self.pks]


class _AnyCampaign:
    def __init__(self, reader: Reader, user: Anyone) -> None:
        self.appointments = _Shifters({cast(int, user.pk)} if reader.is_on_shift else set())


@dataclass(frozen=True)
class Case:
    """A reader before an action: the person, a campaign and a request to ask the rules about. In no database."""

    user: Anyone
    campaign: Campaign
    request: ProductionRequest


def case_of(reader: Reader, state: RequestState) -> Case:
    user: Anyone = AnonymousUser()
    if reader.is_logged_in:
        user = User(pk=1, username=reader.key)
        user._roles = frozenset({reader.role} if reader.role else ())  # type: ignore[attr-defined]
        user._working_group_ids = frozenset({GROUP} if reader.is_of_its_group else ())  # type: ignore[attr-defined]
    request = ProductionRequest(state=state, requester_id=1 if reader.asked_for_it else 2, working_group_id=GROUP)
    return Case(user, cast(Campaign, _AnyCampaign(reader, user)), request)


@dataclass(frozen=True)
class Address:
    """One way to do it: method, URL name, and what the address must hold besides the object in question."""

    method: str
    name: str
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """`is_open`: also without a log-in where PUBLIC_READ is off. `state`: of the request that it is done to, or that the
    campaign serves. `step`: the one that the campaign is in.
    """

    name: str
    who: Callable[[Case], bool]
    addresses: tuple[Address, ...]
    state: RequestState = S.SUBMITTED
    is_open: bool = False
    step: str = ""

    def is_allowed(self, reader: Reader, *, public_read: bool = True) -> bool:
        """Whether this reader may, by the rules. Without PUBLIC_READ nothing but what is open is for who is not logged in."""
        if not (public_read or self.is_open or reader.is_logged_in):
            return False
        return self.who(case_of(reader, self.state))


def get(*names: str, **kwargs: Any) -> tuple[Address, ...]:
    return tuple(Address("GET", name, kwargs) for name in names)


def post(*names: str, **kwargs: Any) -> tuple[Address, ...]:
    return tuple(Address("POST", name, kwargs) for name in names)


def form(*names: str, **kwargs: Any) -> tuple[Address, ...]:
    """A page with a form that is sent to the same address."""
    return get(*names, **kwargs) + post(*names, **kwargs)


def anybody(case: Case) -> bool:
    return True


def logged_in(case: Case) -> bool:
    return bool(case.user.is_authenticated)
