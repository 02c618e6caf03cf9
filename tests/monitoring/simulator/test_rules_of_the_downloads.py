"""Filters, order, cap and the other rules of the justIN contract, sections 2 to 6."""

import pytest

from monitoring.simulator.server import Simulator

from .conftest import Asker


def _ids(rows):
    return [row["event_id"] for row in rows]


def test_events_come_by_ascending_id_and_campaigns_newest_workflow_first(ask: Asker):
    ids = _ids(ask.events(9001))
    assert ids == sorted(set(ids))
    workflows = [row["workflow_id"] for row in ask.rows("campaign-workflows", campaign_id=403)]
    assert workflows == sorted(workflows, reverse=True)
    assert len(workflows) > 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stage_id", "1"), ("event_type_name", "JOB_SCRIPT_ERROR"), ("site_name", "US_Wisconsin"),
        ("entry_name", "DUNE_US_Wisconsin_ce01"), ("rse_name", "DUNE_US_FNAL_DISK_STAGE"), ("jobscript_exit", "71"),
    ],
)  # fmt: skip
def test_a_filter_gives_the_rows_that_match_it_and_no_others(ask: Asker, name, value):
    everything = ask.events(3223)
    wanted = [row for row in everything if str(row[name]) == value]
    assert 0 < len(wanted) < len(everything)
    assert ask.events(3223, **{name: value}) == wanted


def test_filters_are_all_applied_together(ask: Asker):
    rows = ask.events(3223, event_type_name="JOB_SCRIPT_ERROR", site_name="US_Wisconsin", jobscript_exit=71)
    assert rows
    assert {(r["event_type_name"], r["site_name"], r["jobscript_exit"]) for r in rows} == {
        ("JOB_SCRIPT_ERROR", "US_Wisconsin", 71)
    }


def test_a_job_and_a_file_can_be_asked_for(ask: Asker):
    one = ask.events(9001, event_type_name="FILE_ALLOCATED")[0]
    job = ask.rows("events", jobsub_id=one["jobsub_id"])
    assert {row["jobsub_id"] for row in job} == {one["jobsub_id"]}
    assert job[0]["event_type_name"] == "JOB_SUBMITTED"
    file = ask.events(9001, file_did=one["file_did"])
    assert {row["file_did"] for row in file} == {one["file_did"]}


def test_negative_codes_and_zero_are_filters_too(ask: Asker):
    assert {row["jobscript_exit"] for row in ask.events(9001, jobscript_exit=-9)} == {-9}
    assert {row["jobscript_exit"] for row in ask.events(9001, jobscript_exit=0)} == {0}


def test_names_are_compared_without_regard_to_case(ask: Asker):
    assert ask.events(3302, event_type_name="job_finished") == ask.events(3302, event_type_name="JOB_FINISHED") != []


