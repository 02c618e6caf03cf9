from collections.abc import Callable, Iterator

import pytest

from monitoring.justin.client import JustinClient, JustinSettings
from tests.replay import Replay


@pytest.fixture
def replay() -> Iterator[Replay]:
    with Replay() as server:
        yield server


@pytest.fixture
def client_of() -> Callable[..., JustinClient]:
    def make(server: Replay, **more: object) -> JustinClient:
        given = {"url": server.url, "info_url": server.info_url, "pause_seconds": 0.0, "timeout_seconds": 5.0, **more}
        return JustinClient(JustinSettings(**given))  # type: ignore[arg-type]

    return make


@pytest.fixture
def client(replay: Replay, client_of: Callable[..., JustinClient]) -> JustinClient:
    return client_of(replay, contact="production@example.org")
