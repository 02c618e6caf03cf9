"""The client against recorded answers: what is taken, what is refused and under which name."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from monitoring.justin import errors
from monitoring.justin.client import JustinClient, JustinSettings, can_filter
from monitoring.justin.rows import EventRow, FileStateRow, OutputRow, WorkflowRow, decode
from tests.replay import Replay, Replied, body_of, index, rows_of


def test_a_campaigns_workflows_are_read_newest_first_with_exact_counts(client: JustinClient) -> None:
    answer = client.campaign_workflows(402)
    assert [row.workflow_id for row in answer.rows] == list(range(3225, 3200, -1))
    assert answer.as_of == datetime(2026, 11, 23, 18, 36, tzinfo=UTC)
    newest = answer.rows[0]
    assert (newest.state, newest.files_processed, newest.files_total) == ("running", 11216, 12384)
    assert newest.started_at == datetime(2026, 11, 19, 12, 1, tzinfo=UTC)


def test_1970_means_not_yet(client: JustinClient) -> None:
    submitted = client.campaign_workflows(402).rows[1]
    assert submitted.workflow_id == 3224
    assert submitted.started_at is None
    assert submitted.finished_at is None


def test_text_outside_ascii_and_newlines_arrive_whole(client: JustinClient) -> None:
    (row,) = client.campaign_workflows(433).rows
    assert not row.description.isascii()
    assert "\n" in row.mql


def test_a_draft_with_an_empty_query_is_read(client: JustinClient) -> None:
    (row,) = client.campaign_workflows(439).rows
    assert (row.state, row.mql) == ("draft", "")


def test_an_unknown_campaign_and_an_empty_one_are_the_same_empty_list(client: JustinClient) -> None:
    assert client.campaign_workflows(441).rows == []


def test_events_are_read_with_their_codes_sites_and_times(client: JustinClient) -> None:
    answer = client.events(3206, 1, "JOB_SCRIPT_ERROR")
    assert len(answer.rows) == 105
    assert {row.jobscript_exit for row in answer.rows} == {1, 65, 71, 90, 127}
    assert all(row.site_name and row.jobsub_id and row.at.tzinfo == UTC for row in answer.rows)
    assert not answer.is_cut


def test_exactly_ten_thousand_rows_are_a_cut_answer(client: JustinClient) -> None:
    answer = client.events(2988, 1, "JOB_FINISHED")
    assert len(answer.rows) == 10_000
    assert answer.is_cut


def test_events_before_a_site_is_known_have_none(client: JustinClient) -> None:
    rows = client.events(9001, 1, "JOB_SUBMITTED").rows
    assert {(row.site_name, row.entry_name, row.file_did) for row in rows} == {(None, None, None)}


def test_scratch_outputs_have_no_storage(client: JustinClient) -> None:
    rows = client.output_file_stats(3305, 1).rows
    assert all(row.file_did.startswith("https://") and row.rse_name is None for row in rows)


def test_files_never_allocated_are_read_despite_their_nulls(client: JustinClient) -> None:
    rows = client.file_states(3204, 1, "notfound").rows
    assert len(rows) == 7
    assert {row.allocations for row in rows} == {0}


def test_information_files_are_read_without_a_query_string(client: JustinClient, replay: Replay) -> None:
    sites = client.sites()
    assert len(sites) == 43
    assert ("BR_CBPF", False) in sites
    assert len(client.storages()) == 20
    assert all(not asked.parameters for asked in replay.asked)


# --- requests: what is sent ---


def test_every_question_about_events_names_workflow_stage_and_type(client: JustinClient, replay: Replay) -> None:
    client.events(3206, 1, "JOB_SCRIPT_ERROR", site_name="UK_Brunel", jobscript_exit=65)
    assert replay.asked[0].parameters == {
        "method": "download-events", "workflow_id": "3206", "stage_id": "1", "event_type_name": "JOB_SCRIPT_ERROR",
        "site_name": "UK_Brunel", "jobscript_exit": "65", "format": "json",
    }  # fmt: skip


def test_the_user_agent_names_a_contact_and_no_cookie_is_ever_sent(client: JustinClient, replay: Replay) -> None:
    replay.answer = lambda asked: Replied(body=b"[]", headers={"Set-Cookie": "justin-session=1; Path=/"})
    client.campaign_workflows(1)
    client.campaign_workflows(1)
    assert "production@example.org" in replay.asked[1].headers["User-Agent"]
    assert "Cookie" not in replay.asked[1].headers
    assert "Authorization" not in replay.asked[1].headers


def test_requests_keep_their_pause(replay: Replay, client_of: Callable[..., JustinClient], monkeypatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("monitoring.fetching.time.sleep", waited.append)
    client = client_of(replay, pause_seconds=1.0)
    client.campaign_workflows(402)
    client.campaign_workflows(402)
    assert len(waited) == 1
    assert 0.5 < waited[0] <= 1.1


@pytest.mark.parametrize("name", ["", "UK Brunel", "UK_Brunel,CERN", "né", "a'b", "a.b\n"])
def test_a_name_that_justin_would_drop_is_never_sent(client: JustinClient, replay: Replay, name: str) -> None:
    assert not can_filter(name)
    with pytest.raises(ValueError, match="drop the filter"):
        client.events(3206, 1, "JOB_FINISHED", site_name=name)
    assert replay.asked == []


@pytest.mark.parametrize("number", [0, -1, True, "402", 2**31, 1.0])
def test_an_id_that_is_none_is_never_sent(client: JustinClient, replay: Replay, number: object) -> None:
    with pytest.raises(ValueError, match="not a justIN id"):
        client.campaign_workflows(number)  # type: ignore[arg-type]
    assert replay.asked == []


# --- answers: each way of failing under its own name ---

TEXT_PAGE = {"Content-Type": "text/plain"}


def _page(file: str) -> bytes:
    return body_of({"file": file})


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (Replied(0), errors.JustinUnreachable, "download-campaign-workflows"),
        (Replied(500, _page("error-500-database-down.txt")), errors.JustinServerError, "status 500"),
        (Replied(502, b"<html><h1>Bad Gateway</h1></html>"), errors.JustinServerError, "Bad Gateway"),
        (
            Replied(200, _page("error-missing-stage.as-text-plain.html"), TEXT_PAGE),
            errors.JustinErrorPage,
            "workflow_id and stage_id must be given",
        ),
        (Replied(200, _page("error-missing-format.html")), errors.JustinErrorPage, "error page"),
        (Replied(404, b"<html>Not Found</html>"), errors.JustinErrorPage, "final slash"),
        (Replied(302, b"", {"Location": "/dashboard/?method=x&login"}), errors.JustinLoginWanted, "log-in"),
        (Replied(302, b"", {"Location": "https://elsewhere.example/"}), errors.JustinErrorPage, "redirected elsewhere"),
        (Replied(200, b'[{"workflow_id": 1}]', cut=9), errors.JustinCut, "in the middle"),
        (Replied(200, b'[\n{"workflow_id": 32'), errors.JustinCut, "end in the middle"),
        (Replied(200, b"\xff\xfe\x00garbage"), errors.JustinGarbage, "justIN"),
        (Replied(200, b"hello"), errors.JustinGarbage, "no JSON"),
        (Replied(200, b'{"error": 1}'), errors.JustinGarbage, "Expected `array`"),
        (Replied(200, b"[1, 2]"), errors.JustinGarbage, "Expected `object`"),
        (Replied(200, b'[{"workflow_id": 1}]'), errors.JustinGarbage, "missing required field `description`"),
        (Replied(200, b""), errors.JustinGarbage, "no JSON"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_each_way_of_failing_has_its_own_error(
    client: JustinClient, replay: Replay, reply: Replied, error: type[errors.JustinError], says: str
) -> None:
    replay.answer = lambda asked: reply
    with pytest.raises(errors.JustinError) as caught:
        client.campaign_workflows(402)
    assert type(caught.value) is error
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(replay.asked) == 1  # nothing is tried twice, no redirect is followed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("files_processed", "11216"), ("files_processed", None), ("files_processed", True), ("files_total", -1),
        ("state", None), ("start_time", None), ("start_time", "yesterday, at noon!"), ("description", 7),
    ],
)  # fmt: skip
def test_a_wrong_type_is_refused_with_the_fields_name(client: JustinClient, replay: Replay, field: str, value: object) -> None:
    rows = rows_of("download-campaign-workflows.reco.json")
    rows[7][field] = value
    replay.answer = lambda asked: Replied(body=json.dumps(rows).encode())
    with pytest.raises(errors.JustinGarbage, match=field):
        client.campaign_workflows(402)


def test_fields_that_justin_may_add_are_ignored(client: JustinClient, replay: Replay) -> None:
    rows = [{**row, "priority": 3} for row in rows_of("download-campaign-workflows.reco.json")]
    replay.answer = lambda asked: Replied(body=json.dumps(rows).encode())
    assert len(client.campaign_workflows(402).rows) == 25


def test_a_state_that_justin_may_invent_is_taken_as_it_is(client: JustinClient, replay: Replay) -> None:
    rows = [{**row, "state": "hibernating"} for row in rows_of("download-campaign-workflows.reco.json")]
    replay.answer = lambda asked: Replied(body=json.dumps(rows).encode())
    assert {row.state for row in client.campaign_workflows(402).rows} == {"hibernating"}


def test_nobody_there_is_unreachable(client_of: Callable[..., JustinClient]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/dashboard/"
    client = JustinClient(JustinSettings(url, pause_seconds=0, timeout_seconds=2))
    with pytest.raises(errors.JustinUnreachable, match="refused"):
        client.campaign_workflows(402)


def test_an_answer_that_comes_in_drops_is_slow_and_not_waited_for(
    replay: Replay, client_of: Callable[..., JustinClient]
) -> None:
    replay.answer = lambda asked: Replied(body=b"[" + b" " * 100 + b"]", drip_seconds=0.2)
    with pytest.raises(errors.JustinSlow, match="time was up"):
        client_of(replay, timeout_seconds=0.5).campaign_workflows(402)


@pytest.mark.parametrize(("header", "seconds"), [("120", 120.0), ("Mon, 23 Nov 2026 18:38:00 GMT", 120.0), ("soon", None)])
def test_retry_after_is_passed_on(client: JustinClient, replay: Replay, header: str, seconds: float | None) -> None:
    replay.answer = lambda asked: Replied(503, b"busy", {"Retry-After": header})
    with pytest.raises(errors.JustinServerError) as caught:
        client.campaign_workflows(402)
    assert caught.value.retry_after_seconds == seconds


# --- dropped filters: an answer about something else ---


@pytest.mark.parametrize(
    ("file", "question"),
    [
        ("odd.workflow-id-not-a-number.json", (3206, 1, "FILE_ADDED")),
        ("odd.filter-with-bad-characters.json", (3302, 1, "JOB_FINISHED")),
        ("download-events.twostage-3221.JOB_FINISHED.json", (3221, 1, "JOB_FINISHED")),
        ("download-events.usertests-3302.all.json", (3302, 1, "JOB_STARTED")),
    ],
)
def test_rows_that_do_not_match_a_filter_are_refused(
    client: JustinClient, replay: Replay, file: str, question: tuple[int, int, str]
) -> None:
    replay.answer = lambda asked: Replied(body=body_of({"file": file}))
    with pytest.raises(errors.JustinWrongRows, match="when asked for"):
        client.events(*question)


def test_rows_of_another_site_or_code_are_refused(client: JustinClient, replay: Replay) -> None:
    replay.answer = lambda asked: Replied(body=body_of({"file": "download-events.failing-3206.JOB_SCRIPT_ERROR.json"}))
    with pytest.raises(errors.JustinWrongRows, match="site_name"):
        client.events(3206, 1, "JOB_SCRIPT_ERROR", site_name="CERN")
    with pytest.raises(errors.JustinWrongRows, match="jobscript_exit"):
        client.events(3206, 1, "JOB_SCRIPT_ERROR", jobscript_exit=71)


def test_names_are_equal_whatever_their_case(client: JustinClient, replay: Replay) -> None:
    rows = body_of({"file": "download-events.large-3225.UK_Brunel.JOB_FINISHED.json"})
    replay.answer = lambda asked: Replied(body=rows)
    assert len(client.events(3225, 1, "JOB_FINISHED", site_name="uk_brunel").rows) == 178


def test_a_dropped_state_filter_is_noticed(client: JustinClient, replay: Replay) -> None:
    replay.answer = lambda asked: Replied(body=body_of({"file": "odd.unknown-state.json"}))
    with pytest.raises(errors.JustinWrongRows, match="state"):
        client.file_states(3302, 1, "failed")


def test_every_recorded_json_answer_can_be_read() -> None:
    """None of the recordings of good answers is refused by the parser, whatever its question was."""
    row_types = {
        "download-campaign-workflows": WorkflowRow, "download-events": EventRow,
        "download-file-states": FileStateRow, "download-output-file-stats": OutputRow,
    }  # fmt: skip
    n_read = 0
    for recording in index():
        method = recording["request"].partition("method=")[2].partition("&")[0]
        if method in row_types and recording["rows"] is not None and "format=json" in recording["request"]:
            if recording.get("file_contains"):
                continue
            rows = decode(row_types[method], body_of(recording))
            assert len(rows) == recording["rows_saved"], recording["file"]
            n_read += 1
    assert n_read > 60
