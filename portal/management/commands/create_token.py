"""manage.py create_token NAME: a token for the API, e.g. for a program that has no browser."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.errors import Refused
from portal.models import User
from portal.tokens import create_token


class Command(BaseCommand):
    help = "Make a token for the API and print it, this once. It may do what the account may do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="log-in name of the account")
        parser.add_argument("--days", type=int, help="good for so many days; without it until it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['name']}: manage.py add_user makes one.")
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be 1 or more.")
        try:
            token = create_token(user, expires_in=timedelta(days=days) if days else None)
        except Refused as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(token)
