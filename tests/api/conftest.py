from collections.abc import Callable

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

from portal.models import User


@pytest.fixture
def api() -> APIClient:
    """A client without a log-in."""
    return APIClient()


@pytest.fixture
def api_of() -> Callable[[User], APIClient]:
    """`api_of(shifter)`: a client that sends a token of this person, as a script would."""

    def api_of(user: User) -> APIClient:
        _row, token = AuthToken.objects.create(user)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return client

    return api_of
