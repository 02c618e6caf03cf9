"""Administration of campaigns: shown, with what nobody needs to be told about editable. Actions have pages of their own."""

from django.contrib import admin

from campaigns.models import Appointment, Campaign, CampaignEvent, WorkflowComment
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
