"""What administrators keep by hand: the lists that requests choose from. Requests themselves change only by their own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from campaigns.models import Detector, OfficialRepository, ProductionRequest, WorkingGroup


@admin.register(Detector)
class DetectorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """One that is not active can no longer be chosen; earlier requests keep it."""

    list_display = ["name", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]


@admin.register(OfficialRepository)
class OfficialRepositoryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Repositories of DUNE's organisation that production runs code from."""

    list_display = ["name", "package", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "package"]


@admin.register(WorkingGroup)
class WorkingGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Members edit each other's drafts and are told of what happens to the group's requests."""

    list_display = ["name", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    filter_horizontal = ["members"]


@admin.register(ProductionRequest)
class ProductionRequestAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at only: every change of a request has its rule, its revision and its event."""

    list_display = ["id", "title", "state", "kind", "requester", "n_complete", "saved_at"]
    list_filter = ["state", "kind", "detector"]
    search_fields = ["search_text"]
    list_select_related = ["requester"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
