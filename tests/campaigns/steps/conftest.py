"""A campaign with its people, for tests of its steps."""

from __future__ import annotations

import pytest

from campaigns.models import Campaign
from campaigns.steps.facts import RULES, Material
from campaigns.steps.standing import Finding
from campaigns.steps.states import CriterionState
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin, begin_small


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    """At the beginning of the five steps."""
    return begin(cast)


def jobs_are_set(material: Material) -> Finding:
    """A rule that people can make true and untrue on the settings page: more than ten jobs are to be kept running."""
    n = material.campaign.n_jobs_reference or 0
    return Finding(CriterionState.MET if n > 10 else CriterionState.NOT_MET, f"{n} jobs are set", {"n": n})


@pytest.fixture
def small(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """At the beginning of three small steps (walking.SMALL)."""
    monkeypatch.setitem(RULES, "jobs_are_set", jobs_are_set)
    return begin_small(cast)
