"""Input that no person types: it is refused in words or kept harmlessly, and costs nobody else their time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from campaigns.models import ProductionRequest, RequestState
from campaigns.requests import csv_samples
from campaigns.requests.amounts import NotANumber, number
from campaigns.requests.discussion import mentioned_in
from campaigns.requests.inputs import runs_of
from tests.requests.filing import filed, whole
from tests.requests.forms import posted

NESTED = "[" * 100_000
JSON = "application/json"


@pytest.mark.parametrize("text", ["1" * 5_000 + ",1", "1." + "234." * 2_000 + "567", "1" * 9_999 + "x", "1" * 61])
def test_what_is_too_long_for_a_number_is_refused_without_searching_it(text: str) -> None:
    with pytest.raises(NotANumber, match="too long to be a number"):
        number(text)


def test_a_list_with_an_endless_number_has_one_bad_row() -> None:
    [row] = csv_samples.parse(f'NFILES,DATASET\n"{"1" * 5_000},1",a:b\n').rows
    assert row.sample is None
    assert any("too long to be a number" in problem.message for problem in row.problems)


def test_a_run_of_thousands_of_digits_is_refused_in_our_words() -> None:
    with pytest.raises(ValueError, match="Write runs and ranges of runs"):
        runs_of("1" * 5_000)


@pytest.mark.parametrize("path", ["/requests/check/", "/requests/new/", "/requests/{pk}/autosave/", "/api/v1/requests/"])
@pytest.mark.django_db
def test_json_nested_without_end_is_refused(requester: Any, client_of: Any, path: str) -> None:
    draft = filed(requester, state=RequestState.DRAFT)
    answer = client_of(requester).post(path.format(pk=draft.pk), NESTED, content_type=JSON)
    assert answer.status_code == 400
    assert "JSON" in answer.content.decode()
    assert ProductionRequest.objects.count() == 1


@pytest.mark.parametrize("field", ["base", "samples.0.extra"])
@pytest.mark.django_db
def test_a_hidden_field_nested_without_end_costs_nothing_that_was_typed(requester: Any, client_of: Any, field: str) -> None:
    draft = filed(requester, state=RequestState.DRAFT)
    sent = posted(whole(title="Typed by hand"), version=draft.version) | {field: NESTED}
    assert client_of(requester).post(f"/requests/{draft.pk}/edit/", sent).status_code == 302
    draft.refresh_from_db()
    assert draft.title == "Typed by hand"


@pytest.mark.django_db
def test_a_form_whose_token_is_half_a_character_can_be_opened_again(requester: Any, client_of: Any) -> None:
    client = client_of(requester)
    answer = client.post("/requests/new/", json.dumps({"token": "\ud800", "content": whole()}), content_type=JSON)
    assert answer.status_code == 200
    assert client.get(answer.json()["edit"]).status_code == 200


@pytest.mark.django_db
def test_a_name_longer_than_any_persons_is_not_looked_for(
    requester: Any, coordinator: Any, django_assert_num_queries: Any
) -> None:
    request = filed(requester)
    with django_assert_num_queries(0):
        assert mentioned_in("@" + "a" * 9_000, request) == []
    assert mentioned_in(f"@{'a' * 9_000} and @coordinator1", request) == [coordinator]
