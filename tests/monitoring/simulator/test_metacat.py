"""The catalogue beside the simulated justIN, asked by the portal's own client: MetaCat's manners, and its faults."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from monitoring.metacat import errors
from monitoring.metacat.client import MetacatClient, MetacatSettings
from monitoring.simulator.metacat import count
from monitoring.simulator.server import Simulator
from monitoring.simulator.worlds import GROWN_FILES, SAMPLE, SAMPLE_FILES
from tests.metacat import recorded

RAW = "files from hd-protodune:hd-protodune-raw-2026"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator("demo") as running:
        yield running


@pytest.fixture
def client(simulator: Simulator) -> MetacatClient:
    return MetacatClient(MetacatSettings(simulator.metacat_url, pause_seconds=0, timeout_seconds=2))


def test_the_sample_of_the_demonstration_grew_after_its_last_slice(client: MetacatClient, simulator: Simulator) -> None:
    assert client.count(SAMPLE).n_files == SAMPLE_FILES + GROWN_FILES
    assert client.count(RAW).n_files == SAMPLE_FILES + GROWN_FILES
    world = simulator.world
    assert count(world, RAW, world.start - 3600) == SAMPLE_FILES


def test_conditions_choose_among_the_files(client: MetacatClient) -> None:
    assert client.count(f"{SAMPLE} and core.runs>=28500").n_files == SAMPLE_FILES + GROWN_FILES
    assert client.count(f"{SAMPLE} and core.runs>=29000").n_files == 6_400, "a sample of its own in the demonstration"
    assert client.count(f"{RAW} where core.runs[any] = 28600").n_files == 350
    assert client.count(f"{RAW} where core.runs >= 28600 and core.runs < 28602").n_files == 700


def test_an_unknown_dataset_is_zero_and_said_only_by_its_own_address(client: MetacatClient) -> None:
    with pytest.raises(errors.MetacatUnknownDataset):
        client.count("files from hd-protodune:nosuch")
    assert client.count("files from hd-protodune:hd-protodune-raw-2027").doubt
    assert client.count(f"{RAW} where core.data_teir=raw").doubt
    assert client.dataset("hd-protodune:hd-protodune-raw-2026").n_files == SAMPLE_FILES + GROWN_FILES


def test_what_cannot_be_read_is_refused(client: MetacatClient) -> None:
    for query in ("FILES FROM a:b where dune.workflow=1", "select * from files, namespace", f"{RAW} where core.runs>="):
        with pytest.raises(errors.MetacatRefused, match="MQLSyntaxError"):
            client.count(query)


def test_answers_have_the_form_of_recorded_ones(simulator: Simulator) -> None:
    def ask(address: str, body: str | None = None) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(f"{simulator.metacat_url}{address}", body.encode() if body else None)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    status, headers, body = ask("/data/query?summary=count", RAW)
    kept = recorded("q_count")
    assert (status, headers["Content-Type"]) == (kept.status_code, kept.headers["Content-Type"])
    assert json.loads(body).keys() == json.loads(kept.get_data()).keys()
    assert "Date" not in headers, "MetaCat's server tells no time"
    status, headers, body = ask("/data/dataset?dataset=hd-protodune:hd-protodune-raw-2026&exact_file_count=yes")
    assert json.loads(body).keys() == json.loads(recorded("dataset_exact").get_data()).keys()
    for address, name in (
        ("/data/dataset?dataset=dune:nosuch", "dataset_unknown"),
        ("/data/version", "version"),
        ("/probe", "probe"),
    ):
        kept = recorded(name)
        status, headers, body = ask(address)
        assert (status, headers["Content-Type"], body) == (kept.status_code, kept.headers["Content-Type"], kept.get_data())
    status, headers, body = ask("/data/dataset?dataset=nocolon")
    assert status == recorded("dataset_no_colon").status_code
    assert b"<h3>not enough values to unpack" in body


FAULTS = {
    "down": errors.MetacatUnreachable,
    "slow": errors.MetacatSlow,
    "error500": errors.MetacatServerError,
    "error500_html": errors.MetacatServerError,
    "html200": errors.MetacatErrorPage,
    "cut": errors.MetacatCut,
    "cut_json": errors.MetacatCut,
    "login": errors.MetacatLoginWanted,
    "retry_after": errors.MetacatBusy,
    "garbage": errors.MetacatGarbage,
    "wrong_types": errors.MetacatGarbage,
    "wrong_rows": errors.MetacatWrongAnswer,
}
MEGABYTE = 1_000_000


@pytest.fixture
def small() -> Iterator[Simulator]:
    with Simulator("small") as running:
        yield running


@pytest.fixture
def of_small(small: Simulator) -> MetacatClient:
    return MetacatClient(MetacatSettings(small.metacat_url, pause_seconds=0, timeout_seconds=20))


def test_a_workflow_has_a_dataset_from_its_first_output_on_which_grows(small: Simulator, of_small: MetacatClient) -> None:
    did = "hd-protodune:hd-protodune-np04hd_reco_w3203s1p1"

    def n_listed() -> int | None:
        listed = {f"{one.namespace}:{one.name}": one for one in of_small.datasets(MEGABYTE).datasets}
        return listed[did].n_files_listed if did in listed else None

    assert n_listed() is None, "it begins two hours later"
    with pytest.raises(errors.MetacatUnknownDataset):
        of_small.dataset(did)
    small.advance(5 * 3600)
    first = n_listed()
    assert first == small.truth(3203).outputs > 0
    small.advance(12 * 3600)
    assert n_listed() == small.truth(3203).outputs > first


def test_every_workflow_stage_with_outputs_is_listed_with_its_metadata_and_scratch_is_not(
    small: Simulator, of_small: MetacatClient
) -> None:
    found = {(one.workflow_justin_id, one.stage) for one in of_small.datasets(MEGABYTE).datasets if one.workflow_justin_id}
    assert {(3221, 1), (3221, 2), (3201, 1)} <= found
    assert (3305, 1) not in found
    assert of_small.datasets(MEGABYTE).n_listed == len(of_small.datasets(MEGABYTE).datasets) + 2, "the samples have no metadata"


def test_a_true_count_is_the_counter_without_what_was_retired(simulator: Simulator) -> None:
    client = MetacatClient(MetacatSettings(simulator.metacat_url, pause_seconds=0, timeout_seconds=60))  # all must be played
    listed = client.datasets(MEGABYTE).datasets
    official = {one.name: one for one in listed if one.campaign_tag == "lbl2-reco-2026"}
    assert len(official) == 1
    one = next(iter(official.values()))
    assert (one.is_frozen, one.n_files_listed, one.data_tier) == (True, 100, "full-reconstructed")
    did = f"{one.namespace}:{one.name}"
    assert client.count(f"files from {did}").n_files == client.dataset(did).n_files == 99
    simulator.advance(4 * 3600)
    later = [one for one in client.datasets(MEGABYTE).datasets if one.campaign_tag == "lbl2-reco-2026"]
    assert len(later) == 2, "one is made while the demonstration runs"


def test_the_list_has_the_form_of_the_recorded_one(small: Simulator) -> None:
    with urllib.request.urlopen(f"{small.metacat_url}/data/datasets") as response:
        assert response.headers["Content-Type"] == "application/json"
        records = json.loads(response.read())
    recorded_keys = json.loads(recorded("datasets").get_data())[0].keys()
    assert all(record.keys() == recorded_keys for record in records)


@pytest.mark.parametrize("fault", sorted({*FAULTS} - {"slow"}))
def test_faults_spoil_the_list_too(small: Simulator, of_small: MetacatClient, fault: str) -> None:
    n = len(of_small.datasets(MEGABYTE).datasets)
    small.fault(fault, times=1, match="data/datasets")
    with pytest.raises((errors.MetacatUnreachable, errors.MetacatCut) if fault == "down" else FAULTS[fault]):
        of_small.datasets(MEGABYTE)
    assert len(of_small.datasets(MEGABYTE).datasets) == n
    small.fault("fewer_rows", times=1)
    assert 0 < of_small.datasets(MEGABYTE).n_listed < n + 2
    small.fault("empty", times=1)
    assert of_small.datasets(MEGABYTE).datasets == []


@pytest.mark.parametrize("fault", FAULTS)
def test_the_faults_of_justin_are_switched_on_for_the_catalogue_too(
    client: MetacatClient, simulator: Simulator, fault: str
) -> None:
    simulator.fault(fault, times=1, match="dune_meta_prod", seconds=5.0 if fault == "slow" else None)
    with pytest.raises((errors.MetacatUnreachable, errors.MetacatCut) if fault == "down" else FAULTS[fault]):
        client.count(RAW)
    assert client.count(RAW).n_files == SAMPLE_FILES + GROWN_FILES


def test_faults_of_rows_make_the_number_another_one(client: MetacatClient, simulator: Simulator) -> None:
    simulator.fault("fewer_rows", times=1)
    assert 0 < client.count(RAW).n_files < SAMPLE_FILES
    simulator.fault("empty", times=1)
    assert client.count(RAW).n_files == 0
