"""The simulated justIN as an HTTP server on loopback, and `Simulator`, which starts and steers it from Python."""

import socket
import sys
import threading
from datetime import datetime
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from monitoring.simulator import metacat
from monitoring.simulator.answers import ROW_CAP
from monitoring.simulator.clock import DEFAULT_START, Clock
from monitoring.simulator.handler import Handler
from monitoring.simulator.play import Play
from monitoring.simulator.world import World


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], simulator: "Simulator") -> None:
        self.simulator = simulator
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are part of the play; anything else is told on stderr."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Simulator(Play):
    """A running justIN: `with Simulator("small") as justin: ask(justin.url)`."""

    def __init__(
        self, world: str | World = "small", *, seed: int = 2026, speed: float = 0.0, start: datetime = DEFAULT_START,
        clock: Clock | None = None, host: str = "127.0.0.1", port: int = 0, row_cap: int = ROW_CAP,
    ) -> None:  # fmt: skip
        super().__init__(world, seed=seed, speed=speed, start=start, clock=clock, row_cap=row_cap)
        self._host, self._port = host, port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listen and answer in a thread of its own. Raises OSError when the port is taken."""
        self.stopping.clear()
        self._server = _Server((self._host, self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; answers that are being waited for are abandoned. The same port is used at the next start."""
        self.stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """Address of the whole server, without a final slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def url(self) -> str:
        """JUSTIN_URL for this simulator."""
        return f"{self.base_url}/dashboard/"

    @property
    def info_url(self) -> str:
        """JUSTIN_INFO_URL for this simulator."""
        return f"{self.base_url}/api/info/"

    @property
    def metacat_url(self) -> str:
        """METACAT_URL for the catalogue of this simulator."""
        return f"{self.base_url}{metacat.BASE}"
