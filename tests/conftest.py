"""What all tests share: the known cast, clients that are logged in, and a browser.

DATA_DIR is a temporary folder in tests (portal/settings.py); nothing outside this machine is reached (pytest-socket,
see pyproject.toml).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.db import connections
from django.test import Client
from pytest_httpserver import HTTPServer

from portal.celery import app
from portal.models import User
from portal.roles import Role, set_roles
from tests.emptying import let_databases_be_emptied
from tests.metacat import Metacat
from tests.needs import chromium_path, need

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browsing import Visit

PASSWORD = "said-aloud-in-tests"


def pytest_configure() -> None:
    """What is dear and proves nothing is left out."""
    let_databases_be_emptied()
    # passwords of tests need not withstand anybody
    site.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *site.PASSWORD_HASHERS]
    # every Client() makes the middleware anew, which would read through all static files; so each is looked for when asked for
    site.WHITENOISE_AUTOREFRESH = True


def pytest_collection_finish() -> None:
    """What was imported stays to the end: looking through it for garbage again and again takes a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _cache_is_empty(settings) -> Iterator[None]:
    """Counters of one test (e.g. of log-ins that failed) do not reach the next, nor those that run beside it."""
    if site.REDIS_URL:  # clearing would empty what others keep there
        settings.CACHES = {"default": {**site.CACHES["default"], "KEY_PREFIX": f"test-{uuid4().hex}"}}
        yield
    else:
        yield
        cache.clear()


# --- the known cast: one person per role, named after it ---


def new_user(name: str, *roles: Role, **fields: object) -> User:
    """For what is built once for a module; tests ask for `make_user`."""
    user = User.objects.create_user(name, password=PASSWORD, **fields)
    set_roles(user, roles)
    return user


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """`make_user("shifter2", Role.SHIFTERS)`; the password is tests.conftest.PASSWORD."""

    return new_user


@pytest.fixture
def requester(make_user: Callable[..., User]) -> User:
    return make_user("requester1", Role.REQUESTERS)


@pytest.fixture
def shifter(make_user: Callable[..., User]) -> User:
    return make_user("shifter1", Role.SHIFTERS)


@pytest.fixture
def production(make_user: Callable[..., User]) -> User:
    return make_user("production1", Role.PRODUCTION)


@pytest.fixture
def data_manager(make_user: Callable[..., User]) -> User:
    return make_user("datamanager1", Role.DATA_MANAGEMENT)


@pytest.fixture
def coordinator(make_user: Callable[..., User]) -> User:
    return make_user("coordinator1", Role.COORDINATORS)


@pytest.fixture
def administrator(make_user: Callable[..., User]) -> User:
    return make_user("administrator1", Role.ADMINISTRATORS, is_staff=True, is_superuser=True)


@pytest.fixture
def outsider(make_user: Callable[..., User]) -> User:
    """Logged in, without any role."""
    return make_user("outsider1")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """`client_of(shifter).get("/")`: a client that is logged in as this person."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client_of


@pytest.fixture
def time_machine_at(time_machine) -> Callable[[datetime], None]:
    """`time_machine_at(moment)`: the clock stands still there."""
    return lambda moment: time_machine.move_to(moment, tick=False)


@pytest.fixture
def no_n_plus_one() -> Iterator[None]:
    """Reading the same relation row by row fails the test."""
    from zeal import zeal_context

    with zeal_context():
        yield


# --- MetaCat on loopback; see tests/metacat.py ---


@pytest.fixture
def metacat(httpserver: HTTPServer, settings) -> Metacat:
    """A MetaCat that answers as recorded, and the portal set to ask it without pauses."""
    found = Metacat(httpserver)
    settings.METACAT_URL = found.url
    settings.METACAT_PAUSE_SECONDS = 0.0
    settings.METACAT_TIMEOUT_SECONDS = 5.0
    settings.METACAT_WAIT_SECONDS = 0.0
    return found


@pytest.fixture
def worker() -> Iterator[None]:
    """Tasks are done as soon as they are sent, which is after the transaction: such a test needs real transactions."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


# --- a real browser; see tests/browsing.py ---


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of this machine, one for the whole run."""
    need("chromium")
    from playwright.sync_api import sync_playwright

    # playwright's event loop lives in this thread from here on; Django would refuse the database because of it
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    # … and, beside a running loop, would open second connections that see no row of an open transaction
    ours = {alias: connections[alias] for alias in connections}
    with sync_playwright() as playwright:
        for alias, connection in ours.items():
            connections[alias] = connection
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-default-apps",
                "--disable-sync",
                "--no-first-run",
                "--no-proxy-server",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator[Callable[..., Visit]]:
    """`visit("/", as_user=shifter, width=390, dark=True)`: a page of the live server in the browser.

    Whatever the browser complains of (script errors, Content-Security-Policy, files that are missing) fails the test at
    its end, unless it reads and clears `visit.problems` itself.
    """
    from tests.browsing import Visit

    visits: list[Visit] = []

    def visit(path: str, **how: object) -> Visit:
        visits.append(Visit(browser, live_server.url, path, **how))  # type: ignore[arg-type]
        return visits[-1]

    yield visit
    problems = [problem for one in visits for problem in one.problems]
    for one in visits:
        one.close()
    assert not problems, "the browser complained:\n" + "\n".join(problems)
