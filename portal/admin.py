"""Administration of people: accounts, roles, tokens."""

from typing import Any

import allauth.account.admin  # noqa: F401  (registers what is taken out again below)
import django.contrib.auth.admin
import knox.admin  # noqa: F401
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from knox.models import AuthToken

from portal.models import User
from portal.readonly_admin import ReadOnly
from portal.roles import Role

for model in (Group, EmailAddress, AuthToken):  # roles are fixed; addresses stand with the user; tokens: below
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(django.contrib.auth.admin.UserAdmin):  # type: ignore[type-arg]
    """Accounts and their roles. Who leaves is switched off, never deleted: what they wrote stays under their name."""

    list_display = ["username", "email", "first_name", "last_name", "roles", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    filter_horizontal = ["groups"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Who it is", {"fields": ["first_name", "last_name", "email"]}),
        ("Roles", {"fields": ["is_active", "groups"]}),
        ("When", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        labels = dict(Role.choices)
        return ", ".join(labels.get(group.name, group.name) for group in user.groups.all()) or "–"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuthToken)
class TokenAdmin(ReadOnly):
    """Tokens for the API: people make their own on the profile page; here they are revoked."""

    list_display = ["token_key", "user", "created", "expiry"]
    list_select_related = ["user"]
    search_fields = ["token_key", "user__username"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["token_key", "user", "created", "expiry"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)
