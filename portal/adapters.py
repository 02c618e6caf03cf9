"""Sign-on: who may make an account, and what is said when a log-in fails."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Local accounts are made by administrators; nobody signs up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": (
            "No account has this name and password. Mind upper and lower case; after five wrong tries "
            "the portal waits five minutes."
        ),
        "too_many_login_attempts": (
            "Too many wrong tries for this account. Wait five minutes, then try again, or get a new password."
        ),
        "enter_current_password": "This is not your present password. Type it again, or get a new one by mail.",
        "incorrect_password": "This is not your password. Type it again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
