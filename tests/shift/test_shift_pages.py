"""Pages of the shift: what is due on the home page and the campaign's, recording by form and by one click, weeks, settings."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.campaign_services import appoint
from campaigns.models import CampaignEvent, Check, CheckSchedule, EntryKind
from campaigns.shift.handovers import take_over, write_handover
from campaigns.shift.keeping import keep_checks
from campaigns.shift.services import record_check
from monitoring.models import Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role
from tests.factories import Jobs, make_campaign, make_tally, make_workflow
from tests.shift.conftest import MORNING

pytestmark = pytest.mark.django_db
HERE = "/campaigns/pdhd-reco-2026b"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _uploads_go_elsewhere(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def text_of(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# --- home ---


def test_a_check_that_is_due_comes_first_on_the_home_page_in_the_shifters_zone(campaign, zurich, client_of):
    keep_checks()
    page = text_of(client_of(zurich), "/")
    waiting = page[page.index('id="waiting-list"') :]
    assert waiting.index("Morning check due") < waiting.index("See to:")
    assert "due by 12:00 Europe/Zurich, in 2 h 30 min" in waiting
    assert f'action="{HERE}/checks/quick/"' in waiting


def test_one_click_from_home_records_and_leads_back_home(campaign, zurich, client_of):
    keep_checks()
    client = client_of(zurich)
    answer = client.post(f"{HERE}/checks/quick/", {"back": "home"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Morning check of pdhd-reco-2026b recorded: entry " in answer.content.decode()
    assert "Morning check due" not in answer.content.decode()
    assert Check.objects.get().nothing_new


@pytest.mark.parametrize(
    ("back", "path"),
    [
        ("campaign", f"{HERE}/"),
        ("shift", f"{HERE}/shift/"),
        ("https://elsewhere.example/", f"{HERE}/shift/"),
        ("", f"{HERE}/shift/"),
    ],
)
def test_one_click_leads_back_to_where_it_was_and_nowhere_else(campaign, zurich, client_of, back, path):
    assert client_of(zurich).post(f"{HERE}/checks/quick/", {"back": back}).headers["Location"] == path


def test_what_is_new_is_told_on_the_home_page_and_leads_to_the_entry_filled_in(campaign, zurich, client_of):
    Workflow.objects.update(state="paused", auto_paused_at=MORNING - HOUR)
    keep_checks()
    client = client_of(zurich)
    page = text_of(client, "/")
    assert "New: Any workflow paused? 3221 by justIN since 23 Nov 07:30" in page
    assert "checks/quick/" not in page
    assert "Any workflow paused: #3221 by justIN since 23 Nov 07:30. </textarea>" in text_of(client, f"{HERE}/checks/record/")


def test_one_click_when_something_became_new_records_nothing_and_shows_what(campaign, zurich, client_of):
    keep_checks()
    Workflow.objects.update(state="paused")
    answer = client_of(zurich).post(f"{HERE}/checks/quick/", {"back": "home"}, follow=True)
    assert answer.redirect_chain == [(f"{HERE}/checks/record/", 302)]
    assert "Something is new since the last check" in answer.content.decode()
    assert not Check.objects.exists()


def test_a_missed_check_is_amber_on_home_and_campaign_and_can_be_made_good(campaign, zurich, client_of, client, at):
    at(MORNING + 3 * HOUR)
    keep_checks()
    page = text_of(client_of(zurich), "/")
    assert "Morning check missed" in page
    assert "was due by 12:00 Europe/Zurich" in page
    for path in ("/", f"{HERE}/"):
        assert '<span class="status wrap" data-state="warning">Morning check missed</span>' in text_of(client, path)
    client_of(zurich).post(f"{HERE}/checks/quick/")
    assert "missed" not in text_of(client, "/")


def test_a_window_that_just_closed_shows_as_missed_before_the_task_has_run(campaign, zurich, client_of, at):
    keep_checks()
    at(MORNING + 3 * HOUR)
    assert "Morning check missed" in text_of(client_of(zurich), "/")


def test_nobody_else_sees_a_check_waiting(campaign, client_of, requester, coordinator, make_user):
    keep_checks()
    for user in (requester, coordinator, make_user("shifter2", Role.SHIFTERS)):
        assert "check due" not in text_of(client_of(user), "/")


def test_queries_of_home_do_not_grow_with_checks_and_stay_few(campaign, zurich, coordinator, client_of):
    n = []
    for number in (403, 404, 405):
        other = make_campaign(f"other-{number}", number)
        began = MORNING - timedelta(days=3)
        make_tally(make_workflow(4000 + number, campaign=number, started_at=began), [Jobs("CERN", "running", 3)])
        appoint(other, zurich, actor=coordinator)
        keep_checks()
        client = client_of(zurich)
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        n.append(len(queries))
    assert len(set(n)) == 1
    assert n[0] <= 25


# --- recording by form ---


def test_what_was_typed_stays_when_it_is_refused(campaign, zurich, client_of):
    Workflow.objects.update(state="paused")
    answer = client_of(zurich).post(f"{HERE}/checks/record/", {"body": ""})
    assert answer.status_code == 400
    assert "Say what you make of what is new: any workflow paused" in answer.content.decode()
    record_check(campaign, actor=zurich, text="First.")
    answer = client_of(zurich).post(f"{HERE}/checks/record/", {"body": "I was second."})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "shifter1 recorded the morning check at 09:30 Europe/Zurich (entry " in page


def test_a_check_that_is_not_due_shows_the_numbers_and_why(campaign, zurich, client_of):
    record_check(campaign, actor=zurich, nothing_new=True)
    page = text_of(client_of(zurich), f"{HERE}/checks/record/")
    assert "The next is due from 16:00 Europe/Zurich." in page
    assert "Running jobs against the agreed 600" in page
    assert "<textarea" not in page


def test_a_check_that_is_written_straight_into_the_log_is_one(campaign, zurich, client_of):
    client = client_of(zurich)
    answer = client.post("/api/v1/campaigns/pdhd-reco-2026b/log/", {"kind": "check", "body": "Looked: all is well."})
    assert answer.status_code == 201
    check = Check.objects.get()
    assert (check.state, check.by, check.name, check.entry.body) == ("done", zurich, "morning", "Looked: all is well.")
    client.post("/api/v1/campaigns/pdhd-reco-2026b/log/", {"kind": "check", "body": "Once more."})
    assert Check.objects.count() == 1


# --- the shift's page ---


def test_the_shifts_page_says_who_what_and_when_in_few_queries(campaign, zurich, coordinator, make_user, client_of, client):
    second = make_user("shifter2", Role.SHIFTERS)
    appoint(campaign, second, actor=coordinator, from_on=MORNING.date() + timedelta(days=2))
    write_handover(campaign, actor=coordinator, text="Look after #3221, **please**.")
    keep_checks()
    reader = client_of(zurich)
    with CaptureQueriesContext(connection) as queries:
        page = text_of(reader, f"{HERE}/shift/")
    assert len(queries) <= 25, len(queries)
    assert 'shifter2 <span class="quiet">from Wed 25 Nov</span>' in page
    assert '<a href="/workflows/3221/"' in page[page.index('id="handover"') : page.index('id="unread"')]
    assert "<strong>please</strong>." in page
    assert "not taken over yet" in page
    assert "I have taken over" in page
    assert "due by 12:00" in page
    seen_by_all = text_of(client, f"{HERE}/shift/")
    assert "I have taken over" not in seen_by_all
    assert "Do the check" not in seen_by_all


def test_queries_of_the_shifts_page_do_not_grow(campaign, zurich, coordinator, client_of):
    n = []
    for number in range(3300, 3304):
        make_tally(make_workflow(number, started_at=MORNING), [Jobs("CERN", "running", 3)])
        write_handover(campaign, actor=coordinator, text=f"#{number}")
        keep_checks()
        client = client_of(zurich)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{HERE}/shift/")
        n.append(len(queries))
    assert len(set(n)) == 1


def test_handing_over_by_form_writes_an_entry_and_tells_the_next(campaign, zurich, coordinator, make_user, client_of):
    second = make_user("shifter2", Role.SHIFTERS)
    appoint(campaign, second, actor=coordinator, from_on=MORNING.date() + timedelta(days=1))
    answer = client_of(zurich).post(f"{HERE}/shift/handover/", {"body": "3221 runs."}, follow=True)
    assert "the next shifter is told" in answer.content.decode()
    entry = campaign.log_entries.get(kind=EntryKind.HANDOVER)
    assert (entry.author, entry.body) == (zurich, "3221 runs.")
    assert Notice.objects.filter(user=second, subject="pdhd-reco-2026b: shifter1 hands over to you").count() == 1
    answer = client_of(second).post(f"{HERE}/shift/handovers/{entry.handover.pk}/take/", follow=True)
    assert "You have taken over from shifter1, who is told." in answer.content.decode()
    assert "taken over by shifter2" in answer.content.decode()
    assert entry.replies.get().body == "Taken over."


def test_a_handover_without_a_word_is_refused_and_shown_again(campaign, zurich, client_of):
    answer = client_of(zurich).post(f"{HERE}/shift/handover/", {"body": "  "})
    assert answer.status_code == 400
    assert "Say what the next shifter has to know." in answer.content.decode()
    with pytest.raises(Invalid):
        write_handover(campaign, actor=zurich, text=" \0 ")


def test_a_handover_is_taken_over_once_and_not_by_its_writer_nor_by_others(campaign, zurich, coordinator, make_user, outsider):
    handover = write_handover(campaign, actor=zurich, text="3221 runs.")
    for user in (zurich, outsider, coordinator, make_user("shifter9", Role.SHIFTERS)):
        with pytest.raises(NotAllowed):
            take_over(handover, actor=user)
    one, other = (make_user(f"shifter{n}", Role.SHIFTERS) for n in (2, 3))
    for user in (one, other):
        appoint(campaign, user, actor=coordinator)
    take_over(handover, actor=one)
    with pytest.raises(Conflict, match=r"shifter2 took it over on 2026-11-23 at 08:30 UTC\."):
        take_over(handover, actor=other)


# --- weeks ---


def a_week(campaign, zurich, at):
    """Done, late, missed, done, …"""
    record_check(campaign, actor=zurich, nothing_new=True)  # Monday morning
    at(MORNING + 13 * HOUR)
    record_check(campaign, actor=zurich, nothing_new=True)  # Monday evening, late
    at(MORNING + 31 * HOUR)
    record_check(campaign, actor=zurich, text="All is well.")  # Tuesday evening; the morning's was missed


def test_the_weeks_count_what_was_due_done_late_and_missed(campaign, zurich, client_of, client, at):
    a_week(campaign, zurich, at)
    rows = list(csv.DictReader(StringIO(client.get(f"{HERE}/checks/weeks.csv").content.decode())))
    assert rows == [
        {
            "week": "2026-11-23", "due": "4", "done": "3", "in_time": "2", "late": "1", "missed": "1", "share_done": "0.75",
            "nothing_new": "2", "by": "shifter1 3",
        }
    ]  # fmt: skip
    [week] = client.get(f"{HERE}/checks/weeks.json").json()["weeks"]
    assert (week["due"], week["share_done"], week["by"]) == (4, 0.75, {"shifter1": 3})
    page = text_of(client_of(zurich), f"{HERE}/checks/")
    assert '<th scope="row">23 Nov to 29 Nov 2026</th><td class="num">4</td><td class="num">3</td>' in page
    assert '<td class="num">75.0</td>' in page


def test_queries_of_the_weeks_do_not_grow(campaign, zurich, client_of, at):
    a_week(campaign, zurich, at)
    n = []
    for days in (2, 9, 16):
        at(MORNING + timedelta(days=days))
        record_check(campaign, actor=zurich, text="All is well.")
        client = client_of(zurich)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{HERE}/checks/")
        n.append(len(queries))
    assert len(set(n)) == 1
    assert n[0] <= 25


def test_a_campaign_without_checks_says_when_they_are_due(client, db):
    make_campaign("lbl2-reco-2026", 403)
    assert "No check was due yet." in text_of(client, "/campaigns/lbl2-reco-2026/checks/")
    assert "Nobody has handed over yet." in text_of(client, "/campaigns/lbl2-reco-2026/shift/")


# --- settings ---

SENT = {
    "is_wanted": "wanted", "time_zone": "", "slots": "06:00–12:00, 16:00–22:00", "first_slots": "", "n_first_days": "3",
}  # fmt: skip


def test_a_shifter_sets_when_checks_are_due_and_the_history_has_it(campaign, zurich, client_of):
    client = client_of(zurich)
    sent = SENT | {"slots": "08:00-10:00", "time_zone": "America/Chicago", "n_first_days": "0"}
    answer = client.post(f"{HERE}/settings/checks/", sent, follow=True)
    assert answer.redirect_chain[0][0] == f"{HERE}/settings/#checks"
    row = CheckSchedule.objects.get(campaign=campaign)
    assert (row.time_zone, row.slots, row.n_first_days) == ("America/Chicago", [["08:00", "10:00"]], 0)
    changes = CampaignEvent.objects.filter(campaign=campaign).latest("pk").data["changes"]
    assert {
        "field": "checks-slots",
        "label": "windows of checks",
        "old": "06:00–12:00, 16:00–22:00",
        "new": "08:00–10:00",
    } in changes
    assert "windows of checks" in text_of(client, f"{HERE}/history/")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"slots": "early"}, "is no window"),
        ({"slots": "06:00-12:00, 11:00-13:00"}, "overlap"),
        ({"n_first_days": "61"}, "from 0 to 60"),
        ({"n_first_days": "many"}, "from 0 to 60"),
        ({"time_zone": "Middle/Earth"}, "Select a valid choice"),
        ({"is_wanted": "perhaps"}, "Select a valid choice"),
    ],
)
def test_windows_that_cannot_be_are_refused_with_what_was_typed(campaign, zurich, client_of, wrong, words):
    answer = client_of(zurich).post(f"{HERE}/settings/checks/", SENT | wrong)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert words in page
    if "slots" in wrong:
        assert f'value="{wrong["slots"]}"' in page
    assert CheckSchedule.objects.get(campaign=campaign).slots == []


def test_who_changes_what_another_changed_meanwhile_is_told(campaign, zurich, coordinator, client_of):
    stale = SENT | {"slots": "08:00-10:00", "initial-slots": "06:00–12:00, 16:00–22:00"}
    assert client_of(coordinator).post(f"{HERE}/settings/checks/", SENT | {"slots": "09:00-10:00"}).status_code == 302
    answer = client_of(zurich).post(f"{HERE}/settings/checks/", stale)
    assert answer.status_code == 400
    assert "Somebody set the windows of checks to “09:00–10:00” in the meantime." in answer.content.decode()


def test_the_campaigns_page_stays_within_its_queries(campaign, zurich, client_of, at):
    record_check(campaign, actor=zurich, nothing_new=True)
    at(MORNING + 8 * HOUR)
    keep_checks()
    client = client_of(zurich)
    with CaptureQueriesContext(connection) as queries:
        page = text_of(client, f"{HERE}/")
    assert len(queries) <= 25, len(queries)
    assert "Evening check due" in page