@pytest.mark.parametrize(
    "dropped",
    [
        {"stage_id": "one"}, {"stage_id": "1.0"}, {"stage_id": ""}, {"site_name": ""}, {"jobscript_exit": "none"},
        {"event_type_name": "JOB_FINISHED,JOB_STARTED"}, {"site_name": "CERN;"}, {"site_name": "CERN OR 1"},
        {"file_did": "https://fndcadoor.fnal.gov:2880/x.root"}, {"since": "2026-11-23"}, {"page_number": "3"},
        {"limit": "2"}, {"Site_Name": "CERN"},
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_dropped_without_a_word(ask: Asker, dropped):
    assert ask.events(3302, **dropped) == ask.events(3302)


@pytest.mark.parametrize("workflow_id", ["abc", "3302.0", ""])
def test_without_a_readable_workflow_the_answer_is_about_the_whole_service(running, workflow_id):
    ask = running("small", row_cap=5000)
    rows = ask.events(workflow_id)
    assert len(rows) == 5000
    assert _ids(rows) == sorted(set(_ids(rows)))
    assert len({row["workflow_id"] for row in rows}) > 3


def test_the_first_of_a_repeated_parameter_counts(ask: Asker):
    rows = ask.get("/dashboard/?method=download-events&workflow_id=3302&workflow_id=9001&format=json").json()
    assert rows == ask.events(3302)


def test_an_answer_is_cut_at_the_cap_with_the_oldest_rows_and_says_nothing(running, ask: Asker):
    capped = running("small", row_cap=30)
    assert capped.events(9001) == ask.events(9001)[:30]
    states = ask.rows("file-states", workflow_id=3202, stage_id=1)
    assert capped.rows("file-states", workflow_id=3202, stage_id=1) == states[:30]
    response = capped.response("events", workflow_id=9001)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain")


@pytest.mark.parametrize(
    ("download", "params"),
    [
        ("campaign-workflows", {"campaign_id": 99999}), ("events", {"workflow_id": 424242}),
        ("events", {"workflow_id": 3224}), ("file-states", {"workflow_id": 424242, "stage_id": 1}),
        ("file-states", {"workflow_id": 3202, "stage_id": 2}), ("output-file-stats", {"workflow_id": 3202, "stage_id": 9}),
        ("input-file-stats", {"workflow_id": 3202, "stage_id": 0}),
    ],
)  # fmt: skip
def test_what_is_unknown_or_has_nothing_is_an_empty_list(ask: Asker, download, params):
    answer = ask.response(download, **params)
    assert (answer.status_code, answer.text) == (200, "[]")
    assert len(ask.response(download, format="csv", **params).text.splitlines()) == 1


def test_stages_are_found_by_asking_until_the_list_is_empty(ask: Asker):
    n_files = [len(ask.rows("file-states", workflow_id=3221, stage_id=stage)) for stage in (1, 2, 3)]
    assert n_files[0] == 140
    assert 0 < n_files[1] < 140
    assert n_files[2] == 0


@pytest.mark.parametrize("state", ["processed", "unallocated", "allocated"])
def test_file_states_can_be_asked_for_one_state(ask: Asker, state):
    everything = ask.rows("file-states", workflow_id=3202, stage_id=1)
    wanted = [row for row in everything if row["state"] == state]
    assert wanted
    assert ask.rows("file-states", workflow_id=3202, stage_id=1, state=state) == wanted


def test_a_state_that_does_not_exist_is_ignored(ask: Asker):
    everything = ask.rows("file-states", workflow_id=3202, stage_id=1)
    assert ask.rows("file-states", workflow_id=3202, stage_id=1, state="bogus") == everything


def test_stage_zero_lists_the_outputs_but_not_those_for_the_next_stage(ask: Asker):
    outputs = ask.rows("file-states", workflow_id=3302, stage_id=0)
    assert {row["state"] for row in outputs} == {"output"}
    assert len(outputs) == 10
    assert all(row["jobsub_id"] is row["rse_name"] is row["last_allocation_time"] is None for row in outputs)
    between = {row["file_did"] for row in ask.rows("file-states", workflow_id=3221, stage_id=2)}
    last = {row["file_did"] for row in ask.rows("file-states", workflow_id=3221, stage_id=0)}
    assert between
    assert last
    assert not between & last
    made = {row["file_did"] for row in ask.rows("output-file-stats", workflow_id=3221, stage_id=1)}
    assert between <= made


def test_times_that_never_came_are_1970(ask: Asker):
    rows = {
        row["workflow_id"]: row for campaign in (402, 403, 439) for row in ask.rows("campaign-workflows", campaign_id=campaign)
    }
    never = "1970-01-01 00:00:00"
    assert (rows[3309]["state"], rows[3309]["mql"], rows[3309]["start_time"]) == ("draft", "", never)
    assert (rows[3224]["state"], rows[3224]["start_time"], rows[3224]["files_total"]) == ("submitted", never, 0)
    assert (rows[3202]["state"], rows[3202]["finish_time"]) == ("running", never)
    assert rows[3201]["state"] == "finished"
    assert rows[3201]["finish_time"] > rows[3201]["start_time"] > never
    # Ended with the web button, and failed for too many files: finished, and no time of it.
    assert (rows[3227]["state"], rows[3227]["finish_time"]) == ("finished", never)
    assert (rows[3226]["state"], rows[3226]["finish_time"], rows[3226]["files_total"]) == ("finished", never, 0)
    assert [row["event_type_name"] for row in ask.events(3226)] == ["WORKFLOW_FAILED_TOO_MANY_FILES"]


def test_turned_away_jobs_are_under_workflow_zero_and_not_under_their_own(ask: Asker):
    rows = ask.events(0)
    assert {row["event_type_name"] for row in rows} >= {"JOB_NOTUSED", "JOB_ABORTED"}
    assert {(r["workflow_id"], r["stage_id"], r["site_name"]) for r in rows} == {(0, 0, None)}
    assert not ask.events(9001, event_type_name="JOB_NOTUSED")
    assert ask.events(0, event_type_name="JOB_NOTUSED", jobsub_id=rows[0]["jobsub_id"]) == rows[:1]


def test_scratch_outputs_have_an_address_and_neither_rse_nor_distance(ask: Asker):
    rows = ask.rows("output-file-stats", workflow_id=3305, stage_id=1)
    assert len(rows) == 10
    assert all(row["file_did"].startswith("https://") for row in rows)
    assert {(row["rse_name"], row["distance"]) for row in rows} == {(None, None)}
    assert {row["rse_name"] for row in ask.events(3305, event_type_name="FILE_CREATED")} == {None}


def test_input_statistics_hold_processed_files_only(ask: Asker):
    states = ask.rows("file-states", workflow_id=3202, stage_id=1, state="processed")
    stats = ask.rows("input-file-stats", workflow_id=3202, stage_id=1)
    assert [row["file_did"] for row in stats] == [row["file_did"] for row in states] != []
    assert all(0 <= row["distance"] <= 100 and row["seconds"] > 0 and row["size_bytes"] > 0 for row in stats)


def test_head_runs_the_query_and_sends_no_body(ask: Asker):
    address = "/dashboard/?method=download-events&workflow_id=3302&format=json"
    head = ask.get(address, method="HEAD")
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(ask.get(address).content))


def test_conditional_and_range_headers_are_ignored(ask: Asker):
    address = "/dashboard/?method=download-events&workflow_id=3302&format=json"
    headers = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT", "Range": "bytes=0-9", "Accept-Encoding": "gzip"}
    assert ask.get(address, headers=headers).content == ask.get(address).content


def test_half_a_session_cookie_is_an_error_500(ask: Asker):
    answer = ask.get("/dashboard/?method=download-events&workflow_id=3302&format=json",
                     headers={"Cookie": "justin_session=x"})  # fmt: skip
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=iso-8859-1")


def test_upper_case_in_the_method_is_not_understood(ask: Asker):
    assert ask.get("/dashboard/?method=Download-Events&workflow_id=3302&format=json").status_code == 302


def test_a_link_for_people_ends_at_a_page_that_says_it_is_simulated(ask: Asker):
    first = ask.get("/dashboard/?method=show-job&jobsub_id=1.0@dunegpschedd01.fnal.gov")
    assert first.status_code == 302
    page = ask.get(first.headers["Location"])
    assert page.status_code == 200
    assert "simulated justIN: login page" in page.text
    assert ask.get("/wrapperlogs/1.0.dunegpschedd01").status_code == 302


def test_what_a_client_writes_in_its_query_stays_text_on_error_pages(ask: Asker):
    page = ask.get("/dashboard/?method=download-events&workflow_id=<script>alert(1)</script>").text
    assert "<h1>Error</h1>" in page
    assert "<script>" not in page


def test_the_date_of_an_answer_is_the_simulated_time(running):
    ask = running("small")
    address = "/dashboard/?method=download-events&workflow_id=3302&format=json"
    assert ask.get(address).headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    ask.simulator.advance(90)
    assert ask.get(address).headers["Date"] == "Mon, 23 Nov 2026 12:01:30 GMT"


def test_requests_are_kept_for_those_who_ask_afterwards(running):
    ask: Asker = running("small")
    simulator: Simulator = ask.simulator
    ask.get("/dashboard/?method=download-events&workflow_id=3302&format=json", headers={"User-Agent": "tester"})
    kept = simulator.requests[-1]
    assert (kept.method, kept.path, kept.params["workflow_id"]) == ("GET", "/dashboard/", "3302")
    assert kept.headers["user-agent"] == "tester"
    assert simulator.status()["requests"] == {"download-events": 1}
