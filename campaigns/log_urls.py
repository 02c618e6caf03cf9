"""Addresses of the log."""

from django.urls import path

from campaigns.views import log, log_draft, log_entry, log_feed, log_files, log_incident, log_search, log_watch, log_write

HERE = "campaigns/<slug:slug>/log"
ENTRY = f"{HERE}/<int:number>"

urlpatterns = [
    path(f"{HERE}/", log.campaign_log, name="campaign-log"),
    path(f"{HERE}/new/", log.log_new, name="log-new"),
    path(f"{HERE}/read/", log.log_read, name="log-read"),
    path(f"{HERE}/watch/", log_watch.log_watch, name="log-watch"),
    path(f"{HERE}/feed/", log_feed.log_feed, name="log-feed"),
    path(f"{HERE}/write/", log_write.log_write, name="log-write"),
    path(f"{HERE}/template/", log_write.log_template, name="log-template"),
    path(f"{HERE}/preview/", log_draft.log_preview, name="log-preview"),
    path(f"{HERE}/draft/", log_draft.log_draft, name="log-draft"),
    path(f"{HERE}/draft/files/", log_draft.log_draft_files, name="log-draft-files"),
    path(f"{HERE}/draft/files/<int:pk>/", log_draft.log_draft_file, name="log-draft-file"),
    path(f"{HERE}/draft/files/<int:pk>/drop/", log_draft.log_draft_drop, name="log-draft-drop"),
    path(f"{ENTRY}/", log_entry.log_entry, name="log-entry"),
    path(f"{ENTRY}/reply/", log_write.log_reply, name="log-reply"),
    path(f"{ENTRY}/edit/", log_write.log_edit, name="log-edit"),
    path(f"{ENTRY}/amend/", log_write.log_amend, name="log-amend"),
    path(f"{ENTRY}/close/", log_incident.log_close, name="log-close"),
    path(f"{ENTRY}/reopen/", log_incident.log_reopen, name="log-reopen"),
    path(f"{ENTRY}/strike/", log_write.log_strike, name="log-strike"),
    path(f"{HERE}/files/<int:pk>/small/", log_files.log_thumbnail, name="log-thumbnail"),
    path(f"{HERE}/files/<int:pk>/<str:name>", log_files.log_file, name="log-file"),
    path("search/", log_search.log_search, name="log-search"),
]
