"""Windows that closed without a check: found once, however often one looks, and told once to whoever has to know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.campaign_services import appoint, end_appointment, set_status
from campaigns.models import Campaign, Check, CheckSchedule, CheckStanding
from campaigns.shift.keeping import keep_checks
from campaigns.shift.services import record_check, set_schedule
from campaigns.shift.settling import settle
from campaigns.shift.telling import tell_of_missed
from campaigns.tasks import keep_checks as keep_checks_task
from monitoring.models import Workflow
from portal.models import Notice
from portal.roles import Role
from tests.factories import make_campaign
from tests.shift.conftest import MORNING

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def missed() -> list[str]:
    found = Check.objects.filter(state="missed").order_by("opens_at")
    return [f"{one.name} {one.opens_at:%d %H:%M}" for one in found]


def told(user) -> list[str]:
    return list(Notice.objects.filter(user=user, subject__contains="missed").order_by("pk").values_list("subject", flat=True))


def test_a_window_that_closed_without_a_check_is_missed_once_however_often_one_looks(campaign, at):
    at(MORNING + 3 * HOUR)
    assert [check.name for check in settle(campaign)] == ["morning"]
    assert settle(campaign) == []
    CheckSchedule.objects.update(settled_until=MORNING - 8 * HOUR)  # as after a task that died before it could say so
    assert settle(campaign) == []
    assert missed() == ["morning 23 05:00"]


def test_a_task_that_did_not_run_for_days_finds_what_was_missed_meanwhile(campaign, zurich, at):
    record_check(campaign, actor=zurich, nothing_new=True)
    at(MORNING + 2 * DAY)
    settle(campaign)
    assert missed() == ["evening 23 15:00", "morning 24 05:00", "evening 24 15:00"]


def test_a_portal_that_was_away_for_weeks_reproaches_nobody_for_all_of_them(campaign, at):
    at(MORNING + 40 * DAY)
    settle(campaign)
    assert len(missed()) == 14


def test_nothing_is_missed_where_nothing_ran_in_the_window(campaign, at):
    Workflow.objects.update(state="finished", seen_finished_at=MORNING + 2 * HOUR)
    at(MORNING + DAY)
    settle(campaign)
    assert missed() == ["morning 23 05:00"]


def test_checks_begin_with_the_day_the_portal_has_them(at, zurich, coordinator):
    at(MORNING)
    fresh = make_campaign("lbl2-reco-2026", 403)
    assert settle(fresh) == []
    assert CheckSchedule.objects.get(campaign=fresh).settled_until == MORNING


def test_windows_that_closed_are_judged_by_the_settings_they_had(campaign, zurich, at):
    at(MORNING + 4 * HOUR)
    set_schedule(campaign, actor=zurich, is_wanted=True, time_zone="UTC", slots="00:00-02:00", first_slots="", n_first_days=0)
    assert missed() == ["morning 23 05:00"]
    at(MORNING + DAY)
    settle(campaign)
    assert missed() == ["morning 23 05:00", "night 24 00:00"]


def test_the_first_days_of_full_production_have_more_checks(campaign, at):
    campaign.standings.filter(step="production").update(state="open", since=MORNING - 2 * HOUR)
    at(MORNING + DAY)
    settle(campaign)
    assert [name for name in missed() if " 23 " in name] == [
        "morning 23 05:00", "midday 23 09:00", "afternoon 23 13:00", "evening 23 17:00",
    ]  # fmt: skip


def test_windows_follow_the_clock_of_whoever_is_on_shift(campaign, zurich, coordinator, make_user, at):
    chicago = make_user("shifter2", Role.SHIFTERS, time_zone="America/Chicago")
    end_appointment(campaign.appointments.get(), actor=coordinator, until_on=MORNING.date())
    appoint(campaign, chicago, actor=coordinator, from_on=MORNING.date() + DAY)
    at(MORNING + 2 * DAY)
    settle(campaign)
    assert missed() == ["morning 23 05:00", "evening 23 15:00", "morning 24 12:00", "evening 24 22:00"]


# --- who hears ---


def test_the_shifter_hears_of_a_missed_check_at_once_and_once(campaign, zurich, coordinator, at):
    at(MORNING + 3 * HOUR)
    keep_checks()
    keep_checks()
    assert told(zurich) == ["pdhd-reco-2026b: morning check missed, due by 12:00 Europe/Zurich, today"]
    notice = Notice.objects.get(user=zurich, subject__contains="missed")
    assert (notice.is_urgent, notice.path) == (True, "/campaigns/pdhd-reco-2026b/shift/")
    assert told(coordinator) == []


def test_the_coordinators_hear_when_it_was_not_made_good_within_hours(campaign, zurich, coordinator, at):
    at(MORNING + 3 * HOUR)
    keep_checks()
    at(MORNING + 9 * HOUR)
    keep_checks()
    keep_checks()
    assert told(coordinator) == ["pdhd-reco-2026b: morning check missed, due by 11:00 UTC, today"]
    assert Notice.objects.get(user=coordinator, subject__contains="missed").text == "On shift: shifter1."
    assert len(told(zurich)) == 1


def test_a_check_that_was_made_good_is_told_to_no_coordinator(campaign, zurich, coordinator, at):
    at(MORNING + 3 * HOUR)
    keep_checks()
    record_check(campaign, actor=zurich, nothing_new=True)
    at(MORNING + 9 * HOUR)
    keep_checks()
    assert told(coordinator) == []


def test_several_missed_while_the_task_did_not_run_are_told_as_one(campaign, zurich, coordinator, at):
    at(MORNING + DAY + 3 * HOUR)
    keep_checks()
    assert told(zurich) == ["pdhd-reco-2026b: 3 checks missed, the last due by 12:00 Europe/Zurich, today"]
    assert told(coordinator) == ["pdhd-reco-2026b: 2 checks missed, the last due by 21:00 UTC, yesterday"]


def test_where_nobody_was_on_shift_the_coordinators_hear_that_too(campaign, zurich, coordinator, at):
    campaign.appointments.all().delete()
    at(MORNING + 10 * HOUR)
    keep_checks()
    assert told(zurich) == []
    assert "Nobody was on shift" in Notice.objects.get(user=coordinator, subject__contains="missed").text


def test_a_campaign_that_is_over_owes_no_check_also_when_it_goes_on_again(campaign, coordinator, at):
    set_status(campaign, "finished", actor=coordinator)
    at(MORNING + 2 * DAY)
    keep_checks()
    assert not CheckStanding.objects.exists()
    set_status(campaign, "active", actor=coordinator)
    keep_checks()
    assert missed() == []


def test_telling_costs_two_questions_where_there_is_nothing_to_tell(campaign):
    with CaptureQueriesContext(connection) as queries:
        assert tell_of_missed() == 0
    assert len(queries) == 2


def test_one_campaign_that_cannot_be_settled_holds_up_no_other(campaign, at, monkeypatch, caplog):
    other = make_campaign("lbl2-reco-2026", 403)
    CheckSchedule.objects.create(campaign=other, time_zone="Europe/Zurich", slots=[["nonsense", "12:00"]])
    CheckSchedule.objects.filter(campaign=other).update(settled_until=MORNING - DAY)
    at(MORNING + 3 * HOUR)
    keep_checks_task()
    assert missed() == ["morning 23 05:00"]
    assert f"The checks of campaign {other.pk} could not be settled" in caplog.text
    assert Campaign.objects.count() == 2
