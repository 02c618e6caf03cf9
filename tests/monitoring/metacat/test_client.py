"""The client against recorded answers of a MetaCat 4.1.4: what is taken, what is refused and under which name."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from werkzeug import Response

from monitoring.metacat import errors
from monitoring.metacat.client import MetacatClient, MetacatSettings
from tests.metacat import Metacat, query_of

W2542 = query_of("q_count")


def test_a_count_is_one_post_of_the_query_as_plain_text(client: MetacatClient, metacat: Metacat) -> None:
    counted = client.count(W2542)
    assert (counted.n_files, counted.n_bytes, counted.doubt) == (1762, 731_761_213_210, "")
    assert metacat.asked == [("POST", "/data/query?summary=count", W2542)]
    assert metacat.headers[0]["Content-Type"] == "text/plain; charset=utf-8", "as a form, “&query=” in it would be misread"


def test_no_token_and_no_cookie_is_sent_and_the_portal_names_itself(client: MetacatClient, metacat: Metacat) -> None:
    metacat.say(Response('{"count": 1, "total_size": 2}', 200, {"Set-Cookie": "auth_token=x; Path=/"}))
    client.count(W2542)
    client.count(W2542)
    sent = metacat.headers[1]
    assert "production@example.org" in sent["User-Agent"]
    assert not {"Cookie", "Authorization", "X-Authentication-Token"} & set(sent)


def test_what_looks_like_a_parameter_stays_in_the_query(client: MetacatClient, metacat: Metacat) -> None:
    """The official client pastes the query into the address, where this would make a dataset."""
    query = f"{W2542}&save_as=dune:mine"
    with pytest.raises(errors.MetacatServerError, match="not recorded"):
        client.count(query)
    assert metacat.asked == [("POST", "/data/query?summary=count", query)]


def test_the_path_of_the_address_stays_with_or_without_a_final_slash(metacat: Metacat) -> None:
    for url in (metacat.url, f"{metacat.url}/"):
        assert MetacatClient(MetacatSettings(url, pause_seconds=0)).count(W2542).n_files == 1762


def test_zero_of_an_unknown_dataset_is_no_number(client: MetacatClient, metacat: Metacat) -> None:
    with pytest.raises(errors.MetacatUnknownDataset, match="dune:nosuch: MetaCat knows no such dataset"):
        client.count(query_of("q_unknown_dataset"))
    assert [path for _method, path, _body in metacat.asked] == [
        "/data/query?summary=count", "/data/dataset?dataset=dune:nosuch&exact_file_count=yes",
    ]  # fmt: skip


def test_zero_of_a_known_dataset_is_taken_with_a_doubt(client: MetacatClient, metacat: Metacat) -> None:
    query = "files from hd-protodune:hd-protodune_det_raw where core.run_tpye=x"
    metacat.counts[query] = 0
    counted = client.count(query)
    assert counted.n_files == 0
    assert "may be misspelt" in counted.doubt


def test_zero_of_a_workflow_may_be_a_wrong_number_and_says_so(client: MetacatClient) -> None:
    assert "misspelt" in client.count(query_of("q_no_match_count")).doubt


def test_a_dataset_is_counted_and_not_read_from_its_cached_counter(client: MetacatClient, metacat: Metacat) -> None:
    dataset = client.dataset("hd-protodune:hd-protodune_det_raw")
    assert (dataset.n_files, dataset.is_frozen) == (598, False), "600 are cached; two of them are retired"
    assert "exact_file_count=yes" in metacat.asked[0][1]


@pytest.mark.parametrize("did", ["nocolon", "a:b c", "a:b&exact_file_count=no", "", "a:"])
def test_what_cannot_be_a_dataset_is_not_asked_for(client: MetacatClient, metacat: Metacat, did: str) -> None:
    with pytest.raises(ValueError, match="no dataset"):
        client.dataset(did)
    assert metacat.asked == []


def test_another_dataset_than_asked_for_is_refused(client: MetacatClient, metacat: Metacat) -> None:
    metacat.say("dataset_exact")
    with pytest.raises(errors.MetacatWrongAnswer, match="another one"):
        client.dataset("dune:all")


def test_a_query_that_would_be_counted_wrongly_is_not_sent(client: MetacatClient, metacat: Metacat) -> None:
    with pytest.raises(errors.MetacatTrap):
        client.count(query_of("q_range_trap"))
    assert metacat.asked == []


# --- each way of failing, as recorded ---

FAILURES = {
    "q_syntax": (errors.MetacatRefused, "MQLSyntaxError: Unexpected end-of-input."),
    "q_syntax_word": (errors.MetacatRefused, "MQLSyntaxError"),
    "q_upper": (errors.MetacatRefused, "FILES WHERE"),
    "q_bad_attribute": (errors.MetacatRefused, "ValueError: Unrecognized attribute name fid"),
    "q_hash_in_string": (errors.MetacatRefused, "at line 1 col 27"),
    "file_bad_name": (errors.MetacatRefused, ""),
    "q_runtime_500": (errors.MetacatServerError, "cannot get array length of a scalar"),
    "q_like_500": (errors.MetacatServerError, "syntax error at or near"),
    "q_db_timeout": (errors.MetacatServerError, "canceling statement due to statement timeout"),
    "dataset_no_colon": (errors.MetacatServerError, "not enough values to unpack"),
    "busy_503": (errors.MetacatBusy, "try later"),
    "unknown_path": (errors.MetacatErrorPage, "METACAT_URL may be wrong"),
    "q_datasets_summary_ignored": (errors.MetacatWrongAnswer, "records came"),
    "q_list": (errors.MetacatWrongAnswer, "records came"),
    "q_empty_body": (errors.MetacatWrongAnswer, "a list came"),
    "q_keys": (errors.MetacatWrongAnswer, "a list came"),
    "version": (errors.MetacatGarbage, ""),
    "probe": (errors.MetacatGarbage, "no JSON"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_recorded_failure_has_its_own_error(client: MetacatClient, metacat: Metacat, name: str) -> None:
    kind, words = FAILURES[name]
    metacat.say(name)
    with pytest.raises(kind) as raised:
        client.count(W2542)
    assert type(raised.value) is kind
    assert words in str(raised.value)
    assert "<" not in str(raised.value), "errors are labelled as HTML and echo the query"
    assert len(str(raised.value)) < 600


OTHERS: dict[str, tuple[Response, type[errors.MetacatError]]] = {
    "502": (Response("bad gateway", 502), errors.MetacatBusy),
    "521": (Response("", 521), errors.MetacatBusy),
    "429": (Response("", 429), errors.MetacatBusy),
    "401": (Response("Token not found", 401), errors.MetacatLoginWanted),
    "log-in": (Response("", 302, {"Location": "https://sso.example.org/login"}), errors.MetacatLoginWanted),
    "elsewhere": (Response("", 302, {"Location": "/"}), errors.MetacatErrorPage),
    "page": (Response("<html><h1>Maintenance</h1></html>"), errors.MetacatErrorPage),
    "418": (Response("", 418), errors.MetacatErrorPage),
    "cut JSON": (Response('{"count": 17'), errors.MetacatCut),
    "bytes": (Response(b"\x00\xff\xfe"), errors.MetacatGarbage),
    "empty": (Response(b""), errors.MetacatGarbage),
    "nested": (Response('{"count":' + "[" * 100_000), errors.MetacatGarbage),
    "text for a number": (Response('{"count": "17", "total_size": 1}'), errors.MetacatGarbage),
    "negative": (Response('{"count": -1, "total_size": 1}'), errors.MetacatGarbage),
    "true": (Response('{"count": true, "total_size": 1}'), errors.MetacatGarbage),
    "endless": (Response('{"count": 1' + "0" * 30 + ', "total_size": 1}'), errors.MetacatGarbage),
    "no size": (Response('{"count": 17}'), errors.MetacatGarbage),
    "large": (Response(b"[" + b" " * 1_100_000 + b"]"), errors.MetacatGarbage),
}


@pytest.mark.parametrize("name", OTHERS)
def test_whatever_else_comes_has_its_own_error(client: MetacatClient, metacat: Metacat, name: str) -> None:
    response, kind = OTHERS[name]
    metacat.say(response)
    with pytest.raises(kind) as raised:
        client.count(W2542)
    assert type(raised.value) is kind


def test_a_busy_metacat_is_asked_once_and_its_wait_is_kept(client: MetacatClient, metacat: Metacat) -> None:
    metacat.say(Response("try later", 503, {"Retry-After": "77"}))
    with pytest.raises(errors.MetacatBusy) as raised:
        client.count(W2542)
    assert raised.value.retry_after_seconds == 77
    assert len(metacat.asked) == 1, "the wait is for the caller to keep"


@contextmanager
def raw(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does to one connection what a well-made one never does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/app"
        thread.join(5)


def test_a_body_shorter_than_announced_is_cut_even_where_it_is_json() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"count": 17, "total_size": 1}')

    with raw(answer) as url, pytest.raises(errors.MetacatCut):
        MetacatClient(MetacatSettings(url)).count(W2542)


def test_a_slow_answer_ends_at_the_time_limit_and_is_not_asked_again() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(30):
            try:
                connection.sendall(b" ")
            except OSError:
                return
            time.sleep(0.1)

    client = MetacatClient(MetacatSettings("", timeout_seconds=0.5))
    with raw(answer) as url:
        client._base = url
        began = time.monotonic()
        with pytest.raises(errors.MetacatSlow):
            client.count(W2542)
        assert time.monotonic() - began < 2.5
    assert client.n_requests == 1


def test_nobody_there_is_unreachable_with_a_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(errors.MetacatUnreachable, match=r"[Rr]efused"):
        MetacatClient(MetacatSettings(f"http://127.0.0.1:{port}/app")).count(W2542)


def test_every_error_has_a_word_that_the_database_keeps() -> None:
    from monitoring.models import Failure

    kinds = {one.kind for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.MetacatError)}
    assert kinds <= set(Failure.values)
