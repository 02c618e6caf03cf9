"""People are told what waits once, reminded once a day, and requesters by the day; the channel hears what it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.conf import settings as site
from django.core import mail
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.campaign_services import appoint, set_status
from campaigns.models import Alert, Campaign, QueueItem, StepEvent, StepVerb, Team, WorkingGroup
from campaigns.steps import channel as talk
from campaigns.steps.evidence import add_evidence
from campaigns.steps.feedback import ask_feedback, give_feedback
from campaigns.steps.loading import read_situation
from campaigns.steps.mine import my_queue
from campaigns.steps.reminding import remind_of_queue, remind_requesters, reminder_days, tell_of_queue
from campaigns.steps.services import reopen_step, waive
from campaigns.steps.signing import sign_step
from campaigns.tasks import look_again_at_steps
from portal.models import Notice, User
from portal.notices import DIGEST_HOUR, send_due
from portal.roles import Role
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import begin, fill, ready, stands, walk_to
from tests.portal.test_webhook import Channel

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TUESDAY_BEFORE_MAILS = datetime(2026, 11, 24, DIGEST_HOUR - 1, 30, tzinfo=UTC)


@pytest.fixture
def at(time_machine_at) -> Callable[[datetime], datetime]:
    """`at(moment)`: it is that moment now. It begins on a Monday."""

    def at(moment: datetime) -> datetime:
        time_machine_at(moment)
        return moment

    at(MONDAY)
    return at


@pytest.fixture
def channel(settings):
    one = Channel()
    settings.NOTICES_WEBHOOK_URL = one.url
    settings.SITE_URL = "https://portal.example.org"
    yield one
    one.server.shutdown()
    one.server.server_close()


def told(user: User, **which: object) -> list[str]:
    return list(Notice.objects.filter(user=user, **which).values_list("subject", flat=True))


def later(n_minutes: float = 2) -> datetime:
    return timezone.now() + timedelta(minutes=n_minutes)


# --- what begins to wait ---


def test_each_new_thing_is_told_once_to_whom_it_waits_for(cast, at, outsider):
    campaign = begin(cast)
    fill(campaign, "setup", cast)
    Notice.objects.all().delete()
    assert tell_of_queue(later(0.5)) == 0, "what is gone again within a minute is not worth a word"
    assert tell_of_queue(later()) == 2
    assert told(cast.production) == [f"{campaign}: sign step 1, Set up, for production, or refuse"]
    assert told(cast.data_manager) == [f"{campaign}: sign step 1, Set up, for data management, or refuse"]
    assert told(cast.shifter) == told(cast.coordinator) == told(outsider) == []
    assert {one.path for one in Notice.objects.all()} == {f"/campaigns/{campaign.slug}/steps/setup/#sign"}
    assert tell_of_queue(later(60)) == 0


def test_word_comes_in_the_way_that_each_chose(cast, at, settings, make_user):
    settings.SITE_URL = "https://portal.example.org"
    at_once = make_user("production2", Role.PRODUCTION, mail="at-once", email="production2@example.org")
    User.objects.filter(pk=cast.production.pk).update(email="production1@example.org")
    campaign = begin(cast)
    fill(campaign, "setup", cast)
    tell_of_queue(later())
    send_due(later())
    (message,) = mail.outbox
    assert message.to == [at_once.email]
    assert message.subject == f"[DUNE production] {campaign}: sign step 1, Set up, for production, or refuse"
    assert f"https://portal.example.org/campaigns/{campaign.slug}/steps/setup/#sign" in message.body
    send_due(at(MONDAY + timedelta(days=1)))
    assert mail.outbox[-1].to == ["production1@example.org"]


def test_what_nobody_can_do_yet_is_told_when_somebody_can(cast, at, make_user):
    campaign = begin(cast)
    campaign.appointments.all().delete()
    tell_of_queue(later())
    assert QueueItem.objects.filter(who="shifters", is_told=False).exists()
    assert not QueueItem.objects.filter(who="coordinators", is_told=False).exists()
    new = make_user("shifter2", Role.SHIFTERS)
    appoint(campaign, new, actor=cast.coordinator)
    Notice.objects.all().delete()
    tell_of_queue(later())
    assert told(new)
    assert not QueueItem.objects.filter(is_told=False).exists()


def test_what_was_told_with_all_there_is_to_say_is_not_told_again(cast, at, requester):
    campaign = begin(cast)
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "test", cast)
    tell_of_queue(later())
    ready(campaign, "test", cast)
    at(MONDAY + timedelta(hours=1))
    Notice.objects.all().delete()
    add_evidence(campaign, "interactive-clean", actor=cast.shifter, text="another log")  # both signatures lapse
    assert [words for words in told(cast.production) if "lapsed" in words]
    assert tell_of_queue(later()) == 0, "both signers know; nobody else is in their teams"
    at(MONDAY + timedelta(hours=2))
    sign_step(
        campaign, "test", team=Team.PRODUCTION, actor=cast.production, verdict="refuse", comment="Which log?",
        revision=stands(campaign, "test").print.fingerprint,
    )  # fmt: skip
    assert [words for words in told(cast.shifter) if "refused" in words]
    n_before = Notice.objects.count()
    assert tell_of_queue(later()) == 0
    assert Notice.objects.count() == n_before
    assert not QueueItem.objects.filter(is_told=False).exists()


def test_other_members_of_a_team_hear_of_a_lapse_too(cast, at, make_user):
    other = make_user("production2", Role.PRODUCTION)
    campaign = begin(cast)
    ready(campaign, "setup", cast)
    tell_of_queue(later())
    at(MONDAY + timedelta(hours=1))
    Notice.objects.all().delete()
    add_evidence(campaign, "working-directory", actor=cast.shifter, text="dunegpvm02:/exp/dune/app/production/reco")
    tell_of_queue(later())
    assert told(other) == [f"{campaign}: sign step 1, Set up, again for production, or refuse"]
    assert told(cast.production) == [f"{campaign}: your sign-off of step 1, Set up for production lapsed"]


def test_nothing_is_told_of_campaigns_that_are_over(cast, at):
    campaign = begin(cast)
    Notice.objects.all().delete()
    Campaign.objects.filter(pk=campaign.pk).update(status="cancelled")
    assert tell_of_queue(later()) == 0
    assert remind_of_queue(TUESDAY_BEFORE_MAILS + timedelta(days=1)) == 0


def at_once_in_threads(function: Callable[[], int], n_threads: int = 8) -> list[int]:
    """What each of so many threads got from calling it at the same moment."""
    barrier, got = Barrier(n_threads), []

    def run() -> None:
        barrier.wait()
        try:
            got.append(function())
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == n_threads, "one of them failed"
    return got


@pytest.mark.django_db(transaction=True)
def test_told_by_eight_at_once_each_person_hears_each_thing_once(cast):
    begin(cast)
    Notice.objects.all().delete()
    n = sum(at_once_in_threads(lambda: tell_of_queue(later())))
    assert n == Notice.objects.count() == QueueItem.objects.count()
    assert set(Counter(Notice.objects.values_list("user", "subject")).values()) == {1}


@pytest.mark.django_db(transaction=True)
def test_reminded_by_eight_at_once_each_person_hears_it_once(cast):
    begin(cast)
    Notice.objects.all().delete()
    thursday = datetime(2030, 1, 3, 6, 30, tzinfo=UTC)
    QueueItem.objects.update(since=thursday - timedelta(days=3))
    Notice.objects.create(user=cast.coordinator, subject="What waits for you: 3 things", at=thursday - timedelta(days=1))
    at_once_in_threads(lambda: remind_of_queue(thursday))
    # notices carry the clock's own time; ask again at that time
    assert Notice.objects.filter(user=cast.shifter).count() == 1
    assert Notice.objects.filter(user=cast.coordinator).count() == 2


# --- once a day ---


def test_the_daily_reminder_has_the_whole_queue_the_oldest_first(cast, at, settings):
    settings.SITE_URL = "https://portal.example.org"
    campaign = begin(cast)
    at(MONDAY + timedelta(hours=8))
    other = begin(cast, "vd-mc-2026b")
    Notice.objects.all().delete()
    assert remind_of_queue(at(TUESDAY_BEFORE_MAILS)) == 0, "nothing waits for a day yet"
    wednesday = at(TUESDAY_BEFORE_MAILS + timedelta(days=1))
    assert remind_of_queue(wednesday) == 2  # shifter, coordinator
    notice = Notice.objects.get(user=cast.shifter)
    n = len(my_queue(cast.shifter, n_shown=99).items)
    assert notice.subject == f"What waits for you: {n} things, the oldest since 23 Nov"
    lines = notice.text.splitlines()
    assert len(lines) == 2 * n
    assert lines[0].startswith(f"{campaign}: ")
    assert lines[0].endswith("(23 Nov)")
    assert lines[-1].startswith(f"https://portal.example.org/campaigns/{other.slug}/steps/setup/#c-")
    assert notice.path == "/#waiting"
    assert remind_of_queue(wednesday + timedelta(minutes=20)) == 0, "once a day"
    assert remind_of_queue(at(wednesday + timedelta(days=1))) == 2


def test_the_reminder_is_in_the_digest_of_its_day(cast, at):
    User.objects.filter(pk=cast.shifter.pk).update(email="shifter1@example.org")
    begin(cast)
    Notice.objects.all().delete()
    remind_of_queue(at(TUESDAY_BEFORE_MAILS + timedelta(days=1)))
    assert send_due(at(datetime(2026, 11, 25, DIGEST_HOUR, 0, 30, tzinfo=UTC))) == 1
    assert "What waits for you" in mail.outbox[-1].subject


def test_nobody_is_reminded_at_the_weekend(cast, at):
    begin(cast)
    for n_days, n_told in ((4, 2), (5, 0), (6, 0), (7, 2)):  # Friday, Saturday, Sunday, Monday
        assert remind_of_queue(at(datetime(2026, 11, 23 + n_days, 6, 30, tzinfo=UTC))) == n_told


def test_the_cost_of_telling_grows_with_what_is_told_only(cast, at):
    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert tell_of_queue(later()) == 0
        return len(queries)

    begin(cast)
    tell_of_queue(later())
    few = n_queries()
    for n in range(10):
        begin(cast, f"reco-{n}")
    tell_of_queue(later())
    assert n_queries() == few <= 4


# --- the requester ---


DUE = date(2026, 11, 30)


@pytest.fixture
def asked(cast, at, requester) -> Campaign:
    """A campaign whose requester was asked on Monday 23 November for an answer a week later."""
    campaign = begin(cast)
    accepted(requester, cast.coordinator, campaign)
    walk_to(campaign, "validation", cast)
    ask_feedback(campaign, actor=cast.shifter, due_on=DUE)
    Notice.objects.all().delete()
    return campaign


def days_with_reminders(campaign: Campaign, at: Callable[[datetime], datetime], n_days: int) -> list[int]:
    """Days after the first on which a reminder went out, asked thrice a day."""
    found = []
    for n in range(n_days):
        for hour in (1, 9, 17):
            if remind_requesters(at(datetime(2026, 11, 23, hour, tzinfo=UTC) + timedelta(days=n))):
                found.append(n)
    return found


def test_reminders_come_before_the_day_on_it_and_every_third_day_after_and_end(asked, at, requester, cast):
    assert days_with_reminders(asked, at, 40) == [5, 7, 10, 13, 16, 19]
    assert told(requester) == [
        f"{asked}: your word on the validation sample is due 2026-11-30",
        f"{asked}: your word on the validation sample is due today",
        *[f"{asked}: your word on the validation sample is overdue since 2026-11-30"] * 4,
    ]
    assert set(Notice.objects.filter(user=requester).values_list("path", flat=True)) == {
        f"/campaigns/{asked.slug}/steps/validation/#feedback"
    }
    reminded = StepEvent.objects.filter(campaign=asked, verb=StepVerb.FEEDBACK_REMINDED)
    assert reminded.count() == 6
    assert all(one.actor is None and one.criterion == "requester-feedback" for one in reminded)
    assert told(cast.coordinator) == [f"{asked}: the requester has not answered; it was due 2026-11-30"]


def test_the_coordinators_hear_of_the_silence_the_day_after_and_once(asked, at, cast):
    remind_requesters(at(datetime(2026, 11, 30, 23, 59, tzinfo=UTC)))
    assert told(cast.coordinator) == []
    for hour in (0, 1, 30):
        remind_requesters(at(datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hour)))
    assert len(told(cast.coordinator)) == 1


def test_days_that_were_missed_are_made_good_by_one_reminder(asked, at):
    assert [remind_requesters(at(datetime(2026, 12, 4, hour, tzinfo=UTC))) for hour in (1, 2, 3)] == [1, 0, 0]
    assert remind_requesters(at(datetime(2026, 12, 6, 1, tzinfo=UTC))) == 1, "the sixth is a day of its own"


@pytest.mark.parametrize("how", ["answered", "waived", "reopened", "cancelled"])
def test_whoever_is_not_waited_for_is_not_reminded(how, asked, at, cast, requester):
    if how == "answered":
        give_feedback(asked, actor=requester, verdict="yes")
    elif how == "waived":
        waive(asked, "requester-feedback", actor=cast.coordinator, reason="They said so at the meeting.")
    elif how == "reopened":
        reopen_step(asked, "test", actor=cast.coordinator, reason="Another jobscript.")
    else:
        set_status(asked, "cancelled", actor=cast.coordinator)
    Notice.objects.all().delete()
    assert days_with_reminders(asked, at, 30) == []
    assert not Notice.objects.filter(user__in=[requester, cast.coordinator]).exists()


def test_asking_again_begins_anew(asked, at, cast):
    assert days_with_reminders(asked, at, 9) == [5, 7]
    at(datetime(2026, 12, 2, 10, tzinfo=UTC))
    ask_feedback(asked, actor=cast.shifter, due_on=date(2026, 12, 9))
    Notice.objects.all().delete()
    assert remind_requesters(at(datetime(2026, 12, 3, 10, tzinfo=UTC))) == 0
    assert remind_requesters(at(datetime(2026, 12, 7, 10, tzinfo=UTC))) == 1
    assert remind_requesters(at(datetime(2026, 12, 10, 10, tzinfo=UTC))) == 1
    assert len(told(cast.coordinator)) == 1, "silent again"


def test_the_group_is_reminded_and_without_anybody_nothing_is_said_to_have_been(asked, at, make_user, requester):
    member, stranger = make_user("requester2", Role.REQUESTERS), make_user("member1")
    WorkingGroup.objects.get(pk=asked.requests.get().working_group_id).members.add(member, stranger)
    remind_requesters(at(datetime(2026, 11, 28, 10, tzinfo=UTC)))
    assert told(member) == told(requester) != []
    assert told(stranger) == []
    User.objects.filter(pk__in=[member.pk, requester.pk]).update(is_active=False)
    assert remind_requesters(at(datetime(2026, 11, 30, 10, tzinfo=UTC))) == 0
    assert StepEvent.objects.filter(campaign=asked, verb=StepVerb.FEEDBACK_REMINDED).count() == 1


def test_no_reminder_on_the_day_of_the_question():
    assert reminder_days(date(2026, 11, 23), date(2026, 11, 23))[0] == date(2026, 11, 26)
    assert reminder_days(date(2026, 11, 23), date(2026, 11, 24))[0] == date(2026, 11, 24)
    assert len(reminder_days(date(2026, 11, 23), date(2027, 2, 1))) == 6


def test_reminding_changes_nothing_that_was_signed(asked, at):
    before = {step.key: step.print for step in read_situation(asked).standing.steps}
    days_with_reminders(asked, at, 12)
    assert {step.key: step.print for step in read_situation(asked).standing.steps} == before
    numbers = list(StepEvent.objects.filter(campaign=asked).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


# --- the channel ---


def make_alert(campaign: Campaign, title: str = "Workflow 3206 has the scope hd-protodune") -> Alert:
    return Alert.objects.create(campaign=campaign, step="test", kind="scope", title=title)


def test_a_guard_alert_reaches_the_channel_once(cast, at, channel):
    campaign = begin(cast)
    alert = make_alert(campaign)
    assert talk.post_alerts() == 1
    assert channel.texts == [
        f"Guard alert in {campaign}: {alert.title}\nhttps://portal.example.org/campaigns/{campaign.slug}/steps/test/"
    ]
    assert talk.post_alerts() == 0
    act = StepEvent.objects.get(campaign=campaign, verb=StepVerb.TOLD)
    assert (act.actor, act.note, act.data["alert"]) == (None, "the channel", alert.pk)


def test_an_alert_that_the_channel_did_not_take_is_told_when_it_does(cast, at, channel):
    campaign = begin(cast)
    make_alert(campaign, "first"), make_alert(campaign, "second")
    channel.statuses = [500]
    assert talk.post_alerts() == 0
    assert not StepEvent.objects.filter(verb=StepVerb.TOLD).exists()
    assert {"first" in text for text in channel.texts} == {True}, "the second is not tried while it is away"
    channel.statuses = [200]
    assert talk.post_alerts() == 2


def test_neither_closed_nor_old_alerts_are_news(cast, at, channel):
    campaign = begin(cast)
    Alert.objects.filter(pk=make_alert(campaign).pk).update(closed_at=timezone.now())
    Alert.objects.filter(pk=make_alert(campaign).pk).update(opened_at=timezone.now() - timedelta(days=2))
    assert talk.post_alerts() == 0
    assert channel.texts == []


def test_the_channel_hears_once_a_working_day_what_waits_by_team(cast, at, channel):
    campaign = begin(cast)
    fill(begin(cast, "vd-mc-2026b"), "setup", cast)
    tuesday = at(datetime(2026, 11, 24, 7, tzinfo=UTC))
    assert talk.post_waiting()
    (text,) = channel.texts
    assert text.startswith("What waits in the production campaigns, 24 Nov\n\nShifters: ")
    assert f"{campaign}: show: " in text
    assert "(21 h ago)" in text
    assert "https://portal.example.org/campaigns/vd-mc-2026b/steps/setup/#sign" in text
    assert (
        text.index("Shifters: ") < text.index("Coordinators: ") < text.index("Production: 1") < text.index("Data management: 1")
    )
    assert not talk.post_waiting(), "the same message from the broker once more"
    assert talk.post_waiting(at(tuesday + timedelta(days=1)))
    assert not talk.post_waiting(datetime(2026, 11, 28, 7, tzinfo=UTC)), "Saturday"


def test_a_digest_that_was_not_taken_may_be_sent_again(cast, at, channel):
    begin(cast)
    channel.statuses = [503]
    assert not talk.post_waiting()
    channel.statuses = [200]
    assert talk.post_waiting()


def test_a_team_for_which_much_waits_is_told_its_oldest(cast, at, channel):
    for n in range(4):
        begin(cast, f"reco-{n}")
    talk.post_waiting()
    (text,) = channel.texts
    n_shifters = QueueItem.objects.filter(who="shifters").count()
    assert f"Shifters: {n_shifters}\nreco-0: " in text
    assert f"and {n_shifters - 5} more" in text
    assert len(text) < 4000


def test_without_a_channel_and_with_nothing_to_say_nothing_is_sent(cast, at, channel, settings):
    assert not talk.post_waiting(), "nothing waits"
    make_alert(begin(cast))
    settings.NOTICES_WEBHOOK_URL = ""
    assert not talk.post_waiting()
    assert talk.post_alerts() == 0
    assert channel.texts == []


# --- the calendar ---


def test_an_appointment_that_begins_is_seen_without_a_poll(cast, at):
    campaign = begin(cast)
    campaign.appointments.update(until_on=MONDAY.date())
    at(MONDAY + timedelta(days=1))
    look_again_at_steps()
    (one,) = [one for one in my_queue(cast.coordinator).items if one.item.criterion == "shifter-appointed"]
    assert one.words == "see to: A shifter is appointed"


def test_beat_starts_tasks_that_there_are_and_none_waits_past_its_next_turn():
    from portal.celery import app

    app.loader.import_default_modules()
    for name, entry in site.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] in app.tasks, name
        if isinstance(entry["schedule"], float):
            assert entry["options"]["expires"] <= entry["schedule"], name
    before_digests = site.CELERY_BEAT_SCHEDULE["remind-of-queue"]["schedule"]
    assert before_digests.hour == {DIGEST_HOUR - 1}
    assert site.CELERY_BEAT_SCHEDULE["post-waiting"]["schedule"].hour == {DIGEST_HOUR}


def test_no_migration_is_missing_for_any_of_this():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
