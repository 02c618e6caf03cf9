"""A running simulator, and short ways of asking it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from monitoring.simulator.server import Simulator


class Asker:
    """Asks a simulator over HTTP, without following redirects and without the machine's proxies."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, address: str, method: str = "GET", **more: Any) -> requests.Response:
        """`address` is a path with query on the simulator."""
        return self.session.request(method, self.simulator.base_url + address, allow_redirects=False, timeout=20, **more)

    def response(self, download: str, format: str = "json", **params: Any) -> requests.Response:
        query = "&".join(f"{name}={value}" for name, value in {"method": f"download-{download}", **params}.items())
        return self.get(f"/dashboard/?{query}&format={format}")

    def rows(self, download: str, **params: Any) -> list[dict[str, Any]]:
        return self.response(download, **params).json()

    def events(self, workflow_id: int, **params: Any) -> list[dict[str, Any]]:
        return self.rows("events", workflow_id=workflow_id, **params)


@pytest.fixture(scope="module")
def justin() -> Iterator[Simulator]:
    """The small world with a clock that stands still; tests leave it as they found it."""
    with Simulator("small") as simulator:
        yield simulator


@pytest.fixture(scope="module")
def ask(justin: Simulator) -> Iterator[Asker]:
    asker = Asker(justin)
    yield asker
    asker.session.close()


@pytest.fixture
def running() -> Iterator[Callable[..., Asker]]:
    """Starts simulators of one's own; they are stopped afterwards."""
    askers: list[Asker] = []

    def start(*args: Any, **kwargs: Any) -> Asker:
        askers.append(Asker(Simulator(*args, **kwargs).start()))
        return askers[-1]

    yield start
    for asker in askers:
        asker.session.close()
        asker.simulator.stop()
