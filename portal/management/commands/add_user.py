"""manage.py add_user NAME --role shifters --role …: make an account, or give one its roles, e-mail or password."""

import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import get_random_string

from portal.models import User
from portal.roles import Role, roles_of, set_roles


class Command(BaseCommand):
    help = (
        "Make an account, or change one. A new account gets a password that is printed once, unless --password-stdin "
        "gives one. Roles that are named replace those held; without --role they stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="log-in name")
        parser.add_argument("--role", action="append", choices=Role.values, default=[], help="may be given several times")
        parser.add_argument("--email", help="where a link for a forgotten password goes")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        parser.add_argument("--new-password", action="store_true", help="also give an existing account a new password")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        name, email = options["name"], options["email"]
        user = User.objects.filter(username=name).first()
        is_new = user is None
        user = user or User(username=name)
        password = self._password(user, options) if is_new or options["new_password"] or options["password_stdin"] else None
        if password is not None:
            user.set_password(password)
        if email is not None:
            user.email = email
        try:
            if email:
                validate_email(email)
            user.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.save()
        if options["role"]:
            set_roles(user, [Role(role) for role in options["role"]])
        roles = ", ".join(sorted(roles_of(user))) or "no role (--role gives one)"
        self.stdout.write(f"{name}: {'account made' if is_new else 'account changed'}; {roles}")
        if password is not None and not options["password_stdin"]:
            self.stdout.write(f"password, shown only now: {password}")

    def _password(self, user: User, options: dict[str, Any]) -> str:
        """The one from standard input, checked, or a random one of 20 characters."""
        if not options["password_stdin"]:
            return get_random_string(20)
        password = sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError("The password cannot be used: " + " ".join(error.messages)) from None
        return password
