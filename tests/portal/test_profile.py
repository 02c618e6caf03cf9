"""The profile page and tokens for the API."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from portal.roles import Role
from portal.tokens import create_token, tokens_of

API = "/api/v1/campaigns/"


@pytest.fixture(autouse=True)
def _closed_to_the_public(settings):
    settings.PUBLIC_READ = False  # so that the API asks who it is


def with_token(token: str) -> Client:
    return Client(headers={"Authorization": f"Token {token}"})


def make_token(client: Client, days: int = 365) -> str:
    page = client.post("/profile/tokens/new/", {"days": days}).content.decode()
    return re.search(r'<code id="token">(\w+)</code>', page).group(1)


def test_the_profile_says_who_one_is_and_what_ones_roles_do(client_of, make_user):
    user = make_user("coordinator1", Role.COORDINATORS, Role.SHIFTERS, email="c1@example.org", first_name="C", last_name="One")
    page = client_of(user).get("/profile/").content.decode()
    for said in ("coordinator1", "C One", "c1@example.org", "Coordinators", "Shifters", "Makes campaigns"):
        assert said in page
    assert "Data-management team" not in page


def test_without_a_role_the_profile_says_whom_to_ask(client_of, outsider):
    assert "Ask an administrator of the portal for the role" in client_of(outsider).get("/profile/").content.decode()


def test_a_token_made_on_the_profile_page_opens_the_api(client_of, shifter):
    assert Client().get(API).status_code == 401
    assert with_token(make_token(client_of(shifter))).get(API).status_code == 200


def test_a_token_is_shown_once_and_kept_by_no_cache(client_of, shifter):
    client = client_of(shifter)
    answer = client.post("/profile/tokens/new/", {"days": 30})
    assert "no-store" in answer.headers["Cache-Control"]
    token = re.search(r'<code id="token">(\w+)</code>', answer.content.decode()).group(1)
    again = client.get("/profile/").content.decode()
    assert token not in again
    assert token[:15] in again
    assert not AuthToken.objects.filter(digest__contains=token).exists()


def test_a_revoked_token_is_refused(client_of, shifter):
    client = client_of(shifter)
    token = make_token(client)
    address = f"/profile/tokens/{token[:15]}/revoke/"
    assert "Programs that use this token are refused" in client.get(address).content.decode()
    assert with_token(token).get(API).status_code == 200, "asking does not revoke yet"
    client.post(address)
    assert with_token(token).get(API).status_code == 401


def test_nobody_revokes_a_token_of_somebody_else(client_of, shifter, coordinator):
    token = make_token(client_of(shifter))
    client_of(coordinator).post(f"/profile/tokens/{token[:15]}/revoke/")
    assert with_token(token).get(API).status_code == 200


def test_a_token_that_has_expired_is_refused(shifter):
    token = create_token(shifter, expires_in=timedelta(days=30))
    assert with_token(token).get(API).status_code == 200
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert with_token(token).get(API).status_code == 401
    assert not tokens_of(shifter).exists()


def test_a_token_of_an_account_that_is_switched_off_is_refused(shifter):
    token = create_token(shifter)
    shifter.is_active = False
    shifter.save()
    assert with_token(token).get(API).status_code == 401


@pytest.mark.parametrize(("days", "expected"), [(30, timedelta(days=30)), (365, timedelta(days=365)), (0, None)])
def test_a_token_is_good_for_as_long_as_was_chosen(client_of, shifter, days, expected):
    make_token(client_of(shifter), days)
    token = tokens_of(shifter).get()
    if expected is None:
        assert token.expiry is None
    else:
        assert abs(token.expiry - token.created - expected) < timedelta(seconds=5)


def test_a_lifetime_that_is_not_offered_is_refused(client_of, shifter):
    answer = client_of(shifter).post("/profile/tokens/new/", {"days": 7})
    assert answer.status_code == 400
    assert "Choose 30 days, one year, or until it is revoked." in answer.content.decode()
    assert not tokens_of(shifter).exists()


def test_there_is_a_limit_and_it_says_what_to_do(client_of, shifter, settings):
    settings.REST_KNOX = {**settings.REST_KNOX, "TOKEN_LIMIT_PER_USER": 2}
    client = client_of(shifter)
    make_token(client)
    make_token(client)
    answer = client.post("/profile/tokens/new/", {"days": 30})
    assert "Revoke one that is no longer used" in answer.content.decode()
    assert tokens_of(shifter).count() == 2


@pytest.mark.parametrize("address", ["/profile/", "/profile/tokens/abc/revoke/"])
def test_the_profile_is_for_those_who_logged_in(client, db, address):
    assert client.get(address).headers["Location"].startswith("/accounts/login/?next=/profile/")


def test_a_token_is_made_from_the_command_line(shifter, capsys):
    call_command("create_token", "shifter1", "--days", "2")
    assert with_token(capsys.readouterr().out.strip()).get(API).status_code == 200


def test_no_token_for_an_account_that_is_not_there(db):
    with pytest.raises(CommandError, match="add_user makes one"):
        call_command("create_token", "nobody1")


def test_how_one_is_told_is_chosen_on_the_profile_page(client_of, shifter):
    client = client_of(shifter)
    assert 'value="digest" selected' in client.get("/profile/").content.decode()
    assert client.post("/profile/mail/", {"mail": "never"}).status_code == 302
    shifter.refresh_from_db()
    assert shifter.mail == "never"
    answer = client.post("/profile/mail/", {"mail": "pigeon"})
    assert answer.status_code == 400
    assert "Choose one mail a day, a mail each time, or no mail." in answer.content.decode()
    shifter.refresh_from_db()
    assert shifter.mail == "never"
    assert Client().post("/profile/mail/", {"mail": "digest"}).status_code == 302


def test_a_person_chooses_the_time_zone_in_which_duties_are_shown(client_of, shifter):
    client = client_of(shifter)
    page = client.get("/profile/").content.decode()
    assert '<option value="UTC" selected>' in page
    assert '<option value="America/Chicago">' in page
    assert client.post("/profile/time-zone/", {"time_zone": "America/Chicago"}).status_code == 302
    shifter.refresh_from_db()
    assert shifter.time_zone == "America/Chicago"


@pytest.mark.parametrize("name", ["Middle/Earth", "", "../../etc/passwd"])
def test_a_zone_that_is_none_is_refused_and_nothing_is_changed(client_of, shifter, name):
    answer = client_of(shifter).post("/profile/time-zone/", {"time_zone": name})
    assert answer.status_code == 400
    assert "Choose a place of the list" in answer.content.decode()
    shifter.refresh_from_db()
    assert shifter.time_zone == "UTC"
