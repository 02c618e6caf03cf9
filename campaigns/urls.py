"""Page addresses of this floor."""

from django.urls import include, path

from campaigns.views import campaign_index, campaigns, home, tables, workflows

app_name = "campaigns"
urlpatterns = [
    path("", home.home, name="home"),
    path("", include("campaigns.request_urls")),
    path("", include("campaigns.campaign_urls")),
    path("", include("campaigns.step_urls")),
    path("", include("campaigns.plan_urls")),
    path("", include("campaigns.log_document_urls")),
    path("", include("campaigns.shift_urls")),
    path("", include("campaigns.log_urls")),
    path("", include("campaigns.meeting_urls")),
    path("", include("campaigns.file_urls")),
    path("campaigns/", campaign_index.campaign_list, name="campaign-list"),
    path("campaigns/list.csv", campaign_index.campaign_list_csv, name="campaign-list-csv"),
    path("campaigns/list.json", campaign_index.campaign_list_json, name="campaign-list-json"),
    path("campaigns/new/", campaigns.campaign_create, name="campaign-create"),
    path("campaigns/<slug:slug>/", campaigns.campaign_detail, name="campaign-detail"),
    path("campaigns/<slug:slug>/workflows.csv", tables.campaign_workflows_csv, name="campaign-workflows-csv"),
    path("campaigns/<slug:slug>/workflows.json", tables.campaign_workflows_json, name="campaign-workflows-json"),
    path("campaigns/<slug:slug>/watch/", campaigns.campaign_watch, name="campaign-watch"),
    path(
        "campaigns/<slug:slug>/workflows/<int:justin_id>/comment/",
        workflows.workflow_comment,
        name="workflow-comment",
    ),
]
