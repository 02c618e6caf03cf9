"""Administration of what is watched. Numbers, events and answers are shown only: the poll alone writes them."""

from django.contrib import admin

from monitoring.models import Dataset, JustinCampaign, MonitoringEvent, QueryCount, Service, Site, Storage, Tally, Workflow
from portal.readonly_admin import ReadOnly


@admin.register(Service)
class ServiceAdmin(ReadOnly):
    list_display = ["name", "read_at", "failing_since", "error_kind", "next_try_at", "round_ended_at"]


@admin.register(JustinCampaign)
class JustinCampaignAdmin(ReadOnly):
    editable = ("is_watched",)
    list_display = ["justin_id", "is_watched", "n_listed", "read_at", "failing_since", "error_kind"]
    list_filter = ["is_watched", "error_kind"]
    search_fields = ["justin_id"]


@admin.register(Workflow)
class WorkflowAdmin(ReadOnly):
    editable = ("is_watched",)
    list_display = ["justin_id", "state", "justin_campaign", "files_processed", "files_total", "read_at", "error_kind"]
    list_filter = ["state", "is_watched", "error_kind"]
    list_select_related = ["justin_campaign"]
    search_fields = ["justin_id", "description", "mql"]


@admin.register(Tally)
class TallyAdmin(ReadOnly):
    list_display = ["workflow", "n_started", "n_ended", "n_exit_zero", "n_good", "n_running", "complete", "as_of"]
    list_filter = ["complete"]
    list_select_related = ["workflow"]
    search_fields = ["workflow__justin_id"]


@admin.register(QueryCount)
class QueryCountAdmin(ReadOnly):
    list_display = ["mql", "n_files", "read_at", "changed_at", "failing_since", "error_kind", "next_try_at"]
    list_filter = ["error_kind"]
    search_fields = ["mql"]


@admin.register(Dataset)
class DatasetAdmin(ReadOnly):
    list_display = ["did", "workflow_justin_id", "campaign_tag", "n_files_listed", "is_frozen", "created_at", "gone_at"]
    list_filter = ["is_frozen"]
    search_fields = ["name", "campaign_tag"]


@admin.register(MonitoringEvent)
class MonitoringEventAdmin(ReadOnly):
    list_display = ["at", "verb", "workflow", "justin_campaign", "note"]
    list_filter = ["verb"]
    list_select_related = ["workflow", "justin_campaign"]
    date_hierarchy = "at"


@admin.register(Site, Storage)
class PlaceAdmin(ReadOnly):
    search_fields = ["name"]
