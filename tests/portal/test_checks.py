"""A wrong deployment is stopped with a sentence that says what to do."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import checks

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "SITE_URL": "https://portal.example.org",
    "ALLOWED_HOSTS": "portal.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://portal.example.org",
    "BEHIND_PROXY": "1",
    "SECRET_KEY": "a-key-of-a-test-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
    "DATABASE_URL": "postgres://portal@127.0.0.1:5432/portal",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "JUSTIN_CONTACT": "portal@example.org",
    "DEBUG": "0",
    "DEMO": "0",
}


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`manage.py check --deploy` of a good production site, but for the settings that are given."""

    def check(**changed: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            env={**kept, "DATA_DIR": str(tmp_path / "data"), "STATIC_ROOT": str(tmp_path / "static"), **GOOD, **changed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return check


def test_a_good_production_site_passes(check):
    done = check()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY (or SECRET_KEY_FILE)"),
        ({"ALLOWED_HOSTS": "elsewhere.example.org"}, "Set ALLOWED_HOSTS=elsewhere.example.org,portal.example.org."),
        ({"JUSTIN_CONTACT": ""}, "Set JUSTIN_CONTACT to a mail address"),
        ({"DEMO": "1"}, "Leave DEMO out for a real site"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SITE_URL": "http://portal.example.org"}, "SECURE_SSL_REDIRECT"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_one_wrong_setting_stops_it_and_says_what_to_do(check, changed, said):
    done = check(**changed)
    assert done.returncode != 0
    assert said in done.stderr


def test_a_folder_that_cannot_be_made_is_named(check, tmp_path):
    (tmp_path / "file").write_text("")
    done = check(DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode != 0
    assert "Set DATA_DIR to a folder" in done.stderr.splitlines()[-1]


def ids_of(found) -> set[str]:
    return {message.id for message in found if (message.id or "").startswith("portal.")}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("JUSTIN_URL", "https://justin.example.org/dashboard", "portal.E002"),
        ("JUSTIN_URL", "justin.example.org/dashboard/", "portal.E001"),
        ("JUSTIN_URL", "ftp://justin.example.org/", "portal.E001"),
        ("JUSTIN_INFO_URL", "https://justin.example.org/info", "portal.E002"),
        ("SITE_URL", "portal.example.org", "portal.E003"),
        ("SITE_URL", "https://portal.example.org", "portal.E004"),
        ("JUSTIN_CA_BUNDLE", "/nowhere/ca.pem", "portal.E006"),
        ("METACAT_CA_BUNDLE", "/nowhere/ca.pem", "portal.E006"),
        ("METACAT_URL", "metacat.example.org/app", "portal.E015"),
        ("METACAT_URL", "https://metacat.example.org/app/data/query?summary=count", "portal.E015"),
        ("DATA_DIR", Path("/nowhere"), "portal.E005"),
    ],
)
def test_these_are_errors_at_every_command(settings, name, value, expected):
    assert ids_of(checks.run_checks()) == set()
    setattr(settings, name, value)
    found = [message for message in checks.run_checks() if message.id == expected]
    assert found
    assert all(message.level == checks.ERROR and message.hint for message in found)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_a_demonstration_on_this_machine_is_let_through(settings, address):
    settings.DEMO = True
    settings.SITE_URL = address
    assert ids_of(checks.run_checks(include_deployment_checks=True)) == set()


def test_a_demonstration_at_a_public_address_is_stopped_at_every_command(settings):
    settings.DEMO = True
    settings.SITE_URL = "https://portal.example.org"
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    assert ids_of(checks.run_checks()) == {"portal.E007"}


def test_asking_justin_without_a_pause_is_for_simulators_only(settings):
    settings.JUSTIN_CONTACT = "portal@example.org"
    settings.JUSTIN_PAUSE_SECONDS = 0
    settings.JUSTIN_URL = "https://justin.example.org/dashboard/"
    assert "portal.E010" in ids_of(checks.run_checks(include_deployment_checks=True))
    settings.JUSTIN_URL = "http://127.0.0.1:8390/dashboard/"
    assert "portal.E010" not in ids_of(checks.run_checks(include_deployment_checks=True))


@pytest.mark.parametrize(
    ("engine", "redis", "expected"),
    [
        ("django.db.backends.sqlite3", "redis://127.0.0.1/0", {"portal.W001"}),
        ("django.db.backends.postgresql", "", {"portal.W002"}),
        ("django.db.backends.sqlite3", "", set()),
        ("django.db.backends.postgresql", "redis://127.0.0.1/0", set()),
    ],
)
def test_half_of_a_large_set_up_is_warned_about(settings, monkeypatch, engine, redis, expected):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
    settings.REDIS_URL = redis
    settings.JUSTIN_CONTACT = "portal@example.org"
    from portal.checks import surroundings

    assert ids_of(surroundings()) == expected
