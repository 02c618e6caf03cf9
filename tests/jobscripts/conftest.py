from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from campaigns.models import Campaign
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return begin(cast)


@pytest.fixture
def of_shifter(client_of: Callable[[User], Client], cast: Cast) -> Client:
    return client_of(cast.shifter)
