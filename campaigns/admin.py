"""Administration of campaigns: shown, with what nobody needs to be told about editable. Actions have pages of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from campaigns.models import (
    Appointment,
    Campaign,
    CampaignEvent,
    Detector,
    OfficialRepository,
    ProductionRequest,
    WorkflowComment,
    WorkingGroup,
)
from portal.readonly_admin import ReadOnly


@admin.register(Campaign)
class CampaignAdmin(ReadOnly):
    editable = ("purpose",)
    list_display = ["name", "status", "purpose", "created_at", "created_by"]
    list_filter = ["status"]
    list_select_related = ["created_by"]
    search_fields = ["name", "purpose"]


@admin.register(Appointment)
class AppointmentAdmin(ReadOnly):
    list_display = ["campaign", "user", "from_on", "until_on", "appointed_by"]
    list_select_related = ["campaign", "user", "appointed_by"]
    search_fields = ["campaign__name", "user__username"]


@admin.register(CampaignEvent)
class CampaignEventAdmin(ReadOnly):
    list_display = ["at", "campaign", "verb", "actor", "note"]
    list_filter = ["verb"]
    list_select_related = ["campaign", "actor"]
    date_hierarchy = "at"


@admin.register(WorkflowComment)
class WorkflowCommentAdmin(ReadOnly):
    list_display = ["at", "campaign", "workflow", "text", "author"]
    list_select_related = ["campaign", "workflow", "author"]
    search_fields = ["campaign__name", "workflow__justin_id", "text"]


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
