"""Rules that hold for every address there is: security headers, and who may read."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

EXAMPLES = {  # a value for each part of an address that varies
    "slug": "pdhd-reco-2026b",
    "justin_id": 3206,
    "workflow_id": 3206,
    "pk": 1,
    "number": 1,
    "key": "abcdefgh",
    "uidb36": "1",
    "object_id": 1,
    "app_label": "portal",
    "content_type_id": 1,
    "id": 1,
    "file_pk": 1,
    "move": "present",
    "name": "x",
    "url": "nowhere/",
    "format": "json",
    "step": "test",
    "criterion": "interactive-clean",
    "token": "1-nobody-knows-it",
    "item": 1,
    "action": 1,
    "act": "done",
}
OPEN = {  # without a log-in also where reading needs one
    "/favicon.ico",
    "/healthz",
    "/accounts/login/",
    "/accounts/inactive/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-abcdefgh/",
    "/accounts/password/reset/key/done/",
    "/accounts/logout/",  # leads home
    "/api/v1/schema/",
    "/api/v1/docs/",
}
SECRET = {"/calendar/1-nobody-knows-it.ics"}  # who knows the right address needs no log-in; another leads nowhere


def _patterns(resolver: URLResolver, before: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        found += _patterns(pattern, path) if isinstance(pattern, URLResolver) else [(path, pattern)]
    return found


def every_address() -> list[str]:
    """One address for each pattern of the portal; the administration's are its own package's, one list stands for them."""
    addresses = set()
    for route, pattern in _patterns(get_resolver()):
        if route.startswith("admin/"):
            continue
        address = "/" + route
        for name in pattern.pattern.converters:
            converter = pattern.pattern.converters[name]
            kind = next(k for k in ("slug", "int", "str", "path", "uuid") if k in type(converter).__name__.lower()) \
                if "Converter" in type(converter).__name__ else "str"  # fmt: skip
            address = address.replace(f"<{kind}:{name}>", str(EXAMPLES[name])).replace(f"<{name}>", str(EXAMPLES[name]))
        if "(?P" in address or "^" in address:
            continue  # the link of a mail, below
        addresses.add(address)
    return sorted(addresses | {"/admin/", "/admin/portal/user/", "/accounts/password/reset/key/1-abcdefgh/"})


@pytest.fixture
def quiet() -> Client:
    return Client(raise_request_exception=False)


def test_every_pattern_has_an_example_and_there_are_many():
    addresses = every_address()
    assert len(addresses) > 25
    assert not [address for address in addresses if "<" in address]


@pytest.mark.parametrize("address", every_address())
def test_headers_are_strict_at_every_address(client_of, administrator, address):
    answer = client_of(administrator).get(address)
    parts = answer.headers["Content-Security-Policy"].split("; ")
    policy = {name: rule for name, _, rule in (part.partition(" ") for part in parts)}
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.status_code < 500


@pytest.mark.parametrize("address", every_address())
def test_every_address_but_the_open_ones_wants_a_login_where_reading_does(quiet, db, settings, address):
    settings.PUBLIC_READ = False
    answer = quiet.get(address)
    if address in OPEN:
        assert answer.status_code in (200, 302)
        if answer.status_code == 302:
            assert not answer.headers["Location"].startswith(("/admin/", "/accounts/login/"))
    elif address in SECRET:
        assert answer.status_code == 404
    elif address.startswith("/api/"):
        assert answer.status_code == 401
    else:
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(("/accounts/login/?next=", "/admin/login/?next="))


@pytest.mark.parametrize("address", [a for a in every_address() if not a.startswith("/accounts/")])
def test_nothing_is_changed_by_who_is_not_logged_in(quiet, db, address):
    answer = quiet.post(address, {"name": "x", "justin_id": "1", "text": "x"})
    assert answer.status_code in (302, 401, 403, 404, 405)
    if answer.status_code == 302:
        assert "login" in answer.headers["Location"]


def test_the_administration_shows_nothing_to_others(client, db):
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(address).status_code == 302
