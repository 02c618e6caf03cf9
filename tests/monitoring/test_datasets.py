"""Reading MetaCat's list of datasets: what is written, what a failure leaves, and when a shorter list is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from werkzeug import Response

from monitoring.counting import ASK_LOCK, metacat_service
from monitoring.datasets import DatasetsRead, is_old, list_service, read_datasets
from monitoring.models import Dataset, Service
from monitoring.signals import datasets_read
from monitoring.tasks import read_datasets as read_datasets_task
from portal.locks import exclusive
from tests.metacat import Metacat

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def record(number: int, **fields: Any) -> dict[str, Any]:
    """A record of the list: outputs of the workflow with this number."""
    return {
        "namespace": "hd-protodune", "name": f"outputs_w{number}s1p1", "frozen": False, "creator": "dunepro",
        "metadata": {"dune.workflow": {"workflow_id": number, "stage_id": 1}}, "created_timestamp": 1_795_457_377.5,
        "description": "outputs", "file_count": 10 * number, **fields,
    }  # fmt: skip


def say(metacat: Metacat, *numbers: int, **fields: Any) -> None:
    metacat.say(Response(json.dumps([record(number, **fields) for number in numbers])))


def again() -> DatasetsRead:
    """As if it were due."""
    return read_datasets(by_person=True)


@pytest.fixture
def heard() -> Iterator[list[object]]:
    found: list[object] = []

    def listen(**how: object) -> None:
        found.append(how["sender"])

    datasets_read.connect(listen)
    yield found
    datasets_read.disconnect(listen)


def test_the_recorded_list_is_kept_with_the_moment_it_was_read(metacat: Metacat, time_machine_at, heard) -> None:
    time_machine_at(MORNING)
    done = read_datasets()
    assert (done.n_listed, done.n_kept, done.n_new, done.n_changed, done.n_gone) == (16, 10, 10, 0, 0)
    official = Dataset.objects.official().get()
    assert (official.campaign_tag, official.n_files_listed, official.is_official) == ("fd_mc_2026a", 485, True)
    assert (official.first_seen_at, official.gone_at) == (MORNING, None)
    assert official.count_query == f"files from {official}"
    assert Dataset.objects.outputs().count() == 9
    assert (list_service().read_at, metacat_service().read_at) == (MORNING, MORNING)
    assert timedelta(minutes=57) <= list_service().next_try_at - MORNING <= timedelta(minutes=63)
    assert len(heard) == 1


def test_it_is_not_asked_for_before_it_is_due(metacat: Metacat, time_machine_at) -> None:
    time_machine_at(MORNING)
    read_datasets_task()
    time_machine_at(MORNING + timedelta(minutes=50))
    read_datasets_task()
    assert len(metacat.asked) == 1
    time_machine_at(MORNING + timedelta(minutes=64))
    read_datasets_task()
    assert len(metacat.asked) == 2


def test_only_rows_that_changed_are_written(metacat: Metacat) -> None:
    say(metacat, *range(1, 41))
    again()
    with CaptureQueriesContext(
        connection,
    ) as nothing:
        assert (again().n_changed, Dataset.objects.count()) == (0, 40)
    assert not [one for one in nothing.captured_queries if 'UPDATE "monitoring_dataset"' in one["sql"]]
    say(metacat, *range(1, 41), file_count=7)
    Dataset.objects.filter(workflow_justin_id__gt=3).update(n_files_listed=7)
    with CaptureQueriesContext(connection) as few:
        assert again().n_changed == 3
    updates = [one["sql"] for one in few.captured_queries if 'UPDATE "monitoring_dataset"' in one["sql"]]
    assert len(updates) == 1
    assert '"metadata"' not in updates[0]
    assert set(Dataset.objects.values_list("n_files_listed", flat=True)) == {7}


def test_what_is_no_longer_listed_is_kept_and_comes_back_as_it_was(metacat: Metacat, time_machine_at) -> None:
    time_machine_at(MORNING)
    say(metacat, 1, 2, 3)
    again()
    time_machine_at(MORNING + timedelta(hours=1))
    say(metacat, 1, 2)
    assert again().n_gone == 1
    gone = Dataset.objects.get(workflow_justin_id=3)
    assert gone.gone_at == MORNING + timedelta(hours=1)
    assert Dataset.objects.listed().count() == 2
    time_machine_at(MORNING + timedelta(hours=2))
    assert again().n_gone == 0
    say(metacat, 1, 2, 3)
    assert again().n_changed == 1
    back = Dataset.objects.get(workflow_justin_id=3)
    assert (back.pk, back.gone_at, back.first_seen_at) == (gone.pk, None, MORNING)


@pytest.mark.parametrize("left", [(), (1,), (1, 2)])
def test_a_list_without_most_of_what_was_there_is_believed_when_it_comes_twice(
    metacat: Metacat, time_machine_at, heard, left: tuple[int, ...]
) -> None:
    time_machine_at(MORNING)
    say(metacat, 1, 2, 3, 4, 5)
    again()
    time_machine_at(MORNING + timedelta(hours=2))
    say(metacat, *left, 6)
    done = read_datasets()
    n_missing = 5 - len(left)
    assert f"lacks {n_missing} of the 5 datasets" in done.failure
    assert Dataset.objects.listed().count() == Dataset.objects.count() == 5, "nothing of it is taken"
    service = list_service()
    assert (service.error_kind, service.read_at) == ("worse", MORNING)
    assert service.next_try_at == timezone.now() + timedelta(hours=1)
    assert len(heard) == 1
    time_machine_at(MORNING + timedelta(hours=3))
    done = read_datasets()
    assert (done.failure, done.n_gone, done.n_new) == ("", n_missing, 1)
    assert not list_service().is_failing


def test_a_short_list_between_good_ones_leaves_nothing(metacat: Metacat) -> None:
    for numbers in ((1, 2, 3), (), (1, 2, 3), ()):
        say(metacat, *numbers)
        done = again()
        assert bool(done.failure) is (not numbers)
    assert Dataset.objects.listed().count() == 3


def test_half_may_go_at_once(metacat: Metacat) -> None:
    say(metacat, 1, 2, 3, 4)
    again()
    say(metacat, 1, 2)
    assert again().n_gone == 2


FAULTS: dict[str, tuple[Response | str, str, bool]] = {
    "busy": ("busy_503", "busy", True),
    "log-in wanted": (Response("", 401), "login-wanted", True),
    "could not run it": ("q_runtime_500", "server-error", False),
    "another answer": ("q_list", "wrong-rows", False),
    "cut": (Response('[{"namespace": "a"'), "cut", False),
    "garbage": (Response('[{"namespace": 3}]'), "garbage", False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_leaves_what_is_kept_and_is_put_off(
    metacat: Metacat, time_machine_at, client: Client, heard, fault: str
) -> None:
    answer, kind, is_metacats = FAULTS[fault]
    time_machine_at(MORNING)
    read_datasets()
    time_machine_at(MORNING + timedelta(hours=2))
    metacat.say(answer)
    assert read_datasets().failure
    service = list_service()
    assert (Dataset.objects.listed().count(), service.read_at, service.error_kind) == (10, MORNING, kind)
    assert service.failing_since == timezone.now()
    assert service.next_try_at == timezone.now() + timedelta(minutes=10)
    assert metacat_service().is_failing is is_metacats
    assert "is not asked before" in read_datasets().skipped
    assert len(heard) == 1
    page = client.get("/sources/").content.decode()
    assert service.get_error_kind_display() in page
    told = client.get("/api/v1/sources/").json()["metacat_datasets"]
    assert told["error_kind"] == kind
    metacat.say(None)
    time_machine_at(MORNING + timedelta(hours=3))
    assert read_datasets().failure == ""
    assert [list_service().is_failing, metacat_service().is_failing] == [False, False]


def test_so_long_a_list_is_refused_with_its_cap(metacat: Metacat, settings) -> None:
    settings.METACAT_DATASETS_BYTES = 5_000
    assert "more than 5,000 bytes" in read_datasets().failure
    assert Dataset.objects.count() == 0


def test_waits_double_up_to_an_hour_and_metacats_own_word_is_kept(metacat: Metacat, time_machine_at) -> None:
    time_machine_at(MORNING)
    metacat.say(Response("[{}]"))
    for minutes in (10, 20, 40, 60, 60):
        again()
        assert list_service().next_try_at == timezone.now() + timedelta(minutes=minutes)
    metacat.say(Response("", 503, {"Retry-After": "7"}))
    again()
    assert list_service().next_try_at == timezone.now() + timedelta(seconds=7)
    n = len(metacat.asked)
    assert "is not asked before" in again().skipped, "what MetaCat asked for holds for people too"
    assert len(metacat.asked) == n


def test_a_metacat_that_is_away_is_not_asked_for_the_list_either(metacat: Metacat) -> None:
    Service.objects.create(
        name=Service.METACAT, failing_since=timezone.now(), next_try_at=timezone.now() + timedelta(minutes=5), error_text="away"
    )
    assert "away" in read_datasets().skipped
    assert metacat.asked == []


def test_one_process_asks_at_a_time(metacat: Metacat) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("an advisory lock is the session's own; two processes are tried in tests/log/test_of_datasets.py")
    with exclusive(ASK_LOCK) as held:
        assert held
        assert read_datasets().skipped == "another question is going on"
    assert metacat.asked == []


def test_without_an_address_nothing_is_asked_and_the_page_says_so(client: Client, settings) -> None:
    settings.METACAT_URL = ""
    assert "not configured" in read_datasets().skipped
    assert "list of datasets" not in client.get("/sources/").content.decode()
    with pytest.raises(CommandError, match="METACAT_URL"):
        call_command("read_datasets")


def test_the_command_says_what_was_read(metacat: Metacat, capsys) -> None:
    call_command("read_datasets")
    assert capsys.readouterr().out.strip() == (
        "16 datasets listed; 10 of workflows or campaigns, 10 of them new, 0 other than before, 0 gone."
    )
    metacat.say(Response("[{}]"))
    with pytest.raises(CommandError, match="a record that cannot be read"):
        call_command("read_datasets")


def test_a_list_that_was_not_read_for_long_is_old(metacat: Metacat, time_machine_at) -> None:
    time_machine_at(MORNING)
    read_datasets()
    assert not is_old(list_service())
    time_machine_at(MORNING + timedelta(hours=2, minutes=1))
    assert is_old(list_service())


def test_a_whole_catalogue_is_stored_in_few_queries(metacat: Metacat) -> None:
    say(metacat, *range(1, 3001))
    with CaptureQueriesContext(connection) as seen:
        assert read_datasets().n_new == 3000
    assert len(seen) < 60
