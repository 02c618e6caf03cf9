"""The list of datasets: what is kept of a recorded one, and each way in which it is no list."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug import Response

from monitoring.metacat import errors
from monitoring.metacat.client import MetacatClient
from monitoring.metacat.datasets import ListedDataset
from tests.metacat import Metacat, recorded

MEGABYTE = 1_000_000


def listed(client: MetacatClient) -> dict[str, ListedDataset]:
    return {f"{one.namespace}:{one.name}": one for one in client.datasets(MEGABYTE).datasets}


def say_with(metacat: Metacat, **fields: Any) -> None:
    """The recorded list, its official dataset with other fields."""
    rows = json.loads(recorded("datasets").get_data())
    row = next(row for row in rows if row["frozen"])
    row.update(fields)
    metacat.say(Response(json.dumps(rows), content_type="application/json"))


def test_of_sixteen_recorded_the_ten_of_workflows_or_a_campaign_are_kept(client: MetacatClient, metacat: Metacat) -> None:
    answer = client.datasets(MEGABYTE)
    assert (answer.n_listed, len(answer.datasets)) == (16, 10)
    assert metacat.asked == [("GET", "/data/datasets", "")], "exact counts would cost MetaCat a count for each"
    found = listed(client)
    assert "dune:all" not in found
    assert "usertests:ritm-test_w2750s1p1" not in found, "its name alone is no metadata"


def test_what_is_read_of_an_official_dataset_and_of_a_workflows(client: MetacatClient) -> None:
    found = listed(client)
    official = next(one for one in found.values() if one.is_frozen)
    assert (official.campaign_tag, official.data_tier, official.n_files_listed) == ("fd_mc_2026a", "full-reconstructed", 485)
    assert (official.workflow_justin_id, official.stage, official.creator) == (None, None, "dunepro")
    assert official.created_at == datetime(2026, 11, 23, 18, 26, 20, 410344, UTC)
    assert official.metadata["datasetpar.deftag"] == "'v1-official'"
    assert official.description.startswith("files where core.run_type='fardet-hd'")
    outputs = found["fardet-hd:fd_mc_2026a_full-reconstructed_w2655s2p1"]
    assert (outputs.workflow_justin_id, outputs.stage, outputs.campaign_tag, outputs.is_frozen) == (2655, 2, "", False)


@pytest.mark.parametrize(
    ("metadata", "workflow"),
    [
        ({"dune.workflow": {"workflow_id": 7, "stage_id": 2}}, (7, 2)),
        ({"dune.workflow.workflow_id": 7, "dune.workflow.stage_id": "2"}, (7, 2)),
        ({"dune.workflow": {"workflow_id": "7"}}, (7, None)),
        ({"dune.workflow": {"stage_id": 2}}, (None, None)),
        ({"dune.workflow": 7}, (None, None)),
        ({"dune.workflow": {"workflow_id": True}}, (None, None)),
        ({"dune.workflow": {"workflow_id": 2**40}}, (None, None)),
        ({"dune.workflow": {"workflow_id": "seven"}}, (None, None)),
        ({"dune.workflow": None}, (None, None)),
    ],
)
def test_the_workflow_is_read_as_a_map_or_as_keys_of_their_own(
    client: MetacatClient, metacat: Metacat, metadata: dict[str, Any], workflow: tuple[int | None, int | None]
) -> None:
    say_with(metacat, metadata={**metadata, "dune.campaign": "x"})
    found = next(one for one in listed(client).values() if one.campaign_tag == "x")
    assert (found.workflow_justin_id, found.stage) == workflow


def test_what_may_be_missing_or_null_is_not_known(client: MetacatClient, metacat: Metacat) -> None:
    say_with(metacat, creator=None, description=None, created_timestamp=None, file_count=None, frozen=None, more={"x": 1})
    found = next(one for one in listed(client).values() if one.campaign_tag)
    assert (found.creator, found.description, found.created_at, found.n_files_listed) == ("", "", None, None)
    assert not found.is_frozen
    say_with(metacat, metadata=None)
    assert len(listed(client)) == 9, "without metadata it is of no campaign"


def test_a_campaign_that_is_no_text_is_none(client: MetacatClient, metacat: Metacat) -> None:
    say_with(metacat, metadata={"dune.campaign": ["a", "b"]})
    assert len(listed(client)) == 9


WRONG: dict[str, dict[str, Any]] = {
    "name a number": {"name": 7},
    "no name": {"name": ""},
    "count a text": {"file_count": "485"},
    "count below zero": {"file_count": -1},
    "frozen a text": {"frozen": "yes"},
    "time a text": {"created_timestamp": "2026-11-23"},
    "time beyond all": {"created_timestamp": 1e300},
    "metadata a list": {"metadata": ["dune.campaign"]},
    "metadata a text": {"metadata": "dune.campaign"},
    "creator a number": {"creator": 7},
    "name without end": {"name": "x" * 256},
    "null character": {"description": "a\0b"},
    "null character in metadata": {"metadata": {"dune.campaign": "x", "a": "\0"}},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_type_in_one_record_refuses_the_list(client: MetacatClient, metacat: Metacat, what: str) -> None:
    say_with(metacat, **WRONG[what])
    with pytest.raises(errors.MetacatGarbage, match="list of datasets: "):
        client.datasets(MEGABYTE)


def test_a_missing_name_is_told_with_the_place_of_the_record(client: MetacatClient, metacat: Metacat) -> None:
    metacat.say(Response('[{"namespace": "a", "frozen": true, "metadata": {}}]'))
    with pytest.raises(errors.MetacatGarbage, match=r"missing required field `name` - at `\$\[0\]`"):
        client.datasets(MEGABYTE)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_list_that_ends_in_the_middle_is_cut(client: MetacatClient, metacat: Metacat, share: float) -> None:
    body = recorded("datasets").get_data()
    metacat.say(Response(body[: int(len(body) * share)]))
    with pytest.raises(errors.MetacatCut, match="ends in the middle"):
        client.datasets(MEGABYTE)


def test_a_list_beyond_the_cap_is_refused_with_the_cap(client: MetacatClient) -> None:
    with pytest.raises(errors.MetacatGarbage, match="list of datasets: more than 5,000 bytes"):
        client.datasets(5_000)


def test_the_list_may_be_longer_than_other_answers(client: MetacatClient, metacat: Metacat) -> None:
    say_with(metacat, description="x" * 2_000_000)
    with pytest.raises(errors.MetacatGarbage, match="more than 1,000,000 bytes"):
        client.datasets(MEGABYTE)
    assert len(client.datasets(3 * MEGABYTE).datasets) == 10


FAILURES: dict[str, tuple[Response | str, type[errors.MetacatError]]] = {
    "busy": ("busy_503", errors.MetacatBusy),
    "log-in": (Response("Token not found", 401), errors.MetacatLoginWanted),
    "records": ("q_list", errors.MetacatWrongAnswer),
    "an object": ("q_count", errors.MetacatWrongAnswer),
    "a page": (Response("<html>Maintenance</html>"), errors.MetacatErrorPage),
    "no JSON": ("probe", errors.MetacatGarbage),
    "no such address": ("unknown_path", errors.MetacatErrorPage),
    "its own fault": ("q_runtime_500", errors.MetacatServerError),
    "nothing": (Response(b""), errors.MetacatGarbage),
    "nested": (
        Response('[{"namespace":"a","name":"b","frozen":true,"metadata":{"dune.campaign":' + "[" * 9**5 + "]" * 9**5 + "}}]"),
        errors.MetacatGarbage,
    ),
    "bytes": (Response(b"[\x00\xff\xfe]"), errors.MetacatGarbage),
    "NaN": (Response('[{"namespace":"a","name":"b","frozen":true,"metadata":{"dune.campaign":NaN}}]'), errors.MetacatGarbage),
}


@pytest.mark.parametrize("what", FAILURES)
def test_each_way_of_failing_has_its_own_error(client: MetacatClient, metacat: Metacat, what: str) -> None:
    answer, kind = FAILURES[what]
    metacat.say(answer)
    with pytest.raises(kind) as raised:
        client.datasets(MEGABYTE)
    assert type(raised.value) is kind


def test_an_empty_list_is_a_list(client: MetacatClient, metacat: Metacat) -> None:
    metacat.say(Response("[]"))
    assert client.datasets(MEGABYTE).datasets == []
