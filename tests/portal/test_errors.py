"""Error pages say what happened, that nothing was lost, and the way out; the API says the same as JSON."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.test import Client
from django.urls import include, path

from portal.views import errors


def deny(request: HttpRequest):
    raise PermissionDenied("Campaigns are made by coordinators.")


def break_(request: HttpRequest):
    raise RuntimeError("a secret detail")


def lose_database(request: HttpRequest):
    raise OperationalError("could not connect to server at 10.1.2.3")


def miss(request: HttpRequest):
    raise Http404("The portal knows no workflow 4711.")


def take(request: HttpRequest):
    raise AssertionError("reached only with a token against forgery")


urlpatterns = [
    path("deny/", deny),
    path("break/", break_),
    path("lose/", lose_database),
    path("miss/", miss),
    path("take/", take),
    path("api/v1/deny/", deny),
    path("api/v1/break/", break_),
    path("api/v1/lose/", lose_database),
    path("", include("portal.urls")),
]
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error


@pytest.fixture(autouse=True)
def _addresses_of_this_module(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def calm() -> Client:
    """A client that gets the error page where the test client would raise."""
    return Client(raise_request_exception=False)


def test_a_refusal_says_which_role_is_needed_which_one_has_and_whom_to_ask(client_of, shifter, administrator):
    answer = client_of(shifter).get("/deny/")
    page = answer.content.decode()
    assert answer.status_code == 403
    for said in ("Campaigns are made by coordinators.", "Shifters", "administrator1", "/help/#roles"):
        assert said in page


def test_who_is_not_logged_in_is_offered_to_and_learns_no_names(client, administrator):
    page = client.get("/deny/?a=1").content.decode()
    assert 'href="/accounts/login/?next=%2Fdeny%2F%3Fa%3D1"' in page
    assert "administrator1" not in page


def test_a_missing_page_says_what_was_missing(client, db):
    answer = client.get("/miss/")
    assert answer.status_code == 404
    assert "The portal knows no workflow 4711." in answer.content.decode()
    assert "<code>/nowhere</code>" in client.get("/nowhere").content.decode()


def test_an_address_with_markup_in_it_is_escaped(client, db):
    assert "<script>alert" not in client.get("/nowhere/<script>alert(1)</script>").content.decode()


def test_an_error_of_ours_tells_no_details(calm, db):
    answer = calm.get("/break/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "The portal made an error" in page
    assert "secret" not in page


def test_a_lost_database_is_said_with_the_way_out(calm, django_db_blocker):
    answer = calm.get("/lose/")  # this test has no database: touching it would fail
    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "Nothing is lost" in page
    assert "10.1.2.3" not in page


def test_error_pages_need_no_database(calm):
    assert calm.get("/break/").status_code == 500
    assert calm.get("/help/", headers={"Host": "elsewhere.example.org"}).status_code == 400


def test_a_wrong_name_of_the_site_is_explained(client):
    answer = client.get("/help/", headers={"Host": "elsewhere.example.org"})
    assert "ALLOWED_HOSTS" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused_with_the_way_out(db):
    answer = Client(enforce_csrf_checks=True).post("/take/", {"a": "b"})
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.content.decode()
    assert errors.CSRF_REMEDY in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/v1/deny/", 403), ("/api/v1/nowhere/", 404), ("/api/v1/break/", 500), ("/api/v1/lose/", 503)],
)
def test_the_api_gets_errors_as_json_with_a_remedy(calm, db, address, status):
    answer = calm.get(address)
    assert answer.status_code == status
    assert set(answer.json()) == {"detail", "remedy", "errors"}
    assert answer.json()["detail"]
    assert answer.json()["remedy"]
