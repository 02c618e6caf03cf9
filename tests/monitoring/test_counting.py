"""Asking MetaCat for numbers of files: what is kept, what a failure leaves, when is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from werkzeug import Response

from monitoring.counting import ASK_LOCK, MOST_IN_A_ROUND, ask, due, kept, metacat_service, want
from monitoring.models import QueryCount
from monitoring.signals import counted
from monitoring.tasks import ask_metacat, send_to_worker
from portal.locks import exclusive
from tests.metacat import Metacat, query_of

pytestmark = pytest.mark.django_db
RAW = "files from hd-protodune:hd-protodune-raw-2026"
W2542 = query_of("q_count")
MORNING = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def row_of(query: str = RAW) -> QueryCount:
    return kept([query])[query.strip()]


def ask_for(*queries: str, by_person: bool = False):
    return ask([row.pk for row in want(queries, who="shifter1" if by_person else "")], by_person=by_person)


def test_a_number_is_kept_with_its_size_and_the_moment_it_was_true(metacat: Metacat, time_machine_at) -> None:
    time_machine_at(MORNING)
    done = ask_for(W2542)
    row = row_of(W2542)
    assert (done.n_asked, done.n_changed, done.failures) == (1, 1, [])
    assert (row.n_files, row.n_bytes, row.read_at) == (1762, 731_761_213_210, MORNING)
    assert (metacat_service().read_at, metacat_service().is_failing) == (MORNING, False)
    assert timedelta(hours=5.4) <= row.next_try_at - MORNING <= timedelta(hours=6.6)


def test_next_questions_are_spread_so_that_not_all_fall_due_at_once(metacat: Metacat, time_machine_at) -> None:
    time_machine_at(MORNING)
    queries = [f"files from a:b{n}" for n in range(8)]
    metacat.counts = dict.fromkeys(queries, 5)
    ask_for(*queries)
    assert len({row.next_try_at for row in QueryCount.objects.all()}) > 4


def test_a_sample_that_grew_keeps_the_number_before_and_when_it_changed(metacat: Metacat, time_machine_at) -> None:
    for hour, n in ((9, 20_784), (16, 20_784), (23, 20_801)):
        time_machine_at(MORNING.replace(hour=hour))
        metacat.counts[RAW] = n
        ask_for(RAW)
    row = row_of()
    assert (row.n_files_before, row.n_files, row.changed_at) == (20_784, 20_801, MORNING.replace(hour=23))


def test_whoever_listens_hears_of_new_and_other_numbers_only(metacat: Metacat) -> None:
    heard: list[object] = []

    def listen(**how: object) -> None:
        heard.append(how["sender"])

    counted.connect(listen)
    try:
        for n, times in ((5, 1), (5, 1), (6, 2)):
            metacat.counts[RAW] = n
            QueryCount.objects.update(next_try_at=None)
            ask_for(RAW)
            assert len(heard) == times
    finally:
        counted.disconnect(listen)


FAULTS: dict[str, tuple[Response | str, str, bool]] = {
    "busy": ("busy_503", "busy", True),
    "log-in wanted": (Response("", 401), "login-wanted", True),
    "wrong address": ("unknown_path", "error-page", True),
    "refused": ("q_syntax", "refused", False),
    "could not run it": ("q_runtime_500", "server-error", False),
    "another question": ("q_list", "wrong-rows", False),
    "cut": (Response('{"count": 3'), "cut", False),
    "garbage": (Response("OK"), "garbage", False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_leaves_the_number_and_says_why_beside_it(
    metacat: Metacat, time_machine_at, client: Client, fault: str
) -> None:
    answer, kind, is_metacats = FAULTS[fault]
    metacat.counts[RAW] = 20_784
    time_machine_at(MORNING)
    ask_for(RAW)
    time_machine_at(MORNING + timedelta(hours=7))
    metacat.say(answer)
    assert len(ask_for(RAW).failures) == 1
    row = row_of()
    assert (row.n_files, row.read_at, row.error_kind) == (20_784, MORNING, kind)
    assert row.next_try_at > timezone.now()
    assert metacat_service().is_failing is is_metacats
    page = client.get("/sources/").content.decode()
    assert row.get_error_kind_display() in page
    assert RAW in page
    metacat.say(None)
    time_machine_at(MORNING + timedelta(hours=14))
    assert ask_for(RAW).failures == []
    assert not row_of().is_failing
    assert not metacat_service().is_failing


def test_what_concerns_metacat_itself_ends_the_round(metacat: Metacat) -> None:
    metacat.say("busy_503")
    done = ask_for(*(f"files from a:b{n}" for n in range(5)))
    assert len(metacat.asked) == 1
    assert len(done.failures) == 1
    assert "MetaCat is not asked before" in ask_for("files from a:c").skipped
    assert len(metacat.asked) == 1


def test_a_person_is_not_made_to_wait_unless_metacat_itself_named_the_time(metacat: Metacat) -> None:
    metacat.say("busy_503")
    ask_for(RAW)
    metacat.say(None)
    metacat.counts[RAW] = 5
    QueryCount.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    assert ask_for(RAW, by_person=True).failures == []
    assert row_of().n_files == 5
    metacat.say(Response("", 503, {"Retry-After": "600"}))
    QueryCount.objects.update(asked_at=timezone.now() - timedelta(minutes=2), wanted_at=None)
    ask_for(RAW, by_person=True)
    metacat.say(None)
    QueryCount.objects.update(asked_at=timezone.now() - timedelta(minutes=2), wanted_at=None)
    assert "is not asked before" in ask_for(RAW, by_person=True).skipped
    assert row_of().is_open, "it is answered as soon as MetaCat may be asked"


def test_one_bad_query_does_not_keep_the_others_from_their_numbers(metacat: Metacat) -> None:
    bad = "files from a:b where core.start_time in 1:2"
    metacat.counts = {RAW: 3, "files from a:b": 4}
    done = ask_for(bad, RAW, "files from a:nosuch where", "files from a:b")
    assert {row_of(RAW).n_files, row_of("files from a:b").n_files} == {3, 4}
    assert len(done.failures) == 2
    assert "core.start_time >= 1" in row_of(bad).error_text
    assert row_of(bad).next_try_at - timezone.now() > timedelta(hours=5), "it would be refused again"
    assert [body for *_rest, body in metacat.asked if "in 1:2" in body] == []


def test_waits_double_up_to_an_hour(metacat: Metacat, time_machine_at) -> None:
    metacat.say("q_runtime_500")
    waits = []
    for number in range(5):
        time_machine_at(MORNING + timedelta(hours=2 * number))
        ask_for(RAW)
        waits.append((row_of().next_try_at - timezone.now()).total_seconds() / 60)
    assert waits == [10, 20, 40, 60, 60]


def test_a_slow_query_waits_ever_longer_as_metacat_goes_on_with_it(metacat: Metacat, time_machine_at, monkeypatch) -> None:
    from monitoring.metacat.client import MetacatClient
    from monitoring.metacat.errors import MetacatSlow

    def slow(self: MetacatClient, mql: str) -> None:
        raise MetacatSlow("no whole answer within 60 s")

    monkeypatch.setattr(MetacatClient, "count", slow)
    for number in range(7):
        time_machine_at(MORNING + timedelta(hours=12 * number))
        ask_for(RAW)
    assert row_of().next_try_at - timezone.now() == timedelta(hours=6)


def test_what_was_asked_a_moment_ago_is_not_asked_again_however_often_one_presses(metacat: Metacat) -> None:
    metacat.counts[RAW] = 5
    for _ in range(3):
        ask_for(RAW, by_person=True)
    assert len(metacat.asked) == 1


def test_those_for_whom_somebody_waits_come_first_and_failing_ones_last(db) -> None:
    now = timezone.now()
    never, old, failing, open_, later = want([f"files from a:{name}" for name in "abcde"])
    old.asked_at = now - timedelta(hours=8)
    failing.failing_since, failing.asked_at = now, now - timedelta(days=3)
    open_.wanted_at = now
    later.next_try_at = now + timedelta(hours=1)
    assert due([never, failing, old, later, open_], now) == [open_, never, old, failing]
    many = [QueryCount(pk=n, mql=str(n)) for n in range(500)]
    assert len(due(many, now)) == MOST_IN_A_ROUND


def test_one_process_asks_at_a_time(metacat: Metacat) -> None:
    rows = [row.pk for row in want([RAW])]
    if connection.vendor == "postgresql":
        pytest.skip("an advisory lock is the connection's own; the file's lock is shown here")
    with exclusive(ASK_LOCK) as held:
        assert held
        assert ask(rows).skipped == "another question is going on"
    assert metacat.asked == []


def test_without_an_address_nothing_is_asked_and_pages_say_so(settings, client: Client) -> None:
    settings.METACAT_URL = ""
    assert ask([row.pk for row in want([RAW])]).skipped == "MetaCat is not configured here"
    assert "not configured here" in client.get("/sources/").content.decode()
    assert "MetaCat" not in client.get("/help/").content.decode().split('<footer class="foot"')[1]


def test_the_footer_says_how_old_metacats_last_answer_is(metacat: Metacat, client: Client) -> None:
    def foot() -> str:
        return client.get("/sources/").content.decode().split('<footer class="foot"')[1]

    assert "MetaCat not asked yet" in foot()
    metacat.counts[RAW] = 5
    ask_for(RAW)
    assert "MetaCat read" in foot()
    metacat.say("busy_503")
    QueryCount.objects.update(next_try_at=None)
    ask_for(RAW)
    assert "MetaCat silent since" in foot()
    assert "is busy" in foot()


def test_the_worker_is_handed_the_question_and_a_broker_that_is_away_is_no_error(
    metacat: Metacat, worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    metacat.counts[RAW] = 5
    (row,) = want([RAW], who="shifter1")
    assert send_to_worker([row.pk])
    assert row_of().n_files == 5

    def away(*_arguments: object, **_how: object) -> None:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr(ask_metacat, "apply_async", away)
    assert not send_to_worker([row.pk])


def test_the_api_tells_of_metacat_as_of_justin(metacat: Metacat, client: Client) -> None:
    assert client.get("/api/v1/sources/").json()["metacat"]["state"] == "never asked"
    metacat.say("busy_503")
    ask_for(RAW)
    told = client.get("/api/v1/sources/").json()["metacat"]
    assert (told["state"], told["error_kind"]) == ("failing", "busy")


def test_the_page_of_sources_costs_the_same_with_one_failing_query_and_with_forty(
    metacat: Metacat, client: Client, django_assert_max_num_queries
) -> None:
    metacat.say("q_runtime_500")
    counts = []
    for n in (1, 40):
        ask_for(*(f"files from a:b{at}" for at in range(n)))
        with django_assert_max_num_queries(25) as seen:
            assert client.get("/sources/").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
