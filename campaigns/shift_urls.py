"""Page addresses of the shift: checks, handovers, people's calendars. Included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import calendar, check_record, check_table, shift

HERE = "campaigns/<slug:slug>"

urlpatterns = [
    path(f"{HERE}/shift/", shift.campaign_shift, name="campaign-shift"),
    path(f"{HERE}/shift/handover/", shift.handover_write, name="handover-write"),
    path(f"{HERE}/shift/handovers/<int:pk>/take/", shift.handover_take, name="handover-take"),
    path(f"{HERE}/checks/", check_table.check_list, name="check-list"),
    path(f"{HERE}/checks/weeks.csv", check_table.check_weeks_csv, name="check-weeks-csv"),
    path(f"{HERE}/checks/weeks.json", check_table.check_weeks_json, name="check-weeks-json"),
    path(f"{HERE}/checks/record/", check_record.check_record, name="check-record"),
    path(f"{HERE}/checks/quick/", check_record.check_quick, name="check-quick"),
    path("calendar/<str:token>.ics", calendar.calendar_feed, name="calendar-feed"),
    path("profile/calendar/", calendar.calendar_make, name="calendar-make"),
    path("profile/calendar/revoke/", calendar.calendar_revoke, name="calendar-revoke"),
]
