"""How rules say what they see: short ways to a Finding, and the words that all of them use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from campaigns.steps.standing import Finding
from campaigns.steps.states import CriterionState
from portal.models import User


def met(saw: str, as_of: datetime | None = None, /, **data: object) -> Finding:
    return Finding(CriterionState.MET, saw, data, as_of)


def noted(saw: str, as_of: datetime | None = None, /, **data: object) -> Finding:
    """Met, with something that people should know."""
    return Finding(CriterionState.NOTED, saw, data, as_of)


def not_met(saw: str, as_of: datetime | None = None, /, **data: object) -> Finding:
    return Finding(CriterionState.NOT_MET, saw, data, as_of)


def not_available(saw: str) -> Finding:
    """The portal cannot know it yet; `saw` says what it waits for."""
    return Finding(CriterionState.NOT_AVAILABLE, saw)


def oldest(moments: Iterable[datetime | None]) -> datetime | None:
    """How old numbers are that were read at these moments; None when one of them is not known."""
    known = list(moments)
    return None if not known or None in known else min(one for one in known if one is not None)


def by(actor: User | None) -> str:
    return actor.username if actor is not None else "the portal"


def date_of(value: object, otherwise: date | None = None) -> date | None:
    """A day as data of an event keep it; what is none gives `otherwise`."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return otherwise
