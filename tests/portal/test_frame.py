"""What is around every page: navigation, messages, and how old justIN's numbers are."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.models import Failure, Service

NOW = datetime(2026, 11, 23, 18, 42, 0, tzinfo=UTC)


@pytest.fixture
def foot(client, time_machine_at):
    """The words of the footer at NOW."""

    def foot() -> str:
        time_machine_at(NOW)
        html = re.search(r"<footer[^>]*>(.*?)</footer>", client.get("/help/").content.decode(), re.S).group(1)
        return " ".join(re.sub(r"<[^>]+>", "", html).split())

    return foot


def test_before_the_first_poll_the_footer_says_never(db, foot):
    assert "justIN never read yet: the first poll is still to come" in foot()


def test_the_footer_says_how_old_justins_newest_answer_is_on_justins_clock(db, foot):
    Service.objects.create(name="justin", read_at=NOW - timedelta(minutes=2), clock_offset_seconds=180, round_ended_at=NOW)
    assert "justIN read 5 min ago" in foot()


def test_an_outage_says_since_when_why_and_the_next_try(db, foot):
    Service.objects.create(
        name="justin",
        read_at=NOW - timedelta(hours=2),
        failing_since=NOW - timedelta(hours=1, minutes=11),
        error_kind=Failure.UNREACHABLE,
        next_try_at=NOW + timedelta(minutes=5),
    )
    said = foot()
    assert "justIN silent since 23 Nov 17:31 UTC: does not answer, next try in 5 min" in said
    assert "last read 2 h ago" in said


def test_a_worker_that_stands_still_is_said_too(db, foot, settings):
    settings.JUSTIN_POLL_SECONDS = 300
    Service.objects.create(name="justin", read_at=NOW - timedelta(hours=2), round_ended_at=NOW - timedelta(hours=2))
    assert "justIN not asked since 23 Nov 16:42 UTC: the portal’s own poll stands still" in foot()


def test_only_administrators_see_the_way_to_the_administration(client_of, shifter, administrator):
    assert 'href="/admin/"' in client_of(administrator).get("/help/").content.decode()
    assert 'href="/admin/"' not in client_of(shifter).get("/help/").content.decode()


def test_a_demonstration_says_so_on_every_page_and_a_real_site_does_not(client, db, settings):
    assert "simulated justIN" not in client.get("/help/").content.decode()
    settings.DEMO = True
    assert "simulated justIN, time runs 60 times faster" in client.get("/help/").content.decode()


def test_the_frame_costs_a_reader_two_queries_at_most(client, db, django_assert_max_num_queries):
    Service.justin()
    with django_assert_max_num_queries(2):
        client.get("/help/")


def test_no_page_has_script_or_style_inside(client_of, administrator):
    client = client_of(administrator)
    for address in ("/help/", "/profile/", "/accounts/password/change/", "/api/v1/docs/", "/nowhere/", "/admin/"):
        html = client.get(address).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html), address
