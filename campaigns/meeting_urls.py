"""Page addresses of meetings. Included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import meeting_acts, meeting_agenda, meetings

HERE = "meetings/<int:pk>"

urlpatterns = [
    path("meetings/", meetings.meeting_list, name="meeting-list"),
    path("meetings/list.csv", meetings.meeting_list_csv, name="meeting-list-csv"),
    path("meetings/list.json", meetings.meeting_list_json, name="meeting-list-json"),
    path("meetings/new/", meeting_acts.meeting_new, name="meeting-new"),
    path("meetings/series/new/", meeting_acts.meeting_series_new, name="meeting-series-new"),
    path("meetings/series/<int:pk>/", meeting_acts.meeting_series, name="meeting-series"),
    path(f"{HERE}/", meetings.meeting_detail, name="meeting-detail"),
    path(f"{HERE}/edit/", meeting_acts.meeting_edit, name="meeting-edit"),
    path(f"{HERE}/cancel/", meeting_acts.meeting_cancel, name="meeting-cancel"),
    path(f"{HERE}/restore/", meeting_acts.meeting_restore, name="meeting-restore"),
    path(f"{HERE}/minutes/", meeting_acts.meeting_minutes, name="meeting-minutes"),
    path(f"{HERE}/items/", meeting_agenda.item_add, name="meeting-item-add"),
    path(f"{HERE}/items/<int:item>/", meeting_agenda.item_edit, name="meeting-item-edit"),
    path(f"{HERE}/items/<int:item>/<slug:act>/", meeting_agenda.item_act, name="meeting-item-act"),
    path(f"{HERE}/actions/", meeting_agenda.action_add, name="meeting-action-add"),
    path(f"{HERE}/actions/<int:action>/", meeting_agenda.action_edit, name="meeting-action-edit"),
    path(f"{HERE}/actions/<int:action>/finish/", meeting_agenda.action_finish, name="meeting-action-finish"),
    path(f"{HERE}/actions/<int:action>/reopen/", meeting_agenda.action_reopen, name="meeting-action-reopen"),
]
