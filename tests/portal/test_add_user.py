"""manage.py add_user"""

import io

import pytest
from django.core.management import CommandError, call_command

from portal.models import User
from portal.roles import Role, roles_of


def test_a_new_account_gets_its_roles_and_a_password_that_is_printed_once(db, client, capsys):
    call_command("add_user", "shifter1", "--role", "shifters", "--role", "requesters", "--email", "s1@example.org")
    said = capsys.readouterr().out
    user = User.objects.get()
    assert roles_of(user) == {Role.SHIFTERS, Role.REQUESTERS}
    assert user.email == "s1@example.org"
    password = said.strip().rpartition(": ")[2]
    assert client.login(username="shifter1", password=password)
    call_command("add_user", "shifter1")
    assert "password" not in capsys.readouterr().out
    assert User.objects.get().check_password(password)


def test_an_account_that_is_there_changes_only_in_what_is_named(shifter, capsys):
    call_command("add_user", "shifter1", "--email", "s1@example.org")
    shifter.refresh_from_db()
    assert shifter.email == "s1@example.org"
    assert roles_of(User.objects.get()) == {Role.SHIFTERS}
    call_command("add_user", "shifter1", "--role", "coordinators")
    assert roles_of(User.objects.get()) == {Role.COORDINATORS}
    assert User.objects.get().email == "s1@example.org"


def test_a_password_from_standard_input_is_not_printed(db, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("quite-a-long-one-7\n"))
    call_command("add_user", "shifter1", "--password-stdin")
    assert "quite" not in capsys.readouterr().out
    assert User.objects.get().check_password("quite-a-long-one-7")


def test_a_password_that_is_too_simple_makes_no_account(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("1234\n"))
    with pytest.raises(CommandError, match="too short"):
        call_command("add_user", "shifter1", "--password-stdin")
    assert not User.objects.exists()


@pytest.mark.parametrize("wrong", [["shifter 1"], ["shifter1", "--email", "no-address"]])
def test_a_name_or_address_that_cannot_be_used_makes_no_account(db, wrong):
    with pytest.raises(CommandError):
        call_command("add_user", *wrong)
    assert not User.objects.exists()


def test_a_role_that_does_not_exist_is_refused(db):
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("add_user", "shifter1", "--role", "kings")


def test_a_lost_password_is_replaced(shifter, capsys):
    call_command("add_user", "shifter1", "--new-password")
    password = capsys.readouterr().out.strip().rpartition(": ")[2]
    assert User.objects.get().check_password(password)
