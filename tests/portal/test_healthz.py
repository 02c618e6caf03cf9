"""What load balancers and monitoring ask."""

from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, connection

from monitoring.models import Service

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def test_before_the_first_poll_its_age_is_null(client, db):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "poll_age_seconds": None}
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_age_is_that_of_the_newest_poll(client, db, time_machine_at):
    Service.objects.create(name="justin", round_ended_at=NOW - timedelta(seconds=90))
    Service.objects.create(name="justin-info")
    time_machine_at(NOW)
    assert client.get("/healthz").json()["poll_age_seconds"] == 90


def test_it_answers_everybody_also_where_reading_needs_a_login(client, db, settings):
    settings.PUBLIC_READ = False
    assert client.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_503_without_its_address(client, db):
    def away(execute, sql, params, many, context):
        raise DatabaseError("could not connect to server at 10.1.2.3")

    with connection.execute_wrapper(away):
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "error", "database": "away", "poll_age_seconds": None}


def test_it_only_reads(client, db):
    assert client.post("/healthz").status_code == 405
