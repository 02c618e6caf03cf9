"""The channel of people's chat, against a real server on loopback that answers well, badly, late, or not at all."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portal import webhook

SECRET = "/hooks/T0SECRET"


class Channel:
    """`statuses` are answered in turn, the last one for good; 0 closes the connection, None lets the asker wait."""

    def __init__(self) -> None:
        self.statuses: list[int | None] = [200]
        self.location = ""
        self.texts: list[str] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.let_go = threading.Event()
        channel = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                channel.texts.append(body["text"])
                channel.paths.append(self.path)
                channel.headers.append(dict(self.headers))
                status = channel.statuses.pop(0) if len(channel.statuses) > 1 else channel.statuses[0]
                if status is None:
                    channel.let_go.wait(20)
                    return
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                if channel.location:
                    self.send_header("Location", channel.location)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}{SECRET}"


@pytest.fixture
def channel(settings, caplog) -> Iterator[Channel]:
    """The site's channel. Whatever happens, its address is in no line of the log."""
    caplog.set_level(logging.DEBUG, logger="portal")
    one = Channel()
    settings.NOTICES_WEBHOOK_URL = one.url
    yield one
    one.let_go.set()
    one.server.shutdown()
    one.server.server_close()
    assert "SECRET" not in caplog.text


def test_a_message_arrives_as_text(channel) -> None:
    assert webhook.post("sign step 2, Test\nhttps://portal.example.org/campaigns/x/steps/test/#sign")
    assert channel.texts == ["sign step 2, Test\nhttps://portal.example.org/campaigns/x/steps/test/#sign"]
    assert channel.paths == [SECRET]
    assert channel.headers[0]["Content-Type"] == "application/json"


def test_without_a_channel_nothing_is_sent(channel, settings) -> None:
    settings.NOTICES_WEBHOOK_URL = ""
    assert not webhook.is_set()
    assert not webhook.post("hello")
    assert channel.texts == []


@pytest.mark.parametrize("first", [500, 503, 429, 0])
def test_what_may_pass_is_tried_once_more(channel, first) -> None:
    channel.statuses = [first, 200]
    assert webhook.post("hello")
    assert channel.texts == ["hello", "hello"]


@pytest.mark.parametrize("always", [500, 0])
def test_twice_is_enough(channel, always, caplog) -> None:
    channel.statuses = [always]
    assert not webhook.post("hello")
    assert len(channel.texts) == 2
    assert "took no message" in caplog.text


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_channel_that_is_gone_is_asked_once(channel, status, caplog) -> None:
    channel.statuses = [status]
    assert not webhook.post("hello")
    assert len(channel.texts) == 1
    assert f"it answered {status}" in caplog.text


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(channel, status) -> None:
    elsewhere = Channel()
    channel.statuses, channel.location = [status], elsewhere.url
    assert not webhook.post("hello")
    assert elsewhere.texts == []
    elsewhere.server.shutdown()
    elsewhere.server.server_close()


def test_a_channel_that_never_answers_is_given_up(channel, caplog) -> None:
    channel.statuses = [None]
    assert not webhook.post("hello", timeout_seconds=0.2)
    assert len(channel.texts) == 2
    assert "ReadTimeout" in caplog.text


def test_nobody_listening_and_an_address_that_is_none_raise_nothing(channel, settings, caplog) -> None:
    other = Channel()
    other.server.shutdown()
    other.server.server_close()
    settings.NOTICES_WEBHOOK_URL = other.url
    assert not webhook.post("hello")
    assert "ConnectionError" in caplog.text
    for address in ("hooks.example.org/SECRET", "http://", "ftp://hooks.example.org/SECRET", "http://[::1/SECRET"):
        settings.NOTICES_WEBHOOK_URL = address
        assert not webhook.post("hello"), address


def test_what_people_wrote_neither_calls_everybody_nor_hides_a_link(channel) -> None:
    webhook.post("<!channel> @all <https://evil.example.org|the portal> a & b")
    (text,) = channel.texts
    assert text == "&lt;!channel&gt; @\u200ball &lt;https://evil.example.org|the portal&gt; a &amp; b"


def test_a_long_message_ends_at_the_end_of_a_line(channel) -> None:
    webhook.post("\n".join(f"line {n} of a digest" for n in range(1000)))
    (text,) = channel.texts
    assert len(text) <= webhook.LONGEST_TEXT
    assert text.endswith(" of a digest\n…")


def test_a_password_file_of_the_machine_is_not_sent(channel, tmp_path, monkeypatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login shifter1 password said-aloud\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert webhook.post("hello")
    assert "Authorization" not in channel.headers[0]


def test_the_address_may_come_from_a_file(tmp_path) -> None:
    """As other secrets; and with LOG_LEVEL=DEBUG it is in no line that the HTTP library writes."""
    one = Channel()
    (tmp_path / "secret").write_text(f"{one.url}\n")
    code = "import django; django.setup(); from portal.webhook import post; raise SystemExit(not post('hello'))"
    env = {
        "NOTICES_WEBHOOK_URL_FILE": str(tmp_path / "secret"), "DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "DEBUG",
        "DJANGO_SETTINGS_MODULE": "portal.settings", "PATH": "",
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    one.server.shutdown()
    one.server.server_close()
    assert ran.returncode == 0, ran.stderr
    assert one.texts == ["hello"]
    assert "SECRET" not in ran.stderr + ran.stdout
