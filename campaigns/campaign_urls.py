"""Page addresses below a campaign's: its settings, history and text for a wiki. Included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import campaign_history, campaign_settings, campaign_wiki

HERE = "campaigns/<slug:slug>"
SETTINGS = f"{HERE}/settings"

urlpatterns = [
    path("c/<int:pk>/", campaign_wiki.campaign_short, name="campaign-short"),
    path(f"{HERE}/history/", campaign_history.campaign_history, name="campaign-history"),
    path(f"{HERE}/history.csv", campaign_history.campaign_history_csv, name="campaign-history-csv"),
    path(f"{HERE}/history.json", campaign_history.campaign_history_json, name="campaign-history-json"),
    path(f"{HERE}/wiki/", campaign_wiki.campaign_wiki, name="campaign-wiki"),
    path(f"{HERE}/page.md", campaign_wiki.campaign_markdown, name="campaign-markdown"),
    path(f"{HERE}/page.mediawiki", campaign_wiki.campaign_mediawiki, name="campaign-mediawiki"),
    path(f"{SETTINGS}/", campaign_settings.campaign_settings, name="campaign-settings"),
    path(f"{SETTINGS}/name/", campaign_settings.campaign_rename, name="campaign-rename"),
    path(f"{SETTINGS}/about/", campaign_settings.campaign_about, name="campaign-about"),
    path(f"{SETTINGS}/work/", campaign_settings.campaign_work, name="campaign-work"),
    path(f"{SETTINGS}/checks/", campaign_settings.campaign_checks, name="campaign-checks"),
    path(f"{SETTINGS}/status/", campaign_settings.campaign_status, name="campaign-status"),
    path(f"{SETTINGS}/shifters/", campaign_settings.campaign_appoint, name="campaign-appoint"),
    path(f"{SETTINGS}/shifters/<int:pk>/", campaign_settings.campaign_appointment, name="campaign-appointment"),
    path(
        f"{SETTINGS}/justin-campaigns/<int:justin_id>/",
        campaign_settings.campaign_justin_purpose,
        name="campaign-justin-purpose",
    ),
    path(f"{SETTINGS}/requests/", campaign_settings.campaign_request_add, name="campaign-request-add"),
    path(
        f"{SETTINGS}/requests/<int:pk>/remove/",
        campaign_settings.campaign_request_remove,
        name="campaign-request-remove",
    ),
]
