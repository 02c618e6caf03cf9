"""Bodies and headers against what was recorded from the real justIN."""

import json
import re
from pathlib import Path

import pytest

from monitoring.simulator.answers import Rows, csv_text, json_text

from .conftest import Asker

RECORDINGS = Path(__file__).parents[2] / "recordings" / "justin"
INDEX = {entry["file"]: entry for entry in json.loads((RECORDINGS / "index.json").read_text())["recordings"]}
WHOLE_JSON = sorted(
    name
    for name, entry in INDEX.items()
    if name.endswith(".json") and entry["status"] == 200 and entry["rows"] == entry["rows_saved"] is not None
)
DOWNLOADS = {
    "campaign-workflows": {"campaign_id": 402},
    "events": {"workflow_id": 3302},
    "file-states": {"workflow_id": 3302, "stage_id": 1},
    "input-file-stats": {"workflow_id": 3302, "stage_id": 1},
    "output-file-stats": {"workflow_id": 3302, "stage_id": 1},
}
RECORDED = {
    "campaign-workflows": "download-campaign-workflows.reco",
    "events": "download-events.usertests-3302.all",
    "file-states": "download-file-states.usertests-3302",
    "input-file-stats": "download-input-file-stats.usertests-3302",
    "output-file-stats": "download-output-file-stats.usertests-3302",
}


@pytest.mark.parametrize("name", WHOLE_JSON)
def test_json_is_written_byte_for_byte_as_justin_writes_it(name):
    body = (RECORDINGS / name).read_text()
    assert json_text(json.loads(body)) == body


@pytest.mark.parametrize(
    "name",
    [
        "download-campaign-workflows.mc-318", "download-campaign-workflows.reco", "download-events.usertests-3302.all",
        "download-input-file-stats.usertests-3302", "odd.unknown-workflow",
    ],
)  # fmt: skip
def test_csv_is_written_byte_for_byte_as_justin_writes_it(name):
    body = (RECORDINGS / f"{name}.csv").read_text()
    rows = json.loads((RECORDINGS / f"{name}.json").read_text())
    columns = tuple(body.splitlines()[0].split(","))
    assert csv_text(Rows(rows, columns)) == body


@pytest.mark.parametrize("download", DOWNLOADS)
def test_keys_their_order_and_types_are_those_of_the_recordings(ask: Asker, download):
    name = RECORDED[download] if download != "file-states" else "download-file-states.allfail-3303"
    recorded = json.loads((RECORDINGS / f"{name}.json").read_text())
    got = ask.rows(download, **DOWNLOADS[download])
    assert [list(row) for row in got] == [list(recorded[0])] * len(got)
    assert got
    for key in recorded[0]:
        types = {type(row[key]) for row in recorded}
        assert {type(row[key]) for row in got} <= types | {type(None)}, key


@pytest.mark.parametrize("download", ["campaign-workflows", "events", "file-states", "input-file-stats"])
def test_csv_columns_are_those_of_the_recordings(ask: Asker, download):
    header = (RECORDINGS / f"{RECORDED[download]}.csv").read_text().splitlines()[0]
    answer = ask.response(download, format="csv", **DOWNLOADS[download])
    assert answer.text.splitlines()[0] == header
    assert len(answer.text.splitlines()) > 1


def test_csv_has_strings_in_quotes_numbers_bare_and_null_empty(ask: Asker):
    line = ask.response("events", format="csv", workflow_id=3302, event_type_name="FILE_ALLOCATED").text.splitlines()[1]
    time = r'"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"'
    assert re.fullmatch(rf'\d+,{time},"FILE_ALLOCATED",3302,1,"[^"]+","[^"]+","[^"]+","[^"]+","[^"]+",0', line)
    assert ",,,,,0" in ask.response("events", format="csv", workflow_id=3302, event_type_name="JOB_SUBMITTED").text


@pytest.mark.parametrize(
    "recording",
    [
        "download-events.usertests-3302.all.json", "download-campaign-workflows.mc-318.csv",
        "download-campaign-workflows.empty-441.json", "conditional-request.txt", "error-missing-format.html",
        "error-bad-format.html", "error-missing-stage.as-text-plain.html", "error-missing-campaign.as-text-plain.html",
        "error-bad-state-characters.as-text-plain.html", "error-unknown-download.as-text-plain.html",
        "redirect-login.txt", "redirect-unknown-method.txt", "login-page.txt", "error-404-no-slash.txt",
        "head-request.txt", "post-forbidden.txt", "info-sites.csv", "info-scopes.csv", "info-query-string-405.txt",
    ],
)  # fmt: skip
def test_status_and_headers_are_those_of_the_recordings(ask: Asker, recording):
    entry = INDEX[recording]
    got = ask.get(entry["request"], method=entry["method"])
    assert (got.status_code, got.reason) == (entry["status"], entry["reason"])
    recorded = dict(map(tuple, entry["headers"]))
    assert set(got.headers) == set(recorded)
    for name in ("Content-Type", "Content-Disposition", "Location", "Server"):
        assert got.headers.get(name) == recorded.get(name)


@pytest.mark.parametrize("name", ["sites.csv", "storages.csv"])
def test_sites_and_storages_are_those_of_the_recordings(ask: Asker, name):
    assert ask.get(f"/api/info/{name}").text == (RECORDINGS / f"info-{name}").read_text()


def test_distances_are_given_for_every_site_and_storage(ask: Asker):
    recorded = [line.split(",") for line in (RECORDINGS / "info-sites_storages.csv").read_text().splitlines()]
    got = [line.split(",") for line in ask.get("/api/info/sites_storages.csv").text.splitlines()]
    assert len(got) == INDEX["info-sites_storages.csv"]["rows"]
    kept = got[: len(recorded)]
    assert [row[:2] + row[3:] for row in kept] == [row[:2] + row[3:] for row in recorded]
    assert {row[2] for row in got} == {"0.00", "0.20", "0.30", "1.00"}


def test_an_error_page_says_what_is_wrong_in_the_words_of_the_recording(ask: Asker):
    for recording in (
        "error-missing-format.html", "error-bad-format.html", "error-missing-stage.as-text-plain.html",
        "error-bad-state-characters.as-text-plain.html", "error-unknown-download.as-text-plain.html",
    ):  # fmt: skip
        sentence = re.search(r"<h1>Error</h1>\s*<p>(.*?)</p>", (RECORDINGS / recording).read_text(), re.S)
        assert sentence
        assert f"<h1>Error</h1>\n<p>{sentence[1]}</p>" in ask.get(INDEX[recording]["request"]).text


def test_csv_with_letters_outside_ascii_is_cut_by_a_byte_for_each_byte_too_many(ask: Asker):
    whole = ask.rows("campaign-workflows", campaign_id=433)
    answer = ask.response("campaign-workflows", format="csv", campaign_id=433)
    columns = tuple(answer.text.splitlines()[0].split(","))
    text = csv_text(Rows(whole, columns))
    extra = len(text.encode()) - len(text)
    assert extra == 3
    assert answer.content == text.encode()[:-extra]
    assert "\n" in whole[0]["mql"]
    assert ask.response("campaign-workflows", campaign_id=433).content.isascii()


def test_commands_want_a_post_and_then_a_session(ask: Asker):
    assert (ask.get("/api/commands").status_code, ask.get("/api/commands").text) == (405, "We only support POST")
    answer = ask.get("/api/commands/time", method="POST", json={})
    assert (answer.status_code, answer.reason) == (401, "Authorization Required")
    assert set(answer.json()) == {"session", "secret", "message"}
