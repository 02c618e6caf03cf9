"""Log-in, log-out, passwords: local accounts, made by administrators."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from portal.roles import Role
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


def log_in(client: Client, name: str, password: str, **more: str):
    return client.post(LOGIN, {"login": name, "password": password, **more})


def test_a_shifter_logs_in_and_is_named_on_the_page(client, shifter):
    assert log_in(client, "shifter1", PASSWORD).headers["Location"] == "/"
    assert "shifter1" in client.get("/help/").content.decode()


def test_a_login_leads_back_to_where_the_reader_was(client, shifter):
    page = client.get(f"{LOGIN}?next=/help/%3Fa%3D1").content.decode()
    assert re.search(r'name="next"\s+value="/help/\?a=1"', page)
    assert log_in(client, "shifter1", PASSWORD, next="/help/?a=1").headers["Location"] == "/help/?a=1"


def test_a_login_leads_to_no_other_site(client, shifter):
    answer = log_in(client, "shifter1", PASSWORD, next="https://elsewhere.example.org/")
    assert urlsplit(answer.headers["Location"]).netloc == ""


def test_the_link_to_log_in_remembers_the_page(client, db):
    assert 'href="/accounts/login/?next=%2Fhelp%2F"' in client.get("/help/").content.decode()


def test_a_wrong_password_says_what_to_do_and_keeps_the_name(client, shifter):
    answer = log_in(client, "shifter1", "guessed")
    page = answer.content.decode()
    assert "No account has this name and password" in page
    assert 'value="shifter1"' in page
    assert "guessed" not in page


def test_wrong_password_and_unknown_name_are_told_alike(client, shifter):
    def said(name):
        return re.findall(r'role="alert">(.*?)</div>', log_in(client, name, "guessed").content.decode(), re.S)

    assert said("shifter1") == said("nobody1") != []


def test_the_sixth_wrong_try_has_to_wait_also_with_the_right_password(client, shifter):
    for _ in range(5):
        log_in(client, "shifter1", "guessed")
    answer = log_in(client, "shifter1", PASSWORD)
    assert answer.status_code in (200, 429)
    assert "Wait five minutes" in answer.content.decode()
    assert client.get("/profile/").status_code == 302


def test_another_reader_is_not_locked_out_by_wrong_tries(client, shifter, coordinator):
    for _ in range(6):
        log_in(client, "shifter1", "guessed")
    assert log_in(Client(), "coordinator1", PASSWORD).status_code == 302


def test_an_account_that_is_switched_off_cannot_log_in(client, make_user):
    make_user("gone1", Role.SHIFTERS, is_active=False)
    log_in(client, "gone1", PASSWORD)
    assert client.get("/profile/").status_code == 302


def test_logging_out_takes_a_post(client_of, shifter):
    client = client_of(shifter)
    assert "You are logged in as shifter1" in client.get("/accounts/logout/").content.decode()
    assert client.get("/profile/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/profile/").status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up(client, db, method):
    form = {"username": "me1", "password1": "8f2h93fhwe", "password2": "8f2h93fhwe"}
    answer = getattr(client, method)("/accounts/signup/", form)
    assert "Nobody signs up here" in answer.content.decode()


def test_a_password_is_changed_by_who_knows_the_present_one(client_of, client, shifter):
    fields = {"oldpassword": "wrong", "password1": "a-new-one-93f", "password2": "a-new-one-93f"}
    wrong = client_of(shifter).post("/accounts/password/change/", fields)
    assert "This is not your present password" in wrong.content.decode()
    done = client_of(shifter).post("/accounts/password/change/", {**fields, "oldpassword": PASSWORD}, follow=True)
    assert "Your password is changed." in done.content.decode()
    assert log_in(client, "shifter1", "a-new-one-93f").status_code == 302


def test_a_forgotten_password_is_set_by_a_link_in_a_mail(client, make_user):
    make_user("shifter1", Role.SHIFTERS, email="shifter1@example.org")
    client.post("/accounts/password/reset/", {"email": "shifter1@example.org"})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[0].body).group(1)
    form = client.get(link, follow=True)
    assert "Choose a new password" in form.content.decode()
    fields = {"password1": "a-new-one-93f", "password2": "a-new-one-93f"}
    client.post(form.redirect_chain[-1][0], fields)
    assert log_in(client, "shifter1", "a-new-one-93f").status_code == 302
    assert "This link is used up" in Client().get(link, follow=True).content.decode()


def test_no_mail_goes_to_an_address_that_no_account_has_and_nobody_learns_so(client, db):
    answer = client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert "Look at your mail" in answer.content.decode()
    assert mail.outbox == []


def test_the_demonstrations_login_page_lists_its_people(client, settings, shifter, coordinator, outsider):
    settings.DEMO = True
    page = client.get(LOGIN).content.decode()
    assert "dune-demo" in page
    assert "coordinator1" in page
    assert "outsider1" not in page


def test_a_real_sites_login_page_lists_nobody(client, shifter):
    page = client.get(LOGIN).content.decode()
    assert "shifter1" not in page
    assert "dune-demo" not in page
