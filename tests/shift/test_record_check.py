"""Recording a check: what is due, what it keeps, and who is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.campaign_services import appoint, set_status
from campaigns.models import Check, CheckSchedule, CheckStanding, CheckState, EntryKind
from campaigns.shift.keeping import keep_checks
from campaigns.shift.mine import my_checks
from campaigns.shift.seen import seen_from
from campaigns.shift.services import record_check, set_schedule
from campaigns.shift.settling import settle
from monitoring.models import Tally, Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.roles import Role
from tests.factories import Jobs, make_tally, make_workflow
from tests.shift.conftest import MORNING

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_where_nothing_is_new_the_check_records_the_numbers_seen_and_an_entry(campaign, zurich):
    check = record_check(campaign, actor=zurich, nothing_new=True)
    assert (check.name, check.state, check.by, check.at, check.nothing_new) == ("morning", "done", zurich, MORNING, True)
    assert (check.opens_at, check.closes_at) == (MORNING.replace(hour=5, minute=0), MORNING.replace(hour=11, minute=0))
    seen = seen_from(check.numbers)
    assert (seen.total("running"), seen.as_of) == (600, MORNING)
    entry = check.entry
    assert (entry.kind, entry.author, entry.campaign) == (EntryKind.CHECK, zurich, campaign)
    assert entry.body.startswith("Nothing new.\n\n- Any workflow paused? none\n")
    assert "- Running jobs against the agreed 600: 600\n" in entry.body
    assert entry.body.endswith("Numbers as of 23 Nov 08:30 UTC.")
    assert entry.data["check"]["nothing_new"] is True


def test_a_check_is_recorded_once_and_who_comes_second_is_told_who_was_first(campaign, zurich, coordinator):
    first = record_check(campaign, actor=zurich, nothing_new=True)
    with pytest.raises(Conflict, match=rf"shifter1 recorded the morning check at 08:30 UTC \(entry {first.entry.number}\)"):
        record_check(campaign, actor=coordinator, nothing_new=True)
    assert Check.objects.count() == 1
    assert campaign.log_entries.filter(kind=EntryKind.CHECK).count() == 1


def test_one_click_is_refused_when_something_is_new_and_nothing_is_kept(campaign, zurich):
    Workflow.objects.update(state="paused")
    with pytest.raises(Conflict, match="any workflow paused: 3221 by a person since"):
        record_check(campaign, actor=zurich, nothing_new=True)
    assert not Check.objects.exists()
    assert not campaign.log_entries.filter(kind=EntryKind.CHECK).exists()


def test_what_is_new_wants_a_word_and_is_linked(campaign, zurich):
    Workflow.objects.update(state="paused")
    with pytest.raises(Invalid, match="Say what you make of what is new") as refused:
        record_check(campaign, actor=zurich)
    assert refused.value.field == "text"
    check = record_check(campaign, actor=zurich, text="I paused it: the site is down.")
    assert not check.nothing_new
    assert check.entry.body.startswith("I paused it: the site is down.\n\n- Any workflow paused? **#3221 by a person since")
    assert list(check.entry.references.values_list("kind", "value")) == [("workflow", "3221")]


def test_what_was_seen_at_the_last_check_is_not_new_at_the_next(campaign, zurich, at):
    Workflow.objects.update(state="paused")
    record_check(campaign, actor=zurich, text="The site is down.")
    at(MORNING + 8 * HOUR)
    check = record_check(campaign, actor=zurich, nothing_new=True)
    assert check.name == "evening"
    assert check.points[0]["words"].endswith("as at the last check")


def test_what_finished_between_two_checks_is_told_once(campaign, zurich, at):
    record_check(campaign, actor=zurich, nothing_new=True)
    one = make_workflow(3220, state="finished", files=(350, 350), seen_finished_at=MORNING + HOUR)
    make_tally(one, [Jobs("CERN", "finished", 350)])
    at(MORNING + 8 * HOUR)
    check = record_check(campaign, actor=zurich, text="Done.")
    assert "finished since the last check? **#3220 (350 of 350 files, 350 of 350 jobs zero)**" in check.entry.body.lower()
    at(MORNING + 24 * HOUR)
    assert record_check(campaign, actor=zurich, nothing_new=True).points[2]["words"] == "none"


def test_numbers_that_are_too_old_are_recorded_as_unknown(campaign, zurich, time_machine_at):
    then = MORNING - 3 * HOUR
    Workflow.objects.update(listed_at=then, read_at=then)
    Tally.objects.update(as_of=then)
    with pytest.raises(Conflict, match="unknown since 23 Nov 05:30 UTC"):
        record_check(campaign, actor=zurich, nothing_new=True)
    check = record_check(campaign, actor=zurich, text="justIN is away; its own page shows 612 running.")
    assert {point["state"] for point in check.points} == {"unknown"}
    assert seen_from(check.numbers).unknown_since == then


@pytest.mark.parametrize("who", ["outsider", "requester", "production"])
def test_nobody_but_its_shifters_and_coordinators_records(campaign, who, request):
    with pytest.raises(NotAllowed, match="recorded by its shifters and coordinators"):
        record_check(campaign, actor=request.getfixturevalue(who), nothing_new=True)


def test_a_shifter_of_another_campaign_does_not_record(campaign, make_user):
    with pytest.raises(NotAllowed):
        record_check(campaign, actor=make_user("shifter2", Role.SHIFTERS), nothing_new=True)


def test_a_shift_lasts_to_the_evening_of_its_last_day_where_the_shifter_lives(campaign, coordinator, make_user, at):
    chicago = make_user("shifter2", Role.SHIFTERS, time_zone="America/Chicago")
    campaign.appointments.all().delete()
    appoint(campaign, chicago, actor=coordinator, from_on=MORNING.date(), until_on=MORNING.date())
    at(MORNING + 17 * HOUR)  # 19:30 in Chicago, the next day in UTC
    keep_checks()
    assert [due.title for due in my_checks(chicago)] == ["Evening check due"]
    assert record_check(campaign, actor=chicago, nothing_new=True).name == "evening"
    at(MORNING + 22 * HOUR)
    assert my_checks(chicago) == []
    with pytest.raises(NotAllowed):
        record_check(campaign, actor=chicago, nothing_new=True)


def test_a_shift_begins_with_the_morning_of_its_first_day_where_the_shifter_lives(campaign, coordinator, make_user, at):
    auckland = make_user("shifter2", Role.SHIFTERS, time_zone="Pacific/Auckland")
    campaign.appointments.all().delete()
    appoint(campaign, auckland, actor=coordinator, from_on=MORNING.date() + timedelta(days=1))
    CheckSchedule.objects.update(time_zone="Pacific/Auckland")
    at(MORNING + 10 * HOUR)  # 07:30 on the 24th there
    check = record_check(campaign, actor=auckland, nothing_new=True)
    assert (check.name, check.opens_on) == ("morning", MORNING.date() + timedelta(days=1))


def test_a_coordinator_records_for_the_shifter(campaign, coordinator):
    assert record_check(campaign, actor=coordinator, nothing_new=True).by == coordinator


def test_between_two_windows_no_check_is_due_once_the_last_was_done(campaign, zurich, at):
    record_check(campaign, actor=zurich, nothing_new=True)
    at(MORNING + 4 * HOUR)
    with pytest.raises(Conflict, match=r"No check of pdhd-reco-2026b is due now. The next is due from 16:00 Europe/Zurich\."):
        record_check(campaign, actor=zurich, nothing_new=True)


def test_a_missed_check_is_made_good_until_the_next_is_due(campaign, zurich, at):
    at(MORNING + 4 * HOUR)
    check = record_check(campaign, actor=zurich, nothing_new=True)
    assert (check.name, check.is_done, check.is_late) == ("morning", True, True)
    assert check.entry.body.endswith("Recorded after the window had closed.")
    at(MORNING + 7 * HOUR)
    assert record_check(campaign, actor=zurich, nothing_new=True).name == "evening"


def test_a_missed_check_stays_missed_once_the_next_is_due(campaign, zurich, at):
    at(MORNING + 7 * HOUR)
    assert record_check(campaign, actor=zurich, nothing_new=True).name == "evening"
    assert list(Check.objects.values_list("name", "state")) == [("evening", "done"), ("morning", "missed")]


def test_where_nothing_runs_no_check_is_due(campaign, zurich):
    Workflow.objects.update(state="finished", seen_finished_at=MORNING - timedelta(days=2))
    with pytest.raises(Conflict, match="Nothing of pdhd-reco-2026b runs"):
        record_check(campaign, actor=zurich, nothing_new=True)


def test_a_campaign_that_is_over_or_wants_none_has_no_check_due(campaign, zurich, coordinator):
    set_schedule(campaign, actor=zurich, is_wanted=False, time_zone="", slots="", first_slots="", n_first_days=3)
    with pytest.raises(Conflict, match="No check of pdhd-reco-2026b is due"):
        record_check(campaign, actor=zurich, nothing_new=True)
    set_status(campaign, "finished", actor=coordinator)
    with pytest.raises(Conflict, match="is finished; no check of it is due any more"):
        record_check(campaign, actor=coordinator, nothing_new=True)


def test_a_text_that_is_endless_is_refused(campaign, zurich):
    with pytest.raises(Invalid, match="20,001 characters"):
        record_check(campaign, actor=zurich, text="x" * 20_001)


def test_where_the_checks_stand_is_kept_with_each_record(campaign, zurich):
    record_check(campaign, actor=zurich, nothing_new=True)
    standing = CheckStanding.objects.get(campaign=campaign)
    assert (standing.is_running, standing.n_new, standing.last.name) == (True, 0, "morning")
    assert [name for name, *_ in standing.windows] == ["morning", "evening", "morning", "evening", "morning"]


def test_settling_without_anything_to_settle_writes_nothing(campaign):
    assert settle(campaign) == []
    assert settle(campaign) == []
    assert not Check.objects.filter(state=CheckState.MISSED).exists()
