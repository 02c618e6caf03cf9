"""A justIN whose certificate only JUSTIN_CA_BUNDLE vouches for: refused without it, read with it."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from monitoring.justin.client import JustinClient, JustinSettings
from monitoring.justin.errors import JustinUnreachable


class Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of an HTTPS server on loopback, and the file that vouches for it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed here, so no certificate can be made")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), Empty)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/dashboard/", certificate
    server.shutdown()
    server.server_close()


def test_a_certificate_nobody_vouches_for_is_refused(secure: tuple[str, Path]) -> None:
    url, _certificate = secure
    with pytest.raises(JustinUnreachable, match=r"(?i)certificate"):
        JustinClient(JustinSettings(url, pause_seconds=0, timeout_seconds=5)).campaign_workflows(402)


def test_the_ca_bundle_of_the_settings_is_trusted(secure: tuple[str, Path], monkeypatch) -> None:
    url, certificate = secure
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at-all.pem")  # the portal's own setting goes first
    client = JustinClient(JustinSettings(url, pause_seconds=0, timeout_seconds=5, ca_bundle=str(certificate)))
    assert client.campaign_workflows(402).rows == []
